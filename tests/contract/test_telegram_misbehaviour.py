"""Telegram at its worst, by polling and by webhook: refusals, faults, cut connections, slow answers, lost acknowledgements,
repeats. Every word is booked once, and everybody is shown what they booked.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.playground.state import Fault, Rule
from bot.playground.telegram.people import Person
from core.identity.rules import Role
from tests.faults.books import Books
from tests.fixtures.clock import FakeClock
from tests.fixtures.databases import Template
from tests.fixtures.service import RunningService, running_service
from tests.fixtures.web_front import served_over_http

PEOPLE, EXPENSES_EACH = 3, 6
WAIT_S = 60.0
SLOW_S = 0.3


def misbehave(running: RunningService) -> list[Rule]:
    """Have calls fail in every way, and deliveries come too often, or be taken without Telegram's learning of it."""
    of_calls = [
        Rule(fault=Fault.TOO_MANY_REQUESTS, method="sendMessage", retry_after_s=3, remaining=3),
        Rule(fault=Fault.SERVER_ERROR, method="sendMessage", status=502, remaining=3),
        Rule(fault=Fault.DROP_BEFORE, method="sendMessage", remaining=3),
        Rule(fault=Fault.DROP_AFTER, method="sendMessage", remaining=2),
        Rule(fault=Fault.SLOW, method="sendMessage", delay_s=SLOW_S, remaining=3),
        Rule(fault=Fault.SERVER_ERROR, method="editMessageText", status=500, remaining=2),
        Rule(fault=Fault.DROP_AFTER, method="editMessageText", remaining=2),
        Rule(fault=Fault.SERVER_ERROR, method="answerCallbackQuery", status=500, remaining=2),
        Rule(fault=Fault.SERVER_ERROR, method="getUpdates", status=502, remaining=1),
    ]
    of_deliveries = [
        Rule(fault=Fault.DUPLICATE, method="message", copies=3, seed=5, remaining=10),
        Rule(fault=Fault.DUPLICATE, method="callback_query", copies=3, seed=6, remaining=5),
        Rule(fault=Fault.DUPLICATE, method="edited_message", copies=2, seed=7, remaining=2),
        Rule(fault=Fault.DROP_THEN_REPEAT, method="*"),  # the library rests longer and longer after a poll that fails
    ]
    return [running.telegram.misbehaviour.add(rule) for rule in (*of_calls, *of_deliveries)]


async def keep_books(person: Person, first: int) -> None:
    """Write one expense after the other; submit it, or correct it by editing the message."""
    for number in range(first, first + EXPENSES_EACH):
        mine = await person.send_text(f"taxi {number} eur")
        card = await shown(person, f"taxi · €{number}.00")
        if number % 3:
            await person.tap(card, "Submit")
            await shown(person, "Submitted", after=mine.id)
        else:
            await person.edit_text(mine.id, f"train {number} eur")
            await shown(person, f"train · €{number}.00")


async def shown(person: Person, words: str, after: int = 0) -> int:
    message = await person.wait_for_message(lambda each: words in each.text, after=after, timeout_s=WAIT_S)
    return message.id


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


@pytest.mark.parametrize("by_webhook", [False, True], ids=["polling", "webhook"])
async def test_whatever_telegram_does_each_word_is_booked_once_and_shown(
    tmp_path: Path, template: Template, clock: FakeClock, by_webhook: bool
) -> None:
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(running_service(tmp_path / "bot", template, ("telegram",), clock))
        running.telegram.webhooks.pause_s = 0.02
        if by_webhook:
            url = await stack.enter_async_context(served_over_http(running))
            running.configure(EXPENSEFLOW_TELEGRAM_WEBHOOK_URL=f"{url}/webhooks/telegram")
            await running.restart()
        await running.make_workspace()
        people = [running.telegram.add_person(f"Person {number}") for number in range(PEOPLE)]
        for person in people:
            await person.start(await running.make_code(Role.EMPLOYEE))
        await running.settled()
        await stack.enter_async_context(time_going_by(running, clock))

        rules = misbehave(running)
        firsts = range(1, 100, EXPENSES_EACH)
        await asyncio.gather(*(keep_books(*each) for each in zip(people, firsts, strict=False)))
        await running.settled(WAIT_S)

        unused = [rule for rule in rules if rule.hits == 0 and not (by_webhook and rule.method == "getUpdates")]
        assert unused == [], "it did not misbehave as ordered"
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
        lost = sum(rule.hits for rule in rules if (rule.fault, rule.method) == (Fault.DROP_AFTER, "sendMessage"))
        cards = Counter(
            (person.id, message.text.partition("\n")[0])
            for person in people
            for message in person.messages()
            if message.from_bot and "·" in message.text.partition("\n")[0]
        )
        assert len(cards) == total
        assert cards.total() == total + lost, "only what may have arrived is sent again"


async def test_a_card_that_somebody_deleted_is_shown_anew_with_what_changes(
    tmp_path: Path, template: Template, clock: FakeClock
) -> None:
    """Telegram tells bots of no deletion: it is found out by the edit that fails."""
    async with running_service(tmp_path / "bot", template, ("telegram",), clock) as running:
        await running.make_workspace()
        mia = running.telegram.add_person("Mia")
        await mia.start(await running.make_code(Role.EMPLOYEE))
        mine = await mia.send_text("taxi 5 eur")
        card = await shown(mia, "taxi · €5.00")
        await mia.delete(card)
        await mia.edit_text(mine.id, "taxi 6 eur")
        again = await shown(mia, "taxi · €6.00")
        assert again > card
        await mia.delete(mine.id)  # of one's own message: nothing is told, and the expense stands
        await mia.tap(again, "Submit")
        await shown(mia, "Submitted")
        await running.settled()
        assert len([message for message in mia.messages() if "€6.00" in message.text]) == 1
