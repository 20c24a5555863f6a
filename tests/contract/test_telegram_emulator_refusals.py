"""What the real Bot API refuses, the emulator refuses: with the same status, and in the same words where we know them."""

import json
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import FormData
from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError

from bot.playground.telegram.limits import FloodLimits
from tests.fixtures.telegram_emulator import TelegramServer, png, running_telegram


def one_button(text: str = "x", **action: Any) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(text, **action)]])


@pytest.fixture
async def bot(telegram_server: TelegramServer) -> Bot:
    client = await telegram_server.ptb()
    await telegram_server.anna.start()
    return client


async def call(server: TelegramServer, method: str, parameters: dict[str, Any], *, token: str | None = None) -> Any:
    """A call as raw JSON, for what no library would send."""
    session = await server.session()
    url = server.method_url(method) if token is None else server.method_url(method, token)
    async with session.post(url, json=parameters) as answer:
        body = await answer.json()
        assert answer.status == body.get("error_code", 200)
        return body


async def test_texts_are_counted_in_utf16_units_after_parsing(telegram_server: TelegramServer, bot: Bot) -> None:
    longest = "💶" * 2048
    sent = await bot.send_message(1001, f"<b>{longest}</b>", parse_mode="HTML")
    assert sent.text == longest
    with pytest.raises(BadRequest, match=r"^Message is too long$"):
        await bot.send_message(1001, longest + "x")
    with pytest.raises(BadRequest, match=r"^Message is too long$"):
        await bot.edit_message_text(longest + "x", 1001, sent.message_id)
    for empty in ("", "   ", "<b> </b>"):
        with pytest.raises(BadRequest, match=r"^Message text is empty$"):
            await bot.send_message(1001, empty, parse_mode="HTML")
    with pytest.raises(BadRequest, match=r"^Message caption is too long$"):
        await bot.send_photo(1001, png(), caption="x" * 1025)
    # Nothing that was refused has taken a message id.
    assert (await bot.send_message(1001, "next")).message_id == sent.message_id + 1


async def test_what_cannot_be_parsed_is_refused(bot: Bot) -> None:
    with pytest.raises(BadRequest, match=r"^Can't parse entities: unsupported start tag .*at byte offset 2$"):
        await bot.send_message(1001, "a <br> b", parse_mode="HTML")
    with pytest.raises(BadRequest, match=r"^Unsupported parse_mode$"):
        await bot.send_message(1001, "*x*", parse_mode="wiki")
    for mode in ("Markdown", "MarkdownV2"):
        with pytest.raises(TelegramError, match=rf"^Not Implemented: .* parse_mode {mode}"):
            await bot.send_message(1001, "*x*", parse_mode=mode)


@pytest.mark.parametrize(
    ("markup", "refusal"),
    [
        (one_button(callback_data="é" * 33), "Button_data_invalid"),
        (one_button("  ", callback_data="x"), "Inline keyboard button text must be non-empty"),
        (one_button(), "Text buttons are unallowed in the inline keyboard"),
        (one_button(url="example.org"), "Wrong HTTP URL"),
        (one_button(url="https://example.org", callback_data="x"), "only one of"),
        (InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="x")] * 9]), "more than 8 buttons in a row"),
        (InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="x")]] * 101), "Reply markup is too long"),
    ],
)
async def test_a_keyboard_beyond_the_limits_is_refused(bot: Bot, markup: InlineKeyboardMarkup, refusal: str) -> None:
    with pytest.raises(BadRequest, match=f"(?i){refusal}"):
        await bot.send_message(1001, "x", reply_markup=markup)


async def test_the_largest_keyboard_is_accepted(bot: Bot) -> None:
    row = [InlineKeyboardButton("x", callback_data="€" * 21 + "x") for _ in range(8)]
    sent = await bot.send_message(1001, "x", reply_markup=InlineKeyboardMarkup([row] * 12 + [row[:4]]))
    assert sent.reply_markup is not None
    assert sum(len(row) for row in sent.reply_markup.inline_keyboard) == 100


