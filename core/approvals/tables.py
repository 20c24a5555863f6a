"""Requests for approval, who was asked, decisions, questions with their answers."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.approvals.rules import ApprovalState, Verdict
from core.store.base import Audited, Base, Tenant, strict
from core.store.types import Choice, Count, Id, Instant, Words


class ApprovalRow(Audited, Tenant, Base):
    """A request about one version of an expense. `round`: 1 for the first request about it; the key lets nobody ask twice."""

    __tablename__ = "approvals"
    __table_args__ = strict(
        UniqueConstraint("expense_id", "round"), Index("ix_approvals_waiting", "workspace_id", "state", "asked_at")
    )

    workspace_id: Mapped[str] = mapped_column(Id, ForeignKey("workspaces.id"), index=True)
    expense_id: Mapped[str] = mapped_column(Id, ForeignKey("expenses.id"))
    expense_version: Mapped[int] = mapped_column(Count)
    round: Mapped[int] = mapped_column(Count)
    state: Mapped[ApprovalState] = mapped_column(Choice(ApprovalState))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)


class ApproverRow(Audited, Tenant, Base):
    """A member who was asked. `account_id`: the chat account that the card was sent to, if it was."""

    __tablename__ = "approvers"
    __table_args__ = strict(UniqueConstraint("approval_id", "member_id"), Index("ix_approvers_member", "member_id"))

    workspace_id: Mapped[str] = mapped_column(Id, ForeignKey("workspaces.id"), index=True)
    approval_id: Mapped[str] = mapped_column(Id, ForeignKey("approvals.id"))
    member_id: Mapped[str] = mapped_column(Id, ForeignKey("members.id"))
    account_id: Mapped[str | None] = mapped_column(Id)
    asked_at: Mapped[datetime] = mapped_column(Instant)


class DecisionRow(Audited, Tenant, Base):
    """What a member decided on a request. `reason`: why it was rejected."""

    __tablename__ = "approval_decisions"
    __table_args__ = strict(Index("ix_approval_decisions_approval", "approval_id"))

    workspace_id: Mapped[str] = mapped_column(Id, ForeignKey("workspaces.id"), index=True)
    approval_id: Mapped[str] = mapped_column(Id, ForeignKey("approvals.id"))
    member_id: Mapped[str] = mapped_column(Id, ForeignKey("members.id"))
    verdict: Mapped[Verdict] = mapped_column(Choice(Verdict))
    reason: Mapped[str | None] = mapped_column(Words)
    decided_at: Mapped[datetime] = mapped_column(Instant)


class QuestionRow(Audited, Tenant, Base):
    """A question of an approver to the owner, and its answer once there is one."""

    __tablename__ = "approval_questions"
    __table_args__ = strict(Index("ix_approval_questions_approval", "approval_id"))

    workspace_id: Mapped[str] = mapped_column(Id, ForeignKey("workspaces.id"), index=True)
    approval_id: Mapped[str] = mapped_column(Id, ForeignKey("approvals.id"))
    asked_by_id: Mapped[str] = mapped_column(Id, ForeignKey("members.id"))
    question: Mapped[str] = mapped_column(Words)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    answer: Mapped[str | None] = mapped_column(Words)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
