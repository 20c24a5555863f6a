"""Which ExpenseFlow this is: shown in the figures, and written into backups. A test holds it to pyproject.toml."""

VERSION = "0.1.0"
