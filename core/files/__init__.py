"""The record of stored files."""
