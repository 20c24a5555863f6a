"""Block Kit's blocks and views, checked as Slack checks them before it takes a message or opens a form.

Two transcriptions look at every payload: this project's own table, which gives Slack's sentences and JSON pointers and
refuses what slack_sdk lets through (unknown blocks and fields, too many blocks, ids used twice, formatted headers), and
then slack_sdk's models, for what the table might miss.
"""

import json
from collections.abc import Iterator
from typing import Any, Literal

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.playground.slack import limits
from bot.playground.slack.elements import (
    IN_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    any_text,
    element_in,
    image_element,
    one_picture,
    plain_text,
    slack_file,
)
from bot.playground.slack.schema import Check, Problems, anything, array, boolean, both, record, string, variants
from bot.playground.state import Json

Surface = Literal["message", "modal", "home"]

BLOCKS_NOT_EMULATED = frozenset(
    {"alert", "auth_provider", "call", "card", "carousel", "container", "context_actions", "file", "markdown"}
    | {"plan", "table", "task_card", "video"}
)

_id: dict[str, Check] = {"block_id": string(at_most=limits.BLOCK_ID_CHARACTERS_MAX)}


def _text_or_fields(value: Any, pointer: str, problems: Problems) -> None:
    if value.get("text") is None and value.get("fields") is None:
        problems.add("must define one of `text` and `fields`", pointer)


def _rich_text_part(value: Any, pointer: str, problems: Problems) -> None:
    variants(
        {
            "rich_text_section": record({"type": anything, "elements": array(anything, at_least=0)}),
            "rich_text_list": record(
                {"type": anything, "elements": array(anything), "style": string()},
                {"indent": anything, "offset": anything, "border": anything},
            ),
            "rich_text_preformatted": record(
                {"type": anything, "elements": array(anything)}, {"border": anything, "language": string()}
            ),
            "rich_text_quote": record({"type": anything, "elements": array(anything)}, {"border": anything}),
        }
    )(value, pointer, problems)


def _context_element(value: Any, pointer: str, problems: Problems) -> None:
    """A context block holds texts and small images, without the length limit of a section's fields."""
    if isinstance(value, dict) and value.get("type") == "image":
        image_element(value, pointer, problems)
    else:
        any_text(at_most=limits.SECTION_TEXT_CHARACTERS_MAX)(value, pointer, problems)


BLOCKS: dict[str, Check] = {
    "section": both(
        record(
            {"type": anything},
            {
                **_id,
                "text": any_text(at_most=limits.SECTION_TEXT_CHARACTERS_MAX),
                "fields": array(
                    any_text(at_most=limits.SECTION_FIELD_CHARACTERS_MAX), at_most=limits.SECTION_FIELDS_MAX
                ),
                "accessory": element_in(IN_SECTION),
                "expand": boolean,
            },
        ),
        _text_or_fields,
    ),
    "header": record({"type": anything, "text": plain_text(at_most=limits.HEADER_TEXT_CHARACTERS_MAX)}, _id),
    "divider": record({"type": anything}, _id),
    "context": record(
        {
            "type": anything,
            "elements": array(
                _context_element,
                at_most=limits.CONTEXT_ELEMENTS_MAX,
            ),
        },
        _id,
    ),
    "actions": record(
        {"type": anything, "elements": array(element_in(IN_ACTIONS), at_most=limits.ACTIONS_ELEMENTS_MAX)}, _id
    ),
    "input": record(
        {
            "type": anything,
            "label": plain_text(at_most=limits.INPUT_LABEL_CHARACTERS_MAX),
            "element": element_in(IN_INPUT),
        },
        {
            **_id,
            "hint": plain_text(at_most=limits.INPUT_HINT_CHARACTERS_MAX),
            "optional": boolean,
            "dispatch_action": boolean,
        },
    ),
    "image": both(
        record(
            {"type": anything, "alt_text": string(at_most=limits.IMAGE_ALT_TEXT_CHARACTERS_MAX)},
            {
                **_id,
                "image_url": string(at_most=limits.IMAGE_URL_CHARACTERS_MAX),
                "slack_file": slack_file,
                "title": plain_text(at_most=limits.IMAGE_TITLE_CHARACTERS_MAX),
            },
        ),
        one_picture,
    ),
    "rich_text": record({"type": anything, "elements": array(_rich_text_part)}, _id),
}


def elements_of(block: Json) -> Iterator[Json]:
    """The interactive elements of a block, wherever it keeps them."""
    candidates = [block.get("accessory"), block.get("element")]
    if block.get("type") == "actions":
        candidates += block.get("elements") or []
    for element in candidates:
        if isinstance(element, dict) and element.get("type") != "image":
            yield element


