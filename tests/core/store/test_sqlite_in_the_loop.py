"""SQLite in the event loop: short work is done where it is called, and what may take its time holds up nobody."""

import asyncio
import sqlite3
import threading
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, text

from core.kernel.clock import SystemClock
from core.store.database import Database, open_database
from core.store.sqlite import APART, STEPS_MAX
from core.tenancy.queries import next_number
from tests.fixtures.people import Builder, actor

NUMBERS = text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :last) SELECT i FROM n")
NOTED = text(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :last) SELECT count(*), note() FROM n"
)
THREAD = "_connection_worker_thread"
"""What aiosqlite names its threads by."""
WHERE = text("SELECT thread_name()")


def tell_threads(connection: Connection) -> sqlite3.Connection:
    """Teach a connection to say in which thread its statements run."""
    driver: Any = connection.connection.driver_connection
    file = driver._conn
    file.create_function("thread_name", 0, lambda: threading.current_thread().name)
    assert isinstance(file, sqlite3.Connection)
    return file


async def test_a_short_statement_runs_where_it_is_called(sqlite_database: Database) -> None:
    async with sqlite_database.writer.connect() as connection:
        await connection.run_sync(tell_threads)
        assert await connection.scalar(WHERE) == threading.current_thread().name


async def test_a_statement_that_says_that_it_is_long_runs_in_the_thread(sqlite_database: Database) -> None:
    async with sqlite_database.writer.connect() as connection:
        await connection.run_sync(tell_threads)
        found = await connection.execute(WHERE, execution_options={APART: True})
        assert THREAD in str(found.scalar())


async def test_a_query_that_goes_on_and_on_is_finished_in_the_thread(sqlite_database: Database) -> None:
    async with sqlite_database.reader.connect() as connection:
        driver = await connection.run_sync(tell_threads)
        seen: list[str] = []
        driver.create_function("note", 0, lambda: seen.append(threading.current_thread().name))
        assert (await connection.execute(NOTED, {"last": STEPS_MAX})).one()[0] == STEPS_MAX
        assert THREAD in seen[-1]
        # The next one begins in the loop again.
        assert await connection.scalar(WHERE) == threading.current_thread().name


async def test_a_writer_waits_for_another_program_and_nobody_waits_with_it(sqlite_database: Database) -> None:
    acme = (await Builder(sqlite_database).workspace()).workspace_id
    other = sqlite3.connect(str(sqlite_database.writer.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def write() -> int:
        async with sqlite_database.write(actor(acme)) as uow:
            return await next_number(uow, "expense")

    writing = asyncio.create_task(write())
    for _ in range(20):
        async with sqlite_database.read(actor(acme)) as uow:
            await uow.session.execute(text("SELECT 1"))
    assert not writing.done()
    other.rollback()
    assert await asyncio.wait_for(writing, timeout=10) == 1
    other.close()


async def test_who_is_cancelled_leaves_the_connection_when_its_thread_has_done(sqlite_database: Database) -> None:
    begun, end = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        end.wait()

    async def slow() -> None:
        async with sqlite_database.writer.connect() as connection:
            await connection.run_sync(lambda sync: sync.connection.run(lambda _file: work(), apart=True))

    task = asyncio.create_task(slow())
    await asyncio.to_thread(begun.wait)
    task.cancel()
    await asyncio.wait({task}, timeout=0.05)
    assert not task.done()
    end.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(5), sqlite_database.writer.connect() as connection:
        assert await connection.scalar(text("SELECT 1")) == 1


async def test_rows_are_streamed_in_their_order(sqlite_database: Database) -> None:
    async with sqlite_database.reader.connect() as connection:
        rows = await connection.stream(NUMBERS, {"last": 2000}, execution_options={"yield_per": 100})
        assert [number async for number in rows.scalars()] == list(range(1, 2001))


async def test_a_mistake_in_a_statement_is_said_at_once(sqlite_database: Database) -> None:
    async with sqlite_database.reader.connect() as connection:
        with pytest.raises(Exception, match="no such table: nowhere"):
            await connection.scalar(text("SELECT * FROM nowhere"))


async def test_closing_ends_the_threads(sqlite_database_url: str) -> None:
    before = set(threading.enumerate())
    database = open_database(sqlite_database_url, SystemClock())
    async with database.writer.connect() as connection:
        await connection.execute(text("SELECT 1"), execution_options={APART: True})
    started = [thread for thread in threading.enumerate() if thread not in before and THREAD in thread.name]
    assert started
    await database.close()
    for thread in started:
        await asyncio.to_thread(partial(thread.join, timeout=5))
        assert not thread.is_alive()
