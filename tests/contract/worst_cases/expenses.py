"""The worst of an expense's card, and the choice of its category."""

from core.approvals.rules import ApprovalState
from core.expenses.rules import State
from core.receipts.record import ReceiptState
from handlers.replies import Card
from handlers.views import expenses
from tests.contract.worst_cases.values import CATEGORIES, LONG_CATEGORY, approval, expense, receipt

CARDS: dict[str, list[Card]] = {
    "expense_card": [expenses.expense_card(expense(state), LONG_CATEGORY) for state in State]
    + [expenses.expense_card(expense(deleted=True), LONG_CATEGORY)]
    + [expenses.expense_card(expense(), LONG_CATEGORY, None, [receipt(state) for state in ReceiptState])]
    + [
        expenses.expense_card(expense(State(state)), LONG_CATEGORY, approval(ApprovalState(request)))
        for state, request in (("submitted", "pending"), ("approved", "approved"), ("rejected", "rejected"))
    ],
    "edit_of_deleted_card": [expenses.edit_of_deleted_card(expense(deleted=True))],
    "category_card": [expenses.category_card(expense(), (*CATEGORIES, LONG_CATEGORY))],
}
