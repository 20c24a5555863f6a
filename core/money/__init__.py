"""Money as an integer of minor units and a currency, and its exact division."""

from core.money.allocation import allocate
from core.money.money import (
    AMOUNT_MINOR_MAX,
    AmountOutOfRange,
    Currency,
    CurrencyMismatch,
    InvalidAmount,
    Money,
    MoneyError,
    TooManyDecimals,
    UnknownCurrency,
)

__all__ = [
    "AMOUNT_MINOR_MAX",
    "AmountOutOfRange",
    "Currency",
    "CurrencyMismatch",
    "InvalidAmount",
    "Money",
    "MoneyError",
    "TooManyDecimals",
    "UnknownCurrency",
    "allocate",
]
