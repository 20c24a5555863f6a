"""Single fields of a form, read by the grammars of whole sentences."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from bot.phrasebook import phrasebook_for
from core.language import parse_amount, parse_date

REFERENCE = datetime(2026, 3, 12, 9, 30)  # noqa: DTZ001 - a Thursday, local to whoever writes


@pytest.mark.parametrize(
    ("locale", "text", "amount", "currency"),
    [
        ("de", "23,50 €", "23.50", "EUR"),
        ("de", " 1.234,5 ", "1234.5", None),
        ("de", "1.234", "1234", None),
        ("de", "5.02", "5.02", None),
        ("en", "$1,234.50", "1234.50", "USD"),
        ("en", "twenty euros", "20", "EUR"),
        ("en", "1.5k USD", "1500", "USD"),
        ("fr", "1 234,50 €", "1234.50", "EUR"),
        ("ja", "3万円", "30000", "JPY"),
        ("zh-CN", "¥12.34", "12.34", "CNY"),
        ("ru", "2 тыс. руб.", "2000", "RUB"),
    ],
)
def test_an_amount_alone(locale: str, text: str, amount: str, currency: str | None) -> None:
    found = parse_amount(text, locale=locale, phrasebook=phrasebook_for(locale))
    assert found is not None
    assert (found.amount, found.currency) == (Decimal(amount), currency)


@pytest.mark.parametrize("text", ["", "taxi", "taxi 12", "12 EUR yesterday", "2 nights", "12-14", "1.2.3.4"])
def test_what_is_more_or_less_than_an_amount_is_refused(text: str) -> None:
    assert parse_amount(text, locale="en", phrasebook=phrasebook_for("en")) is None


@pytest.mark.parametrize(
    ("locale", "text", "expected"),
    [
        ("en", "yesterday", date(2026, 3, 11)),
        ("en", "2026-03-12", date(2026, 3, 12)),
        ("en", "3/5", date(2026, 3, 5)),
        ("en_GB", "3/5", date(2025, 5, 3)),
        ("en", "Thursday", date(2026, 3, 5)),
        ("en", "two weeks ago", date(2026, 2, 26)),
        ("en", "Feb 29", date(2024, 2, 29)),
        ("en", "Dec 24 '24", date(2024, 12, 24)),
        ("de", "12.3.", date(2026, 3, 12)),
        ("de", "13.3.", date(2025, 3, 13)),
        ("de", "5.02", date(2026, 2, 5)),
        ("de", "vorgestern", date(2026, 3, 10)),
        ("de", "yesterday", date(2026, 3, 11)),
        ("ja", "3月5日", date(2026, 3, 5)),
        ("nl", "5-2", date(2026, 2, 5)),
    ],
)
def test_a_date_alone(locale: str, text: str, expected: date) -> None:
    assert parse_date(text, locale=locale, reference=REFERENCE, phrasebook=phrasebook_for(locale)) == expected


@pytest.mark.parametrize("text", ["", "taxi", "taxi yesterday", "31/31", "Feb 30 2025", "12-14 March", "45", "sun"])
def test_what_is_more_or_less_than_a_date_is_refused(text: str) -> None:
    assert parse_date(text, locale="en", reference=REFERENCE, phrasebook=phrasebook_for("en")) is None
