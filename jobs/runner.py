"""The JobRunner: does durable work of kinds that were declared, lane by lane, with a lease and a guarded end."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import structlog

from core.kernel import metrics
from core.queue.queries import Work, first_open, open_lanes
from core.queue.service import claim, finish, postpone, release
from core.store.database import Database
from core.store.outages import store_is_away
from core.store.unit_of_work import Actor

RETRY_FIRST_S, RETRY_MAX_S = 2.0, 60.0
WAIT_MAX = timedelta(days=1)
"""How old a job may grow that waits for something outside."""
WAITED_HERE_S = 600.0
"""How long it must have waited under the eyes of the process that gives it up, in seconds."""
SWEEP_S = 5.0

logger = structlog.get_logger()


class TryAgain(Exception):
    """A job cannot be done now: again after `after_s` seconds, or after a pause that grows.

    `counts`: it was an attempt; False where it only waits for something outside, such as a platform that is away: a
    person's receipt is not lost to an outage, so such waits are bounded by WAIT_MAX alone.
    """

    def __init__(self, why: str, after_s: float | None = None, *, counts: bool = True) -> None:
        """Say why, for the log."""
        super().__init__(why)
        self.after_s = after_s
        self.counts = counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """How a kind of work is done.

    `act` does the work and ends it in its own last transaction (core.queue.service.finish), so that its effect and its end
    are one. `give_up` writes what people are told after `attempts_max`. `lease_s`: longer than the work may take.
    """

    act: Callable[[Work], Awaitable[None]]
    give_up: Callable[[Work, str], Awaitable[None]]
    lease_s: int
    attempts_max: int = 4
    at_once_max: int = 2


class JobRunner(Protocol):
    """Does the jobs that are due."""

    async def start(self) -> None:
        """Take up what an earlier process left, and go on."""
        ...

    async def stop(self, within_s: float) -> None:
        """Begin nothing new; what is not finished within the time is done again later."""
        ...


class EmbeddedRunner:
    """Does jobs inside this process: the default, for one process with its SQLite file, and for small deployments."""

    def __init__(
        self,
        database: Database,
        jobs: Mapping[str, Job],
        monotonic: Callable[[], float] = time.monotonic,
        owner: str | None = None,
    ) -> None:
        """Take the store, and the jobs by their kinds; `monotonic` tells seconds that no change of a clock moves.

        `owner`: the name of this process in leases.
        """
        self._database = database
        self._monotonic = monotonic
        self._jobs = dict(jobs)
        self._owner = owner or secrets.token_hex(8)
        self._places = {kind: asyncio.Semaphore(job.at_once_max) for kind, job in jobs.items()}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._sweeper: asyncio.Task[None] | None = None
        self._waiting_since_s: dict[str, float] = {}
        """When a job was first seen to wait for something outside, by this process's own count of seconds."""
        self._stopping = False
        for kind in jobs:
            database.listen(kind, lambda lane, kind=kind: self._kick(kind, lane))  # type: ignore[misc]  # a default argument

    async def start(self) -> None:
        """Take up what an earlier process left, and look for more every SWEEP_S seconds."""
        await self.sweep()
        self._sweeper = asyncio.create_task(self._sweep_forever(), name="jobs:sweep")

    async def stop(self, within_s: float) -> None:
        """Begin nothing new; cancel what is not finished within the time, and leave it to whoever comes next."""
        self._stopping = True
        if self._sweeper is not None:
            self._sweeper.cancel()
            await asyncio.gather(self._sweeper, return_exceptions=True)
        tasks = list(self._tasks.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=within_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _kick(self, kind: str, lane: str) -> None:
        if not self._stopping and lane not in self._tasks:
            task = asyncio.create_task(self._run(kind, lane), name=f"job:{lane}")
            self._tasks[lane] = task
            task.add_done_callback(lambda _: self._tasks.pop(lane, None))

    async def _sweep_forever(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            try:
                await self.sweep()
            except Exception:  # the sweeping outlives a store that is away; it is logged
                logger.exception("the jobs could not be swept")

    async def sweep(self) -> None:
        """Begin what is due and nobody is at."""
        for kind in self._jobs:
            async with self._database.read(_actor(kind)) as uow:
                lanes = await open_lanes(uow, kind)
            for lane in lanes:
                self._kick(kind, lane)

    async def _run(self, kind: str, lane: str) -> None:
        """Do the work of a lane until none is due. What the store does not take now is looked for again by the sweep."""
        try:
            await self._do_all(kind, lane)
        except Exception:  # a lane outlives a store that is away; it is logged
            logger.exception("a job's lane failed", lane=lane)

    async def _do_all(self, kind: str, lane: str) -> None:
        while not self._stopping:
            async with self._database.read(_actor(kind)) as uow:
                work = await first_open(uow, lane)
            if work is None:
                return
            wait = (work.due_at - self._database.clock.now()).total_seconds()
            if wait > 0:
                await asyncio.sleep(min(wait, RETRY_MAX_S))
                continue
            async with self._places[kind]:
                if not await self._do(self._jobs[kind], work):
                    return

    async def _do(self, job: Job, work: Work) -> bool:
        """Do one piece of work; False when somebody else is at it."""
        async with self._database.write(_actor(work.kind)) as uow:
            if not await claim(uow, work.id, self._owner, job.lease_s):
                return False
        with structlog.contextvars.bound_contextvars(trace_id=work.trace_id):
            try:
                await job.act(work)
            except TryAgain as later:
                await self._again(job, work, later)
            except asyncio.CancelledError:
                async with self._database.write(_actor(work.kind)) as uow:
                    await release(uow, work.id, self._owner)
                raise
            except Exception as fault:
                logger.exception("a job failed", kind=work.kind, work_id=work.id)
                # A full disk says nothing against the job: it waits for room.
                await self._again(job, work, TryAgain(type(fault).__name__, counts=not store_is_away(fault)))
            else:
                self._waiting_since_s.pop(work.id, None)
        return True

    async def _again(self, job: Job, work: Work, later: TryAgain) -> None:
        why, age = str(later), self._database.clock.now() - work.created_at
        if work.attempts + 1 >= job.attempts_max if later.counts else self._has_waited(work, age):
            self._waiting_since_s.pop(work.id, None)
            metrics.failed(work.kind, "given up")
            logger.error("a job was given up", kind=work.kind, work_id=work.id, why=why)
            await self._give_up(job, work, why)
            return
        grown_s = RETRY_FIRST_S * 2**work.attempts if later.counts else max(RETRY_FIRST_S, age.total_seconds() / 2)
        pause_s = later.after_s if later.after_s is not None else min(RETRY_MAX_S, grown_s)
        due_at = self._database.clock.now() + timedelta(seconds=pause_s)
        async with self._database.write(_actor(work.kind)) as uow:
            await postpone(uow, work.id, due_at, counts=later.counts)

    def _has_waited(self, work: Work, age: timedelta) -> bool:
        """Tell whether a job has waited long enough: also by what this process saw, since a clock may jump a day ahead."""
        now_s = self._monotonic()
        since_s = self._waiting_since_s.setdefault(work.id, now_s)
        return age >= WAIT_MAX and now_s - since_s >= WAITED_HERE_S

    async def _give_up(self, job: Job, work: Work, why: str) -> None:
        """End a job that was tried often enough. Where nobody can be told, it ends all the same: it would be tried for ever."""
        try:
            await job.give_up(work, why)
        except Exception:  # a job that fails is counted and tried again; it is logged
            logger.exception("nobody was told that a job was given up", kind=work.kind, work_id=work.id)
        async with self._database.write(_actor(work.kind)) as uow:
            await finish(uow, work.id, failure=why)


def _actor(kind: str) -> Actor:
    return Actor(platform="system", operation=f"job:{kind}")
