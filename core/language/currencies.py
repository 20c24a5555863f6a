"""Currencies beside a number: signs, codes and names, told apart by the countries that people add ("Canadian dollars")."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from core.language.phrasebook import Phrasebook
from core.language.text import Lexicon, clean, divides, fold, skip_spaces, skip_spaces_back

_CODE_LETTERS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCurrency:
    """A currency in a text: its place, the codes that it may be, and the power of ten that is written with it ("MUSD")."""

    start: int
    end: int
    codes: tuple[str, ...]
    factor: Decimal = Decimal(1)


class CurrencyWords:
    """The ways to name a currency in one phrasebook, compiled."""

    def __init__(self, phrasebook: Phrasebook) -> None:
        self._words = Lexicon(phrasebook.currency_words)
        self._cased = {fold(clean(word)): phrasebook.cased_currency_words for word in phrasebook.cased_currency_words}
        self._nationalities = Lexicon(_currencies_of_countries(phrasebook))
        self._prefixes = phrasebook.multiplier_prefixes

    def starting(self, folded: str, original: str, start: int) -> FoundCurrency | None:
        """The longest name that starts at the position, with what follows and makes it clearer."""
        country = self._nationalities.starting(folded, start)
        if country is not None:
            word_start = skip_spaces(folded, country[0])
            word = self._word_starting(folded, original, word_start)
            codes = _common(word.codes, country[1]) if word else ()
            if word and codes:
                return FoundCurrency(start=start, end=word.end, codes=codes)
        found = self._word_starting(folded, original, start) or self._multiplied_starting(folded, original, start)
        return self._clearer(folded, original, found) if found else None

    def ending(self, folded: str, original: str, end: int) -> FoundCurrency | None:
        """The longest name that ends at the position, with what stands before it and makes it clearer."""
        found = self._word_ending(folded, original, end)
        if found is None:
            return None
        before = skip_spaces_back(folded, found.start)
        country = self._nationalities.ending(folded, before)
        if country is not None and (codes := _common(found.codes, country[1])):
            return FoundCurrency(start=country[0], end=end, codes=codes)
        other = self._word_ending(folded, original, before)
        if other is not None and (codes := _common(found.codes, other.codes)):
            return FoundCurrency(start=other.start, end=end, codes=codes)
        return found

    def signs_and_capitals(self, folded: str, original: str) -> list[FoundCurrency]:
        """Every sign, and every code that is written in capitals, of a text."""
        return [
            FoundCurrency(start=start, end=end, codes=codes)
            for start, end, codes in self._words.within(folded)
            if _is_code(original[start:end]) or not any(map(str.isalpha, original[start:end]))
        ]

    def is_sign_ending(self, folded: str, end: int) -> bool:
        """Whether what ends here is a sign, after which letters may stand at once ("184,20 €HT")."""
        return end > 0 and not folded[end - 1].isalnum() and self._words.ending(folded, end) is not None

    def _word_starting(self, folded: str, original: str, start: int) -> FoundCurrency | None:
        found = self._words.starting(folded, start)
        if found is None or not self._is_currency(original[start : found[0]]):
            return None
        return FoundCurrency(start=start, end=found[0], codes=found[1])

    def _word_ending(self, folded: str, original: str, end: int) -> FoundCurrency | None:
        found = self._words.ending(folded, end)
        if found is None or not self._is_currency(original[found[0] : end]):
            return None
        return FoundCurrency(start=found[0], end=end, codes=found[1])

    def _multiplied_starting(self, folded: str, original: str, start: int) -> FoundCurrency | None:
        """A code with a power of ten before it: "30 MUSD"."""
        factor = self._prefixes.get(folded[start : start + 1])
        end = start + 1 + _CODE_LETTERS
        if factor is None or not divides(folded, start) or not divides(folded, end):
            return None
        codes = self._words.get(folded[start + 1 : end])
        if not codes or not _is_code(original[start + 1 : end]):
            return None
        return FoundCurrency(start=start, end=end, codes=codes, factor=Decimal(factor))

    def _clearer(self, folded: str, original: str, found: FoundCurrency) -> FoundCurrency:
        """The same with a country or a second name after it: "pesos mexicanos", "$ CAD"."""
        after = skip_spaces(folded, found.end)
        country = self._nationalities.starting(folded, after)
        if country is not None and (codes := _common(found.codes, country[1])):
            return FoundCurrency(start=found.start, end=country[0], codes=codes, factor=found.factor)
        other = self._word_starting(folded, original, after)
        if other is not None and (codes := _common(found.codes, other.codes)):
            return FoundCurrency(start=found.start, end=other.end, codes=codes, factor=found.factor)
        return found

    def _is_currency(self, written: str) -> bool:
        return written in self._cased.get(fold(written), (written,))


def _is_code(written: str) -> bool:
    return len(written) == _CODE_LETTERS and written.isascii() and written.isalpha() and written.isupper()


def _common(codes: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code for code in codes if code in others)


def _currencies_of_countries(phrasebook: Phrasebook) -> Mapping[str, tuple[str, ...]]:
    """Words for countries -> the currency that is used there."""
    tender = phrasebook.territory_currencies
    return {word: (tender[territory],) for word, territory in phrasebook.nationalities.items() if territory in tender}
