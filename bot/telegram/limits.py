"""The Bot API's limits, each with its source. A test compares them with telegram.constants where those know them."""

TEXT_UNITS_MAX = 4096
"""A message's text in UTF-16 units, after entities parsing. https://core.telegram.org/bots/api#sendmessage"""
CAPTION_UNITS_MAX = 1024
"""A picture's or a document's caption in UTF-16 units. https://core.telegram.org/bots/api#sendphoto"""
PHOTO_BYTES_MAX = 10_000_000
"""A photo that a bot sends; as a document it may hold 50 MB. https://core.telegram.org/bots/api#sending-files"""
CALLBACK_DATA_BYTES_MAX = 64
"""What a button carries, in bytes of UTF-8. https://core.telegram.org/bots/api#inlinekeyboardbutton"""
KEYBOARD_BUTTONS_MAX = 100
KEYBOARD_ROW_BUTTONS_MAX = 8
"""The Bot API's page does not say. telegram.constants.InlineKeyboardMarkupLimit"""
BUTTON_LABEL_UNITS_MAX = 64
"""Our own: Telegram states no limit, and a phone shows about 20 characters of a button that is alone in its row."""
TOAST_CHARACTERS_MAX = 200
"""https://core.telegram.org/bots/api#answercallbackquery"""
COMMANDS_MAX = 100
"""https://core.telegram.org/bots/api#setmycommands"""
COMMAND_CHARACTERS_MAX = 32
COMMAND_PATTERN = rf"[a-z0-9_]{{1,{COMMAND_CHARACTERS_MAX}}}"
COMMAND_SUMMARY_CHARACTERS_MAX = 256
"""https://core.telegram.org/bots/api#botcommand"""
WEBHOOK_CONNECTIONS = 40
"""How many updates Telegram posts at the same time: its default, of 100. https://core.telegram.org/bots/api#setwebhook"""
MESSAGES_PER_SECOND_MAX = 30
"""To all chats together. https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this"""
