"""Use cases of approvals: each checks who it is, that the request is still open, and leaves rows that tell it later.

Whoever changes a request holds the lock of its expense: of two at once, the slower one reads what the faster one wrote.
"""

from dataclasses import dataclass

from sqlalchemy import func, select

from core.approvals import queries
from core.approvals.errors import (
    AlreadyApproved,
    AlreadyRejected,
    ApprovalNotFound,
    ApprovalTakenBack,
    ApprovalWithdrawn,
    ApprovedByYou,
    OwnExpense,
    QuestionAnswered,
    QuestionNotFound,
    RejectedByYou,
)
from core.approvals.rules import (
    SINGLE,
    Approval,
    ApprovalState,
    Verdict,
    can_decide,
    may_decide,
    may_see,
    next_step,
    whom_to_ask,
)
from core.approvals.tables import ApprovalRow, ApproverRow, DecisionRow, QuestionRow
from core.audit.attempts import ForbiddenAttempt
from core.expenses.rules import Expense
from core.expenses.service import lock_expense
from core.identity import queries as identity
from core.identity.errors import NotPermitted
from core.identity.rules import Member
from core.kernel.errors import DomainError
from core.store.unit_of_work import ChangedMeanwhile, UnitOfWork


async def ask(uow: UnitOfWork, owner: Member, expense: Expense) -> Approval:
    """Ask for the approval of an expense as it stands. Where nobody is left to ask, the request waits all the same."""
    rounds = select(func.max(ApprovalRow.round)).where(ApprovalRow.expense_id == expense.id)
    row = ApprovalRow(
        id=uow.new_id(), expense_id=expense.id, expense_version=expense.version,
        round=(await uow.session.scalar(rounds) or 0) + 1, state=ApprovalState.PENDING, asked_at=uow.now,
    )  # fmt: skip
    uow.session.add(row)
    await uow.session.flush()
    await _ask_next(uow, row.id, owner)
    return await _found(uow, row.id)


async def pass_on(uow: UnitOfWork, approval_id: str) -> tuple[Approval, frozenset[str]]:
    """See that an open request waits for somebody who can decide: whoever cannot any more leaves it, the next are asked.

    Returns the request, and the ids of the members who were asked now. Somebody cannot decide any more who was removed, got
    a role that decides nothing, or is the owner now, since two accounts turned out to be one person.
    """
    approval = await _found(uow, approval_id)
    await lock_expense(uow, approval.expense_id)
    approval = await _found(uow, approval_id)
    owner = await identity.member(uow, approval.owner_id)
    if approval.state is not ApprovalState.PENDING or owner is None:
        return approval, frozenset()
    able = 0
    for row in (await uow.session.scalars(select(ApproverRow).where(ApproverRow.approval_id == approval_id))).all():
        member = await identity.member(uow, row.member_id)
        if member is None or member.id == owner.id or not can_decide(member):
            await uow.session.delete(row)
        else:
            able += 1
    await uow.session.flush()
    asked = frozenset[str]() if able else await _ask_next(uow, approval_id, owner)
    return await _found(uow, approval_id), asked


async def _ask_next(uow: UnitOfWork, approval_id: str, owner: Member) -> frozenset[str]:
    """Ask whoever is next about an expense; return the members' ids."""
    found = whom_to_ask(owner, await queries.candidates(uow, owner))
    for each in found:
        told = each.account_id if each.member.notifications.allow(needs_me=True) else None
        uow.session.add(
            ApproverRow(
                id=uow.new_id(), approval_id=approval_id, member_id=each.member.id, account_id=told, asked_at=uow.now
            )
        )  # fmt: skip
    await uow.session.flush()
    return frozenset(each.member.id for each in found)


async def withdraw(
    uow: UnitOfWork, expense: Expense, state: ApprovalState = ApprovalState.WITHDRAWN
) -> Approval | None:
    """Close the open request about an expense that its owner has just changed or taken back, and so holds.

    `state`: WITHDRAWN or TAKEN_BACK. None where no request is open.
    """
    statement = select(ApprovalRow).where(
        ApprovalRow.expense_id == expense.id, ApprovalRow.state == ApprovalState.PENDING
    )
    row = (await uow.session.scalars(statement)).first()
    if row is None:
        return None
    row.state, row.closed_at = state, uow.now
    await uow.session.flush()
    return await _found(uow, row.id)


