"""The table of ticks. The database decides what is due; the scheduler only wakes up whoever asks it, in every replica."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from core.kernel import metrics
from core.kernel.clock import CLOCKS_APART, SystemClock
from core.store.database import Database
from jobs.audit_sealing import seal_audit
from jobs.reminders import remind_approvers
from jobs.retention import forget_old

if TYPE_CHECKING:
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

LOOK_EVERY_S = 60.0
"""How often the clock is looked at, in seconds."""

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """What is woken up, and how often, in seconds."""

    name: str
    every_s: int
    act: Callable[[Database], Awaitable[None]]

    @property
    def interval(self) -> timedelta:
        """Return how often, as a length of time."""
        return timedelta(seconds=self.every_s)


TICKS = (
    Tick(name="audit-sealing", every_s=60, act=seal_audit),
    Tick(name="approval-reminders", every_s=300, act=remind_approvers),
    Tick(name="retention", every_s=6 * 3600, act=forget_old),
)


class Schedule:
    """Runs the ticks inside this process, from `start` to `stop`."""

    def __init__(self, database: Database, ticks: tuple[Tick, ...] = TICKS, look_every_s: float = LOOK_EVERY_S) -> None:
        """Take the store and the table."""
        self._database = database
        self._ticks = ticks
        self._look_every_s = look_every_s
        self._scheduler: AsyncIOScheduler | None = None
        self._looking: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to tick. The memory job store: two processes must never share one of APScheduler's."""
        from apscheduler.schedulers.asyncio import AsyncIOScheduler

        from jobs.every import Every

        self._scheduler = AsyncIOScheduler(timezone="UTC")
        for tick in self._ticks:
            # A tick that is late, since the clock jumped ahead or the machine slept, is wanted all the more.
            self._scheduler.add_job(
                self.act, Every(tick.interval), [tick], id=tick.name, max_instances=1, misfire_grace_time=None
            )
        self._scheduler.start()
        self._looking = asyncio.create_task(self._look_at_the_clock(), name="schedule:clock")

    def stop(self) -> None:
        """Stop ticking; what is under way is a transaction, and is finished or rolled back."""
        if self._looking is not None:
            self._looking.cancel()
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)

    async def _look_at_the_clock(self) -> None:
        """Notice when the machine's clock, by which the library goes, was put back: a tick would wait for what it showed."""
        clock = SystemClock()
        while self._scheduler is not None:
            await asyncio.sleep(self._look_every_s)
            for tick in self._ticks:
                due = self._scheduler.get_job(tick.name).next_run_time
                if due > clock.now() + tick.interval + CLOCKS_APART:
                    logger.warning("the clock was put back", tick=tick.name, was_due=due.isoformat())
                    self._scheduler.modify_job(tick.name, next_run_time=clock.now() + tick.interval)

    async def act(self, tick: Tick) -> None:
        """Run a tick once. What it meets is logged; the next tick tries again."""
        try:
            await tick.act(self._database)
        except Exception:  # a tick that fails ends no other; it is logged
            metrics.failed(tick.name, "fault")
            logger.exception("a tick failed", tick=tick.name)
