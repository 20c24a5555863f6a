"""Contents are kept once, whole or not at all, and a hash tells nothing to who has no key."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select

from core.files.local import LocalFileStore, file_key
from core.files.port import FileMissing
from core.files.service import find_file, record_file
from core.files.tables import FileRow
from core.kernel.guards import SlowWorkInTransactionError
from core.store.database import Database
from tests.fixtures.people import Builder, actor


@pytest.fixture
def files(tmp_path: Path) -> LocalFileStore:
    return LocalFileStore(tmp_path / "files", file_key("a secret"))


async def test_the_same_content_is_kept_once_in_a_workspace(files: LocalFileStore, tmp_path: Path) -> None:
    first = await files.put("acme", b"a receipt")
    assert await files.put("acme", b"a receipt") == first
    assert await files.get("acme", first) == b"a receipt"
    assert len([path for path in (tmp_path / "files").rglob("*") if path.is_file()]) == 1


async def test_a_hash_differs_by_workspace_and_by_key(files: LocalFileStore, tmp_path: Path) -> None:
    other_key = LocalFileStore(tmp_path / "other", file_key("another secret"))
    hashes = {
        await files.put("acme", b"a receipt"),
        await files.put("globex", b"a receipt"),
        await other_key.put("acme", b"a receipt"),
    }
    assert len(hashes) == 3


async def test_only_the_owner_reads_the_files(files: LocalFileStore, tmp_path: Path) -> None:
    await files.put("acme", b"a receipt")
    for path in (tmp_path / "files").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


async def test_a_lost_file_is_said_and_a_deleted_one_is_gone(files: LocalFileStore) -> None:
    content_hash = await files.put("acme", b"a receipt")
    await files.delete("acme", content_hash)
    await files.delete("acme", content_hash)
    with pytest.raises(FileMissing):
        await files.get("acme", content_hash)


async def test_no_file_is_touched_while_the_writer_waits(files: LocalFileStore, sqlite_database: Database) -> None:
    async def put_in_a_transaction() -> None:
        async with sqlite_database.write(actor()):
            await files.put("acme", b"a receipt")

    with pytest.raises(SlowWorkInTransactionError):
        await put_in_a_transaction()


async def test_the_same_content_is_one_record_and_records_stay_in_their_workspace(
    database: Database, builder: Builder
) -> None:
    acme, globex = await builder.workspace("Acme"), await builder.workspace("Globex")
    async with database.write(actor(acme.workspace_id)) as uow:
        first = await record_file(uow, content_hash="a1", media_type="image/png", size_bytes=9)
        assert await record_file(uow, content_hash="a1", media_type="image/png", size_bytes=9) == first
        assert await find_file(uow, first.id) == first
    async with database.read(actor(globex.workspace_id)) as uow:
        assert await find_file(uow, first.id) is None


async def test_the_same_content_in_the_same_instant_is_one_record_that_counts_all(
    database: Database, builder: Builder
) -> None:
    acme = await builder.workspace("Acme")

    async def record() -> str:
        async with database.write(actor(acme.workspace_id)) as uow:
            return (await record_file(uow, content_hash="a1", media_type="image/png", size_bytes=9)).id

    assert len(set(await asyncio.gather(*(record() for _ in range(12))))) == 1
    async with database.read(actor(acme.workspace_id)) as uow:
        assert (await uow.session.scalars(select(FileRow.references))).one() == 12
