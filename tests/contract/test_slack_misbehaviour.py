"""Slack at its worst, by socket and over HTTP: refusals, faults, cut connections, slow answers, lost acknowledgements,
repeats, taps in another order. Every word is booked once, and everybody is shown what they booked.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest

from bot.playground.slack.deliveries import Outcome, TransportName
from bot.playground.slack.errors import ControlError
from bot.playground.slack.forms import visible_text
from bot.playground.slack.people import Person
from bot.playground.state import Fault, Json, Rule
from tests.faults.books import Books
from tests.fixtures.clock import FakeClock
from tests.fixtures.databases import SqliteTemplate, Template
from tests.fixtures.service import RunningService, running_service
from tests.fixtures.slack_emulator import SLACK_PATH
from tests.fixtures.web_front import served_over_http

PEOPLE, EXPENSES_EACH = 2, 6
WAIT_S = 60.0
SLOW_S = 0.3


def misbehave(running: RunningService) -> list[Rule]:
    """Have calls fail in every way, and deliveries come too often, or be taken without Slack's learning of it."""
    of_calls = [
        Rule(fault=Fault.TOO_MANY_REQUESTS, method="chat.postMessage", retry_after_s=1, remaining=2),
        Rule(fault=Fault.SERVER_ERROR, method="chat.postMessage", status=502, remaining=3),
        Rule(fault=Fault.REFUSED, method="chat.postMessage", error="fatal_error", remaining=1),
        Rule(fault=Fault.DROP_BEFORE, method="chat.postMessage", remaining=3),
        Rule(fault=Fault.DROP_AFTER, method="chat.postMessage", remaining=2),
        Rule(fault=Fault.SLOW, method="chat.postMessage", delay_s=SLOW_S, remaining=3),
        Rule(fault=Fault.SERVER_ERROR, method="chat.update", status=500, remaining=2),
        Rule(fault=Fault.DROP_AFTER, method="chat.update", remaining=2),
        Rule(fault=Fault.SERVER_ERROR, method="chat.postEphemeral", status=500, remaining=2),
    ]
    of_deliveries = [
        Rule(fault=Fault.DUPLICATE, method="message", copies=3, seed=5, remaining=10),
        Rule(fault=Fault.DUPLICATE, method="block_actions", copies=3, seed=6, remaining=5),
        Rule(fault=Fault.DROP_THEN_REPEAT, method="message", remaining=3),
    ]
    return [running.slack.misbehaviour.add(rule) for rule in (*of_calls, *of_deliveries)]


async def keep_books(person: Person, first: int) -> None:
    """Write one expense after the other; submit it, or correct it by editing the message."""
    for number in range(first, first + EXPENSES_EACH):
        mine = person.send_text("dm", f"taxi {number} eur")
        card = await shown(person, f"taxi · €{number}.00")
        if number % 3:
            await submit(person, card)
            await shown(person, f"€{number}.00", "Submitted")
        else:
            person.edit_text("dm", mine, f"train {number} eur")
            await shown(person, f"train · €{number}.00")


async def submit(person: Person, card: Json) -> None:
    """Tap until it works: Slack does not repeat a tap whose connection is cut under it, but shows that it did not work."""
    with suppress(ControlError):  # it worked after all, and there is no such button any more
        while (await person.tap("dm", card["ts"], "Submit")).outcome is not Outcome.ACKNOWLEDGED:
            await person.slack.wait_connected(timeout_s=WAIT_S)


async def shown(person: Person, *words: str) -> Json:
    """Wait until the person sees these words in one message of the bot's."""

    def says(message: Json) -> bool:
        return "bot_id" in message and all(each in visible_text(message) for each in words)

    return await person.wait_for_message("dm", says, timeout_s=WAIT_S)


@asynccontextmanager
async def time_going_by(running: RunningService, clock: FakeClock) -> AsyncIterator[None]:
    """What waits for its time has it soon."""

    async def go_by() -> None:
        while True:
            await asyncio.sleep(0.05)
            clock.advance(timedelta(seconds=1))
            await running.service.delivery.sweep()

    going = asyncio.create_task(go_by())
    try:
        yield
    finally:
        going.cancel()
        await asyncio.gather(going, return_exceptions=True)


@asynccontextmanager
async def a_team(
    folder: Path, template: Template, clock: FakeClock, transport: TransportName, people: int = 1
) -> AsyncIterator[tuple[RunningService, list[Person]]]:
    """A bot in a team that is bound to its workspace, and some of the team's people."""
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(running_service(folder, template, ("slack",), clock))
        slack = running.slack
        if transport == "http":
            url = await stack.enter_async_context(served_over_http(running))
            secret = slack.settings.signing_secret
            running.configure(EXPENSEFLOW_SLACK_APP_TOKEN=None, EXPENSEFLOW_SLACK_SIGNING_SECRET=secret)
            await running.restart()
            await slack.use_http(url + SLACK_PATH)
        team = [slack.add_person(f"U{number}", f"p{number}", f"Person {number}") for number in range(people)]
        await team[0].command("/expense", f"start {await running.make_workspace()}")
        await shown(team[0], "Acme")
        await running.settled()
        yield running, team


