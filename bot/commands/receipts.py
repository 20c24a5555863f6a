"""`expenseflow receipts`: reads receipts and writes what was read.

expenseflow receipts read photo.jpg
expenseflow receipts read photos/ invoice.pdf --jsonl > read.jsonl
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.commands.refusals import CommandRefused

if TYPE_CHECKING:
    from core.receipts.port import Field, Hints, Reading, ReceiptReader

STATUS_SOME_REFUSED = 1

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)

PathsArgument = Annotated[list[Path], typer.Argument(help="Files, or folders with files, of receipts.")]
JsonLinesOption = Annotated[bool, typer.Option("--jsonl", help="Write a JSON line for each file.")]
LocaleOption = Annotated[
    list[str] | None,
    typer.Option("--locale", help='Whose receipts these are, as "de" or "en-US": languages, and the order of dates.'),
]
CurrencyOption = Annotated[
    str | None, typer.Option("--currency", help='What is expected where a receipt does not say, as "EUR".')
]


@app.callback()
def receipts() -> None:
    """Read receipts, write what was read."""


@app.command()
def read(
    paths: PathsArgument, jsonl: JsonLinesOption = False, locale: LocaleOption = None, currency: CurrencyOption = None
) -> None:
    """Read receipts: photos and scans (JPEG, PNG, WebP, HEIC) and PDF files.

    What a receipt does not say is null. A file that cannot be read has a sentence under "error" instead, and the exit
    status is then 1. Amounts are decimal strings in major units; a confidence goes from 0 to 1.
    """
    files = list(_files(paths))
    if not files:
        raise CommandRefused("No files there. Name files, or a folder with files.")
    if not asyncio.run(_read_all(files, _hints(locale or [], currency), jsonl=jsonl)):
        raise typer.Exit(STATUS_SOME_REFUSED)


def _files(paths: list[Path]) -> Iterator[Path]:
    """The files that are named, and those in the folders that are, by name; hidden ones are left out."""
    for path in paths:
        if path.is_dir():
            yield from sorted(file for file in path.iterdir() if file.is_file() and not file.name.startswith("."))
        elif path.is_file():
            yield path
        else:
            raise CommandRefused(f"{path} is neither a file nor a folder.")


def _hints(locales: list[str], currency: str | None) -> "Hints":
    from core.kernel.clock import SystemClock
    from core.money import Currency
    from core.money.money import UnknownCurrency
    from core.receipts.port import Hints

    try:
        code = Currency.of(currency).code if currency else None
    except UnknownCurrency as error:
        raise CommandRefused(f"--currency: {error}.") from None
    today = SystemClock().now().astimezone().date()
    return Hints(today=today, locales=tuple(locales), currency=code)


async def _read_all(files: list[Path], hints: "Hints", *, jsonl: bool) -> bool:
    """Read the files side by side and write their lines in order; False when one was refused."""
    from bot.receipt_words import receipt_words
    from jobs.receipt_reader import WorkerReceiptReader

    reader = WorkerReceiptReader(receipt_words())
    all_well = True
    try:
        async for file, answer in _answers(reader, files, hints):
            all_well = all_well and "error" not in answer
            line = {"image": file.name, **answer}
            typer.echo(json.dumps(line, ensure_ascii=False) if jsonl else _readable(line))
    finally:
        await reader.close()
    return all_well


async def _answers(
    reader: "ReceiptReader", files: list[Path], hints: "Hints"
) -> AsyncIterator[tuple[Path, dict[str, Any]]]:
    """Yield what was read of each file, in order. Twice as many files are held as are read at the same time."""
    from jobs.receipt_reader import WORKERS

    waiting: list[tuple[Path, asyncio.Task[dict[str, Any]]]] = []
    try:
        for file in files:
            waiting.append((file, asyncio.create_task(_answer(reader, file, hints))))
            if len(waiting) >= 2 * WORKERS:
                first, task = waiting.pop(0)
                yield first, await task
        while waiting:
            first, task = waiting.pop(0)
            yield first, await task
    finally:
        for _, task in waiting:
            task.cancel()
        await asyncio.gather(*(task for _, task in waiting), return_exceptions=True)


async def _answer(reader: "ReceiptReader", file: Path, hints: "Hints") -> dict[str, Any]:
    from bot.commands.refusals import sentences_of
    from core.kernel.errors import DomainError
    from core.receipts.errors import ReceiptTooHard
    from core.receipts.port import ReadingStopped

    try:
        return _as_json(await _read_again_after_a_crash(reader, await asyncio.to_thread(file.read_bytes), hints))
    except DomainError as refusal:
        return {"error": " ".join(sentences_of(refusal) or ())}
    except ReadingStopped:
        return {"error": " ".join(sentences_of(ReceiptTooHard()) or ())}
    except OSError as error:
        return {"error": f"The file cannot be read: {error.strerror}."}


async def _read_again_after_a_crash(reader: "ReceiptReader", content: bytes, hints: "Hints") -> "Reading":
    from core.receipts.port import ReadingStopped, Stopped

    try:
        return await reader.read(content, hints=hints)
    except ReadingStopped as stopped:
        if stopped.reason is not Stopped.CRASH:
            raise
        return await reader.read(content, hints=hints)


def _as_json(reading: "Reading") -> dict[str, Any]:
    fields: dict[str, Field[Any]] = {
        "merchant": reading.merchant,
        "date": reading.date,
        "total": reading.total,
        "currency": reading.currency,
        "tax": reading.tax,
    }
    values = {name: None if field.value is None else str(field.value) for name, field in fields.items()}
    return {
        **values,
        "confidence": {name: field.confidence for name, field in fields.items()},
        "seconds": reading.seconds,
    }


def _readable(answer: dict[str, Any]) -> str:
    if "error" in answer:
        return f"{answer['image']}: {answer['error']}"
    said = [
        f"  {name:<9} {answer[name]} ({answer['confidence'][name]:.0%})"
        for name in answer["confidence"]
        if answer[name] is not None
    ]
    return "\n".join([f"{answer['image']}:", *(said or ["  nothing was found"])])
