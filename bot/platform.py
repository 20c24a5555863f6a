"""The Platform protocol: all that intake, dispatch and delivery know of Telegram, of Slack, and of whatever comes next."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bot.translation import Translator
from handlers.events import AccountKind, Event, IncomingFile, Profile, Source
from handlers.forms import OpenedForm
from handlers.replies import Card

__all__ = [
    "AccountKind",
    "Attachment",
    "Destination",
    "HttpAnswer",
    "HttpRequest",
    "LockedOut",
    "MessageGone",
    "MessageRef",
    "Platform",
    "PlatformError",
    "Profile",
    "RateLimited",
    "Receiver",
    "Refused",
    "TryLater",
    "Unreachable",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where a message goes, in the platform's own ids. `channel` None: the private chat of `user`, not opened yet.

    `only_for_user`: show it to this user alone, in the channel; the platform may lose it (Slack's ephemeral messages).
    """

    channel: str | None
    user: str | None = None
    thread: str | None = None
    only_for_user: str | None = None


@dataclass(frozen=True, slots=True)
class MessageRef:
    """A message that was sent, in the platform's own ids; `message` None: it cannot be found again (an ephemeral one).

    `picture_id`: the picture that it shows, by its Attachment's id; one with a picture is edited as such.
    """

    channel: str
    message: str | None
    picture_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file to send: its id in the file store, its name, its media type, its bytes."""

    id: str
    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """What was posted to a webhook: header names in lower case, the body's bytes as they came, since signatures are over them."""

    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """What a webhook answers. A platform takes any 2xx for an acknowledgement, and delivers anew after anything else.

    `retry_after_s`: when it had better come again (the header Retry-After).
    """

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    retry_after_s: int | None = None


Receiver = Callable[[HttpRequest], Awaitable[HttpAnswer]]
"""A platform's webhook. Whether a request is genuine is its own to tell; the web app bounds its size and its time."""


class PlatformError(Exception):
    """A call to the platform did not do what it should."""


class TryLater(PlatformError):
    """The platform is busy, unreachable or broken for now: again after `after_s` seconds (None: the sender's own backoff)."""

    def __init__(self, why: str, after_s: float | None = None) -> None:
        """Say why, for the log."""
        super().__init__(why)
        self.after_s = after_s


class RateLimited(TryLater):
    """The platform takes no more calls for now: HTTP status 429."""


class LockedOut(TryLater):
    """The platform refuses the bot itself: its token was revoked, the app was removed. That says nothing against anybody, and
    an operator sets it right; whoever is on another platform is told there meanwhile.
    """


class Unreachable(PlatformError):
    """The person or the chat cannot be written to: blocked, never started, left. The account is marked."""


class MessageGone(PlatformError):
    """The message to edit is no longer there."""


class Refused(PlatformError):
    """The platform refuses the call for good, and repeating it would not help: a fault of ours."""


class Platform(Protocol):
    """One chat platform with one installation's identity behind it."""

    name: str

    def parse(self, payload: Mapping[str, Any], installation_id: str) -> Event | None:
        """Return the neutral event of a stored delivery, or None for one that the bot has nothing to do with."""
        ...

    async def profile(self, source: Source, payload: Mapping[str, Any]) -> Profile:
        """Return who the person is. May call the network; raises TryLater."""
        ...

    async def send(
        self, to: Destination, card: Card, words: Translator, picture: Attachment | None = None
    ) -> MessageRef:
        """Send a card as a new message, with its Picture's content. Raises TryLater, Unreachable, Refused."""
        ...

    async def edit(self, message: MessageRef, card: Card, words: Translator, picture: Attachment | None = None) -> None:
        """Put a card in the place of a message; the same card again is no error.

        Raises MessageGone, also where the platform cannot turn a message with a picture into one without, and what `send`
        raises.
        """
        ...

    async def send_file(self, to: Destination, file: Attachment, words: str) -> MessageRef:
        """Send a file with some words. Raises what `send` raises."""
        ...

    async def publish_home(self, user: str, card: Card, words: Translator) -> None:
        """Show a card as the bot's own page for a person; a platform without such pages does nothing. Raises as `send`."""
        ...

    async def show_activity(self, to: Destination) -> None:
        """Show that something is being done, where the platform has a sign for it. Never raises."""
        ...

    async def download(self, file: IncomingFile, size_bytes_max: int) -> bytes:
        """Return the content of a file that somebody sent. Raises TryLater, Refused (gone, or larger than the bound)."""
        ...

    async def remove(self, message: MessageRef) -> None:
        """Take a message away; one that is gone, or that the platform no longer lets go, is no error."""
        ...

    async def answer(self, source: Source, words: str | None) -> None:
        """Answer a tap: end its waiting sign and show `words` (a toast) where there are any. Never raises for a late answer."""
        ...

    async def open_form(self, source: Source, form: OpenedForm, words: Translator) -> None:
        """Open a form's window; platforms that ask field by field are never asked to. Raises TryLater, Refused (expired)."""
        ...
