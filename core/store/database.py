"""The two databases behind one door: SQLite with one writer, PostgreSQL with a pool."""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from core.kernel.clock import Clock
from core.store.sqlite import DRIVER
from core.store.unit_of_work import Actor, Listener, UnitOfWork, reading, writing

SQLITE_READERS_MAX = 4
POSTGRESQL_POOL_SIZE = 10
POSTGRESQL_POOL_MAX = 20


class Database:
    """Opens units of work, and tells listeners what was committed."""

    def __init__(self, writer: AsyncEngine, reader: AsyncEngine, clock: Clock) -> None:
        """Take the engines; `open_database` makes them."""
        self.writer = writer
        self.reader = reader
        self.clock = clock
        self._listeners: dict[str, list[Listener]] = defaultdict(list)

    @property
    def dialect(self) -> str:
        """Return "sqlite" or "postgresql"."""
        return self.writer.dialect.name

    def listen(self, topic: str, listener: Listener) -> None:
        """Call `listener` with each key signalled for `topic`, after the commit. It must not block."""
        self._listeners[topic].append(listener)

    @asynccontextmanager
    async def write(self, actor: Actor) -> AsyncIterator[UnitOfWork]:
        """Open the one write transaction of an event; commits at the end, rolls back on any exception."""
        async with writing(self.writer, self.clock, actor) as unit:
            yield unit
        for topic, key in sorted(unit.signals):
            for listener in self._listeners[topic]:
                listener(key)

    def read(self, actor: Actor) -> AbstractAsyncContextManager[UnitOfWork]:
        """Open a transaction that cannot write."""
        return reading(self.reader, self.clock, actor)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that only reads and sees one state of the whole database, whoever writes meanwhile."""
        async with self.reader.connect() as connection:
            if self.dialect == "postgresql":
                await connection.execution_options(isolation_level="REPEATABLE READ")
            async with connection.begin():
                yield connection

    @asynccontextmanager
    async def fill(self) -> AsyncIterator[AsyncConnection]:
        """Open a write transaction on bare tables, without tenant or trail, for what fills an empty database as a whole."""
        async with self.writer.begin() as connection:
            yield connection

    async def close(self) -> None:
        """Close all connections."""
        await self.reader.dispose()
        await self.writer.dispose()


def sqlite_file_of(url: str) -> Path | None:
    """Return the file of an SQLite database's URL; None for PostgreSQL."""
    parsed = make_url(url)
    return Path(str(parsed.database)) if parsed.get_backend_name() == "sqlite" else None


def open_database(url: str, clock: Clock) -> Database:
    """Return the database of a URL: sqlite:///path or postgresql+psycopg://… . Nothing is connected yet."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed, clock)
    writer = create_async_engine(
        parsed,
        pool_size=POSTGRESQL_POOL_SIZE,
        max_overflow=POSTGRESQL_POOL_MAX - POSTGRESQL_POOL_SIZE,
        pool_pre_ping=True,
    )
    reader = writer.execution_options(postgresql_readonly=True)
    return Database(writer, reader, clock)


def _open_sqlite(url: URL, clock: Clock) -> Database:
    # One connection writes: SQLite has one writer anyway, and a queue in front of it is fair where its lock is not.
    url = url.set(drivername=DRIVER)
    writer = create_async_engine(url, pool_size=1, max_overflow=0, begin_statement="BEGIN IMMEDIATE")
    reader = create_async_engine(url, pool_size=SQLITE_READERS_MAX, max_overflow=0)
    keys = "PRAGMA foreign_keys = ON"
    event.listen(writer.sync_engine, "connect", _run(keys, "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"))
    event.listen(reader.sync_engine, "connect", _run(keys, "PRAGMA query_only = ON"))
    event.listen(reader.sync_engine, "connect", lambda connection, _record: connection.stop_long_queries())
    return Database(writer, reader, clock)


def _run(*statements: str) -> Callable[[Any, Any], None]:
    def on_connect(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        cursor.close()

    return on_connect
