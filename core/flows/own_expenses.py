"""What a person does with expenses of their own: each verb changes the books and brings every card up to date."""

from dataclasses import dataclass, replace
from datetime import date

from core.approvals.queries import newest_approval
from core.approvals.rules import ApprovalState
from core.approvals.service import closed_refusal, withdraw
from core.categories.service import category_by_key, chosen_category
from core.conversations import queries as conversations
from core.conversations.outgoing import show
from core.conversations.subjects import Private, Subject
from core.expenses import queries, service
from core.expenses.errors import NotSubmitted
from core.expenses.rules import DESCRIPTION_LENGTH_MAX, MERCHANT_LENGTH_MAX, Details, Expense, State, may_change
from core.expenses.service import Origin
from core.flows.ask_approval import ask_again, ask_approval, show_approval
from core.flows.show_home import refresh_homes
from core.identity.rules import Account, Member
from core.money import Money
from core.store.unit_of_work import UnitOfWork

EXPENSE = "expense"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a person said of an expense. `category`: a key, None for "whatever fits"; `spent_on` None: today was meant."""

    amount: Money
    spent_on: date | None
    merchant: str | None
    description: str
    category: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who does it, and through which account: the card goes to this account's private chat."""

    member: Member
    account: Account


async def record_expense(uow: UnitOfWork, by: By, said: Said, origin: Origin | None) -> Expense:
    """Make a draft and show it as a new card. Raises AmountNotPositive."""
    details = await _details(uow, by.member, said)
    expense = await service.record(uow, by.member, details, platform=by.account.platform, origin=origin)
    await show(uow, Subject(EXPENSE, expense.id), Private(by.account.id), fresh=True)
    await refresh_homes(uow, expense.owner_id)
    return expense


async def correct_expense(
    uow: UnitOfWork, by: By, expense_id: str, version: int | None, said: Said, *, fresh: bool = False
) -> Expense:
    """Put what was said in the place of what stood; `fresh`: show it at the end of the chat as well.

    Raises ExpenseNotFound, AlreadyDeleted, ExpenseClosed, ExpenseChanged, AmountNotPositive.
    """
    details = await _details(uow, by.member, said)
    return await _changed(uow, by, await service.correct(uow, by.member, expense_id, version, details), fresh=fresh)


async def correct_from_message(uow: UnitOfWork, by: By, origin: Origin, said: Said) -> Expense | None:
    """Let what was made from a message follow its edit; None where there is nothing, or it is out of one's hands.

    What the message does not say anew (a category that was chosen by hand) stays; without a date, it is the day on which the
    message was written.
    """
    expense = await queries.expense_from_message(
        uow, by.member.id, origin.installation_id, origin.channel, origin.message
    )
    if expense is None or expense.deleted or not may_change(expense.state):
        return None
    written_on = by.member.local(expense.created_at).date()
    said = replace(said, spent_on=said.spent_on or written_on)
    details = replace(await _details(uow, by.member, said), category_id=expense.category_id)
    return await _changed(uow, by, await service.correct(uow, by.member, expense.id, None, details))


async def categorise_expense(uow: UnitOfWork, by: By, expense_id: str, version: int | None, key: str) -> Expense:
    """Choose a category. Raises CategoryUnknown, ExpenseNotFound, AlreadyDeleted, ExpenseClosed, ExpenseChanged."""
    category = await chosen_category(uow, key)
    return await _changed(uow, by, await service.categorise(uow, by.member, expense_id, version, category.id))


async def submit_expense(uow: UnitOfWork, by: By, expense_id: str, version: int | None) -> Expense:
    """Hand an expense in, and ask for its approval. Raises what `service.submit` raises."""
    expense = await service.submit(uow, by.member, expense_id, version)
    await ask_approval(uow, by.member, expense)
    return await _shown(uow, by, expense)


async def take_back_expense(uow: UnitOfWork, by: By, expense_id: str, version: int | None) -> Expense:
    """Take back what was handed in, while nobody has decided; those who were asked see it.

    Raises ExpenseNotFound, AlreadyDeleted, NotSubmitted, ExpenseChanged, AlreadyApproved, AlreadyRejected.
    """
    try:
        expense = await service.take_back(uow, by.member, expense_id, version)
    except NotSubmitted as refusal:
        request = await newest_approval(uow, expense_id)
        if request is not None and request.decision is not None:
            raise closed_refusal(request, refusal.number, by.member) from None
        raise
    request = await withdraw(uow, expense, ApprovalState.TAKEN_BACK)
    if request is not None:
        await show_approval(uow, request)
    return await _shown(uow, by, expense)


async def delete_expense(uow: UnitOfWork, by: By, expense_id: str, version: int | None) -> Expense:
    """Mark an expense as deleted; its card offers to undo it. Raises what `service.delete` raises."""
    return await _shown(uow, by, await service.delete(uow, by.member, expense_id, version))


async def restore_expense(uow: UnitOfWork, by: By, expense_id: str, version: int | None) -> Expense:
    """Undo a deletion. Raises ExpenseNotFound, AlreadyRestored, ExpenseChanged."""
    return await _shown(uow, by, await service.restore(uow, by.member, expense_id, version))


async def _details(uow: UnitOfWork, member: Member, said: Said) -> Details:
    category = await category_by_key(uow, said.category)
    return Details(
        amount=said.amount,
        spent_on=said.spent_on or member.local(uow.now).date(),
        merchant=said.merchant[:MERCHANT_LENGTH_MAX] if said.merchant else None,
        description=said.description[:DESCRIPTION_LENGTH_MAX],
        category_id=category.id,
    )


async def _changed(uow: UnitOfWork, by: By, expense: Expense, *, fresh: bool = False) -> Expense:
    """Show an expense after a change; where somebody was asked about it as it was, they are asked anew."""
    if expense.state is State.SUBMITTED:
        await ask_again(uow, by.member, expense)
    return await _shown(uow, by, expense, fresh=fresh)


async def _shown(uow: UnitOfWork, by: By, expense: Expense, *, fresh: bool = False) -> Expense:
    """Bring every message that shows the expense up to date, and show it to the person who acted if none does."""
    subject = Subject(EXPENSE, expense.id)
    watchers = {by.account.id} | set(await conversations.accounts_that_see(uow, subject))
    for account_id in sorted(watchers):
        await show(uow, subject, Private(account_id), fresh=fresh and account_id == by.account.id)
    await refresh_homes(uow, expense.owner_id)
    return expense
