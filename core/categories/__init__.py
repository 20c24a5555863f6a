"""The categories of expenses."""
