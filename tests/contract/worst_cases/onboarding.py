"""The worst of coming in, and joining accounts."""

from datetime import UTC, datetime

from core.flows.link_accounts import Linked
from core.identity.rules import Role
from handlers.replies import Card
from handlers.views import onboarding
from tests.contract.worst_cases.values import HOSTILE, MEMBER, PLATFORMS, SOURCE

CARDS: dict[str, list[Card]] = {
    "welcome_card": [onboarding.welcome_card(MEMBER, HOSTILE * 20, SOURCE, back=back) for back in (False, True)],
    "invite_choice_card": [onboarding.invite_choice_card()],
    "invitation_card": [onboarding.invitation_card(role, (HOSTILE * 20,) * 5, datetime.now(UTC)) for role in Role],
    "link_code_card": [onboarding.link_code_card("K7QM2XRA94TD", datetime.now(UTC))],
    "linked_card": [onboarding.linked_card(Linked(member=MEMBER, platforms=PLATFORMS, merged=True))],
}
