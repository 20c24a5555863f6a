"""Lanes: what has an order is done one after the other, different lanes at the same time, up to a bound."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

Work = Callable[[str], Awaitable[float | None]]

CONCURRENT_MAX = 32
"""How many lanes of a kind are worked on at the same time: more would only queue for the one writer."""
FAULT_PAUSE_S = 1.0
"""How long a lane rests when its work raised, in seconds: its store is away, most likely."""

logger = structlog.get_logger()


class Lanes:
    """Runs `work(lane)` for each lane that was kicked, never twice at once for the same lane.

    `work` does what is due and returns None when nothing is left, or in how many seconds something will be.
    """

    def __init__(self, name: str, work: Work) -> None:
        """Take a name for the log, and the work."""
        self._name = name
        self._work = work
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._kicked: dict[str, asyncio.Event] = {}
        self._places = asyncio.Semaphore(CONCURRENT_MAX)
        self._stopping = False

    def kick(self, lane: str) -> None:
        """Say that there is work in a lane. Cheap, and never blocks."""
        if self._stopping:
            return
        self._kicked.setdefault(lane, asyncio.Event()).set()
        if lane not in self._tasks:
            self._tasks[lane] = asyncio.create_task(self._run(lane), name=f"{self._name}:{lane}")

    async def stop(self, within_s: float) -> None:
        """Let what is being done finish, for so long; cancel the rest, which is durable and goes on at the next start."""
        self._stopping = True
        for kicked in self._kicked.values():
            kicked.set()
        tasks = list(self._tasks.values())
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=within_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _run(self, lane: str) -> None:
        kicked = self._kicked[lane]
        try:
            while not self._stopping:
                kicked.clear()
                async with self._places:
                    wait_s = await self._attempt(lane)
                if wait_s is None and not kicked.is_set():
                    return
                if wait_s is not None and not self._stopping:
                    await _first_of(kicked, wait_s)
        finally:
            # No await between the check above and here: a kick comes either before it, and is seen, or after, and starts anew.
            del self._tasks[lane]
            del self._kicked[lane]

    async def _attempt(self, lane: str) -> float | None:
        try:
            return await self._work(lane)
        except Exception:  # a lane outlives any fault; its work is durable and tried again
            logger.exception("a lane's work failed", lanes=self._name, lane=lane)
            return FAULT_PAUSE_S


async def _first_of(kicked: asyncio.Event, wait_s: float) -> None:
    try:
        await asyncio.wait_for(kicked.wait(), wait_s)
    except TimeoutError:
        return
