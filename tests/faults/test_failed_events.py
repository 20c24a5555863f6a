"""What becomes of an event that goes wrong: refused by a form, refused by the domain, or struck by a fault of ours."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.intake import RETRY_AFTER_S, Delivery
from bot.wiring import Service
from core.expenses.errors import ExpenseNotFound
from core.flows.own_expenses import By, record_expense
from handlers.registry import Handler, registry
from handlers.replies import Replies
from handlers.turn import Turn
from tests.faults.conftest import Desk, ask, heard, read
from tests.fixtures.people import said


@contextmanager
def declared(name: str, handler: Handler) -> Iterator[None]:
    """Have the bot know one more command for a while."""
    registry.command(name)(handler)
    try:
        yield
    finally:
        del registry.commands[name]


async def write_something(turn: Turn[Any]) -> None:
    """Make an expense, which must not stay when the handler fails after it."""
    await record_expense(turn.uow, By(member=turn.member, account=turn.who.account), said("99.00"), None)


async def refuse(turn: Turn[Any]) -> Replies:
    await write_something(turn)
    raise ExpenseNotFound


class Poison:
    """A handler that fails whenever it is called, and says each time that it was."""

    def __init__(self) -> None:
        self.calls = 0

    async def __call__(self, turn: Turn[Any]) -> Replies:
        await write_something(turn)
        self.calls += 1
        raise ZeroDivisionError("the poison of a test")


@pytest.fixture
async def poison() -> AsyncIterator[Poison]:
    handler = Poison()
    with declared("poison", handler):
        yield handler


def poisoned(desk: Desk) -> dict[str, Any]:
    """Return what became of the delivery of "/poison"."""
    (row,) = desk.books.rows("SELECT state, attempts, failure_id FROM inbox WHERE payload LIKE '%/poison%'")
    return row


async def test_a_wrong_answer_in_a_form_is_asked_again_and_nothing_is_written(desk: Desk) -> None:
    await ask(desk.mia, "/new", "1 of 5")
    question = await ask(desk.mia, "a lot", "1 of 5")
    assert "a lot" in question.text
    assert desk.books.rows("SELECT id FROM expenses") == []
    assert desk.books.rows("SELECT form, position, state FROM dialogs") == [
        {"form": "expense.new", "position": 0, "state": "open"}
    ]
    await ask(desk.mia, "12 eur", "2 of 5")
    await desk.running.settled()
    assert desk.books.left_over() == []


async def test_a_refusal_leaves_nothing_but_its_sentence(desk: Desk) -> None:
    with declared("refuse", refuse):
        await ask(desk.mia, "/refuse", "cannot find that expense")
    assert desk.books.rows("SELECT id FROM expenses") == []
    assert desk.books.rows("SELECT attempts FROM inbox WHERE payload LIKE '%/refuse%'") == [{"attempts": 0}]
    await desk.running.settled()
    assert desk.books.left_over() == []
    await ask(desk.mia, "taxi 5 eur", "No. 1")  # the number that was taken was given back


async def test_a_refusal_keeps_its_traces(desk: Desk) -> None:
    await ask(desk.mia, "/start WRONGCODE99", "code does not work")
    assert desk.books.value("SELECT count(*) FROM code_attempts") == 1
    await ask(desk.mia, "/invite admin", "does not allow")
    (attempt,) = desk.books.rows("SELECT operation, platform, after FROM audit WHERE action = 'forbidden'")
    assert attempt == {"operation": "command:invite", "platform": "telegram", "after": '{"what":"command:invite"}'}
    assert desk.books.value("SELECT count(*) FROM one_time_codes WHERE role = 'admin' AND used_at IS NULL") == 1
    await desk.running.settled()
    assert desk.books.left_over() == []
    assert desk.books.untraced() == []


async def test_a_fault_is_tried_three_times_and_stops_nobody(desk: Desk, poison: Poison) -> None:
    with capture_logs() as log:
        await desk.mia.send_text("/poison")
        await ask(desk.mia, "taxi 5 eur", "€5.00")
        await ask(desk.noah, "taxi 6 eur", "€6.00")
        assert poison.calls == 1, "later events are answered before the second attempt"
        assert poisoned(desk) == {"state": "waiting", "attempts": 1, "failure_id": None}

        await desk.pass_time(RETRY_AFTER_S[0])
        await ask(desk.mia, "taxi 7 eur", "€7.00")
        assert poison.calls == 2
        assert poisoned(desk) == {"state": "waiting", "attempts": 2, "failure_id": None}

        await desk.pass_time(RETRY_AFTER_S[1])
        told = await read(desk.mia, "went wrong")
        await ask(desk.mia, "taxi 8 eur", "€8.00")
    given_up = poisoned(desk)
    assert (given_up["state"], given_up["attempts"], poison.calls) == ("failed", 3, 3)
    assert given_up["failure_id"] in told.text
    (line,) = [line for line in log if line["event"] == "an event was given up"]
    assert (line["failure_id"], line["log_level"]) == (given_up["failure_id"], "error")
    amounts = desk.books.rows("SELECT amount_minor FROM expenses ORDER BY number")
    assert [row["amount_minor"] for row in amounts] == [500, 600, 700, 800]
    assert desk.books.untraced() == []
    assert heard(desk.noah)[-1].startswith("taxi"), "nobody else hears of it"


async def test_a_fault_survives_a_restart_with_its_attempts(desk: Desk, poison: Poison) -> None:
    await desk.mia.send_text("/poison")
    await ask(desk.mia, "taxi 5 eur", "€5.00")
    await desk.running.service.stop()
    desk.running.service = Service(desk.running.service.settings, desk.clock)
    await desk.running.service.start()
    await ask(desk.mia, "taxi 6 eur", "€6.00")
    assert (poison.calls, poisoned(desk)["attempts"]) == (1, 1)
    await desk.pass_time(sum(RETRY_AFTER_S))
    await ask(desk.mia, "taxi 7 eur", "€7.00")
    assert (poison.calls, poisoned(desk)["attempts"]) == (2, 2)


async def test_a_tap_that_meets_a_fault_stops_waiting_at_once(desk: Desk) -> None:
    card = await ask(desk.mia, "taxi 5 eur", "€5.00")
    spec = registry.buttons.pop("expense.submit")
    registry.button("expense.submit")(Poison())
    try:
        query = await desk.mia.tap(card.id, "Submit")
        toast = await desk.mia.wait_for_toast(query)
        assert toast.text == ""
        for wait_s in RETRY_AFTER_S:
            await desk.pass_time(wait_s)
            await ask(desk.mia, "hello", "amount")
        await read(desk.mia, "went wrong", after=card.id)
    finally:
        registry.buttons["expense.submit"] = spec
    assert desk.books.rows("SELECT state FROM expenses") == [{"state": "draft"}]


async def test_what_cannot_even_be_read_stops_nobody(desk: Desk) -> None:
    (installation,) = desk.books.rows("SELECT id FROM installations")
    lane = str(desk.mia.id)
    unreadable = Delivery(event_key="unreadable", conversation=lane, payload={"message": "what is this?"})
    with capture_logs() as log:
        await desk.running.service.intake.accept(installation["id"], unreadable)
        for amount, wait_s in zip((5, 6, 7), (*RETRY_AFTER_S, 0), strict=True):
            await ask(desk.mia, f"taxi {amount} eur", f"€{amount}.00")
            await desk.pass_time(wait_s)
    (row,) = desk.books.rows("SELECT state, attempts, failure_id FROM inbox WHERE event_key = 'unreadable'")
    assert (row["state"], row["attempts"]) == ("failed", 3)
    assert [line["failure_id"] for line in log if line["event"] == "an event was given up"] == [row["failure_id"]]


async def test_an_inbox_that_cannot_commit_acknowledges_nothing(desk: Desk) -> None:
    """The same update comes again and again until there is room, and is handled once."""
    with desk.books.refusing("INSERT", "inbox"):
        await desk.mia.send_text("taxi 5 eur")
        await desk.until(lambda: desk.running.service.intake.trouble is not None)
        assert await desk.running.service.trouble_with_database() is not None
    await read(desk.mia, "€5.00")
    assert await desk.running.service.trouble_with_database() is None
    assert desk.books.value("SELECT count(*) FROM expenses") == 1
