"""The date of a receipt: numbers or names of months, times that are glued to them, other dates that it is not."""

import datetime
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from core.language.calendar_days import full_year, valid_date
from core.language.text import clean, fold
from core.receipts.amounts import as_digits
from core.receipts.layout import Row
from core.receipts.port import Box, Field
from core.receipts.words import FoundWord, Role

YEARS_BACK_MAX = 20  # books are kept for ten; what is older was misread
_SEPARATOR = r"\s?[-/.,]\s?"
_YEAR = r"(?P<year>20\d{2}|19\d{2}|\d{2}(?!\d)|\d{2}(?=\d{1,2}:\d{2}))"
_NUMERIC = re.compile(
    rf"(?<![\d.,/:\-])(?P<first>\d{{1,2}})(?P<by>{_SEPARATOR})(?P<second>\d{{1,2}}){_SEPARATOR}{_YEAR}"
)
_YEAR_FIRST = re.compile(
    rf"(?<![\d.,/:\-])(?P<year>20\d{{2}}|19\d{{2}}){_SEPARATOR}(?P<month>\d{{1,2}}){_SEPARATOR}(?P<day>\d{{1,2}})(?![\d])"
)
_YEAR_FIRST_GLUED = re.compile(
    rf"(?<![\d.,/:\-])(?P<year>20\d{{2}}){_SEPARATOR}(?P<month>\d{{2}}){_SEPARATOR}(?P<day>\d{{2}})(?=\d{{1,2}}:\d{{2}})"
)
_CJK = re.compile(r"(?P<year>20\d{2})\s?年\s?(?P<month>\d{1,2})\s?月\s?(?P<day>\d{1,2})\s?日")
_DAY_FIRST_NAMED = re.compile(
    rf"(?<![\d:])(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?[\s\-/.,']*(?:of\s|de\s|di\s)?(?P<name>[^\W\d_]{{3,10}})\.?[\s\-/.,']*(?:de\s|del\s)?{_YEAR}"
)
_MONTH_FIRST_NAMED = re.compile(
    rf"(?P<name>[^\W\d_]{{3,10}})\.?[\s\-/.,']*(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s\-/.,']+{_YEAR}"
)
_TIME = re.compile(r"(?<!\d)\d{1,2}\s?[:.;]\s?\d{2}(?:\s?[:.;]\s?\d{2})?(?:\s?[ap]\.?m|\s?uhr)?", re.IGNORECASE)

# How strongly each sign speaks for a date; only their order and rough size matter.
_WEIGHT_LABEL = 2.0
_WEIGHT_TIME = 1.5
_WEIGHT_FULL_YEAR = 1.0
_WEIGHT_NOT_DATE = -4.0
_WEIGHT_RECENT = 0.5
_RECENT_DAYS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class DateCandidate:
    """A date in a row: what it could be, the likelier reading first, and what speaks for it."""

    days: tuple[datetime.date, ...]
    weight: float
    confidence: float
    box: Box


