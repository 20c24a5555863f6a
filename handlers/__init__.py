"""What the bot says and asks, in neutral words: no SQL and no platform below this line."""
