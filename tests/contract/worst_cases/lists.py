"""The worst of lists and their filters."""

from core.expenses.filters import EVERYTHING
from core.kernel.months import Month
from handlers.replies import Card
from handlers.views import expenses, lists
from tests.contract.worst_cases.values import ALL_FILTERS, CATEGORIES, LONG_CATEGORY, ULID, expense

CARDS: dict[str, list[Card]] = {
    "list_card": [
        lists.list_card(ULID, found, count, 5, filters, {ULID: LONG_CATEGORY})
        for filters in (EVERYTHING, ALL_FILTERS)
        for found, count in (((), 0), ((expense(),) * expenses.PAGE_SIZE, 10**6))
    ],
    "filter_card": [lists.filter_card(ULID, ALL_FILTERS, Month(2026, 9), "/expense expenses")],
    "filter_categories_card": [
        lists.filter_categories_card(ULID, ALL_FILTERS, (*CATEGORIES, LONG_CATEGORY)),
    ],
}
