"""Expenses: what was spent, by whom, in which state."""
