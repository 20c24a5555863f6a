"""Reads of the audit trail."""

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import inspect, select

from core.audit.tables import AuditRow
from core.store.unit_of_work import UnitOfWork

EXPORT_BATCH = 500


async def all_entries(uow: UnitOfWork) -> AsyncIterator[dict[str, Any]]:
    """Yield the workspace's audit rows, every column by its name, in the order of their instants, in batches of EXPORT_BATCH."""
    names = [attribute.key for attribute in inspect(AuditRow).column_attrs]
    statement = select(AuditRow).order_by(AuditRow.at, AuditRow.id).execution_options(yield_per=EXPORT_BATCH)
    async for row in await uow.session.stream_scalars(statement):
        yield {name: getattr(row, name) for name in names}
