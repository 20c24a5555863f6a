"""Receipts: taken in, read or refused, attached."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from core.identity.rules import Account, Member
from core.kernel.errors import DomainError
from core.receipts.port import Reading
from core.receipts.queries import receipt_of
from core.receipts.record import Receipt, ReceiptState, kept
from core.receipts.tables import ReceiptRow
from core.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A file that somebody sent. `reference`: what the platform needs to hand its content over."""

    name: str
    reference: dict[str, Any]


async def take_in(
    uow: UnitOfWork, owner: Member, account: Account, files: Sequence[Sent], *, expense_id: str | None = None
) -> tuple[Receipt, ...]:
    """Note files as receipts that wait to be read: together, of one expense (`expense_id`: one that there is already)."""
    batch_id = uow.new_id()
    rows = []
    for position, file in enumerate(files):
        row = ReceiptRow(
            id=batch_id if position == 0 else uow.new_id(),
            batch_id=batch_id,
            position=position,
            owner_id=owner.id,
            account_id=account.id,
            expense_id=expense_id,
            name=file.name,
            reference=file.reference,
            state=ReceiptState.WAITING,
            seen_before=False,
            created_at=uow.now,
        )
        rows.append(row)
        uow.session.add(row)
    await uow.session.flush()
    return tuple(receipt_of(row) for row in rows)


async def separate(uow: UnitOfWork, batch_id: str) -> tuple[Receipt, ...]:
    """Make receipts that were sent together belong each to an expense of its own."""
    rows = (await uow.session.scalars(select(ReceiptRow).where(ReceiptRow.batch_id == batch_id))).all()
    for row in rows:
        row.batch_id = row.id
    await uow.session.flush()
    return tuple(receipt_of(row) for row in sorted(rows, key=lambda row: row.position))


async def hold_batch(uow: UnitOfWork, receipt_id: str) -> None:
    """Hold the receipts that belong together until the commit: of two readings that end in the same instant, the slower
    one sees what the faster one wrote. Otherwise each took the other for unread, and nobody made the draft.
    """
    batch_id = (await uow.session.scalars(select(ReceiptRow.batch_id).where(ReceiptRow.id == receipt_id))).one()
    await uow.session.execute(select(ReceiptRow.id).where(ReceiptRow.id == batch_id).with_for_update())


async def note_reading(
    uow: UnitOfWork, receipt_id: str, *, reading: Reading, file_id: str, seen_before: bool
) -> Receipt:
    """Keep what was read."""
    row = await _row(uow, receipt_id)
    row.state, row.reading, row.file_id, row.reference = ReceiptState.READ, kept(reading), file_id, {}
    row.seen_before = seen_before
    await uow.session.flush()
    return receipt_of(row)


async def note_refusal(
    uow: UnitOfWork, receipt_id: str, refusal: DomainError, *, file_id: str | None = None
) -> Receipt:
    """Keep why nothing was read; the picture itself stays a receipt where it could be stored."""
    row = await _row(uow, receipt_id)
    row.state, row.refusal, row.refusal_arguments = ReceiptState.REFUSED, refusal.key(), refusal.arguments()
    row.file_id = file_id
    await uow.session.flush()
    return receipt_of(row)


async def attach(uow: UnitOfWork, batch_id: str, expense_id: str) -> None:
    """Put the receipts that belong together behind an expense."""
    for row in await uow.session.scalars(select(ReceiptRow).where(ReceiptRow.batch_id == batch_id)):
        if row.expense_id is None:
            row.expense_id = expense_id
    await uow.session.flush()


async def reference_of(uow: UnitOfWork, receipt_id: str) -> dict[str, Any]:
    """Return what the platform needs to hand a receipt's content over."""
    reference: dict[str, Any] = (await _row(uow, receipt_id)).reference
    return reference


async def _row(uow: UnitOfWork, receipt_id: str) -> ReceiptRow:
    return (await uow.session.scalars(select(ReceiptRow).where(ReceiptRow.id == receipt_id))).one()