def _ids_are_unique(blocks: list[Json], pointer: str, problems: Problems) -> None:
    """A block_id is used once in a message or view, an action_id once in a block."""
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        block_id = block.get("block_id")
        if isinstance(block_id, str):
            if block_id in seen:
                problems.add(f"duplicate block_id: {block_id}", f"{pointer}/{index}/block_id")
            seen.add(block_id)
        actions = [element["action_id"] for element in elements_of(block) if element.get("action_id")]
        for action_id in sorted({action for action in actions if actions.count(action) > 1}):
            problems.add(f"duplicate action_id: {action_id}", f"{pointer}/{index}")


def _fits_surface(blocks: list[Json], surface: Surface, pointer: str, problems: Problems) -> None:
    """File inputs work in modals alone, and at most one element of a view has the focus at first."""
    focused = 0
    for index, block in enumerate(blocks):
        for element in elements_of(block):
            if element.get("type") == "file_input" and surface != "modal":
                problems.add("unsupported type: file_input", f"{pointer}/{index}/element/type")
            focused += element.get("focus_on_load") is True
    if focused > 1:
        problems.add("only one element can set `focus_on_load`", pointer)


def _second_opinion(blocks: list[Json], pointer: str, problems: Problems) -> None:
    """slack_sdk's own checks, for what the table lets through."""
    for index, block in enumerate(blocks):
        try:
            parsed = Block.parse(dict(block))
            if parsed is not None:
                parsed.to_dict()
        except SlackObjectFormationError as error:
            problems.add(str(error), f"{pointer}/{index}")


def check_blocks(blocks: Any, *, surface: Surface, pointer: str = "/blocks") -> Problems:
    """Everything that Slack would refuse about these blocks on this surface; empty when all is well."""
    problems = Problems()
    at_most = limits.BLOCKS_PER_MESSAGE_MAX if surface == "message" else limits.BLOCKS_PER_VIEW_MAX
    one = variants(BLOCKS, real_but_not_emulated=BLOCKS_NOT_EMULATED)
    array(one, at_most=at_most, at_least=0 if surface == "message" else 1)(blocks, pointer, problems)
    # Each of these relies on the shape that was looked at before.
    for further in (_ids_are_unique, _second_opinion):
        if not problems:
            further(blocks, pointer, problems)
    if not problems:
        _fits_surface(blocks, surface, pointer, problems)
    return problems


_MODAL = record(
    {"type": anything, "title": plain_text(at_most=limits.VIEW_TITLE_CHARACTERS_MAX), "blocks": anything},
    {
        "submit": plain_text(at_most=limits.VIEW_SUBMIT_CHARACTERS_MAX),
        "close": plain_text(at_most=limits.VIEW_CLOSE_CHARACTERS_MAX),
        "callback_id": string(at_most=limits.VIEW_CALLBACK_ID_CHARACTERS_MAX, at_least=0),
        "external_id": string(at_most=limits.VIEW_EXTERNAL_ID_CHARACTERS_MAX, at_least=0),
        "private_metadata": string(at_most=limits.VIEW_PRIVATE_METADATA_CHARACTERS_MAX, at_least=0),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
    },
)
_HOME = record(
    {"type": anything, "blocks": anything},
    {
        "callback_id": string(at_most=limits.VIEW_CALLBACK_ID_CHARACTERS_MAX, at_least=0),
        "external_id": string(at_most=limits.VIEW_EXTERNAL_ID_CHARACTERS_MAX, at_least=0),
        "private_metadata": string(at_most=limits.VIEW_PRIVATE_METADATA_CHARACTERS_MAX, at_least=0),
    },
)


def check_view(view: Any, *, surface: Literal["modal", "home"], pointer: str = "/view") -> Problems:
    """Everything that Slack would refuse about this view; empty when all is well."""
    problems = Problems()
    shape = variants({"modal": _MODAL} if surface == "modal" else {"home": _HOME})
    shape(view, pointer, problems)
    if not isinstance(view, dict):
        return problems
    blocks = view.get("blocks")
    if blocks is not None:
        problems.sentences += check_blocks(blocks, surface=surface, pointer=f"{pointer}/blocks").sentences
        inputs = isinstance(blocks, list) and any(isinstance(b, dict) and b.get("type") == "input" for b in blocks)
        if surface == "modal" and inputs and view.get("submit") is None:
            problems.add("must define `submit` to use an `input` block in modals", f"{pointer}/submit")
    if not problems:
        try:
            View(**view).to_dict()
        except SlackObjectFormationError as error:
            problems.add(str(error), pointer)
    return problems


def is_too_large(view: Any) -> bool:
    """Whether a view exceeds the size for which Slack answers view_too_large."""
    return len(json.dumps(view, ensure_ascii=False).encode()) > limits.VIEW_SIZE_BYTES_MAX


def texts_of(blocks: list[Json]) -> str:
    """All words that a person reads in these blocks, one piece a line: for fallbacks, searching and tests."""
    found: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("text"), str):
                found.append(value["text"])
            for key, part in value.items():
                if key not in ("confirm", "value"):
                    walk(part)
        elif isinstance(value, list):
            for part in value:
                walk(part)

    walk(blocks)
    return "\n".join(found)
