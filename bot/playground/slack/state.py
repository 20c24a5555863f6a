"""What the emulated Slack remembers: people, channels with their messages, files. Plain data."""

import base64
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from bot.playground.slack.settings import SlackSettings
from bot.playground.state import Clock, Json

SNAPSHOT_VERSION = 1

ChannelKind = Literal["channel", "group", "im"]
"""A public channel, a private channel, a direct message."""


@dataclass(slots=True, kw_only=True)
class User:
    """A person, or the app's own bot. A member of another team is a stranger to this one."""

    id: str
    name: str
    real_name: str
    team_id: str
    timezone: str = "Europe/Berlin"
    locale: str = "en-US"
    is_bot: bool = False
    is_guest: bool = False
    is_admin: bool = False
    is_deleted: bool = False

    def as_json(self, *, home_team_id: str, at: float, with_locale: bool = False) -> Json:
        """The user object of users.info. Source: https://docs.slack.dev/reference/objects/user-object."""
        offset = datetime.fromtimestamp(at, ZoneInfo(self.timezone)).utcoffset()
        shape: Json = {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name,
            "deleted": self.is_deleted,
            "color": "9f69e7",
            "real_name": self.real_name,
            "tz": self.timezone,
            "tz_label": self.timezone,
            "tz_offset": int(offset.total_seconds()) if offset is not None else 0,
            "profile": {
                "real_name": self.real_name,
                "real_name_normalized": self.real_name,
                "display_name": self.name,
                "display_name_normalized": self.name,
                "team": self.team_id,
            },
            "is_admin": self.is_admin,
            "is_owner": False,
            "is_primary_owner": False,
            "is_restricted": self.is_guest,
            "is_ultra_restricted": False,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "updated": int(at),
        }
        if self.team_id != home_team_id:
            shape["is_stranger"] = True
        if with_locale:
            shape["locale"] = self.locale
        return shape


@dataclass(slots=True, kw_only=True)
class Channel:
    """A conversation and all its messages, oldest first, in the shape in which Slack sends them."""

    id: str
    kind: ChannelKind
    name: str
    members: list[str]
    messages: list[Json] = field(default_factory=list)
    last_ts_us: int = 0

    def find(self, ts: str) -> Json | None:
        """The message with this timestamp."""
        return next((message for message in self.messages if message["ts"] == ts), None)

    @property
    def is_direct(self) -> bool:
        return self.kind == "im"

    def as_json(self, *, created: float) -> Json:
        """The conversation object. Source: https://docs.slack.dev/reference/objects/conversation-object."""
        if self.is_direct:
            # The person comes first: direct messages are opened with the person and then the bot.
            return {
                "id": self.id,
                "created": int(created),
                "is_im": True,
                "user": self.members[0],
                "is_archived": False,
            }
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "created": int(created),
            "is_channel": self.kind == "channel",
            "is_group": self.kind == "group",
            "is_im": False,
            "is_mpim": False,
            "is_private": self.kind == "group",
            "is_archived": False,
            "is_general": False,
            "num_members": len(self.members),
        }


@dataclass(slots=True, kw_only=True)
class StoredFile:
    """An uploaded file. `content` is None between the upload's announcement and its arrival."""

    id: str
    name: str
    title: str
    user: str
    size_bytes: int
    content: bytes | None = None
    complete: bool = False
    shown_from: float = 0.0
    """When blocks may show it, by the emulator's clock: Slack looks at a file for a moment after its upload."""


