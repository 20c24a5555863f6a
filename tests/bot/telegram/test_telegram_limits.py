"""Our table of limits against python-telegram-bot's transcription of the Bot API."""

from telegram import constants

from bot.telegram import limits


def test_limits_are_those_of_the_bot_api() -> None:
    assert limits.TEXT_UNITS_MAX == constants.MessageLimit.MAX_TEXT_LENGTH
    assert limits.CALLBACK_DATA_BYTES_MAX == constants.InlineKeyboardButtonLimit.MAX_CALLBACK_DATA
    assert limits.KEYBOARD_BUTTONS_MAX == constants.InlineKeyboardMarkupLimit.TOTAL_BUTTON_NUMBER
    assert limits.KEYBOARD_ROW_BUTTONS_MAX == constants.InlineKeyboardMarkupLimit.BUTTONS_PER_ROW
    assert limits.TOAST_CHARACTERS_MAX == constants.CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH
    assert limits.COMMANDS_MAX == constants.BotCommandLimit.MAX_COMMAND_NUMBER
    assert limits.COMMAND_CHARACTERS_MAX == constants.BotCommandLimit.MAX_COMMAND
    assert limits.COMMAND_SUMMARY_CHARACTERS_MAX == constants.BotCommandLimit.MAX_DESCRIPTION
    assert limits.MESSAGES_PER_SECOND_MAX == constants.FloodLimit.MESSAGES_PER_SECOND
    assert limits.CAPTION_UNITS_MAX == constants.MessageLimit.CAPTION_LENGTH
    assert limits.PHOTO_BYTES_MAX == constants.FileSizeLimit.PHOTOSIZE_UPLOAD
