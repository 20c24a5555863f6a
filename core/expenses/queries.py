"""Reads of expenses."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, and_, bindparam, false, func, or_, select

from core.categories.service import categories
from core.categories.tables import CategoryRow
from core.expenses.filters import EVERYTHING, Bound, Filters, Sign
from core.expenses.rules import Expense, State
from core.expenses.tables import ExpenseRow
from core.identity.tables import MemberRow
from core.kernel.months import Month
from core.money import Currency, Money
from core.store.statements import prepared
from core.store.unit_of_work import UnitOfWork

EXPORT_BATCH = 500

Condition: TypeAlias = ColumnElement[bool]


def expense_of(row: Any) -> Expense:
    """Return the domain value of an ExpenseRow, or of its columns."""
    return Expense(
        id=row.id, version=row.version, number=row.number, owner_id=row.owner_id, state=row.state,
        amount=Money(amount_minor=row.amount_minor, currency=Currency.of(row.currency)), spent_on=row.spent_on,
        merchant=row.merchant, description=row.description, category_id=row.category_id, platform=row.platform,
        created_at=row.created_at, deleted=row.deleted_at is not None, base_amount=_base_amount(row),
    )  # fmt: skip


def _base_amount(row: Any) -> Money | None:
    if row.base_amount_minor is None or row.base_currency is None:
        return None
    return Money(amount_minor=row.base_amount_minor, currency=Currency.of(row.base_currency))


async def find_expense(uow: UnitOfWork, expense_id: str) -> Expense | None:
    """Return an expense of the workspace, whoever's it is: only for a reader whose right to see it has been checked."""
    row = (await uow.session.scalars(select(ExpenseRow).where(ExpenseRow.id == expense_id))).first()
    return None if row is None else expense_of(row)


_OWN = prepared(
    select(ExpenseRow).where(ExpenseRow.id == bindparam("expense_id"), ExpenseRow.owner_id == bindparam("owner_id"))
)


async def own_expense(uow: UnitOfWork, owner_id: str, expense_id: str) -> Expense | None:
    """Return a member's own expense, deleted or not; another's is not found."""
    row = (await _OWN.run(uow, expense_id=expense_id, owner_id=owner_id)).first()
    return None if row is None else expense_of(row)


async def own_expenses(
    uow: UnitOfWork, owner_id: str, *, offset: int, limit: int, filters: Filters = EVERYTHING
) -> tuple[tuple[Expense, ...], int]:
    """Return a page of a member's expenses that are not deleted, newest date first, and how many there are in all."""
    mine = [*_own(owner_id), *await _wanted(uow, owner_id, filters)]
    count = await uow.session.scalar(select(func.count()).select_from(ExpenseRow).where(*mine))
    page = select(ExpenseRow).where(*mine).order_by(ExpenseRow.spent_on.desc(), ExpenseRow.number.desc())
    rows = await uow.session.scalars(page.offset(offset).limit(limit))
    return tuple(expense_of(row) for row in rows), int(count or 0)


async def own_totals(uow: UnitOfWork, owner_id: str, month: Month) -> tuple[Money, ...]:
    """Return what a member spent in a month, per currency, the most used one first; deleted and rejected ones do not count."""
    statement = (
        select(ExpenseRow.currency, func.sum(ExpenseRow.amount_minor))
        .where(
            *_own(owner_id),
            ExpenseRow.spent_on.between(month.first, month.last),
            ExpenseRow.state != State.REJECTED,
        )
        .group_by(ExpenseRow.currency)
        .order_by(func.count().desc(), ExpenseRow.currency)
    )
    rows = await uow.session.execute(statement)
    return tuple(Money(amount_minor=int(total), currency=Currency.of(code)) for code, total in rows)


def _own(owner_id: str) -> tuple[Condition, ...]:
    return ExpenseRow.owner_id == owner_id, ExpenseRow.deleted_at.is_(None)


async def _wanted(uow: UnitOfWork, owner_id: str, filters: Filters) -> list[Condition]:
    """Return the conditions of filters: one for each kind, and one for each word and bound."""
    conditions: list[Condition] = []
    if filters.states:
        conditions.append(ExpenseRow.state.in_(filters.states))
    if filters.categories:
        known = [each.id for each in await categories(uow) if each.key in filters.categories]
        conditions.append(ExpenseRow.category_id.in_(known))
    if filters.months or filters.years:
        spans = [(month.first, month.last) for month in filters.months]
        spans += [(date(year, 1, 1), date(year, 12, 31)) for year in filters.years]
        conditions.append(or_(*(ExpenseRow.spent_on.between(first, last) for first, last in spans)))
    conditions += [_holds(word) for word in filters.words]
    if filters.bounds:
        used = select(ExpenseRow.currency).where(*_own(owner_id)).distinct()
        currencies = [Currency.of(code) for code in await uow.session.scalars(used)]
        conditions += [_within(bound, currencies) for bound in filters.bounds]
    return conditions


def _holds(word: str) -> Condition:
    """Return "the words of the expense hold this one", in whatever case.

    SQLite folds the case of ASCII alone; the word is looked for in each way in which people write the other letters.
    """
    ways = dict.fromkeys((word, word.lower(), word.upper(), word.title()))
    columns = (ExpenseRow.merchant, ExpenseRow.description)
    return or_(*(column.icontains(way, autoescape=True) for way in ways for column in columns))


def _within(bound: Bound, currencies: Sequence[Currency]) -> Condition:
    """Return the condition of a bound, in the minor units of each currency that there is."""
    meant = [each for each in currencies if bound.currency in (None, each.code)]
    return or_(false(), *(and_(ExpenseRow.currency == each.code, _compares(bound, each)) for each in meant))


def _compares(bound: Bound, currency: Currency) -> Condition:
    value = bound.value.scaleb(currency.exponent)
    least, most = int(value.to_integral_value(ROUND_CEILING)), int(value.to_integral_value(ROUND_FLOOR))
    amount = ExpenseRow.amount_minor
    match bound.sign:
        case Sign.LESS:
            return amount < least
        case Sign.AT_MOST:
            return amount <= most
        case Sign.AT_LEAST:
            return amount >= least
        case Sign.MORE:
            return amount > most
        case Sign.EQUAL:
            return amount.between(least, most)


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
