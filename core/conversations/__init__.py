"""Inbox, dialogs, card copies, stored lists and outgoing messages."""
