"""Sees that open requests wait for somebody who can decide, after a member left, lost a role, or became one with another."""

from core.approvals import queries, service
from core.approvals.rules import Approval
from core.conversations.outgoing import show
from core.conversations.queries import accounts_that_see
from core.conversations.subjects import Private, Subject
from core.flows.ask_approval import APPROVAL
from core.flows.show_home import refresh_homes
from core.store.unit_of_work import UnitOfWork

EXPENSE = "expense"


async def pass_on_approvals(uow: UnitOfWork, member_id: str) -> None:
    """Pass the open requests on that a member was asked about and cannot decide any more; cards and pages follow."""
    for approval_id in await queries.pending_with(uow, member_id):
        before = await queries.find_approval(uow, approval_id)
        approval, asked = await service.pass_on(uow, approval_id)
        if before is None or before.approvers == approval.approvers:
            continue
        await _show(uow, approval, asked)
        await refresh_homes(uow, *before.asked, *approval.asked)


async def _show(uow: UnitOfWork, approval: Approval, asked: frozenset[str]) -> None:
    """Show the request to who was asked now, at the end of their chat; bring up to date whatever shows it or its expense."""
    subject, expense = Subject(APPROVAL, approval.id), Subject(EXPENSE, approval.expense_id)
    new = {each.account_id for each in approval.approvers if each.member_id in asked and each.account_id is not None}
    for account_id in sorted(new | set(await accounts_that_see(uow, subject))):
        await show(uow, subject, Private(account_id), fresh=account_id in new)
    for account_id in sorted(await accounts_that_see(uow, expense)):
        await show(uow, expense, Private(account_id))
