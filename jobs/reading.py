"""Reads receipts: fetched from the platform, kept in the file store, read by a worker, booked in one transaction."""

from core.files.port import FileStore
from core.flows.capture_receipt import book_reading, book_refusal
from core.identity import queries as identity
from core.kernel.errors import DomainError
from core.kernel.guards import point
from core.queue.queries import Work
from core.queue.service import finish
from core.receipts import queries, service
from core.receipts.errors import ReadingUnavailable, ReceiptGone, ReceiptTooHard
from core.receipts.media import media_type_of
from core.receipts.port import Hints, ReadingStopped, ReceiptReader, Stopped
from core.receipts.record import SIZE_BYTES_MAX, Receipt, ReceiptState
from core.receipts.source import Activity, AttachmentSource, ContentGone, ContentLater
from core.store.database import Database
from core.store.unit_of_work import Actor, UnitOfWork
from jobs.runner import Job, TryAgain

LEASE_S = 120
"""How long a reading may take with its download, in seconds: 30 for the reading itself, the rest for the platform."""


class ReadReceipts:
    """The reading job, with the ports that it needs."""

    def __init__(
        self, database: Database, files: FileStore, reader: ReceiptReader, source: AttachmentSource, activity: Activity
    ) -> None:
        """Take the store, where contents are kept, who reads, where contents come from, and the sign of work."""
        self._database = database
        self._files = files
        self._reader = reader
        self._source = source
        self._activity = activity

    def job(self) -> Job:
        """Return the declaration for the runner: two at a time."""
        return Job(act=self.act, give_up=self.give_up, lease_s=LEASE_S, at_once_max=2)

    async def act(self, work: Work) -> None:
        """Read one receipt. The effect and the job's end are one transaction: a killed worker's job runs again, once."""
        receipt_id = str(work.payload["receipt"])
        async with self._database.read(_actor(work)) as uow:
            receipt = await queries.receipt(uow, receipt_id)
            if receipt is None or receipt.state is not ReceiptState.WAITING:
                receipt = None
            reference = await service.reference_of(uow, receipt_id) if receipt else {}
            hints = await self._hints(uow, receipt) if receipt else None
        if receipt is None or hints is None:
            async with self._database.write(_actor(work)) as uow:
                await finish(uow, work.id)
            return
        point("reading-before-download")
        await self._activity.show(receipt.account_id)
        try:
            content = await self._source.fetch(receipt.account_id, reference, SIZE_BYTES_MAX)
        except ContentLater as later:
            raise TryAgain(str(later), counts=False) from later
        except ContentGone:
            await self._refuse(work, receipt, ReceiptGone(megabytes_max=SIZE_BYTES_MAX // 10**6), None)
            return
        await self._read(work, receipt, content, hints)

    async def give_up(self, work: Work, _why: str) -> None:
        """Say that it could not be read, after several attempts; what was typed or sent is kept."""
        async with self._database.read(_actor(work)) as uow:
            receipt = await queries.receipt(uow, str(work.payload["receipt"]))
        if receipt is not None and receipt.state is ReceiptState.WAITING:
            async with self._database.write(_actor(work)) as uow:
                await book_refusal(uow, receipt.id, ReadingUnavailable())

    async def _hints(self, uow: UnitOfWork, receipt: Receipt) -> Hints | None:
        owner = await identity.member(uow, receipt.owner_id)
        if owner is None:
            return None
        return Hints(today=owner.local(uow.now).date(), locales=(owner.language,), currency=owner.currency)

    async def _read(self, work: Work, receipt: Receipt, content: bytes, hints: Hints) -> None:
        content_hash = await self._files.put(str(work.workspace_id), content)
        point("reading-before-worker")
        stored = (content_hash, media_type_of(content) or "application/octet-stream", len(content))
        try:
            reading = await self._reader.read(content, hints=hints)
        except ReadingStopped as stopped:
            if stopped.reason is Stopped.CRASH:
                raise TryAgain(str(stopped), after_s=0.5) from stopped
            await self._refuse(work, receipt, ReceiptTooHard(), stored)
            return
        except DomainError as refusal:
            await self._refuse(work, receipt, refusal, stored)
            return
        point("reading-before-booking")
        async with self._database.write(_actor(work)) as uow:
            if await finish(uow, work.id):
                await book_reading(
                    uow, receipt.id, reading, content_hash=stored[0], media_type=stored[1], size_bytes=stored[2]
                )
                point("reading-before-commit")
        point("reading-after-commit")

    async def _refuse(
        self, work: Work, receipt: Receipt, refusal: DomainError, stored: tuple[str, str, int] | None
    ) -> None:
        async with self._database.write(_actor(work)) as uow:
            if await finish(uow, work.id):
                await book_refusal(uow, receipt.id, refusal, stored=stored)


def _actor(work: Work) -> Actor:
    return Actor(
        platform="system", operation=f"job:{work.kind}", workspace_id=work.workspace_id, trace_id=work.trace_id
    )
