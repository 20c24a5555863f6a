"""What approvals tell people of: decisions, and what has been waiting for long."""

from typing import Any

from core.approvals.rules import Approval
from core.conversations.subjects import Notice, Subject
from core.expenses.rules import Expense

APPROVED = "approval.approved"
REJECTED = "approval.rejected"
REMINDER = "approval.reminder"


def approved(approval: Approval, expense: Expense) -> Notice:
    """Tell the owner that an expense is approved, by whom and when."""
    return Notice(APPROVED, Subject("expense", expense.id), _of(expense) | _decided(approval))


def rejected(approval: Approval, expense: Expense) -> Notice:
    """Tell the owner that an expense is rejected, by whom, when, and why."""
    arguments = _of(expense) | _decided(approval) | {"version": expense.version}
    return Notice(REJECTED, Subject("expense", expense.id), arguments)


def reminder(approval: Approval, expense: Expense) -> Notice:
    """Remind an approver of what waits for them, since when."""
    waiting = {"owner": approval.owner_name, "since": approval.asked_at}
    return Notice(REMINDER, Subject("approval", approval.id), _of(expense) | waiting)


def _of(expense: Expense) -> dict[str, Any]:
    return {"number": expense.number, "description": expense.description, "amount": expense.amount}


def _decided(approval: Approval) -> dict[str, Any]:
    decision = approval.decision
    if decision is None:
        raise ValueError("nobody has decided on this")
    return {"name": decision.name, "reason": decision.reason or "", "at": decision.at}
