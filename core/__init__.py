"""The rules and the store: no chat, no HTTP, no language of reply."""
