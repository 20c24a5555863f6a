"""The Telegram edge: what the Bot API delivers becomes events, and cards become messages."""
