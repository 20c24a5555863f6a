"""What the methods share: formatted texts, keyboards, finding a message."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.playground.state import Json
from bot.playground.telegram import html, limits
from bot.playground.telegram.errors import BotApiError, bad_request
from bot.playground.telegram.state import BotAccount, Chat, StoredMessage, TelegramState
from bot.playground.telegram.text import trim, with_found_entities, without_control_characters
from bot.playground.telegram.uploads import Uploads

if TYPE_CHECKING:
    from bot.playground.telegram.emulator import TelegramEmulator


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a method: by which bot, with which parameters (in their types) and files."""

    emulator: "TelegramEmulator"
    bot: BotAccount
    given: Json
    uploads: Uploads

    @property
    def state(self) -> TelegramState:
        return self.emulator.state

    def chat(self) -> Chat:
        """The chat that `chat_id` names. Raises BotApiError 400 or 403."""
        return self.emulator.chat_for_call(self.bot, self.given["chat_id"])


Handler = Callable[[Call], Any]
"""A method: what it answers as `result`. Raises BotApiError."""

_BUTTON_ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)
"""Exactly one of them must be in a button. Source: https://core.telegram.org/bots/api#inlinekeyboardbutton."""


def formatted(call: Call, field: str, entities_field: str) -> tuple[str, list[Json]]:
    """A text as a message shows it, and its entities: parsed, trimmed, completed by what Telegram finds itself.

    Of the parse modes only HTML is emulated: Telegram's others are answered 501, and what it does not know 400.
    """
    source = without_control_characters(call.given.get(field, ""))
    mode = call.given.get("parse_mode", "")
    if not mode:
        text, entities = source, list(call.given.get(entities_field, []))
    elif mode.lower() == "html":
        text, entities = html.parse(source)
    elif mode.lower() in ("markdown", "markdownv2"):
        raise BotApiError(501, f"Not Implemented: this emulator does not emulate the parse_mode {mode}")
    else:
        raise bad_request("unsupported parse_mode")
    text, entities = trim(text, entities)
    return text, with_found_entities(text, [entity for entity in entities if _complete(call.state, entity)])


def _complete(state: TelegramState, entity: Json) -> bool:
    """Whether an entity is kept: a mention of somebody unknown is not. Fills in who is mentioned."""
    if entity["type"] == "text_mention":
        user_id = entity["user"]["id"]
        if user_id not in state.users and user_id not in state.bots:
            return False
        entity["user"] = state.user_json(user_id)
    return True


def inline_keyboard(markup: Json | None) -> Json | None:
    """The inline keyboard of a call; None when there is none, or when another kind of markup is given.

    Raises BotApiError 400 for buttons that Telegram refuses.
    """
    if markup is None or "inline_keyboard" not in markup:
        return None
    rows: list[list[Json]] = markup["inline_keyboard"]
    if any(len(row) > limits.KEYBOARD_ROW_BUTTONS_MAX for row in rows):
        raise bad_request(f"more than {limits.KEYBOARD_ROW_BUTTONS_MAX} buttons in a row of the inline keyboard")
    if sum(len(row) for row in rows) > limits.KEYBOARD_BUTTONS_MAX:
        raise bad_request("reply markup is too long")
    for row in rows:
        for button in row:
            _check_button(button)
    kept = [row for row in rows if row]
    return {"inline_keyboard": kept} if kept else None


def _check_button(button: Json) -> None:
    if not button["text"].strip():
        # Telegram's server drops such a button without a word, which nobody ever wants.
        raise bad_request("inline keyboard button text must be non-empty")
    actions = [name for name in _BUTTON_ACTIONS if name in button]
    if not actions:
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise bad_request(f"can't parse inline keyboard button: only one of {', '.join(actions)} may be given")
    if "callback_data" in button:
        size_bytes = len(button["callback_data"].encode("utf-8"))
        if not limits.CALLBACK_DATA_BYTES_MIN <= size_bytes <= limits.CALLBACK_DATA_BYTES_MAX:
            raise bad_request("BUTTON_DATA_INVALID")
    if "url" in button and not button["url"].startswith(("http://", "https://", "tg://")):
        raise bad_request(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
    if "copy_text" in button and not 1 <= len(button["copy_text"]["text"]) <= limits.COPY_TEXT_CHARACTERS_MAX:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")


def find_message(chat: Chat, message_id: int, refusal: str) -> StoredMessage:
    """A message that still exists. Raises BotApiError 400 with the given wording."""
    message = chat.messages.get(message_id)
    if message is None or message.deleted:
        raise bad_request(refusal)
    return message


def reply_target(chat: Chat, given: Json) -> Json | None:
    """The message that is replied to, as it stands in the reply. None when it may be missing, and is."""
    parameters = given.get("reply_parameters", {})
    message_id = parameters.get("message_id", given.get("reply_to_message_id"))
    if not message_id:
        return None
    message = chat.messages.get(message_id)
    if message is None or message.deleted or parameters.get("chat_id", chat.id) != chat.id:
        if parameters.get("allow_sending_without_reply", given.get("allow_sending_without_reply", False)):
            return None
        raise bad_request("message to be replied not found")
    return quoted(message)


def quoted(message: StoredMessage) -> Json:
    """A message inside a reply to it: a reply is nested only once.

    Source: https://core.telegram.org/bots/api#message, reply_to_message.
    """
    return {name: value for name, value in message.content.items() if name != "reply_to_message"}
