"""Replies: what the bot answers, the same for every platform. Handlers return them; nothing here sends."""

from dataclasses import dataclass, field
from enum import StrEnum

from core.conversations.subjects import Recipient, Subject
from handlers.text import Text, Words


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Words in a block of their own; `quiet` ones are shown smaller or greyed where the platform can."""

    words: Words
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Lines:
    """Sentences that belong together, one a line: a list."""

    lines: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One label and its value. `doubtful` marks a value that the bot guessed and the person should look at."""

    label: Text
    value: Words
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Fields:
    """Labels and values, one a line."""

    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Divider:
    """A line between two parts; an empty line where the platform has none."""


SHOWN_MEDIA_TYPES = ("image/jpeg", "image/png")
"""What every platform shows inside a message; other pictures are files."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of the file store, by the file's id; at most one in a card. `alt` says what it shows.

    Telegram shows it with the card as its caption, which holds less: a declared degradation is a shorter card.
    """

    file_id: str
    alt: Words


Block = Paragraph | Lines | Fields | Divider | Picture


class Style(StrEnum):
    """What a button means. Telegram shows all alike: a declared degradation."""

    PLAIN = "plain"
    PRIMARY = "primary"
    DANGER = "danger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button: an action of the registry, and what it is about. The subject's version makes a stale tap known as one.

    `confirm` is asked before the tap counts, where the platform can ask (Slack); every such action can be undone elsewhere.
    """

    action: str
    label: Words
    subject_id: str | None = None
    version: int | None = None
    choice: str | None = None
    style: Style = Style.PLAIN
    confirm: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A message: a title, blocks, rows of buttons; `subject` is what it displays, so that it can be updated in place."""

    title: Words | None = None
    body: tuple[Block, ...] = ()
    buttons: tuple[tuple[Button, ...], ...] = ()
    subject: Subject | None = None


def say(*words: Words) -> Card:
    """Return a card that says some sentences and nothing else."""
    return Card(body=tuple(Paragraph(each) for each in words))


class To(StrEnum):
    """Where an answer goes: to the person's private chat unless a handler says otherwise.

    HERE: where the event came from, for all to see. ASIDE: there too, for the person alone where the platform can.
    """

    PRIVATE = "private"
    HERE = "here"
    ASIDE = "aside"


@dataclass(frozen=True, slots=True)
class Send:
    """A new message, durable. In a group, an answer to PRIVATE leaves a pointer that shows no content."""

    card: Card
    to: To | Recipient = To.PRIVATE


@dataclass(frozen=True, slots=True)
class Replace:
    """A card in the place of the message that shows the subject, durable; a new message where none does."""

    subject: Subject
    card: Card


@dataclass(frozen=True, slots=True)
class Remove:
    """Take away the messages that show the subject in the person's private chat, durable."""

    subject: Subject


@dataclass(frozen=True, slots=True)
class SendFile:
    """A file of the file store, by its id, under a name, with some words; durable, in the private chat."""

    file_id: str
    name: str
    words: Words


@dataclass(frozen=True, slots=True)
class Toast:
    """A word at the place of a tap, gone in a moment; never durable. Without a tap it is said as a message."""

    words: Text


@dataclass(frozen=True, slots=True)
class OpenForm:
    """Open a form of the registry. `arguments` are kept with the dialog and come back with the submission."""

    form: str
    arguments: dict[str, str] = field(default_factory=dict)


Reply = Send | SendFile | Replace | Remove | Toast | OpenForm
Replies = tuple[Reply, ...]
