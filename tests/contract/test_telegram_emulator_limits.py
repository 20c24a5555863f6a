"""The emulator's own table of limits agrees with python-telegram-bot's, an independent transcription of the Bot API."""

from telegram import constants

from bot.playground.telegram import limits


def test_the_limits_are_those_that_python_telegram_bot_knows() -> None:
    pairs = {
        limits.TEXT_UNITS_MIN: constants.MessageLimit.MIN_TEXT_LENGTH,
        limits.TEXT_UNITS_MAX: constants.MessageLimit.MAX_TEXT_LENGTH,
        limits.CAPTION_UNITS_MAX: constants.MessageLimit.CAPTION_LENGTH,
    }
    assert all(ours == theirs for ours, theirs in pairs.items())
    assert limits.MESSAGE_ENTITIES_MAX == constants.MessageLimit.MESSAGE_ENTITIES
    assert limits.DEEP_LINK_CHARACTERS_MAX == constants.MessageLimit.DEEP_LINK_LENGTH
    assert limits.CALLBACK_DATA_BYTES_MIN == constants.InlineKeyboardButtonLimit.MIN_CALLBACK_DATA
    assert limits.CALLBACK_DATA_BYTES_MAX == constants.InlineKeyboardButtonLimit.MAX_CALLBACK_DATA
    assert limits.COPY_TEXT_CHARACTERS_MAX == constants.InlineKeyboardButtonLimit.MAX_COPY_TEXT
    assert limits.KEYBOARD_BUTTONS_MAX == constants.InlineKeyboardMarkupLimit.TOTAL_BUTTON_NUMBER
    assert limits.KEYBOARD_ROW_BUTTONS_MAX == constants.InlineKeyboardMarkupLimit.BUTTONS_PER_ROW
    assert limits.CALLBACK_ANSWER_CHARACTERS_MAX == constants.CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH
    assert limits.COMMANDS_MAX == constants.BotCommandLimit.MAX_COMMAND_NUMBER
    assert limits.COMMAND_CHARACTERS_MIN == constants.BotCommandLimit.MIN_COMMAND
    assert limits.COMMAND_CHARACTERS_MAX == constants.BotCommandLimit.MAX_COMMAND
    assert limits.COMMAND_DESCRIPTION_CHARACTERS_MIN == constants.BotCommandLimit.MIN_DESCRIPTION
    assert limits.COMMAND_DESCRIPTION_CHARACTERS_MAX == constants.BotCommandLimit.MAX_DESCRIPTION
    assert limits.BOT_NAME_CHARACTERS_MAX == constants.BotNameLimit.MAX_NAME_LENGTH
    assert limits.BOT_DESCRIPTION_CHARACTERS_MAX == constants.BotDescriptionLimit.MAX_DESCRIPTION_LENGTH
    assert limits.BOT_SHORT_DESCRIPTION_CHARACTERS_MAX == constants.BotDescriptionLimit.MAX_SHORT_DESCRIPTION_LENGTH
    assert limits.UPDATES_LIMIT_MIN == constants.PollingLimit.MIN_LIMIT
    assert limits.UPDATES_LIMIT_MAX == constants.PollingLimit.MAX_LIMIT
    assert limits.DELETE_MESSAGES_MIN == constants.BulkRequestLimit.MIN_LIMIT
    assert limits.DELETE_MESSAGES_MAX == constants.BulkRequestLimit.MAX_LIMIT
    assert limits.PHOTO_UPLOAD_BYTES_MAX == constants.FileSizeLimit.PHOTOSIZE_UPLOAD
    assert limits.DOCUMENT_UPLOAD_BYTES_MAX == constants.FileSizeLimit.FILESIZE_UPLOAD
    assert limits.DOWNLOAD_BYTES_MAX == constants.FileSizeLimit.FILESIZE_DOWNLOAD


def test_the_flood_limits_are_those_that_python_telegram_bot_knows() -> None:
    flood = limits.FloodLimits()
    assert flood.messages_per_second == constants.FloodLimit.MESSAGES_PER_SECOND
    assert flood.messages_per_second_per_chat == constants.FloodLimit.MESSAGES_PER_SECOND_PER_CHAT
    assert flood.messages_per_minute_per_group == constants.FloodLimit.MESSAGES_PER_MINUTE_PER_GROUP


def test_the_chat_actions_are_those_that_python_telegram_bot_knows() -> None:
    from bot.playground.telegram.methods_messages import CHAT_ACTIONS

    assert {str(action.value) for action in constants.ChatAction} == CHAT_ACTIONS