class DateGrammar:
    """Finds dates. `months`: names -> 1 to 12."""

    def __init__(self, months: dict[str, int]) -> None:
        self._months = {fold(clean(name)): month for name, month in months.items()}

    def find(
        self, row: Row, roles: Sequence[FoundWord], *, order: str, today: datetime.date
    ) -> Iterator[DateCandidate]:
        """Yield the dates of a row. `order`: "DMY", "MDY" or "YMD", for what the numbers leave open."""
        text = as_digits(fold(clean(row.text)))
        for start, end, plausible, is_full in self._spans(text, order, today):
            weight = _WEIGHT_FULL_YEAR * is_full
            weight += _WEIGHT_RECENT * ((today - plausible[0]).days <= _RECENT_DAYS)
            named = {found.meaning for found in roles if found.start <= end}
            weight += _WEIGHT_LABEL * (Role.DATE in named) + _WEIGHT_NOT_DATE * (Role.NOT_DATE in named)
            weight += _WEIGHT_TIME * (_TIME.search(text, end) is not None or _TIME.search(text[:start]) is not None)
            yield DateCandidate(
                days=plausible, weight=weight, confidence=row.confidence(start, end), box=row.box(start, end)
            )

    def _spans(
        self, text: str, order: str, today: datetime.date
    ) -> Iterator[tuple[int, int, tuple[datetime.date, ...], bool]]:
        taken: list[tuple[int, int]] = []
        for match, days in self._matches(text, order, today):
            plausible = tuple(day for day in days if _is_plausible(day, today))
            if plausible and not any(match.start() < end and start < match.end() for start, end in taken):
                taken.append(match.span())
                yield match.start(), match.end(), plausible, len(match["year"]) == 4

    def _matches(
        self, text: str, order: str, today: datetime.date
    ) -> Iterator[tuple[re.Match[str], list[datetime.date]]]:
        for pattern in (_YEAR_FIRST_GLUED, _YEAR_FIRST, _CJK):
            for match in pattern.finditer(text):
                yield match, _valid(int(match["year"]), [(int(match["month"]), int(match["day"]))])
        for match in _NUMERIC.finditer(text):
            yield match, _numeric(match, order, today)
        for pattern in (_DAY_FIRST_NAMED, _MONTH_FIRST_NAMED):
            for match in pattern.finditer(text):
                month = self._month(match["name"])
                if month is not None:
                    yield match, _valid(full_year(int(match["year"]), today), [(month, int(match["day"]))])

    def _month(self, name: str) -> int | None:
        return self._months.get(name)


def _numeric(match: re.Match[str], order: str, today: datetime.date) -> list[datetime.date]:
    first, second, year = int(match["first"]), int(match["second"]), int(match["year"])
    if "," in match.group() and len(match["year"]) == 2:
        return []  # rather an amount
    days = []
    if len(match["year"]) == 2 and order == "YMD":
        days += _valid(full_year(first, today), [(second, year)])
    month_first, day_first = (first, second), (second, first)
    return days + _valid(
        full_year(year, today), [month_first, day_first] if order == "MDY" else [day_first, month_first]
    )


def _valid(year: int, months_and_days: Iterable[tuple[int, int]]) -> list[datetime.date]:
    found = (valid_date(year, month, day) for month, day in months_and_days)
    return list(dict.fromkeys(day for day in found if day is not None))


def _is_plausible(day: datetime.date, today: datetime.date) -> bool:
    return today.year - YEARS_BACK_MAX <= day.year and day <= today + datetime.timedelta(days=1)


def pick_date(candidates: Sequence[DateCandidate], *, order_is_known: bool, passes: int) -> Field[datetime.date]:
    """The likeliest date of all passes over a receipt.

    Args:
        candidates: of all passes; what several of them read weighs more.
        order_is_known: whether the receipt itself says how its country writes dates.
        passes: how many readings of the same picture the candidates come from, at least 1.
    """
    if not candidates:
        return Field()
    score: dict[datetime.date, float] = {}
    for candidate in candidates:
        score[candidate.days[0]] = score.get(candidate.days[0], 0.0) + max(1.0 + candidate.weight, 0.1) * (
            0.3 + candidate.confidence
        )
    best_day = max(score, key=lambda day: (score[day], day))
    of_best = [candidate for candidate in candidates if candidate.days[0] == best_day]
    best = max(of_best, key=lambda candidate: (candidate.weight, candidate.confidence))
    runner_up = max((value for day, value in score.items() if day != best_day), default=0.0)
    margin = (score[best_day] - runner_up) / (score[best_day] + runner_up)
    confidence = 0.35 + 0.35 * best.confidence + 0.1 * (best.weight >= _WEIGHT_TIME) + 0.15 * (len(of_best) > 1)
    confidence *= 0.6 + 0.4 * margin
    if len(best.days) > 1 and not order_is_known:
        confidence *= 0.6
    if passes == 1 and len(of_best) == 1:
        confidence = min(confidence, 0.85)
    return Field(value=best_day, confidence=round(min(confidence, 0.98), 3), box=best.box)
