"""The nights in which clocks change, where an hour is missing, comes twice, or is half an hour: reminders, days, months, hours.

About 8 s, most of it ticks every quarter of an hour through each of the nights.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.phrasebook import phrasebook_for
from core.approvals.notices import REMINDER
from core.approvals.working_time import after_working_time, working_day
from core.expenses.tables import ExpenseRow
from core.identity.rules import Role, WorkingHours
from core.identity.tables import MemberRow
from core.kernel.months import Month
from core.language import parse_date, understand
from core.queue.tables import WorkRow
from core.store.database import Database
from handlers.events import TextReceived
from jobs.reminders import remind_approvers
from tests.fixtures.clock import FakeClock
from tests.fixtures.office import Office
from tests.fixtures.people import Builder, acting, actor
from tests.hostile.ground import Ground

NIGHTS = {
    "Berlin, an hour missing": ("Europe/Berlin", date(2026, 3, 29)),
    "Berlin, an hour twice": ("Europe/Berlin", date(2026, 10, 25)),
    "New York, an hour missing": ("America/New_York", date(2026, 3, 8)),
    "New York, an hour twice, and a month begins": ("America/New_York", date(2026, 11, 1)),
    "Lord Howe, half an hour twice": ("Australia/Lord_Howe", date(2026, 4, 5)),
    "Lord Howe, half an hour missing": ("Australia/Lord_Howe", date(2026, 10, 4)),
}
each_night = pytest.mark.parametrize(("zone", "day"), NIGHTS.values(), ids=NIGHTS.keys())
QUARTER = timedelta(minutes=15)
NIGHT_SHIFT = WorkingHours(days=frozenset(range(1, 8)), starts_minute=0, ends_minute=6 * 60)


def quarters(zone: str, day: date, *, days: int = 1) -> Iterator[datetime]:
    """Yield an instant each quarter of an hour, from the midnight before the day to the one after it, and `days` more."""
    at = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC) - timedelta(hours=2)
    while at < datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=days + 1):
        yield at
        at += QUARTER


@each_night
def test_these_clocks_do_change(zone: str, day: date) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    next_midnight = datetime.combine(day + timedelta(days=1), midnight.timetz())
    assert midnight.utcoffset() != next_midnight.utcoffset()


@each_night
async def test_a_reminder_comes_once_a_date_whatever_the_clock_does(
    sqlite_database: Database, clock: FakeClock, zone: str, day: date
) -> None:
    """The approver works at night; it has waited for days, and each tick looks."""
    builder = Builder(sqlite_database)
    office = Office(sqlite_database, builder, (await builder.workspace(time_zone=zone)).workspace_id)
    finn, mia = await office.person("Finn", Role.FINANCE), await office.person("Mia")
    async with sqlite_database.write(acting(finn)) as uow:
        row = await uow.session.get_one(MemberRow, finn.member.id)
        row.time_zone, row.working_days = zone, "1234567"
        row.work_starts_minute, row.work_ends_minute = NIGHT_SHIFT.starts_minute, NIGHT_SHIFT.ends_minute
    clock.time = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=7)
    await office.submitted(mia)
    working = set()
    for at in quarters(zone, day, days=2):
        clock.time = at
        await remind_approvers(sqlite_database)
        local = at.astimezone(ZoneInfo(zone))
        if NIGHT_SHIFT.cover(local):
            working.add(local.date().isoformat())
    reminded = Counter(await reminder_dates(sqlite_database))
    assert reminded == Counter(working)
    assert day.isoformat() in reminded


async def reminder_dates(database: Database) -> list[str]:
    async with database.read(actor()) as uow:
        keys = await uow.session.scalars(select(WorkRow.dedupe_key).where(WorkRow.dedupe_key.is_not(None)))
        return [key.rpartition(":")[2] for key in keys if key is not None and key.startswith(REMINDER)]


@each_night
def test_yesterday_is_the_date_before_todays_on_the_wall(zone: str, day: date) -> None:
    phrasebook = phrasebook_for("en")
    for at in quarters(zone, day):
        local = at.astimezone(ZoneInfo(zone))
        for words, days in (("today", 0), ("yesterday", -1), ("tomorrow", 1)):
            found = parse_date(words, locale="en", reference=local, phrasebook=phrasebook)
            assert found == local.date() + timedelta(days=days), (words, local)
        said = understand("taxi 5 eur yesterday", locale="en", reference=local, phrasebook=phrasebook)
        assert said.date == local.date() - timedelta(days=1)


@each_night
async def test_what_is_said_in_the_night_is_of_its_date_and_its_month(
    sqlite_database: Database, clock: FakeClock, tmp_path: Path, zone: str, day: date
) -> None:
    builder = Builder(sqlite_database)
    mia = await builder.member((await builder.workspace(time_zone=zone)).workspace_id)
    ground = Ground(database=sqlite_database, folder=tmp_path)
    expected: Counter[date] = Counter()
    for at in list(quarters(zone, day))[::5]:
        clock.time = at
        await ground.fire(TextReceived(source=ground.source(mia.account), text="taxi 1 eur"))
        expected[at.astimezone(ZoneInfo(zone)).date()] += 1
    async with sqlite_database.read(acting(mia)) as uow:
        assert Counter(await uow.session.scalars(select(ExpenseRow.spent_on))) == expected
    months: Counter[Month] = Counter()
    for spent_on, count in expected.items():
        months[Month.of(spent_on)] += count
    for month, count in months.items():
        read = (await ground.fire(ground.command(mia.account, "report", str(month)))).read
        assert f"€{count}.00" in read, (month, read)
    now = clock.time.astimezone(ZoneInfo(zone)).date()
    assert f"€{months[Month.of(now)]}.00" in (await ground.fire(ground.command(mia.account, "report"))).read


@each_night
def test_a_night_shift_is_as_long_as_it_really_is(zone: str, day: date) -> None:
    """Six hours on the wall are five, seven or six and a half in such a night: what really passes counts."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    really = midnight.replace(hour=6).astimezone(UTC) - midnight.astimezone(UTC)
    assert really != timedelta(hours=6)
    assert after_working_time(midnight.astimezone(UTC), really, NIGHT_SHIFT, zone) == midnight.astimezone(UTC) + really
    due = after_working_time(midnight.astimezone(UTC), working_day(NIGHT_SHIFT), NIGHT_SHIFT, zone)
    left = working_day(NIGHT_SHIFT) - really
    next_midnight = (midnight + timedelta(days=1)).astimezone(UTC)
    assert due == (
        midnight.astimezone(UTC) + working_day(NIGHT_SHIFT) if left <= timedelta(0) else next_midnight + left
    )
