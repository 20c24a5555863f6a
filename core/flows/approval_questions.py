"""Questions of approvers and the answers of owners: kept with the expense, and shown to both at once."""

from core.approvals import service
from core.approvals.queries import candidate, find_question
from core.approvals.rules import Approval, ApprovalState
from core.conversations.outgoing import show
from core.conversations.queries import accounts_that_see
from core.conversations.subjects import Private, Subject
from core.flows.ask_approval import show_approval
from core.flows.own_expenses import EXPENSE, By
from core.store.unit_of_work import UnitOfWork

QUESTION = "approval-question"


async def ask_question(
    uow: UnitOfWork, by: By, approval_id: str, version: int, words: str, *, fresh: bool = False
) -> Approval:
    """Put a question to the owner of an expense that waits for a decision; `fresh` as in `decide_approval`.

    Raises what `decide_approval` raises.
    """
    approval, question_id = await service.ask_question(uow, by.member, approval_id, version, words)
    await show_approval(uow, approval, to=by.account.id, fresh_to=by.account.id if fresh else None)
    await _show_owner(uow, approval)
    owner = await candidate(uow, approval.owner_id)
    if owner is not None and owner.account_id is not None and owner.member.notifications.allow(needs_me=True):
        await show(uow, Subject(QUESTION, question_id), Private(owner.account_id), fresh=True)
    return approval


async def answer_question(uow: UnitOfWork, by: By, question_id: str, words: str, *, fresh: bool = False) -> Approval:
    """Answer a question about one's own expense. Raises QuestionNotFound, QuestionAnswered.

    Who asked sees the request with the answer at the end of their chat, as long as there is something to decide.
    """
    approval = await service.answer_question(uow, by.member, question_id, words)
    subject = Subject(QUESTION, question_id)
    accounts = {by.account.id, *await accounts_that_see(uow, subject)}
    for account_id in sorted(accounts):
        await show(uow, subject, Private(account_id), fresh=fresh and account_id == by.account.id)
    await _show_owner(uow, approval)
    await show_approval(uow, approval, fresh_to=await _who_asked(uow, approval, question_id))
    return approval


async def _who_asked(uow: UnitOfWork, approval: Approval, question_id: str) -> str | None:
    question = await find_question(uow, question_id)
    asker = await candidate(uow, question.asked_by_id) if question else None
    waiting = approval.state is ApprovalState.PENDING
    if asker is None or not asker.member.notifications.allow(needs_me=waiting):
        return None
    return asker.account_id


async def _show_owner(uow: UnitOfWork, approval: Approval) -> None:
    subject = Subject(EXPENSE, approval.expense_id)
    for account_id in sorted(await accounts_that_see(uow, subject)):
        await show(uow, subject, Private(account_id))
