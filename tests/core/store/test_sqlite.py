"""SQLite as we open it: readers do not wait, writers queue, and what is committed survives kill -9."""

import asyncio
import subprocess
import sys
from pathlib import Path

from sqlalchemy import text

from core.kernel.clock import SystemClock
from core.store.database import Database, open_database
from core.tenancy.queries import next_number
from tests.fixtures.people import Builder, actor

ROOT = Path(__file__).resolve().parents[3]

WRITE = """
import asyncio, sys
import core.schema
from core.kernel.clock import SystemClock
from core.store.database import open_database
from core.store.unit_of_work import Actor
from core.tenancy.queries import next_number
url, workspace_id, count, fate = sys.argv[1:]
async def run():
    database = open_database(url, SystemClock())
    for number in range(int(count)):
        async with database.write(Actor(platform="x", operation="x", workspace_id=workspace_id)) as uow:
            taken = await next_number(uow, "expense")
            if fate == "hang" and number == int(count) - 1:
                print("inside", flush=True)
                await asyncio.Event().wait()
        print(taken, flush=True)
    await database.close()
asyncio.run(run())
"""


def writer(url: str, workspace_id: str, count: int, fate: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", WRITE, url, workspace_id, str(count), fate]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


async def test_pragmas_are_those_that_durability_rests_on(sqlite_database: Database) -> None:
    expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    async with sqlite_database.writer.connect() as connection:
        found = {name: await connection.scalar(text(f"PRAGMA {name}")) for name in expected}
    assert found == expected


async def test_a_reader_sees_what_was_committed_while_a_writer_is_at_work(sqlite_database: Database) -> None:
    acme = (await Builder(sqlite_database).workspace()).workspace_id
    read = text("SELECT last_number FROM workspace_counters")
    async with sqlite_database.write(actor(acme)) as uow:
        await next_number(uow, "expense")
    async with sqlite_database.write(actor(acme)) as uow:
        assert await next_number(uow, "expense") == 2
        async with sqlite_database.reader.connect() as connection:
            assert await asyncio.wait_for(connection.scalar(read), timeout=5) == 1
    async with sqlite_database.reader.connect() as connection:
        assert await connection.scalar(read) == 2


async def test_two_processes_write_in_turn(sqlite_database: Database, sqlite_database_url: str) -> None:
    acme = (await Builder(sqlite_database).workspace()).workspace_id
    other = writer(sqlite_database_url, acme, 30, "end")
    taken = []
    for _ in range(30):
        async with sqlite_database.write(actor(acme)) as uow:
            taken.append(await next_number(uow, "expense"))
    theirs, _ = await asyncio.to_thread(other.communicate, timeout=60)
    assert sorted([*taken, *map(int, theirs.split())]) == list(range(1, 61))


async def test_a_killed_process_loses_its_open_transaction_and_nothing_else(
    sqlite_database: Database, sqlite_database_url: str
) -> None:
    acme = (await Builder(sqlite_database).workspace()).workspace_id
    doomed = writer(sqlite_database_url, acme, 5, "hang")
    assert doomed.stdout is not None
    said = [await asyncio.to_thread(doomed.stdout.readline) for _ in range(5)]
    assert [line.strip() for line in said] == ["1", "2", "3", "4", "inside"]
    doomed.kill()
    await asyncio.to_thread(doomed.communicate)

    survivor = open_database(sqlite_database_url, SystemClock())
    try:
        async with asyncio.timeout(5), survivor.write(actor(acme)) as uow:
            assert await next_number(uow, "expense") == 5
            assert await uow.session.scalar(text("PRAGMA integrity_check")) == "ok"
    finally:
        await survivor.close()
