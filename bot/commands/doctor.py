"""`expenseflow doctor`: looks whether all is well, and says how to mend what is not."""

import json
import textwrap
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.refusals import CommandRefused
from bot.commands.store import refuse_unless_migrated, with_database

if TYPE_CHECKING:
    from bot.findings import Finding
    from bot.settings import Settings
    from core.files.local import LocalFileStore
    from core.store.database import Database
    from core.store.unit_of_work import UnitOfWork

STATUS_FAILING = 1
ALL = "all"
WIDTH = 120

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one object of JSON: status, checks.")] = False,
    retry: Annotated[
        str | None, typer.Option(metavar="ID", help="Try a failed event or message again (events: `all`).")
    ] = None,
    dismiss: Annotated[str | None, typer.Option(metavar="ID", help="Take a failure off the list.")] = None,
) -> None:
    """Check settings, database, files, tokens, webhook, scopes, Tesseract, failed events and the clock.

    Each check is ok, a warning, failing, or skipped since something that it needs fails. Nothing is changed, also not with
    the platforms, and the bot may run meanwhile.

    Exit status 1: something is failing.
    """
    if retry is not None or dismiss is not None:
        typer.echo(with_database(lambda _, database: _settle(database, retry, dismiss)))
        return
    found = _examined()
    is_failing = any(finding.state == "failing" for finding in found)
    typer.echo(_as_json(found) if as_json else _as_text(found))
    if is_failing:
        raise typer.Exit(STATUS_FAILING)


def _examined() -> "list[Finding]":
    import asyncio

    from bot.findings import failing, ok
    from bot.logging import configure_logging
    from bot.settings import SettingsError, load_settings, variable_of
    from bot.wiring import EDGES

    try:
        settings = load_settings()
    except SettingsError as error:
        mend = "set them right, and start again; .env.example tells what each is for"
        return [failing("settings", "the settings cannot be used", mend, *error.problems)]
    configure_logging("ERROR", settings.secret_values())
    served = [edge.name for edge in EDGES if edge.is_served(settings)]
    first = ok("settings", f"they can be used; served: {', '.join(served)}")
    if not served:
        variables = " or ".join(variable_of(edge.setting) for edge in EDGES)
        mend = f"set {variables}; .env.example tells what belongs to each. `expenseflow playground` needs none"
        first = failing("settings", "no platform is set up, so that `run` does not start", mend)
    return [first, *asyncio.run(_examine(settings))]


async def _examine(settings: "Settings") -> "list[Finding]":
    import asyncio

    import core.schema  # noqa: F401 - the trail knows all tables
    from bot.commands.checks.machine import folder_findings, key_finding, tesseract_finding
    from bot.commands.checks.process import process_finding
    from bot.commands.checks.store import has_books, store_findings
    from bot.wiring import EDGES
    from core.kernel.clock import SystemClock
    from core.store.database import open_database, sqlite_file_of

    clock = SystemClock()
    database = open_database(settings.database_url, clock)
    try:
        found = folder_findings(settings)
        found.append(key_finding(settings, has_books=await has_books(database)))
        found += await store_findings(database, _file_store(settings))
        platforms = await asyncio.gather(*(edge.examine(settings, clock) for edge in EDGES))
        found += [finding for findings in platforms for finding in findings]
        found.append(await asyncio.to_thread(tesseract_finding, _languages()))
        found.append(await process_finding(settings, sqlite_file_of(settings.database_url)))
    finally:
        await database.close()
    return found


def _file_store(settings: "Settings") -> "LocalFileStore | None":
    from bot.settings import SettingsError, kept_secret_key
    from core.files.local import LocalFileStore, file_key

    try:
        key = kept_secret_key(settings)
    except SettingsError:
        return None
    return None if key is None else LocalFileStore(settings.data_dir / "files", file_key(key.get_secret_value()))


def _languages() -> list[str]:
    """Return Tesseract's languages of all locales for which there are words of receipts."""
    from bot.phrasebook import LOCALES_PATH
    from bot.receipt_words import FILE_NAME
    from core.receipts.tesseract import FALLBACK_LANGUAGE, LANGUAGES

    locales = sorted(path.parent.name.partition("_")[0] for path in LOCALES_PATH.glob(f"*/{FILE_NAME}"))
    return [*dict.fromkeys([FALLBACK_LANGUAGE, *(LANGUAGES[each] for each in locales if each in LANGUAGES)])]


def _as_text(found: "list[Finding]") -> str:
    lines: list[str] = []
    for finding in found:
        lines += _wrapped(finding.found, f"{finding.state:<8} {finding.check:<17} ")
        lines += [line for detail in finding.details for line in _wrapped(detail, " " * 29)]
        if finding.mend is not None:
            lines += _wrapped(finding.mend, f"{'':<21}mend: ")
    counts = {state: sum(finding.state == state for finding in found) for state in ("failing", "warning", "skipped")}
    told = [
        f"{count} {state}{'s' if state == 'warning' and count > 1 else ''}" for state, count in counts.items() if count
    ]
    return "\n".join([*lines, "", ", ".join(told) or "All is well."])


def _wrapped(words: str, beginning: str) -> list[str]:
    """Return the lines of a paragraph that hangs on its beginning; commands and paths stay whole."""
    return textwrap.wrap(
        words,
        WIDTH,
        initial_indent=beginning,
        subsequent_indent=" " * 27,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _as_json(found: "list[Finding]") -> str:
    from dataclasses import asdict

    status = next((state for state in ("failing", "warning") if any(each.state == state for each in found)), "ok")
    return json.dumps({"status": status, "checks": [asdict(finding) for finding in found]}, indent=2)


async def _settle(database: "Database", retry: str | None, dismiss: str | None) -> str:
    """Try a failure again, or take it off the list; return what was done. Raises CommandRefused for an unknown one."""
    from core.conversations.failures import failed_deliveries
    from core.store.unit_of_work import Actor

    await refuse_unless_migrated(database)
    actor = Actor(platform="command-line", operation="doctor")
    async with database.write(actor) as uow:
        if retry == ALL:
            ids = [failed.failure_id for failed in await failed_deliveries(uow)]
            for failure_id in ids:
                await _retry(uow, failure_id)
            return f"{len(ids)} events are tried again: within seconds where the bot runs, else when it starts."
        if retry is not None:
            await _retry(uow, retry)
            return f"{retry} is tried again: within seconds where the bot runs, else when it starts."
        await _dismiss(uow, str(dismiss))
        return f"{dismiss} is off the list."


async def _retry(uow: "UnitOfWork", failure_id: str) -> None:
    from core.conversations.failures import retry_delivery
    from core.flows.capture_receipt import READING_JOB
    from core.queue.failures import kind_of_failed, retry_work

    if await retry_delivery(uow, failure_id):
        return
    kind = await kind_of_failed(uow, failure_id)
    if kind == READING_JOB:
        raise CommandRefused(f"{failure_id} is the reading of a receipt: its sender was told, and sends it again.")
    if kind is None:
        raise _unknown(failure_id)
    await retry_work(uow, failure_id)


async def _dismiss(uow: "UnitOfWork", failure_id: str) -> None:
    from core.conversations.failures import dismiss_delivery
    from core.queue.failures import dismiss_work, kind_of_failed

    if await dismiss_delivery(uow, failure_id):
        return
    if await kind_of_failed(uow, failure_id) is None:
        raise _unknown(failure_id)
    await dismiss_work(uow, failure_id)


def _unknown(failure_id: str) -> CommandRefused:
    return CommandRefused(f"Nothing failed as {failure_id!r}. `expenseflow doctor` lists what did.")
