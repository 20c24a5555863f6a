"""Two dates that are the ends of one range: "from July 13th to the 15th", "14. - 15.10.", "28 May until 3 June"."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from core.language import calendar_days as days
from core.language.found_date import FoundDate
from core.language.phrasebook import Phrasebook
from core.language.text import Lexicon, alternation, skip_spaces, skip_spaces_back

DAYS_OF_RANGE_MAX = 92  # a stay, a conference or a quarter; what is longer is two dates that stand side by side

_DASHES = "-–—~〜～/"


class DateRanges:
    """The ways to join two dates in one phrasebook, compiled."""

    def __init__(self, phrasebook: Phrasebook) -> None:
        suffix = rf"(?:{alternation(phrasebook.ordinal_suffixes)}|\.)?"
        words = alternation(phrasebook.day_words)
        self._day_before = re.compile(rf"(?<![\w.,:/])(?:(\d{{1,2}}){suffix}|({words}))\s*\Z")
        self._day_after = re.compile(rf"(?:(\d{{1,2}}){suffix}|({words}))(?![\w%°]|[.,:/-]\d)")
        self._day_words = {**phrasebook.day_words}
        self._joiners = Lexicon(dict.fromkeys(phrasebook.range_joiners, True))
        self._articles = Lexicon(dict.fromkeys(phrasebook.date_before, True))
        self._weekdays = Lexicon(dict.fromkeys((*phrasebook.weekdays, *phrasebook.weekday_abbreviations), True))
        self._not_days = Lexicon(
            dict.fromkeys((*phrasebook.currency_words, *phrasebook.quantity_after, *phrasebook.months), True)
        )

    def join(self, text: str, found: list[FoundDate], today: date) -> list[FoundDate]:
        """The same dates, from the left, with those that are the two ends of a range as one."""
        joined: list[FoundDate] = []
        for of in sorted(found, key=lambda each: (each.start, -each.end)):
            range_ = self._ending(text, of, joined[-1] if joined else None, today) if of.names_month else None
            if range_ is not None:
                joined = [other for other in joined if not other.overlaps(range_.start, range_.end)]
            joined.append(range_ or of)
        return [self._with_day_after(text, of) or of for of in joined]

    def _ending(self, text: str, last: FoundDate, previous: FoundDate | None, today: date) -> FoundDate | None:
        """The range that ends with a date, where a date or a day stands before it and is joined to it."""
        for joined_at in self._joined_before(text, last.start):
            if previous is not None and previous.end == joined_at and previous.names_month:
                return _range(previous, last, today)
            day = self._day_before.search(text, max(0, joined_at - 24), joined_at)
            if day is not None and not (previous and previous.overlaps(day.start(), last.end)):
                first = self._day_in_month_of(self._number(day), last)
                if first is not None:
                    start = self._weekday_start(text, day.start())
                    return _range(replace(last, start=start, end=joined_at, first=first, last=first), last, today)
        return None

    def _with_day_after(self, text: str, first: FoundDate) -> FoundDate | None:
        """The range that begins with a date and ends with a day of its month: "July 13 to 15"."""
        if not first.names_month or first.first != first.last:
            return None
        for start, is_dash in self._joined_after(text, first.end):
            day = self._day_after.match(text, start)
            if day is None or self._not_days.starting(text, skip_spaces(text, day.end())):
                continue
            last = days.valid_date(first.first.year, first.first.month, self._number(day))
            if last is not None and last > first.first:
                return replace(first, end=day.end(), last=last, weak=first.weak or (is_dash and day[2] is None))
        return None

    def _joined_before(self, text: str, start: int) -> Iterator[int]:
        """Where the text before a joiner ends; articles and a weekday between joiner and date are passed over."""
        position = self._weekday_start(text, start)
        for _ in range(3):
            before = skip_spaces_back(text, position)
            if joiner := self._joiners.ending(text, before):
                yield skip_spaces_back(text, joiner[0])
            if before and text[before - 1] in _DASHES:
                yield skip_spaces_back(text, before - 1)
            article = self._articles.ending(text, before)
            if article is None:
                return
            position = article[0]

    def _joined_after(self, text: str, end: int) -> Iterator[tuple[int, bool]]:
        position = skip_spaces(text, end)
        if text[position : position + 1] and text[position] in _DASHES[:-1]:
            yield skip_spaces(text, position + 1), True
        joiner = self._joiners.starting(text, position)
        if joiner is not None:
            after = skip_spaces(text, joiner[0])
            article = self._articles.starting(text, after)
            yield after, False
            if article is not None:
                yield skip_spaces(text, article[0]), False

    def _weekday_start(self, text: str, start: int) -> int:
        before = skip_spaces_back(text, start)
        weekday = self._weekdays.ending(text, before - (text[before - 1 : before] == ","))
        return weekday[0] if weekday else start

    def _number(self, day: re.Match[str]) -> int:
        return int(day[1]) if day[1] else self._day_words[day[2]]

    @staticmethod
    def _day_in_month_of(day: int, last: FoundDate) -> date | None:
        """The day of that number before a date, in its month or else in the month before."""
        same = days.valid_date(last.first.year, last.first.month, day)
        if same is not None and same < last.first:
            return same
        year, month = days.shifted_month(last.first.year, last.first.month, -1)
        return days.valid_date(year, month, day)


def _range(first: FoundDate, last: FoundDate, today: date) -> FoundDate | None:
    """The range between two dates, in the year that either names, or else in the one that lies nearest."""
    ends = _days_between(first, last, today)
    if ends is None or not timedelta(0) < ends[1] - ends[0] <= timedelta(days=DAYS_OF_RANGE_MAX):
        return None
    return FoundDate(
        start=first.start,
        end=last.end,
        first=ends[0],
        last=ends[1],
        names_month=True,
        names_year=first.names_year or last.names_year,
    )


def _days_between(first: FoundDate, last: FoundDate, today: date) -> tuple[date, date] | None:
    if first.names_year and last.names_year:
        return first.first, last.first
    wraps = (first.first.month, first.first.day) > (last.first.month, last.first.day)
    if last.names_year:
        year = last.first.year - wraps
    elif first.names_year:
        year = first.first.year
    else:
        year = days.year_of_range(first.first.month, first.first.day, today)
    begins = days.valid_date(year, first.first.month, first.first.day)
    ends = days.valid_date(year + wraps, last.first.month, last.first.day)
    return (begins, ends) if begins and ends else None
