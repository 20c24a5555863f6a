"""getUpdates as Telegram serves it, how it ends, and the faults that it makes on demand."""

import asyncio
import time
from typing import Any

import pytest
from aiohttp import ClientConnectionError, ClientSession
from telegram import Bot, Update
from telegram.error import BadRequest, Conflict, NetworkError, RetryAfter
from telegram.ext import ApplicationBuilder, MessageHandler, filters

from bot.playground.state import Fault, Rule
from tests.fixtures.telegram_emulator import TOKEN, TelegramServer


@pytest.fixture
async def bot(telegram_server: TelegramServer) -> Bot:
    """Anna has pressed Start, and the bot has read it."""
    client = await telegram_server.ptb()
    await telegram_server.anna.start()
    await telegram_server.next_updates(client)
    return client


async def polling(server: TelegramServer, *, waiting: bool = True) -> None:
    """Waits until the emulator holds a long poll, or none."""
    await server.telegram.wait_for_poll(server.account, waiting=waiting, timeout_s=5)


def ids(updates: tuple[Update, ...]) -> list[int]:
    return [update.update_id for update in updates]


async def raw_updates(session: ClientSession, server: TelegramServer, **parameters: Any) -> list[int]:
    async with session.post(server.method_url("getUpdates"), json=parameters) as answer:
        return [update["update_id"] for update in (await answer.json())["result"]]


async def test_updates_are_delivered_again_until_an_offset_confirms_them(
    telegram_server: TelegramServer, bot: Bot
) -> None:
    for number in range(5):
        await telegram_server.anna.send_text(f"taxi {number}")
    everything = ids(await bot.get_updates())
    assert len(everything) == 5
    assert ids(await bot.get_updates(limit=2)) == everything[:2]
    assert ids(await bot.get_updates(offset=everything[2])) == everything[2:]
    assert ids(await bot.get_updates(offset=-2)) == everything[3:]
    assert ids(await bot.get_updates()) == everything[3:]
    assert ids(await bot.get_updates(offset=everything[-1] + 1)) == []
    later = await telegram_server.anna.send_text("taxi 6")
    [update] = await bot.get_updates()
    assert update.message is not None
    assert (update.update_id, update.message.message_id) == (everything[-1] + 1, later.id)


async def test_updates_are_forgotten_after_a_day(telegram_server: TelegramServer, bot: Bot) -> None:
    await telegram_server.anna.send_text("taxi")
    telegram_server.clock.now += 24 * 3600 + 1
    assert await bot.get_updates() == ()


async def test_only_kinds_that_were_asked_for_are_delivered(telegram_server: TelegramServer, bot: Bot) -> None:
    await bot.get_updates(allowed_updates=["edited_message"])
    message = await telegram_server.anna.send_text("taxi 23")
    await telegram_server.anna.edit_text(message.id, "taxi 32")
    [update] = await telegram_server.next_updates(bot)
    assert update.edited_message is not None
    await bot.get_updates(allowed_updates=[])
    await telegram_server.anna.send_text("taxi 24")
    assert len(await bot.get_updates()) == 1


async def test_a_long_poll_answers_as_soon_as_something_happens(telegram_server: TelegramServer, bot: Bot) -> None:
    begun = time.monotonic()
    poll = asyncio.create_task(bot.get_updates(timeout=20))
    await polling(telegram_server)
    await telegram_server.anna.send_text("taxi")
    assert len(await poll) == 1
    assert time.monotonic() - begun < 5


async def test_a_long_poll_without_news_ends_empty(telegram_server: TelegramServer, bot: Bot) -> None:
    assert await bot.get_updates(timeout=1) == ()


async def test_the_older_of_two_polls_ends_with_a_conflict(telegram_server: TelegramServer, bot: Bot) -> None:
    older = asyncio.create_task(bot.get_updates(timeout=20))
    await polling(telegram_server)
    newer = asyncio.create_task((await telegram_server.ptb()).get_updates(timeout=20))
    with pytest.raises(Conflict, match="terminated by other getUpdates request"):
        await older
    await polling(telegram_server)
    await telegram_server.anna.send_text("taxi")
    assert len(await newer) == 1


async def test_a_long_poll_ends_when_its_client_goes_away(telegram_server: TelegramServer, bot: Bot) -> None:
    session = await telegram_server.session()
    poll = asyncio.create_task(raw_updates(session, telegram_server, timeout=50))
    await polling(telegram_server)
    poll.cancel()
    await polling(telegram_server, waiting=False)
    # Nobody has got it, so the next poll does.
    await telegram_server.anna.send_text("taxi")
    assert len(await bot.get_updates()) == 1


async def test_a_long_poll_ends_when_the_server_stops(telegram_server: TelegramServer, bot: Bot) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=50))
    await polling(telegram_server)
    assert telegram_server.runner is not None
    begun = time.monotonic()
    await telegram_server.runner.cleanup()
    assert await poll == ()
    assert time.monotonic() - begun < 1


async def test_a_whole_application_runs_and_stops_at_once(telegram_server: TelegramServer) -> None:
    async def answer(update: Update, _: object) -> None:
        assert update.effective_message is not None
        await update.effective_message.reply_text(f"got {update.effective_message.text}")

    application = (
        ApplicationBuilder()
        .token(TOKEN)
        .base_url(f"{telegram_server.url}/telegram/bot")
        .base_file_url(f"{telegram_server.url}/telegram/file/bot")
        .build()
    )
    application.add_handler(MessageHandler(filters.ALL, answer))
    async with application:
        await application.start()
        assert application.updater is not None
        await application.updater.start_polling(timeout=20)
        await telegram_server.anna.start("CODE")
        shown = await telegram_server.anna.wait_for_message()
        assert shown.text == "got /start CODE"
        await telegram_server.telegram.wait_idle(quiet_s=0.05)
        begun = time.monotonic()
        await application.updater.stop()
        await application.stop()
    assert time.monotonic() - begun < 2


