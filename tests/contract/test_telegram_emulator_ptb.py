"""python-telegram-bot's client drives every method, and knows every field that it is sent."""

import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    InputMediaDocument,
    InputMediaPhoto,
    KeyboardButton,
    LinkPreviewOptions,
    MenuButtonCommands,
    MenuButtonDefault,
    Message,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
    Update,
)
from telegram.error import BadRequest, InvalidToken

from tests.fixtures.telegram_emulator import TelegramServer, png, unknown_to_ptb

KEYBOARD = InlineKeyboardMarkup(
    [
        [
            InlineKeyboardButton("Submit", callback_data="submit:1"),
            InlineKeyboardButton("Edit", callback_data="edit:1"),
        ],
        [InlineKeyboardButton("Open", url="https://example.org/")],
    ]
)


@pytest.fixture
async def bot(telegram_server: TelegramServer) -> Bot:
    """The client of a bot to which Anna has pressed Start; her updates are read already."""
    client = await telegram_server.ptb()
    await telegram_server.anna.start()
    await telegram_server.next_updates(client)
    return client


async def test_a_bot_learns_who_it_is(telegram_server: TelegramServer, bot: Bot) -> None:
    me = await bot.get_me()
    assert (me.id, me.username, me.is_bot) == (7_000_000_001, "expense_test_bot", True)
    assert me.can_read_all_group_messages is False
    assert unknown_to_ptb(me) == []
    with pytest.raises(InvalidToken):
        await telegram_server.ptb("1:unknown")


async def test_a_formatted_message_with_buttons_arrives_as_it_was_meant(
    telegram_server: TelegramServer, bot: Bot
) -> None:
    asked = await telegram_server.anna.send_text("taxi 23,50 €")
    sent = await bot.send_message(
        1001,
        "  💶 <b>23,50 €</b> &amp; more  ",
        parse_mode="HTML",
        reply_markup=KEYBOARD,
        reply_parameters=ReplyParameters(asked.id),
        link_preview_options=LinkPreviewOptions(is_disabled=True),
        protect_content=True,
    )
    assert sent.text == "💶 23,50 € & more"
    assert sent.text_html == "💶 <b>23,50 €</b> &amp; more"
    assert sent.reply_to_message is not None
    assert sent.reply_to_message.text == "taxi 23,50 €"
    assert sent.reply_markup == KEYBOARD
    assert unknown_to_ptb(sent) == []
    seen = telegram_server.anna.message(sent.message_id)
    assert seen.labels == ["Submit", "Edit", "Open"]
    assert seen.text == sent.text


async def test_a_keyboard_in_the_place_of_the_letters_comes_and_goes(telegram_server: TelegramServer, bot: Bot) -> None:
    await bot.send_message(1001, "Currency?", reply_markup=ReplyKeyboardMarkup([[KeyboardButton("EUR"), "USD"]]))
    keyboard = telegram_server.anna.chat().reply_keyboard
    assert keyboard is not None
    assert [button["text"] for button in keyboard["keyboard"][0]] == ["EUR", "USD"]
    await bot.send_message(1001, "Thanks", reply_markup=ReplyKeyboardRemove())
    assert telegram_server.anna.chat().reply_keyboard is None


async def test_a_message_is_edited_in_place(telegram_server: TelegramServer, bot: Bot) -> None:
    sent = await bot.send_message(1001, "Reading…", reply_markup=KEYBOARD)
    edited = await bot.edit_message_text("<i>Done</i>", 1001, sent.message_id, parse_mode="HTML")
    assert isinstance(edited, Message)
    assert (edited.text, edited.reply_markup) == ("Done", None)
    assert edited.edit_date is not None
    with_buttons = await bot.edit_message_reply_markup(1001, sent.message_id, reply_markup=KEYBOARD)
    assert isinstance(with_buttons, Message)
    assert unknown_to_ptb([edited, with_buttons]) == []
    seen = telegram_server.anna.messages()[-1]
    assert (seen.text, seen.edited, seen.labels) == ("Done", True, ["Submit", "Edit", "Open"])


async def test_messages_are_deleted(telegram_server: TelegramServer, bot: Bot) -> None:
    ids = [(await bot.send_message(1001, f"message {number}")).message_id for number in range(4)]
    assert await bot.delete_message(1001, ids[0])
    assert await bot.delete_messages(1001, [*ids[1:3], 999])
    assert [view.id for view in telegram_server.anna.messages() if view.from_bot] == [ids[3]]


