"""What `expenseflow doctor` finds of the books: each damage is done for real, on both databases where both can have it."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.commands.checks.store import store_findings
from bot.findings import Finding
from core.audit.sealing import seal_rows
from core.conversations.failures import failed_deliveries
from core.conversations.outgoing import MESSAGE
from core.conversations.queries import fail_delivery, insert_delivery
from core.files.local import LocalFileStore, file_key
from core.files.service import record_file
from core.flows.capture_receipt import READING_JOB
from core.flows.own_expenses import By
from core.kernel.clock import SystemClock
from core.queue.queries import first_open
from core.queue.service import enqueue, finish
from core.store.database import Database, open_database
from core.store.migrate import newest_revision
from core.store.rows import tables_of
from tests.faults.books import Books
from tests.fixtures.clock import FakeClock
from tests.fixtures.command_line import CommandLine
from tests.fixtures.databases import sqlite_url
from tests.fixtures.doctor import visit
from tests.fixtures.people import Builder, acting, actor

SECRET = "the secret key of a deployment that the doctor looks at"


@pytest.fixture
def clock() -> FakeClock:
    """The clock of `database`, here that of the machine, by which the doctor goes."""
    return FakeClock(SystemClock().now())


@pytest.fixture
def files(tmp_path: Path) -> LocalFileStore:
    return LocalFileStore(tmp_path / "data" / "files", file_key(SECRET))


@pytest.fixture
async def mia(database: Database, files: LocalFileStore) -> By:
    """Somebody with an expense and two receipts' files; the audit trail is sealed."""
    builder = Builder(database)
    mia = await builder.member((await builder.workspace()).workspace_id)
    await builder.expense(mia)
    for content in (b"one receipt", b"another receipt"):
        content_hash = await files.put(mia.member.workspace_id, content)
        async with database.write(acting(mia)) as uow:
            await record_file(uow, content_hash=content_hash, media_type="image/jpeg", size_bytes=len(content))
    async with database.write(acting(mia)) as uow:
        assert await seal_rows(uow) > 5
    return mia


async def look(database: Database, files: LocalFileStore | None) -> dict[str, Finding]:
    return {finding.check: finding for finding in await store_findings(database, files)}


async def test_books_that_nobody_has_hurt_are_well(database: Database, files: LocalFileStore, mia: By) -> None:
    found = await look(database, files)
    assert {finding.state for finding in found.values()} == {"ok"}, found
    assert found["files"].found == "all 2 that people sent are there"
    assert "sealed hold" in found["audit-trail"].found


async def test_a_trail_that_was_changed_behind_the_programs_back(
    database: Database, files: LocalFileStore, mia: By
) -> None:
    async with database.fill() as connection:
        (audit,) = [table for table in await tables_of(connection) if table.name == "audit"]
        await connection.execute(update(audit).where(audit.c.seal_number == 3).values(platform="nobody"))
    found = (await look(database, files))["audit-trail"]
    assert found.state == "failing"
    assert found.details == (f"Acme ({mia.member.workspace_id}): seal 3",)
    assert "compare `expenseflow export audit` with that of a backup" in str(found.mend)


async def test_files_that_are_lost_or_cut_off(
    database: Database, files: LocalFileStore, mia: By, tmp_path: Path
) -> None:
    workspace_id = mia.member.workspace_id
    gone, cut = (files.hash_of(workspace_id, content) for content in (b"one receipt", b"another receipt"))
    await files.delete(workspace_id, gone)
    (path,) = await asyncio.to_thread(lambda: list((tmp_path / "data").rglob(cut)))
    path.write_bytes(b"half")
    found = (await look(database, files))["files"]
    assert (found.state, found.found) == ("failing", "2 of 2 files are gone or cut off")
    assert set(found.details) == {f"{workspace_id}/{gone}", f"{workspace_id}/{cut}"}
    assert "restore DATA_DIR/files from a backup" in str(found.mend)


async def test_a_key_that_is_not_the_one_that_was_used(database: Database, mia: By, tmp_path: Path) -> None:
    another = LocalFileStore(tmp_path / "data" / "files", file_key("another key, of a fresh installation"))
    found = (await look(database, another))["files"]
    assert found.state == "failing"
    assert "another secret key" in found.found
    assert "restore the key" in str(found.mend)


