"""The worst of reports."""

from core.kernel.months import Month
from core.reports.rules import Scope, report_of
from handlers.replies import Card
from handlers.views import reports
from tests.contract.worst_cases.values import CATEGORIES, ULID, report

CARDS: dict[str, list[Card]] = {
    "report_card": [
        reports.report_card(ULID, report(scope), {each.id: each for each in CATEGORIES}, tuple(Scope), Month(2026, 12))
        for scope in Scope
    ]
    + [reports.report_card(ULID, report_of(Month(2026, 3), Scope.OWN, (), ()), {}, tuple(Scope), Month(2026, 3))],
}
