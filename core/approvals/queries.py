"""Reads of requests for approval, and of who may be asked."""

from typing import Any

from sqlalchemy import and_, bindparam, exists, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from core.approvals.rules import Approval, ApprovalState, Approver, Candidate, Decision, Question
from core.approvals.tables import ApprovalRow, ApproverRow, DecisionRow, QuestionRow
from core.expenses.tables import ExpenseRow
from core.identity import queries as identity
from core.identity.rules import PERMISSIONS, Member, Permission
from core.identity.tables import MemberRow
from core.store.statements import prepared
from core.store.unit_of_work import UnitOfWork

DECIDING = [role for role in PERMISSIONS if Permission.APPROVALS_DECIDE in PERMISSIONS[role]]
OVERSEEING = [role for role in PERMISSIONS if Permission.APPROVALS_OVERSEE in PERMISSIONS[role]]


async def find_approval(uow: UnitOfWork, approval_id: str) -> Approval | None:
    """Return a request of the workspace; whether somebody may see it is for the rules."""
    row = (await uow.session.scalars(select(ApprovalRow).where(ApprovalRow.id == approval_id))).first()
    return None if row is None else await _approval(uow, row)


_NEWEST = prepared(
    select(ApprovalRow)
    .where(ApprovalRow.expense_id == bindparam("expense_id"))
    .order_by(ApprovalRow.round.desc())
    .limit(1)
)


async def newest_approval(uow: UnitOfWork, expense_id: str) -> Approval | None:
    """Return the newest request about an expense; None for one that was never submitted."""
    row = (await _NEWEST.run(uow, expense_id=expense_id)).first()
    return None if row is None else await _approval(uow, row)


async def waiting_for(uow: UnitOfWork, member: Member, *, offset: int, limit: int) -> tuple[tuple[Approval, ...], int]:
    """Return a page of the requests that wait for a member, oldest first, and how many there are in all.

    What nobody who was asked can decide any more waits for whoever oversees all.
    """
    if not member.may(Permission.APPROVALS_DECIDE):
        return (), 0
    waits = _asked(ApproverRow.member_id == member.id)
    if member.may(Permission.APPROVALS_OVERSEE):
        waits = or_(waits, ~_asked(MemberRow.role.in_(DECIDING), MemberRow.removed_at.is_(None)))
    where = (ApprovalRow.state == ApprovalState.PENDING, ExpenseRow.owner_id != member.id, waits)
    joined = select(ApprovalRow).join(ExpenseRow, ExpenseRow.id == ApprovalRow.expense_id).where(*where)
    count = select(func.count(ApprovalRow.id)).join(ExpenseRow, ExpenseRow.id == ApprovalRow.expense_id).where(*where)
    rows = await uow.session.scalars(joined.order_by(ApprovalRow.asked_at, ApprovalRow.id).offset(offset).limit(limit))
    return tuple([await _approval(uow, row) for row in rows.all()]), int(await uow.session.scalar(count) or 0)


