"""SQLite for asyncio without a hop to another thread for each statement: a driver for SQLAlchemy.

A statement of ours takes some microseconds, and handing it to a thread and back takes ten times as long. So statements
run where they are called, in the event loop, and only what may take its time waits in the connection's own thread:

- a commit, which waits for the disk;
- a statement that finds the database locked by another process;
- a query that goes on for more than STEPS_MAX steps: it is stopped, and begun again in the thread. That holds for
  connections that only read. What writes is short, or says that it is not (`execution_options(apart=True)`);
- a streamed result.
"""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable, Sequence
from functools import partial
from queue import SimpleQueue
from typing import Any, ClassVar, TypeVar

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.base import SQLiteExecutionContext
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL
from sqlalchemy.pool import AsyncAdaptedQueuePool
from sqlalchemy.util import await_
from typing_extensions import override

DRIVER = "sqlite+eventloop"
APART = "apart"
"""The execution option of statements that may take long: they run in the connection's thread."""
AT_ONCE = "at_once"
"""The execution option of statements that nobody expects to wait: `AsyncConnection.run_sync` runs them."""
BUSY_TIMEOUT_MS = 30_000
"""How long a statement waits for another process that has the database locked, in milliseconds."""
STEPS_MAX = 50_000
"""How many instructions of SQLite's machine a query may take in the event loop: two or three milliseconds."""

_PRIMARY = 0xFF
"""An extended code of SQLite's holds the primary one in its lowest byte. https://www.sqlite.org/rescode.html"""
_ELSEWHERE = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_INTERRUPT})

T = TypeVar("T")


class _Thread:
    """A thread that does one thing after the other; at half of what one of a pool of executors costs each time."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[tuple[asyncio.Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        threading.Thread(target=self._work, name="sqlite", daemon=True).start()

    def begin(self, work: Callable[[], T]) -> "asyncio.Future[T]":
        """Have something done, and return its outcome to come."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue.put((future, work))
        return future

    def end(self) -> None:
        """Let the thread end when it has done what it was given."""
        self._queue.put(None)

    def _work(self) -> None:
        while (given := self._queue.get()) is not None:
            future, work = given
            outcome: Callable[[], None]
            try:
                outcome = partial(future.set_result, work())
            except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
                outcome = partial(future.set_exception, error)
            with contextlib.suppress(RuntimeError):  # the event loop is gone, and with it whoever waited
                future.get_loop().call_soon_threadsafe(outcome)


