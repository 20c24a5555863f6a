"""Whatever is said, on the largest card and in the longest form: Slack takes it, in every language."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.playground.slack import limits as slack_limits
from bot.playground.slack.blocks import check_blocks, check_view, is_too_large, texts_of
from bot.slack import limits
from bot.slack.render import EMPTY, blocks_of, fallback_of, message_of
from bot.slack.views import form_view, language_of, notice_view, refused_view
from bot.translation import Catalogues, Translator
from handlers.forms import Choice, Field, Form, FormStart, Input, OpenedForm
from handlers.replies import Button, Card, Divider, Fields, Lines, Paragraph, Row, Style
from handlers.text import Text, Verbatim

CATALOGUES = Catalogues(strict=True)
LABEL = Text("form.saved")  # any key does: what is measured is how much Slack takes
LONG = "Straßenbahnhaltestellenüberdachung & <!channel> *fett* :smile: "
HOSTILE = [
    "<!channel>",
    "@here",
    "*bold* _it_ ~no~ `code`",
    "<https://evil.example|bank>",
    "&amp; <@U0BOT0001>",
    "> quote",
]

languages = pytest.mark.parametrize("words", [CATALOGUES.translator(each) for each in CATALOGUES.languages])
said = st.text(max_size=80).map(Verbatim) | st.sampled_from(
    [Verbatim(LONG * 100), Verbatim("<" * 3_000), Verbatim(" "), LABEL]
)
rows = st.builds(Row, label=st.just(LABEL), value=said, doubtful=st.booleans())
blocks = st.one_of(
    st.builds(Paragraph, words=said, quiet=st.booleans()),
    st.builds(Lines, lines=st.lists(said, max_size=30).map(tuple)),
    st.builds(Fields, rows=st.lists(rows, max_size=30).map(tuple)),
    st.just(Divider()),
)
buttons = st.builds(
    Button,
    action=st.just("expense.submit"),
    label=said,
    subject_id=st.none() | st.text(max_size=26),
    version=st.none() | st.integers(0, 2**31),
    choice=st.none() | st.text(max_size=40),
    style=st.sampled_from(Style),
    confirm=st.none() | st.just(LABEL),
)
cards = st.builds(
    Card,
    title=st.none() | said,
    body=st.lists(blocks, max_size=70).map(tuple),
    buttons=st.lists(st.lists(buttons, max_size=30).map(tuple), max_size=4).map(tuple),
)


def problems_of(card: Card, words: Translator) -> list[str]:
    shown = message_of(card, words)
    problems = check_blocks(shown["blocks"], surface="message").sentences
    if len(texts_of(shown["blocks"])) > slack_limits.MESSAGE_BLOCKS_CHARACTERS_MAX:
        problems.append("msg_blocks_too_long")
    if not shown["text"] or len(shown["text"]) > slack_limits.MESSAGE_UPDATE_TEXT_CHARACTERS_MAX:
        problems.append("text")
    return problems


def objects(value: Any, wanted: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [found for part in value for found in objects(part, wanted)]
    if not isinstance(value, dict):
        return []
    return [value] * wanted(value) + [found for part in value.values() for found in objects(part, wanted)]


@given(card=cards, language=st.sampled_from(CATALOGUES.languages))
@settings(max_examples=60, deadline=None)
def test_slack_takes_every_card(card: Card, language: str) -> None:
    assert problems_of(card, CATALOGUES.translator(language)) == []


@languages
def test_slack_takes_the_largest_card_and_keeps_all_its_buttons(words: Translator) -> None:
    button = Button(
        action="x" * 240,
        label=Verbatim(LONG * 9),
        subject_id="s" * 1_900,
        version=2**31,
        style=Style.DANGER,
        confirm=Text("form.saved"),
    )
    card = Card(
        title=Verbatim(LONG * 90),
        body=(Paragraph(Verbatim(LONG * 900)),) * 60,
        buttons=((button,) * 26,) * 5,
    )
    assert problems_of(card, words) == []
    shown = blocks_of(card, words)
    assert len(objects(shown, lambda each: each.get("type") == "button")) == 26 * 5
    assert shown[0]["type"] == "header"


def test_a_body_that_is_too_long_says_so_at_its_end() -> None:
    words = CATALOGUES.translator("en")
    many = tuple(Paragraph(Verbatim(f"line {number}")) for number in range(80))
    shown = blocks_of(Card(body=many, buttons=((Button(action="a", label=LABEL),),)), words)
    assert len(shown) == limits.BLOCKS_PER_MESSAGE_MAX
    assert shown[-2]["elements"][0]["text"] == "…"
    assert shown[-3]["text"]["text"] == "line 47"
    exactly = blocks_of(Card(body=many[: limits.BLOCKS_PER_MESSAGE_MAX]), words)
    assert exactly[-1]["text"]["text"] == "line 49"


@pytest.mark.parametrize("typed", HOSTILE)
def test_nothing_that_a_person_wrote_formats_or_pings(typed: str) -> None:
    """Slack formats `mrkdwn` objects and reads `text` for mentions; everything else it shows as it is."""
    words = CATALOGUES.translator("en")
    own = Verbatim(typed)
    card = Card(
        title=own,
        body=(Paragraph(own), Paragraph(own, quiet=True), Lines((own,)), Fields((Row(LABEL, own),))),
        buttons=((Button(action="a", label=own),),),
    )
    shown = message_of(card, words)
    assert objects(shown["blocks"], lambda each: each.get("type") in ("mrkdwn", "link", "user", "broadcast")) == []
    assert texts_of(shown["blocks"]).count(typed) == 6
    assert "<" not in shown["text"]
    assert ">" not in shown["text"]


def test_the_fallback_reads_like_the_card() -> None:
    words = CATALOGUES.translator("en")
    card = Card(
        title=Verbatim("Taxi & Co"),
        body=(
            Fields((Row(Text("form.saved"), Verbatim("23.50"), doubtful=True),)),
            Divider(),
            Lines((Verbatim("one"), Verbatim("two\nlines"))),
            Paragraph(Verbatim("A draft"), quiet=True),
        ),
    )
    label = words.translate(Text("card.label", {"label": Text("form.saved")}))
    assert fallback_of(card, words) == f"Taxi &amp; Co\n{label} 23.50 ❓\none\ntwo lines\nA draft"
    assert fallback_of(Card(), words) == EMPTY
    assert problems_of(Card(), words) == []


def worst_form(choices: int) -> OpenedForm:
    fields = tuple(
        Field(
            name=f"{'f' * 240}{number}",
            label=LABEL,
            parse=lambda typed, _reading: typed,
            input=input_kind,
            hint=LABEL,
            optional=number % 2 == 0,
            length_max=5_000,
        )
        for number, input_kind in enumerate([*Input] * 4)
    )
    offered = tuple(Choice(f"{'k' * 140}{number}", Verbatim(LONG * 3)) for number in range(choices))
    typed = {each.name: offered[-1].key if each.input is Input.CHOICE and offered else LONG * 99 for each in fields}
    return OpenedForm(
        form=Form(key="worst", title=LABEL, submit=LABEL, fields=fields, build=dict),
        dialog_id="01JDIALOG",
        start=FormStart(choices={each.name: offered for each in fields}, about=(Verbatim(LONG * 99), Verbatim(""))),
        values=typed,
        refusals={each.name: LABEL for each in fields},
    )


@languages
@pytest.mark.parametrize("choices", [0, 1, 300])
def test_slack_takes_the_largest_form(words: Translator, choices: int) -> None:
    view = form_view(worst_form(choices), words)
    assert check_view(view, surface="modal").sentences == []
    assert not is_too_large(view)
    assert view["private_metadata"] == "01JDIALOG"
    assert language_of(view) == words.language


def test_what_is_chosen_already_is_offered_even_when_the_menu_is_cut() -> None:
    view = form_view(worst_form(300), CATALOGUES.translator("en"))
    menu = next(block["element"] for block in view["blocks"] if block.get("element", {}).get("type") == "static_select")
    assert len(menu["options"]) == limits.SELECT_OPTIONS_MAX
    assert menu["initial_option"]["value"].endswith("299")


@languages
def test_a_refused_form_comes_back_with_what_was_typed_and_why(words: Translator) -> None:
    fields = (
        Field(name="amount", label=LABEL, parse=lambda typed, _reading: typed, input=Input.AMOUNT, length_max=40),
        Field(name="category", label=LABEL, parse=lambda typed, _reading: typed, input=Input.CHOICE),
    )
    offered = (Choice("travel", Verbatim("Travel")), Choice("fees", Verbatim("Fees")))
    opened = OpenedForm(
        form=Form(key="expense", title=LABEL, submit=LABEL, fields=fields, build=dict),
        dialog_id="01JDIALOG",
        start=FormStart(initial={"amount": "23", "category": "travel"}, choices={"category": offered}, about=(LABEL,)),
    )
    chosen = {"type": "static_select", "selected_option": {"value": "fees"}}
    typed = {"amount": {"value": {"type": "plain_text_input", "value": "zehn"}}, "category": {"value": chosen}}
    submitted = form_view(opened, words) | {"id": "V1", "hash": "1.a", "state": {"values": typed}}
    view = refused_view(submitted, {"amount": LABEL}, words)
    assert check_view(view, surface="modal").sentences == []
    about, amount, why, category = view["blocks"]
    assert about == submitted["blocks"][0]
    assert amount["element"]["initial_value"] == "zehn"
    assert words.translate(LABEL) in json.dumps(why, ensure_ascii=False)
    assert category["element"]["initial_option"]["value"] == "fees"
    assert view["private_metadata"] == "01JDIALOG"


@languages
@pytest.mark.parametrize("key", ["form.saving", "form.saved"])
def test_slack_takes_the_short_views(words: Translator, key: str) -> None:
    submitted = form_view(worst_form(1), words)
    view = notice_view(submitted, Text(key), words)
    assert check_view(view, surface="modal").sentences == []
    assert not view.get("notify_on_close")


def test_both_transcriptions_of_slacks_limits_agree() -> None:
    same_name = {name for name in vars(limits) if name.isupper()} & set(vars(slack_limits))
    assert {"BLOCKS_PER_MESSAGE_MAX", "ACKNOWLEDGE_TIMEOUT_S", "SELECT_OPTIONS_MAX"} <= same_name
    assert {name: getattr(limits, name) for name in same_name} == {
        name: getattr(slack_limits, name) for name in same_name
    }


def test_an_id_that_would_have_to_be_cut_is_a_fault_of_ours() -> None:
    button = Button(action="a", label=LABEL, choice="c" * limits.BUTTON_VALUE_CHARACTERS_MAX)
    with pytest.raises(ValueError, match="Slack takes 2000"):
        blocks_of(Card(buttons=((button,),)), CATALOGUES.translator("en"))
