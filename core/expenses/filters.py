"""Which of somebody's expenses a list shows, and how a person says so in words: "submitted march taxi >20". Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from core.expenses.rules import State
from core.kernel.months import Month
from core.language import ParsedAmount
from core.language.text import clean, fold

TYPED_LENGTH_MAX = 200
WORDS_MAX = 8
"""What is typed beyond is left out, and the list's title shows what counted."""
YEAR_MIN, YEAR_MAX = 1990, 2199
MONTHS_IN_A_YEAR = 12

_TOKEN = re.compile(r"[\"“„«](?P<quoted>[^\"“”„«»]+)[\"”“»]|\S+")
_MONTH_NUMBER = re.compile(r"(?P<year>\d{4})[-/.](?P<number>\d{1,2})|(?P<first>\d{1,2})[-/.](?P<last>\d{4})", re.ASCII)
_RANGE = re.compile(r"(?P<least>[^-–—]*\d[^-–—]*)(?:-|–|—)(?P<most>[^-–—]*\d[^-–—]*)", re.ASCII)
_AT_THE_EDGES = ",;.:!?()[]"


class Sign(StrEnum):
    """How an amount compares."""

    LESS = "<"
    AT_MOST = "≤"
    EQUAL = "="
    AT_LEAST = "≥"
    MORE = ">"


