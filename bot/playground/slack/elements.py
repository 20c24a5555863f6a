"""Block Kit's composition objects and block elements, as checks.

Only the kinds that an assistant like ours uses are emulated in full; what the real Slack has besides is refused with
the words "not emulated". Source: https://docs.slack.dev/reference/block-kit/block-elements and …/composition-objects.
"""

import datetime
import re
from collections.abc import Iterable
from typing import Any

from bot.playground.slack import limits
from bot.playground.slack.schema import (
    Check,
    Problems,
    anything,
    array,
    boolean,
    both,
    integer,
    one_of,
    record,
    string,
    variants,
)

ELEMENTS_NOT_EMULATED = frozenset(
    {
        "channels_select",
        "conversations_select",
        "datetimepicker",
        "email_text_input",
        "external_select",
        "feedback_buttons",
        "icon_button",
        "multi_channels_select",
        "multi_conversations_select",
        "multi_external_select",
        "multi_users_select",
        "rich_text_input",
        "timepicker",
        "url_text_input",
        "workflow_button",
    }
)

_type = anything
"""`type` has been looked at by `variants` already."""


def plain_text(*, at_most: int, at_least: int = 1) -> Check:
    """A text object that may only be plain_text."""
    return _text_object({"plain_text"}, at_most=at_most, at_least=at_least)


def any_text(*, at_most: int, at_least: int = 1) -> Check:
    """A text object of either kind."""
    return _text_object({"plain_text", "mrkdwn"}, at_most=at_most, at_least=at_least)


def _text_object(kinds: set[str], *, at_most: int, at_least: int) -> Check:
    words = string(at_most=at_most, at_least=at_least)
    table: dict[str, Check] = {}
    if "plain_text" in kinds:
        table["plain_text"] = record({"type": _type, "text": words}, {"emoji": boolean})
    if "mrkdwn" in kinds:
        table["mrkdwn"] = record({"type": _type, "text": words}, {"verbatim": boolean})
    return variants(table)


confirm = record(
    {
        "title": plain_text(at_most=limits.CONFIRM_TITLE_CHARACTERS_MAX),
        "text": any_text(at_most=limits.CONFIRM_TEXT_CHARACTERS_MAX),
        "confirm": plain_text(at_most=limits.CONFIRM_BUTTON_CHARACTERS_MAX),
        "deny": plain_text(at_most=limits.CONFIRM_BUTTON_CHARACTERS_MAX),
    },
    {"style": one_of({"primary", "danger"})},
)


def _option(*, formatted: bool, with_url: bool = False) -> Check:
    """Only checkboxes and radio buttons may format an option's text; only an overflow menu's option has a URL."""
    text = any_text if formatted else plain_text
    optional: dict[str, Check] = {"description": text(at_most=limits.OPTION_DESCRIPTION_CHARACTERS_MAX)}
    if with_url:
        optional["url"] = string(at_most=limits.BUTTON_URL_CHARACTERS_MAX)
    return record(
        {
            "text": text(at_most=limits.OPTION_TEXT_CHARACTERS_MAX),
            "value": string(at_most=limits.OPTION_VALUE_CHARACTERS_MAX),
        },
        optional,
    )


_action_id = string(at_most=limits.ACTION_ID_CHARACTERS_MAX)
_placeholder = plain_text(at_most=limits.PLACEHOLDER_CHARACTERS_MAX)
_common: dict[str, Check] = {"action_id": _action_id, "focus_on_load": boolean}


def all_options(element: dict[str, Any]) -> list[Any]:
    """The options of a menu, those of its groups included."""
    options = list(element.get("options") or [])
    for group in element.get("option_groups") or []:
        if isinstance(group, dict):
            options += group.get("options") or []
    return options


def _initial_is_offered(value: Any, pointer: str, problems: Problems) -> None:
    """What a menu selects at first must be one of its options, to the letter."""
    offered = all_options(value)
    if value.get("initial_option") is not None and value["initial_option"] not in offered:
        problems.add("must exactly match one of the provided options", f"{pointer}/initial_option")
    for index, chosen in enumerate(value.get("initial_options") or []):
        if chosen not in offered:
            problems.add("must exactly match one of the provided options", f"{pointer}/initial_options/{index}")


def _options_or_groups(value: Any, pointer: str, problems: Problems) -> None:
    if (value.get("options") is None) == (value.get("option_groups") is None):
        problems.add("must define exactly one of `options` and `option_groups`", pointer)


def _values_differ(value: Any, pointer: str, problems: Problems) -> None:
    """Checkboxes and radio buttons with two options of one value cannot be told apart in the state."""
    values = [option.get("value") for option in all_options(value) if isinstance(option, dict)]
    if len(set(values)) != len(values):
        problems.add("option values must be unique", f"{pointer}/options")


def _menu(*, many: bool) -> Check:
    option = _option(formatted=False)
    group = record(
        {
            "label": plain_text(at_most=limits.OPTION_GROUP_LABEL_CHARACTERS_MAX),
            "options": array(option, at_most=limits.SELECT_OPTIONS_MAX),
        }
    )
    optional: dict[str, Check] = {
        **_common,
        "placeholder": _placeholder,
        "confirm": confirm,
        "options": array(option, at_most=limits.SELECT_OPTIONS_MAX),
        "option_groups": array(group, at_most=limits.SELECT_OPTION_GROUPS_MAX),
    }
    if many:
        optional["initial_options"] = array(option, at_most=limits.SELECT_OPTIONS_MAX)
        optional["max_selected_items"] = integer(at_least=1, at_most=limits.SELECT_OPTIONS_MAX)
    else:
        optional["initial_option"] = option
    return both(record({"type": _type}, optional), _options_or_groups, _initial_is_offered)


