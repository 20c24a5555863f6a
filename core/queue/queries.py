"""Reads and guarded writes of the queue. A system table: no tenant is applied here, and none is needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update

from core.kernel.clock import CLOCKS_APART, due_at
from core.queue.tables import LaneRow, WorkRow
from core.store.statements import changed_one, insert_into
from core.store.unit_of_work import UnitOfWork

TRIAL_CHARACTERS = 64 * 1024
_TRIAL = "trial"


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A piece of work that is open. `lease_until` and `owner`: who is at it, if anybody."""

    id: str
    kind: str
    lane: str
    workspace_id: str | None
    payload: dict[str, Any]
    trace_id: str | None
    due_at: datetime
    lease_until: datetime | None
    owner: str | None
    attempts: int
    created_at: datetime


async def next_position(uow: UnitOfWork, lane: str) -> int:
    """Return the next position in a lane. The row stays locked until the commit, so positions follow the order of commits."""
    insert = insert_into(uow, LaneRow).values(lane=lane, last_position=1)
    upsert = insert.on_conflict_do_update(
        index_elements=[LaneRow.lane], set_={"last_position": LaneRow.last_position + 1}
    ).returning(LaneRow.last_position)
    return int((await uow.session.execute(upsert)).scalar_one())


async def insert_work(uow: UnitOfWork, values: Mapping[str, Any]) -> None:
    """Insert a piece of work unless its dedupe key stands already."""
    insert = insert_into(uow, WorkRow).values(**values).on_conflict_do_nothing(index_elements=[WorkRow.dedupe_key])
    await uow.session.execute(insert)


async def known_keys(uow: UnitOfWork, keys: Sequence[str]) -> set[str]:
    """Return those of the dedupe keys under which work was queued before, ended or not."""
    if not keys:
        return set()
    statement = select(WorkRow.dedupe_key).where(WorkRow.dedupe_key.in_(keys))
    return {key for key in await uow.session.scalars(statement) if key is not None}


async def first_open(uow: UnitOfWork, lane: str) -> Work | None:
    """Return the oldest work of a lane that has not ended."""
    row = (
        await uow.session.scalars(
            select(WorkRow).where(WorkRow.lane == lane, WorkRow.done_at.is_(None)).order_by(WorkRow.position).limit(1)
        )
    ).first()
    return None if row is None else _work(row, uow.now)


async def open_lanes(uow: UnitOfWork, kind: str) -> list[str]:
    """Return the lanes that have work of a kind which has not ended."""
    statement = select(WorkRow.lane).where(WorkRow.done_at.is_(None), WorkRow.kind == kind)
    return list(await uow.session.scalars(statement.distinct()))


async def take_lease(uow: UnitOfWork, work_id: str, owner: str, until: datetime) -> bool:
    """Set owner and lease where nobody else holds one. Every lease of a kind is as long: a longer one is of a clock put back."""
    put_back = WorkRow.lease_until > until + CLOCKS_APART
    free = (WorkRow.lease_until.is_(None)) | (WorkRow.lease_until < uow.now) | put_back | (WorkRow.owner == owner)
    return await changed_one(
        uow,
        update(WorkRow)
        .where(WorkRow.id == work_id, WorkRow.done_at.is_(None), free)
        .values(owner=owner, lease_until=until),
    )


async def end_work(uow: UnitOfWork, work_id: str, failure: str | None) -> bool:
    """Mark work as ended."""
    return await changed_one(
        uow,
        update(WorkRow)
        .where(WorkRow.id == work_id, WorkRow.done_at.is_(None))
        .values(done_at=uow.now, failure=failure, attempts=WorkRow.attempts + 1, lease_until=None),
    )


async def postpone_work(uow: UnitOfWork, work_id: str, due: datetime, attempts: int) -> None:
    """Count so many attempts and free the lease."""
    await changed_one(
        uow,
        update(WorkRow)
        .where(WorkRow.id == work_id, WorkRow.done_at.is_(None))
        .values(due_at=due, attempts=WorkRow.attempts + attempts, lease_until=None, owner=None),
    )


async def free_lease(uow: UnitOfWork, work_id: str, owner: str) -> None:
    """Free the lease of an owner, if it holds it still."""
    await changed_one(
        uow,
        update(WorkRow)
        .where(WorkRow.id == work_id, WorkRow.done_at.is_(None), WorkRow.owner == owner)
        .values(lease_until=None, owner=None),
    )


async def release_all(uow: UnitOfWork) -> None:
    """Free every lease: for a process that starts and knows that it is alone with the database."""
    await uow.session.execute(
        update(WorkRow)
        .where(WorkRow.done_at.is_(None))
        .values(lease_until=None, owner=None)
        .execution_options(synchronize_session=False)
    )


async def store_trial(uow: UnitOfWork) -> None:
    """Store something that nobody does, as large as what is queued for people: it shows whether the store takes that."""
    values = {
        "id": uow.new_id(), "kind": _TRIAL, "lane": _TRIAL, "position": 0, "payload": "x" * TRIAL_CHARACTERS,
        "created_at": uow.now, "due_at": uow.now, "done_at": uow.now, "attempts": 0,
    }  # fmt: skip
    await insert_work(uow, values)


async def forget_trials(uow: UnitOfWork) -> None:
    """Take away what `store_trial` left, also in a process that died before it could."""
    await uow.session.execute(
        delete(WorkRow).where(WorkRow.lane == _TRIAL).execution_options(synchronize_session=False)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What waits of a kind: how much, and since when the oldest of it does."""

    kind: str
    count: int
    since: datetime


async def backlog(uow: UnitOfWork) -> list[Backlog]:
    """Return what waits, by kind: work that is due, or that was tried already and is tried again."""
    statement = (
        select(WorkRow.kind, func.count(), func.min(WorkRow.created_at))
        .where(WorkRow.done_at.is_(None), (WorkRow.due_at <= uow.now) | (WorkRow.attempts > 0))
        .group_by(WorkRow.kind)
    )
    rows = await uow.session.execute(statement)
    return [Backlog(kind=kind, count=count, since=since) for kind, count, since in rows]


async def open_count(uow: UnitOfWork) -> int:
    """Return how much work has not ended."""
    return int(
        (await uow.session.scalar(select(func.count()).select_from(WorkRow).where(WorkRow.done_at.is_(None)))) or 0
    )


def _work(row: WorkRow, now: datetime) -> Work:
    return Work(
        id=row.id, kind=row.kind, lane=row.lane, workspace_id=row.workspace_id, payload=row.payload, trace_id=row.trace_id,
        due_at=due_at(row.due_at, now, made=row.created_at), lease_until=row.lease_until, owner=row.owner, attempts=row.attempts,
        created_at=row.created_at,
    )  # fmt: skip
