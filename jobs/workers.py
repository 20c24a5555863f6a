"""Supervised worker subprocesses for what is slow or heavy: reading receipts, drawing, training.

A worker serves one request at a time and keeps what it loaded. It leads a process group of its own, which is killed as
a whole: when a request takes too long, ends with a fault or is cancelled, when the group's resident memory grows too
large, when the pool is closed. The next request gets a new worker. A worker sees the end of its parent, and kills its
group.
"""

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from core.kernel.guards import refuse_in_write_transaction
from jobs.worker_frames import FOLDER_PREFIX, HEADER, Json, MalformedFrameError, check_lengths, message_of, packed

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parent.parent
MEBIBYTE = 1024 * 1024
MEMORY_CHECK_INTERVAL_S = 0.1
ERRORS_KEPT_BYTES = 4096

PASSED_ON = ("HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "TESSDATA_PREFIX", "TZ")
"""What a worker's programs need of the environment. The rest stays here: a worker opens strangers' files, and a bot's
environment holds tokens."""


class KilledFor(StrEnum):
    """Why a worker's request ended without an answer."""

    TIME = "time"
    MEMORY = "memory"
    CRASH = "crash"


class WorkerKilled(Exception):
    """The request's worker was killed, or died. CRASH may go well with the next worker; TIME and MEMORY rather not."""

    def __init__(self, kind: str, reason: KilledFor, errors: str = "") -> None:
        super().__init__(f"a worker for {kind} ended: {reason.value}" + (f"; it said: {errors}" if errors else ""))
        self.reason = reason


class WorkerFault(Exception):
    """The worker's code raised something that it does not answer with: a fault, with the worker's own traceback.

    Its worker is replaced: what it stumbled over may be its own state, such as a temporary folder that has vanished.
    """


class PoolClosedError(RuntimeError):
    """A request to a pool that was closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerKind:
    """What a worker is for, and its bounds.

    Attributes:
        name: for the log.
        entry_point: "module:function", a jobs.worker_main.Start that the worker imports.
        setup: what the entry point is given, JSON.
        request_s_max: longest time of a request, on the wall.
        start_s_max: longest time until the entry point has loaded what it needs.
        memory_bytes_max: most resident memory of the whole process group.
        address_space_bytes_max: most address space of each process (RLIMIT_AS); generous, as libraries map far more
            than they use, and a bound that stands while nobody looks.
        idle_s_max: an idle worker is stopped after this time.
    """

    name: str
    entry_point: str
    setup: Mapping[str, Any] = field(default_factory=dict)
    request_s_max: float = 30
    start_s_max: float = 60
    memory_bytes_max: int = 512 * MEBIBYTE
    address_space_bytes_max: int = 4096 * MEBIBYTE
    idle_s_max: float = 300


class WorkerPool:
    """At most `size` workers of a kind, started when they are needed. Belongs to one event loop; close it there."""

    def __init__(self, kind: WorkerKind, size: int = 1) -> None:
        self._kind = kind
        self._slots = asyncio.Semaphore(size)
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()
        self._closed = False

    async def request(self, message: Mapping[str, Any], content: bytes = b"") -> tuple[Json, bytes]:
        """Have a worker handle a request; return its answer with its content.

        Raises WorkerKilled, WorkerFault, PoolClosedError; MalformedFrameError when the request is too long. A request
        that is cancelled is killed.
        """
        refuse_in_write_transaction(f"a worker for {self._kind.name}")
        async with self._slots:
            worker = await self._take()
            try:
                answer = await worker.handle(message, content)
            except BaseException:
                await self._discard(worker)
                raise
            self._put_back(worker)
            return answer

    async def close(self) -> None:
        """Kill every worker, also those at work, and wait until they are gone."""
        self._closed = True
        for worker in [*self._all]:
            await self._discard(worker)

    async def _take(self) -> "_Worker":
        if self._closed:
            raise PoolClosedError(self._kind.name)
        while self._idle:
            worker = self._idle.pop()
            worker.stays()
            if worker.is_alive():
                return worker
            await self._discard(worker)
        worker = _Worker(self._kind, gone=self._all.discard)
        self._all.add(worker)
        try:
            await worker.start()
        except BaseException:
            await self._discard(worker)
            raise
        return worker

    def _put_back(self, worker: "_Worker") -> None:
        if self._closed or not worker.is_alive():
            worker.kill()
            return
        self._idle.append(worker)
        worker.leaves_after(self._kind.idle_s_max, self._stop_idle)

    def _stop_idle(self, worker: "_Worker") -> None:
        if worker in self._idle:
            self._idle.remove(worker)
            worker.kill()

    async def _discard(self, worker: "_Worker") -> None:
        """Kill a worker at once, and wait until it is gone; it is reaped also when the caller does not wait any more."""
        worker.kill()
        await worker.reaped()


class _Worker:
    """A process, from its start to its end."""

    def __init__(self, kind: WorkerKind, *, gone: "Callable[[_Worker], None]") -> None:
        self._kind = kind
        self._gone = gone
        self._process: asyncio.subprocess.Process | None = None
        self._folder: str | None = None
        self._killed_for: KilledFor | None = None
        self._errors = bytearray()
        self._reaper: asyncio.Task[None] | None = None
        self._leaving: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Start the process and wait until it is ready. Raises WorkerKilled."""
        self._folder = tempfile.mkdtemp(prefix=FOLDER_PREFIX)
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            "jobs.worker_main",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=_environment(self._folder),
            cwd="/",
            start_new_session=True,  # the process leads a group of its own
        )
        self._reaper = asyncio.create_task(self._reap(self._process), name=f"worker {self._kind.name}")
        setup = {
            "entry_point": self._kind.entry_point,
            "setup": dict(self._kind.setup),
            "address_space_bytes_max": self._kind.address_space_bytes_max,
        }
        await self._exchange(setup, b"", self._kind.start_s_max)

    async def handle(self, message: Mapping[str, Any], content: bytes) -> tuple[Json, bytes]:
        """Send a request, return the answer. Raises WorkerKilled or WorkerFault."""
        answer, made = await self._exchange(message, content, self._kind.request_s_max)
        if "fault" in answer:
            raise WorkerFault(f"{answer['fault']}\n{answer['traceback']}")
        result = answer["answer"]
        if not isinstance(result, dict):
            raise WorkerFault(f"{self._kind.entry_point} answered with no object")
        return result, made

    def is_alive(self) -> bool:
        return self._process is not None and self._process.returncode is None and self._killed_for is None

    def kill(self, reason: KilledFor = KilledFor.CRASH) -> None:
        """Kill the whole group, now; the first reason stands."""
        self.stays()
        if self._killed_for is None:
            self._killed_for = reason
        # Once the process is reaped its number may be another's, so a group is not signalled after that.
        if self._process is not None and self._reaper is not None and not self._reaper.done():
            _kill_group(self._process.pid)

    async def reaped(self) -> None:
        """Wait until the process has ended and its pipes are closed."""
        if self._reaper is not None:
            await asyncio.shield(self._reaper)
        else:
            self._forget()

    def leaves_after(self, idle_s: float, leave: "Callable[[_Worker], None]") -> None:
        self._leaving = asyncio.get_running_loop().call_later(idle_s, leave, self)

    def stays(self) -> None:
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None

    async def _exchange(self, message: Mapping[str, Any], content: bytes, seconds_max: float) -> tuple[Json, bytes]:
        frame = list(packed(message, content))
        watch = asyncio.create_task(self._watch_memory())
        try:
            async with asyncio.timeout(seconds_max):
                return await self._send_and_receive(frame)
        except TimeoutError:
            self.kill(KilledFor.TIME)
        except (asyncio.IncompleteReadError, ConnectionError, MalformedFrameError):
            self.kill(KilledFor.CRASH)
        finally:
            watch.cancel()
        await self.reaped()
        killed = WorkerKilled(
            self._kind.name, self._killed_for or KilledFor.CRASH, self._errors.decode(errors="replace").strip()
        )
        logger.warning("%s", killed)
        raise killed

    async def _send_and_receive(self, frame: list[bytes]) -> tuple[Json, bytes]:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise ConnectionError("the worker has no pipes")
        process.stdin.writelines(frame)
        await process.stdin.drain()
        header = await process.stdout.readexactly(HEADER.size)
        text_length, content_length = HEADER.unpack(header)
        check_lengths(text_length, content_length)
        message = message_of(await process.stdout.readexactly(text_length))
        return message, await process.stdout.readexactly(content_length)

    async def _watch_memory(self) -> None:
        while self._process is not None:
            if resident_bytes(self._process.pid) > self._kind.memory_bytes_max:
                self.kill(KilledFor.MEMORY)
                return
            await asyncio.sleep(MEMORY_CHECK_INTERVAL_S)

    async def _reap(self, process: asyncio.subprocess.Process) -> None:
        """Keep the end of what the process says, and see it out; whatever it started goes with it."""
        while process.stderr is not None and (said := await process.stderr.read(ERRORS_KEPT_BYTES)):
            self._errors = (self._errors + said)[-ERRORS_KEPT_BYTES:]
        await process.wait()
        # The leader may have died by itself; a group that has members left keeps its number.
        _kill_group(process.pid)
        if process.stdin is not None:
            process.stdin.close()
        self._forget()

    def _forget(self) -> None:
        """Remove what the worker left: a killed program does not clear away pages of somebody's receipt."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._gone(self)


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def resident_bytes(group: int) -> int:
    """The resident memory of all processes of a group, in bytes; pages that they share count for each."""
    import psutil

    total = 0
    for pid in psutil.pids():
        try:
            if os.getpgid(pid) == group:
                total += psutil.Process(pid).memory_info().rss
        except (ProcessLookupError, PermissionError, psutil.Error):
            continue  # it ended between two looks, or is none of ours
    return total


def _environment(folder: str) -> dict[str, str]:
    """The environment of a worker: what programs need, and nothing that is secret. `folder`: for its temporary files."""
    inherited = os.environ  # house: only what PASSED_ON names is handed to the worker; no setting is read here
    return {name: inherited[name] for name in PASSED_ON if name in inherited} | {
        "PYTHONPATH": str(ROOT),
        "TMPDIR": folder,
        # On two cores Tesseract is four to five times faster with one thread than with one for each core (measured).
        "OMP_THREAD_LIMIT": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