@pytest.mark.parametrize(
    ("markup", "refusal"),
    [
        ({"foo": 1}, "can't parse reply markup"),
        ({}, "can't parse reply markup"),
        ([], "object expected as reply markup"),
        ("{", "can't parse reply_markup JSON object"),
        ({"inline_keyboard": [[{"callback_data": "x"}]]}, "text"),
        ({"inline_keyboard": [{"text": "x", "callback_data": "x"}]}, "inline_keyboard"),
        ({"inline_keyboard": [[{"text": "x", "callback_data": "x", "colour": "red"}]]}, "inline_keyboard.0.0.colour"),
        ({"remove_keyboard": True, "foo": 1}, "foo"),
    ],
)
async def test_a_malformed_keyboard_is_refused_and_not_taken_for_another(
    telegram_server: TelegramServer, bot: Bot, markup: object, refusal: str
) -> None:
    for given in (markup, json.dumps(markup) if not isinstance(markup, str) else markup):
        answer = await call(telegram_server, "sendMessage", {"chat_id": 1001, "text": "x", "reply_markup": given})
        assert answer["error_code"] == 400
        assert refusal in answer["description"]
    assert [view.text for view in telegram_server.anna.messages()] == ["/start"]


async def test_parameters_that_the_bot_api_does_not_know_are_refused(telegram_server: TelegramServer, bot: Bot) -> None:
    for parameters, named in (
        ({"chat_id": 1001, "text": "x", "colour": "red"}, "colour"),
        ({"chat_id": 1001, "text": "x", "link_preview_options": {"is_disabled": True, "size": 3}}, "size"),
        ({"chat_id": 1001}, "text"),
        ({"chat_id": 1001, "text": "x", "entities": [{"type": "bold"}]}, "entities.0"),
    ):
        answer = await call(telegram_server, "sendMessage", parameters)
        assert answer["error_code"] == 400
        assert named in answer["description"]


async def test_what_is_not_emulated_says_so(telegram_server: TelegramServer, bot: Bot) -> None:
    answer = await call(telegram_server, "sendVideo", {"chat_id": 1001, "video": "x"})
    assert (answer["error_code"], "sendVideo" in answer["description"]) == (501, True)
    parameters = {"chat_id": 1001, "text": "x", "message_effect_id": "5"}
    answer = await call(telegram_server, "sendMessage", parameters)
    assert (answer["error_code"], "message_effect_id" in answer["description"]) == (501, True)


async def test_unknown_methods_and_tokens_are_told_apart(telegram_server: TelegramServer) -> None:
    assert (await call(telegram_server, "sendNothing", {}))["error_code"] == 404
    unauthorized = {"ok": False, "error_code": 401, "description": "Unauthorized"}
    assert await call(telegram_server, "getMe", {}, token="7:unknown") == unauthorized
    assert (await call(telegram_server, "GETME", {}))["ok"]


async def test_a_bot_cannot_write_before_start_nor_when_blocked(telegram_server: TelegramServer, bot: Bot) -> None:
    with pytest.raises(Forbidden, match=r"^Forbidden: bot can't initiate conversation with a user$"):
        await bot.send_message(telegram_server.ben.id, "hello")
    with pytest.raises(BadRequest, match=r"^Chat not found$"):
        await bot.send_message(4711, "hello")
    await telegram_server.anna.block()
    with pytest.raises(Forbidden, match=r"^Forbidden: bot was blocked by the user$"):
        await bot.send_message(1001, "hello")
    await telegram_server.anna.start()
    await bot.send_message(1001, "welcome back")
    assert telegram_server.anna.messages()[-1].text == "welcome back"


