"""Telegram's text: counted in UTF-16 units, marked up as HTML by construction, cut where a person sees one sign end."""

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

ELLIPSIS = "…"
CUT_UNITS_MIN = 24
"""Below this a cut value says nothing any more, so that others give way too. Our own choice."""

_CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_LINE_ENDS = re.compile(r"\r\n?|[\v\f\x85\u2028\u2029]")
_BLANK_LINES = re.compile(r"\n\s*\n")
_BREAKABLE_SPACE = re.compile(r"[ \t\n]+")  # a no-break space stays: it holds an amount and its currency together
_LOOKS_EMPTY = frozenset("\u115f\u1160\u2800\u3164\uffa0\ufffc")  # letters and symbols that show nothing


class Mark(StrEnum):
    """How a run is shown; the values are the names of the Bot API's HTML tags."""

    PLAIN = ""
    BOLD = "b"
    ITALIC = "i"


class Cut(StrEnum):
    """Who gives way when a message is too long: what people wrote, then sentences of ours, then the rest's end."""

    FIRST = "first"
    SECOND = "second"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text in one look. Only `to_html` makes markup of it, so that no words are ever read as markup."""

    text: str
    mark: Mark = Mark.PLAIN
    cut: Cut = Cut.LAST


def units(text: str) -> int:
    """Return the length as Telegram counts it: a character outside the basic plane is two UTF-16 units."""
    return len(text) + sum(character > "\uffff" for character in text)


def clean(words: str) -> str:
    """Return words without control characters and half surrogates, trimmed, with one kind of line end."""
    words = words.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # joins pairs, replaces halves
    words = _LINE_ENDS.sub("\n", words)
    words = _CONTROL_CHARACTERS.sub("", words)
    return _BLANK_LINES.sub("\n\n", words).strip()


def one_line(words: str) -> str:
    """Return cleaned words on one line."""
    return _BREAKABLE_SPACE.sub(" ", clean(words))


def is_visible(text: str) -> bool:
    """Tell whether a person sees anything; Telegram refuses a text or a label of which they do not."""
    return any(_shows(character) for character in text)


def _shows(character: str) -> bool:
    category = unicodedata.category(character)
    # "Cn" is what this Python's tables do not know yet: more likely a new emoji than nothing.
    return category == "Cn" or not (category[0] in "ZCM" or character in _LOOKS_EMPTY)


def shorten(text: str, units_max: int) -> str:
    """Return `text` in at most `units_max` (at least 1) units: its beginning, whole signs, and "…" where it was cut."""
    if units(text) <= units_max:
        return text
    # 40 ms to import, for what is rarely needed: where one visible sign ends (Unicode, UAX 29).
    from regex import finditer  # type: ignore[import-untyped]  # it comes without types, and there is no stub package

    end, room = 0, units_max - units(ELLIPSIS)
    for sign in finditer(r"\X", text):
        room -= units(sign[0])
        if room < 0:
            break
        end = sign.end()
    if end == 0:  # a single sign that is longer than all the room, of hundreds of stacked accents: cut inside it
        end = _characters_within(text, units_max - units(ELLIPSIS))
    return text[:end].rstrip() + ELLIPSIS


def _characters_within(text: str, room: int) -> int:
    for index, character in enumerate(text):
        room -= units(character)
        if room < 0:
            return index
    return len(text)


def fit(runs: Sequence[Run], units_max: int) -> tuple[Run, ...]:
    """Return the runs in at most `units_max` units, shortening by the order of `Cut`, the longest ones most."""
    fitted = tuple(runs)
    for giving_way in ({Cut.FIRST}, {Cut.FIRST, Cut.SECOND}):
        lengths = [units(run.text) for run in fitted]
        if sum(lengths) <= units_max:
            return fitted
        cuttable = [length for run, length in zip(fitted, lengths, strict=True) if run.cut in giving_way]
        level = water_level(cuttable, units_max - sum(lengths) + sum(cuttable))
        if level >= CUT_UNITS_MIN:
            return tuple(
                replace(run, text=shorten(run.text, level)) if run.cut in giving_way else run for run in fitted
            )
    return _cut_the_end(fitted, units_max)


def water_level(lengths: Sequence[int], budget: int) -> int:
    """Return the largest n for which lengths of at most n each add up to no more than `budget`; 0 without any."""
    rest = max(budget, 0)
    for index, length in enumerate(sorted(lengths)):
        share = rest // (len(lengths) - index)
        if length > share:
            return share
        rest -= length
    return max(lengths, default=0)


def _cut_the_end(runs: Iterable[Run], units_max: int) -> tuple[Run, ...]:
    kept: list[Run] = []
    room = units_max
    for run in runs:
        if units(run.text) >= room:  # one unit is always left for the ellipsis
            kept.append(replace(run, text=shorten(run.text + " ", room) if room > 1 else ELLIPSIS))
            break
        kept.append(run)
        room -= units(run.text)
    return tuple(kept)


def to_html(runs: Iterable[Run]) -> str:
    """Return the runs as the Bot API's HTML. https://core.telegram.org/bots/api#html-style"""
    return "".join(
        f"<{run.mark}>{html.escape(run.text, quote=False)}</{run.mark}>"
        if run.mark and run.text
        else html.escape(run.text, quote=False)
        for run in runs
    )
