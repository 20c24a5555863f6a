"""The records of files: each content once per workspace, counted by who needs it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from sqlalchemy import select

from core.files.tables import FileRow
from core.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file whose content is in the file store. `media_type`: by its content, such as "image/jpeg"."""

    id: str
    content_hash: str
    media_type: str
    size_bytes: int


async def record_file(uow: UnitOfWork, *, content_hash: str, media_type: str, size_bytes: int) -> StoredFile:
    """Record that somebody needs a content which is in the file store already; the same content again is the same file."""
    row = (await uow.session.scalars(select(FileRow).where(FileRow.content_hash == content_hash))).first()
    if row is None:
        row = FileRow(
            id=uow.new_id(),
            content_hash=content_hash,
            media_type=media_type,
            size_bytes=size_bytes,
            references=0,
            created_at=uow.now,
        )
        uow.session.add(row)
    row.references += 1
    await uow.session.flush()
    return _file(row)


async def find_file(uow: UnitOfWork, file_id: str) -> StoredFile | None:
    """Return a file of the unit's workspace."""
    row = (await uow.session.scalars(select(FileRow).where(FileRow.id == file_id))).first()
    return None if row is None else _file(row)


async def all_files(uow: UnitOfWork) -> AsyncIterator[StoredFile]:
    """Yield the files of the unit's workspace, newest first."""
    statement = select(FileRow).order_by(FileRow.id.desc()).execution_options(yield_per=500)
    async for row in await uow.session.stream_scalars(statement):
        yield _file(row)


def _file(row: FileRow) -> StoredFile:
    return StoredFile(id=row.id, content_hash=row.content_hash, media_type=row.media_type, size_bytes=row.size_bytes)
