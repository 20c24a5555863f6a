"""The records of files: each content once per workspace, counted by who needs it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from sqlalchemy import select

from core.files.tables import FileRow
from core.store.statements import prepared_insert
from core.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file whose content is in the file store. `media_type`: by its content, such as "image/jpeg"."""

    id: str
    content_hash: str
    media_type: str
    size_bytes: int


_RECORD = prepared_insert(
    FileRow,
    lambda insert: insert.on_conflict_do_update(
        index_elements=[FileRow.workspace_id, FileRow.content_hash], set_={"reference_count": FileRow.references + 1}
    ).returning(FileRow.id, FileRow.content_hash, FileRow.media_type, FileRow.size_bytes),
)


async def record_file(uow: UnitOfWork, *, content_hash: str, media_type: str, size_bytes: int) -> StoredFile:
    """Record that somebody needs a content which is in the file store already; the same content again is the same file.

    The file's row stays locked until the commit: who records the same content meanwhile waits, and then finds it.
    """
    recorded = await _RECORD.run(
        uow,
        id=uow.new_id(), content_hash=content_hash, media_type=media_type, size_bytes=size_bytes, key_id=None,
        reference_count=1, created_at=uow.now,
    )  # fmt: skip
    return StoredFile(**recorded.mappings().one())


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
