"""Restores a backup into an empty place, as a whole or not at all."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.files.local import LocalFileStore, file_key
from core.kernel.clock import Clock
from core.store.database import Database, open_database
from core.store.migrate import knows_revision, migrate_to
from core.store.rows import count_rows, insert_rows, keys_checked_at_the_end, tables_of
from jobs.backup import FILES, check_archive, read_chains
from jobs.backup_archive import Archive, ArchiveRefused, Manifest, opened_archive

UNFINISHED = ".restoring"
"""The folder in which everything stands until it is complete; one that was left by a restore that was killed is removed."""
_NO_CONTENT = frozenset({"lost+found", UNFINISHED})


class PlaceNotEmpty(Exception):
    """Where a backup should be restored something stands already; the sentence says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a backup is restored. `secret_key_file`: None where the key is kept elsewhere, and must be `secret_key`."""

    database_url: str
    files_folder: Path
    data_folder: Path
    secret_key_file: Path | None
    secret_key: str | None = None

    @property
    def url(self) -> URL:
        return make_url(self.database_url)

    @property
    def sqlite_file(self) -> Path | None:
        """Return the database's file; None for PostgreSQL."""
        return Path(str(self.url.database)) if self.url.get_backend_name() == "sqlite" else None


async def restore_backup(archive_path: Path, place: Place, clock: Clock) -> Manifest:
    """Restore an archive; return what was in it.

    The archive is read from end to end first. What is written stands aside until it was counted and its audit chains were
    followed anew, and is put in its place last. Raises ArchiveRefused, PlaceNotEmpty, OSError, and what the database raises.
    """
    with opened_archive(archive_path) as archive:
        secret_key = archive.secret_key()
        check_archive(archive, LocalFileStore(place.files_folder, file_key(secret_key)))
        if not knows_revision(archive.manifest.revision):
            raise ArchiveRefused(
                f"a newer version of ExpenseFlow ({archive.manifest.version}) has made it:"
                f" its database is at revision {archive.manifest.revision}, which this one does not know"
            )
        if place.secret_key is not None and place.secret_key != secret_key:
            raise ArchiveRefused("it was made with another secret key than the one that is set")
        _refuse_full_folder(place)
        with _put_in_place(place) as aside:
            await _restore(archive, place, aside, secret_key, clock)
        return archive.manifest


