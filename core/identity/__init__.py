"""Members, roles, chat accounts, one-time codes."""
