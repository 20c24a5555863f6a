"""A form's two faces: asked question by question, or sent as a whole, the same answers come to the same."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.phrasebook import phrasebook_for
from bot.translation import default_catalogues
from bot.wiring import typed
from core.conversations.dialogs import Dialog
from core.conversations.tables import DialogState
from core.language import Phrasebook
from core.money import Currency, Money
from handlers import dialogs
from handlers.expenses import EDIT, EXAMPLE_DAY, FIELDS, parse_day, parse_money
from handlers.forms import Choice, FieldRefused, FormStart, Reading
from handlers.registry import registry
from handlers.replies import Button, Card
from handlers.stored import codec
from handlers.text import Text, Verbatim

CHOICES = (Choice("transport", Verbatim("Transport")), Choice("travel", Verbatim("Travel")))
START = FormStart(
    initial={
        "amount": "23.50 EUR",
        "date": "2026-03-11",
        "description": "taxi",
        "merchant": "",
        "category": "transport",
    },
    choices={"category": CHOICES},
)
NOW = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)
LANGUAGES = default_catalogues().languages


@pytest.fixture(scope="module")
def phrasebooks() -> dict[str, Phrasebook]:
    return {language: phrasebook_for(language) for language in LANGUAGES}


def reading(phrasebooks: dict[str, Phrasebook], language: str = "en") -> Reading:
    return Reading(locale=language, now=NOW, currency="EUR", phrasebook=phrasebooks[language])


def dialog(position: int = 0, **values: str) -> Dialog:
    return Dialog(
        id="01KKGP3AE0W3WJFQKFK8HJM4ZM",
        account_id="account",
        form=EDIT.key,
        arguments={},
        start=codec.pack(START),
        values=START.initial | values,
        position=position,
        stepwise=True,
        state=DialogState.OPEN,
    )


ANSWERS = {
    "amount": st.sampled_from(["25", "30 USD", "abc", "0", "12.50 JPY", "1,200.00", " ", "x" * 61]),
    "date": st.sampled_from(["yesterday", "someday", "2026-03-01", "31 February", ""]),
    "description": st.sampled_from(["stamps", "", "  taxi to the airport ", "y" * 501]),
    "merchant": st.sampled_from(["", "Ichiran", "z" * 121]),
    "category": st.sampled_from(["transport", "Travel", "nonsense", ""]),
}


@given(answers=st.fixed_dictionaries(ANSWERS))
def test_question_by_question_or_as_a_whole_the_same_is_refused_and_the_same_is_built(
    answers: dict[str, str], phrasebooks: dict[str, Phrasebook]
) -> None:
    how = reading(phrasebooks)
    refused: dict[str, Text] = {}
    kept: dict[str, str] = {}
    result: Any = None
    for position, question in enumerate(FIELDS):
        step = dialogs.take_answer(dialog(position, **kept), answers[question.name], how)
        if step.refusal is not None and step.position == position:
            refused[question.name] = step.refusal
            assert step.values == START.initial | kept, "what was typed before stays"
        else:
            kept[question.name] = step.values[question.name]
            result = step.result

    # A window's menu sends a choice's key; in words it can only be typed where questions are asked.
    sent = answers | {"category": kept.get("category", answers["category"])}
    whole, refusals = EDIT.parse(sent, how, START)
    assert refused == refusals
    if not refusals:
        assert result == whole


def test_an_answer_that_mends_the_last_question_leads_back_to_the_one_that_is_still_wrong(
    phrasebooks: dict[str, Phrasebook],
) -> None:
    last = len(FIELDS) - 1
    step = dialogs.take_answer(dialog(last, date="someday"), "travel", reading(phrasebooks))
    assert (step.position, step.complete) == (1, False)
    assert step.refusal == Text("form.no-date", {"typed": "someday", "example": EXAMPLE_DAY})
    assert step.values["category"] == "travel"


def labels(card: Card) -> list[str]:
    return [button.action for row in card.buttons for button in row]


def test_the_ways_on_follow_what_stands() -> None:
    assert labels(dialogs.question_card(dialog(0))) == [dialogs.KEEP, dialogs.FINISH, dialogs.CANCEL]
    assert labels(dialogs.question_card(dialog(0, amount=""))) == [dialogs.CANCEL], (
        "there is nothing to keep or to save"
    )
    assert labels(dialogs.question_card(dialog(3))) == [dialogs.KEEP, dialogs.FINISH, dialogs.BACK, dialogs.CANCEL]
    assert dialogs.FINISH not in labels(dialogs.question_card(dialog(4))), "to keep the last one is to save"


def test_each_question_s_buttons_carry_its_position() -> None:
    for position in range(len(FIELDS)):
        buttons = [button for row in dialogs.question_card(dialog(position)).buttons for button in row]
        assert {button.version for button in buttons} == {position}, "an older question's tap is known as one"


@given(
    minor=st.integers(min_value=1, max_value=10**12),
    code=st.sampled_from(["EUR", "USD", "JPY", "KWD", "GBP", "CHF", "PLN"]),
    language=st.sampled_from(LANGUAGES),
)
def test_an_amount_that_a_form_shows_is_read_back(
    minor: int, code: str, language: str, phrasebooks: dict[str, Phrasebook]
) -> None:
    amount = Money(amount_minor=minor, currency=Currency.of(code))
    shown = typed(amount, default_catalogues().translator(language))
    assert parse_money(shown, reading(phrasebooks, language)) == amount


@given(day=st.dates(min_value=date(1990, 1, 1), max_value=date(2099, 12, 31)), language=st.sampled_from(LANGUAGES))
def test_a_date_that_a_form_shows_is_read_back_and_is_as_cards_show_it(
    day: date, language: str, phrasebooks: dict[str, Phrasebook]
) -> None:
    words = default_catalogues().translator(language)
    shown = typed(day, words)
    assert parse_day(shown, reading(phrasebooks, language)) == day
    assert shown == words.translate(Text("value.date", {"date": day}))


def test_a_choice_may_be_typed_in_its_words(phrasebooks: dict[str, Phrasebook]) -> None:
    step = dialogs.take_answer(dialog(4), " tRavel ", reading(phrasebooks))
    assert step.values["category"] == "travel"
    assert step.complete


def test_a_name_is_declared_once() -> None:
    spec = registry.commands["new"]
    with pytest.raises(ValueError, match="declared twice"):
        registry.command("new")(spec.handle)
    assert registry.commands["new"] is spec


WORDS = st.one_of(st.builds(Verbatim, st.text()), st.builds(Text, st.just("expense.number"), st.just({"number": 1})))
BUTTONS = st.builds(
    Button,
    action=st.just("expense.edit"),
    label=WORDS,
    subject_id=st.none() | st.text(max_size=26),
    version=st.none() | st.integers(0, 9),
)


@given(card=st.builds(Card, title=st.none() | WORDS, buttons=st.lists(st.lists(BUTTONS).map(tuple)).map(tuple)))
def test_a_stored_card_is_the_same_card(card: Card) -> None:
    assert codec.unpack(codec.pack(card)) == card


def test_required_is_said_before_anything_else(phrasebooks: dict[str, Phrasebook]) -> None:
    with pytest.raises(FieldRefused) as refused:
        EDIT.parse_field("description", "   ", reading(phrasebooks), replace(START, initial={}))
    assert refused.value.sentence == Text("form.required")
