"""Migrations: from nothing to the newest, equal to the metadata, and once however many begin at the same time."""

from core.kernel.clock import SystemClock
from core.schema import metadata
from core.store.database import Database, open_database
from core.store.migrate import current_revision, differences, migrate, newest_revision


async def test_an_empty_database_comes_to_the_newest_revision_once(blank_database_url: str) -> None:
    database = open_database(blank_database_url, SystemClock())
    try:
        assert await current_revision(database) is None
        assert await migrate(database) is True
        assert await current_revision(database) == newest_revision()
        assert await migrate(database) is False
    finally:
        await database.close()


async def test_the_migrations_make_what_the_metadata_declares(database: Database) -> None:
    assert await differences(database, metadata) == []