def _asked(*who: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return "somebody was asked, of whom this holds, and it is not the owner"."""
    return exists(
        select(ApproverRow.id)
        .join(MemberRow, MemberRow.id == ApproverRow.member_id)
        .where(and_(ApproverRow.approval_id == ApprovalRow.id, ApproverRow.member_id != ExpenseRow.owner_id, *who))
        .correlate(ApprovalRow, ExpenseRow)
    )


async def pending_approvals(uow: UnitOfWork) -> tuple[Approval, ...]:
    """Return everything in the workspace that waits for a decision, oldest first."""
    statement = select(ApprovalRow).where(ApprovalRow.state == ApprovalState.PENDING)
    rows = await uow.session.scalars(statement.order_by(ApprovalRow.asked_at, ApprovalRow.id))
    return tuple([await _approval(uow, row) for row in rows.all()])


async def pending_with(uow: UnitOfWork, member_id: str) -> list[str]:
    """Return the ids of the requests that wait for a decision, where a member was asked or is the owner, oldest first."""
    asked = exists().where(ApproverRow.approval_id == ApprovalRow.id, ApproverRow.member_id == member_id)
    statement = (
        select(ApprovalRow.id)
        .join(ExpenseRow, ExpenseRow.id == ApprovalRow.expense_id)
        .where(ApprovalRow.state == ApprovalState.PENDING, or_(asked, ExpenseRow.owner_id == member_id))
        .order_by(ApprovalRow.asked_at, ApprovalRow.id)
    )
    return list(await uow.session.scalars(statement))


async def have_decided_on_each_other(uow: UnitOfWork, first_id: str, second_id: str) -> bool:
    """Tell whether one of two members has ever decided on an expense of the other."""
    pair = (first_id, second_id)
    statement = (
        select(DecisionRow.id)
        .join(ApprovalRow, ApprovalRow.id == DecisionRow.approval_id)
        .join(ExpenseRow, ExpenseRow.id == ApprovalRow.expense_id)
        .where(DecisionRow.member_id.in_(pair), ExpenseRow.owner_id.in_(pair))
    )
    return (await uow.session.scalars(statement.limit(1))).first() is not None


async def find_question(uow: UnitOfWork, question_id: str) -> Question | None:
    """Return a question of the workspace."""
    statement = select(QuestionRow, MemberRow.name).join(MemberRow, MemberRow.id == QuestionRow.asked_by_id)
    found = (await uow.session.execute(statement.where(QuestionRow.id == question_id))).first()
    return None if found is None else _question(found[0], found[1])


async def candidates(uow: UnitOfWork, owner: Member) -> tuple[Candidate, ...]:
    """Return who might be asked about a member's expense: the manager, and who oversees all."""
    either = or_(MemberRow.id == owner.manager_id, MemberRow.role.in_(OVERSEEING))
    statement = select(MemberRow.id).where(either, MemberRow.removed_at.is_(None)).order_by(MemberRow.id)
    found = [await candidate(uow, member_id) for member_id in await uow.session.scalars(statement)]
    return tuple(each for each in found if each is not None)


async def candidate(uow: UnitOfWork, member_id: str) -> Candidate | None:
    """Return a member with the account that they used last."""
    member = await identity.member(uow, member_id)
    if member is None:
        return None
    accounts = await identity.accounts_of_member(uow, member_id)
    return Candidate(member=member, account_id=accounts[0] if accounts else None)


async def _approval(uow: UnitOfWork, row: Any) -> Approval:
    owner = select(MemberRow.id, MemberRow.name).join(ExpenseRow, ExpenseRow.owner_id == MemberRow.id)
    owner_id, owner_name = (await uow.session.execute(owner.where(ExpenseRow.id == row.expense_id))).one()
    return Approval(
        id=row.id, version=row.version, expense_id=row.expense_id, expense_version=row.expense_version,
        owner_id=owner_id, owner_name=owner_name, state=row.state,
        asked_at=row.asked_at, closed_at=row.closed_at, approvers=await _approvers(uow, row.id),
        decision=await _last_decision(uow, row.id), questions=await _questions(uow, row.expense_id),
    )  # fmt: skip


async def _approvers(uow: UnitOfWork, approval_id: str) -> tuple[Approver, ...]:
    statement = select(ApproverRow, MemberRow.name).join(MemberRow, MemberRow.id == ApproverRow.member_id)
    rows = await uow.session.execute(statement.where(ApproverRow.approval_id == approval_id).order_by(ApproverRow.id))
    return tuple(Approver(member_id=row.member_id, name=name, account_id=row.account_id) for row, name in rows)


async def _last_decision(uow: UnitOfWork, approval_id: str) -> Decision | None:
    statement = select(DecisionRow, MemberRow.name).join(MemberRow, MemberRow.id == DecisionRow.member_id)
    newest = statement.where(DecisionRow.approval_id == approval_id).order_by(DecisionRow.decided_at.desc())
    found = (await uow.session.execute(newest.limit(1))).first()
    if found is None:
        return None
    row, name = found
    return Decision(
        member_id=row.member_id, name=name, verdict=row.verdict, reason=row.reason, at=row.decided_at
    )  # fmt: skip


async def _questions(uow: UnitOfWork, expense_id: str) -> tuple[Question, ...]:
    statement = (
        select(QuestionRow, MemberRow.name)
        .join(MemberRow, MemberRow.id == QuestionRow.asked_by_id)
        .join(ApprovalRow, ApprovalRow.id == QuestionRow.approval_id)
        .where(ApprovalRow.expense_id == expense_id)
        .order_by(QuestionRow.asked_at, QuestionRow.id)
    )
    return tuple(_question(row, name) for row, name in await uow.session.execute(statement))


def _question(row: QuestionRow, name: str) -> Question:
    return Question(
        id=row.id, approval_id=row.approval_id, asked_by_id=row.asked_by_id, asked_by=name, question=row.question,
        asked_at=row.asked_at, answer=row.answer, answered_at=row.answered_at,
    )  # fmt: skip
