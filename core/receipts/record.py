"""What a receipt is in the books, and what of a reading is sure enough to be shown without a mark. Pure."""

import datetime
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.money import Money, MoneyError
from core.receipts.port import Field, Reading

SURE_THOUSANDTHS = 750
"""From this confidence on, in thousandths, a value is shown without a mark."""
SIZE_BYTES_MAX = 20 * 10**6
"""How large a file may be: what Telegram lets a bot fetch (https://core.telegram.org/bots/api#getfile)."""


class ReceiptState(StrEnum):
    """Whether a receipt is still being read, was read, or could not be."""

    WAITING = "waiting"
    READ = "read"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFields:
    """What a receipt says, as it is kept. `doubtful`: the fields that a person should look at."""

    merchant: str | None
    date: datetime.date | None
    total: str | None
    currency: str | None
    doubtful: frozenset[str]

    def amount(self, base_currency: str) -> Money | None:
        """Return the total, in the receipt's currency or else in that of the books; None where none was found."""
        if self.total is None:
            return None
        try:
            return Money.of(self.total, self.currency or base_currency)
        except MoneyError:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A receipt as people see it."""

    id: str
    version: int
    batch_id: str
    owner_id: str
    account_id: str
    expense_id: str | None
    file_id: str | None
    media_type: str | None
    name: str
    state: ReceiptState
    fields: ReadFields | None
    refusal: str | None
    refusal_arguments: dict[str, Any]
    seen_before: bool


def kept(reading: Reading) -> dict[str, Any]:
    """Return what is kept of a reading, in JSON's own types: values, and confidences in thousandths, by field."""
    named: dict[str, Field[Any]] = {
        "merchant": reading.merchant,
        "date": reading.date,
        "total": reading.total,
        "currency": reading.currency,
        "tax": reading.tax,
    }
    fields: dict[str, Any] = {
        name: {
            "value": None if field.value is None else str(field.value),
            "confidence_thousandths": round(field.confidence * 1000),
        }
        for name, field in named.items()
    }
    fields["tax_lines"] = [
        {"rate": None if line.rate_percent is None else str(line.rate_percent), "amount": str(line.amount)}
        for line in reading.tax_lines
    ]
    return fields


def fields_of(reading: dict[str, Any]) -> ReadFields:
    """Return what was kept of a reading."""

    def value(name: str) -> str | None:
        found = reading.get(name, {}).get("value")
        return None if found is None else str(found)

    day = value("date")
    return ReadFields(
        merchant=value("merchant"),
        date=None if day is None else datetime.date.fromisoformat(day),
        total=value("total"),
        currency=value("currency"),
        doubtful=frozenset(
            name
            for name in ("merchant", "date", "total", "currency")
            if value(name) is not None and reading[name]["confidence_thousandths"] < SURE_THOUSANDTHS
        ),
    )
