"""The Bot API's JSON -> deliveries and events. Pure: no network, no clock; what is not for the bot is None.

Texts and offsets are the Bot API's: entities count UTF-16 units. https://core.telegram.org/bots/api#update
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.intake import Delivery
from bot.telegram.callback_data import decode
from handlers.events import (
    ButtonTapped,
    ChatMigrated,
    CommandInvoked,
    Event,
    FilesReceived,
    FormFace,
    IncomingFile,
    MessageEdited,
    Source,
    TextReceived,
)

PLATFORM = "telegram"
ALLOWED_UPDATES = ("message", "edited_message", "callback_query")
"""What is asked of Telegram: all that `parse` reads, and nothing else."""

UNKNOWN_ACTION = "unknown"
"""The action of a tap whose data no button of ours carries: an old version's, or a forgery."""

Json = Mapping[str, Any]

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,64})(?:@([A-Za-z0-9_]+))?(?=\s|$)\s*(.*)", re.ASCII | re.DOTALL)
_FILES = ("document", "audio", "voice", "video", "video_note", "animation", "sticker", "photo")
_WORDLESS = ("location", "venue", "contact", "poll", "dice", "story", "game", "checklist")
"""What a person sends that holds neither words nor a file: answered in private as words that say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BotIdentity:
    """Who we are on Telegram: what mentions and replies name. `username` without "@"."""

    id: int
    username: str


def delivery_of(update: Mapping[str, Any]) -> Delivery:
    """Return an update as a delivery; its conversation is the chat, or the person where there is none.

    Raises KeyError for what is no update. An update id is unique for one bot.
    """
    update_id = update["update_id"]
    content: Json = next((value for value in update.values() if isinstance(value, Mapping)), {})
    message: Json = content.get("message") or content
    chat: Json | None = message.get("chat")
    person: Json = content.get("from") or content.get("user") or {}
    conversation = f"@{person.get('id', '')}" if chat is None else str(chat["id"])
    return Delivery(
        event_key=str(update_id),
        conversation=conversation,
        payload=dict(update),
        album=content.get("media_group_id") if "message" in update else None,
        comes_again=True,  # for 24 hours, https://core.telegram.org/bots/api#getting-updates
    )


def parse(update: Json, installation_id: str, bot: BotIdentity) -> Event | None:
    """Return what a person did, or None: service messages, channels, other bots, and commands meant for other bots."""
    event_key = str(update["update_id"])
    if "callback_query" in update:
        return _tap(update["callback_query"], installation_id, event_key)
    edited = "edited_message" in update
    message: Json | None = update.get("edited_message" if edited else "message")
    if message is None:
        return None
    if "migrate_to_chat_id" in message or "migrate_from_chat_id" in message:
        return _migrated(message, installation_id, event_key)
    if not _is_by_a_person(message):
        return None
    source = Source(
        platform=PLATFORM,
        installation_id=installation_id,
        event_key=event_key,
        user=str(message["from"]["id"]),
        channel=str(message["chat"]["id"]),
        private=message["chat"]["type"] == "private",
        form_face=FormFace.STEPWISE,
        # A plain reply in a group carries a thread id too, under which nothing can be sent; a topic's does not differ.
        thread=str(message["message_thread_id"]) if message.get("is_topic_message") else None,
        message=str(message["message_id"]),
        reply_to=_replied(message),
        locale_hint=message["from"].get("language_code"),
    )
    return _edited(message, source, bot) if edited else _written(message, source, bot)


def _migrated(message: Json, installation_id: str, event_key: str) -> ChatMigrated:
    """Return that a group became a supergroup: told in the old chat, in the new one, or in both."""
    chat = message["chat"]["id"]
    old, new = message.get("migrate_from_chat_id", chat), message.get("migrate_to_chat_id", chat)
    source = Source(
        platform=PLATFORM,
        installation_id=installation_id,
        event_key=event_key,
        user=str(message.get("from", {}).get("id", "")),
        channel=str(chat),
        private=False,
        form_face=FormFace.STEPWISE,
        message=str(message["message_id"]),
    )
    return ChatMigrated(source=source, old_channel=str(old), new_channel=str(new))


def author(update: Json) -> Json:
    """Return the Bot API's User behind an update that `parse` made an event of."""
    content = update.get("callback_query") or update.get("edited_message") or update["message"]
    person: Json = content["from"]
    return person


def _is_by_a_person(message: Json) -> bool:
    """Tell a person's own message from those of bots, of channels, of anonymous admins, and from what came by a bot."""
    person = message.get("from")
    return person is not None and not (person.get("is_bot") or "sender_chat" in message or "via_bot" in message)


