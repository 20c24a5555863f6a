"""Workspaces, businesses, installations."""
