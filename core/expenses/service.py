"""Use cases of expenses: each checks whose it is, which version was seen, and what its state allows."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select

from core.expenses.errors import (
    AlreadyDeleted,
    AlreadyRestored,
    AlreadySubmitted,
    AmountNotPositive,
    AmountTooLarge,
    ExpenseChanged,
    ExpenseClosed,
    ExpenseNotFound,
    NotSubmitted,
)
from core.expenses.queries import expense_of
from core.expenses.rules import (
    EXPENSE_MINOR_MAX,
    Details,
    Expense,
    State,
    may_change,
    may_delete,
    may_submit,
    may_take_back,
)
from core.expenses.tables import ExpenseRow
from core.identity.rules import Member
from core.store.unit_of_work import UnitOfWork
from core.tenancy.queries import next_number


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The message that an expense was made from, in the platform's ids."""

    installation_id: str
    channel: str
    message: str


async def record(uow: UnitOfWork, owner: Member, details: Details, *, platform: str, origin: Origin | None) -> Expense:
    """Make a draft. In the base currency its base amount is known at once; otherwise it waits for a rate."""
    _check(details)
    number = await next_number(uow, "expense")
    row = ExpenseRow(
        id=uow.new_id(), business_id=owner.business_id, number=number, owner_id=owner.id, state=State.DRAFT, platform=platform,
        source_installation_id=origin.installation_id if origin else None, source_channel=origin.channel if origin else None,
        source_message=origin.message if origin else None, created_at=uow.now,
    )  # fmt: skip
    _put(row, details, owner.currency)
    uow.session.add(row)
    await uow.session.flush()
    return expense_of(row)


async def correct(uow: UnitOfWork, owner: Member, expense_id: str, version: int | None, details: Details) -> Expense:
    """Put other details in the place of an expense's.

    Raises ExpenseNotFound, AlreadyDeleted, ExpenseClosed, ExpenseChanged, AmountNotPositive.
    """
    _check(details)
    row = await _own(uow, owner, expense_id)
    _allow(row, version, may_change)
    _put(row, details, owner.currency)
    await uow.session.flush()
    return expense_of(row)


async def categorise(uow: UnitOfWork, owner: Member, expense_id: str, version: int | None, category_id: str) -> Expense:
    """Choose another category; the one that it has already is no change, whichever version was seen.

    Raises ExpenseNotFound, AlreadyDeleted, ExpenseClosed, ExpenseChanged.
    """
    row = await _own(uow, owner, expense_id)
    _allow(row, None if row.category_id == category_id else version, may_change)
    row.category_id = category_id
    await uow.session.flush()
    return expense_of(row)


async def submit(uow: UnitOfWork, owner: Member, expense_id: str, version: int | None) -> Expense:
    """Hand an expense in for approval.

    Raises ExpenseNotFound, AlreadyDeleted, AlreadySubmitted, ExpenseClosed, ExpenseChanged.
    """
    row = await _own(uow, owner, expense_id)
    if row.state is State.SUBMITTED:
        raise AlreadySubmitted(number=row.number)
    _allow(row, version, may_submit)
    row.state, row.submitted_at = State.SUBMITTED, uow.now
    await uow.session.flush()
    return expense_of(row)


async def take_back(uow: UnitOfWork, owner: Member, expense_id: str, version: int | None) -> Expense:
    """Make a draft again of what is submitted. Whoever decides on it at this moment comes first, or too late.

    Raises ExpenseNotFound, AlreadyDeleted, NotSubmitted, ExpenseChanged.
    """
    row = await _own(uow, owner, expense_id, hold=True)
    if not may_take_back(row.state):
        raise NotSubmitted(number=row.number)
    _check_version(row, version)
    row.state, row.submitted_at = State.DRAFT, None
    await uow.session.flush()
    return expense_of(row)


async def lock_expense(uow: UnitOfWork, expense_id: str) -> Expense:
    """Return an expense as it stands, held until the commit: whoever decides on it waits for whoever does so already."""
    return expense_of(await uow.session.get_one(ExpenseRow, expense_id, populate_existing=True, with_for_update=True))


async def conclude(uow: UnitOfWork, expense_id: str, state: State) -> Expense:
    """Put down what was decided on a submitted expense. Raises ExpenseClosed when it is not submitted."""
    row = await uow.session.get_one(ExpenseRow, expense_id)
    if row.state is not State.SUBMITTED:
        raise ExpenseClosed(number=row.number)
    row.state = state
    await uow.session.flush()
    return expense_of(row)


async def delete(uow: UnitOfWork, owner: Member, expense_id: str, version: int | None) -> Expense:
    """Mark an expense as deleted. Raises ExpenseNotFound, AlreadyDeleted, ExpenseClosed, ExpenseChanged."""
    row = await _own(uow, owner, expense_id)
    _allow(row, version, may_delete)
    row.deleted_at = uow.now
    await uow.session.flush()
    return expense_of(row)


async def restore(uow: UnitOfWork, owner: Member, expense_id: str, version: int | None) -> Expense:
    """Take the mark of a deletion back. Raises ExpenseNotFound, AlreadyRestored, ExpenseChanged."""
    row = await _own(uow, owner, expense_id, deleted=True)
    _allow(row, version, may_delete)
    row.deleted_at = None
    await uow.session.flush()
    return expense_of(row)


async def _own(
    uow: UnitOfWork, owner: Member, expense_id: str, *, deleted: bool = False, hold: bool = False
) -> ExpenseRow:
    """Return the row of the member's own expense, deleted or not as it is wanted; `hold`: as in `lock_expense`."""
    statement = select(ExpenseRow).where(ExpenseRow.id == expense_id, ExpenseRow.owner_id == owner.id)
    if hold:
        statement = statement.with_for_update()
    row = (await uow.session.scalars(statement)).first()
    if row is None:
        raise ExpenseNotFound
    if row.deleted_at is not None and not deleted:
        raise AlreadyDeleted(number=row.number)
    if row.deleted_at is None and deleted:
        raise AlreadyRestored(number=row.number)
    return row


def _allow(row: ExpenseRow, version: int | None, allows: Callable[[State], bool]) -> None:
    """Refuse what the state does not allow, or what was seen in another version (None: whichever), in this order.

    What has happened is said before that something has changed: of two quick taps the second one finds the work done.
    """
    if not allows(row.state):
        raise ExpenseClosed(number=row.number)
    _check_version(row, version)


def _check_version(row: ExpenseRow, version: int | None) -> None:
    if version is not None and row.version != version:
        raise ExpenseChanged(number=row.number, version=row.version)


def _check(details: Details) -> None:
    if details.amount.amount_minor <= 0:
        raise AmountNotPositive
    if details.amount.amount_minor > EXPENSE_MINOR_MAX:
        raise AmountTooLarge


def _put(row: ExpenseRow, details: Details, base_currency: str) -> None:
    row.amount_minor, row.currency = details.amount.amount_minor, details.amount.currency.code
    same = row.currency == base_currency
    row.base_amount_minor = row.amount_minor if same else None
    row.base_currency = base_currency if same else None
    row.rate, row.rate_source, row.rate_date = ("1", "same currency", details.spent_on) if same else (None, None, None)
    row.spent_on, row.category_id = details.spent_on, details.category_id
    row.merchant, row.description = details.merchant, details.description