_SIGNS = {">=": Sign.AT_LEAST, "=>": Sign.AT_LEAST, "<=": Sign.AT_MOST, "=<": Sign.AT_MOST} | {
    str(each): each for each in Sign
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A bound of amounts in major units; `currency` None: the number counts, in whatever currency. `typed`: as it was typed."""

    sign: Sign
    value: Decimal
    currency: str | None
    typed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What an expense must be: any one of the states, of the categories (keys), of the months and years; all words and bounds."""

    states: tuple[State, ...] = ()
    categories: tuple[str, ...] = ()
    months: tuple[Month, ...] = ()
    years: tuple[int, ...] = ()
    words: tuple[str, ...] = ()
    bounds: tuple[Bound, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether anything is left out at all."""
        return self != EVERYTHING

    def as_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        return {
            "states": [each.value for each in self.states],
            "categories": list(self.categories),
            "months": [str(each) for each in self.months],
            "years": list(self.years),
            "words": list(self.words),
            "bounds": [[each.sign.value, str(each.value), each.currency, each.typed] for each in self.bounds],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Filters":
        """Return stored filters; a list that was stored before there were any shows everything."""
        return cls(
            states=tuple(State(each) for each in stored.get("states", ())),
            categories=tuple(stored.get("categories", ())),
            months=tuple(Month.parsed(each) for each in stored.get("months", ())),
            years=tuple(stored.get("years", ())),
            words=tuple(stored.get("words", ())),
            bounds=tuple(
                Bound(sign=Sign(sign), value=Decimal(value), currency=currency, typed=typed)
                for sign, value, currency, typed in stored.get("bounds", ())
            ),
        )


EVERYTHING = Filters()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """A person's words for what filters speak of, in any case and with or without accents.

    `states` and `categories`: names -> what they name; `months`: names -> 1 to 12; `joiners`: what may stand before a date
    ("in", "from") and says nothing by itself; `amount`: reads an amount that is all there is, else None.
    """

    states: Mapping[str, State]
    categories: Mapping[str, str]
    months: Mapping[str, int]
    joiners: frozenset[str]
    amount: Callable[[str], ParsedAmount | None]


def parse_filters(typed: str, vocabulary: Vocabulary, today: date) -> Filters:
    """Return the filters that were typed. A month without a year is the latest that has begun; what names nothing is a word."""
    return _Reading(vocabulary, today).read(typed)


def parse_month(typed: str, *, months: Mapping[str, int], joiners: frozenset[str], today: date) -> Month | None:
    """Return the month that is typed and nothing else, read as in filters; None for anything else.

    "march", "in März 2025", "2026-03", "3/2026"; a number alone, "3", is the latest such month that has begun.
    """
    alone = typed.strip()
    if alone.isascii() and alone.isdecimal() and 1 <= int(alone) <= MONTHS_IN_A_YEAR:
        return _latest(int(alone), today)
    vocabulary = Vocabulary(states={}, categories={}, months=months, joiners=joiners, amount=lambda _typed: None)
    found = parse_filters(typed, vocabulary, today)
    return found.months[0] if found == Filters(months=found.months[:1]) and found.months else None


def _latest(number: int, today: date) -> Month:
    """Return the latest month of a number that has begun."""
    return Month(today.year if number <= today.month else today.year - 1, number)


@dataclass(slots=True)
class _Found:
    states: list[State] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    months: list[Month] = field(default_factory=list)
    years: list[int] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    bounds: list[Bound] = field(default_factory=list)


class _Reading:
    """One reading of what somebody typed, from the left; at each place the longest name wins."""

    def __init__(self, vocabulary: Vocabulary, today: date) -> None:
        self._vocabulary = vocabulary
        self._today = today
        self._states = _folded(vocabulary.states)
        self._categories = _folded(vocabulary.categories)
        self._months = _folded(vocabulary.months)
        self._joiners = {_fold(each) for each in vocabulary.joiners}
        names = (*self._states, *self._categories, *self._months)
        self._name_tokens_max = max((len(name.split()) for name in names), default=1)
        self._found = _Found()
        self._tokens: list[str] = []

    def read(self, typed: str) -> Filters:
        quoted: set[int] = set()
        for match in _TOKEN.finditer(clean(typed)[:TYPED_LENGTH_MAX]):
            if match["quoted"]:
                quoted.add(len(self._tokens))
            self._tokens.append(match["quoted"] or match[0])
        at = 0
        while at < len(self._tokens):
            at += self._word(at) if at in quoted else self._step(at)
        found = self._found
        return Filters(
            states=_once(found.states),
            categories=_once(found.categories),
            months=_once(found.months),
            years=_once(found.years),
            words=_once(found.words)[:WORDS_MAX],
            bounds=_once(found.bounds)[:WORDS_MAX],
        )

    def _step(self, at: int) -> int:
        """Read what stands at a place; return how many tokens it took."""
        for read in (self._numeric_month, self._named, self._year, self._compared, self._range, self._amount):
            taken = read(at)
            if taken:
                return taken
        return self._word(at)

    def _numeric_month(self, at: int) -> int:
        match = _MONTH_NUMBER.fullmatch(self._tokens[at].strip(_AT_THE_EDGES))
        if match is None:
            return 0
        year, number = int(match["year"] or match["last"]), int(match["number"] or match["first"])
        if not (1 <= number <= 12 and YEAR_MIN <= year <= YEAR_MAX):
            return 0
        self._date(Month(year, number))
        return 1

    def _named(self, at: int) -> int:
        for count in range(min(self._name_tokens_max, len(self._tokens) - at), 0, -1):
            name = _fold(" ".join(self._tokens[at : at + count]))
            if name in self._states:
                self._found.states.append(self._states[name])
            elif name in self._categories:
                self._found.categories.append(self._categories[name])
            elif name in self._months:
                return count + self._month(self._months[name], before=at - 1, after=at + count)
            else:
                continue
            return count
        return 0

    def _month(self, number: int, *, before: int, after: int) -> int:
        """Note a month by its number; return how many tokens its year took: the one behind it, or else one before it."""
        year = self._year_at(after)
        taken = 0 if year is None else 1
        if year is None and before >= 0 and self._found.years and self._year_at(before) == self._found.years[-1]:
            year = self._found.years.pop()
        self._date(_latest(number, self._today) if year is None else Month(year, number))
        return taken

    def _year(self, at: int) -> int:
        year = self._year_at(at)
        if year is None:
            return 0
        self._drop_joiner()
        self._found.years.append(year)
        return 1

    def _year_at(self, at: int) -> int | None:
        token = self._tokens[at].strip(_AT_THE_EDGES) if at < len(self._tokens) else ""
        is_year = (
            len(token) == 4 and token.isascii() and token.isdecimal() and YEAR_MIN <= int(token) <= self._today.year + 1
        )
        return int(token) if is_year else None

    def _date(self, month: Month) -> None:
        self._drop_joiner()
        self._found.months.append(month)

    def _drop_joiner(self) -> None:
        while self._found.words and _fold(self._found.words[-1]) in self._joiners:
            self._found.words.pop()

    def _compared(self, at: int) -> int:
        token = self._tokens[at]
        written = next((each for each in (token[:2], token[:1]) if each in _SIGNS), None)
        return 0 if written is None else self._bound(_SIGNS[written], token[len(written) :], at + 1)

    def _range(self, at: int) -> int:
        match = _RANGE.fullmatch(self._tokens[at].strip(_AT_THE_EDGES))
        if match is None:
            return 0
        least, most = self._read_amount(match["least"]), self._read_amount(match["most"])
        if least is None or most is None or least.amount > most.amount:
            return 0
        currency = most.currency or least.currency
        for sign, each, typed in ((Sign.AT_LEAST, least, match["least"]), (Sign.AT_MOST, most, match["most"])):
            self._found.bounds.append(Bound(sign=sign, value=each.amount, currency=currency, typed=typed))
        return 1

    def _amount(self, at: int) -> int:
        """Read an amount without a sign: it has a digit, or a currency and a digit behind it."""
        following = self._tokens[at + 1] if at + 1 < len(self._tokens) else ""
        if not any(character.isdecimal() for character in self._tokens[at] + following):
            return 0
        return self._bound(Sign.EQUAL, self._tokens[at], at + 1)

    def _bound(self, sign: Sign, first: str, following: int) -> int:
        """Read an amount that begins with `first`: "20", "20 EUR", "EUR 20"; return how many tokens it took with that one.

        A further token belongs to it where it is what makes it an amount, or names its currency.
        """
        parsed, typed, taken = self._read_amount(first), first, 1
        for count in (1, 2):
            more = " ".join(filter(None, (first, *self._tokens[following : following + count])))
            longer = self._read_amount(more)
            if longer is not None and (parsed is None or (parsed.currency is None and longer.currency is not None)):
                parsed, typed, taken = longer, more, 1 + min(count, len(self._tokens) - following)
            if first:
                break
        if parsed is None:
            return 0
        self._found.bounds.append(
            Bound(sign=sign, value=parsed.amount, currency=parsed.currency, typed=typed.strip(_AT_THE_EDGES))
        )
        return taken

    def _read_amount(self, typed: str) -> ParsedAmount | None:
        return self._vocabulary.amount(typed) if typed else None

    def _word(self, at: int) -> int:
        word = self._tokens[at].strip(_AT_THE_EDGES + " ")
        if word:
            self._found.words.append(word)
        return 1


def with_state(filters: Filters, state: State) -> Filters:
    """Return the filters with this state alone; without any, where it was that already: a second tap takes it back."""
    return replace(filters, states=() if filters.states == (state,) else (state,))


def with_category(filters: Filters, key: str) -> Filters:
    """Return the filters with this category alone, or without any where it was that already."""
    return replace(filters, categories=() if filters.categories == (key,) else (key,))


def with_month(filters: Filters, month: Month) -> Filters:
    """Return the filters with this month alone, or without any where it was that already."""
    return replace(filters, years=(), months=() if filters.months == (month,) else (month,))


def _fold(word: str) -> str:
    return fold(clean(word)).strip(_AT_THE_EDGES + " ")


def _folded(names: Mapping[str, Any]) -> dict[str, Any]:
    return {_fold(name): meaning for name, meaning in names.items() if _fold(name)}


def _once(found: list[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(found))