class SlackState:
    """Everything that a snapshot keeps. Ephemeral messages are not part of it: Slack forgets them, too."""

    def __init__(self, settings: SlackSettings, *, clock: Clock = time.time) -> None:
        self.settings = settings
        self.clock = clock
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.files: dict[str, StoredFile] = {}
        self.homes: dict[str, Json] = {}
        self.ephemerals: dict[tuple[str, str], list[Json]] = {}
        self.base_url = ""
        """Scheme, host and port under which the app reaches the emulator: those of its latest call."""
        self._count = 0
        self.users[settings.bot_user_id] = User(
            id=settings.bot_user_id,
            name=settings.bot_name,
            real_name=settings.bot_name,
            team_id=settings.team_id,
            is_bot=True,
        )

    def next_number(self) -> int:
        """A number that was never given before, also not before a restart with a snapshot."""
        self._count += 1
        return self._count

    def next_id(self, prefix: str) -> str:
        """An id of Slack's looks, such as C0000000042."""
        return f"{prefix}{self.next_number():010d}"

    def next_ts(self, channel: Channel) -> str:
        """A timestamp that is the message's id: unique within its channel and always growing there."""
        channel.last_ts_us = max(int(self.clock() * 1_000_000), channel.last_ts_us + 1)
        return f"{channel.last_ts_us // 1_000_000}.{channel.last_ts_us % 1_000_000:06d}"

    def add_user(self, user: User) -> User:
        """Raises ValueError when the id is taken."""
        if user.id in self.users:
            raise ValueError(f"there is a user {user.id} already")
        self.users[user.id] = user
        return user

    def add_channel(self, name: str, *, kind: ChannelKind, members: list[str]) -> Channel:
        """A new conversation. Its name is without the leading #."""
        channel = Channel(id=self.next_id("D" if kind == "im" else "C"), kind=kind, name=name, members=[])
        channel.members = list(members)
        self.channels[channel.id] = channel
        return channel

    def direct_channel(self, user_id: str, with_user_id: str | None = None) -> Channel:
        """The direct messages between two people, or of one and the bot; opened when there are none yet."""
        both = [user_id, with_user_id or self.settings.bot_user_id]
        for channel in self.channels.values():
            if channel.is_direct and set(channel.members) == set(both):
                return channel
        return self.add_channel("directmessage", kind="im", members=both)

    def ephemerals_of(self, user_id: str, channel_id: str) -> list[Json]:
        """The messages in this channel that only this person sees."""
        return self.ephemerals.setdefault((user_id, channel_id), [])

    def visible_to(self, user_id: str, channel: Channel) -> Iterator[Json]:
        """What this person sees in a channel, oldest first."""
        if user_id in channel.members:
            merged = [*channel.messages, *self.ephemerals_of(user_id, channel.id)]
            yield from sorted(merged, key=lambda message: _ts_us(message["ts"]))

    def snapshot(self) -> Json:
        """Users, channels, files, Home tabs and the counter, as JSON."""
        return {
            "version": SNAPSHOT_VERSION,
            "count": self._count,
            "users": [asdict(user) for user in self.users.values()],
            "channels": [asdict(channel) for channel in self.channels.values()],
            "files": [
                asdict(file) | {"content": None if file.content is None else base64.b64encode(file.content).decode()}
                for file in self.files.values()
            ],
            "homes": self.homes,
        }

    def restore(self, snapshot: Json) -> None:
        """Takes the place of the present state. Raises ValueError for an unknown version."""
        if snapshot.get("version") != SNAPSHOT_VERSION:
            raise ValueError(f"a snapshot of Slack of version {snapshot.get('version')} cannot be read")
        self._count = snapshot["count"]
        self.users = {kept["id"]: User(**kept) for kept in snapshot["users"]}
        self.channels = {kept["id"]: Channel(**kept) for kept in snapshot["channels"]}
        self.files = {kept["id"]: _stored_file(kept) for kept in snapshot["files"]}
        self.homes = dict(snapshot["homes"])
        self.ephemerals = {}


def _stored_file(kept: dict[str, Any]) -> StoredFile:
    content = kept["content"]
    return StoredFile(**(kept | {"content": None if content is None else base64.b64decode(content)}))


def _ts_us(ts: str) -> int:
    """A timestamp as whole microseconds: as a float it would lose its last digits."""
    seconds, _, fraction = ts.partition(".")
    return int(seconds) * 1_000_000 + int(fraction or 0)
