"""The Telegram edge, updates in: what is committed and what is not, stopping, and how it feels."""

import asyncio

import pytest

from bot.intake import IntakeUnavailable
from bot.playground.state import Fault, Rule
from bot.telegram.driver import CONFLICT_REMEMBERED_S, POLL_SILENCE_S_MAX, TelegramDriver
from bot.telegram.platform import TelegramPlatform
from handlers.events import CommandInvoked, TextReceived
from tests.contract.telegram_inbox import INSTALLATION, WAIT_S, Inbox, next_event, running
from tests.fixtures.telegram_emulator import TelegramServer

STOP_S_MAX = 5.0

# Updates in


async def test_an_update_is_confirmed_only_when_it_is_committed(
    telegram_server: TelegramServer, platform: TelegramPlatform
) -> None:
    inbox = Inbox()
    inbox.gate.clear()
    async with running(platform, inbox):
        await telegram_server.anna.start()
        await asyncio.wait_for(inbox.asked.wait(), WAIT_S)
        offsets = [entry.request.get("offset") for entry in telegram_server.telegram.wire.entries(name="getUpdates")]
        inbox.gate.set()
        (delivery,) = await inbox.wait_for(1)
        await telegram_server.telegram.wait_idle()
    assert all(int(offset or 0) <= int(delivery.event_key) for offset in offsets)
    assert delivery.conversation == str(telegram_server.anna.id)


@pytest.mark.parametrize(
    "failure", [IntakeUnavailable("disk full"), ValueError("a fault"), asyncio.CancelledError(), KeyError("update_id")]
)
async def test_whatever_a_commit_raises_the_update_comes_again(
    telegram_server: TelegramServer, platform: TelegramPlatform, failure: BaseException
) -> None:
    inbox = Inbox()
    inbox.failures = [failure]
    async with running(platform, inbox) as driver:
        await telegram_server.anna.start()
        await telegram_server.anna.send_text("taxi 23")
        await inbox.wait_for(2)
        assert driver.healthy() is None
        await telegram_server.telegram.wait_idle()
    events = [platform.parse(delivery.payload, INSTALLATION) for delivery in inbox.deliveries]
    assert [type(event) for event in events] == [CommandInvoked, TextReceived]


async def test_while_nothing_can_be_committed_the_bot_is_not_well(
    telegram_server: TelegramServer, platform: TelegramPlatform
) -> None:
    inbox = Inbox()
    inbox.failures = [IntakeUnavailable("disk full")] * 100
    async with running(platform, inbox) as driver:
        await telegram_server.anna.start()
        await asyncio.wait_for(inbox.asked.wait(), WAIT_S)
        inbox.asked.clear()
        await asyncio.wait_for(inbox.asked.wait(), WAIT_S)  # again: so that it has been refused once
        assert "disk full" in (driver.healthy() or "")
    assert inbox.deliveries == []


async def test_a_stop_in_the_middle_of_a_commit_loses_nothing_and_takes_seconds(
    telegram_server: TelegramServer, platform: TelegramPlatform
) -> None:
    first, second = Inbox(), Inbox()
    first.gate.clear()
    driver = TelegramDriver(platform, first)
    await driver.start(INSTALLATION)
    await telegram_server.anna.start()
    await asyncio.wait_for(first.asked.wait(), WAIT_S)
    async with asyncio.timeout(STOP_S_MAX):
        await driver.stop()
    assert first.deliveries == []
    first.gate.set()  # what was under way may still come to its end: then it is a repetition, and known as one
    async with running(platform, second):
        event = await next_event(platform, second, 1)
    assert isinstance(event, CommandInvoked)