async def test_a_tap_is_answered_with_a_toast(telegram_server: TelegramServer, bot: Bot) -> None:
    sent = await bot.send_message(1001, "23,50 €", reply_markup=KEYBOARD)
    query_id = await telegram_server.anna.tap(sent.message_id, "Submit")
    assert telegram_server.anna.loading() == [query_id]
    [update] = await telegram_server.next_updates(bot)
    assert unknown_to_ptb(update) == []
    query = update.callback_query
    assert query is not None
    assert (query.id, query.data, query.from_user.id) == (query_id, "submit:1", 1001)
    assert query.message == sent
    assert await query.answer("Submitted", show_alert=True)
    toast = await telegram_server.anna.wait_for_toast(query_id, timeout_s=1)
    assert (toast.text, toast.show_alert) == ("Submitted", True)
    assert telegram_server.anna.loading() == []


async def test_typing_shows_for_five_seconds(telegram_server: TelegramServer, bot: Bot) -> None:
    assert await bot.send_chat_action(1001, "typing")
    chat = telegram_server.anna.chat()
    assert (chat.action, chat.action_until - telegram_server.clock.now) == ("typing", 5)


async def test_files_are_sent_and_come_back(telegram_server: TelegramServer, bot: Bot) -> None:
    photo = await bot.send_photo(
        1001, png(40, 30), caption="<b>A</b> receipt", parse_mode="HTML", reply_markup=KEYBOARD
    )
    assert [(size.width, size.height) for size in photo.photo] == [(40, 30)]
    captioned = await bot.edit_message_caption(1001, photo.message_id, caption="Another")
    document = await bot.send_document(1001, InputFile(b"a;b\n", filename="report.csv", attach=True))
    assert document.document is not None
    assert document.document.file_name == "report.csv"
    again = await bot.send_document(1001, document.document.file_id)
    assert unknown_to_ptb([photo, captioned, document, again]) == []
    file = await bot.get_file(document.document.file_id)
    assert bytes(await file.download_as_bytearray()) == b"a;b\n"
    assert telegram_server.anna.messages()[1].text == "Another"


async def test_a_message_shows_another_file_in_its_place(telegram_server: TelegramServer, bot: Bot) -> None:
    text = await bot.send_message(1001, "23,50 €", reply_markup=KEYBOARD)
    photo = await bot.edit_message_media(
        InputMediaPhoto(png(40, 30), caption="<b>A</b> receipt", parse_mode="HTML"), 1001, text.message_id
    )
    assert isinstance(photo, Message)
    assert (photo.text, photo.caption, photo.reply_markup) == (None, "A receipt", None)
    assert [(size.width, size.height) for size in photo.photo] == [(40, 30)]
    document = await bot.edit_message_media(InputMediaDocument(b"a;b\n", filename="rows.csv"), 1001, text.message_id)
    assert isinstance(document, Message)
    assert document.document is not None
    assert (document.photo, document.caption, document.document.file_name) == ((), None, "rows.csv")
    again = await bot.edit_message_media(InputMediaPhoto(photo.photo[-1].file_id), 1001, text.message_id)
    assert isinstance(again, Message)
    assert again.photo == photo.photo
    assert unknown_to_ptb([photo, document, again]) == []
    assert [message.id for message in telegram_server.anna.messages() if message.from_bot] == [text.message_id]
    with pytest.raises(BadRequest, match=r"^Message is not modified"):
        await bot.edit_message_media(InputMediaPhoto(photo.photo[-1].file_id), 1001, text.message_id)
    with pytest.raises(BadRequest, match=r"(?i)^image_process_failed$"):
        await bot.edit_message_media(InputMediaPhoto(b"no picture"), 1001, text.message_id)


async def test_a_persons_photo_reaches_the_bot(telegram_server: TelegramServer, bot: Bot) -> None:
    await telegram_server.anna.send_photo(png(), caption="lunch #team")
    await telegram_server.anna.send_document(b"%PDF-", name="bill.pdf", mime_type="application/pdf")
    photo, document = await telegram_server.next_updates(bot)
    assert unknown_to_ptb([photo, document]) == []
    assert photo.message is not None
    assert photo.message.caption == "lunch #team"
    file = await photo.message.photo[-1].get_file()
    assert bytes(await file.download_as_bytearray()) == png()
    assert document.message is not None
    assert document.message.document is not None
    assert document.message.document.mime_type == "application/pdf"


async def test_commands_are_kept_by_scope_and_language(telegram_server: TelegramServer, bot: Bot) -> None:
    await bot.set_my_commands([BotCommand("help", "Help"), BotCommand("new", "New expense")])
    await bot.set_my_commands([BotCommand("help", "Hilfe")], BotCommandScopeAllPrivateChats(), language_code="de")
    await bot.set_my_commands([BotCommand("budget", "Budget")], BotCommandScopeChat(1001))
    read = await bot.get_my_commands(BotCommandScopeAllPrivateChats(), "de")
    assert [command.description for command in read] == ["Hilfe"]
    assert unknown_to_ptb(list(read)) == []
    await telegram_server.ben.start()
    assert [command["command"] for command in telegram_server.anna.commands()] == ["budget"]
    assert [command["description"] for command in telegram_server.ben.commands()] == ["Hilfe"]
    telegram_server.ben.set_language("fr")
    assert [command["description"] for command in telegram_server.ben.commands()] == ["Help", "New expense"]
    await bot.delete_my_commands(BotCommandScopeChat(1001))
    assert [command["command"] for command in telegram_server.anna.commands()] == ["help", "new"]
    assert await bot.get_my_commands(BotCommandScopeAllGroupChats()) == ()


