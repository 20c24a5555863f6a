"""What the page's left side shows: the people, and each one's chats with their last message."""

from collections.abc import Iterator

from bot.playground.links import are_linked
from bot.playground.people import BOT_NAME, CAST, Character, slack_channel, telegram_group
from bot.playground.slack.emulator import SlackEmulator
from bot.playground.slack.forms import visible_text
from bot.playground.state import Json
from bot.playground.telegram.emulator import TelegramEmulator
from bot.playground.telegram.views import MessageView

PREVIEW_CHARACTERS_MAX = 90


def overview(telegram: TelegramEmulator, slack: SlackEmulator) -> Json:
    """Everybody, and for each their chats in the order of the page."""
    return {"people": [_person(telegram, slack, character) for character in CAST]}


def _person(telegram: TelegramEmulator, slack: SlackEmulator, character: Character) -> Json:
    chats = [*_telegram_chats(telegram, character), *_slack_chats(slack, character)]
    return {
        "key": character.key,
        "name": character.name,
        "first_name": character.first_name,
        "role": character.role,
        "language": character.language,
        "telegram_id": character.telegram_id,
        "slack_id": character.slack_id,
        "linked": _is_linked(telegram, slack, character),
        "chats": chats,
    }


def _is_linked(telegram: TelegramEmulator, slack: SlackEmulator, character: Character) -> bool:
    on_telegram = [
        (float(view.content["date"]), view.text)
        for view in telegram.person(character.telegram_id).messages()
        if view.from_bot
    ]
    on_slack = [
        (float(message["ts"]), visible_text(message))
        for message in slack.person(character.slack_id).messages("dm")
        if message.get("user") != character.slack_id
    ]
    return are_linked(on_telegram, on_slack)


def _telegram_chats(telegram: TelegramEmulator, character: Character) -> Iterator[Json]:
    person = telegram.person(character.telegram_id)
    group = telegram_group(telegram)
    yield _chat("telegram", "", BOT_NAME, "private", _telegram_last(telegram, character, person.messages()))
    if group is not None and group.has(character.telegram_id):
        messages = person.messages(group.id)
        yield _chat("telegram", str(group.id), group.title, "group", _telegram_last(telegram, character, messages))


def _telegram_last(telegram: TelegramEmulator, character: Character, messages: list[MessageView]) -> Json:
    others = [view for view in messages if view.sender_id != character.telegram_id]
    if not messages:
        return _nothing()
    view = messages[-1]
    sender = telegram.state.users.get(view.sender_id)
    name = sender.first_name if sender else BOT_NAME
    who = "You" if view.sender_id == character.telegram_id else name
    words = _one_line(view.text) or _what_it_is(view.content)
    return {
        "from_others": len(others),
        "at": view.content["date"],
        "preview": f"{who}: {words}" if words else f"{who} {_what_happened(view.content)}",
    }


def _slack_chats(slack: SlackEmulator, character: Character) -> Iterator[Json]:
    person = slack.person(character.slack_id)
    yield _chat("slack", "dm", BOT_NAME, "private", _slack_last(slack, character, person.messages("dm")))
    channel = slack_channel(slack)
    if character.slack_id in channel.members:
        last = _slack_last(slack, character, person.messages(channel.id))
        yield _chat("slack", channel.id, f"#{channel.name}", "group", last)


def _slack_last(slack: SlackEmulator, character: Character, messages: list[Json]) -> Json:
    others = [message for message in messages if message.get("user") != character.slack_id]
    if not messages:
        return _nothing()
    message = messages[-1]
    sender = slack.state.users.get(message.get("user", ""))
    name = sender.real_name.split()[0] if sender and not sender.is_bot else BOT_NAME
    own = message.get("user") == character.slack_id
    return {
        "from_others": len(others),
        "at": int(message["ts"].partition(".")[0]),
        "preview": f"{'You' if own else name}: {_one_line(visible_text(message)) or _what_it_is(message)}",
    }


def _chat(platform: str, chat: str, title: str, kind: str, last: Json) -> Json:
    """`chat` is what the platform's control routes call it; "" is the private chat with Telegram's bot."""
    return {"platform": platform, "chat": chat, "title": title, "kind": kind} | last


def _nothing() -> Json:
    return {"from_others": 0, "at": None, "preview": ""}


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= PREVIEW_CHARACTERS_MAX else line[: PREVIEW_CHARACTERS_MAX - 1] + "…"


def _what_it_is(content: Json) -> str:
    """A word for a message without text; "" for a service message."""
    if "photo" in content:
        return "Picture"
    return "File" if "document" in content or "files" in content else ""


def _what_happened(content: Json) -> str:
    """The rest of a sentence about a service message of a group."""
    added = ", ".join(str(member["first_name"]) for member in content.get("new_chat_members", []))
    return f"added {added}" if added else "changed the group"
