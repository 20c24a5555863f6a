"""Sentences that people write, in every language that has phrases, each with what it says.

The files in `sentences/` are the table: what a row does not name must not be found.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.phrasebook import phrasebook_for
from core.language import understand

FOLDER = Path(__file__).parent / "sentences"
REFERENCE = datetime(2026, 3, 12, 9, 30)  # noqa: DTZ001 - a Thursday, local to whoever writes


def _rows() -> list[Any]:
    return [
        pytest.param(row.get("locale", file.stem), row, id=f"{row.get('locale', file.stem)}-{row['text']}")
        for file in sorted(FOLDER.glob("*.yaml"))
        for row in yaml.safe_load(file.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize(("locale", "row"), _rows())
def test_a_sentence_is_understood(locale: str, row: dict[str, Any]) -> None:
    found = understand(row["text"], locale=locale, reference=REFERENCE, phrasebook=phrasebook_for(locale))
    amount = None if found.amount is None else str(found.amount)
    assert (amount, found.currency) == (row.get("amount"), row.get("currency"))
    assert (found.date, found.date_end) == (row.get("date"), row.get("date_end"))
    assert (found.item, found.merchant) == (row.get("item"), row.get("merchant"))
    assert found.category == row.get("category")
    assert (list(found.tags), list(found.participants)) == (row.get("tags", []), row.get("participants", []))


@pytest.mark.parametrize(
    ("text", "default_currency", "currency"),
    [
        ("coffee $4", "CAD", "CAD"),
        ("coffee $4", "EUR", "USD"),
        ("taxi 90 kr", "DKK", "DKK"),
        ("lunch ¥80", "CNY", "CNY"),
        ("lunch 80", "CNY", None),
    ],
)
def test_an_ambiguous_sign_means_what_the_person_usually_pays_in(
    text: str, default_currency: str, currency: str | None
) -> None:
    found = understand(
        text,
        locale="en",
        reference=REFERENCE,
        phrasebook=phrasebook_for("en"),
        default_currency=default_currency,
    )
    assert found.currency == currency


def test_three_decimals_are_decimals_only_for_a_currency_that_has_them() -> None:
    def amount(default_currency: str) -> str:
        book = phrasebook_for("en")
        found = understand(
            "lunch 1.250", locale="en", reference=REFERENCE, phrasebook=book, default_currency=default_currency
        )
        return str(found.amount)

    assert (amount("KWD"), amount("EUR")) == ("1.250", "1250")
