"""The sums and rows of reports, each as one query. Whoever asks has been checked: scopes follow from the member alone."""

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from core.categories.tables import CategoryRow
from core.expenses.queries import ExportedExpense, expense_of
from core.expenses.rules import State
from core.expenses.tables import ExpenseRow
from core.identity.rules import Member
from core.identity.tables import MemberRow
from core.kernel.months import Month
from core.money import Currency, Money
from core.reports.rules import Report, Scope, Sum, report_of
from core.store.unit_of_work import UnitOfWork

EXPORT_BATCH = 500
COUNTED = (State.SUBMITTED, State.APPROVED, State.PAID)
"""What counts as spent in the books of others; one's own drafts count in one's own report."""


async def month_report(uow: UnitOfWork, member: Member, scope: Scope, month: Month) -> Report:
    """Return a month's report as the member may see it, beside the month before."""
    sums = await _sums(uow, member, scope, month)
    return report_of(month, scope, sums, await _sums(uow, member, scope, month.previous))


async def _sums(uow: UnitOfWork, member: Member, scope: Scope, month: Month) -> tuple[Sum, ...]:
    # In the books' currency where the rate is known, in the expense's own where it is not: never mixed.
    currency = func.coalesce(ExpenseRow.base_currency, ExpenseRow.currency)
    amount = func.sum(func.coalesce(ExpenseRow.base_amount_minor, ExpenseRow.amount_minor))
    statement = (
        select(ExpenseRow.category_id, currency, amount, func.count())
        .where(*_counted(member, scope, month))
        .group_by(ExpenseRow.category_id, currency)
    )
    return tuple(
        Sum(
            category_id=category_id,
            amount=Money(amount_minor=int(amount_minor), currency=Currency.of(code)),
            count=int(count),
        )
        for category_id, code, amount_minor, count in await uow.session.execute(statement)
    )


def _counted(member: Member, scope: Scope, month: Month) -> tuple[ColumnElement[bool], ...]:
    period = (ExpenseRow.spent_on >= month.first, ExpenseRow.spent_on <= month.last, ExpenseRow.deleted_at.is_(None))
    if scope is Scope.OWN:
        return (*period, ExpenseRow.owner_id == member.id, ExpenseRow.state != State.REJECTED)
    if scope is Scope.TEAM:
        team: Select[Any] = select(MemberRow.id).where(MemberRow.manager_id == member.id)
        return (*period, ExpenseRow.owner_id.in_(team), ExpenseRow.state.in_(COUNTED))
    return (*period, ExpenseRow.state.in_(COUNTED))


async def month_expenses(uow: UnitOfWork, member: Member, scope: Scope, month: Month) -> AsyncIterator[ExportedExpense]:
    """Yield the expenses behind a report, by date and number, in batches of EXPORT_BATCH."""
    statement: Any = (
        select(ExpenseRow, MemberRow.name, CategoryRow.key)
        .join(MemberRow, MemberRow.id == ExpenseRow.owner_id)
        .join(CategoryRow, CategoryRow.id == ExpenseRow.category_id)
        .where(*_counted(member, scope, month))
        .order_by(ExpenseRow.spent_on, ExpenseRow.number)
        .execution_options(yield_per=EXPORT_BATCH)
    )
    async for row, owner, category in await uow.session.stream(statement):
        yield ExportedExpense(expense=expense_of(row), owner=owner, category=category)