async def test_a_stop_ends_the_pause_after_an_error(
    telegram_server: TelegramServer, platform: TelegramPlatform
) -> None:
    telegram_server.telegram.misbehaviour.add(Rule(fault=Fault.SERVER_ERROR, method="getUpdates", remaining=1000))
    driver = TelegramDriver(platform, Inbox())
    await driver.start(INSTALLATION)
    wire = telegram_server.telegram.wire
    await wire.wait_for(lambda entry: entry.name == "getUpdates" and entry.status == 500, timeout_s=WAIT_S)
    async with asyncio.timeout(STOP_S_MAX):
        await driver.stop()
    assert driver.healthy() == "Telegram: not polling"
    await driver.stop()  # once more is no error


async def test_after_a_stop_another_driver_goes_on(telegram_server: TelegramServer, platform: TelegramPlatform) -> None:
    inbox = Inbox()
    async with running(platform, inbox):
        await telegram_server.anna.start()
        await inbox.wait_for(1)
    await telegram_server.anna.send_text("taxi 23")
    async with running(platform, inbox) as driver:
        deliveries = await inbox.wait_for(2)
        assert driver.healthy() is None
    assert len({delivery.event_key for delivery in deliveries}) == 2


# Health


async def test_a_second_poller_is_said_clearly(telegram_server: TelegramServer, platform: TelegramPlatform) -> None:
    now = 1000.0
    driver = TelegramDriver(platform, Inbox(), monotonic=lambda: now)
    assert driver.healthy() == "Telegram: not polling"
    await driver.start(INSTALLATION)
    wire = telegram_server.telegram.wire
    other = await telegram_server.ptb()
    await wire.wait_for(lambda entry: entry.name == "deleteWebhook", timeout_s=WAIT_S)
    for _ in range(20):  # the first may come before ours, and be the one that is thrown out
        await other.get_updates(timeout=0)
        if driver.healthy() is not None:
            break
        await asyncio.sleep(0)
    assert "409" in (driver.healthy() or "")
    now += CONFLICT_REMEMBERED_S + 1
    assert driver.healthy() is None
    await driver.stop()


async def test_two_pollers_rest_longer_and_longer_instead_of_throwing_each_other_out_all_the_time(
    platform: TelegramPlatform,
) -> None:
    driver = TelegramDriver(platform, Inbox(), monotonic=lambda: 1000.0)
    await driver.start(INSTALLATION)
    note = platform.polling_request.on_status
    rests = [note(status) for status in (409, 409, 200, 409, 409, 409, 409, 409, 409)]
    assert rests == [0, 1, 0, 2, 4, 8, 16, 30, 30]
    await driver.stop()


async def test_silence_is_noticed(telegram_server: TelegramServer, platform: TelegramPlatform) -> None:
    now = 1000.0
    driver = TelegramDriver(platform, Inbox(), monotonic=lambda: now)
    await driver.start(INSTALLATION)
    assert driver.healthy() is None
    now += POLL_SILENCE_S_MAX + 1
    assert driver.healthy() == f"Telegram: no answer for {POLL_SILENCE_S_MAX + 1:.0f} s"
    await driver.stop()


async def test_a_polling_task_that_ends_is_noticed(telegram_server: TelegramServer, platform: TelegramPlatform) -> None:
    driver = TelegramDriver(platform, Inbox())
    await driver.start(INSTALLATION)
    (polling,) = (task for task in asyncio.all_tasks() if task.get_name() == "Updater:start_polling:polling_task")
    polling.cancel()
    await asyncio.wait({polling})
    assert driver.healthy() == "Telegram: polling has ended (cancelled); restart the process"
    await driver.stop()


async def test_a_token_that_is_refused_for_a_moment_does_not_end_polling(
    telegram_server: TelegramServer, platform: TelegramPlatform
) -> None:
    inbox = Inbox()
    rule = telegram_server.telegram.misbehaviour.add(
        Rule(fault=Fault.SERVER_ERROR, status=404, method="getUpdates", remaining=1)
    )
    async with running(platform, inbox) as driver:
        await telegram_server.anna.start()
        await inbox.wait_for(1)
        assert rule.hits == 1
        assert driver.healthy() is None
