"""What the slots of a date template say -> the days that are meant."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import TypeVar

from core.language import calendar_days as days
from core.language.date_ranges import DAYS_OF_RANGE_MAX
from core.language.phrasebook import DateKind, Phrasebook
from core.language.text import clean, fold

Slots = dict[str, str]
Days = tuple[date, date]
Meaning = TypeVar("Meaning")

_TENTHS_OF_MONTH = {
    DateKind.START_OF_MONTH: (1, 10),
    DateKind.MIDDLE_OF_MONTH: (11, 20),
    DateKind.END_OF_MONTH: (21, 0),
}


class DateResolver:
    """The meanings of the words that stand in the slots of one phrasebook's templates."""

    def __init__(self, phrasebook: Phrasebook) -> None:
        self._relative_days = folded(phrasebook.relative_days)
        self._counts = folded(phrasebook.counts)
        self._units = folded(phrasebook.units)
        self._months = folded(phrasebook.months)
        self._weekdays = folded({**phrasebook.weekday_abbreviations, **phrasebook.weekdays})
        self._day_words = folded(phrasebook.day_words)

    def days(self, kind: DateKind, slots: Slots, today: date) -> Days | None:
        """First and last day; None where there is no such day.

        Raises OverflowError before the first and after the last year of the calendar.
        """
        if kind in {DateKind.LAST_UNITS, DateKind.NEXT_UNITS}:
            count = self._count(slots.get("count", "1"))
            return days.whole_units(count, self._units[slots["unit"]], today, ahead=kind is DateKind.NEXT_UNITS)
        if kind in _TENTHS_OF_MONTH:
            return self._tenth_of_month(*_TENTHS_OF_MONTH[kind], slots, today)
        if kind is DateKind.DAY_RANGE:
            return self._day_range(slots, today)
        if kind is DateKind.MONTH_RANGE:
            return self._month_range(slots, today)
        if kind is DateKind.LAST_WEEK:
            return days.whole_units(1, "week", today, ahead=False)
        if kind is DateKind.LAST_WEEKEND:
            saturday = days.latest_weekday(5, today)
            return saturday, saturday + timedelta(days=1)
        if kind is DateKind.LAST_MONTH:
            return days.whole_units(1, "month", today, ahead=False)
        day = self._single_day(kind, slots, today)
        return None if day is None else (day, day)

    def _single_day(self, kind: DateKind, slots: Slots, today: date) -> date | None:
        if kind is DateKind.RELATIVE_DAY:
            return today + timedelta(days=self._relative_days[slots["relative_day"]])
        if kind is DateKind.UNITS_AGO:
            return days.units_before(self._count(slots.get("count", "1")), self._units[slots["unit"]], today)
        if kind is DateKind.DAY_OF_MONTH:
            return days.latest_day_of_month(self._day(slots["day"]), today)
        if kind is DateKind.DAY_AND_MONTH:
            return self._day_and_month(slots, self._day(slots["day"]), today)
        return self._weekday(kind, slots, today)

    def _weekday(self, kind: DateKind, slots: Slots, today: date) -> date | None:
        weekday = self._weekdays[slots.get("weekday") or slots["weekday_name"]]
        if kind is DateKind.WEEKDAY_AND_DAY:
            return days.latest_weekday_and_day(weekday, self._day(slots["day"]), today)
        if kind is DateKind.WEEKDAY_OF_MONTH:
            year, month = self._month_and_year(slots, today)
            return days.nth_weekday_of_month(self._day(slots["ordinal"]), weekday, year, month)
        if kind is DateKind.WEEKDAY_OF_THIS_WEEK:
            return days.latest_weekday(weekday, today)
        if kind is DateKind.WEEKDAY_OF_LAST_WEEK:
            return days.monday_of_last_week(today) + timedelta(days=weekday)
        return days.latest_weekday_before(weekday, today)

    def _day_and_month(self, slots: Slots, day: int, today: date) -> date | None:
        month = self._month(slots)
        written = slots.get("year") or slots.get("short_year")
        if written:
            return days.valid_date(days.full_year(int(written.lstrip("'")), today), month, day)
        return days.latest_day_and_month(month, day, today)

    def _day_range(self, slots: Slots, today: date) -> Days | None:
        first_slots = slots | {"month": slots["first_month"]} if "first_month" in slots else slots
        month, day = self._month(first_slots), self._day(slots["day"])
        year = days.year_of_range(month, day, today)
        if "year" in slots:
            year = days.full_year(int(slots["year"].lstrip("'")), today) - (self._month(slots) < month)
        first = days.valid_date(year, month, day)
        last = days.valid_date(year + (self._month(slots) < month), self._month(slots), self._day(slots["last_day"]))
        if first is None or last is None or not first < last <= first + timedelta(days=DAYS_OF_RANGE_MAX):
            return None
        return first, last

    def _month_range(self, slots: Slots, today: date) -> Days | None:
        first = (
            int(slots["first_month_number"]) if "first_month_number" in slots else self._months[slots["first_month"]]
        )
        last = self._month(slots)
        year = int(slots["year"]) if "year" in slots else days.year_of_range(first, 1, today)
        last_year = int(slots["last_year"]) if "last_year" in slots else year + (last < first)
        return (date(year, first, 1), days.month_end(last_year, last)) if (last_year, last) > (year, first) else None

    def _tenth_of_month(self, first_day: int, last_day: int, slots: Slots, today: date) -> Days:
        year, month = self._month_and_year(slots, today)
        return date(year, month, first_day), date(year, month, last_day) if last_day else days.month_end(year, month)

    def _month_and_year(self, slots: Slots, today: date) -> tuple[int, int]:
        """The month that is named, or the current one."""
        if "month" not in slots and "month_number" not in slots:
            return today.year, today.month
        month = self._month(slots)
        return int(slots["year"]) if "year" in slots else days.year_of_range(month, 1, today), month

    def _month(self, slots: Slots) -> int:
        return int(slots["month_number"]) if "month_number" in slots else self._months[slots["month"]]

    def _count(self, written: str) -> int:
        return int(written) if written.isdecimal() else self._counts[written]

    def _day(self, written: str) -> int:
        digits = re.match(r"\d+", written)
        return int(digits[0]) if digits else self._day_words.get(written, 0)


def folded(words: Mapping[str, Meaning]) -> dict[str, Meaning]:
    """The same words as they stand in a folded text."""
    return {fold(clean(word)): meaning for word, meaning in words.items()}