class LoopConnection(sqlite3.Connection):
    """A connection that is used by one task at a time, from the event loop and now and then from its own thread."""

    begin_statement: ClassVar[str]

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        """Open the file. Transactions begin by `begin` alone, never by the driver's own doing."""
        super().__init__(*arguments, **keywords | {"isolation_level": None, "timeout": 0})
        self._thread: _Thread | None = None
        self._apart = False

    def begin(self) -> None:
        """Begin a transaction."""
        self.cursor().execute(self.begin_statement)

    @override
    def cursor(self, factory: Any = None) -> Any:
        """Return a cursor that takes all rows at once, or one of another kind."""
        return super().cursor(factory or LoopCursor)

    def apart(self, work: Callable[[], T]) -> T:
        """Do something in the connection's thread, while the event loop goes on."""
        return await_(self._in_thread(work))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._thread is None:
            self._thread = _Thread()
        future = self._thread.begin(work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            # The thread goes on, and nobody may have the connection before it is done.
            await asyncio.wait({future})
            raise

    def patiently(self, work: Callable[[], T]) -> T:
        """Return what `work` does, in this thread; it waits for locks, and is not stopped."""
        self._apart = True
        super().execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        try:
            return work()
        finally:
            super().execute("PRAGMA busy_timeout = 0")
            self._apart = False

    @override
    def commit(self) -> None:
        """Commit in the thread: it waits for the disk."""
        if self.in_transaction:
            self.apart(super().commit)

    @override
    def close(self) -> None:
        """Close the file; the thread ends."""
        if self._thread is not None:
            self._thread.end()
        super().close()


class WritingConnection(LoopConnection):
    """Takes the one place of a writer at once.

    A deferred BEGIN that reads and then writes fails as soon as somebody else wrote in between; IMMEDIATE waits instead.
    """

    begin_statement = "BEGIN IMMEDIATE"


class ReadingConnection(LoopConnection):
    """Only reads, so that any of its statements may be stopped and begun anew."""

    begin_statement = "BEGIN"

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        """Open the file."""
        super().__init__(*arguments, **keywords)
        self.set_progress_handler(lambda: not self._apart, STEPS_MAX)


class LoopCursor(sqlite3.Cursor):
    """A cursor that takes all rows at once."""

    connection: LoopConnection
    _rows: Sequence[Any] = ()
    _taken = 0

    @override
    def execute(self, statement: str, parameters: Any = ()) -> "LoopCursor":
        """Run a statement in the event loop, or in the thread where it cannot be done at once."""
        work = partial(self._run, statement, parameters)
        try:
            work()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & _PRIMARY not in _ELSEWHERE:
                raise
            self.execute_apart(statement, parameters)
        return self

    def execute_apart(self, statement: str, parameters: Any = ()) -> None:
        """Run a statement in the thread."""
        connection = self.connection
        connection.apart(partial(connection.patiently, partial(self._run, statement, parameters)))

    def _run(self, statement: str, parameters: Any) -> None:
        super().execute(statement, parameters)
        self._rows = super().fetchall() if self.description else ()
        self._taken = 0

    async def _async_soft_close(self) -> None:
        """Do nothing: SQLAlchemy asks drivers to let go of the server, and this one has no server."""

    @override
    def fetchone(self) -> Any:
        found = self.fetchmany(1)
        return found[0] if found else None

    @override
    def fetchmany(self, size: int | None = None) -> list[Any]:
        until = self._taken + (self.arraysize if size is None else size)
        found, self._taken = list(self._rows[self._taken : until]), until
        return found

    @override
    def fetchall(self) -> list[Any]:
        return self.fetchmany(len(self._rows))


class StreamingCursor(sqlite3.Cursor):
    """A cursor that takes rows as they are asked for, in the thread."""

    connection: LoopConnection

    @override
    def execute(self, statement: str, parameters: Any = ()) -> "StreamingCursor":
        self._apart(partial(super().execute, statement, parameters))
        return self

    @override
    def fetchone(self) -> Any:
        return self._apart(super().fetchone)

    @override
    def fetchmany(self, size: int | None = None) -> list[Any]:
        return self._apart(partial(super().fetchmany, self.arraysize if size is None else size))

    @override
    def fetchall(self) -> list[Any]:
        return self._apart(super().fetchall)

    def _apart(self, work: Callable[[], T]) -> T:
        return self.connection.apart(partial(self.connection.patiently, work))


async def _nothing() -> None:
    """Be awaited: SQLAlchemy takes a statement without any waiting for one of a driver that blocks."""


class _Context(SQLiteExecutionContext):
    def create_server_side_cursor(self) -> Any:
        return self._dbapi_connection.cursor(StreamingCursor)


class LoopDialect(SQLiteDialect_pysqlite):
    """SQLite as SQLAlchemy knows it, with the connections above."""

    driver = "eventloop"
    supports_statement_cache = True
    supports_server_side_cursors = True
    is_async = True
    execution_ctx_cls = _Context

    @classmethod
    @override
    def get_pool_class(cls, url: URL) -> type[AsyncAdaptedQueuePool]:
        return AsyncAdaptedQueuePool

    @override
    def do_begin(self, dbapi_connection: Any) -> None:
        dbapi_connection.begin()

    @override
    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        if context is not None and context.execution_options.get(APART):
            cursor.execute_apart(statement, parameters)
        else:
            cursor.execute(statement, parameters)
            if context is None or not context.execution_options.get(AT_ONCE):
                await_(_nothing())

    @override
    def do_executemany(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        cursor.executemany(statement, parameters)
        await_(_nothing())


registry.register(DRIVER.replace("+", "."), __name__, LoopDialect.__name__)
