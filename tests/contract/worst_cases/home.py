"""The worst of the bot's own page."""

from core.kernel.months import Month
from core.money import AMOUNT_MINOR_MAX, Money
from handlers.replies import Card
from handlers.views import home
from tests.contract.worst_cases.values import LONG_CATEGORY, MEMBER, ULID, expense

CARDS: dict[str, list[Card]] = {
    "home_card": [
        home.home_card(
            MEMBER,
            Month(2026, 9),
            (Money.of(str(AMOUNT_MINOR_MAX // 1000), "KWD"),) * 30,
            (expense(),) * home.OPEN_SHOWN_MAX,
            10**6,
            waiting,
            {ULID: LONG_CATEGORY},
            first=first,
        )
        for waiting in (None, 0, 10**6)
        for first in (True, False)
    ]
    + [home.home_card(MEMBER, Month(2026, 9), (), (), 0, None, {})],
}
