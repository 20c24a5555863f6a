"""What was bought and where: the words that are left when date, amount, tags and people are taken out."""

import re

from core.language.phrasebook import Phrasebook
from core.language.remaining import Remaining
from core.language.text import MASK, Lexicon, fold, skip_spaces

ITEM_CHARS_MAX = 500

_WORD = re.compile(r"[^\W_]+")
_CUT = re.compile(f"{MASK}+")
_NAME = re.compile(r"[\w&'.-]+(?:\s+(?:&\s+)?[\w&'.-]+){0,3}")
_COMPANY = re.compile(r"[^\W\d_]{3,}(?![\w-])")
_PUNCTUATION = ' !?…\u00a0\n-–—:;,.=/|~*•·+()[]"„“”«»'


class WordingGrammar:
    """Fillers, merchants and category words of one phrasebook."""

    def __init__(self, phrasebook: Phrasebook) -> None:
        self._leading = Lexicon(dict.fromkeys((*phrasebook.fillers, *phrasebook.leading_fillers), True))
        self._trailing = Lexicon(dict.fromkeys((*phrasebook.fillers, *phrasebook.trailing_fillers), True))
        self._merchants = Lexicon(phrasebook.merchants)
        self._merchant_before = Lexicon(dict.fromkeys(phrasebook.merchant_before, True))
        self._company_before = Lexicon(dict.fromkeys(phrasebook.company_before, True))
        self._proper_names = Lexicon(dict.fromkeys((*phrasebook.proper_names, *phrasebook.merchants), True))
        words = phrasebook.category_words
        self._category_words = Lexicon({word: key for word, key in words.items() if not word.endswith("*")})
        self._category_stems = {fold(word[:-1]): key for word, key in words.items() if word.endswith("*")}

    def hide_proper_names(self, remaining: Remaining) -> None:
        """Keep names that hold numbers or words for days from being read as an amount or a date."""
        for start, end, _ in self._proper_names.within(remaining.folded):
            remaining.hide(start, end)

    def item(self, remaining: Remaining) -> str | None:
        """The description: what is not cut, without the fillers and the punctuation at both ends."""
        parts = [part for part in map(self._trimmed_part, _CUT.split(remaining.cut)) if part]
        return self._trimmed(" ".join(parts))[:ITEM_CHARS_MAX].strip() or None

    def _trimmed_part(self, part: str) -> str:
        """A part between two cuts; one that holds nothing but fillers goes as a whole."""
        return " ".join(part.split()).strip(_PUNCTUATION) if self._trimmed(part) else ""

    def _trimmed(self, text: str) -> str:
        text = " ".join(text.split()).strip(_PUNCTUATION)
        while text:
            folded = fold(text)
            leading = self._leading.starting(folded, 0)
            trailing = self._trailing.ending(folded, len(folded))
            if leading and not folded[leading[0] : leading[0] + 1].isdecimal():  # the A of "A4 paper" is no article
                text = text[leading[0] :].strip(_PUNCTUATION)
            elif trailing and not folded[: trailing[0]][-1:].isdecimal():
                text = text[: trailing[0]].strip(_PUNCTUATION)
            else:
                break
        return text

    def merchant(self, item: str | None) -> tuple[str | None, str | None]:
        """Name and category of the merchant in a description: a well-known one, or one that a preposition marks."""
        if item is None:
            return None, None
        folded = fold(item)
        for start, end, category in self._merchants.within(folded):
            return item[start:end], category
        for _, end, _ in self._merchant_before.within(folded):
            name = _capitalised_words(item, skip_spaces(item, end))
            if name:
                return name, None
        for _, end, _ in self._company_before.within(folded):
            company = _COMPANY.match(item, skip_spaces(item, end))
            if company and company[0].isupper():
                return company[0], None
        return None, None

    def category(self, item: str | None) -> str | None:
        """The category of the first word that tells one; at the same place the longest word."""
        folded = fold(item or "")
        found = [(start, start - end, key) for start, end, key in self._category_words.within(folded)]
        for match in _WORD.finditer(folded):
            word = match[0]
            for length in range(len(word), 1, -1):
                if word[:length] in self._category_stems:
                    found.append((match.start(), -length, self._category_stems[word[:length]]))
                    break
        return min(found)[2] if found else None


def _capitalised_words(item: str, start: int) -> str:
    """The words from here on that begin with a capital or a digit: a name in most scripts that have capitals."""
    match = _NAME.match(item, start)
    words: list[str] = []
    for word in match[0].split() if match else []:
        if not (word[0].isupper() or word[0].isdigit() or word == "&"):
            break
        words.append(word)
    return " ".join(words).strip(_PUNCTUATION) if any(word[0].isupper() for word in words) else ""
