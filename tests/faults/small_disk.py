"""A disk for a bot of its own that a test fills and clears: a tmpfs where mounting is permitted, else a bound on its files.

A tmpfs is mounted in a namespace that dies with its holder, as root or in a user's namespace; whoever may do neither still has
`RLIMIT_FSIZE`, by which a program's files grow no further. Nothing is mounted where others could see it.
"""

import errno
import resource
import shutil
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import RawIOBase
from pathlib import Path

SIZE = "4m"
BOUND_BYTES = 4096
AS_ROOT, AS_USER = ("unshare", "--mount"), ("unshare", "--user", "--map-root-user", "--mount")


class SmallDisk(ABC):
    """A folder on a disk that can be full."""

    name: str

    @abstractmethod
    def prepare(self, folder: Path, contents: Path) -> None:
        """Have `folder` be the disk, with a copy of what stands in `contents`."""

    @abstractmethod
    def inside(self, *command: str) -> list[str]:
        """Return a command as it is started for the folder to be the disk."""

    @abstractmethod
    def seen(self, folder: Path) -> Path:
        """Return the folder as it is seen from here."""

    @abstractmethod
    def fill(self, folder: Path, pid: int) -> None:
        """Take all room. `pid`: the program that writes there."""

    @abstractmethod
    def clear(self, folder: Path, pid: int) -> None:
        """Give the room back."""

    @abstractmethod
    def close(self) -> None:
        """Leave nothing behind."""


class Tmpfs(SmallDisk):
    """A file system in memory, in a namespace of its own."""

    name = "tmpfs"

    def __init__(self, way: Sequence[str]) -> None:
        self._way = way
        self._holder: subprocess.Popen[bytes] | None = None

    def prepare(self, folder: Path, contents: Path) -> None:
        folder.mkdir()
        script = (
            'mount -t tmpfs -o size="$0",mode=700 none "$1" && cp -a "$2"/. "$1" && echo there && exec sleep infinity'
        )
        self._holder = subprocess.Popen(
            [*self._way, "sh", "-c", script, SIZE, str(folder), str(contents)], stdout=subprocess.PIPE
        )
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == b"there\n"

    def inside(self, *command: str) -> list[str]:
        user = ["--user", "--preserve-credentials"] if self._way is AS_USER else []
        return ["nsenter", f"--target={self._pid}", *user, "--mount", f"--wd={Path.cwd()}", *command]

    def seen(self, folder: Path) -> Path:
        return Path(f"/proc/{self._pid}/root{folder}")

    def fill(self, folder: Path, pid: int) -> None:  # noqa: ARG002 - this disk is full for everybody
        with (self.seen(folder) / "filler").open("wb", buffering=0) as file:
            while _is_written(file):
                pass

    def clear(self, folder: Path, pid: int) -> None:  # noqa: ARG002 - see above
        (self.seen(folder) / "filler").unlink()

    def close(self) -> None:
        if self._holder is not None:
            self._holder.kill()
            self._holder.communicate()

    @property
    def _pid(self) -> int:
        assert self._holder is not None
        return self._holder.pid


class BoundedFiles(SmallDisk):
    """An ordinary folder, and a program whose files may grow no further: writing beyond is refused with EFBIG."""

    name = "bounded-files"

    def prepare(self, folder: Path, contents: Path) -> None:
        shutil.copytree(contents, folder)

    def inside(self, *command: str) -> list[str]:
        return list(command)

    def seen(self, folder: Path) -> Path:
        return folder

    def fill(self, folder: Path, pid: int) -> None:  # noqa: ARG002 - it is the program that is bound
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (BOUND_BYTES, hard))

    def clear(self, folder: Path, pid: int) -> None:  # noqa: ARG002 - see above
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))

    def close(self) -> None:
        """Leave nothing behind: the folder is the test's."""


def _is_written(file: RawIOBase) -> bool:
    """Write a page; False when the disk is full."""
    try:
        file.write(bytes(4096))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return False
    return True


def _may_mount(way: Sequence[str]) -> bool:
    if shutil.which("unshare") is None or shutil.which("nsenter") is None:
        return False
    tried = subprocess.run([*way, "sh", "-c", "mount -t tmpfs none /mnt"], capture_output=True, check=False, timeout=10)
    return tried.returncode == 0


def ways() -> list[str]:
    """Return the names of the disks that this machine lets us have; the last one is there on all."""
    return [*(["tmpfs"] if any(map(_may_mount, (AS_ROOT, AS_USER))) else []), BoundedFiles.name]


@contextmanager
def small_disk(name: str) -> Iterator[SmallDisk]:
    """A disk of a kind that `ways` names."""
    disk: SmallDisk = BoundedFiles()
    if name == Tmpfs.name:
        disk = Tmpfs(next(way for way in (AS_ROOT, AS_USER) if _may_mount(way)))
    try:
        yield disk
    finally:
        disk.close()
