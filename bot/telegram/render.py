"""A card -> a Telegram message. Pure: no network, no clock.

What is declared to be different here: a Divider is the empty line that stands between all blocks; `confirm` is not
asked (Telegram cannot); styles colour buttons in clients since February 2026, and older ones show all buttons alike.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.telegram.callback_data import encode
from bot.telegram.limits import (
    BUTTON_LABEL_UNITS_MAX,
    KEYBOARD_BUTTONS_MAX,
    KEYBOARD_ROW_BUTTONS_MAX,
    TEXT_UNITS_MAX,
    TOAST_CHARACTERS_MAX,
)
from bot.telegram.text import Cut, Mark, Run, clean, fit, is_visible, one_line, shorten, to_html
from bot.translation import Translator
from handlers.replies import Block, Button, Card, Divider, Fields, Lines, Paragraph, Picture, Row, Style
from handlers.text import Text, Verbatim, Words

DOUBTFUL_SIGN = "❓"
NOTHING_SIGN = "—"
"""What stands where there would be nothing to see: Telegram refuses an empty text and an empty label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineButton:
    """A button of a message. `style`: "primary" (blue), "danger" (red), or None for the client's own."""

    label: str
    callback_data: str
    style: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramMessage:
    """A message within all limits. `text` is the Bot API's HTML; `keyboard` is empty where there are no buttons."""

    text: str
    keyboard: tuple[tuple[InlineButton, ...], ...] = ()


def render(card: Card, words: Translator, units_max: int = TEXT_UNITS_MAX) -> TelegramMessage:
    """Return a card as a message. Raises ValueError for a button that does not fit into 64 bytes: a fault of its view.

    What is too long is cut: first what people wrote, the longest most, then our own sentences, then the message's end.
    """
    blocks = [block for block in _blocks(card, words) if block]
    runs = [run for block in blocks for run in (*block, Run("\n\n"))][:-1] or [Run(NOTHING_SIGN)]
    return TelegramMessage(text=to_html(fit(runs, units_max)), keyboard=_keyboard(card, words))


def render_toast(words: str) -> str:
    """Return the words at the place of a tap: plain text, as long as Telegram shows it."""
    return shorten(clean(words), TOAST_CHARACTERS_MAX)


def _blocks(card: Card, words: Translator) -> Iterator[list[Run]]:
    if card.title is not None:
        yield _shown(one_line(words.translate(card.title)), Mark.BOLD, _cut(card.title))
    for block in card.body:
        yield list(_block(block, words))


def _block(block: Block, words: Translator) -> Iterator[Run]:
    match block:
        case Paragraph():
            mark = Mark.ITALIC if block.quiet else Mark.PLAIN
            yield from _shown(clean(words.translate(block.words)), mark, _cut(block.words))
        case Lines():
            shown = [_shown(one_line(words.translate(line)), Mark.PLAIN, _cut(line)) for line in block.lines]
            yield from _on_lines(line for line in shown if line)
        case Fields():
            yield from _on_lines(_row(row, words) for row in block.rows)
        case Divider() | Picture():  # a picture's content goes beside the text, which is its caption then
            return


def _on_lines(lines: Iterable[Iterable[Run]]) -> Iterator[Run]:
    for index, line in enumerate(lines):
        if index:
            yield Run("\n")
        yield from line


def _shown(text: str, mark: Mark, cut: Cut) -> list[Run]:
    return [Run(text, mark, cut)] if is_visible(text) else []


def _row(row: Row, words: Translator) -> Iterator[Run]:
    yield Run(one_line(words.translate(Text("card.label", {"label": row.label}))), Mark.BOLD)
    yield Run(" ")
    value = one_line(words.translate(row.value))
    yield Run(value if is_visible(value) else NOTHING_SIGN, cut=_cut(row.value))
    if row.doubtful:
        yield Run(f" {DOUBTFUL_SIGN}")


def _cut(words: Words) -> Cut:
    return Cut.FIRST if isinstance(words, Verbatim) else Cut.SECOND


def _keyboard(card: Card, words: Translator) -> tuple[tuple[InlineButton, ...], ...]:
    """Return the rows as the card gives them; a longer row wraps, and buttons beyond the hundredth are left out."""
    rows: list[tuple[InlineButton, ...]] = []
    room = KEYBOARD_BUTTONS_MAX
    for row in card.buttons:
        buttons = [_button(button, words) for button in row[:room]]
        room -= len(buttons)
        rows += _wrapped(buttons)
    return tuple(rows)


def _wrapped(buttons: Sequence[InlineButton]) -> Iterator[tuple[InlineButton, ...]]:
    for start in range(0, len(buttons), KEYBOARD_ROW_BUTTONS_MAX):
        yield tuple(buttons[start : start + KEYBOARD_ROW_BUTTONS_MAX])


def _button(button: Button, words: Translator) -> InlineButton:
    label = shorten(one_line(words.translate(button.label)), BUTTON_LABEL_UNITS_MAX)
    return InlineButton(
        label=label if is_visible(label) else NOTHING_SIGN,
        callback_data=encode(button),
        style=None if button.style is Style.PLAIN else button.style.value,
    )
