"""Deliveries that were given up: listed for an operator, handled anew, or dismissed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from core.conversations.tables import InboxRow, InboxState
from core.store.unit_of_work import UnitOfWork
from core.tenancy.tables import InstallationRow

_KEPT = (InboxRow.state == InboxState.FAILED, InboxRow.payload != {})
"""A payload is emptied after a month (core/conversations/retention.py), and nothing can be done with it any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedDelivery:
    """A delivery that was given up. `what`: which kind of payload it is, in the platform's word; nothing of its content."""

    failure_id: str
    platform: str
    what: str
    received_at: datetime


async def failed_deliveries(uow: UnitOfWork) -> list[FailedDelivery]:
    """Return the deliveries that were given up, oldest first; an album is one."""
    statement = (
        select(InboxRow, InstallationRow.platform)
        .join(InstallationRow, InstallationRow.id == InboxRow.installation_id)
        .where(*_KEPT)
        .order_by(InboxRow.received_at, InboxRow.arrival)
    )
    found: dict[str, FailedDelivery] = {}
    for row, platform in await uow.session.execute(statement):
        failed = FailedDelivery(
            failure_id=str(row.failure_id),
            platform=platform,
            what=_kind_of(row.payload),
            received_at=row.received_at,
        )
        found.setdefault(failed.failure_id, failed)
    return list(found.values())


def _kind_of(payload: Mapping[str, Any]) -> str:
    """Return the word by which a platform names a payload: its event's type, its own, its command, or its first part's name."""
    event = payload.get("event")
    if isinstance(event, Mapping) and "type" in event:
        return str(event["type"])
    named = payload.get("type") or payload.get("command")
    return str(named or next((name for name, value in payload.items() if isinstance(value, Mapping)), "unknown"))


async def retry_delivery(uow: UnitOfWork, failure_id: str) -> bool:
    """Have a delivery that was given up handled anew, with all its attempts before it; False when there is none."""
    return await _change(
        uow, failure_id, state=InboxState.WAITING, attempts=0, due_at=uow.now, done_at=None, failure_id=None
    )


async def dismiss_delivery(uow: UnitOfWork, failure_id: str) -> bool:
    """Count a delivery that was given up as done; False when there is none."""
    return await _change(uow, failure_id, state=InboxState.DONE)


async def _change(uow: UnitOfWork, failed_as: str, **values: Any) -> bool:
    statement = update(InboxRow).where(*_KEPT, InboxRow.failure_id == failed_as).values(**values)
    result: Any = await uow.session.execute(statement.execution_options(synchronize_session=False))
    return bool(result.rowcount)
