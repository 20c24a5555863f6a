"""The table of ticks. The database decides what is due; the scheduler only wakes up whoever asks it, in every replica."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from core.kernel import metrics
from core.store.database import Database
from jobs.audit_sealing import seal_audit
from jobs.reminders import remind_approvers
from jobs.retention import forget_old

if TYPE_CHECKING:
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """What is woken up, and how often, in seconds."""

    name: str
    every_s: int
    act: Callable[[Database], Awaitable[None]]


TICKS = (
    Tick(name="audit-sealing", every_s=60, act=seal_audit),
    Tick(name="approval-reminders", every_s=300, act=remind_approvers),
    Tick(name="retention", every_s=6 * 3600, act=forget_old),
)


class Schedule:
    """Runs the ticks inside this process, from `start` to `stop`."""

    def __init__(self, database: Database, ticks: tuple[Tick, ...] = TICKS) -> None:
        """Take the store and the table."""
        self._database = database
        self._ticks = ticks
        self._scheduler: AsyncIOScheduler | None = None

    def start(self) -> None:
        """Begin to tick. The memory job store: two processes must never share one of APScheduler's."""
        from apscheduler.schedulers.asyncio import AsyncIOScheduler

        self._scheduler = AsyncIOScheduler(timezone="UTC")
        for tick in self._ticks:
            self._scheduler.add_job(
                self.act, "interval", [tick], seconds=tick.every_s, id=tick.name, max_instances=1, coalesce=True
            )
        self._scheduler.start()

    def stop(self) -> None:
        """Stop ticking; what is under way is a transaction, and is finished or rolled back."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)

    async def act(self, tick: Tick) -> None:
        """Run a tick once. What it meets is logged; the next tick tries again."""
        try:
            await tick.act(self._database)
        except Exception:  # a tick that fails ends no other; it is logged
            metrics.failed(tick.name, "fault")
            logger.exception("a tick failed", tick=tick.name)
