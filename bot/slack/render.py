"""What the bot says -> Block Kit messages. Pure.

Words of people are shown in plain_text objects and rich_text elements alone, which Slack neither formats nor reads
mentions in: escaping holds by construction. The one field that Slack does parse is a message's fallback text.

What is too long is cut, always in the same way: a text at its own limit with an ellipsis; the body at the message's
limits, from its end, with an ellipsis in the place of what is missing; buttons never.
"""

from typing import Any

from bot.slack import limits
from bot.slack.incoming import pack_value
from bot.slack.limits import cut, whole
from bot.translation import Translator
from handlers.replies import Block, Button, Card, Divider, Fields, Lines, Paragraph, Picture, Row, Style
from handlers.text import Text, Words

Json = dict[str, Any]

EMPTY = "—"  # Slack refuses empty texts
DOUBTFUL_MARK = "❓"  # beside a value that the bot guessed
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
VALUE_CHARACTERS_MAX = 500  # of a row; ours: what is longer than a screen of a phone is no value any more


def message_of(card: Card, words: Translator, picture: str | None = None) -> Json:
    """Return a message's `text` (for notifications and screen readers) and `blocks`. Raises ValueError for long ids.

    `picture`: Slack's id of the uploaded file that the card's Picture shows; without one, its words alone are shown.
    """
    return {"text": fallback_of(card, words), "blocks": blocks_of(card, words, picture)}


def notice_of(sentence: str) -> Json:
    """Return a message that says one finished sentence."""
    return {"text": escaped(sentence), "blocks": [_section(sentence)]}


def blocks_of(card: Card, words: Translator, picture: str | None = None) -> list[Json]:
    """Return the card's blocks, within Slack's limits."""
    actions = _actions(card, words)
    title = [_header(words.translate(card.title))] if card.title is not None else []
    room_blocks = limits.BLOCKS_PER_MESSAGE_MAX - len(actions) - len(title)
    room_characters = limits.MESSAGE_BLOCKS_CHARACTERS_MAX - sum(map(_characters, title + actions))
    body = _body(card.body, words, room_blocks, room_characters, picture)
    return title + body + actions or [_section(EMPTY)]


def fallback_of(card: Card, words: Translator) -> str:
    """Return the card as plain lines, escaped: no word of it pings anybody or becomes a link.

    Source: https://docs.slack.dev/messaging/formatting-message-text (escaping text).
    """
    lines = [words.translate(card.title)] if card.title is not None else []
    for block in card.body:
        match block:
            case Paragraph():
                lines.append(words.translate(block.words))
            case Lines():
                lines += [_one_line(words.translate(line)) for line in block.lines]
            case Fields():
                lines += [" ".join(_row(row, words)) for row in block.rows]
            case Divider() | Picture():
                pass
    return escaped("\n".join(line for line in lines if line.strip()) or EMPTY)


def escaped(words: str) -> str:
    """Return the words with what Slack would read as markup escaped; cut where that makes them too long."""
    room = limits.MESSAGE_UPDATE_TEXT_CHARACTERS_MAX - len(limits.ELLIPSIS)
    shown: list[str] = []
    for character in words:
        sign = _ESCAPES.get(character, character)
        room -= len(sign)
        if room < 0:
            return "".join(shown).rstrip() + limits.ELLIPSIS
        shown.append(sign)
    return "".join(shown)


def _one_line(words: str) -> str:
    return " ".join(words.split())


def plain(words: str, characters_max: int) -> Json:
    """Return a plain_text object. `:smile:` in it stays as it was typed."""
    return {"type": "plain_text", "text": cut(words.strip() or EMPTY, characters_max), "emoji": False}


def paragraph(words: str, *, quiet: bool = False) -> Json:
    """Return one block of plain words."""
    return _context(words) if quiet else _section(words)


def _header(words: str) -> Json:
    return {"type": "header", "text": plain(_one_line(words), limits.HEADER_CHARACTERS_MAX)}


def _section(words: str) -> Json:
    return {"type": "section", "text": plain(words, limits.SECTION_CHARACTERS_MAX)}


def _context(words: str) -> Json:
    return {"type": "context", "elements": [plain(words, limits.SECTION_CHARACTERS_MAX)]}


