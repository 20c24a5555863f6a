"""Currencies of ISO 4217 and amounts in their minor units."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Self

import iso4217

AMOUNT_MINOR_MAX = 10**15
"""The largest magnitude of an amount, in minor units: far above any expense, and exact in every JSON reader (2**53)."""


class MoneyError(ValueError):
    """What is wrong with an amount or a currency."""


class UnknownCurrency(MoneyError):
    """The code is not a currency of ISO 4217 that has minor units."""

    def __init__(self, code: str) -> None:
        super().__init__(f"{code!r} is not a currency code of ISO 4217")
        self.code = code


class InvalidAmount(MoneyError):
    """The text or number is not a finite decimal."""

    def __init__(self, amount: object) -> None:
        super().__init__(f"{amount!r} is not an amount")
        self.amount = amount


class TooManyDecimals(MoneyError):
    """The amount is finer than the currency's minor unit."""

    def __init__(self, amount: Decimal, currency: "Currency") -> None:
        super().__init__(f"{amount} has more than the {currency.exponent} decimals of {currency.code}")
        self.amount = amount
        self.currency = currency


class AmountOutOfRange(MoneyError):
    """The amount is beyond AMOUNT_MINOR_MAX on either side."""

    def __init__(self, amount: object, currency: "Currency") -> None:
        super().__init__(f"{amount} {currency.code} is beyond {AMOUNT_MINOR_MAX} minor units")
        self.amount = amount
        self.currency = currency


class CurrencyMismatch(MoneyError):
    """Two amounts of different currencies cannot be added or compared without a rate."""

    def __init__(self, left: "Currency", right: "Currency") -> None:
        super().__init__(f"{left.code} and {right.code} do not mix without a rate")
        self.left = left
        self.right = right


@lru_cache(maxsize=512)
def _currency(code: str) -> "Currency":
    try:
        entry = iso4217.Currency(code)
    except ValueError:
        raise UnknownCurrency(code) from None
    if entry.exponent is None:  # gold, test codes and drawing rights have no minor unit, so nobody spends them
        raise UnknownCurrency(code)
    return Currency(code=code, exponent=entry.exponent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Currency:
    """A currency of ISO 4217: its code of three capital letters, and how many decimals its minor unit has (0 to 4)."""

    code: str
    exponent: int

    @classmethod
    def of(cls, code: str) -> "Currency":
        """Look a currency up by its code, in either case; the answer is cached. Raises UnknownCurrency."""
        return _currency(code.upper())

    def __str__(self) -> str:
        return self.code


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of a currency, of either sign, at most AMOUNT_MINOR_MAX in magnitude.

    Amounts of one currency add, subtract, negate and compare; other currencies raise CurrencyMismatch, except that
    `==` says that they differ.
    """

    amount_minor: int
    currency: Currency

    def __post_init__(self) -> None:
        if type(self.amount_minor) is not int:  # a float or a truth value that no type checker saw
            raise InvalidAmount(self.amount_minor)
        if abs(self.amount_minor) > AMOUNT_MINOR_MAX:
            raise AmountOutOfRange(self.amount_minor, self.currency)

    @classmethod
    def of(cls, amount: Decimal | str | int, currency: Currency | str) -> Self:
        """Make money of an amount in major units, exactly: nothing is rounded.

        Raises InvalidAmount, TooManyDecimals, AmountOutOfRange or UnknownCurrency. Trailing zeros are no decimals:
        "5.000" is five euros.
        """
        if not isinstance(currency, Currency):
            currency = Currency.of(currency)
        if isinstance(amount, bool) or not isinstance(amount, Decimal | str | int):
            raise InvalidAmount(amount)  # a float among them: it is inexact before it arrives here
        try:
            value = Decimal(amount)
        except InvalidOperation:
            raise InvalidAmount(amount) from None
        if not value.is_finite():
            raise InvalidAmount(amount)
        if value.adjusted() > len(str(AMOUNT_MINOR_MAX)):  # before scaling, so that 1e999999 costs nothing
            raise AmountOutOfRange(amount, currency)
        if value.adjusted() < -currency.exponent and value:
            raise TooManyDecimals(value, currency)
        numerator, denominator = value.as_integer_ratio()
        amount_minor, remainder = divmod(numerator * 10**currency.exponent, denominator)
        if remainder:
            raise TooManyDecimals(value, currency)
        return cls(amount_minor, currency)

    def to_decimal(self) -> Decimal:
        """The amount in major units, with exactly the currency's decimals."""
        sign, digits = int(self.amount_minor < 0), tuple(map(int, str(abs(self.amount_minor))))
        return Decimal((sign, digits, -self.currency.exponent))  # built from digits, so no context rounds it

    def decimal_string(self) -> str:
        """The amount in major units as plain digits: "23.50" EUR, "1000" JPY, "1.234" KWD, "-0.05" EUR."""
        return f"{self.to_decimal():f}"

    def _minor_of(self, other: "Money") -> int:
        if self.currency != other.currency:
            raise CurrencyMismatch(self.currency, other.currency)
        return other.amount_minor

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount_minor + self._minor_of(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount_minor - self._minor_of(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount_minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount_minor < self._minor_of(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount_minor <= self._minor_of(other)

    def __gt__(self, other: "Money") -> bool:
        return self.amount_minor > self._minor_of(other)

    def __ge__(self, other: "Money") -> bool:
        return self.amount_minor >= self._minor_of(other)

    def __str__(self) -> str:
        return f"{self.decimal_string()} {self.currency.code}"
