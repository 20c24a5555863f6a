"""The worst of the help."""

from handlers.catalogue import registry
from handlers.replies import Card
from handlers.views import help
from tests.contract.worst_cases.values import MEMBER, SOURCE

CARDS: dict[str, list[Card]] = {
    "help_card": [help.help_card(MEMBER, SOURCE, tuple(registry.commands.values()))],
}
