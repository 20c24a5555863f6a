"""Sending, editing and deleting messages; answering taps; "is typing"."""

from bot.playground.state import Json
from bot.playground.telegram import limits
from bot.playground.telegram.calls import Call, Handler, find_message, formatted, inline_keyboard, reply_target
from bot.playground.telegram.errors import bad_request
from bot.playground.telegram.state import Chat, StoredMessage

CHAT_ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)
"""Source: https://core.telegram.org/bots/api#sendchataction."""


def send(call: Call, fields: Json) -> Json:
    """Posts a message of the bot with these fields. Everything that can be refused is, before an id is taken."""
    chat = call.chat()
    if call.given.get("message_thread_id"):
        raise bad_request("message thread not found")
    replied = reply_target(chat, call.given)
    markup = call.given.get("reply_markup")
    keyboard = inline_keyboard(markup)
    call.emulator.check_flood(call.bot, chat)
    content = call.emulator.new_content(chat, call.bot.id) | fields
    if replied is not None:
        content["reply_to_message"] = replied
    if keyboard is not None:
        content["reply_markup"] = keyboard
    if call.given.get("protect_content"):
        content["has_protected_content"] = True
    if markup is not None and "inline_keyboard" not in markup:
        # A keyboard in the place of the letters belongs to the chat, not to the message.
        chat.reply_keyboard = markup if "keyboard" in markup else None
    chat.action = ""
    return call.emulator.post(chat, call.bot.id, content).content


def _send_message(call: Call) -> Json:
    text, entities = formatted(call, "text", "entities")
    limits.check_text(text)
    return send(call, _text_fields(call, text, entities))


def _text_fields(call: Call, text: str, entities: list[Json]) -> Json:
    fields: Json = {"text": text}
    if entities:
        fields["entities"] = entities
    if call.given.get("link_preview_options"):
        fields["link_preview_options"] = call.given["link_preview_options"]
    elif call.given.get("disable_web_page_preview"):
        fields["link_preview_options"] = {"is_disabled": True}
    return fields


def own_message(call: Call) -> tuple[Chat, StoredMessage]:
    """The message of the bot's that a call names. Raises BotApiError 400."""
    if "chat_id" not in call.given or "message_id" not in call.given:
        raise bad_request("message identifier is not specified")
    chat = call.chat()
    message = find_message(chat, call.given["message_id"], "message to edit not found")
    if message.sender_id != call.bot.id:
        raise bad_request("message can't be edited")
    return chat, message


def edit(call: Call, chat: Chat, message: StoredMessage, fields: Json) -> Json:
    """Puts `fields` (None removes one) and the call's keyboard, or none, in the place of what was there."""
    markup = call.given.get("reply_markup")
    if markup is not None and "inline_keyboard" not in markup:
        raise bad_request("inline keyboard expected")
    changes = {"reply_markup": inline_keyboard(markup), **fields}
    if all(message.content.get(name) == value for name, value in changes.items()):
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly the same"
            " as a current content and reply markup of the message"
        )
    kept = {name: value for name, value in message.content.items() if name not in changes}
    given = {name: value for name, value in changes.items() if value is not None}
    message.content = kept | given | {"edit_date": int(call.emulator.clock())}
    call.emulator.changed(chat, "edit", message_id=message.content["message_id"])
    return message.content


def _edit_message_text(call: Call) -> Json:
    text, entities = formatted(call, "text", "entities")
    limits.check_text(text)
    chat, message = own_message(call)
    if "text" not in message.content:
        raise bad_request("there is no text in the message to edit")
    fields = {"entities": None, "link_preview_options": None} | _text_fields(call, text, entities)
    return edit(call, chat, message, fields)


def _edit_message_caption(call: Call) -> Json:
    caption, entities = formatted(call, "caption", "caption_entities")
    limits.check_caption(caption)
    chat, message = own_message(call)
    if not {"photo", "document"} & message.content.keys():
        raise bad_request("there is no caption in the message to edit")
    return edit(call, chat, message, {"caption": caption or None, "caption_entities": entities or None})


def _edit_message_reply_markup(call: Call) -> Json:
    chat, message = own_message(call)
    return edit(call, chat, message, {})


def _delete(call: Call, chat: Chat, message: StoredMessage) -> None:
    """Source of the rules: https://core.telegram.org/bots/api#deletemessage."""
    if message.content["date"] < call.emulator.clock() - limits.DELETE_AGE_S_MAX:
        raise bad_request("message can't be deleted for everyone")
    others = message.sender_id != call.bot.id and chat.kind != "private"
    if others and chat.members.get(call.bot.id) != "administrator":
        raise bad_request("message can't be deleted")
    message.deleted = True
    call.emulator.changed(chat, "delete", message_id=message.content["message_id"])


def _delete_message(call: Call) -> bool:
    chat = call.chat()
    _delete(call, chat, find_message(chat, call.given["message_id"], "message to delete not found"))
    return True


def _delete_messages(call: Call) -> bool:
    """Those that are not found are skipped. Source: https://core.telegram.org/bots/api#deletemessages."""
    chat = call.chat()
    message_ids = call.given["message_ids"]
    if not limits.DELETE_MESSAGES_MIN <= len(message_ids) <= limits.DELETE_MESSAGES_MAX:
        raise bad_request("wrong number of message identifiers specified")
    for message_id in message_ids:
        message = chat.messages.get(message_id)
        if message is not None and not message.deleted:
            _delete(call, chat, message)
    return True


def _answer_callback_query(call: Call) -> bool:
    tap = call.state.taps.get(call.given["callback_query_id"])
    expired = tap is not None and call.emulator.clock() - tap.tapped_at > call.emulator.callback_lifetime_s
    if tap is None or tap.bot_id != call.bot.id or tap.answered or expired:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    text = call.given.get("text", "")
    if len(text) > limits.CALLBACK_ANSWER_CHARACTERS_MAX:
        raise bad_request("MESSAGE_TOO_LONG")
    url = call.given.get("url", "")
    if url and not url.startswith((f"https://t.me/{call.bot.username}?start=", f"t.me/{call.bot.username}?start=")):
        raise bad_request("URL_INVALID")
    tap.answered, tap.text, tap.show_alert, tap.url = True, text, call.given.get("show_alert", False), url
    call.emulator.changed(
        call.state.chats[tap.chat_key],
        "toast",
        query_id=tap.id,
        user_id=tap.user_id,
        message_id=tap.message_id,
        text=text,
        show_alert=tap.show_alert,
    )
    return True


def _send_chat_action(call: Call) -> bool:
    if call.given["action"] not in CHAT_ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat = call.chat()
    chat.action = call.given["action"]
    chat.action_until = call.emulator.clock() + limits.CHAT_ACTION_S
    call.emulator.changed(chat, "action", action=chat.action)
    return True


METHODS: dict[str, Handler] = {
    "sendMessage": _send_message,
    "editMessageText": _edit_message_text,
    "editMessageCaption": _edit_message_caption,
    "editMessageReplyMarkup": _edit_message_reply_markup,
    "deleteMessage": _delete_message,
    "deleteMessages": _delete_messages,
    "answerCallbackQuery": _answer_callback_query,
    "sendChatAction": _send_chat_action,
}
