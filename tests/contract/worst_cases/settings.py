"""The worst of settings."""

from datetime import UTC, datetime

from handlers.replies import Card
from handlers.views import settings
from tests.contract.worst_cases.values import CATALOGUES, HOSTILE, KEPT, MEMBER, PLATFORMS

CARDS: dict[str, list[Card]] = {
    "settings_card": [settings.settings_card(MEMBER, HOSTILE * 20, PLATFORMS)],
    "kept_card": [settings.kept_card(KEPT, datetime.now(UTC))],
    "workspace_card": [
        settings.workspace_card([(f"{at:026}", HOSTILE * 20) for at in range(count)], f"{0:026}") for count in (1, 40)
    ],
    "language_choice_card": [settings.language_choice_card(CATALOGUES.languages)],
}