def _written(message: Json, source: Source, bot: BotIdentity) -> Event | None:
    words, mentioned = _words(message, bot)
    addressed = source.private or mentioned or _answers_us(message, bot)
    kind = next((kind for kind in _FILES if kind in message), None)  # one file a message; an album is several messages
    if kind is not None:
        file = _file(kind, message[kind])
        return FilesReceived(source=source, names=(file.name,), files=(file,), text=words, addressed=addressed)
    if "text" not in message:
        has_something = source.private and any(kind in message for kind in _WORDLESS)
        return TextReceived(source=source, text="") if has_something else None
    command = _COMMAND.fullmatch(words)
    if command is None:
        return TextReceived(source=source, text=words, addressed=addressed)
    name, addressee, rest = command.groups()
    if addressee and addressee.lower() != bot.username.lower():
        return None
    return CommandInvoked(source=source, name=name.lower(), rest=rest.strip())


def _replied(message: Json) -> str | None:
    """Return the message that this one answers; a topic's first message, which all in it answer, is none."""
    answered = message.get("reply_to_message")
    if not answered or answered["message_id"] == message.get("message_thread_id"):
        return None
    return str(answered["message_id"])


def _edited(message: Json, source: Source, bot: BotIdentity) -> Event | None:
    if "text" not in message and "caption" not in message:
        return None  # a moving location, a closed poll: nothing was said anew
    words, _ = _words(message, bot)
    return MessageEdited(source=source, text=words)


def _tap(query: Json, installation_id: str, event_key: str) -> ButtonTapped | None:
    # Of a message older than 48 hours or so only its chat and id are left (InaccessibleMessage): all that is needed.
    message = query.get("message")
    if message is None or query["from"].get("is_bot"):
        return None  # on a message that was sent through inline mode, which this bot does not offer
    source = Source(
        platform=PLATFORM,
        installation_id=installation_id,
        event_key=event_key,
        user=str(query["from"]["id"]),
        channel=str(message["chat"]["id"]),
        private=message["chat"]["type"] == "private",
        form_face=FormFace.STEPWISE,
        thread=str(message["message_thread_id"]) if message.get("is_topic_message") else None,
        message=str(message["message_id"]),
        interaction=query["id"],
        locale_hint=query["from"].get("language_code"),
    )
    tap = decode(query.get("data", ""))
    if tap is None:
        return ButtonTapped(source=source, action=UNKNOWN_ACTION)
    return ButtonTapped(
        source=source, action=tap.action, subject_id=tap.subject_id, version=tap.version, choice=tap.choice
    )


def _words(message: Json, bot: BotIdentity) -> tuple[str, bool]:
    """Return the text or caption without the mentions of us, and whether there were any."""
    text: str = message.get("text") or message.get("caption") or ""
    entities = message.get("entities") or message.get("caption_entities") or ()
    encoded = text.encode("utf-16-le", "surrogatepass")
    mentions = []
    for entity in entities:
        span = slice(entity["offset"] * 2, (entity["offset"] + entity["length"]) * 2)  # two bytes a unit
        if _is_mention_of(bot, entity, encoded[span].decode("utf-16-le", "replace")):
            mentions.append(span)
    for span in sorted(mentions, key=lambda span: span.start, reverse=True):
        encoded = encoded[: span.start] + encoded[span.stop :].removeprefix(" ".encode("utf-16-le"))
    words = encoded.decode("utf-16-le", "replace").strip()
    return (words.lstrip(",:; ") if mentions else words), bool(mentions)  # "@bot, taxi 23" says: taxi 23


def _is_mention_of(bot: BotIdentity, entity: Json, words: str) -> bool:
    if entity["type"] == "text_mention":
        return bool(entity["user"]["id"] == bot.id)
    return bool(entity["type"] == "mention" and words.lower() == f"@{bot.username.lower()}")


def _answers_us(message: Json, bot: BotIdentity) -> bool:
    return bool(message.get("reply_to_message", {}).get("from", {}).get("id") == bot.id)


def _file(kind: str, file: Any) -> IncomingFile:
    """Return what can be fetched; a photo comes in several sizes, of which the last is the largest."""
    content = file[-1] if isinstance(file, list) else file
    return IncomingFile(
        # Photos, voices and stickers have no name.
        name=str(content.get("file_name") or kind),
        media_type=content.get("mime_type") or ("image/jpeg" if kind == "photo" else None),
        size_bytes=content.get("file_size"),
        reference={"file_id": content["file_id"]},
    )
