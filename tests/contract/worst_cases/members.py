"""The worst of members."""

from handlers.replies import Card
from handlers.views import members
from tests.contract.worst_cases.values import ULID, colleague

CARDS: dict[str, list[Card]] = {
    "member_list_card": [
        members.member_list_card(ULID, (colleague(),) * members.PAGE_SIZE, 10**6, 5),
        members.member_list_card(ULID, (), 0, 0),
    ],
    "member_card": [
        members.member_card(colleague(removed=removed), may_change=may_change, oneself=False)
        for removed in (False, True)
        for may_change in (False, True)
    ],
}
