"""aiogram's own client, the second of the two transcriptions of the Bot API, works against the emulator as well."""

from collections.abc import AsyncIterator

import pytest
from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    BotCommand,
    BufferedInputFile,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
)

from tests.fixtures.telegram_emulator import TOKEN, TelegramServer, png


@pytest.fixture
async def bot(telegram_server: TelegramServer) -> AsyncIterator[Bot]:
    server = TelegramAPIServer(
        base=f"{telegram_server.url}/telegram/bot{{token}}/{{method}}",
        file=f"{telegram_server.url}/telegram/file/bot{{token}}/{{path}}",
    )
    properties = DefaultBotProperties(parse_mode="HTML")
    async with Bot(TOKEN, session=AiohttpSession(api=server), default=properties) as client:
        yield client


async def test_a_conversation_with_buttons_files_and_commands(telegram_server: TelegramServer, bot: Bot) -> None:
    anna = telegram_server.anna
    await anna.start("CODE")
    [update] = await bot.get_updates(timeout=1)
    assert isinstance(update.message, Message)
    assert update.message.text == "/start CODE"
    keyboard = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Submit", callback_data="submit:1")]])
    sent = await bot.send_message(1001, "<b>23,50 €</b>", reply_markup=keyboard)
    assert sent.html_text == "<b>23,50 €</b>"
    query_id = await anna.tap(sent.message_id, "Submit")
    [update] = await bot.get_updates(offset=update.update_id + 1)
    assert isinstance(update.callback_query, CallbackQuery)
    assert await bot.answer_callback_query(query_id, text="Done")
    assert (await anna.wait_for_toast(query_id, timeout_s=1)).text == "Done"
    edited = await bot.edit_message_text("Submitted", chat_id=1001, message_id=sent.message_id)
    assert isinstance(edited, Message)
    assert anna.messages()[-1].text == "Submitted"
    photo = await bot.send_photo(1001, BufferedInputFile(png(), "receipt.png"), caption="<i>receipt</i>")
    assert photo.photo is not None
    downloaded = await bot.download(photo.photo[-1].file_id)
    assert downloaded is not None
    assert downloaded.read() == png()
    assert await bot.set_my_commands([BotCommand(command="help", description="Help")])
    assert anna.commands() == [{"command": "help", "description": "Help"}]


async def test_refusals_are_understood(telegram_server: TelegramServer, bot: Bot) -> None:
    await telegram_server.anna.start()
    with pytest.raises(TelegramBadRequest, match="can't parse entities"):
        await bot.send_message(1001, "a < b")
