"""Files in a folder of this machine: DATA_DIR/files/<workspace>/<first two of the hash>/<hash>."""

import asyncio
import hashlib
import hmac
import os
import tempfile
from pathlib import Path

from core.files.port import FileMissing
from core.kernel.guards import refuse_in_write_transaction


def file_key(secret_key: str) -> bytes:
    """Return the key that contents are hashed with, derived from the deployment's secret key for this purpose alone."""
    return hmac.new(secret_key.encode(), b"expenseflow file contents", hashlib.sha256).digest()


class LocalFileStore:
    """Keeps files in a folder, each written whole or not at all. `key` makes the hashes tell nothing to who has none."""

    def __init__(self, folder: Path, key: bytes) -> None:
        """Take the folder, which is made when the first file comes."""
        self._folder = folder
        self._key = key

    async def put(self, workspace_id: str, content: bytes) -> str:
        """Keep a content durably; return its keyed hash."""
        refuse_in_write_transaction("the file store")
        return await asyncio.to_thread(self._put, workspace_id, content)

    async def get(self, workspace_id: str, content_hash: str) -> bytes:
        """Return a content. Raises FileMissing."""
        refuse_in_write_transaction("the file store")
        try:
            return await asyncio.to_thread(self._path(workspace_id, content_hash).read_bytes)
        except FileNotFoundError as error:
            raise FileMissing(f"no file {content_hash[:12]}… in workspace {workspace_id}") from error

    def size_of(self, workspace_id: str, content_hash: str) -> int | None:
        """Return how many bytes are kept; None where nothing is."""
        path = self._path(workspace_id, content_hash)
        return path.stat().st_size if path.exists() else None

    def hash_of(self, workspace_id: str, content: bytes) -> str:
        """Return the keyed hash that a content is kept under, in hexadecimal."""
        return hmac.new(self._key, workspace_id.encode() + b":" + content, hashlib.sha256).hexdigest()

    async def delete(self, workspace_id: str, content_hash: str) -> None:
        """Forget a content."""
        refuse_in_write_transaction("the file store")
        await asyncio.to_thread(self._path(workspace_id, content_hash).unlink, missing_ok=True)

    def _put(self, workspace_id: str, content: bytes) -> str:
        content_hash = self.hash_of(workspace_id, content)
        path = self._path(workspace_id, content_hash)
        if path.exists():
            return content_hash
        for folder in (
            self._folder,
            path.parent.parent,
            path.parent,
        ):  # one by one: `parents=True` would make them readable
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent)  # mode 0600
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
        return content_hash

    def _path(self, workspace_id: str, content_hash: str) -> Path:
        return self._folder / workspace_id / content_hash[:2] / content_hash


def _sync_folder(folder: Path) -> None:
    """Make a new name in a folder durable: the file's own fsync does not."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