async def test_too_many_requests_on_demand(
    telegram_server: TelegramServer, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # The older form of retry_after warns, and here a warning fails.
    rule = telegram_server.telegram.misbehaviour.add(
        Rule(fault=Fault.TOO_MANY_REQUESTS, method="sendMessage", remaining=2, retry_after_s=7)
    )
    for _ in range(2):
        with pytest.raises(RetryAfter, match="7"):
            await bot.send_message(1001, "x")
    await bot.send_message(1001, "x")
    assert rule.hits == 2
    assert [view.text for view in telegram_server.anna.messages() if view.from_bot] == ["x"]


async def test_server_errors_and_cut_connections_on_demand(telegram_server: TelegramServer, bot: Bot) -> None:
    misbehaviour = telegram_server.telegram.misbehaviour
    misbehaviour.add(Rule(fault=Fault.SERVER_ERROR, method="sendMessage", status=502))
    misbehaviour.add(Rule(fault=Fault.DROP_BEFORE, method="sendMessage"))
    for text in ("refused", "cut before"):
        with pytest.raises(NetworkError):
            await bot.send_message(1001, text)
    misbehaviour.add(Rule(fault=Fault.DROP_AFTER, method="sendMessage"))
    with pytest.raises(NetworkError):
        await bot.send_message(1001, "cut after")
    assert [view.text for view in telegram_server.anna.messages() if view.from_bot] == ["cut after"]
    calls = telegram_server.telegram.wire.entries(name="sendMessage")
    assert [entry.status for entry in calls] == [502, None, None]
    assert calls[2].answer["result"]["text"] == "cut after"


async def test_slow_answers_on_demand(telegram_server: TelegramServer, bot: Bot) -> None:
    telegram_server.telegram.misbehaviour.add(Rule(fault=Fault.SLOW, method="sendMessage", delay_s=0.2))
    sending = asyncio.create_task(bot.send_message(1001, "x"))
    await telegram_server.anna.wait_for_message(timeout_s=5)
    assert not sending.done()
    await sending


async def test_faults_spare_what_is_wrong_anyway(telegram_server: TelegramServer, bot: Bot) -> None:
    with pytest.raises(BadRequest):
        await bot.send_message(1001, "")
    assert telegram_server.telegram.misbehaviour.take("sendMessage", frozenset({Fault.SLOW})) is None


async def test_duplicated_updates_come_two_to_five_times_and_none_is_lost(
    telegram_server: TelegramServer, bot: Bot
) -> None:
    rule = telegram_server.telegram.misbehaviour.add(
        Rule(fault=Fault.DUPLICATE, method="message", remaining=1000, copies=5, seed=1)
    )
    expected = []
    for number in range(30):
        await telegram_server.anna.send_text(f"taxi {number}")
        expected.append(telegram_server.account.pending[-1]["update_id"])
    seen: list[int] = []
    offset = 0
    while updates := await bot.get_updates(offset=offset, limit=10):
        seen += ids(updates)
        offset = max(offset, max(ids(updates)) + 1)
    counts = {update_id: seen.count(update_id) for update_id in expected}
    assert rule.hits == 30
    assert set(seen) == set(expected)
    assert {min(counts.values()), max(counts.values())} == {2, 5}
    first_deliveries = sorted(expected, key=seen.index)
    assert first_deliveries == expected
    assert seen != sorted(seen)


async def test_a_redelivered_update_is_not_duplicated_anew(telegram_server: TelegramServer, bot: Bot) -> None:
    rule = telegram_server.telegram.misbehaviour.add(Rule(fault=Fault.DUPLICATE, remaining=1000))
    await telegram_server.anna.send_text("taxi")
    deliveries = [update_id for _ in range(5) for update_id in ids(await bot.get_updates())]
    assert rule.hits == 1
    assert len(deliveries) == 6


async def test_reordered_and_dropped_updates_on_demand(telegram_server: TelegramServer, bot: Bot) -> None:
    for number in range(8):
        await telegram_server.anna.send_text(f"taxi {number}")
    in_order = ids(await bot.get_updates())
    misbehaviour = telegram_server.telegram.misbehaviour
    misbehaviour.add(Rule(fault=Fault.REORDER, method="getUpdates", seed=3))
    shuffled = ids(await bot.get_updates())
    assert shuffled != in_order
    assert sorted(shuffled) == in_order
    dropped = misbehaviour.add(Rule(fault=Fault.DROP_THEN_REPEAT, method="getUpdates"))
    session = await telegram_server.session()
    with pytest.raises(ClientConnectionError):
        await raw_updates(session, telegram_server)
    assert dropped.hits == 1
    assert ids(await bot.get_updates()) == in_order


async def test_the_wire_log_shows_calls_and_deliveries_without_tokens(
    telegram_server: TelegramServer, bot: Bot
) -> None:
    await telegram_server.anna.send_text(f"my token is {TOKEN}")
    await bot.get_updates()
    await bot.send_message(1001, "hello")
    wire = telegram_server.telegram.wire
    delivery = wire.entries(direction="server-to-bot")[-1]
    assert (delivery.name, delivery.chat) == ("message", "1001")
    assert delivery.request["message"]["text"] == "my token is ***"
    sent = wire.entries(name="sendMessage")[-1]
    assert (sent.status, sent.chat, sent.request["text"]) == (200, "1001", "hello")
    assert sent.answer["result"]["text"] == "hello"
    assert TOKEN not in str([entry.as_json() for entry in wire.entries()])