async def test_a_bot_cannot_write_where_it_is_no_member(telegram_server: TelegramServer, bot: Bot) -> None:
    anna = telegram_server.anna
    for kind, name in (("group", "group chat"), ("supergroup", "supergroup chat")):
        group = telegram_server.telegram.create_group("Trip", creator_id=anna.id, kind=kind)
        with pytest.raises(BadRequest, match=r"^Chat not found$"):
            await bot.send_message(group.id, "hello")
        await anna.add_to_group(group.id, telegram_server.account.id)
        await bot.send_message(group.id, "hello")
        await anna.remove_from_group(group.id, telegram_server.account.id)
        with pytest.raises(Forbidden, match=f"^Forbidden: bot was kicked from the {name}$"):
            await bot.send_message(group.id, "hello")


async def test_edits_that_change_nothing_or_find_nothing_are_refused(telegram_server: TelegramServer, bot: Bot) -> None:
    markup = one_button(callback_data="x")
    sent = await bot.send_message(1001, "<b>x</b>", parse_mode="HTML", reply_markup=markup)
    with pytest.raises(BadRequest, match=r"^Message is not modified: specified new message content and reply markup"):
        await bot.edit_message_text("<b>x</b> ", 1001, sent.message_id, parse_mode="HTML", reply_markup=markup)
    assert await bot.edit_message_text("x", 1001, sent.message_id, reply_markup=markup)
    with pytest.raises(BadRequest, match=r"^Message is not modified"):
        await bot.edit_message_reply_markup(1001, sent.message_id, reply_markup=markup)
    with pytest.raises(BadRequest, match=r"^Message to edit not found$"):
        await bot.edit_message_text("y", 1001, 999)
    theirs = await telegram_server.anna.send_text("mine")
    with pytest.raises(BadRequest, match=r"^Message can't be edited$"):
        await bot.edit_message_text("y", 1001, theirs.id)
    photo = await bot.send_photo(1001, png())
    with pytest.raises(BadRequest, match=r"^There is no text in the message to edit$"):
        await bot.edit_message_text("y", 1001, photo.message_id)
    with pytest.raises(BadRequest, match=r"^There is no caption in the message to edit$"):
        await bot.edit_message_caption(1001, sent.message_id, caption="y")


async def test_what_cannot_be_deleted_is_refused(telegram_server: TelegramServer, bot: Bot) -> None:
    with pytest.raises(BadRequest, match=r"^Message to delete not found$"):
        await bot.delete_message(1001, 999)
    old = await bot.send_message(1001, "x")
    telegram_server.clock.now += 48 * 3600 + 1
    with pytest.raises(BadRequest, match=r"^Message can't be deleted for everyone$"):
        await bot.delete_message(1001, old.message_id)
    anna = telegram_server.anna
    group = telegram_server.telegram.create_group("Trip", creator_id=anna.id)
    await anna.add_to_group(group.id, telegram_server.account.id)
    theirs = await anna.send_text("/x", chat=group.id)
    with pytest.raises(BadRequest, match=r"^Message can't be deleted$"):
        await bot.delete_message(group.id, theirs.id)


async def test_a_tap_is_answered_once_and_in_time(telegram_server: TelegramServer, bot: Bot) -> None:
    sent = await bot.send_message(1001, "x", reply_markup=one_button("Go", callback_data="go"))
    too_old = "^Query is too old and response timeout expired or query id is invalid$"
    first, second = [await telegram_server.anna.tap(sent.message_id, "Go") for _ in range(2)]
    with pytest.raises(BadRequest, match=r"(?i)^message_too_long$"):
        await bot.answer_callback_query(first, "x" * 201)
    await bot.answer_callback_query(first, "x" * 200)
    for query_id in (first, "1"):
        with pytest.raises(BadRequest, match=too_old):
            await bot.answer_callback_query(query_id)
    telegram_server.clock.now += telegram_server.telegram.callback_lifetime_s + 1
    with pytest.raises(BadRequest, match=too_old):
        await bot.answer_callback_query(second)
    assert telegram_server.anna.loading() == []


