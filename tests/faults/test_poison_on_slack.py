"""What strikes a handler on Slack: others go on, the person hears once, and it stands among what failed. About 8 s.

On Telegram: test_failed_events.py.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import pytest
from structlog.testing import capture_logs

from bot.intake import RETRY_AFTER_S, Delivery
from bot.playground.slack.deliveries import Outcome
from bot.playground.slack.forms import visible_text
from bot.playground.slack.people import Person
from core.conversations.failures import failed_deliveries
from core.identity.rules import Role
from handlers.registry import registry
from tests.faults.books import Books
from tests.faults.conftest import ANSWER_S_MAX
from tests.faults.test_failed_events import Poison, declared
from tests.fixtures.clock import FakeClock
from tests.fixtures.people import actor
from tests.fixtures.service import RunningService


@dataclass(kw_only=True)
class Desk:
    """Mia and Noah, who are employees, on Slack."""

    bot: RunningService
    clock: FakeClock
    mia: Person
    noah: Person

    @property
    def books(self) -> Books:
        return Books(url=self.bot.database_url)

    async def pass_time(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))
        await self.bot.service.intake.sweep()
        await self.bot.service.delivery.sweep()

    async def until(self, look: Callable[[], bool]) -> None:
        async with asyncio.timeout(ANSWER_S_MAX):
            while not look():  # noqa: ASYNC110 - a fault of the bot's tells nobody
                await asyncio.sleep(0.01)

    def was_tried(self, times: int) -> bool:
        return [row["attempts"] for row in self.failing()] == [times]

    def failing(self) -> list[dict[str, object]]:
        return self.books.rows("SELECT state, attempts FROM inbox WHERE attempts > 0")

    async def fails_for_good(self) -> None:
        """Let the second and the third attempt come."""
        for attempts, wait_s in enumerate(RETRY_AFTER_S, start=1):
            await self.until(partial(self.was_tried, attempts))
            await self.pass_time(wait_s)
        await self.until(lambda: self.failing() == [{"state": "failed", "attempts": len(RETRY_AFTER_S) + 1}])
        await self.bot.settled()

    async def listed(self) -> list[str]:
        """Return the ids under which events stand among what failed."""
        async with self.bot.service.database.read(actor()) as uow:
            return [failed.failure_id for failed in await failed_deliveries(uow)]


@pytest.fixture
async def desk(running_bot: RunningService, clock: FakeClock) -> AsyncIterator[Desk]:
    await running_bot.make_workspace()
    people = [running_bot.slack.add_person(f"U{name.upper()}", name, name.title()) for name in ("mia", "noah")]
    for person in people:
        await person.command("/expense", f"start {await running_bot.make_code(Role.EMPLOYEE)}")
    await running_bot.settled()
    with capture_logs():
        yield Desk(bot=running_bot, clock=clock, mia=people[0], noah=people[1])


def told_of_it(person: Person) -> list[str]:
    return [visible_text(each) for each in person.messages() if "went wrong" in visible_text(each)]


async def test_a_command_that_strikes_stops_nobody_and_is_told_once(desk: Desk) -> None:
    with declared("poison", poison := Poison()):
        assert (await desk.mia.command("/expense", "poison")).outcome is Outcome.ACKNOWLEDGED
        desk.mia.send_text("dm", "taxi 5 eur")
        desk.noah.send_text("dm", "taxi 6 eur")
        for person, amount in ((desk.mia, 5), (desk.noah, 6)):
            await person.wait_for_message("dm", f"€{amount}.00", timeout_s=ANSWER_S_MAX)
        await desk.fails_for_good()
    (failure_id,) = await desk.listed()
    assert poison.calls == 3
    (told,) = told_of_it(desk.mia)
    assert failure_id in told
    assert told_of_it(desk.noah) == []
    assert desk.books.value("SELECT count(*) FROM expenses") == 2
    assert desk.books.untraced() == []


async def test_a_form_that_strikes_keeps_what_was_typed_and_tells_it_once(desk: Desk) -> None:
    await desk.mia.command("/expense", "new")
    modal = await desk.mia.wait_for_modal()
    await modal.fill({"amount": "64 eur", "description": "pens", "category": "office"})
    form = registry.forms["expense.new"]
    registry.forms["expense.new"] = type(form)(form=form.form, handle=Poison(), needs=form.needs, start=form.start)
    try:
        sending = asyncio.create_task(modal.submit())
        await desk.fails_for_good()
        await sending
    finally:
        registry.forms["expense.new"] = form
    (failure_id,) = await desk.listed()
    shown = [*told_of_it(desk.mia), *(str(modal.errors.values()) for _ in modal.errors)]
    assert any(failure_id in each for each in shown), shown
    assert desk.books.value("SELECT count(*) FROM expenses") == 0
    assert desk.books.rows("SELECT state FROM dialogs") == [{"state": "open"}], "it can be sent again"


async def test_what_cannot_be_read_stops_nobody_and_is_listed(desk: Desk) -> None:
    installation_id = desk.books.value("SELECT id FROM installations WHERE platform = 'slack'")
    lane = desk.mia.channel("dm").id
    unreadable = Delivery(event_key="unreadable", conversation=lane, payload={"type": "interactive", "payload": "?"})
    await desk.bot.service.intake.accept(installation_id, unreadable)
    desk.mia.send_text("dm", "taxi 5 eur")
    await desk.mia.wait_for_message("dm", "€5.00", timeout_s=ANSWER_S_MAX)
    await desk.fails_for_good()
    assert len(await desk.listed()) == 1
    assert told_of_it(desk.mia) == [], "nobody knows whose it was"
