"""Finding dates in a folded text. An expense lies in the past, so what leaves its year open is the latest past day."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import TypeVar

from core.language import calendar_days as days
from core.language.found_date import FoundDate
from core.language.numeric_dates import NumericDates
from core.language.phrasebook import DateKind, DateTemplate, Phrasebook
from core.language.templates import as_words, check_template, compile_template
from core.language.text import MASK, Lexicon, alternation, clean, fold, skip_spaces, skip_spaces_back

Meaning = TypeVar("Meaning")

DAYS_OF_RANGE_MAX = 92  # a stay, a conference or a quarter; what is longer is two dates that stand side by side

_NOT_OF_AN_AMOUNT = r"(?!(?<=\d)[.,:]\d)"  # "April 7.50" holds no seventh
_NOT_OF_ANOTHER_NUMBER = r"(?![.,:/-]?\d)"  # the 5 of "on the 5.2." is no day of its own

# Alternatives are tried from the left, so kinds whose phrases contain those of others come first.
_ORDER = (
    DateKind.DAY_RANGE,
    DateKind.WEEKDAY_OF_LAST_WEEK,
    DateKind.WEEKDAY_OF_THIS_WEEK,
    DateKind.DAY_AND_MONTH,
    DateKind.RELATIVE_DAY,
    DateKind.UNITS_AGO,
    DateKind.PAST_WEEKDAY,
    DateKind.LAST_WEEKEND,
    DateKind.LAST_WEEK,
    DateKind.LAST_MONTH,
    DateKind.DAY_OF_MONTH,
)
_WEEKDAY = {"weekday", "weekday_name"}
_MONTH = {"month", "month_number"}
_NEEDED: dict[DateKind, tuple[set[str], ...]] = {
    DateKind.RELATIVE_DAY: ({"relative_day"},),
    DateKind.DAY_OF_MONTH: ({"day"},),
    DateKind.DAY_AND_MONTH: ({"day"}, _MONTH),
    DateKind.DAY_RANGE: ({"day"}, {"last_day"}, _MONTH),
    DateKind.UNITS_AGO: ({"unit"},),
    DateKind.PAST_WEEKDAY: (_WEEKDAY,),
    DateKind.WEEKDAY_OF_THIS_WEEK: (_WEEKDAY,),
    DateKind.WEEKDAY_OF_LAST_WEEK: (_WEEKDAY,),
}
_SLOTS = {"first_month", "year", "count"}.union(*(group for groups in _NEEDED.values() for group in groups))
_FOR_EVERY_LANGUAGE = (
    DateTemplate(kind=DateKind.RELATIVE_DAY, pattern="{relative_day}"),
    DateTemplate(kind=DateKind.PAST_WEEKDAY, pattern="{weekday_name}"),
)


def check_date_template(template: DateTemplate) -> None:
    """See that a template says what its kind needs. Raises InvalidTemplate."""
    check_template(template.pattern, known=_SLOTS, needed=_NEEDED.get(template.kind, ()))


class DateGrammar:
    """The ways to write a date in one phrasebook, compiled."""

    def __init__(self, phrasebook: Phrasebook) -> None:
        self._relative_days = _folded(phrasebook.relative_days)
        self._counts = _folded(phrasebook.counts)
        self._units = _folded(phrasebook.units)
        self._months = _folded(phrasebook.months)
        self._weekdays = _folded({**phrasebook.weekday_abbreviations, **phrasebook.weekdays})
        self._weekday_words = Lexicon(self._weekdays)
        self._before = Lexicon(dict.fromkeys(phrasebook.date_before, True))
        self._after = Lexicon(dict.fromkeys(phrasebook.date_after, True))
        self._currencies = Lexicon(phrasebook.currency_words)
        self._numeric = NumericDates(phrasebook)
        slots = _slots(phrasebook)
        templates = (*phrasebook.date_templates, *_FOR_EVERY_LANGUAGE)
        self._phrases = _Phrases(
            [of for of in templates if of.kind is not DateKind.DAY_OF_MONTH], slots, followed_by=_NOT_OF_AN_AMOUNT
        )
        self._days_of_month = _Phrases(
            [of for of in templates if of.kind is DateKind.DAY_OF_MONTH], slots, followed_by=_NOT_OF_ANOTHER_NUMBER
        )

    def find(self, text: str, today: date) -> list[FoundDate]:
        """All dates of a folded text, from the left; those that name no real day are none."""
        found = [*self._numeric.find(text, today), *self._in_words(self._phrases, text, today)]
        # A day alone is looked for last: "on the 3rd" must not take the day of "on the 3rd of March".
        rest = text
        for of in found:
            rest = rest[: of.start] + MASK * (of.end - of.start) + rest[of.end :]
        found += self._in_words(self._days_of_month, rest, today)
        return sorted((self._widened(text, of) for of in found), key=lambda of: (of.start, -of.end))

    def _in_words(self, phrases: "_Phrases", text: str, today: date) -> Iterator[FoundDate]:
        position = 0
        while match := phrases.pattern.search(text, position):
            found = self._resolve(phrases, match, today)
            position = match.start() + 1 if found is None else found.end
            if found is not None:
                yield found

    def _resolve(self, phrases: "_Phrases", match: re.Match[str], today: date) -> FoundDate | None:
        name = match.lastgroup or ""
        slots = {
            group.removeprefix(f"{name}_"): " ".join(value.split()).rstrip(".")
            for group, value in match.groupdict().items()
            if value is not None and group.startswith(f"{name}_")
        }
        end = match.end()
        if "year" in slots and match.end(f"{name}_year") == end and self._is_amount(match.string, end):
            end = skip_spaces_back(match.string, match.start(f"{name}_year"))
            del slots["year"]
        try:
            span = self._days(phrases.kinds[name], slots, today)
        except OverflowError:  # the day lies before the first or after the last year of the calendar
            span = None
        return None if span is None else FoundDate(start=match.start(), end=end, first=span[0], last=span[1])

    def _is_amount(self, text: str, end: int) -> bool:
        """Whether a currency follows, so that what looked like a year is an amount: "5 March 2015 yen"."""
        return self._currencies.starting(text, skip_spaces(text, end)) is not None

    def _days(self, kind: DateKind, slots: dict[str, str], today: date) -> tuple[date, date] | None:
        if kind is DateKind.DAY_RANGE:
            return self._day_range(slots, today)
        if kind is DateKind.LAST_WEEK:
            monday = days.monday_of_last_week(today)
            return monday, monday + timedelta(days=6)
        if kind is DateKind.LAST_WEEKEND:
            saturday = days.latest_weekday(5, today)
            return saturday, saturday + timedelta(days=1)
        if kind is DateKind.LAST_MONTH:
            last = today - timedelta(days=today.day)
            return last.replace(day=1), last
        day = self._single_day(kind, slots, today)
        return None if day is None else (day, day)

    def _single_day(self, kind: DateKind, slots: dict[str, str], today: date) -> date | None:
        if kind is DateKind.RELATIVE_DAY:
            return today + timedelta(days=self._relative_days[slots["relative_day"]])
        if kind is DateKind.UNITS_AGO:
            written = slots.get("count", "1")
            count = int(written) if written.isdecimal() else self._counts[written]
            return days.units_before(count, self._units[slots["unit"]], today)
        if kind is DateKind.DAY_OF_MONTH:
            return days.latest_day_of_month(_day_number(slots["day"]), today)
        if kind is DateKind.DAY_AND_MONTH:
            return self._day_and_month(slots, _day_number(slots["day"]), today)
        weekday = self._weekdays[slots.get("weekday") or slots["weekday_name"]]
        if kind is DateKind.WEEKDAY_OF_THIS_WEEK:
            return days.latest_weekday(weekday, today)
        if kind is DateKind.WEEKDAY_OF_LAST_WEEK:
            return days.monday_of_last_week(today) + timedelta(days=weekday)
        return days.latest_weekday_before(weekday, today)

    def _day_and_month(self, slots: dict[str, str], day: int, today: date) -> date | None:
        month = int(slots["month_number"]) if "month_number" in slots else self._months[slots["month"]]
        if "year" in slots:
            return days.valid_date(days.full_year(int(slots["year"].lstrip("'")), today), month, day)
        return days.latest_day_and_month(month, day, today)

    def _day_range(self, slots: dict[str, str], today: date) -> tuple[date, date] | None:
        """A range that began already, although it may last: "12-14 March" on the 13th."""
        if "first_month" in slots:
            first = self._day_and_month(slots | {"month": slots["first_month"]}, _day_number(slots["day"]), today)
        else:
            first = self._day_and_month(slots, _day_number(slots["day"]), today)
        if first is None:
            return None
        month = int(slots["month_number"]) if "month_number" in slots else self._months[slots["month"]]
        last = days.valid_date(first.year + (month < first.month), month, _day_number(slots["last_day"]))
        if last is None or not first < last <= first + timedelta(days=DAYS_OF_RANGE_MAX):
            return None
        return first, last

    def _widened(self, text: str, found: FoundDate) -> FoundDate:
        """Take in the weekday, the prepositions and the particles around a date; a preposition makes it certain."""
        start, end, weak = found.start, found.end, found.weak
        while True:
            before = skip_spaces_back(text, start)
            if before and text[before - 1] in ",،":
                before -= 1
            if word := self._before.ending(text, before):
                start, weak = word[0], False
            elif weekday := self._weekday_words.ending(text, before):
                start = weekday[0]
            else:
                break
        end = self._particle_end(text, self._weekday_end(text, self._particle_end(text, end)))
        return replace(found, start=start, end=end, weak=weak)

    def _particle_end(self, text: str, end: int) -> int:
        particle = self._after.starting(text, end) or self._after.starting(text, skip_spaces(text, end))
        return particle[0] if particle else end

    def _weekday_end(self, text: str, end: int) -> int:
        """The end of a weekday that explains the date before it: "3月12日木曜日", "12.3. (Do)"."""
        start = skip_spaces(text, end)
        is_bracketed = text[start : start + 1] == "("
        weekday = self._weekday_words.starting(text, start + is_bracketed)
        if weekday is None:
            return end
        closed = text[weekday[0] : weekday[0] + 1] == ")"
        return weekday[0] + 1 if is_bracketed and closed else weekday[0] if not is_bracketed else end


class _Phrases:
    """Templates as one pattern, each a group; `kinds` tells what a group's name means."""

    def __init__(self, templates: list[DateTemplate], slots: Mapping[str, str], *, followed_by: str) -> None:
        ordered = sorted(
            templates,
            key=lambda template: (_ORDER.index(template.kind), -template.pattern.count("{"), -len(template.pattern)),
        )
        self.kinds = {f"t{index}": template.kind for index, template in enumerate(ordered)}
        self.pattern = as_words(
            (
                f"(?P<t{index}>{compile_template(template.pattern, slots, prefix=f't{index}')})"
                for index, template in enumerate(ordered)
            ),
            followed_by=followed_by,
        )


def _slots(phrasebook: Phrasebook) -> dict[str, str]:
    month = rf"(?:{alternation(phrasebook.months)})\.?"
    day = rf"(?<!\d[.,:])(?:[12]\d|3[01]|0?[1-9])(?:{alternation(phrasebook.ordinal_suffixes)})?(?!\d)"
    return {
        "day": day,
        "last_day": day,
        "month": month,
        "first_month": month,
        "month_number": r"(?:1[0-2]|0?[1-9])(?!\d)",
        "year": r"(?:(?:19|20)\d{2}|'\d{2})(?!\d)(?![.,]\d)",
        "weekday": rf"(?:{alternation([*phrasebook.weekdays, *phrasebook.weekday_abbreviations])})\.?",
        "weekday_name": alternation(phrasebook.weekdays),
        "count": rf"\d{{1,3}}|{alternation(phrasebook.counts)}",
        "unit": alternation(phrasebook.units),
        "relative_day": alternation(phrasebook.relative_days),
    }


def _folded(words: Mapping[str, Meaning]) -> dict[str, Meaning]:
    return {fold(clean(word)): meaning for word, meaning in words.items()}


def _day_number(written: str) -> int:
    digits = re.match(r"\d+", written)
    return int(digits[0]) if digits else 0