@pytest.mark.parametrize(
    ("commands", "refusal"),
    [
        ([BotCommand("Help", "x")], "Bot_command_invalid"),
        ([BotCommand("x" * 33, "x")], "Bot_command_invalid"),
        ([BotCommand("help", "")], "Bot_command_description_invalid"),
        ([BotCommand("help", "x" * 257)], "Bot_command_description_invalid"),
        ([BotCommand(f"c{number}", "x") for number in range(101)], "Bot_commands_too_much"),
    ],
)
async def test_commands_beyond_the_limits_are_refused(bot: Bot, commands: list[BotCommand], refusal: str) -> None:
    with pytest.raises(BadRequest, match=f"(?i)^{refusal}$"):
        await bot.set_my_commands(commands)


async def test_files_beyond_the_limits_are_refused(telegram_server: TelegramServer, bot: Bot) -> None:
    with pytest.raises(BadRequest, match=r"(?i)^image_process_failed$"):
        await bot.send_photo(1001, b"no picture")
    with pytest.raises(BadRequest, match=r"(?i)^photo_invalid_dimensions$"):
        await bot.send_photo(1001, png(2100, 100))
    with pytest.raises(BadRequest, match=r"^File must be non-empty$"):
        await bot.send_document(1001, b"")
    with pytest.raises(BadRequest, match=r"(?i)^wrong file identifier"):
        await bot.send_document(1001, "https://example.org/file.pdf")
    large = await telegram_server.anna.send_document(bytes(20_000_001), name="large.bin")
    with pytest.raises(BadRequest, match=r"^File is too big$"):
        await bot.get_file(large.content["document"]["file_id"])


async def test_flood_limits_hold_when_they_are_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # The older form of retry_after warns, and here a warning fails.
    async with running_telegram(flood=FloodLimits(messages_per_second_per_chat=1, messages_per_second=2)) as server:
        bot = await server.ptb()
        for person in (server.anna, server.ben):
            await person.start()
        await bot.send_message(1001, "one")
        with pytest.raises(RetryAfter) as refusal:
            await bot.send_message(1001, "two")
        assert refusal.value.retry_after == timedelta(seconds=1)
        await bot.send_message(1002, "other chat")
        server.clock.now += 1
        await bot.send_message(1001, "two")


async def test_bodies_that_cannot_be_read_are_refused(telegram_server: TelegramServer, bot: Bot) -> None:
    session = await telegram_server.session()
    url = telegram_server.method_url("sendMessage")
    for body in (b"{", b"[]"):
        async with session.post(url, data=body, headers={"Content-Type": "application/json"}) as answer:
            assert (answer.status, (await answer.json())["error_code"]) == (400, 400)
    statuses = [entry.status for entry in telegram_server.telegram.wire.entries(name="sendMessage")]
    assert statuses == [400, 400]


async def test_a_body_beyond_the_servers_bound_is_refused() -> None:
    async with running_telegram(request_bytes_max=2000) as server:
        session = await server.session()
        form = FormData({"chat_id": "1001"})
        form.add_field("document", bytes(3000), filename="large.bin")
        url = server.method_url("sendDocument")
        for sending in (session.post(url, data=form), session.post(url, json={"caption": "x" * 3000})):
            async with sending as answer:
                assert (answer.status, (await answer.json())["error_code"]) == (413, 413)


async def test_parameters_may_stand_in_the_address_in_a_form_or_in_json(
    telegram_server: TelegramServer, bot: Bot
) -> None:
    session = await telegram_server.session()
    url = telegram_server.method_url("sendMessage")
    markup = '{"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}'
    parameters = {"chat_id": "1001", "text": "x", "reply_markup": markup}
    for request in (
        session.get(url, params=parameters),
        session.post(url, data=parameters),
        session.post(url, json=parameters),
        session.post(url, json={**parameters, "reply_markup": json.loads(markup)}),
    ):
        async with request as answer:
            assert answer.status == 200
    assert [view.labels for view in telegram_server.anna.messages() if view.from_bot] == [["Go"]] * 4
    logged = [entry.request["reply_markup"] for entry in telegram_server.telegram.wire.entries(name="sendMessage")]
    assert logged == [json.loads(markup)] * 4
