"""Text as the grammars see it: folded, with positions kept, and with word boundaries for every script."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Generic, TypeVar

TEXT_CHARS_MAX = 4096  # Telegram's longest message; what is longer is not one expense
MASK = "\x00"
"""Stands in for what is already understood: no letter, no digit, no space."""

# Kanji, kana, Hangul and full-width forms: scripts whose words stand side by side without a space.
_UNSPACED = "\u3005-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af\uff66-\uff9f"
_UNSPACED_CHARACTER = re.compile(f"[{_UNSPACED}]")
WORD_START = rf"(?:(?<!\w)|(?<=[{_UNSPACED}])|(?=[{_UNSPACED}]))"
WORD_END = rf"(?:(?!\w)|(?<=[{_UNSPACED}])|(?=[{_UNSPACED}]))"

_PLAIN_FORMS: dict[str, str] = {
    **{chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},  # full-width forms
    **dict.fromkeys("\u2007\u2009\u200a\u202f", "\u00a0"),
    **dict.fromkeys("\u3000\u200b\t", " "),
    **dict.fromkeys("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", ""),  # direction
    "\u066b": ".",
    "\u066c": ",",
    **dict.fromkeys(map(chr, [*range(9), *range(14, 32)]), " "),
    "\uffe5": "¥",
    "\uffe1": "£",
    "\u2019": "'",
    "\u02bc": "'",
    "\u2212": "-",
}
_CLEAN = str.maketrans(_PLAIN_FORMS)
_ODD_LETTERS = {"ł": "l", "ø": "o", "đ": "d", "ı": "i", "İ": "i", "ё": "е"}


def clean(text: str) -> str:
    """Compose accents and make spaces, apostrophes and full-width forms plain; positions refer to the result."""
    return unicodedata.normalize("NFC", text[:TEXT_CHARS_MAX]).translate(_CLEAN)


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    if character in _ODD_LETTERS:
        return _ODD_LETTERS[character]
    if character.isdecimal() and not character.isascii():
        return str(unicodedata.decimal(character))
    lowered = character.lower()
    lowered = lowered if len(lowered) == 1 else character
    if lowered in _ODD_LETTERS:
        return _ODD_LETTERS[lowered]
    if lowered < "\u00c0" or lowered > "\u1fff":
        return lowered  # kana are left alone: their marks are other sounds, not accents
    return unicodedata.normalize("NFD", lowered)[0]


def fold(text: str) -> str:
    """Lower the case and drop accents, character by character, so that every position stays what it was."""
    return "".join(map(_fold_character, text)) if not text.isascii() else text.lower()


def is_unspaced(character: str) -> bool:
    """Whether words of the character's script follow each other without a space."""
    return character > "\u3000" and _UNSPACED_CHARACTER.match(character) is not None


def divides(text: str, position: int) -> bool:
    """Whether a word may begin or end at the position. A letter beside a digit divides: "12eur" holds a word."""
    if position <= 0 or position >= len(text):
        return True
    before, after = text[position - 1], text[position]
    if before.isdecimal() and after.isdecimal():
        return False
    if not (before.isalpha() and after.isalpha()):
        return True
    return is_unspaced(before) or is_unspaced(after)


def alternation(words: Iterable[str]) -> str:
    """A pattern for any of the words, the longest first; never matches when there are none."""
    folded = sorted({fold(clean(word)) for word in words}, key=lambda word: (-len(word), word))
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in folded) or r"(?!)"


Meaning = TypeVar("Meaning")


class Lexicon(Generic[Meaning]):
    """Words and their meanings, looked up at a position of a folded text; the longest word wins."""

    def __init__(self, words: Mapping[str, Meaning]) -> None:
        self._meanings = {fold(clean(word)): meaning for word, meaning in words.items()}
        lengths: dict[str, set[int]] = {}
        endings: dict[str, set[int]] = {}
        for word in self._meanings:
            lengths.setdefault(word[0], set()).add(len(word))
            endings.setdefault(word[-1], set()).add(len(word))
        self._lengths = {first: sorted(of, reverse=True) for first, of in lengths.items()}
        self._endings = {last: sorted(of, reverse=True) for last, of in endings.items()}

    def get(self, word: str) -> Meaning | None:
        """The meaning of a folded word."""
        return self._meanings.get(word)

    def starting(self, text: str, start: int) -> tuple[int, Meaning] | None:
        """The end and the meaning of the longest word that starts at the position."""
        if start >= len(text) or not divides(text, start):
            return None
        for length in self._lengths.get(text[start], ()):
            word = text[start : start + length]
            if word in self._meanings and divides(text, start + length):
                return start + length, self._meanings[word]
        return None

    def ending(self, text: str, end: int) -> tuple[int, Meaning] | None:
        """The start and the meaning of the longest word that ends at the position."""
        if end <= 0 or not divides(text, end):
            return None
        for length in self._endings.get(text[end - 1], ()):
            if length > end:
                continue
            word = text[end - length : end]
            if word in self._meanings and divides(text, end - length):
                return end - length, self._meanings[word]
        return None

    def within(self, text: str) -> Iterator[tuple[int, int, Meaning]]:
        """All words of the text that do not overlap, from the left: start, end, meaning."""
        position = 0
        while position < len(text):
            found = self.starting(text, position) if text[position] in self._lengths else None
            if found is None:
                position += 1
                continue
            yield position, found[0], found[1]
            position = found[0]


def skip_spaces(text: str, position: int) -> int:
    """The first position from here that is no space."""
    while position < len(text) and text[position] in " \u00a0\n":
        position += 1
    return position


def skip_spaces_back(text: str, position: int) -> int:
    """The position after the last character before here that is no space."""
    while position > 0 and text[position - 1] in " \u00a0\n":
        position -= 1
    return position
