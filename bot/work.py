"""The jobs of this process with the ports that they need: platforms, words, and workers, which start when first needed."""

import asyncio

from bot.counted import CountedReader
from bot.receipt_words import receipt_words
from bot.receipts import PlatformFiles
from bot.speaking import CatalogueSpeaker
from bot.translation import Catalogues
from core.files.port import FileStore
from core.flows.capture_receipt import READING_JOB
from core.receipts.port import Hints, Reading, ReceiptReader
from core.store.database import Database
from jobs.drawing import DRAWING, WorkerChartDrawer
from jobs.reading import ReadReceipts
from jobs.receipt_reader import WorkerReceiptReader
from jobs.report_files import ReportFiles
from jobs.runner import EmbeddedRunner
from jobs.workers import WorkerPool


class LateReader:
    """A reader that is made when the first receipt comes: its words are read from the files of every language."""

    def __init__(self) -> None:
        """Make nothing yet."""
        self._made: asyncio.Task[WorkerReceiptReader] | None = None

    async def read(self, content: bytes, *, hints: Hints) -> Reading:
        """Read a receipt, as the port says."""
        if self._made is None:
            self._made = asyncio.create_task(_make_reader())
        return await (await asyncio.shield(self._made)).read(content, hints=hints)

    async def close(self) -> None:
        """Stop the workers, if there are any."""
        if self._made is not None:
            await (await self._made).close()


async def _make_reader() -> WorkerReceiptReader:
    return WorkerReceiptReader(await asyncio.to_thread(receipt_words))


class Jobs:
    """Everything that is done in the background: `start`, `serve` each platform, `stop`."""

    def __init__(
        self,
        database: Database,
        files: FileStore,
        catalogues: Catalogues,
        owner: str,
        reader: ReceiptReader | None = None,
    ) -> None:
        """Take the store, the contents of files, the words, the name of this process in leases.

        `reader`: another one than that of workers.
        """
        self._late_reader = LateReader()
        self._drawing = WorkerPool(DRAWING)
        self.platforms = PlatformFiles(database)
        counted = CountedReader(reader or self._late_reader)
        reading = ReadReceipts(database, files, counted, self.platforms, self.platforms)
        reports = ReportFiles(database, files, WorkerChartDrawer(self._drawing), CatalogueSpeaker(catalogues))
        self._runner = EmbeddedRunner(database, {READING_JOB: reading.job()} | reports.jobs(), owner=owner)

    async def start(self) -> None:
        """Take up what an earlier process left."""
        await self._runner.start()

    async def sweep(self) -> None:
        """Begin what is due, as is done every few seconds anyway."""
        await self._runner.sweep()

    async def stop(self, within_s: float) -> None:
        """Begin nothing new, and stop the workers: what is not finished is done again."""
        await self._runner.stop(within_s)
        await self._late_reader.close()
        await self._drawing.close()
