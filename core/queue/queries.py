"""Reads and guarded writes of the queue. A system table: no tenant is applied here, and none is needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update

from core.kernel.clock import CLOCKS_APART, due_at
from core.queue.tables import LaneRow, WorkRow
from core.store.statements import changed_one, prepared, prepared_insert
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


_NEXT_POSITION = prepared_insert(
    LaneRow,
    lambda insert: insert.on_conflict_do_update(
        index_elements=[LaneRow.lane], set_={"last_position": LaneRow.last_position + 1}
    ).returning(LaneRow.last_position),
)


async def next_position(uow: UnitOfWork, lane: str) -> int:
    """Return the next position in a lane. The row stays locked until the commit, so positions follow the order of commits."""
    return int((await _NEXT_POSITION.run(uow, lane=lane, last_position=1)).scalar_one())


_INSERT_WORK = prepared_insert(
    WorkRow, lambda insert: insert.on_conflict_do_nothing(index_elements=[WorkRow.dedupe_key])
)


async def insert_work(uow: UnitOfWork, values: Mapping[str, Any]) -> None:
    """Insert a piece of work unless its dedupe key stands already."""
    await _INSERT_WORK.run(uow, **values)


async def known_keys(uow: UnitOfWork, keys: Sequence[str]) -> set[str]:
    """Return those of the dedupe keys under which work was queued before, ended or not."""
    if not keys:
        return set()
    statement = select(WorkRow.dedupe_key).where(WorkRow.dedupe_key.in_(keys))
    return {key for key in await uow.session.scalars(statement) if key is not None}


_OPEN_WORK = prepared(
    select(*(getattr(WorkRow, field.name) for field in fields(Work)))
    .where(WorkRow.lane == bindparam("lane"), WorkRow.done_at.is_(None))
    .order_by(WorkRow.position)
    .limit(bindparam("limit"))
)


async def open_work(uow: UnitOfWork, lane: str, *, limit: int) -> list[Work]:
    """Return the work of a lane that has not ended, the oldest first."""
    rows = (await _OPEN_WORK.run(uow, lane=lane, limit=limit)).mappings()
    return [Work(**{**row, "due_at": due_at(row["due_at"], uow.now, made=row["created_at"])}) for row in rows]


async def first_open(uow: UnitOfWork, lane: str) -> Work | None:
    """Return the oldest work of a lane that has not ended."""
    found = await open_work(uow, lane, limit=1)
    return found[0] if found else None


async def open_lanes(uow: UnitOfWork, kind: str) -> list[str]:
    """Return the lanes that have work of a kind which has not ended."""
    statement = select(WorkRow.lane).where(WorkRow.done_at.is_(None), WorkRow.kind == kind)
    return list(await uow.session.scalars(statement.distinct()))


_TAKE_LEASE = prepared(
    update(WorkRow)
    .where(
        WorkRow.id == bindparam("work_id"),
        WorkRow.done_at.is_(None),
        WorkRow.lease_until.is_(None)
        | (WorkRow.lease_until < bindparam("now"))
        | (WorkRow.lease_until > bindparam("ahead"))
        | (WorkRow.owner == bindparam("by")),
    )
    .values(owner=bindparam("by"), lease_until=bindparam("until"))
)


async def take_lease(uow: UnitOfWork, work_id: str, owner: str, until: datetime) -> bool:
    """Set owner and lease where nobody else holds one. Every lease of a kind is as long: a longer one is of a clock put back."""
    ahead = until + CLOCKS_APART
    return await _TAKE_LEASE.changes_one(uow, work_id=work_id, by=owner, until=until, now=uow.now, ahead=ahead)


_END_WORK = prepared(
    update(WorkRow)
    .where(WorkRow.id == bindparam("work_id"), WorkRow.done_at.is_(None))
    .values(done_at=bindparam("now"), failure=bindparam("why"), attempts=WorkRow.attempts + 1, lease_until=None)
)


async def end_work(uow: UnitOfWork, work_id: str, failure: str | None) -> bool:
    """Mark work as ended."""
    return await _END_WORK.changes_one(uow, work_id=work_id, now=uow.now, why=failure)


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


async def lease_owners(uow: UnitOfWork) -> set[str]:
    """Return who holds leases on work that has not ended."""
    statement = select(WorkRow.owner).where(WorkRow.done_at.is_(None), WorkRow.lease_until.is_not(None)).distinct()
    return {owner for owner in await uow.session.scalars(statement) if owner is not None}


async def free_leases_of(uow: UnitOfWork, owners: Sequence[str]) -> None:
    """Free every lease of these owners."""
    await uow.session.execute(
        update(WorkRow)
        .where(WorkRow.done_at.is_(None), WorkRow.owner.in_(owners))
        .values(lease_until=None, owner=None)
        .execution_options(synchronize_session=False)
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
