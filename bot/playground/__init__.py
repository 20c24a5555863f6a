"""The playground: Telegram and Slack, emulated on localhost by a program of their own."""
