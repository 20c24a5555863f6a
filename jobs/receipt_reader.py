"""The receipt reader of the service and of the command line: core.receipts.local_reader in supervised workers."""

from core.kernel.guards import refuse_in_write_transaction
from core.receipts import wire
from core.receipts.media import accepted_media_type
from core.receipts.port import Hints, Reading, ReadingStopped, Stopped
from core.receipts.words import ReceiptWords
from jobs.workers import WorkerKilled, WorkerKind, WorkerPool

ENTRY_POINT = "core.receipts.local_reader:start"
REQUEST_S_MAX = 30
WORKERS = 2


class WorkerReceiptReader:
    """Fills core.receipts.port.ReceiptReader. Belongs to one event loop; close it there.

    `words`: of bot.receipt_words. `workers`: how many receipts are read at the same time.
    """

    def __init__(self, words: ReceiptWords, *, workers: int = WORKERS) -> None:
        kind = WorkerKind(
            name="receipts", entry_point=ENTRY_POINT, setup={"words": words.to_json()}, request_s_max=REQUEST_S_MAX
        )
        self._pool = WorkerPool(kind, workers)

    async def read(self, content: bytes, *, hints: Hints) -> Reading:
        """Read a picture or a PDF, as the port says."""
        refuse_in_write_transaction("reading a receipt")
        accepted_media_type(content)  # what is refused by its first bytes costs no process
        try:
            answer, _ = await self._pool.request(wire.request(hints), content)
        except WorkerKilled as killed:
            raise ReadingStopped(Stopped(killed.reason.value)) from killed
        return wire.reading_of(answer)

    async def close(self) -> None:
        """Stop all workers, also in the middle of a receipt."""
        await self._pool.close()
