"""Finding the amount in a folded text: numbers are weighed by what stands around them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from core.language.numbers import NUMBER, NUMBER_WITH_SPACES, read_number
from core.language.phrasebook import Phrasebook
from core.language.remaining import Remaining
from core.language.spelled_numbers import SpelledNumbers
from core.language.text import Lexicon, alternation, is_unspaced, skip_spaces, skip_spaces_back
from core.money import Currency

AMOUNT_MAX = Decimal(10**13)  # what Money can hold in a currency of two decimals

# How strongly each sign speaks for a number to be the amount; only their order matters.
_WEIGHT_CURRENCY = 20
_WEIGHT_DECIMALS = 4
_WEIGHT_WORD_BESIDE = 3
_WEIGHT_EDGE = 2
_WEIGHT_YEAR = -2
_WEIGHT_SHARING = -3
_WEIGHT_ZERO = -5
_WEIGHT_QUANTITY = -12
_WEIGHT_MIN = -6  # what weighs less is a quantity even where it is the only number

_CENTS_DIGITS = 2
_CODE = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAmount:
    """An amount in a text: its place with its currency, its value in major units, the codes its currency may be."""

    start: int
    end: int
    value: Decimal
    currencies: tuple[str, ...]
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Number:
    """A written number with what belongs to it: multiplier, currency, hundredth part."""

    start: int
    end: int
    written: str
    factor: Decimal
    currencies: tuple[str, ...]
    hundredths: int


class AmountGrammar:
    """The ways to write an amount in one phrasebook, compiled."""

    def __init__(self, phrasebook: Phrasebook) -> None:
        self._decimal_separator = phrasebook.decimal_separator
        self._number = NUMBER_WITH_SPACES if phrasebook.groups_by_space else NUMBER
        self._currencies = Lexicon(phrasebook.currency_words)
        self._capital_codes = phrasebook.capital_codes
        self._multipliers = Lexicon(phrasebook.multipliers)
        self._minor_units = Lexicon(phrasebook.minor_unit_words)
        self._spelled = SpelledNumbers(phrasebook.counts, phrasebook.multipliers)
        joiner = rf"(?:\s+(?:{alternation(phrasebook.amount_joiners)})(?=\s))?"
        self._minor_part = re.compile(rf"{joiner}\s*(\d{{1,2}})(?![\d.,:/-]|\w)\s*")
        self._quantity_after = Lexicon(dict.fromkeys(phrasebook.quantity_after, True))
        self._quantity_before = Lexicon(dict.fromkeys(phrasebook.quantity_before, True))
        self._sharing_before = Lexicon(dict.fromkeys(phrasebook.sharing_before, True))
        self._amount_before = Lexicon(dict.fromkeys(phrasebook.amount_before, True))
        self._amount_after = Lexicon(dict.fromkeys(phrasebook.amount_after, True))

    def best(self, remaining: Remaining, *, year: int, decimals_max: int) -> FoundAmount | None:
        """The likeliest amount of a text; None where every number counts something else.

        Args:
            remaining: the text, with what is understood already taken.
            year: today's; a bare number of that kind is rather a year.
            decimals_max: of the person's own currency, for amounts that name none.
        """
        found = self.find(remaining, year=year, decimals_max=decimals_max)
        best = max(found, key=lambda of: (of.weight, of.value), default=None)
        return best if best is not None and best.weight >= _WEIGHT_MIN else None

    def find(self, remaining: Remaining, *, year: int, decimals_max: int) -> list[FoundAmount]:
        """Every number that could be an amount, from the left; words for numbers where no digits are."""
        folded, original = remaining.folded, remaining.original
        first, last = _edges(folded)
        found = []
        for number in self._numbers(folded, original):
            value = self._value(number, decimals_max)
            if value is not None and value <= AMOUNT_MAX:
                weight = self._weigh(number, value, folded, year)
                weight += _WEIGHT_EDGE * ((number.start <= first) + (number.end >= last))
                found.append(
                    FoundAmount(
                        start=number.start,
                        end=number.end,
                        value=value,
                        currencies=number.currencies,
                        weight=weight,
                    )
                )
        return found or list(self._in_words(folded, original))

    def _in_words(self, folded: str, original: str) -> Iterator[FoundAmount]:
        """Words for numbers are amounts only beside a currency: "twenty bucks", but not "one way"."""
        for start, end, value in self._spelled.find(folded):
            currency = self._currency_after(folded, original, start, end)
            if currency is not None and value <= AMOUNT_MAX:
                yield FoundAmount(
                    start=start,
                    end=currency[0],
                    value=Decimal(value),
                    currencies=currency[1],
                    weight=_WEIGHT_CURRENCY,
                )

    def lone_currency(self, remaining: Remaining) -> tuple[int, int, tuple[str, ...]] | None:
        """A sign or a code in capitals that stands apart from every number, where there is just one."""
        folded, original = remaining.folded, remaining.original
        found = [
            (start, end, codes)
            for start, end, codes in self._currencies.within(folded)
            if _CODE.fullmatch(original[start:end]) or not any(map(str.isalpha, original[start:end]))
        ]
        return found[0] if len(found) == 1 else None

    def _numbers(self, folded: str, original: str) -> Iterator[_Number]:
        taken_until = 0
        for match in self._number.finditer(folded):
            if match.start() < taken_until:
                continue
            number = self._number_at(match, folded, original, taken_until)
            if number is not None:
                taken_until = number.end
                yield number

    def _number_at(self, match: re.Match[str], folded: str, original: str, free_from: int) -> _Number | None:
        start, end = match.span()
        factor = Decimal(1)
        while multiplied := self._multipliers.starting(folded, skip_spaces(folded, end)):
            end, factor = multiplied[0], factor * multiplied[1]
        before = self._currency_before(folded, original, start, free_from)
        after = self._currency_after(folded, original, start, end)
        currencies: tuple[str, ...] = ()
        hundredths = 0
        if after:
            end, currencies = after
            end, hundredths = self._minor_part_at(folded, end)
        elif minor := self._minor_units.starting(folded, skip_spaces(folded, end)):
            end = minor[0]
            if match.group().isdecimal() and not before:  # who writes "£3.50p" means pounds
                factor, currencies = factor / 100, (minor[1],) if minor[1] else ()
        if before and (not after or before[0] == start - 1):
            start = before[0]
            currencies = currencies or before[1]
        if not self._stands_alone(folded, match.start(), start, end):
            return None
        return _Number(
            start=start,
            end=_dashed_end(folded, end),
            written=match.group(),
            factor=factor,
            currencies=currencies,
            hundredths=hundredths,
        )

    def _currency_after(
        self, folded: str, original: str, number_start: int, end: int
    ) -> tuple[int, tuple[str, ...]] | None:
        start = skip_spaces(folded, _dashed_end(folded, end))
        found = self._currencies.starting(folded, start)
        if found is None or not self._is_currency(original[start : found[0]]):
            return None
        if start > end and self._belongs_to_next(folded, number_start, found[0]):
            return None
        return found

    def _belongs_to_next(self, folded: str, number_start: int, currency_end: int) -> bool:
        """Whether a sign between two numbers is that of the second: "for 2 € 30", "2 €30"."""
        following = skip_spaces(folded, currency_end)
        if not folded[following : following + 1].isdecimal():
            return False
        before = skip_spaces_back(folded, number_start)
        counts = self._sharing_before.ending(folded, before) or self._quantity_before.ending(folded, before)
        return following == currency_end or counts is not None

    def _currency_before(
        self, folded: str, original: str, start: int, free_from: int
    ) -> tuple[int, tuple[str, ...]] | None:
        end = skip_spaces_back(folded, start)
        found = self._currencies.ending(folded, end)
        if found is None or found[0] < free_from or not self._is_currency(original[found[0] : end]):
            return None
        return found

    def _is_currency(self, written: str) -> bool:
        return written.isupper() or written.upper() not in self._capital_codes

    def _minor_part_at(self, folded: str, end: int) -> tuple[int, int]:
        """The cents after a currency: "5 euros and 20 cents", "5 pounds 50", "5€20"."""
        found = self._minor_part.match(folded, end)
        if found is None:
            return end, 0
        if minor := self._minor_units.starting(folded, found.end()):
            return minor[0], int(found[1])
        counts = self._quantity_after.starting(folded, found.end()) or self._currencies.starting(folded, found.end())
        is_tight = found.start(1) == end
        if counts or not (is_tight or (len(found[1]) == _CENTS_DIGITS and found.start(1) == end + 1)):
            return end, 0
        return found.end(1), int(found[1].ljust(_CENTS_DIGITS, "0"))  # in Chinese, "28 kuai 5" is 28.5

    def _stands_alone(self, folded: str, digits_start: int, start: int, end: int) -> bool:
        """Whether the number is no part of a word, a time, a score or a percentage."""
        before = folded[digits_start - 1] if digits_start else " "
        if start == digits_start and (before.isalpha() or before == "_") and not is_unspaced(before):
            return False
        if before in ":/-.," and digits_start > 1 and folded[digits_start - 2].isalnum():
            return False
        after, next_but_one = folded[end : end + 1], folded[end + 1 : end + 2]
        if after.isalpha() and not is_unspaced(after):
            return self._quantity_after.starting(folded, end) is not None
        if after in {"%", "°", "_"}:
            return False
        return not ((after in {":", "/"} and next_but_one.isdecimal()) or (after == "-" and next_but_one.isalnum()))

    def _value(self, number: _Number, decimals_max: int) -> Decimal | None:
        if number.currencies:
            decimals_max = Currency.of(number.currencies[0]).exponent
        value = read_number(number.written, decimal_separator=self._decimal_separator, decimals_max=decimals_max)
        if value is None or (number.factor == 1 and not number.hundredths):
            return value
        value = value * number.factor + Decimal(number.hundredths) / 100
        whole = value.to_integral_value()
        return whole if value == whole else value

    def _weigh(self, number: _Number, value: Decimal, folded: str, year: int) -> int:
        weight = _WEIGHT_CURRENCY if number.currencies else 0
        has_decimals = re.search(r"[.,]\d\d?$", number.written) is not None
        weight += _WEIGHT_DECIMALS if has_decimals or number.factor != 1 else 0
        before = skip_spaces_back(folded, number.start)
        while before and folded[before - 1] in ":=-–—~≈":
            before = skip_spaces_back(folded, before - 1)
        after = skip_spaces(folded, number.end)
        if self._amount_before.ending(folded, before):
            weight += _WEIGHT_WORD_BESIDE
        if self._amount_after.starting(folded, after):
            weight += _WEIGHT_WORD_BESIDE
        if number.currencies:
            return weight
        if self._quantity_after.starting(folded, after) or self._quantity_before.ending(folded, before):
            weight += _WEIGHT_QUANTITY
        elif self._sharing_before.ending(folded, before) and not has_decimals:
            weight += _WEIGHT_SHARING
        if value == 0:
            weight += _WEIGHT_ZERO
        if not has_decimals and abs(value - year) <= 1:
            weight += _WEIGHT_YEAR
        return weight


def _dashed_end(folded: str, end: int) -> int:
    """The end after a dash that stands for no cents: "5,-", "5.–"."""
    is_dashed = folded[end : end + 1] in {".", ","} and folded[end + 1 : end + 2] in {"-", "–", "—"}
    return end + 2 if is_dashed else end


def _edges(folded: str) -> tuple[int, int]:
    """Where the first letter or digit of what is left begins, and where the last one ends."""
    first = next((index for index, character in enumerate(folded) if _speaks(character)), 0)
    last = next((index for index in range(len(folded), 0, -1) if _speaks(folded[index - 1])), 0)
    return first, last


def _speaks(character: str) -> bool:
    return character.isalnum() or (not character.isspace() and character not in "\x00-–—:,.;!?()[]")
