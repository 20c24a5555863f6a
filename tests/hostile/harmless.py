"""What both platforms would make of a card: the bot's rendering, checked by the emulators' rules, and for anything injected."""

import re
from typing import Any

from bot.playground.slack.blocks import check_blocks, check_view
from bot.playground.telegram.html import parse
from bot.playground.telegram.limits import check_text
from bot.slack.render import message_of, notice_of
from bot.slack.views import field_errors, form_view
from bot.telegram.callback_data import decode
from bot.telegram.render import render, render_toast
from bot.translation import Translator
from handlers.forms import OpenedForm
from handlers.replies import Card
from handlers.text import Text

OWN_MARKS = {"bold", "italic"}
"""What the bot itself formats on Telegram. Links, mentions and the like come from words of people alone."""
OWN_TYPES = {"rich_text", "rich_text_section", "text"}
"""The parts of rich text that the bot itself uses on Slack: no link, no user, no broadcast."""
DIRECTION_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067")
"""Controls that show words of ours, or an amount, the other way round."""
_ESCAPED = re.compile(r"&(?:amp|lt|gt);")


def assert_harmless(card: Card, words: Translator) -> None:
    """See that a card is taken by both platforms, and that nothing in it does anything."""
    _on_telegram(card, words)
    assert_taken_by_slack(message_of(card, words))


def _on_telegram(card: Card, words: Translator) -> None:
    message = render(card, words)
    shown, entities = parse(message.text)
    check_text(shown)
    assert not DIRECTION_OVERRIDES & set(shown)
    assert {entity["type"] for entity in entities} <= OWN_MARKS, entities
    for row in message.keyboard:
        for button in row:
            assert button.label.strip()
            assert decode(button.callback_data) is not None


def assert_taken_by_slack(message: dict[str, Any]) -> None:
    """See that Slack takes a message, and that no word of it pings or leads anywhere."""
    assert check_blocks(message["blocks"], surface="message").sentences == []
    _assert_plain(message["blocks"])
    assert not set("<>") & set(message["text"]), message["text"]
    assert "&" not in _ESCAPED.sub("", message["text"])


def assert_form_is_harmless(form: OpenedForm, words: Translator) -> None:
    view = form_view(form, words)
    assert check_view(view, surface="modal").sentences == []
    _assert_plain(view["blocks"])


def assert_sentences_are_harmless(sentences: list[Text], words: Translator) -> None:
    """See that what is said at the place of a tap, or at a form's field, is taken."""
    for sentence in sentences:
        said = words.translate(sentence)
        assert len(render_toast(said)) <= 200
        assert_taken_by_slack(notice_of(said))
    assert all(field_errors({"field": sentence}, words)["field"] for sentence in sentences)


def _assert_plain(part: Any) -> None:
    """See that no text in blocks is of a kind that Slack parses."""
    if isinstance(part, list):
        for each in part:
            _assert_plain(each)
    if isinstance(part, dict):
        assert part.get("type") != "mrkdwn", part
        if part.get("type") == "rich_text":
            _assert_rich_text(part)
        for each in part.values():
            _assert_plain(each)


def _assert_rich_text(part: dict[str, Any]) -> None:
    assert part["type"] in OWN_TYPES, part
    for each in part.get("elements", []):
        _assert_rich_text(each)
