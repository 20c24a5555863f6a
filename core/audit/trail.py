"""Writes the trail: one row for each change of an audited row, in the transaction of the change, by construction."""

import hashlib
import json
from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session, UOWTransaction

from core.audit.queries import insert_entries
from core.audit.tables import AuditRow, Entry
from core.store.base import Audited
from core.store.types import storable
from core.store.unit_of_work import StoreSession, UnitOfWork, unit_of_work_of

PENDING = "audit entries"
StoreSession.keeps_trail = True


@event.listens_for(StoreSession, "before_flush")
def _note_changes(session: Session, _context: UOWTransaction, _instances: object) -> None:
    """Describe the changes while the session still knows what stood before."""
    session.info[PENDING] = list(_entries_of(session))


@event.listens_for(StoreSession, "after_flush")
def _record_changes(session: Session, _context: UOWTransaction) -> None:
    """Write the entries after the rows: who was slower fails at the row's version, not at the trail's unique key."""
    insert_entries(session, session.info.pop(PENDING))


def _entries_of(session: Session) -> Iterator[AuditRow]:
    unit = unit_of_work_of(session)
    for row in session.new:
        if isinstance(row, Audited):
            yield _entry(unit, row, "created", 1, {}, _values(row))
    for row in session.dirty:
        if isinstance(row, Audited) and session.is_modified(row):
            before, after = _changes(row)
            yield _entry(unit, row, "changed", row.version + 1, before, after)
    for row in session.deleted:
        if isinstance(row, Audited):
            yield _entry(unit, row, "deleted", row.version + 1, _values(row), {})


def _entry(
    unit: UnitOfWork, row: Audited, action: str, version: int, before: dict[str, Any], after: dict[str, Any]
) -> AuditRow:
    entry = AuditRow(
        id=unit.new_id(),
        workspace_id=unit.workspace_id,
        at=unit.now,
        member_id=unit.actor.member_id,
        account_id=unit.actor.account_id,
        platform=unit.actor.platform,
        operation=unit.actor.operation,
        trace_id=unit.actor.trace_id,
        action=action,
        subject_kind=str(inspect(type(row)).local_table.name),
        subject_id=row.id,
        subject_version=version,
        before=before,
        after=after,
    )
    entry.digest = digest(entry)
    return entry


def digest(entry: AuditRow | Entry) -> str:
    """Return the SHA-256 of an entry's content, in hexadecimal; the chain is sealed over these."""
    content = [
        entry.id, entry.workspace_id, entry.at.isoformat(), entry.member_id, entry.account_id, entry.platform, entry.operation,
        entry.action, entry.subject_kind, entry.subject_id, entry.subject_version, entry.before, entry.after,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _values(row: Audited) -> dict[str, Any]:
    names = (attribute.key for attribute in inspect(type(row)).column_attrs if attribute.key not in _left_out(row))
    return {name: _plain(getattr(row, name)) for name in names}


def _changes(row: Audited) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what stood and what stands in the columns that changed."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    state = inspect(row)
    for attribute in inspect(type(row)).column_attrs:
        history = state.attrs[attribute.key].history
        if history.has_changes() and attribute.key not in _left_out(row):
            before[attribute.key] = _plain(history.deleted[0]) if history.deleted else None
            after[attribute.key] = _plain(getattr(row, attribute.key))
    return before, after


def _left_out(row: Audited) -> frozenset[str]:
    return row.audit_hidden | {"id", "version", "workspace_id"}


def _plain(value: Any) -> Any:
    """Return a value in JSON's own types, a text as its column keeps it: the digest is over what is stored."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return str(value)
    return storable(value) if isinstance(value, str) else value
