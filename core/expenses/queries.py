"""Reads of expenses."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from core.categories.tables import CategoryRow
from core.expenses.rules import Expense
from core.expenses.tables import ExpenseRow
from core.identity.tables import MemberRow
from core.money import Currency, Money
from core.store.unit_of_work import UnitOfWork

EXPORT_BATCH = 500


def expense_of(row: ExpenseRow) -> Expense:
    """Return the domain value of a row."""
    return Expense(
        id=row.id, version=row.version, number=row.number, owner_id=row.owner_id, state=row.state,
        amount=Money(amount_minor=row.amount_minor, currency=Currency.of(row.currency)), spent_on=row.spent_on,
        merchant=row.merchant, description=row.description, category_id=row.category_id, platform=row.platform,
        created_at=row.created_at, deleted=row.deleted_at is not None, base_amount=_base_amount(row),
    )  # fmt: skip


def _base_amount(row: ExpenseRow) -> Money | None:
    if row.base_amount_minor is None or row.base_currency is None:
        return None
    return Money(amount_minor=row.base_amount_minor, currency=Currency.of(row.base_currency))


async def find_expense(uow: UnitOfWork, expense_id: str) -> Expense | None:
    """Return an expense of the workspace, whoever's it is: only for a reader whose right to see it has been checked."""
    row = (await uow.session.scalars(select(ExpenseRow).where(ExpenseRow.id == expense_id))).first()
    return None if row is None else expense_of(row)


async def own_expense(uow: UnitOfWork, owner_id: str, expense_id: str) -> Expense | None:
    """Return a member's own expense, deleted or not; another's is not found."""
    statement = select(ExpenseRow).where(ExpenseRow.id == expense_id, ExpenseRow.owner_id == owner_id)
    row = (await uow.session.scalars(statement)).first()
    return None if row is None else expense_of(row)


async def own_expenses(uow: UnitOfWork, owner_id: str, *, offset: int, limit: int) -> tuple[tuple[Expense, ...], int]:
    """Return a page of a member's expenses that are not deleted, newest date first, and how many there are in all."""
    mine = (ExpenseRow.owner_id == owner_id, ExpenseRow.deleted_at.is_(None))
    count = await uow.session.scalar(select(func.count()).select_from(ExpenseRow).where(*mine))
    page = select(ExpenseRow).where(*mine).order_by(ExpenseRow.spent_on.desc(), ExpenseRow.number.desc())
    rows = await uow.session.scalars(page.offset(offset).limit(limit))
    return tuple(expense_of(row) for row in rows), int(count or 0)


async def expense_from_message(
    uow: UnitOfWork, owner_id: str, installation_id: str, channel: str, message: str
) -> Expense | None:
    """Return the member's expense that was made from a message."""
    statement = select(ExpenseRow).where(
        ExpenseRow.owner_id == owner_id,
        ExpenseRow.source_installation_id == installation_id,
        ExpenseRow.source_channel == channel,
        ExpenseRow.source_message == message,
    )
    row = (await uow.session.scalars(statement)).first()
    return None if row is None else expense_of(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedExpense:
    """An expense with the names of what it refers to."""

    expense: Expense
    owner: str
    category: str


async def all_expenses(uow: UnitOfWork) -> AsyncIterator[ExportedExpense]:
    """Yield the workspace's expenses that are not deleted, by number, in batches of EXPORT_BATCH."""
    statement: Any = (
        select(ExpenseRow, MemberRow.name, CategoryRow.key)
        .join(MemberRow, MemberRow.id == ExpenseRow.owner_id)
        .join(CategoryRow, CategoryRow.id == ExpenseRow.category_id)
        .where(ExpenseRow.deleted_at.is_(None))
        .order_by(ExpenseRow.number)
        .execution_options(yield_per=EXPORT_BATCH)
    )
    async for row, owner, category in await uow.session.stream(statement):
        yield ExportedExpense(expense=expense_of(row), owner=owner, category=category)
