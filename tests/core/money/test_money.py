"""Money stays exact, bounded, and in its currency."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import (
    AMOUNT_MINOR_MAX,
    AmountOutOfRange,
    Currency,
    CurrencyMismatch,
    InvalidAmount,
    Money,
    TooManyDecimals,
    UnknownCurrency,
)

CODES = ["EUR", "USD", "JPY", "KWD", "CLF", "UGX", "MRU"]
amounts_minor = st.integers(min_value=-AMOUNT_MINOR_MAX, max_value=AMOUNT_MINOR_MAX)


@pytest.mark.parametrize(
    ("amount", "code", "amount_minor", "written"),
    [
        ("23.50", "EUR", 2350, "23.50"),
        ("23.5", "eur", 2350, "23.50"),
        ("1000", "JPY", 1000, "1000"),
        ("1.234", "KWD", 1234, "1.234"),
        ("-0.05", "USD", -5, "-0.05"),
        ("5.000", "EUR", 500, "5.00"),
        ("0", "EUR", 0, "0.00"),
        ("-0.00", "EUR", 0, "0.00"),
        ("0e-999999", "EUR", 0, "0.00"),
        ("1e3", "JPY", 1000, "1000"),
        (7, "CHF", 700, "7.00"),
        (Decimal("0.0001"), "CLF", 1, "0.0001"),
    ],
)
def test_amounts_become_minor_units_and_back(
    amount: Decimal | str | int, code: str, amount_minor: int, written: str
) -> None:
    money = Money.of(amount, code)
    assert money.amount_minor == amount_minor
    assert money.decimal_string() == written


@pytest.mark.parametrize("amount", ["", "abc", "NaN", "Infinity", "1,50", True, 1.5, None])
def test_what_is_no_decimal_is_refused(amount: object) -> None:
    with pytest.raises(InvalidAmount):
        Money.of(amount, "EUR")  # type: ignore[arg-type]  # the refusal of wrong types is what is tested


@pytest.mark.parametrize(
    ("amount", "code"), [("1.005", "EUR"), ("0.1", "JPY"), ("1.2345", "KWD"), ("1e-999999", "EUR")]
)
def test_finer_than_the_minor_unit_is_refused_not_rounded(amount: str, code: str) -> None:
    with pytest.raises(TooManyDecimals):
        Money.of(amount, code)


@pytest.mark.parametrize("amount", ["10000000000000.01", "-1e14", "1e999999"])
def test_beyond_the_bound_is_refused(amount: str) -> None:
    with pytest.raises(AmountOutOfRange):
        Money.of(amount, "EUR")


@pytest.mark.parametrize("code", ["", "EU", "XYZ", "€", "XAU", "XXX"])
def test_unknown_currencies_are_value_errors(code: str) -> None:
    with pytest.raises(UnknownCurrency) as caught:
        Currency.of(code)
    assert isinstance(caught.value, ValueError)


def test_a_currency_is_looked_up_once() -> None:
    assert Currency.of("EUR") is Currency.of("eur")


@given(amount_minor=amounts_minor, code=st.sampled_from(CODES))
def test_decimal_and_text_round_trip(amount_minor: int, code: str) -> None:
    money = Money(amount_minor, Currency.of(code))
    assert Money.of(money.to_decimal(), code) == money
    assert Money.of(money.decimal_string(), code) == money


@given(left=st.integers(-(10**14), 10**14), right=st.integers(-(10**14), 10**14))
def test_arithmetic_and_order_are_those_of_the_minor_units(left: int, right: int) -> None:
    euro = Currency.of("EUR")
    a, b = Money(left, euro), Money(right, euro)
    assert (a + b).amount_minor == left + right
    assert a - b == a + -b
    assert ((a < b), (a <= b), (a > b), (a >= b)) == ((left < right), (left <= right), (left > right), (left >= right))


def test_currencies_do_not_mix() -> None:
    euros, dollars = Money.of("1", "EUR"), Money.of("1", "USD")
    assert euros != dollars
    with pytest.raises(CurrencyMismatch):
        euros + dollars
    with pytest.raises(CurrencyMismatch):
        _ = euros < dollars
