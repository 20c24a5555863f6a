"""What Slack delivers -> Delivery and Event. Pure: the same payload always reads the same.

Shapes: https://docs.slack.dev/reference/events (message, app_mention), https://docs.slack.dev/interactivity/ (block
actions, views), https://docs.slack.dev/interactivity/implementing-slash-commands.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2s
from typing import Any

from bot.intake import Delivery
from handlers.events import (
    ButtonTapped,
    CommandInvoked,
    Event,
    FilesReceived,
    FormCancelled,
    FormFace,
    FormSubmitted,
    HomeOpened,
    IncomingFile,
    MessageEdited,
    ShortcutInvoked,
    Source,
    TextReceived,
)

PLATFORM = "slack"
COMMAND_PREFIX = "/expense "  # Slack gives an app one command of its own; the rest are words after it
FORM_CALLBACK_PREFIX = "form:"  # what a form's callback_id begins with; the language that it was shown in follows
HELP_COMMAND = "help"  # what `/expense` alone asks for

_WRITTEN_BY_PEOPLE = frozenset({None, "file_share", "thread_broadcast", "me_message"})  # subtypes of messages
_MARKUP = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_HOME_TAB = "home"  # the other one is "messages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where the app is installed, and who the bot is there, in Slack's own ids.

    `enterprise_id`: of an Enterprise Grid, None where the team belongs to none.
    """

    team_id: str
    bot_user_id: str
    enterprise_id: str | None = None


