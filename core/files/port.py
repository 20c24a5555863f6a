"""Where the bytes of files are kept. SQL holds the record of a file; this holds what is in it."""

from typing import Protocol


class FileMissing(LookupError):
    """A recorded file is not there: the folder was lost, or restored without it."""


class FileStore(Protocol):
    """Keeps contents by workspace and keyed hash. The same content twice is kept once."""

    async def put(self, workspace_id: str, content: bytes) -> str:
        """Keep a content durably; return its keyed hash, in hexadecimal. Never inside a write transaction."""
        ...

    async def get(self, workspace_id: str, content_hash: str) -> bytes:
        """Return a content. Raises FileMissing."""
        ...

    async def delete(self, workspace_id: str, content_hash: str) -> None:
        """Forget a content; one that is gone is no error."""
        ...