async def decide(
    uow: UnitOfWork, member: Member, approval_id: str, version: int, verdict: Verdict, reason: str | None
) -> Approval:
    """Decide on a request in the version that was seen. Raises what `open_request` raises."""
    request = await open_request(uow, member, approval_id, version)
    decided = select(DecisionRow.verdict).where(DecisionRow.approval_id == approval_id).order_by(DecisionRow.decided_at)
    verdicts = [*await uow.session.scalars(decided), verdict]
    uow.session.add(
        DecisionRow(
            id=uow.new_id(), approval_id=approval_id, member_id=member.id, verdict=verdict, reason=reason, decided_at=uow.now
        )
    )  # fmt: skip
    request.row.state = next_step(SINGLE, verdicts).state
    if request.row.state is not ApprovalState.PENDING:
        request.row.closed_at = uow.now
    await uow.session.flush()
    return await _found(uow, approval_id)


async def ask_question(
    uow: UnitOfWork, member: Member, approval_id: str, version: int, words: str
) -> tuple[Approval, str]:
    """Put a question to the owner; return the request and the question's id. Raises what `open_request` raises."""
    await open_request(uow, member, approval_id, version)
    row = QuestionRow(
        id=uow.new_id(), approval_id=approval_id, asked_by_id=member.id, question=words, asked_at=uow.now
    )  # fmt: skip
    uow.session.add(row)
    await uow.session.flush()
    return await _found(uow, approval_id), row.id


async def answer_question(uow: UnitOfWork, member: Member, question_id: str, words: str) -> Approval:
    """Answer a question about one's own expense, once. Raises QuestionNotFound, QuestionAnswered."""
    approval = await question_to(uow, member, question_id)
    await lock_expense(uow, approval.expense_id)
    row = await uow.session.get_one(QuestionRow, question_id, populate_existing=True)
    if row.answer is not None:
        raise QuestionAnswered
    row.answer, row.answered_at = words, uow.now
    await uow.session.flush()
    return await _found(uow, approval.id)


async def question_to(uow: UnitOfWork, member: Member, question_id: str) -> Approval:
    """Return the request of a question that was put to this member. Raises QuestionNotFound, QuestionAnswered."""
    question = await queries.find_question(uow, question_id)
    approval = await queries.find_approval(uow, question.approval_id) if question else None
    if question is None or approval is None or approval.owner_id != member.id:
        raise _traced(QuestionNotFound(), "approval-question")
    if question.answer is not None:
        raise QuestionAnswered
    return approval


async def visible_approval(uow: UnitOfWork, member: Member, approval_id: str) -> Approval:
    """Return a request to somebody who may see it. Raises ApprovalNotFound, with a trace."""
    approval = await queries.find_approval(uow, approval_id)
    if approval is None or not may_see(member, approval.owner_id, approval.asked):
        raise _traced(ApprovalNotFound(), "approval")
    return approval


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A request that is open, held by this transaction: as it is, and its row to change."""

    approval: Approval
    row: ApprovalRow


async def open_request(uow: UnitOfWork, member: Member, approval_id: str, version: int) -> OpenRequest:
    """Return a request that this member may decide on now, with its expense locked until the commit.

    Raises ApprovalNotFound, OwnExpense and NotPermitted, each with a trace; AlreadyApproved, AlreadyRejected,
    ApprovedByYou, RejectedByYou, ApprovalWithdrawn, ApprovalTakenBack, ChangedMeanwhile.
    """
    seen = await visible_approval(uow, member, approval_id)
    expense = await lock_expense(uow, seen.expense_id)
    row = await uow.session.get_one(ApprovalRow, approval_id, populate_existing=True)
    approval = await _found(uow, approval_id)
    if approval.owner_id == member.id:
        raise _traced(OwnExpense(), "approval-of-own-expense")
    if not may_decide(member, approval.owner_id, approval.asked):
        raise _traced(NotPermitted(), "approval")
    if approval.state is not ApprovalState.PENDING:
        raise closed_refusal(approval, expense.number, member)
    if row.version != version:
        raise ChangedMeanwhile
    return OpenRequest(approval, row)


def closed_refusal(approval: Approval, number: int, member: Member) -> DomainError:
    """Return what somebody who comes too late is told: how a request ended, by whom and when. `number`: the expense's."""
    decision = approval.decision
    if decision is None:
        gone = ApprovalTakenBack if approval.state is ApprovalState.TAKEN_BACK else ApprovalWithdrawn
        return gone(name=approval.owner_name, number=number, at=approval.closed_at or approval.asked_at)
    approved = decision.verdict is Verdict.APPROVED
    if decision.member_id == member.id:
        by_you = ApprovedByYou if approved else RejectedByYou
        return by_you(number=number, at=decision.at)
    by_another = AlreadyApproved if approved else AlreadyRejected
    return by_another(name=decision.name, number=number, at=decision.at)


def _traced(error: DomainError, what: str) -> DomainError:
    error.traces.append(ForbiddenAttempt(what))
    return error


async def _found(uow: UnitOfWork, approval_id: str) -> Approval:
    approval = await queries.find_approval(uow, approval_id)
    if approval is None:
        raise LookupError(f"approval {approval_id} vanished inside its own transaction")
    return approval
