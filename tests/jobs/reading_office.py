"""Receipts that are sent, and processes that read them, with fakes behind the ports of the reading job."""

import asyncio
import datetime
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import select

from core.conversations.outgoing import MESSAGE, codec
from core.expenses.queries import own_expenses
from core.expenses.rules import Expense
from core.files.local import LocalFileStore
from core.flows.capture_receipt import READING_JOB, capture_receipts
from core.flows.own_expenses import By
from core.queue.queries import first_open
from core.queue.tables import WorkRow
from core.receipts.port import Field, Hints, Reading
from core.receipts.queries import receipt_of
from core.receipts.record import Receipt
from core.receipts.service import Sent
from core.receipts.tables import ReceiptRow
from core.store.database import Database
from jobs.reading import ReadReceipts
from jobs.runner import EmbeddedRunner
from tests.fixtures.clock import FakeClock
from tests.fixtures.people import Builder, acting, actor

WAIT_S = 30.0
LOOK_EVERY_S = 0.005
PAUSE = timedelta(minutes=2)
"""Longer than any pause before another attempt."""
JPEG = b"\xff\xd8\xff\xe0"
Outcome = Reading | Exception


def told(total: str | None, merchant: str = "Cafe Central") -> Reading:
    """Return a reading of a receipt in euros."""
    return Reading(
        merchant=Field(value=merchant, confidence=0.9),
        date=Field(value=datetime.date(2026, 3, 10), confidence=0.9),
        total=Field(value=None if total is None else Decimal(total), confidence=0.9),
        currency=Field(value="EUR", confidence=0.9),
    )


@dataclass
class FakeReader:
    """A ReceiptReader. `outcomes`: what each content comes to, one attempt after the other; the last one stays."""

    outcomes: dict[bytes, list[Outcome]] = field(default_factory=dict)
    seen: list[bytes] = field(default_factory=list)
    hints: list[Hints] = field(default_factory=list)
    at_work: int = 0
    at_work_most: int = 0
    cancelled: int = 0
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.opened.set()

    async def read(self, content: bytes, *, hints: Hints) -> Reading:
        self.seen.append(content)
        self.hints.append(hints)
        self.at_work += 1
        self.at_work_most = max(self.at_work_most, self.at_work)
        try:
            await self.opened.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.at_work -= 1
        outcomes = self.outcomes[content]
        outcome = outcomes.pop(0) if len(outcomes) > 1 else outcomes[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


@dataclass
class FakeSource:
    """An AttachmentSource: the reference names the content. `trouble`: what a name's fetches end with, one after the other."""

    trouble: dict[str, list[Exception]] = field(default_factory=lambda: defaultdict(list))
    fetched: list[str] = field(default_factory=list)

    async def fetch(self, _account_id: str, reference: dict[str, str], _size_bytes_max: int) -> bytes:
        name = reference["name"]
        self.fetched.append(name)
        if self.trouble[name]:
            raise self.trouble[name].pop(0)
        return JPEG + name.encode()


@dataclass
class FakeActivity:
    """Notes who was shown that something is being done."""

    shown: list[str] = field(default_factory=list)

    async def show(self, account_id: str) -> None:
        self.shown.append(account_id)


@dataclass
class Office:
    """People who send receipts, and processes that read them, one or several."""

    database: Database
    builder: Builder
    clock: FakeClock
    folder: Path
    mia: By
    reader: FakeReader = field(default_factory=FakeReader)
    source: FakeSource = field(default_factory=FakeSource)
    activity: FakeActivity = field(default_factory=FakeActivity)

    def process(self) -> EmbeddedRunner:
        """Return the runner of another process."""
        files = LocalFileStore(self.folder, b"key")
        reading = ReadReceipts(self.database, files, self.reader, self.source, self.activity)
        return EmbeddedRunner(self.database, {READING_JOB: reading.job()}, self.seconds)

    def seconds(self) -> float:
        """Return the seconds that have passed, which here no clock's change moves either."""
        return self.clock.time.timestamp()

    def comes_to(self, name: str, *outcomes: Outcome) -> Sent:
        """Say what a picture comes to, attempt by attempt; return the picture."""
        self.reader.outcomes[JPEG + name.encode()] = list(outcomes)
        return Sent(name=f"{name}.jpg", reference={"name": name})

    async def send(self, *files: Sent, by: By | None = None) -> None:
        by = by or self.mia
        async with self.database.write(acting(by)) as uow:
            await capture_receipts(uow, by, files)

    async def jobs(self) -> list[WorkRow]:
        async with self.database.read(actor()) as uow:
            return list(await uow.session.scalars(select(WorkRow).where(WorkRow.kind == READING_JOB)))

    async def until(self, look: Callable[[list[WorkRow]], bool]) -> None:
        """Wait for what only the store knows."""
        async with asyncio.timeout(WAIT_S):
            while not look(await self.jobs()):  # noqa: ASYNC110 - a commit sets no event that a test could wait for
                await asyncio.sleep(LOOK_EVERY_S)

    async def attempt(self) -> None:
        """Have a process try everything that is open once, and end."""
        before = {job.id: (job.attempts, job.due_at) for job in await self.jobs()}
        process = self.process()
        await process.start()
        await self.until(lambda jobs: all(job.done_at or (job.attempts, job.due_at) != before[job.id] for job in jobs))
        await process.stop(within_s=0)
        self.clock.advance(PAUSE)

    async def attempt_by(self, process: EmbeddedRunner) -> None:
        """Have a process that lives on try the one job that is open."""
        (job,) = await self.jobs()
        async with self.database.read(actor()) as uow:
            work = await first_open(uow, job.lane)
        assert work is not None
        await process._do(process._jobs[READING_JOB], work)

    async def receipts(self) -> list[Receipt]:
        async with self.database.read(actor(self.mia.member.workspace_id)) as uow:
            rows = await uow.session.scalars(select(ReceiptRow).order_by(ReceiptRow.created_at, ReceiptRow.position))
            return [receipt_of(row) for row in rows]

    async def expenses(self, by: By | None = None) -> list[Expense]:
        by = by or self.mia
        async with self.database.read(acting(by)) as uow:
            return list((await own_expenses(uow, by.member.id, offset=0, limit=100))[0])

    async def cards(self, by: By | None = None) -> list[dict[str, Any]]:
        """Return what is queued for somebody, in order."""
        by = by or self.mia
        async with self.database.read(actor()) as uow:
            lane = f"private:{by.account.id}"
            rows = select(WorkRow).where(WorkRow.lane == lane, WorkRow.kind == MESSAGE).order_by(WorkRow.position)
            return [codec.unpack(row.payload) for row in await uow.session.scalars(rows)]
