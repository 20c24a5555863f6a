"""SQLite by aiosqlite, which is gone to for what may take its time: SQLAlchemy's dialect of it, with other cursors.

aiosqlite does everything in a thread of the connection, and the way there and back takes some 40 µs, while a statement of
ours takes 5 to 20; SQLAlchemy goes there four times a statement. So statements run on the connection where they are
called, in the event loop, and in aiosqlite's thread is done what may wait:

- a commit, which waits for the disk;
- a statement that finds the database locked by another process;
- a query that goes on for more than STEPS_MAX steps: it is stopped, and begun again in the thread. That holds for
  connections that only read. What writes is short, or says that it is not (`execution_options(apart=True)`);
- a streamed result.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
    SQLiteDialect_aiosqlite,
)
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
Work = Callable[[sqlite3.Connection], T]


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    """A cursor that has all its rows when it has executed."""

    __slots__ = ("_found", "arraysize")

    _adapt_connection: "_Connection"

    def __init__(self, adapt_connection: "_Connection") -> None:  # the inherited one goes to the thread for a cursor
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection
        self._rows: deque[Any] = deque()
        self._found: tuple[Any, int, Any] = (None, -1, None)
        self.arraysize = 1

    @property
    @override
    def description(self) -> Any:
        return self._found[0]

    @property
    @override
    def rowcount(self) -> int:
        return self._found[1]

    @property
    @override
    def lastrowid(self) -> Any:
        return self._found[2]

    @override
    def execute(self, operation: Any, parameters: Any = None) -> Any:
        self.execute_so(operation, parameters)
        return self

    def execute_so(self, operation: Any, parameters: Any, *, apart: bool = False, at_once: bool = False) -> None:
        """Execute, in the thread (`apart`), or without a word to SQLAlchemy that something was waited for (`at_once`)."""
        self._run(lambda connection: connection.execute(operation, parameters or ()), apart=apart)
        if not (apart or at_once):
            await_(_nothing())

    @override
    def executemany(self, operation: Any, seq_of_parameters: Any) -> Any:
        self._run(lambda connection: connection.executemany(operation, seq_of_parameters))
        await_(_nothing())
        return self

    @override
    def close(self) -> None:
        self._rows.clear()

    @override
    async def _async_soft_close(self) -> None:
        """Do nothing: the cursor was closed where it was made."""

    def _run(self, execute: Work[sqlite3.Cursor], *, apart: bool = False) -> None:
        def work(connection: sqlite3.Connection) -> list[Any]:
            cursor = execute(connection)
            rows = cursor.fetchall() if cursor.description else []
            self._found = cursor.description, cursor.rowcount, cursor.lastrowid
            cursor.close()
            return rows

        self._rows = deque(self._adapt_connection.run(work, apart=apart))


class _Connection(AsyncAdapt_aiosqlite_connection):
    """A connection that is used by one task at a time, from the event loop and now and then from aiosqlite's thread."""

    __slots__ = ("_apart", "_begin")

    _cursor_cls = _Cursor  # type: ignore[assignment]  # the base class names its own cursor's type, not that of any cursor

    def __init__(self, dbapi: Any, connection: Any) -> None:
        super().__init__(dbapi, connection)
        self._begin: str | None = None
        self._apart = False

    @property
    def _file(self) -> sqlite3.Connection:
        found: sqlite3.Connection = (
            self._connection._conn
        )  # as SQLAlchemy's adapter does: aiosqlite has no public name for it
        return found

    def begin(self, statement: str) -> None:
        """Begin a transaction together with the next statement."""
        self._begin = statement

    def stop_long_queries(self) -> None:
        """Stop each query in the event loop after STEPS_MAX steps: it is begun again in the thread."""
        self._file.set_progress_handler(lambda: not self._apart, STEPS_MAX)

    def run(self, work: Work[T], *, apart: bool = False) -> T:
        """Do something with the file at once, or in the thread where that is asked for or cannot be helped."""
        begin, self._begin = self._begin, None

        def do() -> T:
            if begin is not None and not self._file.in_transaction:
                self._file.execute(begin)
            return work(self._file)

        try:
            if not apart:
                try:
                    found = do()
                except sqlite3.OperationalError as error:
                    if error.sqlite_errorcode & _PRIMARY not in _ELSEWHERE:
                        raise
                else:
                    return found
            return await_(self._in_thread(lambda: self._patiently(do)))
        except Exception as error:  # noqa: BLE001 - the adapter's own way: it gives errors the class that SQLAlchemy knows
            self._handle_exception(error)

    @override
    def cursor(self, server_side: bool = False) -> Any:
        if server_side and self._begin is not None:  # a stream has cursors of aiosqlite's, which know no beginning
            self.run(lambda _file: None)
        return super().cursor(server_side)

    @override
    def commit(self) -> None:
        """Commit in the thread: it waits for the disk. A transaction without a statement has not begun."""
        self._begin = None
        if self._file.in_transaction:
            try:
                await_(self._in_thread(self._file.commit))
            except Exception as error:  # noqa: BLE001 - as in `run`
                self._handle_exception(error)

    @override
    def rollback(self) -> None:
        self._begin = None
        if self._connection._connection and self._file.in_transaction:
            self._file.rollback()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        going = asyncio.ensure_future(self._connection._execute(work))
        try:
            found: T = await asyncio.shield(going)
        except asyncio.CancelledError:
            # The thread goes on, and nobody may have the connection before it is done.
            await asyncio.wait({going})
            raise
        return found

    def _patiently(self, work: Callable[[], T]) -> T:
        """Return what `work` does, in this thread; it waits for locks, and is not stopped."""
        self._apart = True
        self._file.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        try:
            return work()
        finally:
            self._file.execute("PRAGMA busy_timeout = 0")
            self._apart = False


async def _nothing() -> None:
    """Be awaited: SQLAlchemy takes a statement without any waiting for one of a driver that blocks."""


class _Driver(AsyncAdapt_aiosqlite_dbapi):
    @override
    def connect(self, *arguments: Any, **keywords: Any) -> Any:
        settings = {"isolation_level": None, "timeout": 0}
        return _Connection(self, super().connect(*arguments, **keywords | settings)._connection)


class LoopDialect(SQLiteDialect_aiosqlite):
    """SQLAlchemy's dialect of aiosqlite with the connections above.

    Transactions begin by `begin_statement` alone, never by the driver's own doing. IMMEDIATE where it writes: a deferred
    BEGIN that reads and then writes fails as soon as somebody else wrote in between, IMMEDIATE waits instead.
    """

    driver = "eventloop"
    supports_statement_cache = True

    def __init__(self, begin_statement: str = "BEGIN", **keywords: Any) -> None:
        """Take what begins a transaction."""
        super().__init__(**keywords)
        self._begin_statement = begin_statement

    @classmethod
    @override
    def import_dbapi(cls) -> AsyncAdapt_aiosqlite_dbapi:
        import aiosqlite

        return _Driver(aiosqlite, sqlite3)

    @override
    def do_begin(self, dbapi_connection: Any) -> None:
        dbapi_connection.begin(self._begin_statement)

    @override
    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        options = context.execution_options if context is not None else {}
        if isinstance(cursor, _Cursor):
            cursor.execute_so(statement, parameters, apart=APART in options, at_once=AT_ONCE in options)
        else:
            cursor.execute(statement, parameters)


registry.register(DRIVER.replace("+", "."), __name__, LoopDialect.__name__)
