"""What is counted of calls to platforms and of readings: how often, how they went, how long they took."""

import inspect

import pytest

from bot.counted import CountedPlatform, CountedReader
from bot.platform import (
    Destination,
    LockedOut,
    MessageGone,
    MessageRef,
    Platform,
    RateLimited,
    Refused,
    TryLater,
    Unreachable,
)
from bot.translation import default_catalogues
from core.kernel import metrics
from core.receipts.errors import ReceiptNoText
from core.receipts.port import Hints, Reading, ReadingStopped, Stopped
from handlers.replies import say
from handlers.text import text
from tests.fixtures.clock import FakeClock

THERE = Destination(channel="1")


class Pigeons:
    """A platform that does what it is told to."""

    name = "pigeons"

    def __init__(self, failure: BaseException | None) -> None:
        self._failure = failure

    async def send(self, to: Destination, *_: object) -> MessageRef:
        if self._failure is not None:
            raise self._failure
        return MessageRef(str(to.channel), "7")


class Reader:
    """A reader that gives or raises what it is told to."""

    def __init__(self, result: Reading | Exception) -> None:
        self._result = result

    async def read(self, content: bytes, *, hints: Hints) -> Reading:  # noqa: ARG002 - the port's signature
        if isinstance(self._result, Exception):
            raise self._result
        return self._result


def value(name: str, **labels: str) -> float:
    return metrics.REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.mark.parametrize(
    ("failure", "outcome"),
    [
        (None, "done"),
        (RateLimited("429", 3.0), "limited"),
        (TryLater("away"), "later"),
        (LockedOut("revoked"), "locked out"),
        (Unreachable("blocked"), "unreachable"),
        (MessageGone("gone"), "gone"),
        (Refused("too long"), "refused"),
        (ZeroDivisionError(), "fault"),
    ],
)
async def test_a_call_is_counted_by_how_it_went_and_raises_what_it_raised(
    failure: BaseException | None, outcome: str
) -> None:
    labels = {"platform": "pigeons", "method": "send"}
    before = value("expenseflow_platform_calls_total", **labels, outcome=outcome)
    timed = value("expenseflow_platform_call_seconds_count", **labels)
    counted = CountedPlatform(Pigeons(failure))  # type: ignore[arg-type]  # of the platform it has what is called
    words = default_catalogues().translator("en")
    card = say(text("form.cancelled"))
    if failure is None:
        assert (await counted.send(THERE, card, words)).message == "7"
    else:
        with pytest.raises(type(failure)):
            await counted.send(THERE, card, words)
    assert value("expenseflow_platform_calls_total", **labels, outcome=outcome) == before + 1
    assert value("expenseflow_platform_call_seconds_count", **labels) == timed + 1


def test_every_method_of_a_platform_is_counted() -> None:
    declared = {name for name, _ in inspect.getmembers(Platform, inspect.isfunction) if not name.startswith("_")}
    assert declared == {name for name in vars(CountedPlatform) if not name.startswith("_")}


@pytest.mark.parametrize(
    ("result", "engine", "outcome"),
    [
        (Reading(engine="text-layer"), "text-layer", "read"),
        (ReceiptNoText(), "none", "refused"),
        (ReadingStopped(Stopped.TIME), "none", "time"),
        (ReadingStopped(Stopped.CRASH), "none", "crash"),
        (ZeroDivisionError(), "none", "fault"),
    ],
)
async def test_a_reading_is_counted_by_its_engine_and_how_it_went(
    result: Reading | Exception, engine: str, outcome: str, clock: FakeClock
) -> None:
    before = value("expenseflow_receipt_seconds_count", engine=engine, outcome=outcome)
    counted = CountedReader(Reader(result))
    hints = Hints(today=clock.now().date())
    if isinstance(result, Exception):
        with pytest.raises(type(result)):
            await counted.read(b"", hints=hints)
    else:
        assert await counted.read(b"", hints=hints) is result
    assert value("expenseflow_receipt_seconds_count", engine=engine, outcome=outcome) == before + 1
