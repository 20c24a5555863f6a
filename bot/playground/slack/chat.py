"""Messages: how they are posted, edited, deleted, by people and by the app, and what the app hears of it."""

import copy
import re
import uuid
from typing import Any

from bot.playground.slack.blocks import elements_of
from bot.playground.slack.events import EventFeed
from bot.playground.slack.settings import SlackSettings
from bot.playground.slack.state import Channel, SlackState, StoredFile
from bot.playground.state import Bus, Json

_MENTION = re.compile(r"(?<![\w.])@([\w.-]+)")
_TOKEN = re.compile(r"<@(U\w+)>")


def escape(text: str) -> str:
    """The three characters that Slack escapes. Source: https://docs.slack.dev/messaging/formatting-message-text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """What a person reads for an escaped text."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


class Chat:
    """Changes messages, tells the page, and feeds the app's events."""

    def __init__(self, settings: SlackSettings, state: SlackState, feed: EventFeed, bus: Bus) -> None:
        self.settings = settings
        self.state = state
        self.feed = feed
        self.bus = bus

    # --- the app's side ---

    def app_message(self, *, text: str, blocks: list[Json] | None, extra: Json) -> Json:
        """A message of the app without its place and time, in Slack's shape."""
        message: Json = {
            "user": self.settings.bot_user_id,
            "type": "message",
            "bot_id": self.settings.bot_id,
            "app_id": self.settings.app_id,
            "text": text,
            "team": self.settings.team_id,
            "bot_profile": self._bot_profile(),
        }
        if blocks:
            message["blocks"] = self.named_blocks(blocks)
        return message | extra

    def _bot_profile(self) -> Json:
        return {
            "id": self.settings.bot_id,
            "app_id": self.settings.app_id,
            "user_id": self.settings.bot_user_id,
            "name": self.settings.bot_name,
            "icons": {},
            "deleted": False,
            "updated": 0,
            "team_id": self.settings.team_id,
        }

    def named_blocks(self, blocks: list[Json]) -> list[Json]:
        """A copy in which every block and every element has the id that Slack generates where the app gave none."""
        named = copy.deepcopy(blocks)
        for block in named:
            if not block.get("block_id"):
                block["block_id"] = self.state.next_id("b")
            for element in elements_of(block):
                if not element.get("action_id"):
                    element["action_id"] = self.state.next_id("a")
        return named

    def post(self, channel: Channel, message: Json) -> Json:
        """Gives the message its timestamp, adds it and returns it."""
        posted = message | {"ts": self.state.next_ts(channel)}
        channel.messages.append(posted)
        self.bus.changed("slack", channel.id, "message", ts=posted["ts"])
        self.feed.message_posted(channel, posted)
        return posted

    def change(self, channel: Channel, message: Json, changes: Json, *, by: str) -> Json:
        """Edits a message in place. A change to None removes the field."""
        previous = copy.deepcopy(message)
        message.update(changes)
        for name in [name for name, value in message.items() if value is None]:
            del message[name]
        message["edited"] = {"user": by, "ts": f"{int(self.state.clock())}.000000"}
        self.bus.changed("slack", channel.id, "edit", ts=message["ts"])
        self.feed.message_changed(channel, message, previous)
        return message

    def delete(self, channel: Channel, message: Json) -> None:
        channel.messages.remove(message)
        self.bus.changed("slack", channel.id, "delete", ts=message["ts"])
        self.feed.message_deleted(channel, message)

    def post_ephemeral(self, channel: Channel, user_id: str, message: Json) -> Json:
        """A message that one person sees. It is in no history and raises no event."""
        posted = message | {"ts": self.state.next_ts(channel), "is_ephemeral": True}
        self.state.ephemerals_of(user_id, channel.id).append(posted)
        self.bus.changed("slack", channel.id, "ephemeral", ts=posted["ts"], user=user_id)
        return posted

    def tell(self, channel: Channel, user_id: str, text: str) -> Json:
        """What Slack itself tells one person, as its Slackbot does when an app fails to answer."""
        return self.post_ephemeral(
            channel, user_id, {"type": "message", "user": "USLACKBOT", "username": "Slackbot", "text": text}
        )

    # --- the people's side ---

    def person_message(self, channel: Channel, user_id: str, text: str, *, thread_ts: str | None = None) -> Json:
        """A message that somebody typed: escaped, mentions resolved, as Slack stores it."""
        user = self.state.users[user_id]
        written = self.with_mentions(text, channel)
        message: Json = {
            "user": user_id,
            "type": "message",
            "client_msg_id": str(uuid.uuid4()),
            "text": written,
            "team": user.team_id,
            "blocks": [self._rich_text(written)],
        }
        if user.is_bot:
            # Another app's bot: it types with no client, and is known by its bot_id.
            del message["client_msg_id"]
            message |= {"bot_id": f"B{user_id[1:]}", "app_id": f"A{user_id[1:]}"}
        if user.team_id != self.settings.team_id:
            message |= {"user_team": user.team_id, "source_team": user.team_id}
        if thread_ts is not None:
            message |= self.thread_fields(channel, thread_ts)
        return message

    def file_message(self, message: Json, files: list[StoredFile]) -> Json:
        """The same message with files, as Slack shapes an upload."""
        shown = [self.file_object(file) for file in files]
        return message | {"subtype": "file_share", "files": shown, "upload": False}

    def file_object(self, file: StoredFile) -> Json:
        """The file object. Source: https://docs.slack.dev/reference/objects/file-object."""
        suffix = file.name.rpartition(".")[2].lower() if "." in file.name else ""
        mimetype = _MIMETYPES.get(suffix, "application/octet-stream")
        address = f"{self.state.base_url}/slack/files/{file.id}/{file.name}"
        return {
            "id": file.id,
            "created": int(self.state.clock()),
            "timestamp": int(self.state.clock()),
            "name": file.name,
            "title": file.title,
            "mimetype": mimetype,
            "filetype": suffix or "binary",
            "pretty_type": suffix.upper() or "Binary",
            "user": file.user,
            "user_team": self.state.users[file.user].team_id,
            "size": file.size_bytes,
            "mode": "hosted",
            "is_external": False,
            "is_public": False,
            "url_private": address,
            "url_private_download": f"{address}?download=1",
            "file_access": "visible",
        }

    def thread_fields(self, channel: Channel, thread_ts: str) -> Json:
        """What makes a message a reply. A reply to a reply goes into the same thread."""
        parent = channel.find(thread_ts)
        fields: Json = {"thread_ts": thread_ts}
        if parent is not None:
            fields["thread_ts"] = parent.get("thread_ts", thread_ts)
            fields["parent_user_id"] = parent["user"]
        return fields

    def with_mentions(self, text: str, channel: Channel) -> str:
        """`@name` of a member, or `<@U…>` of anyone, becomes a mention; everything else is escaped."""
        names = {self.state.users[member].name: member for member in channel.members}

        def token(match: re.Match[str]) -> str:
            # A dot that ends the sentence is not part of the name.
            name, rest = match.group(1), ""
            while name not in names and name.endswith((".", "-")):
                name, rest = name[:-1], name[-1] + rest
            return f"<@{names[name]}>{rest}" if name in names else match.group(0)

        pieces = _TOKEN.split(text)
        # Every second piece is a user id that was written as a token; unknown ones stay text.
        done: list[str] = []
        for index, piece in enumerate(pieces):
            if index % 2 == 0:
                done.append(_MENTION.sub(token, escape(piece)))
            else:
                done.append(f"<@{piece}>" if piece in self.state.users else escape(f"<@{piece}>"))
        return "".join(done)

    def _rich_text(self, text: str) -> Json:
        """The rich_text block in which the client sends what a person types."""
        elements: list[Any] = []
        for index, piece in enumerate(_TOKEN.split(text)):
            if index % 2 == 1:
                elements.append({"type": "user", "user_id": piece})
            elif piece:
                elements.append({"type": "text", "text": unescape(piece)})
        section = {"type": "rich_text_section", "elements": elements}
        return {"type": "rich_text", "block_id": self.state.next_id("b"), "elements": [section]}

    def edit_by_person(self, channel: Channel, message: Json, text: str) -> Json:
        written = self.with_mentions(text, channel)
        changes: Json = {"text": written, "blocks": [self._rich_text(written)]}
        return self.change(channel, message, changes, by=message["user"])


_MIMETYPES = {
    "gif": "image/gif",
    "heic": "image/heic",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "pdf": "application/pdf",
    "png": "image/png",
    "txt": "text/plain",
    "webp": "image/webp",
}
