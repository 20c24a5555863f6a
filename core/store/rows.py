"""All rows of all tables as they are stored, without tenant, types or trail: for backups alone.

Both databases keep a value alike (core/store/types.py), so that rows of one can be written into the other.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Connection, ForeignKeyConstraint, MetaData, Table, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

BATCH = 1000
"""How many rows are read or written at a time."""
REVISION_TABLE = "alembic_version"


async def tables_of(connection: AsyncConnection) -> list[Table]:
    """Return the tables that the database has, by name, as they are at its revision; without that of the revision."""
    return await connection.run_sync(_tables_of)


def _tables_of(connection: Connection) -> list[Table]:
    metadata = MetaData()
    metadata.reflect(connection)
    return [metadata.tables[name] for name in sorted(metadata.tables) if name != REVISION_TABLE]


async def stored_rows(
    connection: AsyncConnection, table: Table, order: Sequence[str] = ()
) -> AsyncIterator[Sequence[tuple[Any, ...]]]:
    """Yield all rows of a table in batches, each row in the order of its columns; ordered by the primary key, or as told."""
    by = [table.columns[name] for name in order] or list(table.primary_key)
    statement = select(table).order_by(*by).execution_options(yield_per=BATCH)
    result = await connection.stream(statement)
    async for batch in result.partitions():
        yield [tuple(row) for row in batch]


async def count_rows(connection: AsyncConnection, table: Table) -> int:
    """Return how many rows a table has."""
    return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())


async def insert_rows(connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, by column names."""
    if rows:
        await connection.execute(table.insert(), rows)


@asynccontextmanager
async def keys_checked_at_the_end(connection: AsyncConnection, tables: Iterable[Table]) -> AsyncIterator[None]:
    """Let rows come before those that they name while the block runs; what is missing then is an IntegrityError.

    SQLite checks at the commit, PostgreSQL at the end of the block; its constraints stand afterwards as they did before.
    """
    if connection.dialect.name == "sqlite":
        await connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        yield
        return
    keys = list(_foreign_keys(connection, tables))
    for table, key in keys:
        await connection.execute(text(f"ALTER TABLE {table} ALTER CONSTRAINT {key} DEFERRABLE INITIALLY DEFERRED"))
    yield
    await connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    for table, key in keys:
        await connection.execute(text(f"ALTER TABLE {table} ALTER CONSTRAINT {key} NOT DEFERRABLE"))


def _foreign_keys(connection: AsyncConnection, tables: Iterable[Table]) -> Iterable[tuple[str, str]]:
    quote = connection.dialect.identifier_preparer.quote
    for table in tables:
        for constraint in table.constraints:
            if isinstance(constraint, ForeignKeyConstraint) and isinstance(constraint.name, str):
                yield quote(table.name), quote(constraint.name)
