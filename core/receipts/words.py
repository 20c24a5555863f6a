"""The words of receipts, which are data: what a row is about, names of months, signs of currencies. No language is known here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from core.language.text import clean, fold

FUZZY_CHARS_MIN = 5  # in a shorter word one wrong letter makes another word
FUZZY_PART_CHARS_MIN = 3  # within a phrase of several words, whose others are right
_PHRASE_TOKENS_MAX = 6
_CANDIDATES_KEPT = 20_000
_LOOKALIKES = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l", "!": "l", "5": "s", "8": "b", "j": "l"})


class Role(StrEnum):
    """What a row of a receipt is about, told by its words. Where a word could be two, the longer phrase decides."""

    TOTAL_FINAL = "total_final"  # nothing is added after it: "grand total", "amount due"
    TOTAL = "total"
    AMOUNT = "amount"  # the total of a card's slip, and the head of a column on a bill
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
    phrase: str
    """The phrase as it is known, where the text may have it misread."""


class Phrases:
    """Phrases looked up in what was read, with its misreadings: similar shapes are one letter, one letter may be wrong."""

    def __init__(self, by_meaning: Mapping[str, Iterable[str]]) -> None:
        self._meanings: dict[tuple[str, ...], str] = {}
        self._written: dict[tuple[str, ...], str] = {}
        for meaning, phrases in by_meaning.items():
            for phrase in phrases:
                tokens = tuple(skeleton(token) for _, _, token in tokens_of(phrase))
                if tokens:
                    self._meanings.setdefault(tokens, meaning)
                    self._written.setdefault(tokens, phrase)
        self._first: dict[str, list[tuple[str, ...]]] = {}
        for tokens in sorted(self._meanings, key=lambda of: -sum(map(len, of))):
            self._first.setdefault(tokens[0], []).append(tokens)
        self._firsts: dict[int, list[str]] = {}
        for first in self._first:
            self._firsts.setdefault(len(first), []).append(first)
        self._similar: dict[str, tuple[tuple[str, ...], ...]] = {}

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
                    start=tokens[position][0],
                    end=tokens[position + len(match) - 1][1],
                    meaning=self._meanings[match],
                    phrase=self._written[match],
                )
            )
            position += len(match)
        return found

    def _starting(self, tokens: list[tuple[int, int, str]], position: int) -> tuple[str, ...] | None:
        window = [token for _, _, token in tokens[position : position + _PHRASE_TOKENS_MAX]]
        exact = next((of for of in self._first.get(window[0], ()) if list(of) == window[: len(of)]), None)
        similar = next((of for of in self._candidates(window[0]) if _is_same(of, window)), None)
        if exact is None or similar is None:
            return exact or similar
        return similar if len(similar) > len(exact) else exact

    def _candidates(self, token: str) -> tuple[tuple[str, ...], ...]:
        """The phrases whose first token a token may be, the longest first; kept, as receipts repeat their words."""
        found = self._similar.get(token)
        if found is None:
            firsts = {token} & self._first.keys()
            if not token.isdigit():
                near = (
                    first for length in range(len(token) - 1, len(token) + 2) for first in self._firsts.get(length, ())
                )
                firsts |= {first for first in near if _may_be(first, token)}
            phrases = (phrase for first in firsts for phrase in self._first[first])
            found = tuple(sorted(phrases, key=lambda phrase: (-sum(map(len, phrase)), phrase)))
            if len(self._similar) < _CANDIDATES_KEPT:
                self._similar[token] = found
        return found


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


def _may_be(first: str, token: str) -> bool:
    return is_similar(first, token) if len(first) >= FUZZY_CHARS_MIN else _is_one_letter_off(first, token)


def _is_same(phrase: Sequence[str], window: Sequence[str]) -> bool:
    """Whether tokens are those of a phrase; a long token may have one wrong letter, and so may a phrase of short ones."""
    if len(phrase) > len(window):
        return False
    short = [(mine, read) for mine, read in zip(phrase, window, strict=False) if len(mine) < FUZZY_CHARS_MIN]
    if not all(
        is_similar(mine, read) for mine, read in zip(phrase, window, strict=False) if len(mine) >= FUZZY_CHARS_MIN
    ):
        return False
    wrong = [(mine, read) for mine, read in short if mine != read]
    if not wrong:
        return True
    return len(wrong) == 1 and sum(map(len, phrase)) > FUZZY_CHARS_MIN and _is_one_letter_off(*wrong[0])


def _is_one_letter_off(one: str, other: str) -> bool:
    return max(len(one), len(other)) >= FUZZY_PART_CHARS_MIN and is_similar(one, other)


def is_similar(one: str, other: str) -> bool:
    """Whether one letter changed, added or lost makes one of the other."""
    if one == other:
        return True
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    if len(longer) - len(shorter) > 1:
        return False
    at = next((index for index, letter in enumerate(shorter) if letter != longer[index]), len(shorter))
    if len(longer) == len(shorter):
        return longer[at + 1 :] == shorter[at + 1 :]
    return longer[at + 1 :] == shorter[at:]
