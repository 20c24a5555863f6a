"""The machine's clock is put forward or back while work is under way: nothing is lost, nothing is done twice.

About 40 s, a third of it on PostgreSQL.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from bot.intake import Delivery
from bot.playground.slack.forms import visible_text
from bot.playground.slack.people import Person as SlackPerson
from bot.playground.state import Fault, Rule
from bot.playground.telegram.people import Person
from core.conversations.queries import insert_delivery, next_waiting
from core.identity.codes import ATTEMPTS_MAX
from core.identity.errors import CodeUnknown, TooManyCodes
from core.identity.queries import accounts_of_member
from core.identity.rules import Role
from core.identity.service import act_for, issue_code, see_account
from core.kernel.clock import PUT_OFF_MAX
from core.queue import service
from core.queue.queries import first_open
from core.queue.tables import WorkRow
from core.store.database import Database
from handlers.replies import Replies, Send, say
from handlers.text import text
from handlers.turn import Turn
from jobs.reminders import remind_approvers
from jobs.retention import forget_old
from jobs.runner import EmbeddedRunner, Job, TryAgain
from jobs.schedule import Schedule, Tick
from tests.faults.books import Books
from tests.faults.conftest import ANSWER_S_MAX
from tests.faults.test_failed_events import declared
from tests.fixtures.clock import FakeClock
from tests.fixtures.databases import Template
from tests.fixtures.office import Office
from tests.fixtures.people import CODE_KEY, Builder, acting, actor
from tests.fixtures.service import PLATFORMS, RunningService, running_service

HOUR, DAY, YEAR = timedelta(hours=1), timedelta(days=1), timedelta(days=365)
JUMPS = {
    "an hour ahead": HOUR,
    "a day ahead": DAY,
    "a year ahead": YEAR,
    "an hour back": -HOUR,
    "a day back": -DAY,
    "a year back": -YEAR,
}
each_jump = pytest.mark.parametrize("jump", JUMPS.values(), ids=JUMPS.keys())


# ---- the whole bot ----


@dataclass(kw_only=True)
class Team:
    """Mia on Telegram submits, Finn of finance decides on Slack."""

    bot: RunningService
    clock: FakeClock
    mia: Person
    finn: SlackPerson

    @property
    def books(self) -> Books:
        return Books(url=self.bot.database_url)

    async def until(self, look: Callable[[], bool]) -> None:
        async with asyncio.timeout(ANSWER_S_MAX):
            while not look():  # noqa: ASYNC110 - a fault of the bot's tells nobody
                await asyncio.sleep(0.01)

    def put_off(self) -> int:
        """Return how many events and messages were tried, and wait to be tried again."""
        return int(
            self.books.value(
                "SELECT (SELECT count(*) FROM inbox WHERE attempts > 0 AND done_at IS NULL)"
                " + (SELECT count(*) FROM work_queue WHERE attempts > 0 AND done_at IS NULL)"
            )
        )

    async def reads(self, words: str) -> int:
        found = await self.mia.wait_for_message(lambda each: words in each.text, timeout_s=ANSWER_S_MAX)
        return found.id


class Stumble:
    """A handler that fails the first time."""

    def __init__(self) -> None:
        self.calls = 0

    async def __call__(self, _turn: Turn[Any]) -> Replies:
        self.calls += 1
        if self.calls == 1:
            raise ZeroDivisionError("the fault of a test")
        return (Send(say(text("language.set"))),)


@pytest.fixture
async def team(tmp_path: Path, template: Template, clock: FakeClock) -> AsyncIterator[Team]:
    async with running_service(tmp_path / "bot", template, PLATFORMS, clock) as bot:
        await bot.make_workspace()
        mia, finn = bot.telegram.add_person("Mia"), bot.slack.add_person("UFINN", "finn", "Finn")
        await mia.start(await bot.make_code(Role.EMPLOYEE))
        await finn.command("/expense", f"start {await bot.make_code(Role.FINANCE)}")
        await bot.settled()
        yield Team(bot=bot, clock=clock, mia=mia, finn=finn)


@each_jump
async def test_what_is_under_way_comes_to_its_end(team: Team, jump: timedelta) -> None:
    bot, mia = team.bot, team.mia
    await mia.send_text("taxi 1 eur")
    card = await team.reads("€1.00")
    stumble = Stumble()
    with declared("stumble", stumble):
        await mia.send_text("/stumble")
        await team.until(lambda: team.put_off() == 1)
        bot.telegram.misbehaviour.add(Rule(fault=Fault.SERVER_ERROR, method="sendMessage", status=502))
        await mia.send_text("taxi 2 eur")
        await team.until(lambda: team.put_off() == 2)
        await mia.tap(card, "Submit")

        team.clock.advance(jump)
        await bot.service.intake.sweep()
        await bot.service.delivery.sweep()
        await team.reads("€2.00")
        await team.reads("From now on")
        assert stumble.calls == 2
    request = await team.finn.wait_for_message("dm", "€1.00", timeout_s=ANSWER_S_MAX)
    await team.finn.tap("dm", request["ts"], "Approve")
    await team.reads("Approved by Finn")
    await mia.send_text("taxi 4 eur")
    await team.reads("€4.00")
    await bot.settled()
    assert "Approved by Finn" in visible_text(team.finn.message("dm", request["ts"]))
    expenses = team.books.rows("SELECT amount_minor, state FROM expenses ORDER BY amount_minor")
    assert [(row["amount_minor"], row["state"]) for row in expenses] == [
        (100, "approved"),
        (200, "draft"),
        (400, "draft"),
    ]
    assert team.books.left_over() == []
    assert team.books.untraced() == []


async def test_after_a_jump_ahead_an_event_of_a_moment_ago_is_still_known(team: Team) -> None:
    await team.mia.send_text("taxi 1 eur")
    await team.reads("€1.00")
    await team.bot.settled()
    (row,) = team.books.rows("SELECT installation_id, event_key FROM inbox WHERE payload LIKE '%taxi 1 eur%'")
    update = team.bot.telegram.wire.entries(direction="server-to-bot")[-1].request
    team.clock.advance(YEAR)
    await forget_old(team.bot.service.database)
    repeated = Delivery(event_key=row["event_key"], conversation=str(team.mia.id), payload=update)
    accepted = await team.bot.service.intake.accept(row["installation_id"], repeated)
    await team.bot.settled()
    assert not accepted.new
    assert team.books.value("SELECT count(*) FROM expenses") == 1


# ---- what waits ----


@each_jump
async def test_a_delivery_that_waits_is_due(
    database: Database, builder: Builder, clock: FakeClock, jump: timedelta
) -> None:
    """A picture of an album waits a second for the others."""
    installation = await builder.installation()
    async with database.write(actor()) as uow:
        await insert_delivery(
            uow, installation_id=installation.id, event_key="1", lane="lane", payload={}, delay=timedelta(seconds=1)
        )
    clock.advance(jump)
    async with database.read(actor()) as uow:
        waiting = await next_waiting(uow, "lane")
        assert waiting is not None
        assert waiting.due_at <= uow.now


@each_jump
async def test_work_that_was_put_off_is_due_and_a_lease_of_another_clock_holds_nobody(
    database: Database, clock: FakeClock, jump: timedelta
) -> None:
    async with database.write(actor()) as uow:
        await service.enqueue(uow, "message", "lane", {})
        await service.enqueue(uow, "message", "leased", {})
    async with database.write(actor()) as uow:
        off, leased = await first_open(uow, "lane"), await first_open(uow, "leased")
        assert off is not None
        assert leased is not None
        await service.postpone(uow, off.id, uow.now + timedelta(days=7))
        assert await service.claim(uow, leased.id, "the dead one", 120)
        assert not await service.claim(uow, leased.id, "the next one", 120)
    put_off = timedelta(0) if abs(jump) >= PUT_OFF_MAX else PUT_OFF_MAX
    clock.advance(jump)
    async with database.write(actor()) as uow:
        off = await first_open(uow, "lane")
        assert off is not None
        assert off.due_at <= uow.now + put_off
        assert await service.claim(uow, leased.id, "the next one", 120)
        assert not await service.claim(uow, leased.id, "the dead one", 120)
        assert await service.finish(uow, leased.id)
        assert not await service.finish(uow, leased.id), "its effect is once all the same"


async def test_what_is_due_another_day_is_no_work_yet(database: Database) -> None:
    async with database.write(actor()) as uow:
        with pytest.raises(ValueError, match="no work yet"):
            await service.enqueue(uow, "message", "lane", {}, due_at=uow.now + DAY)


async def test_a_job_that_waits_for_a_platform_is_not_given_up_for_a_jump(
    sqlite_database: Database, clock: FakeClock
) -> None:
    """It is after a day, of which the process that gives it up must have seen ten minutes."""
    given_up: list[str] = []
    seconds = [0.0]

    async def act(_work: object) -> None:
        raise TryAgain("the platform is away", counts=False)

    async def give_up(_work: object, why: str) -> None:
        given_up.append(why)

    job = Job(act=act, give_up=give_up, lease_s=60)
    async with sqlite_database.write(actor()) as uow:
        await service.enqueue(uow, "fetch", "fetch:1", {})
    runner = EmbeddedRunner(sqlite_database, {"fetch": job}, monotonic=lambda: seconds[0])
    for passes, still in ((timedelta(0), True), (YEAR, True), (timedelta(minutes=11), False)):
        clock.advance(passes)
        seconds[0] += 0 if passes == YEAR else passes.total_seconds()
        await attempted(runner, sqlite_database)
        assert (given_up == []) is still


async def attempted(runner: EmbeddedRunner, database: Database) -> None:
    """Have the first work tried once."""
    async with database.read(actor()) as uow:
        work = await first_open(uow, "fetch:1")
    assert work is not None
    await runner._do(runner._jobs["fetch"], work)


# ---- who people are ----


@each_jump
async def test_wrong_codes_lock_nobody_out_for_longer_than_they_should(
    database: Database, builder: Builder, clock: FakeClock, jump: timedelta
) -> None:
    started = await builder.workspace()
    account = await builder.account()
    for _ in range(ATTEMPTS_MAX):
        await wrong_code(builder, account, CodeUnknown)
    await wrong_code(builder, account, TooManyCodes)
    clock.advance(jump)
    async with database.write(actor(started.workspace_id)) as uow:
        code = await issue_code(uow, Role.EMPLOYEE, CODE_KEY)
    assert (await builder.redeem(account, code)).member.role is Role.EMPLOYEE


async def wrong_code(builder: Builder, account: Any, expected: type[CodeUnknown | TooManyCodes]) -> None:
    with pytest.raises(expected) as caught:
        await builder.redeem(account, "WRONGCODE999")
    async with builder.database.write(actor()) as uow:
        for trace in caught.value.traces:
            await trace.write(uow)


@each_jump
async def test_people_are_told_where_they_wrote_last(
    database: Database, builder: Builder, clock: FakeClock, jump: timedelta
) -> None:
    started = await builder.workspace()
    mia = await builder.member(started.workspace_id)
    clock.advance(timedelta(minutes=5))
    other = await builder.account(platform="slack")
    async with database.write(acting(mia)) as uow:
        await act_for(uow, other, mia.member.id)
        await see_account(uow, other, private_channel=None)
    clock.advance(jump)
    clock.advance(timedelta(minutes=5))
    async with database.write(acting(mia)) as uow:
        await see_account(uow, mia.account, private_channel=None)
    async with database.read(acting(mia)) as uow:
        assert await accounts_of_member(uow, mia.member.id) == [mia.account.id, other.id]


# ---- ticks and reminders ----


@each_jump
async def test_a_reminder_is_not_repeated_and_the_next_day_has_its_own(
    database: Database, builder: Builder, clock: FakeClock, jump: timedelta
) -> None:
    office = Office(database, builder, (await builder.workspace()).workspace_id)
    finn, mia = await office.person("Finn", Role.FINANCE), await office.person("Mia")
    clock.time = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
    await office.submitted(mia)
    clock.time = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)
    await remind_approvers(database)
    assert await reminders(office) == 1
    clock.advance(jump)
    for _ in range(3):
        await remind_approvers(database)
    days_seen = {"2026-03-12", clock.time.date().isoformat()}
    keys = await reminder_keys(office)
    assert len(keys) == len(set(keys))
    assert {key.rpartition(":")[2] for key in keys} <= days_seen
    clock.time = datetime(2026, 3, 13, 9, 30, tzinfo=UTC)
    before = set(keys)
    for _ in range(3):
        await remind_approvers(database)
    assert set(await reminder_keys(office)) - before <= {key for key in await reminder_keys(office) if "03-13" in key}
    assert any(key.endswith("2026-03-13") for key in await reminder_keys(office))
    assert finn.member.role is Role.FINANCE


async def reminder_keys(office: Office) -> list[str]:
    async with office.database.read(actor()) as uow:
        rows = await uow.session.scalars(select(WorkRow.dedupe_key).where(WorkRow.dedupe_key.is_not(None)))
        return [key for key in rows if key is not None]


async def reminders(office: Office) -> int:
    return len(await reminder_keys(office))


@pytest.mark.parametrize("jump", [YEAR, -HOUR, -YEAR], ids=["a year ahead", "an hour back", "a year back"])
async def test_ticks_go_on(sqlite_database: Database, jump: timedelta) -> None:
    """The library counts by the machine's clock: put back, it waited for what the clock had shown before."""
    ticked = asyncio.Semaphore(0)

    async def act(_database: Database) -> None:
        ticked.release()

    schedule = Schedule(sqlite_database, (Tick(name="test", every_s=1, act=act),), look_every_s=0.2)
    schedule.start()
    try:
        async with asyncio.timeout(ANSWER_S_MAX):
            await ticked.acquire()
            with time_machine.travel(datetime.now(UTC) + jump):
                for _ in range(2):
                    await ticked.acquire()
    finally:
        schedule.stop()
