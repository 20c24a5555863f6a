"""Dates that are written in numbers alone: "2026-03-12", "12.3.26", "3/12"."""

import re
from collections.abc import Iterator
from datetime import date

from core.language import calendar_days as days
from core.language.found_date import FoundDate
from core.language.phrasebook import Phrasebook

_YEAR_FIRST = re.compile(r"(?<![\w.,/-])(\d{4}|\d{2}(?=\. ))([-/.]|\. )(\d{1,2})\2(\d{1,2})(?![\d/-]|[.,]\d)")
_WITH_YEAR = re.compile(r"(?<![\w.,/-])(\d{1,2})([-/.]|\. )(\d{1,2})\2(\d{4}|\d{2})(?![\d/-]|[.,]\d)")
_WITHOUT_YEAR = re.compile(r"(?<![\w.,/:-])(\d{1,2})([-/.])(\d{1,2})(\.?)(?![\w/%-]|[.,:]\d)")


class NumericDates:
    """Numeric dates in the order of one phrasebook; an order that no calendar has gives way to the other one."""

    def __init__(self, phrasebook: Phrasebook) -> None:
        self._order = phrasebook.date_order
        self._dots_are_dates = "." in phrasebook.date_separators
        self._dots_are_decimals = phrasebook.decimal_separator == "."

    def find(self, text: str, today: date) -> list[FoundDate]:
        """All of them, from the left of each form; the forms with a year go first."""
        found: list[FoundDate] = []
        for match, day, weak in self._read(text, today):
            if day is not None and not any(other.overlaps(*match.span()) for other in found):
                found.append(
                    FoundDate(
                        start=match.start(),
                        end=match.end(),
                        first=day,
                        last=day,
                        weak=weak,
                        names_month=True,
                        names_year=match.re is not _WITHOUT_YEAR,
                    )
                )
        return found

    def _read(self, text: str, today: date) -> Iterator[tuple[re.Match[str], date | None, bool]]:
        for match in _YEAR_FIRST.finditer(text):
            year = days.full_year(int(match[1]), today)
            if self._order == "YMD" or len(match[1]) == 4:
                yield match, days.valid_date(year, int(match[3]), int(match[4])), False
        for match in _WITH_YEAR.finditer(text):
            yield match, self._with_year(match, today), False
        for match in _WITHOUT_YEAR.finditer(text):
            yield match, self._without_year(match, today), self._could_be_another_number(match)

    def _month_and_day(self, first: int, second: int) -> tuple[int, int]:
        month, day = (second, first) if self._order == "DMY" else (first, second)
        return (month, day) if month <= 12 else (day, month)

    def _with_year(self, match: re.Match[str], today: date) -> date | None:
        if self._order == "YMD" and len(match[4]) == 2:
            year_first = days.valid_date(days.full_year(int(match[1]), today), int(match[3]), int(match[4]))
            if year_first is not None:
                return year_first
        month, day = self._month_and_day(int(match[1]), int(match[3]))
        return days.valid_date(days.full_year(int(match[4]), today), month, day)

    def _without_year(self, match: re.Match[str], today: date) -> date | None:
        if match[2] == "." and (not self._dots_are_dates or (self._dots_are_decimals and not match[4])):
            return None
        if match[2] == "." and not match[4] and len(match[3]) == 2 and match[3][0] not in "01":
            return None  # "12.50" is an amount in every locale: no month begins with a five
        month, day = self._month_and_day(int(match[1]), int(match[3]))
        return days.latest_day_and_month(month, day, today)

    @staticmethod
    def _could_be_another_number(match: re.Match[str]) -> bool:
        """Whether it could as well be an amount, a score or a size: "5.02", "5-2"."""
        return match[2] == "-" or (match[2] == "." and not match[4])
