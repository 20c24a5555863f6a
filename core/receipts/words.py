"""The words of receipts, which are data: what a row is about, names of months, signs of currencies. No language is known here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from core.language.text import clean, fold

FUZZY_CHARS_MIN = 5  # in a shorter word one wrong letter makes another word
_PHRASE_TOKENS_MAX = 6
_LOOKALIKES = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l", "!": "l", "5": "s", "8": "b", "j": "l"})


class Role(StrEnum):
    """What a row of a receipt is about, told by its words. Where a word could be two, the longer phrase decides."""

    TOTAL_FINAL = "total_final"  # nothing is added after it: "grand total", "amount due"
    TOTAL = "total"
    SUBTOTAL = "subtotal"  # before tax, service, rounding or discount
    NOT_TOTAL = "not_total"  # totals of something else: items, savings, points
    TAX = "tax"
    INCLUDED = "included"  # "incl. VAT" beside a total: says nothing of its own
    SERVICE = "service"
    ROUNDING = "rounding"
    DISCOUNT = "discount"
    CASH = "cash"  # what was handed over
    CARD = "card"  # what was charged
    CHANGE = "change"
    DATE = "date"
    NOT_DATE = "not_date"  # dates of something else: best before, valid until
    COMPANY = "company"  # legal forms: "GmbH", "Sdn Bhd"
    NOT_MERCHANT = "not_merchant"  # what stands at the top and is no name: "invoice", "welcome", "tel"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReceiptWords:
    """All words, of all languages at once: a receipt speaks the language of where one has been.

    Attributes:
        roles: what a row is about -> phrases.
        months: names and abbreviations -> 1 to 12.
        currencies: signs, codes and names -> codes of ISO 4217, the likeliest first.
        territory_currencies: territory -> the currency that is used there now.
        territories: territory -> words that stand on its receipts alone.
        date_orders: territory -> "MDY" or "YMD"; the others write the day first.
    """

    roles: Mapping[str, tuple[str, ...]]
    months: Mapping[str, int]
    currencies: Mapping[str, tuple[str, ...]]
    territory_currencies: Mapping[str, str]
    territories: Mapping[str, tuple[str, ...]]
    date_orders: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """The words for a pipe."""
        return {name: dict(getattr(self, name)) for name in _FIELDS}

    @classmethod
    def from_json(cls, stored: Mapping[str, Mapping[str, Any]]) -> "ReceiptWords":
        """What `to_json` made of them."""
        return cls(
            roles=_with_tuples(stored["roles"]),
            months=stored["months"],
            currencies=_with_tuples(stored["currencies"]),
            territory_currencies=stored["territory_currencies"],
            territories=_with_tuples(stored["territories"]),
            date_orders=stored["date_orders"],
        )


def _with_tuples(stored: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    return {key: tuple(words) for key, words in stored.items()}


_FIELDS = ("roles", "months", "currencies", "territory_currencies", "territories", "date_orders")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundWord:
    """A phrase in a text: its place and its meaning."""

    start: int
    end: int
    meaning: str


class Phrases:
    """Phrases looked up in what was read, with its misreadings: similar shapes are one letter, one letter may be wrong."""

    def __init__(self, by_meaning: Mapping[str, Iterable[str]]) -> None:
        self._meanings: dict[tuple[str, ...], str] = {}
        for meaning, phrases in by_meaning.items():
            for phrase in phrases:
                tokens = tuple(skeleton(token) for _, _, token in tokens_of(phrase))
                if tokens:
                    self._meanings.setdefault(tokens, meaning)
        self._first: dict[str, list[tuple[str, ...]]] = {}
        for tokens in sorted(self._meanings, key=lambda of: -sum(map(len, of))):
            self._first.setdefault(tokens[0], []).append(tokens)
        self._long_first = tuple(first for first in self._first if len(first) >= FUZZY_CHARS_MIN)

    def find(self, text: str) -> list[FoundWord]:
        """The phrases of a text that do not overlap, from the left; the longest wins, an exact one before a similar one."""
        tokens = [(start, end, skeleton(token)) for start, end, token in tokens_of(text)]
        found: list[FoundWord] = []
        position = 0
        while position < len(tokens):
            match = self._starting(tokens, position)
            if match is None:
                position += 1
                continue
            found.append(
                FoundWord(
                    start=tokens[position][0], end=tokens[position + len(match) - 1][1], meaning=self._meanings[match]
                )
            )
            position += len(match)
        return found

    def _starting(self, tokens: list[tuple[int, int, str]], position: int) -> tuple[str, ...] | None:
        window = [token for _, _, token in tokens[position : position + _PHRASE_TOKENS_MAX]]
        for phrase in self._first.get(window[0], ()):
            if len(phrase) <= len(window) and all(map(_is_same, phrase, window)):
                return phrase
        if len(window[0]) < FUZZY_CHARS_MIN - 1:
            return None
        for first in self._long_first:
            if is_similar(first, window[0]):
                for phrase in self._first[first]:
                    if len(phrase) <= len(window) and all(map(_is_same, phrase, window)):
                        return phrase
        return None


def tokens_of(text: str) -> list[tuple[int, int, str]]:
    """Runs of letters and digits of a text, folded: start, end, token. A run ends where letters and digits meet."""
    folded = fold(clean(text))
    tokens: list[tuple[int, int, str]] = []
    start = None
    for index in range(len(folded) + 1):
        character = folded[index] if index < len(folded) else " "
        is_part = character.isalnum() or character in "|!"
        if start is not None and (
            not is_part or (index and folded[index - 1].isdigit() != character.isdigit() and _divides(folded, index))
        ):
            tokens.append((start, index, folded[start:index]))
            start = None
        if is_part and start is None:
            start = index
    return tokens


def _divides(folded: str, index: int) -> bool:
    """Whether a digit beside a letter is a number of its own, and not a misread letter: two digits in a row are."""
    around = folded[max(0, index - 2) : index + 2]
    return sum(map(str.isdigit, around)) >= 2


@lru_cache(maxsize=8192)
def skeleton(token: str) -> str:
    """A token with letters of one shape made one, where it has letters; a number stays what it is."""
    return token if token.isdigit() else token.translate(_LOOKALIKES)


def _is_same(phrase_token: str, token: str) -> bool:
    return phrase_token == token or (len(phrase_token) >= FUZZY_CHARS_MIN and is_similar(phrase_token, token))


@lru_cache(maxsize=65536)
def is_similar(one: str, other: str) -> bool:
    """Whether one letter changed, added or lost makes one of the other."""
    if abs(len(one) - len(other)) > 1:
        return False
    if one == other:
        return True
    at = next(
        (index for index, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    if len(one) == len(other):
        return one[at + 1 :] == other[at + 1 :]
    longer, shorter = (one, other) if len(one) > len(other) else (other, one)
    return longer[at + 1 :] == shorter[at:]
