"""Scheduled and background work; reaches the world only through ports of core."""
