"""Tags and the people with whom an expense is shared."""

import re
from collections.abc import Iterator

from core.language.phrasebook import Phrasebook
from core.language.remaining import Remaining
from core.language.templates import as_words, check_template, compile_template
from core.language.text import alternation, clean, fold

_TAG = re.compile(r"(?<![\w#])#(\w(?:[\w-]*\w)?)")
_HANDLE = re.compile(r"(?<![\w@.])@(\w(?:[\w.-]*\w)?)")
# Bounds on names and their number keep the search linear: a template may begin with the names.
_NAME = r"@?[^\W\d_](?:[\w.'-]{0,38}\w)?"
_PEOPLE_MAX = 20
SPLIT_SLOT = "people"


def check_split_template(template: str) -> None:
    """See that a template of sharing has its names. Raises InvalidTemplate."""
    check_template(template, known=[SPLIT_SLOT], needed=[[SPLIT_SLOT]])


def take_tags(remaining: Remaining) -> tuple[str, ...]:
    """Take the hashtags: each once, in order, as written, without the sign."""
    tags: dict[str, None] = {}
    for match in _TAG.finditer(remaining.original):
        tags.setdefault(match[1])
        remaining.take(*match.span())
    return tuple(tags)


class PeopleGrammar:
    """The ways to name people in one phrasebook, compiled."""

    def __init__(self, phrasebook: Phrasebook) -> None:
        self._not_names = {fold(clean(word)) for word in phrasebook.not_names}
        separator = rf"(?:\s*[,&+、/]\s*|\s+(?:{alternation(phrasebook.name_separators)})\s+|\s+(?=@))"
        slots = {SPLIT_SLOT: rf"{_NAME}(?:{separator}{_NAME}){{0,{_PEOPLE_MAX - 1}}}"}
        self._separator = re.compile(separator)
        self._splits = [
            as_words([compile_template(template, slots, prefix="split")])
            for template in sorted(phrasebook.split_templates, key=len, reverse=True)
        ]

    def take_people(self, remaining: Remaining) -> tuple[str, ...]:
        """Take the people whom a text names: each once, in order, as written, without the sign.

        People are handles ("@ana") anywhere, and other words only in a phrase of sharing ("split with ana and Ben").
        """
        found: dict[int, str] = {}
        for split in self._splits:
            match = split.search(remaining.folded)
            names = dict(self._names(match, remaining.original)) if match else {}
            if match and names:
                found.update(names)
                remaining.take(*match.span())
        for handle in _HANDLE.finditer(remaining.original):
            found.setdefault(handle.start(1), handle[1])
            remaining.take(*handle.span())
        return tuple(dict.fromkeys(found[position] for position in sorted(found)))

    def _names(self, match: re.Match[str], original: str) -> Iterator[tuple[int, str]]:
        """The names in a phrase of sharing, and where they stand; "everyone" and "friends" are none."""
        start, end = match.span(f"split_{SPLIT_SLOT}")
        bounds = [start, *(at for of in self._separator.finditer(match.string, start, end) for at in of.span()), end]
        for name_start, name_end in zip(bounds[::2], bounds[1::2], strict=True):
            bare_start = name_start + (original[name_start] == "@")
            if match.string[bare_start:name_end] not in self._not_names:
                yield bare_start, original[bare_start:name_end]
