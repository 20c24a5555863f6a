"""Receipts read by supervised workers: what is killed leaves nothing running, and the next one is served."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import psutil
import pytest

from core.kernel.guards import SlowWorkInTransactionError, write_transaction_marked
from core.receipts.errors import ReadingUnavailable, ReceiptNoPicture, ReceiptTruncated
from core.receipts.port import Hints, ReadingStopped, Stopped
from core.receipts.words import ReceiptWords
from jobs.receipt_reader import WorkerReceiptReader
from tests.core.receipts import drawn_receipts as drawn

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_S = 60


@pytest.fixture
async def reader(words: ReceiptWords) -> AsyncIterator[WorkerReceiptReader]:
    """The reader of the service, with one worker."""
    made = WorkerReceiptReader(words, workers=1)
    yield made
    await made.close()


def long_receipt() -> bytes:
    """A receipt that Tesseract is at for seconds."""
    items = "\n".join(f"{number:03d} Apples and pears {number % 90 + 10}.50" for number in range(110))
    return drawn.encoded(drawn.picture_of(f"Long Shop Ltd\n{items}\nTotal 4711.00"), "PNG")


def descendants(pid: int) -> list[psutil.Process]:
    try:
        return [
            child for child in psutil.Process(pid).children(recursive=True) if child.status() != psutil.STATUS_ZOMBIE
        ]
    except psutil.NoSuchProcess:
        return []


async def tesseract_below(pid: int) -> tuple[int, int]:
    """Wait until a worker below a process runs Tesseract; return the numbers of both."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            for process in descendants(pid):
                try:
                    if process.name() == "tesseract":
                        return process.ppid(), process.pid
                except psutil.NoSuchProcess:
                    continue
            await asyncio.sleep(0.01)


async def nothing_left_of(group: int) -> None:
    """Wait until no process of a group is alive."""
    async with asyncio.timeout(PATIENCE_S):
        while _alive_in(group):  # noqa: ASYNC110 - the end of another's child is no event here
            await asyncio.sleep(0.01)


def _alive_in(group: int) -> list[int]:
    alive = []
    for process in psutil.process_iter(["pid", "status"]):
        try:
            if process.info["status"] != psutil.STATUS_ZOMBIE and os.getpgid(process.pid) == group:
                alive.append(process.pid)
        except (ProcessLookupError, psutil.Error):
            continue
    return alive


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


@pytest.mark.parametrize("signalled", [signal.SIGKILL, signal.SIGSEGV])
async def test_a_worker_that_dies_in_the_middle_leaves_no_tesseract_and_the_next_one_reads(
    reader: WorkerReceiptReader,
    hints: Hints,
    signalled: signal.Signals,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    reading = asyncio.create_task(reader.read(long_receipt(), hints=hints))
    worker, tesseract = await tesseract_below(os.getpid())
    assert os.getpgid(tesseract) == worker
    assert files_in(tmp_path)
    os.kill(worker, signalled)
    with pytest.raises(ReadingStopped) as stopped:
        await reading
    assert stopped.value.reason is Stopped.CRASH
    await nothing_left_of(worker)
    assert not files_in(tmp_path), "pages of the receipt lie about"
    again = await reader.read(drawn.encoded(drawn.picture_of(drawn.BRITISH)), hints=hints)
    assert again.total.value == Decimal("25.15")


async def test_a_reader_killed_with_its_whole_service_leaves_nothing_running(tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    (tmp_path / "long.png").write_bytes(long_receipt())
    service = subprocess.Popen(  # noqa: ASYNC220 - it only starts one, and kills it
        [sys.executable, "-P", "-m", "bot", "receipts", "read", str(tmp_path), "--jsonl"],
        env=os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)},
        stdout=subprocess.DEVNULL,
    )
    try:
        worker, _ = await tesseract_below(service.pid)
    finally:
        service.kill()
        service.wait()
    await nothing_left_of(worker)
    assert not files_in(temporary), "pages of the receipt lie about"


async def test_a_refusal_crosses_the_pipe_and_the_worker_stays(reader: WorkerReceiptReader, hints: Hints) -> None:
    for _ in range(2):
        with pytest.raises(ReceiptNoPicture):
            await reader.read(b"<svg/>", hints=hints)
    cut = drawn.encoded(drawn.picture_of(drawn.BRITISH))[:2000]
    with pytest.raises(ReceiptTruncated):
        await reader.read(cut, hints=hints)
    reading = await reader.read(drawn.pdf_of([drawn.GERMAN]), hints=hints)
    assert reading.total.value == Decimal("16.00")
    assert reading.lines[0].text == "Bäckerei Morgenrot GmbH"


@pytest.mark.parametrize(("kind", "mode"), [("JPEG", "RGB"), ("WEBP", "RGB"), ("PNG", "RGBA")])
async def test_the_largest_pictures_stay_within_the_memory_of_a_worker(
    reader: WorkerReceiptReader, hints: Hints, kind: str, mode: str
) -> None:
    photo = drawn.photographed(drawn.picture_of(drawn.GERMAN)).resize((4300, 5700)).convert(mode)
    fast = {"compress_level": 1} if kind == "PNG" else {"quality": 60}
    reading = await reader.read(drawn.encoded(photo, kind, **fast), hints=hints)
    assert reading.total.value == Decimal("16.00")


async def test_without_tesseract_pictures_are_refused_with_a_reason_and_pdf_files_are_read(
    words: ReceiptWords, hints: Hints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    reader = WorkerReceiptReader(words, workers=1)
    try:
        with pytest.raises(ReadingUnavailable):
            await reader.read(drawn.encoded(drawn.picture_of(drawn.BRITISH)), hints=hints)
        reading = await reader.read(drawn.pdf_of([drawn.GERMAN]), hints=hints)
        assert reading.total.value == Decimal("16.00")
    finally:
        await reader.close()


async def test_no_receipt_is_read_inside_a_write_transaction(reader: WorkerReceiptReader, hints: Hints) -> None:
    with write_transaction_marked(), pytest.raises(SlowWorkInTransactionError):
        await reader.read(b"", hints=hints)
