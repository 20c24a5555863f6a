"""The file that a backup is: a ZIP archive that ends in the SHA-256 of all that stands before.

    manifest.json               what is in it: counts, revision, the heads of the audit chains
    secret_key                  what codes, file names and signatures are made with
    rows/<table>.jsonl          a line with the names of the columns, then a line for each row, as it is stored
    files/<workspace>/<hash>    what people sent

The checksum stands in the archive's own comment, which is the last thing in a ZIP file, so that any ZIP program opens it.
"""

import base64
import hashlib
import json
import os
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import IO, Any

FORMAT = 1
MANIFEST, SECRET_KEY = "manifest.json", "secret_key"
_CHECKSUM = b"sha256:"
_DIGEST_CHARACTERS = 64
_HASHED_AT_A_TIME = 1024 * 1024
_BATCH = 1000
_COMPRESSION_LEVEL = 3  # rows shrink to a fifth; higher levels take twice the time for a twentieth more
_PLAIN = re.compile(r"[0-9A-Za-z_-]+", re.ASCII)
"""What a table, a workspace or a hash may be called, so that no name leads out of a folder."""


class ArchiveRefused(Exception):
    """A file is no backup that can be used; the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainState:
    """How a workspace's audit chain stands: how many seals hold, the last of them, and the first that does not."""

    length: int
    head: str
    broken_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an archive holds.

    `version`: of the program that made it; `revision`: of the database; `made_at`: ISO 8601, UTC. `rows`: how many, by
    table. `missing`: files ("workspace/hash") that rows name and that were gone or damaged already when it was made.
    """

    format: int
    version: str
    made_at: str
    database: str
    revision: str
    rows: dict[str, int]
    files: int
    files_bytes: int
    missing: list[str] = field(default_factory=list)
    chains: dict[str, ChainState] = field(default_factory=dict)


class ArchiveWriter:
    """Writes an archive to a path that does not exist yet; readable for its owner alone. `finish` comes last."""

    def __init__(self, path: Path) -> None:
        """Make the file. Raises OSError."""
        self._file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b")
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION_LEVEL)

    def add_secret_key(self, secret_key: str) -> None:
        """Add the key."""
        self._zip.writestr(SECRET_KEY, secret_key)

    def add_file(self, workspace_id: str, content_hash: str, content: bytes) -> None:
        """Add what somebody sent. It is kept as it is: pictures are compressed already."""
        self._zip.writestr(_file_name(workspace_id, content_hash), content, zipfile.ZIP_STORED)

    @contextmanager
    def table(self, name: str, columns: Sequence[str]) -> Iterator["RowsWriter"]:
        """Add the rows of a table."""
        with self._zip.open(_rows_name(name), "w", force_zip64=True) as member:
            member.write(_line(list(columns)))
            yield RowsWriter(member)

    def finish(self, manifest: Manifest) -> None:
        """Add the manifest and the checksum, and see everything onto the disk."""
        self._zip.writestr(MANIFEST, json.dumps(asdict(manifest), indent=2))
        self._zip.comment = _CHECKSUM + b"0" * _DIGEST_CHARACTERS
        self._zip.close()
        size = self._file.seek(0, os.SEEK_END)
        digest = _digest(self._file, size - _DIGEST_CHARACTERS)
        self._file.seek(size - _DIGEST_CHARACTERS)
        self._file.write(digest)
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file. One that was not finished is no archive, and what becomes of its end does not matter."""
        with suppress(OSError, ValueError):  # a full disk takes no end either
            self._zip.close()
        with suppress(OSError):
            self._file.close()


class RowsWriter:
    """Writes the rows of one table, and counts them."""

    def __init__(self, member: IO[bytes]) -> None:
        """Take where they go."""
        self._member = member
        self.count = 0

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        """Write rows, each in the order of the columns."""
        for row in rows:
            self._member.write(_line([_written(value) for value in row]))
            self.count += 1


