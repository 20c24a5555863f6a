"""Finding dates in a folded text. An expense lies in the past, so what leaves its year open is the latest past day."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from core.language.date_ranges import DateRanges
from core.language.found_date import FoundDate
from core.language.numeric_dates import NumericDates
from core.language.phrasebook import DateKind, DateTemplate, Phrasebook
from core.language.resolving import DateResolver
from core.language.templates import as_words, check_template, compile_template
from core.language.text import MASK, Lexicon, alternation, skip_spaces, skip_spaces_back

_SHORT_WORD = re.compile(r"\s*(?:\w{1,3}\s+)?")  # an article or a preposition at most
_NOT_OF_AN_AMOUNT = r"(?!(?<=\d)[.,:]\d)"  # "April 7.50" holds no seventh
_NOT_OF_ANOTHER_NUMBER = r"(?![.,:/-]?\d)"  # the 5 of "on the 5.2." is no day of its own

# Alternatives are tried from the left, so kinds whose phrases contain those of others come first.
_ORDER = (
    DateKind.MONTH_RANGE,
    DateKind.DAY_RANGE,
    DateKind.WEEKDAY_OF_MONTH,
    DateKind.WEEKDAY_OF_LAST_WEEK,
    DateKind.WEEKDAY_OF_THIS_WEEK,
    DateKind.DAY_AND_MONTH,
    DateKind.START_OF_MONTH,
    DateKind.MIDDLE_OF_MONTH,
    DateKind.END_OF_MONTH,
    DateKind.RELATIVE_DAY,
    DateKind.LAST_UNITS,
    DateKind.NEXT_UNITS,
    DateKind.UNITS_AGO,
    DateKind.WEEKDAY_AND_DAY,
    DateKind.PAST_WEEKDAY,
    DateKind.LAST_WEEKEND,
    DateKind.LAST_WEEK,
    DateKind.LAST_MONTH,
    DateKind.DAY_OF_MONTH,
)
_WEEKDAY = {"weekday", "weekday_name"}
_MONTH = {"month", "month_number"}
_FIRST_MONTH = {"first_month", "first_month_number"}
_NEEDED: dict[DateKind, tuple[set[str], ...]] = {
    DateKind.RELATIVE_DAY: ({"relative_day"},),
    DateKind.DAY_OF_MONTH: ({"day"},),
    DateKind.DAY_AND_MONTH: ({"day"}, _MONTH),
    DateKind.DAY_RANGE: ({"day"}, {"last_day"}, _MONTH),
    DateKind.UNITS_AGO: ({"unit"},),
    DateKind.PAST_WEEKDAY: (_WEEKDAY,),
    DateKind.WEEKDAY_OF_THIS_WEEK: (_WEEKDAY,),
    DateKind.WEEKDAY_OF_LAST_WEEK: (_WEEKDAY,),
    DateKind.LAST_UNITS: ({"unit"},),
    DateKind.NEXT_UNITS: ({"unit"},),
    DateKind.WEEKDAY_OF_MONTH: ({"ordinal"}, _WEEKDAY),
    DateKind.WEEKDAY_AND_DAY: (_WEEKDAY, {"day"}),
    DateKind.MONTH_RANGE: (_FIRST_MONTH, _MONTH),
}
_SLOTS = {"first_month", "year", "short_year", "last_year", "count"}.union(
    *(group for groups in _NEEDED.values() for group in groups)
)
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
        self._resolver = DateResolver(phrasebook)
        self._ranges = DateRanges(phrasebook)
        self._weekday_words = Lexicon({**phrasebook.weekday_abbreviations, **phrasebook.weekdays})
        self._before = Lexicon(dict.fromkeys(phrasebook.date_before, True))
        self._after = Lexicon(dict.fromkeys(phrasebook.date_after, True))
        self._currencies = Lexicon(phrasebook.currency_words)
        self._months = Lexicon(phrasebook.months)
        self._numeric = NumericDates(phrasebook)
        slots = _slots(phrasebook)
        digits_only = slots | {"day": _day_pattern(phrasebook, in_words=False)}
        templates = (*phrasebook.date_templates, *_FOR_EVERY_LANGUAGE)
        self._phrases = _Phrases(
            [of for of in templates if of.kind is not DateKind.DAY_OF_MONTH], slots, followed_by=_NOT_OF_AN_AMOUNT
        )
        self._days_of_month = _Phrases(
            [of for of in templates if of.kind is DateKind.DAY_OF_MONTH],
            digits_only,
            followed_by=_NOT_OF_ANOTHER_NUMBER,
        )

    def find(self, text: str, today: date) -> list[FoundDate]:
        """All dates of a folded text, from the left; those that name no real day are none."""
        found = [*self._numeric.find(text, today), *self._in_words(self._phrases, text, today)]
        # A day alone is looked for last: "on the 3rd" must not take the day of "on the 3rd of March".
        rest = text
        for of in found:
            rest = rest[: of.start] + MASK * (of.end - of.start) + rest[of.end :]
        found = [*self._ranges.join(text, found, today), *self._in_words(self._days_of_month, rest, today)]
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
        kind = phrases.kinds[name]
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
            span = self._resolver.days(kind, slots, today)
        except (OverflowError, ValueError):  # the day lies before the first or after the last year of the calendar
            span = None
        if span is None or (kind is DateKind.WEEKDAY_AND_DAY and self._goes_on(match.string, end)):
            return None
        return FoundDate(
            start=match.start(),
            end=end,
            first=span[0],
            last=span[1],
            weak=kind is DateKind.WEEKDAY_AND_DAY and slots["day"].isdecimal(),
            names_month=kind in {DateKind.DAY_AND_MONTH, DateKind.DAY_RANGE} and span[0] == span[1],
            names_year="year" in slots or "short_year" in slots,
        )

    def _goes_on(self, text: str, end: int) -> bool:
        """Whether what follows makes the number another one than a day alone: "Friday 31 €", "Friday 31 May"."""
        word = _SHORT_WORD.match(text, end)
        places = {skip_spaces(text, end), word.end() if word else end}
        names_month = any(self._months.starting(text, place) is not None for place in places)
        return self._is_amount(text, end) or names_month or text[end : end + 1] == "."

    def _is_amount(self, text: str, end: int) -> bool:
        """Whether a currency follows, so that what looked like a year is an amount: "5 March 2015 yen"."""
        return self._currencies.starting(text, skip_spaces(text, end)) is not None

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
        start = skip_spaces(text, end + (text[end : end + 1] == ","))
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
    day = _day_pattern(phrasebook, in_words=True)
    return {
        "day": day,
        "last_day": day,
        "month": month,
        "first_month": month,
        "ordinal": rf"(?:[1-5](?:{alternation(phrasebook.ordinal_suffixes)})|{alternation(phrasebook.day_words)})",
        "month_number": r"(?:1[0-2]|0?[1-9])(?!\d)",
        "first_month_number": r"(?:1[0-2]|0?[1-9])(?!\d)",
        "last_year": r"(?:19|20)\d{2}(?!\d)",
        "short_year": r"\d{2}(?!\d)(?![.,]\d)",
        "year": r"(?:(?:19|20)\d{2}|'\d{2})(?!\d)(?![.,]\d)",
        "weekday": rf"(?:{alternation([*phrasebook.weekdays, *phrasebook.weekday_abbreviations])})\.?",
        "weekday_name": alternation(phrasebook.weekdays),
        "count": rf"\d{{1,3}}|{alternation(phrasebook.counts)}",
        "unit": alternation(phrasebook.units),
        "relative_day": alternation(phrasebook.relative_days),
    }


def _day_pattern(phrasebook: Phrasebook, *, in_words: bool) -> str:
    digits = rf"(?<!\d[.,:])(?:[12]\d|3[01]|0?[1-9])(?:{alternation(phrasebook.ordinal_suffixes)})?(?!\d)"
    return rf"(?:{digits}|{alternation(phrasebook.day_words)})" if in_words else digits
