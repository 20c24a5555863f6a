"""What is kept of a reading comes back as it was, and an amount is made of it only where it can be booked."""

import datetime
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import Money
from core.receipts.port import Box, Field, Reading, TaxLine
from core.receipts.record import SURE_THOUSANDTHS, fields_of, kept

BOX = Box(page=0, left=0.1, top=0.1, right=0.2, bottom=0.2)
confidences = st.floats(0, 1)


def fields(values: st.SearchStrategy[object]) -> st.SearchStrategy[Field[object]]:
    return st.builds(Field, value=st.none() | values, confidence=confidences)


totals = st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**20), max_value=10**20)
readings = st.builds(
    Reading,
    merchant=fields(st.text(max_size=300)),
    date=fields(st.dates()),
    total=fields(totals),
    currency=fields(st.sampled_from(["EUR", "JPY", "KWD", "XXX", "???", ""])),
    tax=fields(totals),
    tax_lines=st.lists(
        st.builds(TaxLine, rate_percent=st.none() | totals, amount=totals, box=st.just(BOX)), max_size=3
    ).map(tuple),
)


@given(reading=readings)
def test_what_is_kept_survives_its_journey_through_json(reading: Reading) -> None:
    found = fields_of(json.loads(json.dumps(kept(reading))))
    assert (found.merchant, found.date, found.currency) == (
        reading.merchant.value,
        reading.date.value,
        reading.currency.value,
    )
    assert (None if found.total is None else Decimal(found.total)) == reading.total.value


@given(reading=readings)
def test_an_amount_is_one_that_can_be_booked_or_none(reading: Reading) -> None:
    amount = fields_of(kept(reading)).amount("EUR")
    if amount is None:
        return
    assert reading.total.value is not None
    assert amount.to_decimal() == reading.total.value
    assert amount.currency.code == (reading.currency.value or "EUR")


@pytest.mark.parametrize(
    ("total", "currency", "amount"),
    [
        ("16.70", "EUR", Money.of("16.70", "EUR")),
        ("16.70", None, Money.of("16.70", "EUR")),
        ("1500", "JPY", Money.of("1500", "JPY")),
        ("12.50", "JPY", None),
        ("1.234", "KWD", Money.of("1.234", "KWD")),
        ("1.234", "EUR", None),
        (None, "EUR", None),
        ("16.70", "no currency", None),
        ("99999999999999999999", "EUR", None),
    ],
)
def test_amounts(total: str | None, currency: str | None, amount: Money | None) -> None:
    reading = Reading(
        total=Field(value=None if total is None else Decimal(total), confidence=1),
        currency=Field(value=currency, confidence=1),
    )
    assert fields_of(kept(reading)).amount("EUR") == amount


@given(confidence=confidences)
def test_what_is_not_sure_is_marked(confidence: float) -> None:
    reading = Reading(
        merchant=Field(value="Cafe", confidence=confidence),
        date=Field(value=datetime.date(2026, 3, 11), confidence=1.0),
        total=Field(confidence=confidence),
    )
    doubtful = fields_of(kept(reading)).doubtful
    assert doubtful == ({"merchant"} if round(confidence * 1000) < SURE_THOUSANDTHS else set())
