"""Finding the amount in a folded text: numbers are weighed by what stands around them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from core.language.currencies import CurrencyWords, FoundCurrency
from core.language.number_phrases import NumberPhrase, NumberPhrases
from core.language.numbers import read_number
from core.language.phrasebook import Phrasebook
from core.language.remaining import Remaining
from core.language.text import Lexicon, is_unspaced, skip_spaces, skip_spaces_back
from core.language.units import CurrencyUnits, FoundUnit
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
_ENDS = re.compile(r"\s*(?!\w|[%/:-]|[.,]\d|\s)")
_IS_LAST = re.compile(r"\W*\Z")
_LOOSE_DECIMALS = re.compile(r"\d[\d.,]*[.,]\s(\d\d)(?![\d.,]*\d)")


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
    """A number with what belongs to it: its currency, the power of ten that is written with that, its hundredth part."""

    start: int
    end: int
    phrase: NumberPhrase
    factor: Decimal = Decimal(1)
    currencies: tuple[str, ...] = ()
    hundredths: Decimal = Decimal(0)


class AmountGrammar:
    """The ways to write an amount in one phrasebook, compiled."""

    def __init__(self, phrasebook: Phrasebook) -> None:
        self._decimal_separator = phrasebook.decimal_separator
        self._numbers_of = NumberPhrases(phrasebook)
        self._currencies = CurrencyWords(phrasebook)
        self._units = CurrencyUnits(phrasebook)
        self._joiners = Lexicon(dict.fromkeys(phrasebook.amount_joiners, True))
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
        """Every number that could be an amount, from the left."""
        folded, original = remaining.folded, remaining.original
        first, last = _edges(folded)
        found = []
        for number in self._numbers(folded, original, (first, last)):
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
        return found

    def lone_currency(self, remaining: Remaining) -> tuple[int, int, tuple[str, ...]] | None:
        """A sign or a code in capitals that stands apart from every number, where there is just one."""
        found = self._currencies.signs_and_capitals(remaining.folded, remaining.original)
        return (found[0].start, found[0].end, found[0].codes) if len(found) == 1 else None

    def _numbers(self, folded: str, original: str, edges: tuple[int, int]) -> Iterator[_Number]:
        taken_until = position = 0
        while position < len(folded):
            phrase = self._numbers_of.starting(folded, position)
            number = self._number_at(phrase, folded, original, taken_until, edges) if phrase else None
            if number is not None:
                taken_until = number.end
                yield number
            position = max(number.end if number else 0, phrase.end if phrase else position + 1)

    def _number_at(
        self, phrase: NumberPhrase, folded: str, original: str, free_from: int, edges: tuple[int, int]
    ) -> _Number | None:
        before = self._currency_before(folded, original, phrase.start, free_from)
        phrase = self._wider(phrase, folded, original, before, edges)
        after = self._currency_after(folded, original, phrase)
        unit = None if after else self._units.starting(folded, skip_spaces(folded, phrase.end))
        if not phrase.has_digits and not (before or after or unit):
            return self._alone(phrase, edges)
        number = self._with_currency(phrase, folded, before, after, unit)
        if not self._stands_alone(folded, phrase.start, number.start, number.end):
            return None
        return number

    def _with_currency(
        self,
        phrase: NumberPhrase,
        folded: str,
        before: FoundCurrency | None,
        after: FoundCurrency | None,
        unit: FoundUnit | None,
    ) -> _Number:
        start, end, factor, hundredths = phrase.start, phrase.end, Decimal(1), Decimal(0)
        currencies: tuple[str, ...] = ()
        if after:
            currencies, factor = after.codes, after.factor
            end, multiplied = self._multiplied_at(folded, after.end)
            factor *= multiplied
            if multiplied == 1:
                end, hundredths = self._minor_part_at(folded, after.end)
        elif unit:
            end = unit.end
            if not before and (phrase.written is None or phrase.written.isdecimal()):  # "£3.50p" means pounds
                factor, currencies = unit.factor, unit.codes
        elif before:
            end, hundredths = self._minor_part_at(folded, phrase.end, follows_currency=False)
        if before and (not after or before.end == phrase.start):
            start = before.start
            currencies = _either(currencies, before.codes)
        return _Number(
            start=start,
            end=_dashed_end(folded, end),
            phrase=phrase,
            factor=factor,
            currencies=currencies,
            hundredths=hundredths,
        )

    def _alone(self, phrase: NumberPhrase, edges: tuple[int, int]) -> _Number | None:
        """A number in words that names no currency: an amount only where the text says nothing else."""
        if phrase.start <= edges[0] and phrase.end >= edges[1]:
            return _Number(start=phrase.start, end=phrase.end, phrase=phrase)
        return None

    def _wider(
        self,
        phrase: NumberPhrase,
        folded: str,
        original: str,
        before: FoundCurrency | None,
        edges: tuple[int, int],
    ) -> NumberPhrase:
        """The same number with more digits, where what surrounds them says that these are not another number's."""
        if phrase.written is None:
            return phrase
        spaced = self._numbers_of.spaced_digits(folded, phrase.start)
        if spaced is not None and spaced.end > phrase.end and not self._counts_something(folded, phrase.start):
            is_all = phrase.start <= edges[0] and spaced.end >= edges[1]
            has_decimals = spaced.written is not None and spaced.written[-3:-2] in {".", ","}
            if is_all or before or has_decimals or self._currency_after(folded, original, spaced):
                return spaced
        loose = _LOOSE_DECIMALS.match(folded, phrase.start)
        if loose and (before or phrase.start <= edges[0]):
            value = read_number("".join(loose[0].split()), decimal_separator=self._decimal_separator)
            whole = NumberPhrase(
                start=phrase.start,
                end=loose.end(),
                value=value or Decimal(0),
                written="".join(loose[0].split()),
                has_digits=True,
            )
            if value is not None and (loose.end() >= edges[1] or self._currency_after(folded, original, whole)):
                return whole
        return phrase

    def _currency_after(self, folded: str, original: str, phrase: NumberPhrase) -> FoundCurrency | None:
        start = skip_spaces(folded, _dashed_end(folded, phrase.end))
        found = self._currencies.starting(folded, original, start)
        if found is None or (start > phrase.end and self._belongs_to_next(folded, phrase, found.end)):
            return None
        return found

    def _belongs_to_next(self, folded: str, phrase: NumberPhrase, currency_end: int) -> bool:
        """Whether a sign between two numbers is that of the second: "for 2 € 30", "2 €30", "a US$ 4.70 coffee"."""
        following = skip_spaces(folded, currency_end)
        if not folded[following : following + 1].isdecimal():
            return False
        if following == currency_end or self._counts_something(folded, phrase.start):
            return True
        cents = self._numbers_of.starting(folded, following)
        return not phrase.has_digits and (cents is None or cents.written is None or len(cents.written) > _CENTS_DIGITS)

    def _counts_something(self, folded: str, number_start: int) -> bool:
        before = skip_spaces_back(folded, number_start)
        words = self._sharing_before.ending(folded, before) or self._quantity_before.ending(folded, before)
        return words is not None

    def _multiplied_at(self, folded: str, end: int) -> tuple[int, Decimal]:
        """A power of ten after the currency: "75 USD million"."""
        power = self._numbers_of.starting(folded, skip_spaces(folded, end))
        if power is None or power.has_digits or power.value < 1000 or str(power.value).strip("0") != "1":
            return end, Decimal(1)
        return power.end, power.value

    def _currency_before(self, folded: str, original: str, start: int, free_from: int) -> FoundCurrency | None:
        found = self._currencies.ending(folded, original, skip_spaces_back(folded, start))
        return found if found is not None and found.start >= free_from else None

    def _minor_part_at(self, folded: str, end: int, *, follows_currency: bool = True) -> tuple[int, Decimal]:
        """The cents after a currency: "5 euros and 20 cents", "5 pounds 50", "5€20", "five dollars and ten"."""
        none = end, Decimal(0)
        after = skip_spaces(folded, end)
        joiner = self._joiners.starting(folded, after)
        start = skip_spaces(folded, joiner[0]) if joiner else after
        cents = self._numbers_of.starting(folded, start)
        if cents is None or not (0 < cents.value < 100) or (cents.written and not cents.written.isdecimal()):
            return none
        unit = self._units.starting(folded, skip_spaces(folded, cents.end))
        if unit and unit.factor < 1:
            return unit.end, cents.value * unit.factor * 100
        if not _ENDS.match(folded, cents.end) or not (follows_currency or _IS_LAST.match(folded, cents.end)):
            return none
        if cents.written is None:
            return (cents.end, cents.value) if joiner else none
        is_tight, has_two = start == end, len(cents.written) == _CENTS_DIGITS
        if not (is_tight or joiner or (has_two and start == end + 1)):
            return none
        # In Chinese, "28 kuai 5" is 28.5.
        return cents.end, Decimal(cents.written.ljust(_CENTS_DIGITS, "0") if not joiner else cents.written)

    def _stands_alone(self, folded: str, digits_start: int, start: int, end: int) -> bool:
        """Whether the number is no part of a word, a time, a score or a percentage."""
        before = folded[digits_start - 1] if digits_start else " "
        if start == digits_start and (before.isalpha() or before == "_") and not is_unspaced(before):
            return False
        if before in ":/-.," and digits_start > 1 and folded[digits_start - 2].isalnum():
            return False
        after, next_but_one = folded[end : end + 1], folded[end + 1 : end + 2]
        if after.isalpha() and not is_unspaced(after) and not is_unspaced(folded[end - 1]):
            if self._currencies.is_sign_ending(folded, end):
                return True
            return self._quantity_after.starting(folded, end) is not None
        if after in {"%", "°", "_"}:
            return False
        return not ((after in {":", "/"} and next_but_one.isdecimal()) or (after == "-" and next_but_one.isalnum()))

    def _value(self, number: _Number, decimals_max: int) -> Decimal | None:
        value: Decimal | None = number.phrase.value
        if number.phrase.written is not None:
            if number.currencies:
                decimals_max = Currency.of(number.currencies[0]).exponent
            value = read_number(
                number.phrase.written, decimal_separator=self._decimal_separator, decimals_max=decimals_max
            )
        if value is None or (number.factor == 1 and not number.hundredths):
            return value
        value = value * number.factor + number.hundredths / 100
        whole = value.to_integral_value()
        return whole if value == whole else value

    def _weigh(self, number: _Number, value: Decimal, folded: str, year: int) -> int:
        weight = _WEIGHT_CURRENCY if number.currencies else 0
        written = number.phrase.written
        has_decimals = written is not None and re.search(r"[.,]\d\d?$", written) is not None
        weight += _WEIGHT_DECIMALS if has_decimals or written is None or number.factor != 1 else 0
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


def _either(codes: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    """What two names of one currency have in common, or the first one where they contradict each other."""
    return tuple(code for code in codes if code in others) or codes or others


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
