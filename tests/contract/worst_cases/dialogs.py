"""The worst of the questions of forms."""

from handlers import dialogs
from handlers.catalogue import registry
from handlers.replies import Card
from handlers.text import text
from tests.contract.worst_cases.values import HOSTILE, dialog

CARDS: dict[str, list[Card]] = {
    "question_card": [
        dialogs.question_card(dialog(form, position), text("form.no-amount", typed=HOSTILE * 10))
        for form, spec in registry.forms.items()
        for position in range(len(spec.form.fields))
    ],
}
