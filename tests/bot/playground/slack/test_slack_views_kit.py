"""The emulator's checks as a whole: forms and Home tabs, slack_sdk's own transcription, and whatever JSON may come."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models import blocks as sdk
from slack_sdk.models import views as sdk_views
from slack_sdk.models.blocks.block_elements import UrlSourceElement

from bot.playground.slack import limits
from bot.playground.slack.blocks import BLOCKS, BLOCKS_NOT_EMULATED, check_blocks, check_view
from bot.playground.slack.elements import ELEMENTS, ELEMENTS_NOT_EMULATED
from bot.playground.state import Json

TITLE: Json = {"type": "plain_text", "text": "xxxx"}
VIEW: Json = {"type": "modal", "title": TITLE, "blocks": [{"type": "divider"}]}


@pytest.mark.parametrize(
    ("field", "bound", "build"),
    [
        ("title/text", limits.VIEW_TITLE_CHARACTERS_MAX, lambda n: {"title": {"type": "plain_text", "text": "x" * n}}),
        (
            "submit/text",
            limits.VIEW_SUBMIT_CHARACTERS_MAX,
            lambda n: {"submit": {"type": "plain_text", "text": "x" * n}},
        ),
        ("close/text", limits.VIEW_CLOSE_CHARACTERS_MAX, lambda n: {"close": {"type": "plain_text", "text": "x" * n}}),
        ("callback_id", limits.VIEW_CALLBACK_ID_CHARACTERS_MAX, lambda n: {"callback_id": "c" * n}),
        ("external_id", limits.VIEW_EXTERNAL_ID_CHARACTERS_MAX, lambda n: {"external_id": "e" * n}),
        ("private_metadata", limits.VIEW_PRIVATE_METADATA_CHARACTERS_MAX, lambda n: {"private_metadata": "m" * n}),
        ("blocks", limits.BLOCKS_PER_VIEW_MAX, lambda n: {"blocks": [{"type": "divider"}] * n}),
    ],
)
def test_a_forms_bound_is_taken_and_one_more_is_refused(field: str, bound: int, build: Callable[[int], Json]) -> None:
    assert check_view(VIEW | build(bound), surface="modal").sentences == []
    (refused,) = check_view(VIEW | build(bound + 1), surface="modal").sentences
    assert refused.endswith(f"[json-pointer:/view/{field}]")


def test_a_form_is_no_home_tab_and_needs_a_title_and_a_button() -> None:
    no_title = check_view({"type": "modal", "blocks": [{"type": "divider"}]}, surface="modal").sentences
    an_input = {"type": "input", "label": TITLE, "element": {"type": "plain_text_input"}}
    no_button = check_view(VIEW | {"blocks": [an_input]}, surface="modal").sentences
    home = check_view(VIEW | {"type": "home"}, surface="home").sentences
    no_blocks = check_view(VIEW | {"blocks": []}, surface="modal").sentences

    assert no_title == ["missing required field: title [json-pointer:/view]"]
    assert "must define `submit`" in no_button[0]
    assert home == ["invalid additional property: title [json-pointer:/view]"]
    assert "no fewer than 1 items" in no_blocks[0]
    assert "unsupported type: modal" in check_view(VIEW, surface="home").sentences[0]


def test_the_two_transcriptions_of_the_limits_agree() -> None:
    """Where slack_sdk knows a number, it is the same; only its limit on a field's length is missing there."""
    known_to_both = {
        "BLOCK_ID_CHARACTERS_MAX": sdk.Block.block_id_max_length,
        "SECTION_TEXT_CHARACTERS_MAX": sdk.SectionBlock.text_max_length,
        "SECTION_FIELDS_MAX": sdk.SectionBlock.fields_max_length,
        "HEADER_TEXT_CHARACTERS_MAX": sdk.HeaderBlock.text_max_length,
        "ACTIONS_ELEMENTS_MAX": sdk.ActionsBlock.elements_max_length,
        "CONTEXT_ELEMENTS_MAX": sdk.ContextBlock.elements_max_length,
        "INPUT_LABEL_CHARACTERS_MAX": sdk.InputBlock.label_max_length,
        "INPUT_HINT_CHARACTERS_MAX": sdk.InputBlock.hint_max_length,
        "BUTTON_TEXT_CHARACTERS_MAX": sdk.ButtonElement.text_max_length,
        "BUTTON_VALUE_CHARACTERS_MAX": sdk.ButtonElement.value_max_length,
        "BUTTON_URL_CHARACTERS_MAX": sdk.ButtonElement.url_max_length,
        "ACTION_ID_CHARACTERS_MAX": sdk.ButtonElement.action_id_max_length,
        "PLACEHOLDER_CHARACTERS_MAX": sdk.PlainTextInputElement.placeholder_max_length,
        "SELECT_OPTIONS_MAX": sdk.StaticSelectElement.options_max_length,
        "OVERFLOW_OPTIONS_MAX": sdk.OverflowMenuElement.options_max_length,
        "OPTION_TEXT_CHARACTERS_MAX": sdk.Option.label_max_length,
        "OPTION_VALUE_CHARACTERS_MAX": sdk.Option.value_max_length,
        "CONFIRM_TITLE_CHARACTERS_MAX": sdk.ConfirmObject.title_max_length,
        "CONFIRM_TEXT_CHARACTERS_MAX": sdk.ConfirmObject.text_max_length,
        "VIEW_TITLE_CHARACTERS_MAX": sdk_views.View.title_max_length,
        "BLOCKS_PER_VIEW_MAX": sdk_views.View.blocks_max_length,
        "VIEW_PRIVATE_METADATA_CHARACTERS_MAX": sdk_views.View.private_metadata_max_length,
    }
    assert known_to_both == {name: getattr(limits, name) for name in known_to_both}


def names(kinds: Iterable[type]) -> set[str]:
    """What these classes call themselves on the wire, which they keep in a class attribute."""
    attribute = "type"
    return {getattr(kind, attribute) for kind in kinds}


def test_every_kind_that_slack_sdk_knows_is_emulated_or_named_as_not_emulated() -> None:
    blocks = names(sdk.Block.__subclasses__())
    elements = names(
        kind
        for kind in sdk.BlockElement._get_sub_block_elements()
        if not issubclass(kind, sdk.RichTextElement | UrlSourceElement)
    )

    assert blocks == set(BLOCKS) | BLOCKS_NOT_EMULATED
    assert elements == set(ELEMENTS) | ELEMENTS_NOT_EMULATED


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "text", "elements", "block_id", "element", "label", "options", "title", "blocks"]),
            inner | st.sampled_from([*BLOCKS, *ELEMENTS, "plain_text", "mrkdwn", "modal"]),
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON_VALUES)
def test_whatever_is_sent_gets_an_answer(value: Any) -> None:
    """A bot may send any JSON; a check must refuse it and never break."""
    check_blocks(value, surface="message")
    check_blocks([value], surface="modal")
    check_view(value, surface="modal")
