"""Migrations: from nothing to the newest, equal to the metadata, and once however many begin at the same time."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Column, MetaData, Table, text

from core.kernel.clock import SystemClock
from core.schema import metadata
from core.store.database import Database, open_database
from core.store.migrate import UnknownRevisionError, current_revision, differences, migrate, newest_revision
from core.store.types import Words

ROOT = Path(__file__).resolve().parents[3]

MIGRATE = """
import asyncio, sys
from core.kernel.clock import SystemClock
from core.store.database import open_database
from core.store.migrate import migrate
async def run():
    database = open_database(sys.argv[1], SystemClock())
    print(await migrate(database))
    await database.close()
asyncio.run(run())
"""


async def test_an_empty_database_comes_to_the_newest_revision_once(blank_database_url: str) -> None:
    database = open_database(blank_database_url, SystemClock())
    try:
        assert await current_revision(database) is None
        assert await migrate(database) is True
        assert await current_revision(database) == newest_revision()
        assert await migrate(database) is False
    finally:
        await database.close()


def test_replicas_that_start_together_migrate_once(blank_database_url: str) -> None:
    command = [sys.executable, "-c", MIGRATE, blank_database_url]
    replicas = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    ended = [(replica.communicate(timeout=60), replica.returncode) for replica in replicas]
    assert [(errors, status) for (_, errors), status in ended] == [(b"", 0)] * 2
    assert any(answer == b"True\n" for (answer, _), _ in ended)


async def test_the_migrations_make_what_the_metadata_declares(database: Database) -> None:
    assert await differences(database, metadata) == []


async def test_what_no_migration_makes_is_found(database: Database) -> None:
    declared = MetaData(naming_convention=metadata.naming_convention)
    for table in metadata.sorted_tables:
        table.to_metadata(declared)
    Table("forgotten", declared, Column("word", Words))
    declared.tables["workspaces"].append_column(Column("motto", Words))
    found = await differences(database, declared)
    assert len(found) == 2
    assert any("forgotten" in each for each in found)
    assert any("motto" in each for each in found)


async def test_a_database_of_a_newer_version_is_left_alone(blank_database_url: str) -> None:
    database = open_database(blank_database_url, SystemClock())
    try:
        async with database.writer.begin() as connection:
            await connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
            await connection.execute(text("INSERT INTO alembic_version VALUES ('9999')"))
        with pytest.raises(UnknownRevisionError, match="9999"):
            await migrate(database)
    finally:
        await database.close()


async def test_the_folder_of_a_new_file_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "data" / "books.db"
    database = open_database(f"sqlite:///{file}", SystemClock())
    try:
        await asyncio.wait_for(migrate(database), timeout=30)
    finally:
        await database.close()
    assert file.exists()
    assert file.parent.stat().st_mode & 0o077 == 0