async def fail_an_event(database: Database, payload: dict[str, object], failure_id: str, *keys: str) -> None:
    """Take deliveries in, and give them up together, as the intake does."""
    installation = await Builder(database).installation("telegram")
    async with database.write(actor()) as uow:
        ids = [
            (await insert_delivery(
                uow, installation_id=installation.id, event_key=key, lane="telegram:1", payload=payload
            ))[0]
            for key in keys
        ]  # fmt: skip
    async with database.write(actor()) as uow:
        assert await fail_delivery(uow, ids, failure_id)


async def test_events_that_were_given_up_are_listed_without_what_people_wrote(
    database: Database, files: LocalFileStore, mia: By, clock: FakeClock
) -> None:
    await fail_an_event(database, {"update_id": 1, "message": {"text": "secret"}}, "7f3a12bc", "1", "2")
    await fail_an_event(database, {"type": "event_callback", "event": {"type": "app_mention"}}, "00c0ffee", "3")
    found = (await look(database, files))["failed-events"]
    assert (found.state, found.found.partition(";")[0]) == ("failing", "2 events given up")
    at = f"{clock.now():%Y-%m-%d %H:%M} UTC"
    assert found.details == (f"7f3a12bc  {at}  telegram: message", f"00c0ffee  {at}  telegram: app_mention")
    assert "expenseflow doctor --retry ID" in str(found.mend)


async def test_messages_and_jobs_that_were_given_up_are_listed_for_a_week(
    database: Database, files: LocalFileStore, mia: By, clock: FakeClock
) -> None:
    for lane, failure in (("private:1", "refused: too long"), ("private:2", "unreachable: blocked by the user")):
        async with database.write(acting(mia)) as uow:
            await enqueue(uow, MESSAGE, lane, {})
        async with database.write(acting(mia)) as uow:
            work = await first_open(uow, lane)
            assert work is not None
            await finish(uow, work.id, failure=failure)
    found = (await look(database, files))["failed-work"]
    assert (found.state, len(found.details)) == ("warning", 1)
    assert found.details[0].endswith("message: refused: too long")
    clock.advance(timedelta(days=8))
    assert (await look(database, files))["failed-work"].state == "ok"


async def test_what_waits_for_long(database: Database, files: LocalFileStore, mia: By, clock: FakeClock) -> None:
    assert (await look(database, files))["queues"].state == "ok"  # the expense's card waits, since a moment
    clock.advance(timedelta(minutes=11))
    found = (await look(database, files))["queues"]
    assert found.state == "warning"
    assert found.details[0].startswith("messages: 1, the oldest since")
    assert "look whether the bot runs" in str(found.mend)


@pytest.mark.postgres
async def test_a_clock_that_differs_from_the_database_servers(
    postgresql_database: Database, files: LocalFileStore, clock: FakeClock
) -> None:
    for step, state in ((timedelta(seconds=20), "warning"), (timedelta(minutes=-3), "failing")):
        clock.advance(step)
        found = (await look(postgresql_database, files))["database-clock"]
        assert found.state == state, found
        assert "set the clock by NTP" in str(found.mend)


def overwrite_the_middle(file: Path) -> None:
    content = file.read_bytes()
    middle = len(content) // 2 // 4096 * 4096
    file.write_bytes(content[:middle] + b"\xff" * 4096 + content[middle + 4096 :])


@pytest.fixture
async def damaged(sqlite_database_url: str) -> Path:
    """A file of SQLite's with many rows, of which a page in the middle is overwritten."""
    database = open_database(sqlite_database_url, SystemClock())
    builder = Builder(database)
    mia = await builder.member((await builder.workspace()).workspace_id)
    for number in range(40):
        await builder.expense(mia, words=f"a taxi {number} " * 20)
    await database.close()
    file = Path(sqlite_database_url.partition("///")[2])
    overwrite_the_middle(file)
    return file


async def test_a_file_that_is_damaged_or_none_of_sqlites(damaged: Path, tmp_path: Path) -> None:
    database = open_database(sqlite_url(damaged), SystemClock())
    found = await look(database, None)
    await database.close()
    assert found["database"].state == "failing"
    assert "is damaged" in found["database"].found
    assert "restore a backup: `expenseflow restore FILE`" in str(found["database"].mend)
    assert found["audit-trail"].state == "skipped"

    picture = tmp_path / "holiday.jpg"
    picture.write_bytes(b"\xff\xd8\xff" + b"x" * 8192)
    database = open_database(sqlite_url(picture), SystemClock())
    found = await look(database, None)
    await database.close()
    assert found["database"].state == "failing"
    assert "file is not a database" in found["database"].found
    assert "restore a backup" in str(found["database"].mend)


