"""The Bot API's limits that aiogram's models do not hold, each with its source.

"UTF-16 units" is how Telegram counts text: a character outside the basic plane counts twice.
Source of the counting: https://core.telegram.org/api/entities#entity-length.
"""

from dataclasses import dataclass

from bot.playground.telegram.errors import bad_request

TEXT_UNITS_MIN = 1
"""https://core.telegram.org/bots/api#sendmessage: "1-4096 characters after entities parsing"."""
TEXT_UNITS_MAX = 4096
"""https://core.telegram.org/bots/api#sendmessage, and the same for a person's message."""
CAPTION_UNITS_MAX = 1024
"""https://core.telegram.org/bots/api#sendphoto: "0-1024 characters after entities parsing"."""
CALLBACK_DATA_BYTES_MIN = 1
CALLBACK_DATA_BYTES_MAX = 64
"""https://core.telegram.org/bots/api#inlinekeyboardbutton: "1-64 bytes", of UTF-8."""
COPY_TEXT_CHARACTERS_MAX = 256
"""https://core.telegram.org/bots/api#copytextbutton."""
KEYBOARD_BUTTONS_MAX = 100
"""https://limits.tginfo.me and telegram.constants.InlineKeyboardMarkupLimit; the Bot API's page does not say."""
KEYBOARD_ROW_BUTTONS_MAX = 8
"""As above. Telegram's server wraps longer rows; the emulator refuses them, so that nobody relies on it."""
CALLBACK_ANSWER_CHARACTERS_MAX = 200
"""https://core.telegram.org/bots/api#answercallbackquery: "0-200 characters"."""
COMMANDS_MAX = 100
"""https://core.telegram.org/bots/api#setmycommands: "At most 100 commands can be specified"."""
COMMAND_CHARACTERS_MIN = 1
COMMAND_CHARACTERS_MAX = 32
"""https://core.telegram.org/bots/api#botcommand: "1-32 characters", lowercase letters, digits, underscores."""
COMMAND_DESCRIPTION_CHARACTERS_MIN = 1
COMMAND_DESCRIPTION_CHARACTERS_MAX = 256
"""https://core.telegram.org/bots/api#botcommand: "1-256 characters"."""
BOT_NAME_CHARACTERS_MAX = 64
"""https://core.telegram.org/bots/api#setmyname."""
BOT_DESCRIPTION_CHARACTERS_MAX = 512
"""https://core.telegram.org/bots/api#setmydescription."""
BOT_SHORT_DESCRIPTION_CHARACTERS_MAX = 120
"""https://core.telegram.org/bots/api#setmyshortdescription."""
MESSAGE_ENTITIES_MAX = 100
"""https://limits.tginfo.me and telegram.constants.MessageLimit: entities beyond the hundredth are dropped."""
UPDATES_LIMIT_MIN = 1
UPDATES_LIMIT_MAX = 100
"""https://core.telegram.org/bots/api#getupdates: "Values between 1-100 are accepted. Defaults to 100"."""
UPDATES_TIMEOUT_S_MAX = 50
"""Telegram's server answers a poll after at most 50 s, whatever was asked for (github.com/tdlib/telegram-bot-api)."""
DELETE_MESSAGES_MIN = 1
DELETE_MESSAGES_MAX = 100
"""https://core.telegram.org/bots/api#deletemessages: "1-100 identifiers"."""
DELETE_AGE_S_MAX = 48 * 3600
"""https://core.telegram.org/bots/api#deletemessage: "only … if it was sent less than 48 hours ago"."""
DEEP_LINK_CHARACTERS_MAX = 64
"""https://core.telegram.org/bots/features#deep-linking: up to 64 of A-Z, a-z, 0-9, _ and -."""
PHOTO_UPLOAD_BYTES_MAX = 10_000_000
"""https://core.telegram.org/bots/api#sendphoto: "at most 10 MB in size"."""
PHOTO_SIDES_SUM_MAX = 10_000
PHOTO_SIDES_RATIO_MAX = 20
"""https://core.telegram.org/bots/api#sendphoto: both sides "must not exceed 10000 in total", "ratio … at most 20"."""
ALBUM_PICTURES_MIN = 2
ALBUM_PICTURES_MAX = 10
"""https://core.telegram.org/bots/api#sendmediagroup: "must include 2-10 items"."""
DOCUMENT_UPLOAD_BYTES_MAX = 50_000_000
"""https://core.telegram.org/bots/api#senddocument: "up to 50 MB in size"."""
DOWNLOAD_BYTES_MAX = 20_000_000
"""https://core.telegram.org/bots/api#getfile: "bots can download files of up to 20MB in size"."""
WEBHOOK_CONNECTIONS_DEFAULT = 40
WEBHOOK_CONNECTIONS_MAX = 100
"""https://core.telegram.org/bots/api#setwebhook: max_connections, "1-100. Defaults to 40"."""
SECRET_TOKEN_CHARACTERS_MAX = 256
"""https://core.telegram.org/bots/api#setwebhook: secret_token, "1-256 characters"."""
UPDATES_KEPT_S_MAX = 24 * 3600
"""https://core.telegram.org/bots/api#getting-updates: "not … kept longer than 24 hours"."""
CHAT_ACTION_S = 5
"""https://core.telegram.org/bots/api#sendchataction: "set for 5 seconds or less"."""
CALLBACK_QUERY_LIFETIME_S = 30
"""How long a tap can be answered. Telegram publishes no figure; tens of seconds is what bots observe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodLimits:
    """Rates above which Telegram answers 429. The emulator applies them only when it is given such an object.

    Source: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this.
    """

    messages_per_second: int = 30
    messages_per_second_per_chat: int = 1
    messages_per_minute_per_group: int = 20


def utf16_units(text: str) -> int:
    """The length of a text as Telegram counts it."""
    return len(text.encode("utf-16-le")) // 2


def check_text(text: str) -> None:
    """Raises BotApiError unless a message may consist of this text (after its entities were parsed)."""
    if not text:
        raise bad_request("message text is empty")
    if utf16_units(text) > TEXT_UNITS_MAX:
        raise bad_request("message is too long")


def check_caption(caption: str) -> None:
    """Raises BotApiError unless this may stand below a photo or a document (after its entities were parsed)."""
    if utf16_units(caption) > CAPTION_UNITS_MAX:
        raise bad_request("message caption is too long")
