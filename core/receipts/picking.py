"""What a receipt says, from its words and their places: pure, and the same whatever read the words."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.money import Currency
from core.receipts.currencies import CurrencyGrammar, Signs, decimals_used
from core.receipts.dates import DateCandidate, DateGrammar, pick_date
from core.receipts.layout import Page, rows_of
from core.receipts.merchant import MerchantCandidate, merchant_candidates, pick_merchant
from core.receipts.port import Hints, Reading, TaxLine, TextLine
from core.receipts.taxes import pick_tax, tax_lines_of
from core.receipts.totals import Evidence, ReadRow, evidence_of, pick_total, read_rows
from core.receipts.words import FUZZY_CHARS_MIN, Phrases, ReceiptWords

_USUAL_DATE_ORDER = "DMY"


@dataclass(frozen=True, slots=True, kw_only=True)
class PassFindings:
    """What one pass over a receipt found, before it is decided."""

    rows: tuple[ReadRow, ...]
    signs: Signs
    territories: tuple[str, ...]
    totals: tuple[Evidence, ...]
    dates: tuple[DateCandidate, ...]
    order_is_known: bool
    merchants: tuple[MerchantCandidate, ...]
    tax_lines: tuple[TaxLine, ...]


class ReceiptRules:
    """The rules with their words, compiled once."""

    def __init__(self, words: ReceiptWords) -> None:
        self._words = words
        self._roles = Phrases(words.roles)
        self._currencies = CurrencyGrammar(words)
        self._dates = DateGrammar(dict(words.months))

    def findings(self, pages: Sequence[Page], hints: Hints) -> PassFindings:
        """What one reading of all pages says."""
        rows = read_rows(rows_of(pages), self._roles.find)
        signs = self._currencies.signs_of(rows)
        territories = tuple(self._currencies.territories_of(rows))
        currency = self._currencies.pick(signs, territories, hints).value
        decimals = decimals_used(rows, Currency.of(currency).exponent if currency else 2)
        order, is_known = self._date_order(territories, signs, currency, hints)
        return PassFindings(
            rows=tuple(rows),
            signs=signs,
            territories=territories,
            totals=tuple(evidence_of(rows, decimals=decimals)),
            dates=tuple(
                date for row in rows for date in self._dates.find(row.row, row.roles, order=order, today=hints.today)
            ),
            order_is_known=is_known,
            merchants=tuple(merchant_candidates(rows)),
            tax_lines=tuple(tax_lines_of(rows)),
        )

    def legibility(self, page: Page) -> int:
        """How much of a page is words that receipts have, in letters: hardly any where it was read upside down."""
        found = (self._roles.find(row.text) for row in rows_of([page]))
        letters = (sum(map(str.isalpha, each.phrase)) for of_row in found for each in of_row)
        return sum(count for count in letters if count >= FUZZY_CHARS_MIN)

    def reading(self, passes: Sequence[PassFindings], hints: Hints) -> Reading:
        """What all passes say together; the text and the country are those of the first."""
        first, count = passes[0], len(passes)
        total = pick_total([each for found in passes for each in found.totals], passes=count)
        # Taxes are taken from the pass that found the most of them: parts of two readings do not add up.
        tax_lines = max((found.tax_lines for found in passes), key=len)
        return Reading(
            merchant=pick_merchant([each for found in passes for each in found.merchants], passes=count),
            date=pick_date(
                [each for found in passes for each in found.dates], order_is_known=first.order_is_known, passes=count
            ),
            total=total,
            currency=self._currencies.pick(first.signs, first.territories, hints),
            tax=pick_tax(tax_lines, total.value),
            tax_lines=tax_lines,
            lines=tuple(TextLine(text=row.row.text, box=row.row.box()) for row in first.rows),
        )

    def _date_order(
        self, territories: Sequence[str], signs: Signs, currency: str | None, hints: Hints
    ) -> tuple[str, bool]:
        """How the receipt's country writes dates, and whether the receipt itself says which country that is.

        A code of ISO 4217 begins with its country's code of ISO 3166.
        """
        if territories:
            return self._words.date_orders.get(territories[0], _USUAL_DATE_ORDER), True
        if currency is not None and any(currency in codes for codes in signs.weights):
            return self._words.date_orders.get(currency[:2], _USUAL_DATE_ORDER), False
        for locale in hints.locales:
            territory = locale.replace("_", "-").rpartition("-")[2]
            if territory in self._words.date_orders:
                return self._words.date_orders[territory], False
        return _USUAL_DATE_ORDER, False
