"""Durable work: what is queued in a transaction is done after it, at least once, in order within its lane."""

from datetime import datetime, timedelta
from typing import Any

from core.kernel.clock import PUT_OFF_MAX
from core.queue import queries
from core.store.unit_of_work import UnitOfWork

LEASE_S = 15
"""How long a process may be silent before another takes over what it began, in seconds; a sending that takes longer renews it."""


async def enqueue(
    uow: UnitOfWork,
    kind: str,
    lane: str,
    payload: dict[str, Any],
    *,
    due_at: datetime | None = None,
    dedupe_key: str | None = None,
) -> None:
    """Queue a piece of work of `kind` in `lane`, at the end of the transaction; a known `dedupe_key` queues nothing.

    `due_at`: within PUT_OFF_MAX; what is to be done some other day is kept by its capability, and a tick looks for it.
    The listeners of the topic that is named as the kind hear the lane right after the commit.
    """
    if due_at is not None and due_at > uow.now + PUT_OFF_MAX:
        raise ValueError(f"work that is due at {due_at:%Y-%m-%d %H:%M} is no work yet")
    work = {
        "id": uow.new_id(), "kind": kind, "lane": lane, "workspace_id": uow.actor.workspace_id, "dedupe_key": dedupe_key,
        "payload": payload, "trace_id": uow.actor.trace_id, "created_at": uow.now, "due_at": due_at or uow.now, "attempts": 0,
    }  # fmt: skip
    uow.at_end(_take_places, work)
    uow.signal(kind, lane)


async def _take_places(uow: UnitOfWork, queued: list[dict[str, Any]]) -> None:
    """Insert what was queued, lane by lane in one order for everybody.

    A place locks its lane until the commit: two transactions that took the same lanes in different orders would wait for
    each other, and PostgreSQL would end one of them.
    """
    for work in sorted(queued, key=lambda each: each["lane"]):  # stable: within a lane the order stays
        position = await queries.next_position(uow, f"queue:{work['lane']}")
        await queries.insert_work(uow, work | {"position": position})


async def claim(uow: UnitOfWork, work_id: str, owner: str, lease_s: int = LEASE_S) -> bool:
    """Take a piece of work for `lease_s` seconds; False when it is done or somebody else is at it."""
    return await queries.take_lease(uow, work_id, owner, uow.now + timedelta(seconds=lease_s))


async def finish(uow: UnitOfWork, work_id: str, *, failure: str | None = None) -> bool:
    """End a piece of work, done or given up for the reason of `failure`; False when it had ended already."""
    return await queries.end_work(uow, work_id, failure)


async def postpone(uow: UnitOfWork, work_id: str, due_at: datetime, *, counts: bool = True) -> None:
    """Try a piece of work again at `due_at`, after PUT_OFF_MAX at the latest; its lane waits for it.

    `counts`: it was an attempt, and not only a wait.
    """
    await queries.postpone_work(uow, work_id, min(due_at, uow.now + PUT_OFF_MAX), 1 if counts else 0)


async def release(uow: UnitOfWork, work_id: str, owner: str) -> None:
    """Leave a piece of work to whoever comes next, at once, rather than when the lease ends."""
    await queries.free_lease(uow, work_id, owner)
