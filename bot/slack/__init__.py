"""The Slack edge: what Slack delivers becomes events, what the bot says becomes Block Kit."""
