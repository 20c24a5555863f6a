"""Decides on a request: the books, the request, every copy of its card, and a word to the owner, in one transaction."""

from core.approvals import service
from core.approvals.notices import approved, rejected
from core.approvals.rules import Approval, ApprovalState, Verdict
from core.conversations.outgoing import show, tell
from core.conversations.queries import accounts_that_see
from core.conversations.subjects import Private, Subject
from core.expenses.rules import Expense, State
from core.expenses.service import conclude
from core.flows.ask_approval import show_approval
from core.flows.own_expenses import EXPENSE, By
from core.flows.show_home import refresh_homes
from core.identity.queries import accounts_of_member, member
from core.store.unit_of_work import UnitOfWork

_STATES = {ApprovalState.APPROVED: State.APPROVED, ApprovalState.REJECTED: State.REJECTED}


async def decide_approval(
    uow: UnitOfWork,
    by: By,
    approval_id: str,
    version: int,
    verdict: Verdict,
    reason: str | None = None,
    *,
    fresh: bool = False,
) -> Approval:
    """Decide on a request in the version that was seen; `fresh`: show the outcome at the end of the decider's chat as well.

    Raises ApprovalNotFound, OwnExpense, NotPermitted, AlreadyApproved, AlreadyRejected, ApprovedByYou, RejectedByYou,
    ApprovalWithdrawn, ApprovalTakenBack, ChangedMeanwhile.
    """
    approval = await service.decide(uow, by.member, approval_id, version, verdict, reason)
    await show_approval(uow, approval, to=by.account.id, fresh_to=by.account.id if fresh else None)
    if approval.state in _STATES:
        expense = await conclude(uow, approval.expense_id, _STATES[approval.state])
        await _tell_owner(uow, approval, expense)
    return approval


async def _tell_owner(uow: UnitOfWork, approval: Approval, expense: Expense) -> None:
    """Bring the owner's cards up to date, and tell them where they wrote last."""
    subject = Subject(EXPENSE, expense.id)
    for account_id in sorted(await accounts_that_see(uow, subject)):
        await show(uow, subject, Private(account_id))
    await refresh_homes(uow, approval.owner_id)
    owner = await member(uow, approval.owner_id)
    accounts = await accounts_of_member(uow, approval.owner_id)
    rejection = approval.state is ApprovalState.REJECTED
    if owner is None or not accounts or not owner.notifications.allow(needs_me=rejection):
        return
    notice = rejected(approval, expense) if rejection else approved(approval, expense)
    await tell(uow, notice, Private(accounts[0]))