def enveloped(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return {"type", "payload"} of a request's body, named as in Socket Mode, without the verification token."""
    if body.get("type") == "event_callback":
        kind = "events_api"
    elif "command" in body:
        kind = "slash_commands"
    else:
        kind = "interactive"
    return {"type": kind, "payload": {name: value for name, value in body.items() if name != "token"}}


def delivery_of(envelope: Mapping[str, Any], home: Home) -> Delivery | None:
    """Return what to commit of a payload, or None for what the bot has nothing to do with and must not keep.

    A mention arrives twice, as `message` and as `app_mention`, with different event ids: both have the same event key.
    """
    event = parse(envelope, "", home)
    if event is None:
        return None
    payload = envelope["payload"]
    conversation = payload.get("channel_id") if envelope["type"] == "slash_commands" else event.source.channel
    return Delivery(event_key=event.source.event_key, conversation=conversation, payload=dict(envelope))


def parse(envelope: Mapping[str, Any], installation_id: str, home: Home) -> Event | None:
    """Return the neutral event, or None for what does not concern the bot: its own words, other bots, others' talk."""
    reader = _READERS.get(envelope["type"])
    return reader(envelope["payload"], installation_id, home) if reader else None


def readable(text: str) -> str:
    """Return Slack's markup as a person reads it: links by their label, mentions as @name, entities as characters.

    Source: https://docs.slack.dev/messaging/formatting-message-text (retrieved messages).
    """
    words = _MARKUP.sub(_readable_markup, text)
    return words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _readable_markup(found: re.Match[str]) -> str:
    target, label = found.group(1), found.group(2)
    if target[:1] in ("@", "#"):
        return target[0] + (label or target[1:])
    if target.startswith("!"):  # <!here>, <!subteam^S1|@finance>, <!date^1392734382^…|a fallback>
        return label or "@" + target[1:].split("^")[0]
    return label or target


def _source(payload: Mapping[str, Any], installation_id: str, **known: Any) -> Source:
    return Source(
        platform=PLATFORM,
        installation_id=installation_id,
        form_face=FormFace.MODAL,
        command_prefix=COMMAND_PREFIX,
        interaction=payload.get("trigger_id"),
        **known,
    )


def _read_event(payload: Mapping[str, Any], installation_id: str, home: Home) -> Event | None:
    event = payload["event"]
    if event.get("type") == "app_home_opened":
        return _read_home(payload, event, installation_id)
    if event.get("type") not in ("message", "app_mention"):
        return None
    if event.get("subtype") == "message_changed":
        return _read_edit(event, event["message"], installation_id, home)
    if event.get("subtype") not in _WRITTEN_BY_PEOPLE:
        return None
    if event.get("edited"):  # a mention that was written into an older message arrives as an app_mention of its own
        return _read_edit(event, event, installation_id, home)
    return _read_message(event, installation_id, home)


def _read_home(payload: Mapping[str, Any], event: Mapping[str, Any], installation_id: str) -> HomeOpened | None:
    if event.get("tab") != _HOME_TAB:
        return None
    return HomeOpened(
        source=_source(
            {},
            installation_id,
            event_key=f"event:{payload['event_id']}",
            user=event["user"],
            channel=event["channel"],
            private=True,
        )
    )


def _read_message(event: Mapping[str, Any], installation_id: str, home: Home) -> Event | None:
    if not _by_a_person(event, home) or not _addressed(event, event, home):
        return None
    source = _message_source(event, event, installation_id)
    words = _words(event, home)
    found = _files(event)
    if found:
        return FilesReceived(source=source, names=tuple(file.name for file in found), files=found, text=words)
    return TextReceived(source=source, text=words)


def _files(message: Mapping[str, Any]) -> tuple[IncomingFile, ...]:
    return tuple(_file(file) for file in message.get("files") or ())


def _file(file: Mapping[str, Any]) -> IncomingFile:
    return IncomingFile(
        name=file.get("name") or file.get("title") or file["id"],
        media_type=file.get("mimetype"),
        size_bytes=file.get("size"),
        reference={"id": file["id"], "url": file.get("url_private_download") or file.get("url_private") or ""},
    )


def _read_edit(
    event: Mapping[str, Any], message: Mapping[str, Any], installation_id: str, home: Home
) -> MessageEdited | None:
    """Return an edit by the author. Unfurling a link sends the same event, and the text stays as it was."""
    before = event.get("previous_message") or {}
    if not _by_a_person(message, home) or not message.get("edited"):
        return None
    if before.get("text") == message.get("text"):
        return None
    if not _addressed(event, message, home) and _mention(home).search(before.get("text") or "") is None:
        return None
    return MessageEdited(source=_message_source(event, message, installation_id), text=_words(message, home))


def _by_a_person(message: Mapping[str, Any], home: Home) -> bool:
    return bool(message.get("user")) and not message.get("bot_id") and message["user"] != home.bot_user_id


def _addressed(event: Mapping[str, Any], message: Mapping[str, Any], home: Home) -> bool:
    """Tell whether the bot is meant: in its private chat, by its name, or in a thread under a message of its own."""
    return (
        event.get("channel_type") == "im"
        or message.get("parent_user_id") == home.bot_user_id
        or _mention(home).search(message.get("text") or "") is not None
    )


def _mention(home: Home) -> re.Pattern[str]:
    return re.compile(rf"\s*<@{re.escape(home.bot_user_id)}(?:\|[^<>]*)?>[:,]?\s*")


def _words(message: Mapping[str, Any], home: Home) -> str:
    return readable(_mention(home).sub(" ", message.get("text") or "").strip())


def _message_source(event: Mapping[str, Any], message: Mapping[str, Any], installation_id: str) -> Source:
    return _source(
        {},
        installation_id,
        event_key=f"message:{event['channel']}:{message['ts']}:{_edition(message)}",
        user=message["user"],
        channel=event["channel"],
        private=event.get("channel_type") == "im",
        thread=message.get("thread_ts"),
        message=message["ts"],
        reply_to=_replied(message),
    )


def _replied(message: Mapping[str, Any]) -> str | None:
    """Return the message that a thread hangs on; that one itself replies to nothing."""
    thread: str | None = message.get("thread_ts")
    return None if thread == message["ts"] else thread


def _edition(message: Mapping[str, Any]) -> str:
    """Return what tells an edit from the next one: its time, and since Slack counts edits in seconds, its text."""
    edited = message.get("edited")
    if not edited:
        return ""
    return f"{edited['ts']}:{blake2s((message.get('text') or '').encode(), digest_size=8).hexdigest()}"


def _read_command(payload: Mapping[str, Any], installation_id: str, _home: Home) -> CommandInvoked:
    """Return a slash command. Typed in a direct chat, it is answered in the person's chat with the bot.

    It may be any direct chat of that person, and the payload does not tell: then the channel is "@" and the user.
    """
    user, channel = payload["user_id"], payload["channel_id"]
    direct = channel.startswith("D")
    typed = readable(payload.get("text") or "").strip()
    name, *rest = typed.split(maxsplit=1) or (HELP_COMMAND,)
    return CommandInvoked(
        source=_source(
            payload,
            installation_id,
            event_key=f"trigger:{payload['trigger_id']}",
            user=user,
            channel=f"@{user}" if direct else channel,
            private=direct,
        ),
        name=name.lower(),
        rest="".join(rest),
        free_text=typed,
    )


def _read_interaction(payload: Mapping[str, Any], installation_id: str, _home: Home) -> Event | None:
    reader = _INTERACTIONS.get(payload.get("type", ""))
    return reader(payload, installation_id) if reader else None


def _interaction_source(payload: Mapping[str, Any], installation_id: str, **known: Any) -> Source:
    """Return where something was tapped or sent. What names no channel of the bot's is answered in the private chat."""
    user = payload["user"]["id"]
    place = {"event_key": f"trigger:{payload.get('trigger_id')}", "channel": f"@{user}", "private": True}
    return _source(payload, installation_id, user=user, **(place | known))


def _read_submission(payload: Mapping[str, Any], installation_id: str) -> FormSubmitted | None:
    view = payload["view"]
    if not _is_ours(view):
        return None
    source = _interaction_source(payload, installation_id)
    return FormSubmitted(source=source, dialog_id=view["private_metadata"], values=values_of(view))


def _read_closed(payload: Mapping[str, Any], installation_id: str) -> FormCancelled | None:
    view = payload["view"]
    if not _is_ours(view):
        return None
    source = _interaction_source(payload, installation_id, event_key=f"closed:{view['id']}:{view['hash']}")
    return FormCancelled(source=source, dialog_id=view["private_metadata"])


def _is_ours(view: Mapping[str, Any]) -> bool:
    return str(view.get("callback_id", "")).startswith(FORM_CALLBACK_PREFIX)


def _read_shortcut(payload: Mapping[str, Any], installation_id: str) -> ShortcutInvoked:
    """Return a shortcut on a message. In a direct chat it may be anybody's with anybody, as with a command."""
    message, channel = payload["message"], payload["channel"]["id"]
    place: dict[str, Any] = {}
    if not channel.startswith("D"):
        thread = _replied(message)
        place = {"channel": channel, "private": False, "thread": thread, "message": message["ts"], "reply_to": thread}
    return ShortcutInvoked(
        source=_interaction_source(payload, installation_id, **place),
        name=payload["callback_id"],
        text=readable(message.get("text") or "").strip(),
        files=_files(message),
        written_at=datetime.fromtimestamp(float(message["ts"]), UTC),
    )


def values_of(view: Mapping[str, Any]) -> dict[str, str]:
    """Return what was typed or chosen in a view, by field name; what was left empty is an empty text."""
    return {
        field: _value(element)
        for field, elements in view.get("state", {}).get("values", {}).items()
        for element in elements.values()
    }


def _value(element: Mapping[str, Any]) -> str:
    chosen = element.get("selected_option")
    return str((chosen["value"] if chosen else element.get("value")) or "")


def _read_tap(payload: Mapping[str, Any], installation_id: str) -> ButtonTapped | None:
    actions = payload.get("actions", ())
    place = _place_of_tap(payload)
    if place is None or not actions or actions[0].get("type") != "button":
        return None
    tapped = actions[0]
    subject_id, version, choice = unpack_value(tapped.get("value"))
    return ButtonTapped(
        source=_interaction_source(payload, installation_id, **place),
        action=tapped["action_id"].rpartition("#")[0] or tapped["action_id"],
        subject_id=subject_id,
        version=version,
        choice=choice,
    )


def _place_of_tap(payload: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return where a tapped card stands, None for where no card of ours does. The Home tab is no place to answer in."""
    container = payload.get("container", {})
    if container.get("type") == "view":
        return {} if payload["view"].get("type") == _HOME_TAB else None
    if container.get("type") != "message":
        return None
    channel = container["channel_id"]
    vanishes = bool(container.get("is_ephemeral"))  # such a message cannot be found again, so that nobody may adopt it
    return {
        "channel": channel,
        "private": channel.startswith("D"),
        "thread": container.get("thread_ts"),
        "message": None if vanishes else container["message_ts"],
    }


def pack_value(subject_id: str | None, version: int | None, choice: str | None) -> str:
    """Return a button's value: what it is about, as compact JSON that `unpack_value` reads."""
    parts = {"s": subject_id, "v": version, "c": choice}
    return json.dumps({key: part for key, part in parts.items() if part is not None}, separators=(",", ":"))


def unpack_value(value: str | None) -> tuple[str | None, int | None, str | None]:
    """Return subject id, version and choice of a button's value; None for what is missing or of another type."""
    try:
        parts = json.loads(value or "{}")
    except ValueError:
        parts = {}
    if not isinstance(parts, dict):
        return None, None, None
    subject_id, version, choice = parts.get("s"), parts.get("v"), parts.get("c")
    return (
        subject_id if isinstance(subject_id, str) else None,
        version if type(version) is int else None,
        choice if isinstance(choice, str) else None,
    )


_INTERACTIONS: dict[str, Callable[[Mapping[str, Any], str], Event | None]] = {
    "block_actions": _read_tap,
    "message_action": _read_shortcut,
    "view_closed": _read_closed,
    "view_submission": _read_submission,
}
_READERS: dict[str, Callable[[Mapping[str, Any], str, Home], Event | None]] = {
    "events_api": _read_event,
    "interactive": _read_interaction,
    "slash_commands": _read_command,
}
