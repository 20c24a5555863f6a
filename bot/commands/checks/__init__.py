"""The checks of `expenseflow doctor`, by what they look at."""
