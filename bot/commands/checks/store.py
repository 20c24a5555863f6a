"""What `expenseflow doctor` asks the database and the file store."""

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from bot.commands.backup import size_of
from bot.findings import Finding, clock_finding, failing, ok, skipped, warning
from bot.settings import variable_of
from core.audit.queries import trail_size
from core.audit.sealing import followed_chain
from core.conversations.failures import failed_deliveries
from core.conversations.outgoing import MESSAGE
from core.conversations.queries import inbox_figures
from core.files.local import LocalFileStore
from core.files.port import FileMissing
from core.files.service import all_files
from core.queue.failures import failed_work
from core.queue.queries import backlog
from core.store.database import sqlite_file_of
from core.store.inspection import first_damage, server_time, server_version, size_bytes
from core.store.migrate import current_revision, newest_revision
from core.store.unit_of_work import Actor
from core.tenancy.queries import workspace_names

if TYPE_CHECKING:
    from core.store.database import Database
    from core.store.unit_of_work import UnitOfWork

DATABASE, AUDIT, FILES, EVENTS, WORK, QUEUES, CLOCK = (
    "database", "audit-trail", "files", "failed-events", "failed-work", "queues", "database-clock",
)  # fmt: skip
DEPENDING = (AUDIT, FILES, EVENTS, WORK, QUEUES)
WORK_REMEMBERED = timedelta(days=7)
WAIT_MAX = timedelta(minutes=10)
"""How long something may wait while a bot runs: a platform that is away is waited for, anything else is done in seconds."""
LISTED_MAX = 20


async def database_finding(database: "Database") -> Finding:
    """Look whether the database is there, whole, and at the newest migration."""
    file = _file_of(database)
    where = database.reader.url.render_as_string(hide_password=True) if file is None else str(file)
    if file is not None and not file.exists():
        return failing(DATABASE, f"there is no database at {file}", "`expenseflow init` makes one, with a workspace")
    try:
        revision, newest = await current_revision(database), newest_revision()
        damage = await first_damage(database)
        kind = "SQLite" if file is not None else "PostgreSQL"
        found = f"{kind} {await server_version(database)}, {where}, {size_of(await size_bytes(database))}"
    except (SQLAlchemyError, OSError) as error:
        words = " ".join(str(getattr(error, "orig", None) or error).split())
        return failing(DATABASE, f"{where} cannot be used: {words}", _mend_of(error, file))
    if damage is not None:
        mend = "stop the bot, keep a copy of the folder, and restore a backup: `expenseflow restore FILE`"
        return failing(DATABASE, f"{where} is damaged: {damage}", mend)
    if revision is None:
        return failing(DATABASE, f"{found} is empty", "`expenseflow init` prepares it and makes a workspace")
    if revision < newest:
        mend = "`expenseflow migrate` brings it up to date, and a start does"
        return failing(DATABASE, f"{found} is at revision {revision}, and {newest} is the newest", mend)
    if revision > newest:
        mend = "run the version of ExpenseFlow that used it, or a newer one"
        return failing(DATABASE, f"{found} was used by a newer version: it is at revision {revision}", mend)
    return ok(
        DATABASE, f"{found}, at revision {revision}, the newest" + ("" if file is None else "; its pages are sound")
    )


