"""One process serves an SQLite file. A second one would send each message again: on SQLite nobody takes leases."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

ENDING = ".lock"

logger = structlog.get_logger()


class ServedAlready(Exception):
    """Another process serves the file."""

    def __init__(self, pid: str) -> None:
        super().__init__(f"another process serves it: {pid or 'it does not say which'}")
        self.pid = pid


@contextmanager
def alone_with(file: Path) -> Iterator[None]:
    """Hold a lock beside the file while the block runs. Raises ServedAlready.

    The kernel lets go of it when the process ends, however it does. Where the file system knows no locks, it is logged.
    """
    descriptor = os.open(_lock_of(file), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(descriptor)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        yield
    finally:
        os.close(descriptor)


def served_by(file: Path) -> str | None:
    """Return the id of the process that serves a file ("" where it is not known), or None when nobody does, as far as is seen."""
    try:
        descriptor = os.open(_lock_of(file), os.O_RDWR)
    except OSError:
        return None
    try:
        _take(descriptor)
    except ServedAlready as served:
        return served.pid
    finally:
        os.close(descriptor)
    return None


def _take(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ServedAlready(os.pread(descriptor, 20, 0).decode("ascii", "replace")) from None
    except OSError as error:
        logger.warning("the file system knows no locks; see that no second process serves the file", why=error.strerror)


def _lock_of(file: Path) -> Path:
    return file.with_name(file.name + ENDING)
