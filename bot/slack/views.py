"""Forms -> Slack's modal views, and the short views that a submission is answered with. Pure.

A field's name is its block_id, so that a refusal finds its place. Amounts and dates are typed into lines, with the hint
in the person's language: the same parser serves every platform, and "yesterday" is a date.
"""

from collections.abc import Mapping
from typing import Any

from bot.slack import limits
from bot.slack.incoming import FORM_CALLBACK_PREFIX, values_of
from bot.slack.limits import cut, whole
from bot.slack.render import Json, paragraph, plain
from bot.translation import Translator
from handlers.forms import Choice, Field, Input, OpenedForm
from handlers.text import Text, Words

FIELD_ACTION_ID = "value"
REFUSAL_MARK = "⚠️"
ABOUT_BLOCK_TYPE = "section"
"""What a form is about stands in sections of its own, and refusals in context blocks: which is which is told by that."""


def form_view(opened: OpenedForm, words: Translator) -> Json:
    """Return the form's modal: what was typed so far, else what stands already; refusals under their fields.

    `private_metadata` carries the dialog's id and nothing else, `callback_id` the language that the form is shown in.
    """
    form = opened.form
    blocks: list[Json] = [_about(line, words) for line in opened.start.about]
    for question in form.fields:
        typed = opened.values.get(question.name, opened.start.initial.get(question.name, ""))
        blocks.append(_input(question, typed, opened.start.choices.get(question.name, ()), words))
        blocks += _refusal(opened.refusals.get(question.name), words)
    return {
        "type": "modal",
        "callback_id": f"{FORM_CALLBACK_PREFIX}{words.language}",
        "private_metadata": whole(opened.dialog_id, limits.VIEW_METADATA_CHARACTERS_MAX),
        "notify_on_close": True,
        "title": _short(form.title, words),
        "submit": _short(form.submit, words),
        "close": _short(Text("form.cancel"), words),
        "blocks": blocks,
    }


def moment_view() -> Json:
    """Return the view that waits for a form. Without words: nobody knows yet who it is, nor what they read."""
    return {
        "type": "modal",
        "title": plain("ExpenseFlow", limits.VIEW_TITLE_CHARACTERS_MAX),
        "blocks": [paragraph("⏳")],
    }


def notice_view(submitted: Mapping[str, Any], sentence: Words, words: Translator) -> Json:
    """Return a view under the submitted form's title that says one sentence: "Saving…", "Saved.", what went wrong."""
    return {
        "type": "modal",
        "title": submitted["title"],
        "close": _short(Text("form.close"), words),
        "blocks": [paragraph(words.translate(sentence))],
    }


def refused_view(submitted: Mapping[str, Any], refusals: Mapping[str, Text], words: Translator) -> Json:
    """Return the submitted form again, with what was typed in it, and each refusal under its field."""
    typed = values_of(submitted)
    blocks: list[Json] = []
    for block in submitted["blocks"]:
        if block["type"] == "input":
            blocks.append(block | {"element": _filled(block["element"], typed.get(block["block_id"], ""))})
            blocks += _refusal(refusals.get(block["block_id"]), words)
        elif block["type"] == ABOUT_BLOCK_TYPE:
            blocks.append(block)
    kept = ("type", "callback_id", "private_metadata", "notify_on_close", "title", "submit", "close")
    return {name: submitted[name] for name in kept} | {"blocks": blocks}


def field_errors(refusals: Mapping[str, Text], words: Translator) -> dict[str, str]:
    """Return what `response_action: errors` takes: a sentence for each refused field."""
    return {name: words.translate(sentence) for name, sentence in refusals.items()}


def language_of(submitted: Mapping[str, Any]) -> str:
    """Return the language that a submitted form was shown in."""
    return str(submitted["callback_id"]).removeprefix(FORM_CALLBACK_PREFIX)


def _short(text: Text, words: Translator) -> Json:
    return plain(words.translate(text), limits.VIEW_TITLE_CHARACTERS_MAX)


def _about(line: Words, words: Translator) -> Json:
    return paragraph(words.translate(line))


def _refusal(sentence: Text | None, words: Translator) -> list[Json]:
    return [] if sentence is None else [paragraph(f"{REFUSAL_MARK} {words.translate(sentence)}", quiet=True)]


def _input(question: Field, typed: str, choices: tuple[Choice, ...], words: Translator) -> Json:
    shown: Json = {
        "type": "input",
        "block_id": whole(question.name, limits.ACTION_ID_CHARACTERS_MAX),
        "label": plain(words.translate(question.label), limits.INPUT_LABEL_CHARACTERS_MAX),
        "element": _select(choices, typed, words) if question.input is Input.CHOICE and choices else _line(question),
        "optional": question.optional,
    }
    if question.hint is not None:
        shown["hint"] = plain(words.translate(question.hint), limits.INPUT_HINT_CHARACTERS_MAX)
    return shown | {"element": _filled(shown["element"], typed)}


def _line(question: Field) -> Json:
    return {
        "type": "plain_text_input",
        "action_id": FIELD_ACTION_ID,
        "multiline": question.input is Input.PARAGRAPH,
        "max_length": min(question.length_max, limits.INPUT_CHARACTERS_MAX),
    }


def _select(choices: tuple[Choice, ...], typed: str, words: Translator) -> Json:
    """Return a menu. More choices than Slack takes are cut from the end, but never the one that is chosen already."""
    offered = [choice for choice in choices if choice.key == typed]
    offered += [choice for choice in choices if choice.key != typed][: limits.SELECT_OPTIONS_MAX - len(offered)]
    return {
        "type": "static_select",
        "action_id": FIELD_ACTION_ID,
        "options": [
            {
                "text": plain(words.translate(choice.label), limits.OPTION_CHARACTERS_MAX),
                "value": whole(choice.key, limits.OPTION_VALUE_CHARACTERS_MAX),
            }
            for choice in sorted(offered, key=choices.index)
        ],
    }


def _filled(element: Mapping[str, Any], typed: str) -> Json:
    """Return the element with a value to begin with, or with none."""
    empty = {name: value for name, value in element.items() if name not in ("initial_value", "initial_option")}
    if not typed:
        return empty
    if element["type"] == "static_select":
        option = next((option for option in element["options"] if option["value"] == typed), None)
        return empty if option is None else empty | {"initial_option": option}
    return empty | {"initial_value": cut(typed, element["max_length"])}
