"""The worst that each view may have to show, on every platform and in every language: it fits, and nothing is refused.

The cards stand in worst_cases/, a file for each file of handlers/views, and are found there.
"""

import inspect
from importlib import import_module
from pathlib import Path

import pytest

from bot.playground.slack.blocks import check_blocks, check_view
from bot.playground.telegram.html import parse
from bot.playground.telegram.limits import check_text
from bot.slack.render import blocks_of
from bot.slack.views import form_view
from bot.telegram.callback_data import decode
from bot.telegram.render import render
from handlers import dialogs
from handlers.catalogue import registry
from handlers.forms import OpenedForm
from handlers.replies import Card
from handlers.text import Verbatim, text
from handlers.views import expenses
from tests.contract.worst_cases.values import CATALOGUES, HOSTILE, ULID, dialog

WORST: dict[str, list[Card]] = {
    name: cards
    for path in sorted((Path(__file__).parent / "worst_cases").glob("*.py"))
    if path.stem != "values"
    for name, cards in import_module(f"tests.contract.worst_cases.{path.stem}").CARDS.items()
}
cases = pytest.mark.parametrize(
    "card", [pytest.param(card, id=f"{name}-{at}") for name, cards in WORST.items() for at, card in enumerate(cards)]
)
languages = pytest.mark.parametrize("language", CATALOGUES.languages)


def test_every_view_has_a_worst_case() -> None:
    views = Path(inspect.getfile(expenses)).parent
    named = {
        name
        for path in views.glob("[a-z]*.py")
        for name, found in inspect.getmembers(import_module(f"handlers.views.{path.stem}"), inspect.isfunction)
        if inspect.signature(found).return_annotation is Card and not name.startswith("_")
    }
    assert named <= set(WORST)
    assert len(named) >= 8, "the views were not found"


@cases
@languages
def test_telegram_takes_it(card: Card, language: str) -> None:
    message = render(card, CATALOGUES.translator(language))
    shown, _ = parse(message.text)
    check_text(shown)
    for row in message.keyboard:
        for button in row:
            assert button.label.strip()
            tap = decode(button.callback_data)
            assert tap is not None
            assert tap.action in registry.buttons.keys() | dialogs.STEP_ACTIONS | {dialogs.REOPEN}


@cases
@languages
def test_slack_takes_it(card: Card, language: str) -> None:
    problems = check_blocks(blocks_of(card, CATALOGUES.translator(language)), surface="message")
    assert problems.sentences == []


@pytest.mark.parametrize("card", WORST["home_card"])
@languages
def test_slack_takes_it_as_a_page(card: Card, language: str) -> None:
    view = {"type": "home", "blocks": blocks_of(card, CATALOGUES.translator(language))}
    assert check_view(view, surface="home").sentences == []


@pytest.mark.parametrize("form", registry.forms)
@languages
def test_slack_takes_the_form(form: str, language: str) -> None:
    opened = dialogs.opened(dialog(form, 0))
    opened = OpenedForm(
        form=opened.form,
        dialog_id=ULID,
        start=opened.start,
        values=opened.values,
        refusals={"amount": text("form.no-amount", typed=HOSTILE * 10)},
    )
    view = form_view(opened, CATALOGUES.translator(language))
    assert check_view(view, surface="modal").sentences == []


def test_what_somebody_wrote_stays_what_it_was() -> None:
    card = Card(title=Verbatim(HOSTILE))
    shown, entities = parse(render(card, CATALOGUES.translator("en")).text)
    assert "<b>&*_~`" in shown
    assert [entity["type"] for entity in entities] == ["bold"]
