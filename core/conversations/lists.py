"""Lists that somebody looks at: a button carries only the row's id, as callback data holds no filters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from core.conversations.tables import StoredListRow
from core.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredList:
    """A list of an account, and the page that it is at, counted from 0. `filters`: JSON of whoever made the list."""

    id: str
    kind: str
    page: int
    filters: Mapping[str, Any]


async def store_list(uow: UnitOfWork, *, account_id: str, kind: str, filters: Mapping[str, Any] | None = None) -> str:
    """Store a new list at its first page; return its id."""
    row = StoredListRow(
        id=uow.new_id(), account_id=account_id, kind=kind, filters=dict(filters or {}), page=0, created_at=uow.now
    )
    uow.session.add(row)
    await uow.session.flush()
    return row.id


async def find_list(uow: UnitOfWork, list_id: str, account_id: str) -> StoredList | None:
    """Return a list of this account; another's is not found."""
    row = await _row(uow, list_id, account_id)
    return None if row is None else StoredList(id=row.id, kind=row.kind, page=row.page, filters=row.filters)


async def set_page(uow: UnitOfWork, list_id: str, account_id: str, page: int) -> bool:
    """Go to a page; False where the account has no such list."""
    row = await _row(uow, list_id, account_id)
    if row is None:
        return False
    row.page = page
    return True


async def set_filters(uow: UnitOfWork, list_id: str, account_id: str, filters: Mapping[str, Any]) -> bool:
    """Show something else, from the first page on; False where the account has no such list."""
    row = await _row(uow, list_id, account_id)
    if row is None:
        return False
    row.filters, row.page = dict(filters), 0
    return True


async def _row(uow: UnitOfWork, list_id: str, account_id: str) -> StoredListRow | None:
    statement = select(StoredListRow).where(StoredListRow.id == list_id, StoredListRow.account_id == account_id)
    return (await uow.session.scalars(statement)).first()
