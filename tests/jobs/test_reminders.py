"""What waits for longer than a working day is reminded of, once a day, in the working hours of whom it waits for."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from core.approvals.notices import REMINDER
from core.approvals.queries import newest_approval
from core.approvals.rules import Approval, Verdict
from core.conversations.outgoing import MESSAGE, codec
from core.conversations.queries import mark_unreachable
from core.flows.decide_approval import decide_approval
from core.flows.own_expenses import By, submit_expense
from core.identity.rules import Notifications, Role
from core.identity.tables import MemberRow
from core.queue.tables import WorkRow
from core.store.database import Database
from jobs.reminders import remind_approvers
from tests.fixtures.clock import FakeClock
from tests.fixtures.people import Builder, acting, actor

BERLIN = ZoneInfo("Europe/Berlin")


@dataclass
class Desk:
    """A finance person at whose desk expenses wait, and a clock to move."""

    database: Database
    builder: Builder
    clock: FakeClock
    finn: By
    mia: By

    async def submit(self) -> Approval:
        draft = await self.builder.expense(self.mia)
        async with self.database.write(acting(self.mia)) as uow:
            await submit_expense(uow, self.mia, draft.id, None)
            asked = await newest_approval(uow, draft.id)
        assert asked is not None
        return asked

    async def reminded(self, local: str, zone: ZoneInfo = BERLIN) -> int:
        """Tick at a local time; return how many reminders Finn has been sent by then."""
        self.clock.time = datetime.fromisoformat(local).replace(tzinfo=zone).astimezone(UTC)
        await remind_approvers(self.database)
        return len(await self.sent(self.finn))

    async def sent(self, by: By) -> list[WorkRow]:
        async with self.database.read(actor()) as uow:
            rows = select(WorkRow).where(WorkRow.kind == MESSAGE, WorkRow.lane == f"private:{by.account.id}")
            told = [row for row in await uow.session.scalars(rows) if "tell" in row.payload]
        return [row for row in told if codec.unpack(row.payload)["tell"].kind == REMINDER]

    async def change(self, by: By, **columns: object) -> None:
        async with self.database.write(actor(by.member.workspace_id)) as uow:
            row = await uow.session.get_one(MemberRow, by.member.id)
            for name, value in columns.items():
                setattr(row, name, value)


@pytest.fixture
async def desk(database: Database, builder: Builder, clock: FakeClock) -> Desk:
    clock.time = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)  # a Thursday, 10:30 in Berlin
    workspace_id = (await builder.workspace()).workspace_id
    finn = await builder.member(workspace_id, Role.FINANCE, name="Finn")
    mia = await builder.member(workspace_id, name="Mia", platform="slack")
    return Desk(database, builder, clock, finn, mia)


async def test_after_a_working_day_there_is_one_reminder_a_day_until_it_is_decided(desk: Desk) -> None:
    asked = await desk.submit()
    assert await desk.reminded("2026-03-12 16:59") == 0
    assert await desk.reminded("2026-03-13 10:29") == 0
    assert await desk.reminded("2026-03-13 10:30") == 1
    assert await desk.reminded("2026-03-13 16:59") == 1
    (row,) = await desk.sent(desk.finn)
    notice = codec.unpack(row.payload)["tell"]
    assert (notice.subject.id, notice.arguments["owner"], notice.arguments["number"]) == (asked.id, "Mia", 1)
    assert notice.arguments["since"] == datetime(2026, 3, 12, 9, 30, tzinfo=UTC)
    assert await desk.reminded("2026-03-14 12:00") == 1  # a Saturday
    assert await desk.reminded("2026-03-16 08:59") == 1
    assert await desk.reminded("2026-03-16 09:00") == 2
    async with desk.database.write(acting(desk.finn)) as uow:
        await decide_approval(uow, desk.finn, asked.id, asked.version, Verdict.APPROVED)
    assert await desk.reminded("2026-03-17 12:00") == 2


async def test_over_the_weekend_and_the_change_of_the_clocks_only_working_time_counts(desk: Desk) -> None:
    desk.clock.time = datetime(2026, 3, 27, 15, 0, tzinfo=UTC)  # a Friday, 16:00 in Berlin, still without summer time
    await desk.submit()
    assert await desk.reminded("2026-03-30 15:59") == 0
    assert await desk.reminded("2026-03-30 16:00") == 1


async def test_it_is_the_approvers_own_zone_and_hours_that_count(desk: Desk) -> None:
    days = {"working_days": "67", "work_starts_minute": 20 * 60, "work_ends_minute": 22 * 60}
    await desk.change(desk.finn, time_zone="America/New_York", **days)
    await desk.submit()
    new_york = ZoneInfo("America/New_York")
    assert await desk.reminded("2026-03-14 21:59", new_york) == 0
    assert await desk.reminded("2026-03-15 19:59", new_york) == 0
    assert await desk.reminded("2026-03-15 20:00", new_york) == 1


async def test_several_replicas_that_tick_together_remind_once(desk: Desk) -> None:
    await asyncio.gather(*[desk.submit() for _ in range(3)])
    desk.clock.advance(timedelta(days=1))
    await asyncio.gather(*[remind_approvers(desk.database) for _ in range(4)])
    assert len(await desk.sent(desk.finn)) == 3


async def test_what_nobody_who_was_asked_can_decide_any_more_waits_for_who_would_be_asked_now(desk: Desk) -> None:
    await desk.submit()
    ada = await desk.builder.member(desk.mia.member.workspace_id, Role.ADMIN, name="Ada")
    await desk.change(desk.finn, role=Role.EMPLOYEE)
    assert await desk.reminded("2026-03-13 12:00") == 0
    assert len(await desk.sent(ada)) == 1


async def test_what_waits_for_somebody_who_cannot_be_reached_waits_for_who_would_be_asked_now(desk: Desk) -> None:
    await desk.submit()
    ada = await desk.builder.member(desk.mia.member.workspace_id, Role.ADMIN, name="Ada")
    async with desk.database.write(actor()) as uow:
        await mark_unreachable(uow, desk.finn.account.id)
    assert await desk.reminded("2026-03-13 12:00") == 0
    assert len(await desk.sent(ada)) == 1


async def test_who_wants_no_notifications_is_not_reminded(desk: Desk) -> None:
    await desk.submit()
    await desk.change(desk.finn, notifications=Notifications.NONE)
    assert await desk.reminded("2026-03-13 12:00") == 0


async def test_each_workspace_is_reminded_of_its_own(desk: Desk) -> None:
    await desk.submit()
    globex = await desk.builder.workspace("Globex")
    other = await desk.builder.member(globex.workspace_id, Role.FINANCE, name="Olga")
    assert await desk.reminded("2026-03-13 12:00") == 1
    assert await desk.sent(other) == []
