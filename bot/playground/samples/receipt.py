"""What stands on a sample receipt: lines, taxes, total. Pure; amounts are integers of minor units."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import Literal

TaxPlace = Literal["included", "added"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line. `amount_minor` is the line's, for all of `quantity`; `rate` is its tax in percent."""

    name: str
    amount_minor: int
    rate: Decimal
    quantity: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxLine:
    """What one rate comes to."""

    rate: Decimal
    net_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The printed words and forms of a country. `money` holds `{}` for the number; dates are in strftime's form."""

    date: str
    money: str
    total: str
    tax: str
    """Of one rate, with `{rate}`."""
    subtotal: str = ""
    """Where it is empty, none is printed."""
    decimal_mark: str = ","
    thousands_mark: str = "."
    minor_digits: int = 2
    printed_before: tuple[str, ...] = ()
    printed_after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleReceipt:
    """One made-up receipt. `title` and `place` name it on the page; what is printed is in its country's language."""

    key: str
    title: str
    place: str
    currency: str
    merchant: str
    address: tuple[str, ...]
    days_ago: int
    time: datetime.time
    items: tuple[Item, ...]
    wording: Wording
    payment: str
    taxes: TaxPlace = "included"
    tip_minor: int = 0
    tip: str = ""
    serif: bool = False
    """Whether it is printed as a letter is, instead of by a till."""

    def day(self, today: datetime.date) -> datetime.date:
        """Return the date that is printed."""
        return today - datetime.timedelta(days=self.days_ago)

    @property
    def subtotal_minor(self) -> int:
        """The sum of the lines."""
        return sum(item.amount_minor for item in self.items)

    def tax_lines(self) -> Iterator[TaxLine]:
        """Yield what each rate comes to, the lower rate first; rounded half up, as tills do."""
        for rate, group in groupby(sorted(self.items, key=lambda item: item.rate), key=lambda item: item.rate):
            amount = sum(item.amount_minor for item in group)
            base = Decimal(100) + rate if self.taxes == "included" else Decimal(100)
            tax = int((amount * rate / base).quantize(Decimal(1), rounding=ROUND_HALF_UP))
            yield TaxLine(rate=rate, net_minor=amount - tax if self.taxes == "included" else amount, tax_minor=tax)

    @property
    def total_minor(self) -> int:
        """What was paid: the lines, taxes that come on top, and the tip."""
        added = sum(line.tax_minor for line in self.tax_lines()) if self.taxes == "added" else 0
        return self.subtotal_minor + added + self.tip_minor

    def number(self, amount_minor: int) -> str:
        """Return an amount in this country's figures, without a sign of currency."""
        wording = self.wording
        digits = str(amount_minor).zfill(wording.minor_digits + 1)
        whole = digits[: len(digits) - wording.minor_digits]
        grouped = f"{int(whole):,}".replace(",", wording.thousands_mark)
        return grouped + (wording.decimal_mark + digits[len(whole) :] if wording.minor_digits else "")

    def money(self, amount_minor: int) -> str:
        """Return an amount with its currency, as it is printed beside the total."""
        return self.wording.money.format(self.number(amount_minor))

    def printed_rate(self, rate: Decimal) -> str:
        """Return a rate as this country writes it, without the sign of percent."""
        return f"{rate.normalize():f}".replace(".", self.wording.decimal_mark)
