"""Working hours as people type them, "Mo-Fr 9-17" or "Monday to Thursday, 8:30 to 5 pm", and as they read them. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from core.identity.rules import DAY_MINUTES, MONDAY, SUNDAY, WorkingHours

_TIME = r"(?P<{0}h>\d{{1,2}})(?:[:.h](?P<{0}m>\d{{2}}))?\s*(?:h\b|uhr\b|o'clock\b)?\s*(?P<{0}half>[ap])?\.?(?({0}half)m\b\.?)"
_HOURS = re.compile(rf"{_TIME.format('from')}\s*(?:-|\w+)\s*{_TIME.format('to')}\s*(?:uhr|h)?$")
_WORD = re.compile(r"[^\W\d_]+|-")
_LISTS = frozenset({"and", "&"})
TYPED_LENGTH_MAX = 80
PREPOSITION_LENGTH_MAX = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedHours:
    """What somebody typed: `days` is None where they named none, and theirs stay."""

    days: frozenset[int] | None
    starts_minute: int
    ends_minute: int

    def over(self, present: WorkingHours) -> WorkingHours:
        """Return the hours that were meant, by those that stand."""
        return WorkingHours(
            days=present.days if self.days is None else self.days,
            starts_minute=self.starts_minute,
            ends_minute=self.ends_minute,
        )


def read_working_hours(typed: str, language: str) -> TypedHours | None:
    """Return the hours that somebody typed in a language, or in English; None for what is not understood.

    An end that is before its start is one of the afternoon, where nobody said which half of the day: "9-5" is 9:00 to 17:00.
    """
    words = _plain(typed)
    hours = _HOURS.search(words)
    if hours is None:
        return None
    starts = _minute(hours["fromh"], hours["fromm"], hours["fromhalf"])
    ends = _minute(hours["toh"], hours["tom"], hours["tohalf"])
    if starts is None or ends is None:
        return None
    if ends <= starts and not hours["tohalf"] and ends < DAY_MINUTES // 2:
        ends += DAY_MINUTES // 2
    if not starts < ends:
        return None
    rest = words[: hours.start()]
    if re.search(r"\d", rest):
        return None  # other hours on other days: one stretch is kept
    if not _WORD.search(rest):
        return TypedHours(days=None, starts_minute=starts, ends_minute=ends)
    days = _days(rest, language)
    return None if days is None else TypedHours(days=days, starts_minute=starts, ends_minute=ends)


def write_working_hours(hours: WorkingHours, language: str) -> str:
    """Return hours as a person of a language types them, such that `read_working_hours` reads them back."""
    names = _short_names(language)
    runs: list[list[int]] = []
    for day in sorted(hours.days):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    days = ", ".join(names[run[0]] if len(run) == 1 else f"{names[run[0]]}-{names[run[-1]]}" for run in runs)
    return f"{days} {_clock(hours.starts_minute)}-{_clock(hours.ends_minute)}"


def _clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02}"


def _minute(hours: str, minutes: str | None, half: str | None) -> int | None:
    """Return minutes after midnight; None for what no clock shows."""
    hour, minute = int(hours), int(minutes or 0)
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    total = hour * 60 + minute
    return total if minute < 60 and total <= DAY_MINUTES else None


def _days(words: str, language: str) -> frozenset[int] | None:
    """Return the days that are named, one by one or from one to another; None where a word is no day of the week.

    A word between two days that does not stand for "and" means "to": "bis", "through", "a".
    """
    names = _day_names("en") | _day_names(language)
    lists = _LISTS | _and_words(language)
    found: set[int] = set()
    last: int | None = None
    between: list[str] = []
    for word in re.findall(r"[^\W\d_]+|[-&,;+]", words):
        day = names.get(word)
        if day is None:
            between.append(word)
            continue
        joined = [each for each in between if each not in lists and each not in ",;+"]
        if len(joined) > 1 or (joined and last is None):
            return None
        found |= _from_to(last, day) if joined and last is not None else {day}
        last, between = day, []
    # Between days and hours one short word may stand: "from", "von", "de". A longer one is a day that was mistyped.
    unread = [each for each in between if each not in ",;+-"]
    if not found or len(unread) > 1 or any(len(each) > PREPOSITION_LENGTH_MAX for each in unread):
        return None
    return frozenset(found)


def _from_to(first: int, last: int) -> set[int]:
    """Return the days from one to another, over the week's end where they come so."""
    count = (last - first) % SUNDAY
    return {(first + step - MONDAY) % SUNDAY + MONDAY for step in range(count + 1)}


@lru_cache(maxsize=16)
def _day_names(language: str) -> dict[str, int]:
    """Return what the days are called in a language, written out and short, by the words as they may be typed."""
    from babel.dates import get_day_names  # 70 ms, for those alone who type their hours

    return {
        _plain(name).rstrip("."): day + MONDAY
        for width in ("wide", "abbreviated", "short")
        for context in ("format", "stand-alone")
        for day, name in get_day_names(width, context, language).items()
    }


@lru_cache(maxsize=16)
def _short_names(language: str) -> dict[int, str]:
    from babel.dates import get_day_names

    names = get_day_names("abbreviated", "stand-alone", language)
    return {day + MONDAY: name.rstrip(".") for day, name in names.items()}


@lru_cache(maxsize=16)
def _and_words(language: str) -> frozenset[str]:
    """Return the words for "and" in a language's lists, from CLDR: "{0} und {1}"."""
    from babel import Locale

    patterns = Locale.parse(language).list_patterns["standard"]
    return frozenset(_plain(re.sub(r"\{\d\}|,", " ", patterns[kind])) for kind in ("2", "end"))


def _plain(words: str) -> str:
    """Return words without what people leave out: capitals, accents, dots after short names; every dash is a hyphen."""
    dashed = re.sub(
        r"[\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{EN DASH}\N{EM DASH}\N{MINUS SIGN}]", "-", words.strip().casefold()
    )
    apart = unicodedata.normalize("NFKD", dashed)
    bare = "".join(character for character in apart if not unicodedata.combining(character))
    return re.sub(r"(?<=[^\W\d_])\.(?!\w)", "", bare)
