"""Reading a number as people write it: separators of either kind, groups, and no separators at all."""

import re
from decimal import Decimal

DIGITS_MAX = 18

_SPACE_GROUPS = r"\d{1,3}(?:[ ]\d{3})+(?!\d)(?:[.,]\d{1,4}(?!\d))?"
_FIXED_GROUPS = r"\d{1,3}(?:[\u00a0']\d{3})+(?!\d)(?:[.,]\d{1,4}(?!\d))?"
# "10 000" is one number in every locale, since no second number begins with a zero.
_ZERO_GROUPS = r"\d{1,3}[ ]0\d{2}(?:[ ]\d{3})*(?!\d)(?:[.,]\d{1,4}(?!\d))?"
_PLAIN = r"\d+(?:[.,]\d+)*"
NUMBER = re.compile(rf"{_FIXED_GROUPS}|{_ZERO_GROUPS}|{_PLAIN}")
NUMBER_WITH_SPACES = re.compile(rf"{_FIXED_GROUPS}|{_SPACE_GROUPS}|{_PLAIN}")
"""The same where the locale groups thousands by a space."""


def read_number(written: str, *, decimal_separator: str, decimals_max: int = 2) -> Decimal | None:
    """The value of a written number, or None where its separators make no sense.

    Args:
        written: digits, with "." "," "'" and spaces between them.
        decimal_separator: the locale's; it decides only what the digits leave open.
        decimals_max: of the currency; three digits after a lone separator are decimals only for a currency that has
            as many, since "1.234" is a thousand and more in the mouth of most people, whatever their locale.
    """
    digits = re.sub(r"[ \u00a0']", "", written)
    if len(digits) > DIGITS_MAX or not digits.isascii():
        return None
    separators = [character for character in digits if character in ".,"]
    if not separators:
        return Decimal(digits)
    if len(set(separators)) == 2:
        return _with_both(digits, separators)
    separator = separators[0]
    parts = digits.split(separator)
    if len(separators) > 1:
        return Decimal("".join(parts)) if _are_groups(parts) else None
    whole, decimals = parts
    could_be_group = len(decimals) == 3 and len(whole) <= 3 and not whole.startswith("0") and digits == written
    if could_be_group and not (decimals_max >= 3 and separator == decimal_separator):
        return Decimal(whole + decimals)
    return Decimal(f"{whole}.{decimals}")


def _with_both(digits: str, separators: list[str]) -> Decimal | None:
    decimal = separators[-1]
    if separators.count(decimal) > 1:
        return None
    whole, _, decimals = digits.rpartition(decimal)
    parts = re.split(r"[.,]", whole)
    return Decimal(f"{''.join(parts)}.{decimals}") if _are_groups(parts) else None


def _are_groups(parts: list[str]) -> bool:
    """Whether these are groups of three; those between may have two, as in India."""
    return len(parts[-1]) == 3 and 1 <= len(parts[0]) <= 3 and all(len(part) in {2, 3} for part in parts[1:-1])
