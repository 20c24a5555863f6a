"""Makes backups: of one state of the whole database and of the files that its rows name, while others go on writing."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from core.audit.queries import stored_entry
from core.audit.sealing import Chain
from core.files.local import LocalFileStore
from core.files.port import FileMissing
from core.kernel.version import VERSION
from core.store.database import Database
from core.store.migrate import revision_of
from core.store.rows import stored_rows, tables_of
from jobs.backup_archive import FORMAT, Archive, ArchiveRefused, ArchiveWriter, ChainState, Manifest, opened_archive

AUDIT, FILES = "audit", "files"
AUDIT_ORDER = ("workspace_id", "seal_number", "id")
ORDERS = {AUDIT: AUDIT_ORDER}
"""By what the rows of a table are ordered, where it is not the primary key: the chain is followed by its numbers."""


@dataclass(slots=True)
class Chains:
    """The audit chains of all workspaces, followed over rows as they are stored, in AUDIT_ORDER."""

    _chains: dict[str, Chain] = field(default_factory=dict)

    def follow(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Take rows of the audit table; those that are not sealed yet are in no chain."""
        for row in rows:
            chain = self._chains.setdefault(row["workspace_id"], Chain())
            if row["seal_number"] is not None:
                chain.follow(stored_entry(row))

    def states(self) -> dict[str, ChainState]:
        """Return how each chain stands, by workspace."""
        return {
            workspace_id: ChainState(length=chain.length, head=chain.head, broken_at=chain.broken_at)
            for workspace_id, chain in sorted(self._chains.items())
        }


async def make_backup(database: Database, files: LocalFileStore, secret_key: str, target: Path) -> Manifest:
    """Write a backup to `target`, and read it again; return what is in it.

    Nothing stands at `target` before it is whole and was found to hold what it should. Files that are gone or damaged
    already are named in the manifest, and hinder nothing. Raises ArchiveRefused, OSError.
    """
    unfinished = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        archive = ArchiveWriter(unfinished)
        try:
            manifest = await _write(archive, database, files, secret_key)
            archive.finish(manifest)
        finally:
            archive.close()
        with opened_archive(unfinished) as written:
            check_archive(written, files)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return manifest


async def _write(archive: ArchiveWriter, database: Database, files: LocalFileStore, secret_key: str) -> Manifest:
    archive.add_secret_key(secret_key)
    counts: dict[str, int] = {}
    chains, contents = Chains(), list[tuple[str, str]]()
    async with database.snapshot() as connection:
        revision = await revision_of(connection)
        for table in await tables_of(connection):
            columns = [column.name for column in table.columns]
            with archive.table(table.name, columns) as written:
                async for batch in stored_rows(connection, table, ORDERS.get(table.name, ())):
                    written.write(batch)
                    rows = (dict(zip(columns, row, strict=True)) for row in batch)
                    if table.name == AUDIT:
                        chains.follow(rows)
                    elif table.name == FILES:
                        contents += [(row["workspace_id"], row["content_hash"]) for row in rows]
            counts[table.name] = written.count
    size_bytes, missing = await _add_files(archive, files, contents)
    return Manifest(
        format=FORMAT,
        version=VERSION,
        made_at=database.clock.now().isoformat(timespec="seconds"),
        database=database.dialect,
        revision=str(revision),
        rows=counts,
        files=len(contents) - len(missing),
        files_bytes=size_bytes,
        missing=sorted(missing),
        chains=chains.states(),
    )


async def _add_files(
    archive: ArchiveWriter, files: LocalFileStore, contents: Iterable[tuple[str, str]]
) -> tuple[int, list[str]]:
    """Add the contents; return their size in bytes, and those that are gone or no longer what they were.

    A content is kept before the row that names it is committed, so that what the snapshot names is there.
    """
    size_bytes, missing = 0, []
    for workspace_id, content_hash in contents:
        try:
            content = await files.get(workspace_id, content_hash)
        except FileMissing:
            content = b""
        if files.hash_of(workspace_id, content) != content_hash:
            missing.append(f"{workspace_id}/{content_hash}")
            continue
        archive.add_file(workspace_id, content_hash, content)
        size_bytes += len(content)
    return size_bytes, missing


def check_archive(archive: Archive, files: LocalFileStore) -> None:
    """Read an archive from end to end: counts, chains and files are as its manifest says. Raises ArchiveRefused.

    `files`: knows how contents are hashed with the archive's key; nothing is kept there.
    """
    manifest = archive.manifest
    chains = Chains()
    contents = 0
    for table, expected in manifest.rows.items():
        count = 0
        for batch in archive.rows(table):
            count += len(batch)
            if table == AUDIT:
                chains.follow(batch)
            elif table == FILES:
                contents += sum(_check_file(archive, files, row) for row in batch)
        if count != expected:
            raise ArchiveRefused(f"it has {count} rows of {table}, and should have {expected}")
    if chains.states() != manifest.chains:
        raise ArchiveRefused("its audit trail is not the one that was backed up")
    if contents != manifest.files:
        raise ArchiveRefused(f"it has {contents} files, and should have {manifest.files}")


def _check_file(archive: Archive, files: LocalFileStore, row: Mapping[str, Any]) -> bool:
    """Tell whether a file is in the archive, as it should; False where it was missing when the backup was made."""
    workspace_id, content_hash = row["workspace_id"], row["content_hash"]
    if f"{workspace_id}/{content_hash}" in archive.manifest.missing:
        return False
    if files.hash_of(workspace_id, archive.file(workspace_id, content_hash)) != content_hash:
        raise ArchiveRefused(f"a file in it is not what it was ({content_hash[:12]}…)")
    return True


async def read_chains(connection: AsyncConnection) -> dict[str, ChainState]:
    """Return how the audit chains of a database stand."""
    chains = Chains()
    for table in await tables_of(connection):
        if table.name == AUDIT:
            columns = [column.name for column in table.columns]
            async for batch in stored_rows(connection, table, AUDIT_ORDER):
                chains.follow(dict(zip(columns, row, strict=True)) for row in batch)
    return chains.states()
