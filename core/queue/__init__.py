"""One table of durable work."""