async def test_the_menu_button_is_kept_for_all_and_for_one(bot: Bot) -> None:
    await bot.set_chat_menu_button(menu_button=MenuButtonCommands())
    await bot.set_chat_menu_button(1001, MenuButtonDefault())
    default, annas = await bot.get_chat_menu_button(), await bot.get_chat_menu_button(1001)
    assert (default.type, annas.type) == ("commands", "default")
    assert unknown_to_ptb([default, annas]) == []


async def test_name_and_descriptions_are_kept_by_language(bot: Bot) -> None:
    await bot.set_my_name("ExpenseFlow Test")
    await bot.set_my_description("Expenses in chat")
    await bot.set_my_description("Ausgaben im Chat", language_code="de")
    await bot.set_my_short_description("Expenses")
    texts = [await bot.get_my_name(), await bot.get_my_description("de"), await bot.get_my_description("fr")]
    assert [value for text in texts for value in text.to_dict().values()] == [
        "ExpenseFlow Test",
        "Ausgaben im Chat",
        "Expenses in chat",
    ]
    short = await bot.get_my_short_description()
    assert short.short_description == "Expenses"
    assert unknown_to_ptb([*texts, short]) == []


async def test_a_bot_asks_about_chats_and_members(telegram_server: TelegramServer, bot: Bot) -> None:
    anna, ben = telegram_server.anna, telegram_server.ben
    for kind in ("group", "supergroup"):
        group = telegram_server.telegram.create_group("Lisbon trip", creator_id=anna.id, kind=kind)
        await anna.add_to_group(group.id, telegram_server.account.id)
        chat = await bot.get_chat(group.id)
        assert (chat.type, chat.title) == (kind, "Lisbon trip")
        owner, stranger = await bot.get_chat_member(group.id, anna.id), await bot.get_chat_member(group.id, ben.id)
        assert (owner.status, stranger.status) == ("creator", "left")
        assert await bot.get_chat_member_count(group.id) == 2
        administrators = await bot.get_chat_administrators(group.id)
        assert [member.user.id for member in administrators] == [anna.id]
        assert unknown_to_ptb([chat, owner, stranger, *administrators]) == []
        assert await bot.leave_chat(group.id)
        assert not group.has(telegram_server.account.id)
    private = await bot.get_chat(1001)
    assert (private.type, private.first_name, private.username) == ("private", "Anna", "anna")
    assert unknown_to_ptb(private) == []


async def test_updates_of_every_kind_are_known_to_the_client(telegram_server: TelegramServer, bot: Bot) -> None:
    anna, ben = telegram_server.anna, telegram_server.ben
    await ben.open_link("https://t.me/expense_test_bot?start=CODE-1234_x")
    first = await anna.send_text("taxi 23,50 €")
    await anna.send_text("/help@expense_test_bot", reply_to=first.id)
    await anna.edit_text(first.id, "taxi 32,50 €")
    group = telegram_server.telegram.create_group("Trip", creator_id=anna.id)
    await anna.add_to_group(group.id, telegram_server.account.id)
    await anna.add_to_group(group.id, ben.id)
    await anna.remove_from_group(group.id, ben.id)
    await ben.block()
    updates = await telegram_server.next_updates(bot)
    assert unknown_to_ptb(updates) == []
    kinds = [next(name for name in update.to_dict() if name != "update_id") for update in updates]
    assert kinds == [
        *["message", "message", "message", "edited_message"],
        *["my_chat_member", "message", "message", "message"],
        "my_chat_member",
    ]
    assert updates[0].message is not None
    assert updates[0].message.text == "/start CODE-1234_x"
    ids = [update.update_id for update in updates]
    assert ids == list(range(ids[0], ids[0] + len(ids)))


def test_the_search_for_unknown_fields_would_find_one() -> None:
    chat = {"id": 1, "type": "private", "first_name": "Anna", "shoe_size": 38}
    update = {"update_id": 1, "message": {"message_id": 1, "date": 0, "chat": chat, "text": "x", "mood": "good"}}
    assert sorted(unknown_to_ptb(Update.de_json(update))) == ["message.chat.shoe_size", "message.mood"]
