"""A bot on grammY against the emulated Telegram, polling and by webhook: whether the Bot API is as others know it."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from bot.playground.state import Fault, Rule
from tests.fixtures.slack_emulator import free_port
from tests.fixtures.telegram_emulator import TOKEN, TelegramServer, png

START_S = 30.0
"""Node takes a second to start, and longer on a busy machine."""


@pytest.fixture(params=["polling", "webhook"])
async def bot(
    request: pytest.FixtureRequest, telegram_server: TelegramServer, run_bot: Any
) -> AsyncIterator[TelegramServer]:
    """The running bot, which Anna has started, and which has greeted her."""
    await telegram_server.anna.start("a-friend")
    environment = {"BOT_TOKEN": TOKEN, "API_ROOT": f"{telegram_server.url}/telegram"}
    if request.param == "webhook":
        environment["WEBHOOK_PORT"] = str(free_port())
    running: AbstractAsyncContextManager[None] = run_bot("telegram_bot.js", environment)
    async with running:
        await telegram_server.anna.wait_for_message(timeout_s=START_S)
        yield telegram_server


async def test_grammy_greets_counts_and_answers_taps(bot: TelegramServer) -> None:
    anna = bot.anna
    [greeting] = [message for message in anna.messages() if message.from_bot]
    assert greeting.text == "Hello, Anna from a-friend!"
    assert [entity["type"] for entity in greeting.entities] == ["bold"]
    assert greeting.labels == ["Count (0)", "Done"]

    tapped = await anna.tap(greeting.id, "Count")
    assert (await anna.wait_for_toast(tapped)).text == "That makes 1"
    counted = anna.message(greeting.id)
    assert (counted.text, counted.labels, counted.edited) == ("Counted to 1", ["Count (1)", "Done"], True)

    tapped = await anna.tap(greeting.id, "Done")
    toast = await anna.wait_for_toast(tapped)
    assert toast.show_alert
    assert toast.text.startswith("400 Bad Request: message is not modified")
    assert anna.message(greeting.id).labels == []
    assert anna.loading() == []


async def test_grammy_sets_a_menu_in_two_languages(bot: TelegramServer) -> None:
    await bot.ben.start()
    await bot.ben.wait_for_message()
    assert bot.anna.commands() == [{"command": "start", "description": "Say hello"}]
    assert bot.ben.commands() == [{"command": "start", "description": "Sag hallo"}]


async def test_grammy_echoes_sees_edits_and_deletes(bot: TelegramServer) -> None:
    anna = bot.anna
    said = await anna.send_text("Grüße 🙂 <b> & _co_")
    echo = await anna.wait_for_message(after=said.id)
    assert echo.text == said.text
    assert echo.content["reply_to_message"]["message_id"] == said.id

    await anna.edit_text(said.id, "Never mind")
    await anna.wait_for_message(lambda message: message.text == "You meant: Never mind", after=echo.id)

    private = await anna.send_text("forget")
    after = await anna.send_text("still there?")
    await anna.wait_for_message(after=after.id)
    assert private.id not in [message.id for message in anna.messages()]


async def test_grammy_downloads_a_photo_and_sends_it_back(bot: TelegramServer) -> None:
    anna, picture = bot.anna, png(320, 200)
    sent = await anna.send_photo(picture, caption="A receipt")
    document = await anna.wait_for_message(lambda message: "document" in message.content, after=sent.id)
    uploaded, by_id = [message for message in anna.messages() if sent.id < message.id < document.id]

    assert uploaded.text == f"{len(picture)} bytes: A receipt"
    assert uploaded.content["reply_to_message"]["message_id"] == sent.id
    assert (uploaded.content["photo"][-1]["width"], uploaded.content["photo"][-1]["height"]) == (320, 200)
    assert by_id.text == "By its id"
    assert by_id.content["photo"] == uploaded.content["photo"]
    described = document.content["document"]
    assert (described["file_name"], described["file_size"]) == ("original.png", len(picture))
    assert bot.telegram.state.files[described["file_id"]].content == picture


async def test_grammy_is_brought_into_a_group_and_called_by_its_name(bot: TelegramServer) -> None:
    group = bot.telegram.create_group("Office", creator_id=bot.anna.id)
    await bot.anna.add_to_group(group.id, bot.account.id)
    thanks = await bot.anna.wait_for_message(chat=group.id)
    assert thanks.text == "Anna brought me here: left, now member"

    said = await bot.anna.send_text(f"/start@{bot.account.username} here", chat=group.id)
    greeting = await bot.anna.wait_for_message(chat=group.id, after=said.id)
    assert greeting.text == "Hello, Anna from here!"


@pytest.mark.parametrize("bot", ["polling"], indirect=True)
async def test_grammy_waits_as_long_as_it_is_told_to(bot: TelegramServer) -> None:
    too_many = Rule(fault=Fault.TOO_MANY_REQUESTS, method="getUpdates", retry_after_s=1)
    bot.telegram.misbehaviour.add(too_many)
    said = await bot.anna.send_text("one")
    await bot.anna.wait_for_message(after=said.id)
    said = await bot.anna.send_text("two")
    await bot.anna.wait_for_message(after=said.id)
    assert (too_many.hits, too_many.remaining) == (1, 0)
