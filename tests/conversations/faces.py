"""What a person does and sees on a platform, for whoever plays a transcript."""

from dataclasses import dataclass, field
from typing import Protocol

from tests.conversations.actions import Casting, Fill, Group, SendPapers
from tests.conversations.comparing import Message


class Wrong(Exception):
    """Something is not as the transcript says; the sentence says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something is seen. `viewer` None: by all in the group; `group` None: in the viewer's private chat."""

    viewer: str | None
    group: str | None = None

    def __str__(self) -> str:
        where = "the private chat" if self.group is None else f"*{self.group}*"
        return f"{self.viewer or 'everybody'} in {where}"


View = dict[Place, dict[str, tuple[str, ...]]]
"""All messages of the bot, by place and then by the platform's id, oldest first."""


@dataclass(slots=True, kw_only=True)
class News:
    """What has become visible since the last look.

    By person: notes that vanish; windows that opened, by title; and, where forms are asked in the chat, a first question.
    """

    messages: dict[Place, list[Message]] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)
    windows: dict[str, str] = field(default_factory=dict)
    asked: dict[str, tuple[str, ...]] = field(default_factory=dict)


def news_between(before: View, after: View) -> dict[Place, list[Message]]:
    """Return the messages that were taken away, then those that are new or changed, in the order of the chat."""
    found: dict[Place, list[Message]] = {}
    for place, messages in before.items():
        for key, lines in messages.items():
            if key not in after.get(place, {}):
                found.setdefault(place, []).append(Message(lines=lines, gone=True))
    for place, messages in after.items():
        old = before.get(place, {})
        for key, lines in messages.items():
            if old.get(key) != lines:
                found.setdefault(place, []).append(Message(lines=lines, changed=key in old))
    return found


class Face(Protocol):
    """One platform. Each method that acts returns when the bot has finished with it; all raise Wrong."""

    platform: str

    def add(self, casting: Casting) -> None:
        """Make a person known to the platform."""
        ...

    async def add_group(self, group: Group) -> None:
        """Make a group with the bot in it, which hears all that is written there."""
        ...

    async def let_in(self, name: str, code: str | None) -> None:
        """Have a person become a member: by a code, or without one by writing, as ordinary people of a team do."""
        ...

    async def say(self, name: str, words: str, group: str | None) -> None:
        """Write words or a command."""
        ...

    async def change(self, name: str, old: str, new: str) -> None:
        """Edit an own message in the private chat."""
        ...

    async def tap(self, name: str, label: str, at: str, times: int) -> None:
        """Tap a button of the newest message that has it; several times before the bot has done anything."""
        ...

    async def picture(self, name: str, words: str) -> None:
        """Send a picture."""
        ...

    async def send(self, papers: SendPapers) -> None:
        """Send papers in one go."""
        ...

    async def accept(self, name: str, what: str) -> None:
        """Use an invitation: a link, a command, or a bare code."""
        ...

    async def fill(self, form: Fill) -> None:
        """Fill a form and send it, unless the last value is refused."""
        ...

    async def close_form(self, name: str) -> None:
        """Close a form unsent."""
        ...

    async def open_page(self, name: str) -> None:
        """Look at the bot's own page."""
        ...

    async def tap_page(self, name: str, label: str) -> None:
        """Tap a button of the bot's own page."""
        ...

    async def choose(self, name: str, entry: str, words: str, group: str) -> None:
        """Choose an entry of the menu of the newest message with these words."""
        ...

    def file(self, name: str, file_name: str) -> bytes:
        """Return the newest file of a name that the bot has sent to a person."""
        ...

    def news(self) -> News:
        """Return what has become visible since this was called last."""
        ...
