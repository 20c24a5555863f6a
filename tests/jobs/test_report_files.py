"""Charts and spreadsheets as jobs, with fakes for words and drawing: sent once, to who may see them when they are made."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core.conversations.outgoing import MESSAGE
from core.files.local import LocalFileStore
from core.files.tables import FileRow
from core.flows.own_expenses import By, submit_expense
from core.flows.request_report import request_chart, request_export
from core.identity.errors import NotPermitted
from core.identity.rules import Role
from core.identity.tables import AccountMemberRow, MemberRow
from core.kernel.months import Month
from core.queue.tables import WorkRow
from core.reports.port import Chart
from core.reports.rules import Scope
from core.store.database import Database
from jobs.report_files import ReportFiles
from jobs.runner import EmbeddedRunner
from tests.fixtures.clock import FakeClock
from tests.fixtures.people import Builder, acting, actor

MARCH = Month(2026, 3)
WAIT_S = 30.0
PNG = b"\x89PNG drawn"


@dataclass
class PlainWords:
    """Words of no language: the key, and what it is filled with."""

    decimal_comma: bool = False

    def __call__(self, key: str, **arguments: Any) -> str:
        return " ".join([key, *(str(value) for value in arguments.values())])


@dataclass
class FakeSpeaker:
    asked: list[tuple[str, str]] = field(default_factory=list)

    def words(self, language: str, time_zone: str) -> PlainWords:
        self.asked.append((language, time_zone))
        return PlainWords()


@dataclass
class FakeDrawer:
    """A ChartDrawer. `trouble`: what its attempts end with, one after the other."""

    charts: list[Chart] = field(default_factory=list)
    trouble: list[Exception] = field(default_factory=list)

    async def draw(self, chart: Chart) -> bytes:
        self.charts.append(chart)
        if self.trouble:
            raise self.trouble.pop(0)
        return PNG


@dataclass
class Office:
    database: Database
    builder: Builder
    clock: FakeClock
    folder: Path
    mia: By
    finn: By
    drawer: FakeDrawer = field(default_factory=FakeDrawer)
    speaker: FakeSpeaker = field(default_factory=FakeSpeaker)

    @property
    def files(self) -> LocalFileStore:
        return LocalFileStore(self.folder, b"key")

    def process(self) -> EmbeddedRunner:
        reports = ReportFiles(self.database, self.files, self.drawer, self.speaker)
        return EmbeddedRunner(self.database, reports.jobs())

    async def ask(self, by: By, scope: Scope, request: Callable[..., Any] = request_export) -> None:
        async with self.database.write(acting(by)) as uow:
            await request(uow, by.member, by.account, scope, MARCH)

    async def jobs(self) -> list[WorkRow]:
        async with self.database.read(actor()) as uow:
            return list(await uow.session.scalars(select(WorkRow).where(WorkRow.kind != MESSAGE)))

    async def attempt(self) -> None:
        """Have a process try everything that is open once, and end."""
        before = {job.id: job.attempts for job in await self.jobs()}
        process = self.process()
        await process.start()
        async with asyncio.timeout(WAIT_S):
            while not all(  # noqa: ASYNC110 - a commit sets no event that a test could wait for
                job.done_at or job.attempts > before[job.id] for job in await self.jobs()
            ):
                await asyncio.sleep(0.005)
        await process.stop(within_s=0)
        self.clock.advance(timedelta(minutes=2))

    async def received(self, by: By) -> list[tuple[str, bytes]]:
        """Return name and content of each file that is queued for somebody."""
        async with self.database.read(actor(by.member.workspace_id)) as uow:
            lane = f"private:{by.account.id}"
            rows = select(WorkRow).where(WorkRow.lane == lane, WorkRow.kind == MESSAGE).order_by(WorkRow.position)
            queued = [row.payload for row in await uow.session.scalars(rows)]
            sent = [(message["name"], message["file"]) for message in queued if "file" in message]
            hashes = [(name, (await uow.session.get_one(FileRow, file_id)).content_hash) for name, file_id in sent]
        return [(name, await self.files.get(by.member.workspace_id, found)) for name, found in hashes]


@pytest.fixture
async def office(database: Database, builder: Builder, clock: FakeClock, tmp_path: Path) -> Office:
    workspace_id = (await builder.workspace()).workspace_id
    mia = await builder.member(workspace_id, name="Mia")
    finn = await builder.member(workspace_id, Role.FINANCE, name="Finn")
    made = Office(database=database, builder=builder, clock=clock, folder=tmp_path / "files", mia=mia, finn=finn)
    for amount, currency in (("23.50", "EUR"), ("1500", "JPY")):
        draft = await builder.expense(mia, amount, currency, words="=HYPERLINK")
        async with database.write(acting(mia)) as uow:
            await submit_expense(uow, mia, draft.id, None)
    await builder.expense(mia, "99.00", words="a draft")
    return made


async def test_an_export_has_a_row_for_each_expense_and_no_formula(office: Office) -> None:
    await office.ask(office.finn, Scope.ALL)
    await office.attempt()
    [(name, content)] = await office.received(office.finn)
    assert name == "expenses-2026-03.csv"
    header, *rows = content.decode("utf-8-sig").splitlines()
    assert header.count("export.column.") == 10
    assert len(rows) == 2, "drafts of others are nobody's business"
    assert "23.50" in rows[0]
    assert "EUR" in rows[0]
    assert "1500" in rows[1]
    assert "JPY" in rows[1]
    assert not any(cell.startswith(("=", '"=')) for row in rows for cell in row.split(","))


async def test_a_chart_is_of_one_currency_and_in_the_readers_words(office: Office) -> None:
    await office.ask(office.mia, Scope.OWN, request_chart)
    await office.attempt()
    [(name, content)] = await office.received(office.mia)
    assert (name, content) == ("report-2026-03.png", PNG)
    (chart,) = office.drawer.charts
    assert [bar.share_thousandths for bar in chart.bars] == [1000]
    assert office.speaker.asked == [("en", "Europe/Berlin")]


async def test_a_month_without_expenses_has_no_chart_and_an_empty_table(office: Office) -> None:
    await office.ask(office.finn, Scope.OWN, request_chart)
    await office.ask(office.finn, Scope.OWN)
    await office.attempt()
    [(name, content)] = await office.received(office.finn)
    assert name.endswith(".csv")
    assert len(content.decode("utf-8-sig").splitlines()) == 1
    assert office.drawer.charts == []


async def test_two_processes_send_one_file(office: Office) -> None:
    first, second = office.process(), office.process()
    await asyncio.gather(first.start(), second.start())
    await office.ask(office.finn, Scope.ALL)
    async with asyncio.timeout(WAIT_S):
        while not all(job.done_at for job in await office.jobs()):  # noqa: ASYNC110 - a commit sets no event for a test
            await asyncio.sleep(0.005)
    await asyncio.gather(first.stop(WAIT_S), second.stop(WAIT_S))
    assert len(await office.received(office.finn)) == 1


async def test_who_lost_the_role_meanwhile_gets_nothing(office: Office) -> None:
    await office.ask(office.finn, Scope.ALL)
    await office.ask(office.finn, Scope.ALL, request_chart)
    async with office.database.write(actor(office.finn.member.workspace_id)) as uow:
        (await uow.session.get_one(MemberRow, office.finn.member.id)).role = Role.EMPLOYEE
    await office.attempt()
    assert await office.received(office.finn) == []
    assert all(job.done_at and job.failure is None for job in await office.jobs())


async def test_who_was_removed_meanwhile_gets_nothing(office: Office) -> None:
    await office.ask(office.finn, Scope.ALL)
    async with office.database.write(actor(office.finn.member.workspace_id)) as uow:
        (await uow.session.get_one(MemberRow, office.finn.member.id)).removed_at = uow.now
        for row in await uow.session.scalars(
            select(AccountMemberRow).where(AccountMemberRow.member_id == office.finn.member.id)
        ):
            row.ended_at = uow.now
    await office.attempt()
    assert await office.received(office.finn) == []


async def test_an_account_that_acts_for_somebody_else_now_gets_nothing(office: Office) -> None:
    """The one who asked was linked with another person meanwhile: what was asked for one is not sent to the other."""
    await office.ask(replace(office.mia, member=office.finn.member), Scope.ALL)
    await office.attempt()
    assert await office.received(office.mia) == []


async def test_a_scope_that_the_role_does_not_allow_is_refused_with_a_trace(office: Office) -> None:
    for scope in (Scope.TEAM, Scope.ALL):
        for request in (request_chart, request_export):
            with pytest.raises(NotPermitted) as refused:
                await office.ask(office.mia, scope, request)
            assert len(refused.value.traces) == 1
    assert await office.jobs() == []


async def test_a_drawing_that_fails_is_tried_again_and_then_left(office: Office) -> None:
    office.drawer.trouble = [RuntimeError("no memory"), RuntimeError("no memory")]
    await office.ask(office.mia, Scope.OWN, request_chart)
    for _ in range(3):
        await office.attempt()
    assert len(await office.received(office.mia)) == 1
    office.drawer.trouble = [RuntimeError("no memory") for _ in range(9)]
    await office.ask(office.mia, Scope.OWN, request_chart)
    for _ in range(5):
        await office.attempt()
    assert len(await office.received(office.mia)) == 1
    assert [job.failure for job in await office.jobs()].count("RuntimeError") == 1