def _refuse_full_folder(place: Place) -> None:
    """Raise PlaceNotEmpty where a folder or a file of SQLite's has something in it."""
    if place.data_folder.exists():
        found = sorted(each.name for each in place.data_folder.iterdir() if each.name not in _NO_CONTENT)
        if found:
            raise PlaceNotEmpty(f"{place.data_folder} is not empty: there is {found[0]}")
    if place.sqlite_file is not None and place.sqlite_file.exists():
        raise PlaceNotEmpty(f"there is a database at {place.sqlite_file}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Aside:
    """Where things stand until they are complete."""

    folder: Path
    sqlite_file: Path | None

    @property
    def files(self) -> Path:
        return self.folder / "files"

    @property
    def secret_key(self) -> Path:
        return self.folder / "secret_key"


@contextmanager
def _put_in_place(place: Place) -> Iterator[_Aside]:
    """Give a place aside; when the block ends well what stands there is put where it belongs, else nothing is left of it."""
    made = _make_folders(place)
    beside = place.sqlite_file
    aside = _Aside(
        folder=place.data_folder / UNFINISHED,
        sqlite_file=None if beside is None else beside.with_name(f".{beside.name}{UNFINISHED}"),
    )
    _remove(aside)
    aside.folder.mkdir(mode=0o700)
    try:
        yield aside
        _move_database(aside, place)
    except BaseException:
        _take_back(place)
        raise
    finally:
        _remove(aside)
        for folder in reversed(made):
            if not any(folder.iterdir()):
                folder.rmdir()
    _sync(place.data_folder)


def _make_folders(place: Place) -> list[Path]:
    """Make the folders that are missing, for their owner alone; return those that were."""
    wanted = [place.data_folder, *([place.sqlite_file.parent] if place.sqlite_file else [])]
    missing = {folder for each in wanted for folder in (each, *each.parents) if not folder.exists()}
    made = sorted(missing, key=lambda folder: len(folder.parts))
    for folder in made:
        folder.mkdir(mode=0o700)
    return made


async def _restore(archive: Archive, place: Place, aside: _Aside, secret_key: str, clock: Clock) -> None:
    await _restore_files(archive, LocalFileStore(aside.files, file_key(secret_key)))
    if place.secret_key_file is not None:
        _write_secret(aside.secret_key, secret_key)
    url = place.url if aside.sqlite_file is None else place.url.set(database=str(aside.sqlite_file))
    database = open_database(url.render_as_string(hide_password=False), clock)
    try:
        await _fill(archive, database, lambda: _move_files(aside, place))
    finally:
        await database.close()


async def _restore_files(archive: Archive, files: LocalFileStore) -> None:
    for batch in archive.rows(FILES):
        for row in batch:
            workspace_id, content_hash = row["workspace_id"], row["content_hash"]
            if f"{workspace_id}/{content_hash}" not in archive.manifest.missing:
                await files.put(workspace_id, archive.file(workspace_id, content_hash))


async def _fill(archive: Archive, database: Database, move_files: Callable[[], None]) -> None:
    """Make the tables as they were at the archive's revision, fill them, and bring them up to date: one transaction."""
    try:
        await _fill_tables(archive, database, move_files)
    except IntegrityError as error:
        raise ArchiveRefused(f"its rows do not fit together ({' '.join(str(error.orig).split())})") from error


async def _fill_tables(archive: Archive, database: Database, move_files: Callable[[], None]) -> None:
    manifest = archive.manifest
    async with database.fill() as connection:
        if await tables_of(connection):
            raise PlaceNotEmpty("the database has tables already")
        await migrate_to(connection, manifest.revision)
        tables = {table.name: table for table in await tables_of(connection)}
        if tables.keys() != manifest.rows.keys():
            other = ", ".join(sorted(tables.keys() ^ manifest.rows.keys()))
            raise ArchiveRefused(f"its tables are not those of revision {manifest.revision}: {other}")
        async with keys_checked_at_the_end(connection, tables.values()):
            for name, table in tables.items():
                for batch in archive.rows(name):
                    await insert_rows(connection, table, batch)
        await _check(connection, manifest)
        await migrate_to(connection, "head")
        move_files()  # before the commit, since with PostgreSQL there is no other moment at which both are or neither is


async def _check(connection: AsyncConnection, manifest: Manifest) -> None:
    """Raise ArchiveRefused when the database does not hold what the archive did."""
    for table in await tables_of(connection):
        count = await count_rows(connection, table)
        if count != manifest.rows[table.name]:
            raise ArchiveRefused(f"{count} of {manifest.rows[table.name]} rows of {table.name} arrived")
    if await read_chains(connection) != manifest.chains:
        raise ArchiveRefused("the audit trail that arrived is not the one that was backed up")


def _move_files(aside: _Aside, place: Place) -> None:
    if aside.files.exists():
        aside.files.rename(place.files_folder)
    if place.secret_key_file is not None:
        aside.secret_key.rename(place.secret_key_file)


def _move_database(aside: _Aside, place: Place) -> None:
    """Give SQLite's file its name. It is the last to come: where there is no database, nothing is restored."""
    if aside.sqlite_file is not None and place.sqlite_file is not None:
        aside.sqlite_file.rename(place.sqlite_file)
        _sync(place.sqlite_file.parent)


def _take_back(place: Place) -> None:
    """Remove what was put in its place already: the folder was empty before."""
    if place.files_folder.exists():
        shutil.rmtree(place.files_folder)
    if place.secret_key_file is not None:
        place.secret_key_file.unlink(missing_ok=True)


def _remove(aside: _Aside) -> None:
    shutil.rmtree(aside.folder, ignore_errors=True)
    if aside.sqlite_file is not None:
        for ending in ("", "-wal", "-shm", "-journal"):
            aside.sqlite_file.with_name(aside.sqlite_file.name + ending).unlink(missing_ok=True)


def _write_secret(path: Path, secret: str) -> None:
    """Write a file that only its owner reads."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(secret + "\n")
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Make new names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
