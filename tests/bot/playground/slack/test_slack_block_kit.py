"""Block Kit as the emulator checks it: what it takes at the bound, and what it refuses beyond, in Slack's words."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.playground.slack import limits
from bot.playground.slack.blocks import Surface, check_blocks, texts_of
from bot.playground.state import Json


def plain(length: int = 4) -> Json:
    return {"type": "plain_text", "text": "x" * length}


def mrkdwn(length: int = 4) -> Json:
    return {"type": "mrkdwn", "text": "x" * length}


def option(text: int = 4, value: str = "v", **more: Any) -> Json:
    return {"text": plain(text), "value": value} | more


def options(count: int) -> list[Json]:
    return [option(value=f"v{number}") for number in range(count)]


def actions(*elements: Json) -> list[Json]:
    return [{"type": "actions", "elements": list(elements)}]


def an_input(element: Json, **more: Any) -> list[Json]:
    return [{"type": "input", "label": plain(), "element": element} | more]


def section(**fields: Any) -> list[Json]:
    return [{"type": "section"} | fields]


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain()} | more


def confirmation(**more: Any) -> Json:
    return {"title": plain(), "text": mrkdwn(), "confirm": plain(), "deny": plain()} | more


def select(**more: Any) -> Json:
    return {"type": "static_select", "options": options(2)} | more


# Each row: what is bounded, a builder that takes a size, the bound, and the pointer of the refusal.
BOUNDS: list[tuple[str, Callable[[int], list[Json]], int, str]] = [
    ("blocks", lambda n: [{"type": "divider"}] * n, limits.BLOCKS_PER_MESSAGE_MAX, "/blocks"),
    ("section text", lambda n: section(text=mrkdwn(n)), limits.SECTION_TEXT_CHARACTERS_MAX, "/blocks/0/text/text"),
    ("section fields", lambda n: section(fields=[mrkdwn()] * n), limits.SECTION_FIELDS_MAX, "/blocks/0/fields"),
    (
        "section field",
        lambda n: section(fields=[mrkdwn(n)]),
        limits.SECTION_FIELD_CHARACTERS_MAX,
        "/blocks/0/fields/0/text",
    ),
    (
        "header",
        lambda n: [{"type": "header", "text": plain(n)}],
        limits.HEADER_TEXT_CHARACTERS_MAX,
        "/blocks/0/text/text",
    ),
    (
        "context",
        lambda n: [{"type": "context", "elements": [mrkdwn()] * n}],
        limits.CONTEXT_ELEMENTS_MAX,
        "/blocks/0/elements",
    ),
    (
        "block_id",
        lambda n: [{"type": "divider", "block_id": "b" * n}],
        limits.BLOCK_ID_CHARACTERS_MAX,
        "/blocks/0/block_id",
    ),
    ("actions", lambda n: actions(*[button()] * n), limits.ACTIONS_ELEMENTS_MAX, "/blocks/0/elements"),
    (
        "button text",
        lambda n: actions(button(text=plain(n))),
        limits.BUTTON_TEXT_CHARACTERS_MAX,
        "/blocks/0/elements/0/text/text",
    ),
    (
        "button value",
        lambda n: actions(button(value="v" * n)),
        limits.BUTTON_VALUE_CHARACTERS_MAX,
        "/blocks/0/elements/0/value",
    ),
    (
        "button url",
        lambda n: actions(button(url="u" * n)),
        limits.BUTTON_URL_CHARACTERS_MAX,
        "/blocks/0/elements/0/url",
    ),
    (
        "action_id",
        lambda n: actions(button(action_id="a" * n)),
        limits.ACTION_ID_CHARACTERS_MAX,
        "/blocks/0/elements/0/action_id",
    ),
    (
        "confirm title",
        lambda n: actions(button(confirm=confirmation(title=plain(n)))),
        limits.CONFIRM_TITLE_CHARACTERS_MAX,
        "/blocks/0/elements/0/confirm/title/text",
    ),
    (
        "confirm text",
        lambda n: actions(button(confirm=confirmation(text=mrkdwn(n)))),
        limits.CONFIRM_TEXT_CHARACTERS_MAX,
        "/blocks/0/elements/0/confirm/text/text",
    ),
    (
        "confirm yes",
        lambda n: actions(button(confirm=confirmation(confirm=plain(n)))),
        limits.CONFIRM_BUTTON_CHARACTERS_MAX,
        "/blocks/0/elements/0/confirm/confirm/text",
    ),
    (
        "confirm no",
        lambda n: actions(button(confirm=confirmation(deny=plain(n)))),
        limits.CONFIRM_BUTTON_CHARACTERS_MAX,
        "/blocks/0/elements/0/confirm/deny/text",
    ),
    (
        "select options",
        lambda n: actions(select(options=options(n))),
        limits.SELECT_OPTIONS_MAX,
        "/blocks/0/elements/0/options",
    ),
    (
        "option text",
        lambda n: actions(select(options=[option(n)])),
        limits.OPTION_TEXT_CHARACTERS_MAX,
        "/blocks/0/elements/0/options/0/text/text",
    ),
    (
        "option value",
        lambda n: actions(select(options=[option(value="v" * n)])),
        limits.OPTION_VALUE_CHARACTERS_MAX,
        "/blocks/0/elements/0/options/0/value",
    ),
    (
        "option description",
        lambda n: actions(select(options=[option(description=plain(n))])),
        limits.OPTION_DESCRIPTION_CHARACTERS_MAX,
        "/blocks/0/elements/0/options/0/description/text",
    ),
    (
        "option group label",
        lambda n: actions({"type": "static_select", "option_groups": [{"label": plain(n), "options": options(1)}]}),
        limits.OPTION_GROUP_LABEL_CHARACTERS_MAX,
        "/blocks/0/elements/0/option_groups/0/label/text",
    ),
    (
        "placeholder",
        lambda n: actions(select(placeholder=plain(n))),
        limits.PLACEHOLDER_CHARACTERS_MAX,
        "/blocks/0/elements/0/placeholder/text",
    ),
    (
        "overflow options",
        lambda n: actions({"type": "overflow", "options": options(n)}),
        limits.OVERFLOW_OPTIONS_MAX,
        "/blocks/0/elements/0/options",
    ),
    (
        "checkbox options",
        lambda n: actions({"type": "checkboxes", "options": options(n)}),
        limits.CHECKBOX_OPTIONS_MAX,
        "/blocks/0/elements/0/options",
    ),
    (
        "radio options",
        lambda n: actions({"type": "radio_buttons", "options": options(n)}),
        limits.RADIO_OPTIONS_MAX,
        "/blocks/0/elements/0/options",
    ),
    (
        "input label",
        lambda n: an_input({"type": "plain_text_input"}, label=plain(n)),
        limits.INPUT_LABEL_CHARACTERS_MAX,
        "/blocks/0/label/text",
    ),
    (
        "input hint",
        lambda n: an_input({"type": "plain_text_input"}, hint=plain(n)),
        limits.INPUT_HINT_CHARACTERS_MAX,
        "/blocks/0/hint/text",
    ),
    (
        "input max_length",
        lambda n: an_input({"type": "plain_text_input", "max_length": n}),
        limits.PLAIN_TEXT_INPUT_CHARACTERS_MAX,
        "/blocks/0/element/max_length",
    ),
    (
        "picture's alt_text",
        lambda n: [{"type": "image", "image_url": "http://x", "alt_text": "x" * n}],
        limits.IMAGE_ALT_TEXT_CHARACTERS_MAX,
        "/blocks/0/alt_text",
    ),
]


@pytest.mark.parametrize(("build", "bound", "pointer"), [row[1:] for row in BOUNDS], ids=[row[0] for row in BOUNDS])
def test_the_bound_is_taken_and_one_more_is_refused(
    build: Callable[[int], list[Json]], bound: int, pointer: str
) -> None:
    assert check_blocks(build(bound), surface="message").sentences == []
    refused = check_blocks(build(bound + 1), surface="message").sentences
    assert len(refused) == 1
    assert refused[0].endswith(f"[json-pointer:{pointer}]")


REFUSED: list[tuple[str, Any, str]] = [
    ("no list", {"type": "divider"}, "must provide an array"),
    ("no object", ["divider"], "must provide an object"),
    ("no type", [{}], "missing required field: type"),
    ("unknown block", [{"type": "banner"}], "unsupported type: banner"),
    ("a block that is not emulated", [{"type": "table", "rows": []}], "not emulated: table"),
    ("unknown field", [{"type": "divider", "colour": "red"}], "invalid additional property: colour"),
    ("formatted header", [{"type": "header", "text": mrkdwn()}], "unsupported type: mrkdwn"),
    ("formatted button", actions(button(text=mrkdwn())), "unsupported type: mrkdwn"),
    ("empty section", section(), "must define one of `text` and `fields`"),
    ("empty text", section(text=plain(0)), "must be more than 0 characters"),
    ("number as text", section(text={"type": "plain_text", "text": 5}), "must provide a string"),
    ("emoji in mrkdwn", section(text=mrkdwn() | {"emoji": True}), "invalid additional property: emoji"),
    ("block_id twice", [{"type": "divider", "block_id": "b"}] * 2, "duplicate block_id: b"),
    ("action_id twice", actions(button(action_id="a"), button(action_id="a")), "duplicate action_id: a"),
    ("no elements", actions(), "no fewer than 1 items"),
    ("unknown element", actions({"type": "slider"}), "unsupported type: slider"),
    ("an element that is not emulated", actions({"type": "timepicker"}), "not emulated: timepicker"),
    ("text field among buttons", actions({"type": "plain_text_input"}), "unsupported type: plain_text_input"),
    ("button in an input", an_input(button()), "unsupported type: button"),
    ("empty value", actions(button(value="")), "must be more than 0 characters"),
    ("unknown style", actions(button(style="green")), "must be a valid enum value"),
    ("no options", actions(select(options=[])), "no fewer than 1 items"),
    ("neither options nor groups", actions({"type": "static_select"}), "exactly one of `options`"),
    (
        "another initial option",
        actions(select(initial_option=option(value="other"))),
        "must exactly match one of the provided options",
    ),
    (
        "other initial options",
        an_input({"type": "checkboxes", "options": options(2), "initial_options": [option(value="other")]}),
        "must exactly match one of the provided options",
    ),
    ("values twice", actions({"type": "radio_buttons", "options": [option(), option()]}), "values must be unique"),
    ("formatted option", actions(select(options=[{"text": mrkdwn(), "value": "v"}])), "unsupported type: mrkdwn"),
    ("no such day", actions({"type": "datepicker", "initial_date": "2026-02-30"}), "must be a valid date"),
    ("another date format", actions({"type": "datepicker", "initial_date": "1.3.2026"}), "must be a valid date"),
    ("number field without its kind", an_input({"type": "number_input"}), "missing required field: is_decimal_allowed"),
    (
        "number as a number",
        an_input({"type": "number_input", "is_decimal_allowed": True, "initial_value": 5}),
        "must be a number, written as a string",
    ),
    ("lengths out of order", an_input({"type": "plain_text_input", "min_length": 9, "max_length": 3}), "min_length"),
    ("length as text", an_input({"type": "plain_text_input", "max_length": "3"}), "must provide an integer"),
    ("optional as text", an_input({"type": "plain_text_input"}, optional="yes"), "must provide a boolean"),
    ("file field outside a form", an_input({"type": "file_input"}), "unsupported type: file_input"),
    (
        "two with the focus",
        an_input(select(focus_on_load=True)) + an_input(select(focus_on_load=True)),
        "only one element",
    ),
    ("picture from nowhere", [{"type": "image", "alt_text": "a"}], "exactly one of `image_url`"),
    ("unknown rich text", [{"type": "rich_text", "elements": [{"type": "poem"}]}], "unsupported type: poem"),
    ("confirm without text", actions(button(confirm={"title": plain()})), "missing required field: text"),
]


@pytest.mark.parametrize(("blocks", "sentence"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_it_is_refused_in_slacks_words(blocks: Any, sentence: str) -> None:
    refused = check_blocks(blocks, surface="message").sentences
    assert any(sentence in each for each in refused), refused


PICTURE: Json = {"type": "image", "image_url": "http://x", "alt_text": "a"}

ACCEPTED: list[tuple[str, list[Json], Surface]] = [
    ("nothing in a message", [], "message"),
    ("section with an accessory", section(text=mrkdwn(), accessory=select(initial_option=options(2)[1])), "message"),
    ("context with a picture", [{"type": "context", "elements": [mrkdwn(), PICTURE]}], "message"),
    ("a hundred blocks", [{"type": "divider"}] * 100, "modal"),
    ("a person's choice", an_input({"type": "users_select", "initial_user": "U1"}), "modal"),
    (
        "several choices",
        an_input({"type": "multi_static_select", "options": options(3), "initial_options": options(2)}),
        "modal",
    ),
    ("a file field", an_input({"type": "file_input", "filetypes": ["png"], "max_files": 2}), "modal"),
    ("a number field", an_input({"type": "number_input", "is_decimal_allowed": True, "min_value": "-1.5"}), "modal"),
    ("formatted checkboxes", an_input({"type": "checkboxes", "options": [{"text": mrkdwn(), "value": "v"}]}), "home"),
    ("rich text", [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": []}]}], "message"),
    ("null for what is absent", [{"type": "divider", "block_id": None}], "message"),
]


@pytest.mark.parametrize(("blocks", "surface"), [row[1:] for row in ACCEPTED], ids=[row[0] for row in ACCEPTED])
def test_it_is_taken(blocks: list[Json], surface: Surface) -> None:
    assert check_blocks(blocks, surface=surface).sentences == []


def test_the_words_of_a_card_are_found_in_order() -> None:
    card = [{"type": "header", "text": plain(3)}, *section(text=mrkdwn(2), fields=[mrkdwn(1)])]
    assert texts_of(card) == "xxx\nxx\nx"
