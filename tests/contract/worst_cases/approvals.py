"""The worst of requests for approval, questions, outcomes."""

from core.approvals import notices
from core.approvals.rules import ApprovalState
from core.receipts.record import ReceiptState
from handlers.replies import Card
from handlers.views import approvals, expenses
from tests.contract.worst_cases.values import ABROAD, LONG_CATEGORY, ULID, approval, question, receipt

CARDS: dict[str, list[Card]] = {
    "approval_card": [
        approvals.approval_card(
            approval(state), ABROAD, LONG_CATEGORY, [receipt(ReceiptState.READ)] * 2, may_decide=may_decide
        )
        for state in ApprovalState
        for may_decide in (True, False)
    ],
    "waiting_card": [
        approvals.waiting_card(ULID, (), 0, 0),
        approvals.waiting_card(ULID, ((approval(ApprovalState.PENDING), ABROAD),) * expenses.PAGE_SIZE, 10**6, 5),
    ],
    "owner_question_card": [
        approvals.owner_question_card(question(answered=answered), ABROAD) for answered in (False, True)
    ],
    "approved_card": [approvals.approved_card(notices.approved(approval(ApprovalState.APPROVED), ABROAD))],
    "rejected_card": [approvals.rejected_card(notices.rejected(approval(ApprovalState.REJECTED), ABROAD))],
    "reminder_card": [approvals.reminder_card(notices.reminder(approval(ApprovalState.PENDING), ABROAD))],
}
