"""Reports: what was spent, by category and month, for those who may see it."""
