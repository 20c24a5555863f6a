"""Reads of the audit trail, and the one statement that writes it."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import func, insert, inspect, select
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from core.audit.tables import AuditRow, Entry
from core.store.unit_of_work import UnitOfWork

EXPORT_BATCH = 500


def insert_entries(session: Session, entries: Sequence[AuditRow]) -> None:
    """Insert entries in the middle of a flush, where the session takes no new rows; each names its workspace itself."""
    if entries:
        names = [attribute.key for attribute in inspect(AuditRow).column_attrs]
        session.connection().execute(
            insert(AuditRow), [{name: getattr(entry, name) for name in names} for entry in entries]
        )


def stored_entry(values: Mapping[str, Any]) -> Entry:
    """Return the entry of a row as the database stores it, by column names: for rows that came by no session."""
    return Entry(**{name: to_python(values[name]) for name, to_python in _TO_PYTHON})


def _to_python(kind: TypeEngine[Any]) -> Callable[[Any], Any]:
    processor: Callable[[Any], Any] | None = kind.result_processor(DefaultDialect(), None)
    return processor or (lambda value: value)


_TO_PYTHON = [(each.name, _to_python(AuditRow.__table__.columns[each.name].type)) for each in fields(Entry)]


async def trail_size(uow: UnitOfWork) -> int:
    """Return how many entries the workspace's trail has."""
    return int(await uow.session.scalar(select(func.count()).select_from(AuditRow)) or 0)


async def all_entries(uow: UnitOfWork) -> AsyncIterator[dict[str, Any]]:
    """Yield the workspace's audit rows, every column by its name, in the order of their instants, in batches of EXPORT_BATCH."""
    names = [attribute.key for attribute in inspect(AuditRow).column_attrs]
    statement = select(AuditRow).order_by(AuditRow.at, AuditRow.id).execution_options(yield_per=EXPORT_BATCH)
    async for row in await uow.session.stream_scalars(statement):
        yield {name: getattr(row, name) for name in names}
