"""The small parts that both emulators share: news, waiting, faults, the wire log."""

import asyncio

import pytest

from bot.playground.state import CALL_FAULTS, SUBSCRIBER_QUEUE_MAX, Bus, Fault, Misbehaviour, Rule
from bot.playground.wire import WireEntry, WireLog


def record(log: WireLog, name: str, **request: object) -> WireEntry:
    return log.record(platform="telegram", direction="bot-to-server", name=name, request=dict(request), status=200)


async def test_news_reach_those_who_listen_and_end_at_the_close() -> None:
    bus = Bus()
    bus.changed("telegram", 1, "message")
    with bus.subscribe() as first, bus.subscribe() as second:
        bus.changed("telegram", -5, "edit", message_id=7)
        bus.changed("slack", None, "person")
        bus.close()
        heard = [event async for event in first]
        assert heard == [event async for event in second]
    assert heard == [
        {"platform": "telegram", "chat": "-5", "kind": "edit", "message_id": 7},
        {"platform": "slack", "chat": None, "kind": "person"},
    ]


async def test_a_reader_who_sleeps_is_cut_off() -> None:
    bus = Bus()
    with bus.subscribe() as news:
        for number in range(SUBSCRIBER_QUEUE_MAX + 10):
            bus.changed("telegram", number, "message")
        assert len([event async for event in news]) == SUBSCRIBER_QUEUE_MAX


async def test_waiting_sees_what_is_there_and_what_comes() -> None:
    bus, things = Bus(), ["there"]

    def look() -> str | None:
        return next((thing for thing in things if thing == wanted), None)

    wanted = "there"
    assert await bus.wait_until(look, timeout_s=1) == "there"
    wanted = "later"
    waiting = asyncio.create_task(bus.wait_until(look, timeout_s=5))
    await asyncio.sleep(0)
    things.append("later")
    bus.changed("telegram", 1, "message")
    assert await waiting == "later"
    wanted = "never"
    with pytest.raises(TimeoutError, match="in vain for a miracle"):
        await bus.wait_until(look, timeout_s=0.01, what="a miracle")


def test_a_rule_strikes_as_often_as_it_was_ordered() -> None:
    misbehaviour = Misbehaviour()
    twice = misbehaviour.add(Rule(fault=Fault.SERVER_ERROR, method="sendMessage", remaining=2))
    anything = misbehaviour.add(Rule(fault=Fault.SLOW))
    taken = [
        misbehaviour.take(method, CALL_FAULTS) for method in ("getMe", "sendMessage", "sendMessage", "sendMessage")
    ]
    assert taken == [anything, twice, twice, None]
    assert (twice.hits, anything.hits) == (2, 1)
    assert misbehaviour.rules() == [twice, anything]
    misbehaviour.clear()
    assert misbehaviour.rules() == []


def test_the_log_forgets_the_oldest_only_when_it_is_bounded() -> None:
    bounded, unbounded = WireLog(max_entries=3), WireLog(max_entries=None)
    for number in range(10):
        record(bounded, f"method{number}")
        record(unbounded, f"method{number}")
    assert [entry.sequence for entry in bounded.entries()] == [8, 9, 10]
    assert len(unbounded.entries()) == 10
    assert [entry.name for entry in unbounded.entries(after_sequence=8)] == ["method8", "method9"]
    assert [entry.sequence for entry in unbounded.entries(name="method4")] == [5]
    assert unbounded.entries(platform="slack") == []
    assert unbounded.entries(direction="server-to-bot") == []


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("http://127.0.0.1/telegram/bot7000000001:AAEmulated/getMe", "http://127.0.0.1/telegram/bot***/getMe"),
        ("123456789:AAabcdefghijklmnopqrstuvwxyz_-123 is it", "*** is it"),
        ("Bearer xoxb-123-abc and xapp-1-A-2", "Bearer *** and ***"),
        ("a known-secret here", "a *** here"),
        ("at 12:30 for 23,50", "at 12:30 for 23,50"),
    ],
)
def test_tokens_are_masked_at_any_depth(text: str, masked: str) -> None:
    log = WireLog()
    log.add_secret("known-secret")
    log.add_secret("")
    entry = record(log, "method", headers=[{"authorization": text}], **{text: 1})
    assert entry.request == {"headers": [{"authorization": masked}], masked: 1}


async def test_waiting_for_an_entry_sees_earlier_and_later_ones() -> None:
    log = WireLog(clock=lambda: 5.0)
    first = record(log, "getMe")
    assert first.started == 5.0
    assert await log.wait_for(lambda entry: entry.name == "getMe", timeout_s=1) == first
    waiting = asyncio.create_task(
        log.wait_for(lambda entry: entry.name == "getMe", timeout_s=5, after_sequence=first.sequence)
    )
    await asyncio.sleep(0)
    record(log, "other")
    second = record(log, "getMe")
    assert await waiting == second
    with log.subscribe() as live:
        third = record(log, "third")
        log.close()
        assert [entry async for entry in live] == [third]
    with pytest.raises(TimeoutError):
        await log.wait_for(lambda entry: entry.name == "never", timeout_s=0.01)
