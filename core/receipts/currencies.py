"""The currency of a receipt, and the country that it tells of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.language.text import Lexicon, clean, fold, skip_spaces, skip_spaces_back
from core.receipts.amounts import as_digits
from core.receipts.port import Box, Field, Hints
from core.receipts.totals import ReadRow
from core.receipts.words import Phrases, ReceiptWords, Role

_WEIGHT_BESIDE = 2.0  # an amount
_WEIGHT_ALONE = 0.6
_WEIGHT_AGAINST_TERRITORY = 4.0  # beside two amounts at least
_TERRITORY_WORDS_MIN = 2  # one word is in another country's receipt too often
_CONFIDENCE_OF_TERRITORY = 0.75
_CONFIDENCE_OF_HINT = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """The currencies that a receipt names: what each sign may stand for -> how much it stands there, and where."""

    weights: Mapping[tuple[str, ...], float]
    places: Mapping[tuple[str, ...], Box]


class CurrencyGrammar:
    """Finds signs of currencies and words of countries."""

    def __init__(self, words: ReceiptWords) -> None:
        # A lone letter or a lower-case word of two letters is a currency beside an amount alone.
        self._signs = Lexicon({word: codes for word, codes in words.currencies.items() if _is_telling(word)})
        self._territories = Phrases(words.territories)
        self._territory_currencies = words.territory_currencies

    def signs_of(self, rows: Sequence[ReadRow]) -> Signs:
        """The signs of all rows; beside an amount they speak loudest."""
        weights: dict[tuple[str, ...], float] = {}
        places: dict[tuple[str, ...], Box] = {}
        for row in rows:
            text = clean(row.row.text)
            folded = _without_names(fold(text), row)
            for start, end, codes in self._signs.within(folded):
                beside = self._is_beside_amount(row, folded, start, end)
                written = text[start:end]
                if not beside and not (written.isupper() or not written.isalpha()):
                    continue
                weights[codes] = weights.get(codes, 0.0) + (_WEIGHT_BESIDE if beside else _WEIGHT_ALONE)
                places.setdefault(codes, row.row.box(start, end))
        return Signs(weights=weights, places=places)

    def territories_of(self, rows: Sequence[ReadRow]) -> list[str]:
        """The countries whose words stand on a receipt, the likeliest first; a country needs two different words."""
        seen: dict[str, set[str]] = {}
        for row in rows:
            for found in self._territories.find(row.row.text):
                seen.setdefault(found.meaning, set()).add(fold(row.row.text[found.start : found.end]))
        told = [(len(words), territory) for territory, words in seen.items() if len(words) >= _TERRITORY_WORDS_MIN]
        return [territory for _, territory in sorted(told, key=lambda of: (-of[0], of[1]))]

    def pick(self, signs: Signs, territories: Sequence[str], hints: Hints) -> Field[str]:
        """The currency: by its signs, else by the country's words, else what was expected, with little confidence."""
        own = [self._territory_currencies[of] for of in territories if of in self._territory_currencies]
        expected = [
            *own[:1],
            *([hints.currency] if hints.currency else []),
            *_currencies_of(hints, self._territory_currencies),
        ]
        score: dict[str, float] = {}
        places: dict[str, Box] = {}
        certain: dict[str, bool] = {}
        for codes, weight in signs.weights.items():
            code = next((of for of in expected if of in codes), codes[0])
            score[code] = score.get(code, 0.0) + weight
            places.setdefault(code, signs.places[codes])
            certain[code] = certain.get(code, False) or len(codes) == 1 or code in own
        if not score:
            return _unsigned(own, expected)
        best, weight = max(score.items(), key=lambda of: of[1])
        if own and best not in own and (weight < _WEIGHT_AGAINST_TERRITORY or not certain[best]):
            # Tills print a plain "$" in countries that have no dollar, and misreadings look like codes.
            return Field(value=own[0], confidence=_CONFIDENCE_OF_TERRITORY)
        confidence = (0.6 + 0.1 * min(weight, 3.5)) * weight / sum(score.values()) * (1.0 if certain[best] else 0.7)
        return Field(value=best, confidence=round(min(confidence, 0.97), 3), box=places[best])

    @staticmethod
    def _is_beside_amount(row: ReadRow, folded: str, start: int, end: int) -> bool:
        before, after = skip_spaces_back(folded, start), skip_spaces(folded, end)
        digits = as_digits(row.row.text)
        follows = after < len(digits) and (digits[after].isdigit() or digits[after] in "-(")
        return follows or (before > 0 and digits[before - 1].isdigit())


def _unsigned(own: Sequence[str], expected: Sequence[str]) -> Field[str]:
    """The currency of a receipt without any sign: its country's, else what was expected."""
    if own:
        return Field(value=own[0], confidence=_CONFIDENCE_OF_TERRITORY)
    return Field(value=expected[0], confidence=_CONFIDENCE_OF_HINT) if expected else Field()


def decimals_used(rows: Sequence[ReadRow], usual: int) -> int:
    """How many decimals the amounts of a receipt have: what it shows, else what is usual.

    A receipt of a currency with hundredths shows amounts with two decimals; one of dong or yen shows grouped thousands.
    """
    with_decimals = sum(amount.has_decimals for row in rows for amount in row.amounts)
    grouped = sum(amount.is_grouped and amount.value >= Decimal(1000) for row in rows for amount in row.amounts)
    if with_decimals >= 2 or (with_decimals and not grouped):
        return 2 if with_decimals >= grouped else 0
    if grouped:
        return 0
    return usual


def _without_names(folded: str, row: ReadRow) -> str:
    """A text whose legal forms are blank: the Bhd of "Sdn Bhd" is no dinar of Bahrain."""
    for found in row.roles:
        if found.meaning == Role.COMPANY:
            folded = folded[: found.start] + " " * (found.end - found.start) + folded[found.end :]
    return folded


def _is_telling(word: str) -> bool:
    return len(word) > 1 or not word.isalpha()


def _currencies_of(hints: Hints, territory_currencies: Mapping[str, str]) -> list[str]:
    territories = [locale.replace("_", "-").rpartition("-")[2] for locale in hints.locales]
    return [territory_currencies[of] for of in territories if of in territory_currencies]
