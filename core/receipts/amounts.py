"""Amounts in the rows of a receipt, with the misreadings of cheap printers: split decimals, letters for digits."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from core.language.numbers import read_number
from core.receipts.layout import Row
from core.receipts.port import Box

AMOUNT_MAX = Decimal(10**9)  # nobody's receipt; what is more is a number of something

_DIGIT_SHAPES = str.maketrans(
    {"O": "0", "o": "0", "Q": "0", "D": "0", "l": "1", "I": "1", "|": "1", "S": "5", "B": "8"}
)
_DIGITISH = re.compile(r"(?<![A-Za-z])[\dOoQDlI|SB]*\d[\dOoQDlI|SB]*(?![A-Za-z])")

_WHOLE = r"(?:\d{1,3}(?:[.,'’]\d{3})+|\d{1,3}(?: \d{3})+|\d{1,9})"
_WITH_DECIMALS = re.compile(
    rf"(?<![\d:/])(?<!\d[.,\-])(?P<minus>[-–−]\s?|\()?(?P<whole>{_WHOLE})\s?[.,]\s?(?P<decimals>\d{{2}})"
    r"(?![\d%:/]|[.,\-]\d|\s?%)(?P<after>\s?-(?!\d)|\))?"
)
_WITHOUT_DECIMALS = re.compile(
    r"(?<![\d.,:/\-#])(?P<minus>[-–−]\s?)?(?P<whole>\d{1,3}(?:[.,]\d{3})+|\d{1,9})(?![\d%:/]|[.,\-]\d|\s?%)"
)
_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A number that can be an amount: its place in its row's text, its value in major units, and how it is written.

    `has_decimals`: two digits after the separator; without them it is an amount only beside a currency, after a word
    for a total, or on a receipt whose currency has no decimals.
    """

    start: int
    end: int
    value: Decimal
    has_decimals: bool
    is_grouped: bool
    confidence: float
    box: Box


def amounts_of(row: Row) -> list[Amount]:
    """The amounts of a row, from the left; those with decimals first decide what the others may not touch."""
    text = as_digits(row.text)
    found = list(_with_decimals(text, row))
    taken = [(amount.start, amount.end) for amount in found]
    for match in _WITHOUT_DECIMALS.finditer(text):
        if any(match.start() < end and start < match.end() for start, end in taken):
            continue
        if amount := _amount(match, match["whole"], row, negative=bool(match["minus"]), has_decimals=False):
            found.append(amount)
    return sorted(found, key=lambda amount: amount.start)


def as_digits(text: str) -> str:
    """Letters that stand among digits made the digits that they look like; every position stays."""
    return _DIGITISH.sub(_made_digits, text)


def _made_digits(match: re.Match[str]) -> str:
    written = match.group()
    if 2 * sum(map(str.isdigit, written)) < len(written):
        return written
    return written.translate(_DIGIT_SHAPES)


def _with_decimals(text: str, row: Row) -> Iterator[Amount]:
    for match in _WITH_DECIMALS.finditer(text):
        whole = match["whole"]
        if " " in whole and not _stands_close(row, match.start("whole"), match.end("whole")):
            whole = whole.rpartition(" ")[2]
        start = match.end("whole") - len(whole)
        written = re.sub(r"[ '’]", "", whole)
        separator = text[match.end("whole") : match.start("decimals")].strip()
        # Thousands that are set apart by the same sign as the decimals were misread: one of the two is the other sign.
        written = re.sub(r"[.,]", "," if separator == "." else ".", written)
        is_negative = start == match.start("whole") and bool(match["minus"] or (match["after"] or "").strip() == "-")
        amount = _amount(
            match,
            f"{written}{separator}{match['decimals']}",
            row,
            negative=is_negative,
            has_decimals=True,
            start=start if whole != match["whole"] else match.start(),
        )
        if amount:
            yield amount


def _stands_close(row: Row, start: int, end: int) -> bool:
    """Whether words of digits stand so near each other that they are the groups of one number ("1 234,56")."""
    words = row.words_at(start, end)
    widths = [(word.right - word.left) / max(len(word.text), 1) for word in words]
    gaps = [right.left - left.right for left, right in pairwise(words)]
    return all(gap <= 1.0 * max(widths) for gap in gaps)


def _amount(
    match: re.Match[str], written: str, row: Row, *, negative: bool, has_decimals: bool, start: int | None = None
) -> Amount | None:
    value = read_number(written, decimal_separator=".")
    if value is None or value > AMOUNT_MAX:
        return None
    begin = match.start() if start is None else start
    return Amount(
        start=begin,
        end=match.end(),
        value=-value if negative else value,
        has_decimals=has_decimals,
        is_grouped=_GROUPED.fullmatch(written) is not None,
        confidence=row.confidence(begin, match.end()),
        box=row.box(begin, match.end()),
    )
