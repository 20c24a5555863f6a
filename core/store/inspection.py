"""What an operator asks of the database itself: which it is, how large, whether it is damaged, what time it has."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from core.store.database import Database


async def server_version(database: Database) -> str:
    """Return the version of the database's program, such as "3.40.1" or "15.5"."""
    statement = "SELECT sqlite_version()" if database.dialect == "sqlite" else "SHOW server_version"
    async with database.reader.connect() as connection:
        return str((await connection.execute(text(statement))).scalar_one())


async def size_bytes(database: Database) -> int:
    """Return how much the database takes on the disk."""
    if database.dialect == "sqlite":
        file = Path(str(database.reader.url.database))
        parts = (file, file.with_name(file.name + "-wal"))
        return sum(part.stat().st_size for part in parts if part.exists())
    async with database.reader.connect() as connection:
        return int((await connection.execute(text("SELECT pg_database_size(current_database())"))).scalar_one())


async def first_damage(database: Database) -> str | None:
    """Return what SQLite finds wrong with its file first, or None. PostgreSQL is asked nothing: it checks pages as it reads."""
    if database.dialect != "sqlite":
        return None
    async with database.reader.connect() as connection:
        said = str((await connection.execute(text("PRAGMA quick_check(1)"))).scalar_one())
    return None if said == "ok" else said


async def server_time(database: Database) -> datetime | None:
    """Return the instant by the database server's clock; None for SQLite, which has that of this machine."""
    if database.dialect == "sqlite":
        return None
    async with database.reader.connect() as connection:
        seconds = (await connection.execute(text("SELECT extract(epoch FROM clock_timestamp())"))).scalar_one()
    return datetime.fromtimestamp(float(seconds), UTC)
