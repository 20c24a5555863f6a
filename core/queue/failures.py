"""Work that was given up: listed for an operator, done anew, or dismissed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from core.queue.tables import WorkRow
from core.store.unit_of_work import UnitOfWork

DISMISSED = "dismissed: "
"""What the failure of work begins with that somebody has looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedWork:
    """Work that was given up, when and why."""

    id: str
    kind: str
    failure: str
    done_at: datetime


async def failed_work(uow: UnitOfWork, since: datetime) -> list[FailedWork]:
    """Return the work that was given up since then and that nobody has dismissed, oldest first."""
    statement = (
        select(WorkRow)
        .where(WorkRow.done_at > since, WorkRow.failure.is_not(None), ~WorkRow.failure.startswith(DISMISSED))
        .order_by(WorkRow.done_at, WorkRow.id)
    )
    return [
        FailedWork(id=row.id, kind=row.kind, failure=row.failure, done_at=row.done_at)
        for row in await uow.session.scalars(statement)
        if row.done_at is not None and row.failure is not None
    ]


async def kind_of_failed(uow: UnitOfWork, work_id: str) -> str | None:
    """Return the kind of work that was given up; None when there is none of this id."""
    row = await uow.session.get(WorkRow, work_id)
    return None if row is None or row.failure is None else row.kind


async def retry_work(uow: UnitOfWork, work_id: str) -> None:
    """Have work that was given up done anew, with all its attempts before it."""
    row = await uow.session.get_one(WorkRow, work_id)
    row.done_at, row.failure, row.attempts, row.due_at, row.lease_until, row.owner = None, None, 0, uow.now, None, None


async def dismiss_work(uow: UnitOfWork, work_id: str) -> None:
    """Note that somebody has looked at work that was given up."""
    row = await uow.session.get_one(WorkRow, work_id)
    row.failure = DISMISSED + str(row.failure)
