"""How Slack's deliveries reach Bolt: over a socket that we open, or posted to an address of ours. One at a time."""

from typing import Protocol

from slack_bolt.app.async_app import AsyncApp


class SlackSettingsError(Exception):
    """Slack refuses what the settings hold; the sentence names the variable and what Slack said."""


class Transport(Protocol):
    """`start`, then `stop`, then `close`."""

    async def start(self, app: AsyncApp) -> None:
        """Begin to hand deliveries to Bolt. Raises SlackSettingsError."""
        ...

    async def stop(self) -> None:
        """Answer what is under way, bounded, and take nothing new."""
        ...

    async def close(self) -> None:
        """Close what is open to Slack."""
        ...

    def healthy(self) -> str | None:
        """Return None while deliveries can arrive, or else one sentence that says what is wrong."""
        ...