@pytest.mark.parametrize("transport", get_args(TransportName))
async def test_whatever_slack_does_each_word_is_booked_once_and_shown(
    tmp_path: Path, template: Template, clock: FakeClock, transport: TransportName
) -> None:
    async with a_team(tmp_path / "bot", template, clock, transport, PEOPLE) as (running, people):
        rules = misbehave(running)
        firsts = range(1, 100, EXPENSES_EACH)
        async with time_going_by(running, clock):
            await asyncio.gather(*(keep_books(*each) for each in zip(people, firsts, strict=False)))
            await running.settled(WAIT_S)

        assert [rule for rule in rules if rule.hits == 0] == [], "it did not misbehave as ordered"
        books = Books(url=running.database_url)
        assert books.left_over() == []
        total = PEOPLE * EXPENSES_EACH
        assert books.rows("SELECT amount_minor, description, state FROM expenses ORDER BY amount_minor") == [
            {"amount_minor": number * 100}
            | (
                {"description": "taxi", "state": "submitted"}
                if number % 3
                else {"description": "train", "state": "draft"}
            )
            for number in range(1, total + 1)
        ]
        lost = sum(rule.hits for rule in rules if (rule.fault, rule.method) == (Fault.DROP_AFTER, "chat.postMessage"))
        cards = Counter(
            (person.id, visible_text(message).partition("\n")[0])
            for person in people
            for message in person.messages()
            if "bot_id" in message and visible_text(message).startswith(("taxi", "train"))
        )
        assert len(cards) == total
        assert cards.total() == total + lost, "only what may have arrived is sent again"
        assert running.slack.deliveries.lost == []


@pytest.mark.parametrize("transport", get_args(TransportName))
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_taps_that_overtake_each_other_leave_one_truth(
    tmp_path: Path, sqlite_template: SqliteTemplate, clock: FakeClock, transport: TransportName, seed: int
) -> None:
    """Submit, Submit again and Delete at once: each tap is answered, and the card shows what the books say."""
    async with a_team(tmp_path / "bot", sqlite_template, clock, transport) as (running, (mia,)):
        mia.send_text("dm", "taxi 5 eur")
        card = await shown(mia, "taxi · €5.00")
        running.slack.misbehaviour.add(Rule(fault=Fault.REORDER, method="block_actions", remaining=3, seed=seed))
        answers = await asyncio.gather(*(mia.tap("dm", card["ts"], label) for label in ("Submit", "Submit", "Delete")))
        await running.settled()

        assert {answer.outcome for answer in answers} == {Outcome.ACKNOWLEDGED}
        (row,) = Books(url=running.database_url).rows("SELECT state, deleted_at FROM expenses")
        seen = visible_text(mia.message("dm", card["ts"]))
        assert ("Submitted" in seen) == (row["deleted_at"] is None)
        assert ("Undo" in seen or "eleted" in seen) == (row["deleted_at"] is not None)


async def test_a_message_that_is_deleted_is_no_expense_that_is(
    tmp_path: Path, sqlite_template: SqliteTemplate, clock: FakeClock
) -> None:
    """What was booked stays booked: to take it back there is a button, which asks, and leaves a trail."""
    async with a_team(tmp_path / "bot", sqlite_template, clock, "socket") as (running, (mia,)):
        mine = mia.send_text("dm", "taxi 5 eur")
        await shown(mia, "taxi · €5.00")
        await running.settled()
        before = len(mia.messages())
        mia.delete_message("dm", mine)
        await running.settled()
        assert len(mia.messages()) == before - 1
        assert Books(url=running.database_url).rows("SELECT state, deleted_at FROM expenses") == [
            {"state": "draft", "deleted_at": None}
        ]


async def test_a_card_that_somebody_deleted_is_shown_anew_with_what_changes(
    tmp_path: Path, sqlite_template: SqliteTemplate, clock: FakeClock
) -> None:
    """Slack tells of no deletion that an administrator made: it is found out by the change that fails."""
    async with a_team(tmp_path / "bot", sqlite_template, clock, "socket") as (running, (mia,)):
        mine = mia.send_text("dm", "taxi 5 eur")
        card = await shown(mia, "taxi · €5.00")
        await running.settled()
        channel = mia.channel("dm")
        running.slack.chat.delete(channel, card)
        mia.edit_text("dm", mine, "taxi 6 eur")
        anew = await shown(mia, "taxi · €6.00")
        assert anew["ts"] > card["ts"]
        await mia.tap("dm", anew["ts"], "Submit")
        await shown(mia, "€6.00", "Submitted")