def _body(
    blocks: tuple[Block, ...], words: Translator, blocks_max: int, characters_max: int, picture: str | None
) -> list[Json]:
    """Return the blocks that fit, and an ellipsis where they do not all do."""
    shown: list[Json] = []
    left = characters_max - 1
    rendered = [each for block in blocks if (each := _block(block, words, picture)) is not None]
    for index, block in enumerate(rendered):
        left -= _characters(block)
        last = index == len(rendered) - 1
        if left < 0 or (len(shown) == blocks_max - 1 and not last):
            return [*shown, _context(limits.ELLIPSIS)]
        shown.append(block)
    return shown


def _block(block: Block, words: Translator, picture: str | None) -> Json | None:
    match block:
        case Paragraph():
            said = words.translate(block.words)
            return paragraph(said, quiet=block.quiet) if said.strip() else None
        case Lines():
            listed = "\n".join(_one_line(words.translate(line)) for line in block.lines)
            return _section(listed) if listed.strip() else None
        case Fields():
            return _fields(block, words) if block.rows else None
        case Picture():
            return _picture(words.translate(block.alt), picture)
        case Divider():
            return {"type": "divider"}


def _picture(alt: str, file_id: str | None) -> Json:
    if file_id is None:
        return _context(alt)
    return {
        "type": "image",
        "slack_file": {"id": file_id},
        "alt_text": cut(alt.strip() or EMPTY, limits.ALT_TEXT_CHARACTERS_MAX),
    }


def _fields(fields: Fields, words: Translator) -> Json:
    """Return labels in bold and values after them, one a line: two columns would break words on a phone."""
    elements: list[Json] = []
    for row in fields.rows:
        label, value = _row(row, words)
        end = "" if row is fields.rows[-1] else "\n"
        elements.append({"type": "text", "text": label, "style": {"bold": True}})
        elements.append({"type": "text", "text": f" {value}{end}"})
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}


def _row(row: Row, words: Translator) -> tuple[str, str]:
    label = words.translate(Text("card.label", {"label": row.label}))
    value = cut(_one_line(words.translate(row.value)) or EMPTY, VALUE_CHARACTERS_MAX)
    return label, f"{value} {DOUBTFUL_MARK}" if row.doubtful else value


def _actions(card: Card, words: Translator) -> list[Json]:
    """Return each row of buttons as a block of its own. Raises ValueError where they leave no room for words."""
    blocks: list[Json] = []
    index = 0
    for row in card.buttons:
        elements = []
        for button in row:
            elements.append(_button(button, index, words))
            index += 1
        blocks += [
            {"type": "actions", "elements": elements[start : start + limits.ACTIONS_ELEMENTS_MAX]}
            for start in range(0, len(elements), limits.ACTIONS_ELEMENTS_MAX)
        ]
    if len(blocks) > limits.BLOCKS_PER_MESSAGE_MAX - 2:
        raise ValueError(f"{len(blocks)} rows of buttons do not fit into a message")
    return blocks


def _button(button: Button, index: int, words: Translator) -> Json:
    """Return a button. Its place is part of its action_id, which must be unique within a block."""
    value = pack_value(button.subject_id, button.version, button.choice)
    shown: Json = {
        "type": "button",
        "text": plain(_one_line(words.translate(button.label)), limits.BUTTON_CHARACTERS_MAX),
        "action_id": whole(f"{button.action}#{index}", limits.ACTION_ID_CHARACTERS_MAX),
        "value": whole(value, limits.BUTTON_VALUE_CHARACTERS_MAX),
    }
    if button.style is not Style.PLAIN:
        shown["style"] = button.style.value
    if button.confirm is not None:
        shown["confirm"] = _confirm(button, button.confirm, words)
    return shown


def _confirm(button: Button, question: Words, words: Translator) -> Json:
    label = words.translate(button.label)
    shown: Json = {
        "title": plain(label, limits.CONFIRM_TITLE_CHARACTERS_MAX),
        "text": plain(words.translate(question), limits.CONFIRM_TEXT_CHARACTERS_MAX),
        "confirm": plain(label, limits.CONFIRM_BUTTON_CHARACTERS_MAX),
        "deny": plain(words.translate(Text("form.cancel")), limits.CONFIRM_BUTTON_CHARACTERS_MAX),
    }
    if button.style is Style.DANGER:
        shown["style"] = Style.DANGER.value
    return shown


def _characters(block: Json) -> int:
    """Return how many characters of text a block shows, which is what Slack's limit for all blocks counts."""
    total = 0
    for key, part in block.items():
        if key == "text" and isinstance(part, str):
            total += len(part) + 1
        for inner in part if isinstance(part, list) else [part]:
            total += _characters(inner) if isinstance(inner, dict) else 0
    return total