def _mend_of(error: Exception, file: Path | None) -> str:
    if file is None:
        return f"look whether it runs and lets this user in, and at {variable_of('database_url')}"
    code = getattr(getattr(error, "orig", None), "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return f"stop the bot, move {file} away, and restore a backup: `expenseflow restore FILE`"
    return f"look whether the user that runs the bot may read and write {file} and its folder"


async def store_findings(database: "Database", files: LocalFileStore | None) -> list[Finding]:
    """Make all checks that need a database; `files` None: there is no key to know them by."""
    found = [await database_finding(database)]
    if found[0].state != "ok":
        return [*found, *(skipped(check, "needs the database") for check in DEPENDING)]
    async with database.read(_actor()) as uow:
        workspaces = await workspace_names(uow)
    found.append(await _audit(database, workspaces))
    found.append(skipped(FILES, "needs the secret key") if files is None else await _files(database, files, workspaces))
    async with database.read(_actor()) as uow:
        found += [await _events(uow), await _work(uow), await _queues(uow)]
    there = await server_time(database)
    if there is not None:
        found.append(clock_finding(CLOCK, "the database server's", (database.clock.now() - there).total_seconds()))
    return found


async def has_books(database: "Database") -> bool:
    """Tell whether there is a workspace; False also where the database cannot be asked."""
    file = _file_of(database)
    if file is not None and not file.exists():
        return False
    try:
        async with database.read(_actor()) as uow:
            return bool(await workspace_names(uow))
    except (SQLAlchemyError, OSError):
        return False


async def _audit(database: "Database", workspaces: dict[str, str]) -> Finding:
    broken, entries, sealed = [], 0, 0
    for workspace_id, name in workspaces.items():
        async with database.read(_actor(workspace_id)) as uow:
            chain = await followed_chain(uow)
            entries += await trail_size(uow)
        sealed += chain.length
        if chain.broken_at is not None:
            broken.append(f"{name} ({workspace_id}): seal {chain.broken_at}")
    if broken:
        return failing(
            AUDIT,
            "entries were changed or removed behind the program's back",
            "compare `expenseflow export audit` with that of a backup from before; who can write to the database otherwise?",
            *broken,
        )
    holds = f"the chains over the {sealed:,} that are sealed hold" if sealed else "the bot seals them as it runs"
    return ok(AUDIT, f"{_count(entries, 'entry', 'entries')}; {holds}")


async def _files(database: "Database", files: LocalFileStore, workspaces: dict[str, str]) -> Finding:
    count, lost, newest_is_ours = 0, [], True
    for workspace_id in workspaces:
        async with database.read(_actor(workspace_id)) as uow:
            recorded = [each async for each in all_files(uow)]
        there = [each for each in recorded if files.size_of(workspace_id, each.content_hash) == each.size_bytes]
        count += len(recorded)
        lost += [f"{workspace_id}/{each.content_hash}" for each in recorded if each not in there]
        if there and newest_is_ours:
            newest_is_ours = await _hash_holds(files, workspace_id, there[0].content_hash)
    if not newest_is_ours:
        return failing(
            FILES,
            "what people sent was kept with another secret key than the one that is set, or was changed",
            "restore the key that was used: DATA_DIR/secret_key from a backup",
        )
    if lost:
        mend = "restore DATA_DIR/files from a backup: `expenseflow restore FILE` into an empty folder, and copy them from there"
        return failing(FILES, f"{len(lost)} of {count:,} files are gone or cut off", mend, *_first(lost))
    return ok(FILES, f"all {count:,} that people sent are there" if count else "nobody has sent any yet")


async def _hash_holds(files: LocalFileStore, workspace_id: str, content_hash: str) -> bool:
    try:
        return files.hash_of(workspace_id, await files.get(workspace_id, content_hash)) == content_hash
    except FileMissing:
        return True  # it went meanwhile, which says nothing of the key


async def _events(uow: "UnitOfWork") -> Finding:
    failed = await failed_deliveries(uow)
    if not failed:
        return ok(EVENTS, "none was given up")
    return failing(
        EVENTS,
        f"{_count(len(failed), 'event')} given up; people were told these ids, and the log has what went wrong",
        "try again after an upgrade: `expenseflow doctor --retry ID` (or `all`); `--dismiss ID` takes one off this list",
        *_first(
            [
                f"{each.failure_id}  {each.received_at:%Y-%m-%d %H:%M} UTC  {each.platform}: {each.what}"
                for each in failed
            ]
        ),
    )


async def _work(uow: "UnitOfWork") -> Finding:
    ended = await failed_work(uow, uow.now - WORK_REMEMBERED)
    unreachable = [each for each in ended if each.failure.startswith("unreachable")]
    failed = [each for each in ended if each not in unreachable]
    if not failed:
        besides = (
            f"; {_count(len(unreachable), 'message')} for people who blocked the bot or left" if unreachable else ""
        )
        return ok(WORK, f"no message and no job was given up within {WORK_REMEMBERED.days} days{besides}")
    lines = [
        f"{each.id}  {each.done_at:%Y-%m-%d %H:%M} UTC  {'message' if each.kind == MESSAGE else each.kind}: {each.failure}"
        for each in failed
    ]
    return warning(
        WORK,
        f"{_count(len(failed), 'message or job', 'messages or jobs')} given up within {WORK_REMEMBERED.days} days",
        "once what they say is mended: `expenseflow doctor --retry ID`; `--dismiss ID` takes one off this list",
        *_first(lines),
    )


async def _queues(uow: "UnitOfWork") -> Finding:
    inbox, work = await inbox_figures(uow), await backlog(uow)
    waiting = [("events", inbox.waiting, inbox.waiting_since or uow.now)] if inbox.waiting else []
    waiting += [("messages" if each.kind == MESSAGE else each.kind, each.count, each.since) for each in work]
    old = [f"{what}: {count:,}, the oldest since {since:%Y-%m-%d %H:%M} UTC" for what, count, since in waiting]
    if any(uow.now - since > WAIT_MAX for _, _, since in waiting):
        mend = "look whether the bot runs (running-bot, below), whether its platforms answer, and what its log says"
        return warning(QUEUES, f"something waits for more than {WAIT_MAX.seconds // 60} minutes", mend, *old)
    return ok(QUEUES, "nothing waits" if not waiting else "; ".join(old))


def _count(number: int, one: str, more: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def _first(lines: list[str]) -> list[str]:
    """Return the newest lines, as many as a screen has room for."""
    more = len(lines) - LISTED_MAX
    return lines if more <= 0 else [f"({more} older ones)", *lines[-LISTED_MAX:]]


def _file_of(database: "Database") -> Path | None:
    return sqlite_file_of(database.reader.url.render_as_string(hide_password=False))


def _actor(workspace_id: str | None = None) -> Actor:
    return Actor(platform="command-line", operation="doctor", workspace_id=workspace_id)
