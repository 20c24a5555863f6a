"""Asks for the approval of an expense: whoever is to decide gets a card on the platform that they used last."""

from core.approvals import queries, service
from core.approvals.rules import Approval
from core.conversations.outgoing import show
from core.conversations.queries import accounts_that_see
from core.conversations.subjects import Private, Subject
from core.expenses.rules import Expense
from core.flows.show_home import refresh_homes
from core.identity.rules import Member
from core.store.unit_of_work import UnitOfWork

APPROVAL = "approval"


async def ask_approval(uow: UnitOfWork, owner: Member, expense: Expense) -> Approval:
    """Ask about an expense that has just been submitted; its `approvers` is () where nobody is left to ask."""
    approval = await service.ask(uow, owner, expense)
    for approver in approval.approvers:
        if approver.account_id is not None:
            await show(uow, Subject(APPROVAL, approval.id), Private(approver.account_id), fresh=True)
    await refresh_homes(uow, *(each.member_id for each in approval.approvers))
    return approval


async def ask_again(uow: UnitOfWork, owner: Member, expense: Expense) -> None:
    """Withdraw the request about an expense that was changed after it was submitted, and ask about it as it is now.

    A change that changed nothing leaves the request alone.
    """
    asked = await queries.newest_approval(uow, expense.id)
    if asked is not None and asked.expense_version == expense.version:
        return
    withdrawn = await service.withdraw(uow, expense)
    if withdrawn is not None:
        await show_approval(uow, withdrawn)
    await ask_approval(uow, owner, expense)


async def show_approval(
    uow: UnitOfWork, approval: Approval, *, to: str | None = None, fresh_to: str | None = None
) -> None:
    """Bring every message that shows a request up to date, also one that is still on its way to who was asked.

    `to`: an account that sees it in any case; `fresh_to`: one that gets it at the end of its chat as well.
    """
    subject = Subject(APPROVAL, approval.id)
    accounts = set(await accounts_that_see(uow, subject)) | {each.account_id for each in approval.approvers}
    for account_id in sorted(each for each in accounts | {to, fresh_to} if each is not None):
        await show(uow, subject, Private(account_id), fresh=account_id == fresh_to)
    await refresh_homes(uow, *(each.member_id for each in approval.approvers))