def _choice_group(*, many: bool, options_max: int) -> Check:
    option = _option(formatted=True)
    optional: dict[str, Check] = {**_common, "confirm": confirm}
    if many:
        optional["initial_options"] = array(option, at_most=options_max)
    else:
        optional["initial_option"] = option
    shape = record({"type": _type, "options": array(option, at_most=options_max)}, optional)
    return both(shape, _initial_is_offered, _values_differ)


def calendar_date(value: Any, pointer: str, problems: Problems) -> None:
    """A date that exists, written as YYYY-MM-DD."""
    written_well = isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) is not None
    try:
        if written_well:
            datetime.date.fromisoformat(value)
    except ValueError:
        written_well = False
    if not written_well:
        problems.add("must be a valid date in the format YYYY-MM-DD", pointer)


def decimal_number(value: Any, pointer: str, problems: Problems) -> None:
    """A number as text, as number_input writes its bounds and values."""
    if not isinstance(value, str) or re.fullmatch(r"-?\d+(\.\d+)?", value) is None:
        problems.add("must be a number, written as a string", pointer)


_dispatch_config = record(
    {}, {"trigger_actions_on": array(one_of({"on_enter_pressed", "on_character_entered"}), at_most=2)}
)


def _lengths_in_order(value: Any, pointer: str, problems: Problems) -> None:
    least, most = value.get("min_length"), value.get("max_length")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        problems.add("`min_length` must not be greater than `max_length`", pointer)


_plain_text_input = both(
    record(
        {"type": _type},
        {
            **_common,
            "placeholder": _placeholder,
            "initial_value": string(at_most=limits.PLAIN_TEXT_INPUT_CHARACTERS_MAX, at_least=0),
            "multiline": boolean,
            "min_length": integer(at_least=0, at_most=limits.PLAIN_TEXT_INPUT_CHARACTERS_MAX),
            "max_length": integer(at_least=1, at_most=limits.PLAIN_TEXT_INPUT_CHARACTERS_MAX),
            "dispatch_action_config": _dispatch_config,
        },
    ),
    _lengths_in_order,
)

button = record(
    {"type": _type, "text": plain_text(at_most=limits.BUTTON_TEXT_CHARACTERS_MAX)},
    {
        "action_id": _action_id,
        "url": string(at_most=limits.BUTTON_URL_CHARACTERS_MAX),
        # An empty value is refused: leave the field out instead.
        "value": string(at_most=limits.BUTTON_VALUE_CHARACTERS_MAX),
        "style": one_of({"primary", "danger"}),
        "confirm": confirm,
        "accessibility_label": string(at_most=limits.BUTTON_TEXT_CHARACTERS_MAX),
    },
)


def one_picture(value: Any, pointer: str, problems: Problems) -> None:
    """A picture comes from a URL or from a file in Slack, never from both."""
    if (value.get("image_url") is None) == (value.get("slack_file") is None):
        problems.add("must define exactly one of `image_url` and `slack_file`", pointer)


slack_file = record({}, {"id": string(), "url": string()})

image_element = both(
    record(
        {"type": _type, "alt_text": string(at_most=limits.IMAGE_ALT_TEXT_CHARACTERS_MAX)},
        {"image_url": string(at_most=limits.IMAGE_URL_CHARACTERS_MAX), "slack_file": slack_file},
    ),
    one_picture,
)

ELEMENTS: dict[str, Check] = {
    "button": button,
    "overflow": record(
        {
            "type": _type,
            "options": array(_option(formatted=False, with_url=True), at_most=limits.OVERFLOW_OPTIONS_MAX),
        },
        {"action_id": _action_id, "confirm": confirm},
    ),
    "static_select": _menu(many=False),
    "multi_static_select": _menu(many=True),
    "users_select": record(
        {"type": _type}, {**_common, "placeholder": _placeholder, "confirm": confirm, "initial_user": string()}
    ),
    "plain_text_input": _plain_text_input,
    "datepicker": record(
        {"type": _type}, {**_common, "placeholder": _placeholder, "confirm": confirm, "initial_date": calendar_date}
    ),
    "number_input": record(
        {"type": _type, "is_decimal_allowed": boolean},
        {
            **_common,
            "placeholder": _placeholder,
            "initial_value": decimal_number,
            "min_value": decimal_number,
            "max_value": decimal_number,
            "dispatch_action_config": _dispatch_config,
        },
    ),
    "radio_buttons": _choice_group(many=False, options_max=limits.RADIO_OPTIONS_MAX),
    "checkboxes": _choice_group(many=True, options_max=limits.CHECKBOX_OPTIONS_MAX),
    "file_input": record(
        {"type": _type},
        {
            "action_id": _action_id,
            "filetypes": array(string()),
            "max_files": integer(at_least=1, at_most=limits.FILE_INPUT_FILES_MAX),
        },
    ),
    "image": image_element,
}

# Which element may stand in which block: the "Works with block types" line of each element's page.
IN_ACTIONS = ("button", "overflow", "static_select", "users_select", "datepicker", "radio_buttons", "checkboxes")
IN_SECTION = (*IN_ACTIONS, "multi_static_select", "image")
IN_INPUT = (
    *("static_select", "multi_static_select", "users_select", "plain_text_input", "datepicker"),
    *("number_input", "radio_buttons", "checkboxes", "file_input"),
)


def element_in(names: Iterable[str]) -> Check:
    """One of these elements; another one that exists is unsupported in this place."""
    return variants({name: ELEMENTS[name] for name in names}, real_but_not_emulated=ELEMENTS_NOT_EMULATED)
