"""CSV that an accountant's program opens and that runs no formula. Pure; takes rendered labels."""

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

BYTE_ORDER_MARK = "\ufeff"
"""What makes Excel read a CSV as UTF-8 (Python's "utf-8-sig")."""
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""With these, spreadsheets take a cell for a formula. Source: OWASP, CSV Injection; the full-width forms for Excel in Asia."""


def safe_cell(words: str) -> str:
    """Return a text as a cell that stays text: one that could begin a formula gets an apostrophe before it."""
    return f"'{words}" if words.lstrip(" ").startswith(_STARTS_FORMULA) else words


def spreadsheet(header: Sequence[str], rows: Iterable[Sequence[str | Decimal]], *, decimal_comma: bool) -> bytes:
    """Return a CSV with a header. Where people write a decimal comma, cells are divided by semicolons, as Excel expects."""
    out = io.StringIO()
    out.write(BYTE_ORDER_MARK)
    writer = csv.writer(out, delimiter=";" if decimal_comma else ",", lineterminator="\r\n")
    writer.writerow([safe_cell(each) for each in header])
    for row in rows:
        writer.writerow([_cell(each, decimal_comma=decimal_comma) for each in row])
    return out.getvalue().encode()


def _cell(value: str | Decimal, *, decimal_comma: bool) -> str:
    if isinstance(value, Decimal):  # a number of ours: a minus before it is no formula
        return f"{value:f}".replace(".", ",") if decimal_comma else f"{value:f}"
    return safe_cell(value)
