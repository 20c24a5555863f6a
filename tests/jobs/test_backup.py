"""Backups: of one state, whatever is written meanwhile; restored as a whole into an empty place, or not at all."""

import asyncio
import resource
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from core.audit.sealing import first_broken, seal_rows
from core.files.local import LocalFileStore, file_key
from core.files.service import record_file
from core.flows.own_expenses import By, submit_expense
from core.identity.rules import Role
from core.identity.tables import MemberRow
from core.kernel.clock import Clock
from core.store.database import Database, open_database
from core.store.rows import stored_rows, tables_of
from jobs.backup import make_backup
from jobs.backup_archive import ArchiveRefused, ArchiveWriter, opened_archive
from jobs.restore import UNFINISHED, Place, PlaceNotEmpty, restore_backup
from tests.faults.books import Books
from tests.fixtures.clock import FakeClock
from tests.fixtures.databases import BOTH, sqlite_url
from tests.fixtures.people import Builder, acting
from tests.fixtures.postgresql import PostgresqlServer

SECRET = "the secret key of a deployment that is backed up"
NASTY = 'a "quote", 💶🇩🇪, \u202eevil\u202c, a\nline, \\N, {"base64": "eA=="}, \u2028'


@pytest.fixture
def files(tmp_path: Path) -> LocalFileStore:
    return LocalFileStore(tmp_path / "source-files", file_key(SECRET))


@pytest.fixture(params=BOTH)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """An empty place on either kind of database."""
    folder = tmp_path / "restored"
    made = Place(
        database_url=sqlite_url(folder / "expenseflow.db"),
        data_folder=folder,
        files_folder=folder / "files",
        secret_key_file=folder / "secret_key",
    )
    if request.param == "sqlite":
        yield made
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql_server")
    name = server.create()
    yield replace(made, database_url=server.url(name))
    server.drop(name)


@pytest.fixture
def sqlite_place(tmp_path: Path) -> Place:
    folder = tmp_path / "restored"
    return Place(
        database_url=sqlite_url(folder / "expenseflow.db"),
        data_folder=folder,
        files_folder=folder / "files",
        secret_key_file=folder / "secret_key",
    )


async def keep(database: Database, files: LocalFileStore, by: By, content: bytes) -> str:
    """Keep a file as the bot does: its content first, then its row; return its hash."""
    content_hash = await files.put(by.member.workspace_id, content)
    async with database.write(acting(by)) as uow:
        await record_file(uow, content_hash=content_hash, media_type="image/jpeg", size_bytes=len(content))
    return content_hash


async def busy_house(database: Database, files: LocalFileStore) -> By:
    """Make two workspaces with people, expenses, files and a sealed audit trail; return somebody of the first."""
    builder = Builder(database)
    acme, zenith = await builder.workspace("Acme"), await builder.workspace(NASTY, currency="JPY")
    mara = await builder.member(acme.workspace_id, Role.MANAGER, name="Mara")
    mia = await builder.member(acme.workspace_id, name=NASTY)
    async with database.write(acting(mara)) as uow:
        # Whoever is named by another row comes later in the table's order: the one was made before the other.
        (await uow.session.get_one(MemberRow, mara.member.id)).manager_id = mia.member.id
        (await uow.session.get_one(MemberRow, mia.member.id)).manager_id = mara.member.id
    taxi = await builder.expense(mia, "23.50", "EUR", NASTY)
    await builder.expense(mia, "9000000000", "JPY", "as much as there is")
    async with database.write(acting(mia)) as uow:
        await submit_expense(uow, mia, taxi.id, None)
    noah = await builder.member(zenith.workspace_id, name="Noah")
    for by in (mia, noah):
        await keep(database, files, by, b"the same picture")
        await keep(database, files, by, by.member.id.encode())
    for workspace_id in (acme.workspace_id, zenith.workspace_id):
        async with database.write(acting(replace_workspace(mia, workspace_id))) as uow:
            assert await seal_rows(uow)
    await builder.expense(mia, "1", "EUR", "not sealed yet")
    return mia


def replace_workspace(by: By, workspace_id: str) -> By:
    return replace(by, member=replace(by.member, workspace_id=workspace_id))


Rows = dict[str, list[dict[str, Any]]]


