"""Templates of phrases, compiled to patterns over folded text.

A template holds literal words, `{slots}`, `[optional parts]` and `(one|or another)`. A space stands for one or more.
"""

import re
from collections.abc import Iterable, Mapping

from core.language.text import WORD_END, WORD_START, clean, fold

_TOKEN = re.compile(r"\{(?P<slot>\w+)\}|(?P<sign>[\[\]()|])|(?P<space>\s+)|(?P<literal>[^{}\[\]()|\s]+)")
_OPTIONAL = re.compile(r"\[[^\[\]]*\]")
_SIGNS = {"[": "(?:", "]": ")?", "(": "(?:", ")": ")", "|": "|"}


class InvalidTemplate(ValueError):
    """The template cannot be compiled; the message quotes it and says why."""


def check_template(template: str, *, known: Iterable[str], needed: Iterable[Iterable[str]]) -> None:
    """See that a template compiles with the known slots and has, outside of optional parts, one at least of each group of
    needed ones.

    Raises InvalidTemplate.
    """
    compile_template(template, dict.fromkeys(known, "x"), prefix="t")
    required = template
    while _OPTIONAL.search(required):
        required = _OPTIONAL.sub("", required)
    for group in map(sorted, needed):
        if not any(f"{{{slot}}}" in required for slot in group):
            raise InvalidTemplate(f"{template!r}: needs {' or '.join(f'{{{slot}}}' for slot in group)}")


def as_words(patterns: Iterable[str], *, followed_by: str = "") -> re.Pattern[str]:
    """Any of the patterns where it begins and ends with a word; the bounds stand once, as they are slow to compile."""
    return re.compile(f"{WORD_START}(?:{'|'.join(patterns) or '(?!)'}){WORD_END}{followed_by}")


def compile_template(template: str, slots: Mapping[str, str], *, prefix: str) -> str:
    """The pattern of a template, its slots as groups named `<prefix>_<slot>`; `as_words` sets its bounds.

    Raises InvalidTemplate for an unknown slot, a slot used twice, or brackets that do not match.
    """
    try:
        # The slots' own patterns are long and known to be right, so the template's shape is checked without them.
        re.compile(_pattern(template, dict.fromkeys(slots, "x"), prefix))
    except re.error as error:
        raise InvalidTemplate(f"{template!r}: {error}") from error
    return _pattern(template, slots, prefix)


def _pattern(template: str, slots: Mapping[str, str], prefix: str) -> str:
    parts: list[str] = []
    position = 0
    while position < len(template):
        token = _TOKEN.match(template, position)
        if token is None:
            raise InvalidTemplate(f"{template!r}: unexpected {template[position]!r}")
        position = token.end()
        if slot := token["slot"]:
            if slot not in slots:
                raise InvalidTemplate(f"{template!r}: there is no slot {{{slot}}}")
            parts.append(f"(?P<{prefix}_{slot}>{slots[slot]})")
        elif sign := token["sign"]:
            parts.append(_SIGNS[sign])
        elif token["space"]:
            parts.append(r"\s+")
        else:
            parts.append(re.escape(fold(clean(token["literal"]))))
    return "".join(parts)