def test_a_file_that_cannot_be_opened(command_line: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "data" / "expenseflow.db").mkdir(parents=True)
    visit(command_line).says("database", "failing", "unable to open database file", "may read and write")


def test_a_database_of_another_version(prepared_command_line: CommandLine) -> None:
    books = Books(url=prepared_command_line.database_url)
    try:
        for revision, found, mend in (
            ("0000", "is at revision 0000, and 0001 is the newest", "`expenseflow migrate` brings it up to date"),
            ("9999", "was used by a newer version", "run the version of ExpenseFlow that used it"),
        ):
            books.change("UPDATE alembic_version SET version_num = ?", revision)
            visit(prepared_command_line).says("database", "failing", found, mend)
    finally:
        books.change("UPDATE alembic_version SET version_num = ?", newest_revision())


def test_an_empty_database(command_line: CommandLine, blank_database_url: str) -> None:
    command_line.environment["EXPENSEFLOW_DATABASE_URL"] = blank_database_url
    if "sqlite" in blank_database_url:
        Path(blank_database_url.partition("///")[2]).touch()
    visit(command_line).says("database", "failing", "is empty", "`expenseflow init` prepares it")


def test_a_server_that_does_not_answer(command_line: CommandLine) -> None:
    command_line.environment["EXPENSEFLOW_DATABASE_URL"] = "postgresql://somebody:hidden@127.0.0.1:9/books"
    found = visit(command_line)
    found.says("database", "failing", "cannot be used: connection", "look whether it runs and lets this user in")
    assert "hidden" not in str(found.checks)


async def test_failures_are_tried_again_and_dismissed_by_their_ids(
    command_line_on_both: CommandLine, database: Database, mia: By
) -> None:
    async def run(*arguments: str) -> str:
        return await asyncio.to_thread(command_line_on_both.answer, "doctor", *arguments)

    async def left() -> list[str]:
        async with database.read(actor()) as uow:
            return [failed.failure_id for failed in await failed_deliveries(uow)]

    for number in range(4):
        await fail_an_event(database, {"update_id": number, "message": {}}, f"0000000{number}", str(number))
    assert await run("--retry", "00000001") == (
        "00000001 is tried again: within seconds where the bot runs, else when it starts.\n"
    )
    assert await run("--dismiss", "00000002") == "00000002 is off the list.\n"
    assert await left() == ["00000000", "00000003"]
    assert (await run("--retry", "all")).startswith("2 events are tried again")
    assert await left() == []
    refused = await asyncio.to_thread(command_line_on_both.refusal, "doctor", "--retry", "00000002")
    assert refused == ["Nothing failed as '00000002'. `expenseflow doctor` lists what did."]


async def test_work_is_tried_again_and_dismissed_but_a_reading_is_not(
    command_line_on_both: CommandLine, database: Database, mia: By
) -> None:
    ids = {}
    for kind, lane in ((MESSAGE, "private:1"), (MESSAGE, "private:2"), (READING_JOB, "reading")):
        async with database.write(acting(mia)) as uow:
            await enqueue(uow, kind, lane, {})
        async with database.write(acting(mia)) as uow:
            work = await first_open(uow, lane)
            assert work is not None
            ids[lane] = work.id
            await finish(uow, work.id, failure="given up: busy")
    await asyncio.to_thread(command_line_on_both.answer, "doctor", "--retry", ids["private:1"])
    await asyncio.to_thread(command_line_on_both.answer, "doctor", "--dismiss", ids["private:2"])
    async with database.read(actor()) as uow:
        again = await first_open(uow, "private:1")
        assert again is not None
        assert (again.id, again.attempts) == (ids["private:1"], 0)
        assert await first_open(uow, "private:2") is None
    refused = await asyncio.to_thread(command_line_on_both.refusal, "doctor", "--retry", ids["reading"])
    assert "its sender was told, and sends it again" in refused[0]
