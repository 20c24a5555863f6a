"""Reads of receipts."""

from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, select

from core.files.tables import FileRow
from core.receipts.record import Receipt, ReceiptState, fields_of
from core.receipts.tables import ReceiptRow
from core.store.statements import prepared
from core.store.unit_of_work import UnitOfWork


async def receipt(uow: UnitOfWork, receipt_id: str) -> Receipt | None:
    """Return a receipt of the workspace."""
    found = await _receipts(uow, ReceiptRow.id == receipt_id)
    return found[0] if found else None


async def batch(uow: UnitOfWork, batch_id: str) -> tuple[Receipt, ...]:
    """Return the receipts that belong together, in their order."""
    return await _receipts(uow, ReceiptRow.batch_id == batch_id)


_RECEIPTS = (
    select(ReceiptRow, FileRow.media_type)
    .outerjoin(FileRow, FileRow.id == ReceiptRow.file_id)
    .order_by(ReceiptRow.created_at, ReceiptRow.position, ReceiptRow.id)
)
_OF_EXPENSE = prepared(_RECEIPTS.where(ReceiptRow.expense_id == bindparam("expense_id")))


async def receipts_of(uow: UnitOfWork, expense_id: str) -> tuple[Receipt, ...]:
    """Return the receipts of an expense, in their order."""
    return tuple(receipt_of(row, row.media_type) for row in await _OF_EXPENSE.run(uow, expense_id=expense_id))


async def _receipts(uow: UnitOfWork, *where: ColumnElement[bool]) -> tuple[Receipt, ...]:
    rows = await uow.session.execute(_RECEIPTS.where(*where))
    return tuple(receipt_of(row, media_type) for row, media_type in rows)


async def receipt_counts(uow: UnitOfWork) -> dict[str, int]:
    """Return how many receipts each expense of the workspace has, by the expense's id."""
    statement = (
        select(ReceiptRow.expense_id, func.count())
        .where(ReceiptRow.expense_id.is_not(None))
        .group_by(ReceiptRow.expense_id)
    )
    return {str(expense_id): int(count) for expense_id, count in await uow.session.execute(statement)}


async def same_content(uow: UnitOfWork, content_hash: str, but: str) -> tuple[Receipt, ...]:
    """Return the receipts of the workspace that have the same bytes, without the one that is asked for."""
    return await _receipts(
        uow,
        FileRow.content_hash == content_hash,
        ReceiptRow.id != but,
        ReceiptRow.state == ReceiptState.READ,
    )


def receipt_of(row: Any, media_type: str | None = None) -> Receipt:
    """Return the domain value of a ReceiptRow, or of its columns; `media_type` of its file, where that is known."""
    return Receipt(
        id=row.id,
        version=row.version,
        batch_id=row.batch_id,
        owner_id=row.owner_id,
        account_id=row.account_id,
        expense_id=row.expense_id,
        file_id=row.file_id,
        media_type=media_type,
        name=row.name,
        state=row.state,
        fields=None if row.reading is None else fields_of(row.reading),
        refusal=row.refusal,
        refusal_arguments=row.refusal_arguments or {},
        seen_before=row.seen_before,
    )
