"""The taxes that a receipt names, by rate: in a table of net, tax and gross, or as a line each."""

import re
from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import permutations

from core.receipts.port import Field, TaxLine
from core.receipts.totals import ReadRow
from core.receipts.words import Role

RATE_PERCENT_MAX = Decimal(30)  # Hungary's 27 % is the highest value added tax there is
_RATE = re.compile(r"(?<![\d.,])(\d{1,2}(?:[.,]\d{1,3})?)\s?%")
_CENT = Decimal("0.01")
_TOLERANCE = Decimal("0.02")  # tills round line by line


def tax_lines_of(rows: Sequence[ReadRow]) -> list[TaxLine]:
    """The taxes of a pass, the same rate and amount once."""
    found: dict[tuple[Decimal | None, Decimal], TaxLine] = {}
    for row in rows:
        for line in _of_row(row):
            found.setdefault((line.rate_percent, line.amount), line)
    lines = list(found.values())
    rates = {line.amount for line in lines if line.rate_percent is not None}
    return [line for line in lines if line.rate_percent is not None or line.amount not in rates]


def _of_row(row: ReadRow) -> Iterator[TaxLine]:
    rate = _rate(row)
    amounts = [amount for amount in row.amounts if amount.has_decimals and amount.value > 0]
    if rate is not None and len(amounts) >= 2:
        for tax, other in permutations(amounts, 2):
            if tax.value < other.value and _is_tax_of(tax.value, other.value, rate):
                yield TaxLine(rate_percent=rate, amount=tax.value, box=tax.box)
                return
    if (
        row.has(Role.TAX)
        and len(amounts) == 1
        and not row.has(
            Role.TOTAL, Role.TOTAL_FINAL, Role.SUBTOTAL, Role.INCLUDED, Role.CASH, Role.CARD, Role.NOT_TOTAL
        )
    ):
        yield TaxLine(rate_percent=rate, amount=amounts[0].value, box=amounts[0].box)


def _rate(row: ReadRow) -> Decimal | None:
    match = _RATE.search(row.row.text)
    if match is None:
        return None
    rate = Decimal(match[1].replace(",", "."))
    return rate if 0 < rate <= RATE_PERCENT_MAX else None


def _is_tax_of(tax: Decimal, other: Decimal, rate: Decimal) -> bool:
    """Whether an amount is the tax of another one, be that net or gross."""
    of_net = (other * rate / 100).quantize(_CENT, ROUND_HALF_UP)
    of_gross = (other * rate / (100 + rate)).quantize(_CENT, ROUND_HALF_UP)
    return min(abs(tax - of_net), abs(tax - of_gross)) <= _TOLERANCE


def pick_tax(lines: Sequence[TaxLine], total: Decimal | None) -> Field[Decimal]:
    """The sum of the taxes by rate, or the one amount that the receipt calls its tax; nothing that exceeds the total."""
    rated = {(line.rate_percent, line.amount) for line in lines if line.rate_percent is not None}
    amount = sum((of for _, of in rated), Decimal(0)) if rated else next((line.amount for line in lines), None)
    if amount is None or (total is not None and amount >= total):
        return Field()
    place = next(line.box for line in lines if not rated or line.rate_percent is not None)
    return Field(value=amount, confidence=0.75 if rated else 0.55, box=place)
