"""What a person does with Block Kit: finds an element by its words, chooses, types, and is held back by the client."""

import datetime
from collections.abc import Iterator
from typing import Any

from bot.playground.slack.blocks import elements_of, texts_of
from bot.playground.slack.chat import Chat, unescape
from bot.playground.slack.elements import all_options
from bot.playground.slack.errors import ControlError
from bot.playground.slack.limits import PLAIN_TEXT_INPUT_CHARACTERS_MAX
from bot.playground.slack.views import state_field
from bot.playground.state import Json

REQUIRED = "Please complete this required field."


def element_label(block: Json, element: Json) -> str:
    """What a person reads on or at an element."""
    if block["type"] == "input":
        return unescape(str(block["label"]["text"]))
    text = element.get("text") or element.get("placeholder") or {}
    return unescape(str(text.get("text", "")))


def pairs(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Every block with each of its interactive elements."""
    for block in blocks:
        for element in elements_of(block):
            yield block, element


def find_element(blocks: list[Json], wanted: str) -> tuple[Json, Json]:
    """The one element with this block_id/action_id, action_id, block_id, label or value. Raises ControlError."""
    everything = list(pairs(blocks))
    named = [
        (
            f"{block.get('block_id')}/{element.get('action_id')}",
            element.get("action_id"),
            block.get("block_id"),
            element_label(block, element),
            element.get("value"),
        )
        for block, element in everything
    ]
    for position in range(5):
        found = [pair for pair, names in zip(everything, named, strict=True) if names[position] == wanted]
        if len(found) == 1:
            return found[0]
        if found:
            raise ControlError(f"“{wanted}” stands there {len(found)} times.")
    offered = ", ".join(f"“{element_label(block, element)}”" for block, element in everything)
    raise ControlError(f"There is no “{wanted}” here. There is: {offered or 'nothing to use'}.")


def find_option(element: Json, wanted: Any) -> Json:
    """The option with this text or value. Raises ControlError."""
    options = all_options(element)
    for option in options:
        if wanted in (option["value"], unescape(str(option["text"]["text"]))):
            return dict(option)
    offered = ", ".join(f"“{option['text']['text']}”" for option in options)
    raise ControlError(f"“{wanted}” is not offered. There is: {offered}.")


def chosen_state(chat: Chat, element: Json, given: Any) -> Json:
    """The state of an element after somebody typed or chose this. None empties it. Raises ControlError."""
    kind = element["type"]
    name = state_field(kind)
    if name is None:
        raise ControlError(f"A {kind} takes no value.")
    return {"type": kind, name: _state_value(chat, element, kind, given)}


def _state_value(chat: Chat, element: Json, kind: str, given: Any) -> Any:
    if kind in ("multi_static_select", "checkboxes"):
        return [find_option(element, each) for each in given or []]
    if kind == "file_input":
        return [_known_file(chat, each) for each in given or []]
    if given is None or given == "":
        return None
    match kind:
        case "static_select" | "radio_buttons":
            return find_option(element, given)
        case "datepicker":
            try:
                return datetime.date.fromisoformat(str(given)).isoformat()
            except ValueError as error:
                raise ControlError(f"“{given}” is not a date such as 2026-11-20.") from error
        case "users_select":
            if given not in chat.state.users:
                raise ControlError(f"There is nobody with the id {given}.")
    return str(given)


def _known_file(chat: Chat, file_id: str) -> Json:
    if file_id not in chat.state.files:
        raise ControlError(f"There is no file {file_id}.")
    return chat.file_object(chat.state.files[file_id])


def refused_by_client(blocks: list[Json], values: dict[str, dict[str, Json]]) -> dict[str, str]:
    """What Slack's own client holds back before the app hears of it: a sentence per block_id."""
    refused: dict[str, str] = {}
    for block, element in pairs(blocks):
        if block["type"] != "input":
            continue
        kind = element["type"]
        value = values[block["block_id"]][element["action_id"]][state_field(kind) or ""]
        if value in (None, "", []):
            if not block.get("optional"):
                refused[block["block_id"]] = REQUIRED
            continue
        sentence = _wrong_text(element, str(value)) if kind in ("plain_text_input", "number_input") else None
        if kind == "file_input" and len(value) > element.get("max_files", 10):
            sentence = f"At most {element.get('max_files', 10)} files."
        if sentence is not None:
            refused[block["block_id"]] = sentence
    return refused


def _wrong_text(element: Json, value: str) -> str | None:
    if element["type"] == "number_input":
        return _wrong_number(element, value)
    least, most = element.get("min_length", 0), element.get("max_length", PLAIN_TEXT_INPUT_CHARACTERS_MAX)
    if len(value) < least:
        return f"Please enter at least {least} characters."
    if len(value) > most:
        return f"Please enter at most {most} characters."
    return None


def _wrong_number(element: Json, value: str) -> str | None:
    try:
        number = float(value)
    except ValueError:
        return "Please enter a number."
    if not element["is_decimal_allowed"] and not number.is_integer():
        return "Please enter a whole number."
    if "min_value" in element and number < float(element["min_value"]):
        return f"Please enter {element['min_value']} or more."
    if "max_value" in element and number > float(element["max_value"]):
        return f"Please enter {element['max_value']} or less."
    return None


def action_of(block: Json, element: Json, *, state: Json | None, action_ts: str) -> Json:
    """The entry in a block_actions payload's `actions`."""
    copied = ("type", "action_id", "text", "value", "style", "placeholder")
    action = {name: element[name] for name in copied if name in element}
    action |= {"block_id": block["block_id"], "action_ts": action_ts}
    if state is not None:
        action |= state
    return action


def overflow_action(block: Json, element: Json, wanted: Any, *, action_ts: str) -> Json:
    """A choice in an overflow menu, which keeps no state."""
    option = find_option(element, wanted)
    return action_of(block, element, state={"selected_option": option}, action_ts=action_ts)


def visible_text(message: Json) -> str:
    """All words of a message or view that a person reads: the blocks, or the text when there are none."""
    blocks = message.get("blocks")
    words = texts_of(blocks) if blocks else str(message.get("text", ""))
    if blocks and all(block["type"] == "rich_text" for block in blocks):
        words = str(message.get("text", ""))
    return unescape(words)
