"""chat.* and reactions.add. Source: https://docs.slack.dev/reference/methods/chat.postMessage and its neighbours."""

import re
from typing import Any

from bot.playground.slack import limits
from bot.playground.slack.api import Method, required_text
from bot.playground.slack.blocks import check_blocks, texts_of
from bot.playground.slack.chat import Chat
from bot.playground.slack.errors import SlackError, refuse
from bot.playground.slack.schema import Problems
from bot.playground.slack.settings import SlackSettings
from bot.playground.slack.state import Channel, SlackState
from bot.playground.state import Json

_PICTURES = (b"\x89PNG", b"\xff\xd8", b"GIF8")
"""How what blocks may show begins. Source: https://docs.slack.dev/reference/block-kit/composition-objects/slack-file-object"""


def find_channel(state: SlackState, value: str, *, bot_user_id: str) -> Channel:
    """A conversation that the bot may use, by id or #name. Raises channel_not_found, not_in_channel."""
    name = value.removeprefix("#")
    found = state.channels.get(value) or next(
        (channel for channel in state.channels.values() if channel.name == name and not channel.is_direct), None
    )
    if found is None:
        raise SlackError("channel_not_found")
    if bot_user_id not in found.members:
        # A private channel does not exist for those who are not in it.
        raise SlackError("not_in_channel" if found.kind == "channel" else "channel_not_found")
    return found


