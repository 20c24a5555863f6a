"""The emulated Slack: its Web API, Socket Mode, and the people of one team."""