class Archive:
    """An archive that is open for reading, and whose checksum holds."""

    def __init__(self, opened: zipfile.ZipFile, manifest: Manifest) -> None:
        """Made by `opened_archive` alone."""
        self._zip = opened
        self.manifest = manifest

    def secret_key(self) -> str:
        """Return the key."""
        return self._zip.read(SECRET_KEY).decode()

    def file(self, workspace_id: str, content_hash: str) -> bytes:
        """Return what somebody sent. Raises ArchiveRefused where it is not there."""
        try:
            return self._zip.read(_file_name(workspace_id, content_hash))
        except KeyError:
            raise ArchiveRefused(f"a file that its rows name is not in it ({content_hash[:12]}…)") from None

    def rows(self, table: str) -> Iterator[list[dict[str, Any]]]:
        """Yield the rows of a table in batches, by column names, with the values as they were stored."""
        with self._zip.open(_rows_name(table)) as member:
            columns = json.loads(member.readline())
            batch = []
            for line in member:
                values = [_read(value) for value in json.loads(line)]
                batch.append(dict(zip(columns, values, strict=True)))
                if len(batch) == _BATCH:
                    yield batch
                    batch = []
            if batch:
                yield batch


@contextmanager
def opened_archive(path: Path) -> Iterator[Archive]:
    """Open an archive whose checksum holds. Raises ArchiveRefused; OSError for a file that cannot be read."""
    with path.open("rb") as file:
        _check_checksum(file)
        try:
            with zipfile.ZipFile(file) as opened:
                yield Archive(opened, _manifest_of(opened))
        except (zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
            raise ArchiveRefused(f"it is not as a backup is ({type(error).__name__}: {error})") from error


def _check_checksum(file: IO[bytes]) -> None:
    size = file.seek(0, os.SEEK_END)
    tail = len(_CHECKSUM) + _DIGEST_CHARACTERS
    file.seek(max(0, size - tail))
    last = file.read()
    if not last.startswith(_CHECKSUM) or len(last) < tail:
        raise ArchiveRefused("it is no backup of ExpenseFlow, or its end is missing")
    if _digest(file, size - _DIGEST_CHARACTERS) != last[len(_CHECKSUM) :]:
        raise ArchiveRefused("it was altered or damaged: its checksum does not hold")


def _digest(file: IO[bytes], size: int) -> bytes:
    """Return the SHA-256 of a file's first `size` bytes, in hexadecimal."""
    hashed = hashlib.sha256()
    file.seek(0)
    while size > 0:
        part = file.read(min(size, _HASHED_AT_A_TIME))
        hashed.update(part)
        size -= len(part)
    return hashed.hexdigest().encode()


def _manifest_of(opened: zipfile.ZipFile) -> Manifest:
    written = json.loads(opened.read(MANIFEST))
    if written["format"] != FORMAT:
        raise ArchiveRefused(f"a newer version of ExpenseFlow has made it (format {written['format']})")
    chains = {workspace_id: ChainState(**state) for workspace_id, state in written["chains"].items()}
    known = {each.name: written[each.name] for each in fields(Manifest)}
    return Manifest(**known | {"chains": chains})


def _rows_name(table: str) -> str:
    return f"rows/{_plain(table)}.jsonl"


def _file_name(workspace_id: str, content_hash: str) -> str:
    return f"files/{_plain(workspace_id)}/{_plain(content_hash)}"


def _plain(name: str) -> str:
    if not _PLAIN.fullmatch(name):
        raise ArchiveRefused(f"a name in it is none: {name[:40]!r}")
    return name


def _line(values: list[Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _written(value: Any) -> Any:
    """Return a stored value as JSON has it: whole numbers, texts and nothing as they are; bytes by Base64."""
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes | memoryview) else value


def _read(value: Any) -> Any:
    return base64.b64decode(value["base64"]) if isinstance(value, dict) else value