async def everything(database: Database) -> Rows:
    """Return all rows of all tables as they are stored."""
    found: Rows = {}
    async with database.snapshot() as connection:
        for table in await tables_of(connection):
            names = [column.name for column in table.columns]
            rows = [
                dict(zip(names, row, strict=True)) async for batch in stored_rows(connection, table) for row in batch
            ]
            found[table.name] = rows
    return found


async def restored(place: Place, clock: Clock) -> Rows:
    database = open_database(place.database_url, clock)
    try:
        return await everything(database)
    finally:
        await database.close()


def names_in(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def nothing_is_left(place: Place) -> bool:
    return not place.data_folder.exists()


async def test_what_is_restored_is_what_was_backed_up_row_by_row_on_either_database(
    database: Database, files: LocalFileStore, place: Place, tmp_path: Path, clock: FakeClock
) -> None:
    mia = await busy_house(database, files)
    target = tmp_path / "backup.zip"
    manifest = await make_backup(database, files, SECRET, target)
    assert (manifest.database, manifest.files, manifest.missing) == (database.dialect, 4, [])
    assert manifest.rows["expenses"] == 3
    assert {chain.broken_at for chain in manifest.chains.values()} == {None}
    assert all(chain.length > 5 for chain in manifest.chains.values())
    assert target.stat().st_mode & 0o777 == 0o600
    assert [name for name in names_in(tmp_path) if "backup" in name] == ["backup.zip"]

    assert await restore_backup(target, place, clock) == manifest
    assert await restored(place, clock) == await everything(database)
    assert place.secret_key_file is not None
    assert place.secret_key_file.read_text().strip() == SECRET
    assert place.secret_key_file.stat().st_mode & 0o777 == 0o600
    kept = LocalFileStore(place.files_folder, file_key(SECRET))
    same = kept.hash_of(mia.member.workspace_id, b"the same picture")
    assert await kept.get(mia.member.workspace_id, same) == b"the same picture"
    assert names_in(place.data_folder) <= {"files", "secret_key", "expenseflow.db"}

    again = open_database(place.database_url, clock)
    async with again.read(acting(mia)) as uow:
        assert await first_broken(uow) is None
    await Builder(again, 5000).member(mia.member.workspace_id, name="Nora")  # and it can be written
    await again.close()


async def test_a_restored_database_has_its_rules_again(
    sqlite_database: Database, files: LocalFileStore, place: Place, tmp_path: Path, clock: FakeClock
) -> None:
    await busy_house(sqlite_database, files)
    await make_backup(sqlite_database, files, SECRET, tmp_path / "backup.zip")
    await restore_backup(tmp_path / "backup.zip", place, clock)
    again = open_database(place.database_url, clock)
    try:
        async with again.fill() as connection:
            tables = {table.name: table for table in await tables_of(connection)}
            with pytest.raises(IntegrityError):
                await connection.execute(update(tables["members"]).values(manager_id="nobody"))
    finally:
        await again.close()


async def test_a_backup_in_the_middle_of_a_burst_is_of_one_state(
    database: Database, files: LocalFileStore, sqlite_place: Place, tmp_path: Path, clock: FakeClock
) -> None:
    """While expenses and files are written, the backup has each expense with its audit rows, and each row's file."""
    mia = await busy_house(database, files)
    builder, goes_on = Builder(database, 9000), True

    async def burst() -> int:
        written = 0
        while goes_on:
            await builder.expense(mia, "1", "EUR", f"coffee {written}")
            await keep(database, files, mia, f"receipt {written}".encode())
            written += 1
            await asyncio.sleep(0)
        return written

    writing = asyncio.create_task(burst())
    await asyncio.sleep(0.2)  # nobody tells how far a burst is; that something was written is looked at below
    manifest = await make_backup(database, files, SECRET, tmp_path / "backup.zip")
    goes_on = False
    written = await writing
    assert 3 < manifest.rows["expenses"] < written + 3, "nothing was written before, or nothing meanwhile"

    await restore_backup(tmp_path / "backup.zip", sqlite_place, clock)
    rows = await restored(sqlite_place, clock)
    assert Books(url=sqlite_place.database_url).untraced() == []
    assert len(rows["files"]) == manifest.files
    assert [row["last_number"] for row in rows["workspace_counters"]] == [len(rows["expenses"])]


async def test_files_that_were_lost_before_are_named_and_hinder_nothing(
    sqlite_database: Database, files: LocalFileStore, sqlite_place: Place, tmp_path: Path, clock: FakeClock
) -> None:
    mia = await Builder(sqlite_database).member((await Builder(sqlite_database).workspace()).workspace_id)
    workspace_id = mia.member.workspace_id
    good, gone, rotten = [await keep(sqlite_database, files, mia, content) for content in (b"good", b"gone", b"rotten")]
    await files.delete(workspace_id, gone)
    (path,) = (tmp_path / "source-files").rglob(rotten)
    path.write_bytes(b"rotted")
    manifest = await make_backup(sqlite_database, files, SECRET, tmp_path / "backup.zip")
    assert manifest.missing == sorted(f"{workspace_id}/{each}" for each in (gone, rotten))
    assert manifest.files == 1

    assert (await restore_backup(tmp_path / "backup.zip", sqlite_place, clock)).missing == manifest.missing
    kept = LocalFileStore(sqlite_place.files_folder, file_key(SECRET))
    assert await kept.get(workspace_id, good) == b"good"


async def test_a_trail_that_was_broken_before_is_told_and_restored_as_it_was(
    sqlite_database: Database, files: LocalFileStore, sqlite_place: Place, tmp_path: Path, clock: FakeClock
) -> None:
    mia = await busy_house(sqlite_database, files)
    async with sqlite_database.fill() as connection:
        (audit,) = [table for table in await tables_of(connection) if table.name == "audit"]
        where = (audit.c.workspace_id == mia.member.workspace_id, audit.c.seal_number == 4)
        await connection.execute(update(audit).where(*where).values(platform="nobody"))
    manifest = await make_backup(sqlite_database, files, SECRET, tmp_path / "backup.zip")
    assert manifest.chains[mia.member.workspace_id].broken_at == 4
    assert (await restore_backup(tmp_path / "backup.zip", sqlite_place, clock)).chains == manifest.chains


@pytest.fixture
async def archive(sqlite_database: Database, files: LocalFileStore, tmp_path: Path) -> Path:
    """The backup of a busy house."""
    await busy_house(sqlite_database, files)
    await make_backup(sqlite_database, files, SECRET, tmp_path / "backup.zip")
    return tmp_path / "backup.zip"


def forged(path: Path, change: Callable[[str, dict[str, Any]], dict[str, Any] | None], **manifest: Any) -> Path:
    """Return a copy whose checksum holds, with each row as `change` makes it (None: without it), and another manifest."""
    copy = path.with_name("forged.zip")
    with opened_archive(path) as whole:
        writer = ArchiveWriter(copy)
        writer.add_secret_key(whole.secret_key())
        for table in whole.manifest.rows:
            rows = [row for batch in whole.rows(table) for row in batch]
            with writer.table(table, list(rows[0]) if rows else ["id"]) as written:
                changed = [changed for row in rows if (changed := change(table, row)) is not None]
                written.write([list(row.values()) for row in changed])
        for row in [row for batch in whole.rows("files") for row in batch]:
            at = row["workspace_id"], row["content_hash"]
            writer.add_file(*at, whole.file(*at))
        writer.finish(replace(whole.manifest, **manifest))
        writer.close()
    return copy


def hurt_copies(path: Path) -> Iterator[Path]:
    """Yield copies that were cut off, altered or written on; each takes the place of the one before."""
    whole, copy = path.read_bytes(), path.with_name("hurt.zip")
    for hurt in (whole[: len(whole) // 2], whole[:-1], whole[:2000] + b"x" + whole[2001:], b"", whole + b"x"):
        copy.write_bytes(hurt)
        yield copy


def as_it_is(_table: str, row: dict[str, Any]) -> dict[str, Any]:
    return row


async def test_an_archive_that_is_altered_or_cut_off_is_refused_and_leaves_nothing(
    archive: Path, place: Place, clock: FakeClock
) -> None:
    for hurt in hurt_copies(archive):
        with pytest.raises(ArchiveRefused, match=r"no backup of ExpenseFlow|checksum"):
            await restore_backup(hurt, place, clock)
        assert nothing_is_left(place)


async def test_an_archive_whose_checksum_was_made_anew_is_refused_by_its_counts_and_its_trail(
    archive: Path, sqlite_place: Place, clock: FakeClock
) -> None:
    def richer(table: str, row: dict[str, Any]) -> dict[str, Any]:
        return row | {"after": row["after"].replace("2350", "9950")} if table == "audit" else row

    def poorer(table: str, row: dict[str, Any]) -> dict[str, Any] | None:
        return None if table == "expenses" and row["number"] == 2 else row

    with pytest.raises(ArchiveRefused, match="its audit trail is not the one that was backed up"):
        await restore_backup(forged(archive, richer), sqlite_place, clock)
    archive.with_name("forged.zip").unlink()
    with pytest.raises(ArchiveRefused, match="it has 2 rows of expenses, and should have 3"):
        await restore_backup(forged(archive, poorer), sqlite_place, clock)
    assert nothing_is_left(sqlite_place)


async def test_rows_that_do_not_fit_together_are_found_before_anything_is_in_its_place(
    archive: Path, place: Place, clock: FakeClock
) -> None:
    def orphaned(table: str, row: dict[str, Any]) -> dict[str, Any]:
        return row | {"manager_id": "nobody"} if table == "members" else row

    with pytest.raises(ArchiveRefused, match="its rows do not fit together"):
        await restore_backup(forged(archive, orphaned), place, clock)
    assert nothing_is_left(place)
    if place.sqlite_file is None:
        database = open_database(place.database_url, clock)
        assert await everything(database) == {}
        await database.close()
    await restore_backup(archive, place, clock)  # the place is as empty as it was


async def test_an_archive_of_a_newer_version_is_refused(archive: Path, sqlite_place: Place, clock: FakeClock) -> None:
    newer = forged(archive, as_it_is, revision="9999", version="9.9")
    with pytest.raises(ArchiveRefused, match=r"a newer version of ExpenseFlow \(9.9\) has made it"):
        await restore_backup(newer, sqlite_place, clock)
    assert nothing_is_left(sqlite_place)


async def test_a_place_that_is_not_empty_is_refused_and_left_alone(
    archive: Path, place: Place, clock: FakeClock
) -> None:
    place.data_folder.mkdir()
    theirs = place.data_folder / "holiday.jpg"
    theirs.write_bytes(b"x")
    with pytest.raises(PlaceNotEmpty, match=r"is not empty: there is holiday\.jpg"):
        await restore_backup(archive, place, clock)
    assert names_in(place.data_folder) == {"holiday.jpg"}
    theirs.unlink()

    await restore_backup(archive, place, clock)
    before = await restored(place, clock)
    with pytest.raises(PlaceNotEmpty):
        await restore_backup(archive, place, clock)
    if place.sqlite_file is None:  # another folder, the same database
        elsewhere = place.data_folder.with_name("elsewhere")
        with pytest.raises(PlaceNotEmpty, match="the database has tables already"):
            await restore_backup(
                archive, replace(place, data_folder=elsewhere, files_folder=elsewhere / "files"), clock
            )
        assert not elsewhere.exists()
    assert await restored(place, clock) == before


async def test_what_a_killed_restore_left_hinders_no_other(
    archive: Path, sqlite_place: Place, clock: FakeClock
) -> None:
    left = sqlite_place.data_folder / UNFINISHED
    (left / "files" / "half").mkdir(parents=True)
    (left / "secret_key").write_text("half")
    await restore_backup(archive, sqlite_place, clock)
    assert names_in(sqlite_place.data_folder) == {"files", "secret_key", "expenseflow.db"}


async def test_a_key_that_is_set_is_not_written_down_and_another_one_is_refused(
    archive: Path, sqlite_place: Place, clock: FakeClock
) -> None:
    with pytest.raises(ArchiveRefused, match="another secret key"):
        await restore_backup(archive, replace(sqlite_place, secret_key_file=None, secret_key="x" * 40), clock)
    assert nothing_is_left(sqlite_place)
    await restore_backup(archive, replace(sqlite_place, secret_key_file=None, secret_key=SECRET), clock)
    assert names_in(sqlite_place.data_folder) == {"files", "expenseflow.db"}


async def test_a_full_disk_leaves_no_half_backup(
    sqlite_database: Database, files: LocalFileStore, tmp_path: Path
) -> None:
    await busy_house(sqlite_database, files)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    folder = tmp_path / "backups"
    folder.mkdir()
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            await make_backup(sqlite_database, files, SECRET, folder / "backup.zip")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert list(folder.iterdir()) == []
