"""Brings a database to the newest migration. Alembic is imported only when there is something to do: it takes 0.9 s."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from core.store.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"
# Any constant will do, as long as nobody else takes the same lock in the same database.
POSTGRESQL_MIGRATION_LOCK = 7_402_113


class UnknownRevisionError(RuntimeError):
    """The database was migrated by a newer version of the program than this one."""


def newest_revision() -> str:
    """Return the newest revision's number, which each file's name begins with: "0001"."""
    return max(path.name.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


async def current_revision(database: Database) -> str | None:
    """Return the revision that the database is at; None for an empty one."""
    async with database.reader.connect() as connection:
        return await connection.run_sync(_current_revision)


async def revision_of(connection: AsyncConnection) -> str | None:
    """Return the revision that a connection's database is at; None for an empty one."""
    return await connection.run_sync(_current_revision)


async def migrate(database: Database) -> bool:
    """Apply what is missing, in one transaction; tell whether anything was. Raises UnknownRevisionError for a newer database.

    The folder of an SQLite file is made where it is missing, for its owner alone.
    """
    if database.dialect == "sqlite":
        Path(str(database.writer.url.database)).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with database.writer.connect() as connection:
        current = await connection.run_sync(_current_revision)
    newest = newest_revision()
    if current == newest:
        return False
    if current is not None and current > newest:
        raise UnknownRevisionError(f"the database is at revision {current}, this program knows up to {newest}")
    async with database.writer.begin() as connection:
        await connection.run_sync(_upgrade)
    return True


def knows_revision(revision: str) -> bool:
    """Tell whether there is a migration of this number."""
    return any((MIGRATIONS / "versions").glob(f"{revision}_*.py"))


async def migrate_to(connection: AsyncConnection, revision: str) -> None:
    """Apply what is missing up to a revision (or "head"), in the connection's transaction, which the caller commits."""
    await connection.run_sync(_upgrade, revision)


def _current_revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if revision is None else str(revision)


def _configuration(connection: Connection, metadata: Any) -> Any:
    from alembic.config import Config

    configuration = Config()
    configuration.set_main_option("script_location", str(MIGRATIONS))
    configuration.attributes.update(connection=connection, metadata=metadata)
    return configuration


def _upgrade(connection: Connection, revision: str = "head") -> None:
    from alembic import command

    if connection.dialect.name == "postgresql":  # replicas that start together migrate one after the other
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": POSTGRESQL_MIGRATION_LOCK})
    command.upgrade(_configuration(connection, None), revision)


async def differences(database: Database, metadata: Any) -> list[str]:
    """Return where the migrated database differs from the metadata; empty when they are equal."""
    async with database.reader.connect() as connection:
        return await connection.run_sync(_differences, metadata)


def _differences(connection: Connection, metadata: Any) -> list[str]:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return [str(difference) for difference in compare_metadata(context, metadata)]


async def write_revision(database: Database, metadata: Any, message: str) -> Path:
    """Write a new migration file with what the metadata has and the database has not, to be read and corrected by a person."""
    number = f"{int(newest_revision()) + 1:04d}" if any((MIGRATIONS / "versions").glob("[0-9]*.py")) else "0001"

    def generate(connection: Connection) -> Path:
        from alembic import command

        script = command.revision(
            _configuration(connection, metadata), message=message, autogenerate=True, rev_id=number, splice=False
        )
        return Path(str(script.path)) if script is not None and not isinstance(script, list) else MIGRATIONS

    async with database.writer.connect() as connection:
        return await connection.run_sync(generate)
