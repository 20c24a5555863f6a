"""Text: what is to be said, by key; never a finished sentence. It becomes words late, in the reader's language."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Text:
    """A key of the catalogue and its named arguments; an argument `count` picks the plural form.

    Arguments are shown as the reader's language writes them: Money, date, Month, an aware datetime (in the reader's zone), int,
    str (shown as it is), another Text, or a tuple of these (joined as a list).
    """

    key: str
    arguments: dict[str, Any] = field(default_factory=dict)


def text(key: str, **arguments: Any) -> Text:
    """Return a Text: text("expense.saved", amount=Money.of("23.50", "EUR"))."""
    return Text(key, arguments)


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Words that somebody wrote (a description, a name): shown as they are, escaped by the platform, never translated."""

    words: str


Words = Text | Verbatim
