"""Where the content of a receipt comes from, and the sign that it is being worked on: ports that the edges fill."""

from typing import Protocol


class ContentGone(Exception):
    """The platform no longer has the content, or never gives it: asking again would not help."""


class ContentLater(Exception):
    """The platform does not hand the content over now."""


class AttachmentSource(Protocol):
    """Fetches what people sent from where they sent it."""

    async def fetch(self, account_id: str, reference: dict[str, str], size_bytes_max: int) -> bytes:
        """Return a content. Raises ContentGone, ContentLater."""
        ...


class Activity(Protocol):
    """Shows a person that something is being done."""

    async def show(self, account_id: str) -> None:
        """Show it where the platform can. Never raises."""
        ...