class ChatMethods:
    """What the app does with messages."""

    def __init__(self, settings: SlackSettings, state: SlackState, chat: Chat) -> None:
        self.settings = settings
        self.state = state
        self.chat = chat

    def table(self) -> dict[str, Method]:
        return {
            "chat.delete": self.delete,
            "chat.postEphemeral": self.post_ephemeral,
            "chat.postMessage": self.post_message,
            "chat.update": self.update,
            "reactions.add": self.add_reaction,
        }

    def _channel(self, arguments: Json) -> Channel:
        return find_channel(self.state, required_text(arguments, "channel"), bot_user_id=self.settings.bot_user_id)

    def _content(self, arguments: Json, *, text_max: int = limits.MESSAGE_TEXT_CHARACTERS_MAX) -> Json:
        """Text, blocks and attachments, checked. None stands for what was not given."""
        text, blocks, attachments = (arguments.get(name) for name in ("text", "blocks", "attachments"))
        if text is not None and not isinstance(text, str):
            raise SlackError("invalid_arguments")
        if not (text or blocks or attachments):
            raise SlackError("no_text")
        if len(text or "") > text_max:
            raise SlackError("msg_too_long")
        if blocks is not None:
            refuse("invalid_blocks", check_blocks(blocks, surface="message"))
            refuse("invalid_blocks", self._check_pictures(blocks))
            if len(texts_of(blocks)) > limits.MESSAGE_BLOCKS_CHARACTERS_MAX:
                raise SlackError("msg_blocks_too_long")
        _check_attachments(attachments)
        return {"text": text, "blocks": blocks, "attachments": attachments}

    def _check_pictures(self, blocks: list[Json]) -> Problems:
        """Pictures of files that are not there, are none, or are still being looked at, are all the same to Slack.

        Source: https://github.com/slackapi/python-slack-sdk/issues/1521
        """
        problems = Problems()
        for index, block in enumerate(blocks):
            wanted = block.get("slack_file")
            file = self.state.files.get(str(wanted.get("id"))) if wanted else None
            shown = file is not None and file.complete and (file.content or b"").startswith(_PICTURES)
            if wanted and (file is None or not shown or file.shown_from > self.state.clock()):
                problems.add("invalid slack file", f"/blocks/{index}/slack_file")
        return problems

    def _message(self, arguments: Json, channel: Channel) -> Json:
        content = self._content(arguments)
        extra: Json = {"attachments": content["attachments"]} if content["attachments"] else {}
        if arguments.get("metadata"):
            extra["metadata"] = arguments["metadata"]
        if arguments.get("thread_ts"):
            thread_ts = str(arguments["thread_ts"])
            if channel.find(thread_ts) is None:
                raise SlackError("thread_not_found")
            extra |= self.chat.thread_fields(channel, thread_ts)
        return self.chat.app_message(text=content["text"] or "", blocks=content["blocks"], extra=extra)

    def post_message(self, arguments: Json) -> Json:
        """A user id as the channel means the direct messages with that person."""
        wanted = required_text(arguments, "channel")
        if wanted in self.state.users and wanted != self.settings.bot_user_id:
            channel = self.state.direct_channel(wanted)
        else:
            channel = self._channel(arguments)
        posted = self.chat.post(channel, self._message(arguments, channel))
        return {"channel": channel.id, "ts": posted["ts"], "message": posted}

    def post_ephemeral(self, arguments: Json) -> Json:
        channel = self._channel(arguments)
        user_id = required_text(arguments, "user")
        if user_id not in channel.members:
            raise SlackError("user_not_in_channel")
        posted = self.chat.post_ephemeral(channel, user_id, self._message(arguments, channel))
        return {"message_ts": posted["ts"]}

    def update(self, arguments: Json) -> Json:
        """Fields that are not given are kept; empty blocks remove the blocks."""
        channel = self._channel(arguments)
        message = self._own_message(channel, required_text(arguments, "ts"), refusal="cant_update_message")
        removes = arguments.get("blocks") == []
        text = arguments.get("text") or (message["text"] if removes else None)
        content = self._content({**arguments, "text": text}, text_max=limits.MESSAGE_UPDATE_TEXT_CHARACTERS_MAX)
        changes: Json = {}
        if content["text"] is not None:
            changes["text"] = content["text"]
        if content["blocks"] is not None:
            changes["blocks"] = self.chat.named_blocks(content["blocks"]) or None
        if content["attachments"] is not None:
            changes["attachments"] = content["attachments"] or None
        self.chat.change(channel, message, changes, by=self.settings.bot_user_id)
        return {"channel": channel.id, "ts": message["ts"], "text": message["text"], "message": message}

    def delete(self, arguments: Json) -> Json:
        channel = self._channel(arguments)
        message = self._own_message(channel, required_text(arguments, "ts"), refusal="cant_delete_message")
        self.chat.delete(channel, message)
        return {"channel": channel.id, "ts": message["ts"]}

    def _own_message(self, channel: Channel, ts: str, *, refusal: str) -> Json:
        message = channel.find(ts)
        if message is None:
            raise SlackError("message_not_found")
        if message.get("bot_id") != self.settings.bot_id:
            raise SlackError(refusal)
        return message

    def add_reaction(self, arguments: Json) -> Json:
        channel = self._channel(arguments)
        name = required_text(arguments, "name").strip(":")
        if re.fullmatch(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?", name) is None:
            raise SlackError("invalid_name")
        message = channel.find(required_text(arguments, "timestamp"))
        if message is None:
            raise SlackError("message_not_found")
        reactions: list[Json] = message.setdefault("reactions", [])
        reaction = next((each for each in reactions if each["name"] == name), None)
        if reaction is None:
            reaction = {"name": name, "users": [], "count": 0}
            reactions.append(reaction)
        if self.settings.bot_user_id in reaction["users"]:
            raise SlackError("already_reacted")
        reaction["users"].append(self.settings.bot_user_id)
        reaction["count"] += 1
        self.chat.bus.changed("slack", channel.id, "reaction", ts=message["ts"])
        return {}


def _check_attachments(attachments: Any) -> None:
    if attachments is None:
        return
    if not isinstance(attachments, list) or not all(isinstance(each, dict) for each in attachments):
        raise SlackError("invalid_attachments")
    if len(attachments) > limits.MESSAGE_ATTACHMENTS_MAX:
        raise SlackError("too_many_attachments")
