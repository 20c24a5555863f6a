"""Numbers as people write them: "1.234,50", "twenty five", "fünfundzwanzig", "2.5 million", "3만 5천", "half a million"."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto
from functools import lru_cache

from core.language.numbers import NUMBER, NUMBER_WITH_SPACES, read_number
from core.language.phrasebook import Phrasebook
from core.language.text import Lexicon, divides, fold, is_unspaced, skip_spaces

DECIMALS_SPELLED_MAX = 6
"""How many digits are read one by one after a spoken decimal point."""
_GLUED_LETTERS_MAX = 60
_GLUED_PART_LETTERS_MIN = 2  # "km" is not a thousand millions
_POWERS_OF_TEN = frozenset(Decimal(10**power) for power in range(1, 13))
_LETTERS = re.compile(r"[^\W\d_]+")


class _Kind(Enum):
    DIGITS = auto()
    COUNT = auto()
    POWER = auto()  # multiplies what stands before it
    FRACTION = auto()


@dataclass(frozen=True, slots=True)
class _Token:
    end: int
    value: Decimal
    kind: _Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberPhrase:
    """A number in a text.

    Attributes:
        start, end: its place.
        value: its value; the separators of `written` are read for a currency of two decimals.
        written: its digits, where it is digits and nothing else.
        has_digits: whether it has any.
    """

    start: int
    end: int
    value: Decimal
    written: str | None
    has_digits: bool


class NumberPhrases:
    """The ways to write a number in one phrasebook, compiled."""

    def __init__(self, phrasebook: Phrasebook) -> None:
        self._decimal_separator = phrasebook.decimal_separator
        self._groups_by_space = phrasebook.groups_by_space
        words = {
            **_tokens(phrasebook.multipliers, _Kind.POWER),
            **_tokens(phrasebook.counts, _Kind.COUNT),
            **_tokens(phrasebook.fractions, _Kind.FRACTION),
        }
        self._words = Lexicon(words)
        self._joiners = Lexicon(dict.fromkeys(phrasebook.number_joiners, True))
        self._decimal_words = Lexicon(dict.fromkeys(phrasebook.decimal_words, True))
        self._morphemes = {
            fold(word): token
            for word, token in words.items()
            if token[1] is not _Kind.FRACTION and len(word) >= _GLUED_PART_LETTERS_MIN
        }
        self._glue = frozenset(map(fold, phrasebook.number_joiners))
        self._glued = lru_cache(maxsize=4096)(self._split_word)

    def find(self, text: str) -> Iterator[NumberPhrase]:
        """Every number of a folded text, from the left."""
        position = 0
        while position < len(text):
            found = self.starting(text, position)
            if found is not None:
                yield found
            position = position + 1 if found is None else found.end

    def starting(self, text: str, start: int) -> NumberPhrase | None:
        """The longest number that starts at the position."""
        if not text[start : start + 1].isalnum() or (start and text[start - 1].isdecimal()):
            return None
        sum_ = _Sum()
        written: str | None = None
        end, position = start, start
        run = self._run(text, start)
        following = next(run, None)
        while following is not None:
            (token, joined), following = following, next(run, None)
            is_multiplied = following is not None and following[0].kind is _Kind.POWER
            if token.kind is _Kind.DIGITS and end > start and not (is_unspaced(text[end - 1]) or is_multiplied):
                break  # "3k 500" is two numbers, "2 crore 50 lakh" is one
            if not sum_.takes(token, joined=joined):
                break
            written = text[position : token.end] if token.kind is _Kind.DIGITS and end == start else None
            end = position = token.end
            if (fraction := self._decimals_after(text, end)) is not None and sum_.is_whole_count(token):
                end = position = fraction.end
                sum_.add_decimals(fraction.value)
        if end == start:
            return None
        return NumberPhrase(start=start, end=end, value=sum_.total(), written=written, has_digits=sum_.has_digits)

    def spaced_digits(self, text: str, start: int) -> NumberPhrase | None:
        """Digits in groups of three with spaces between, for locales that write them otherwise ("5 450 Kč")."""
        match = NUMBER_WITH_SPACES.match(text, start)
        if self._groups_by_space or match is None or " " not in match[0]:
            return None
        value = read_number(match[0], decimal_separator=self._decimal_separator)
        if value is None:
            return None
        return NumberPhrase(start=start, end=match.end(), value=value, written=match[0], has_digits=True)

    def _run(self, text: str, start: int) -> Iterator[tuple[_Token, bool]]:
        """The tokens that follow each other from here, and whether a joiner or nothing at all stands before each."""
        position, joined = start, False
        while True:
            token = self._token(text, position)
            if token is None:
                glued = self._glued_at(text, position)
                for value, kind in glued[1]:
                    yield _Token(glued[0], value, kind), True
                if not glued[1]:
                    return
                position = glued[0]
            else:
                yield token, joined
                position = token.end
            after = skip_spaces(text, position)
            joiner = self._joiners.starting(text, after)
            joined = joiner is not None
            position = skip_spaces(text, joiner[0]) if joiner else after

    def _token(self, text: str, position: int) -> _Token | None:
        if text[position : position + 1].isdecimal():
            number = NUMBER_WITH_SPACES if self._groups_by_space else NUMBER
            match = number.match(text, position)
            value = read_number(match[0], decimal_separator=self._decimal_separator) if match else None
            return _Token(match.end(), value, _Kind.DIGITS) if match and value is not None else None
        found = self._words.starting(text, position)
        return _Token(found[0], *found[1]) if found else None

    def _decimals_after(self, text: str, end: int) -> _Token | None:
        """The digits that are said after a decimal point, as a fraction: "point two five"."""
        point = self._decimal_words.starting(text, skip_spaces(text, end))
        digits = ""
        position = skip_spaces(text, point[0]) if point else end
        while point and len(digits) < DECIMALS_SPELLED_MAX:
            token = self._token(text, position)
            if token is None or token.kind is _Kind.POWER or token.value.as_integer_ratio()[1] != 1:
                break
            if token.value >= 10 and (digits or token.value >= 100):
                break
            digits += str(int(token.value))
            end, position = token.end, skip_spaces(text, token.end)
        return _Token(end, Decimal(f"0.{digits}"), _Kind.FRACTION) if digits else None

    def _glued_at(self, text: str, position: int) -> tuple[int, tuple[tuple[Decimal, _Kind], ...]]:
        """The parts of a word that is several number words in one: "zweihundertfünfzig"."""
        word = _LETTERS.match(text, position)
        if word is None or len(word[0]) > _GLUED_LETTERS_MAX or not divides(text, position) or is_unspaced(word[0][0]):
            return position, ()
        return word.end(), self._glued(word[0])

    def _split_word(self, word: str) -> tuple[tuple[Decimal, _Kind], ...]:
        """The whole word as number words, the fewest that do; empty where it is not."""
        best: dict[int, tuple[tuple[Decimal, _Kind], ...]] = {len(word): ()}
        for start in range(len(word) - 1, -1, -1):
            for end in range(len(word), start, -1):
                part = word[start:end]
                if end not in best or not (part in self._morphemes or (part in self._glue and start > 0)):
                    continue
                parts = ((self._morphemes[part],) if part in self._morphemes else ()) + best[end]
                if start not in best or len(parts) < len(best[start]):
                    best[start] = parts
        return best.get(0, ())


class _Sum:
    """A number that is being said: terms that are added, the later ones smaller, each multiplied by what follows it."""

    def __init__(self) -> None:
        self._terms: list[Decimal] = []
        self._last: _Token | None = None
        self.has_digits = False

    def takes(self, token: _Token, *, joined: bool) -> bool:
        """Add a token, or return False where it does not belong to the number any more."""
        fits = self._multiplied(token) if token.kind is _Kind.POWER else self._added(token, joined)
        if fits:
            self._last = token
            self.has_digits = self.has_digits or token.kind is _Kind.DIGITS
        return fits

    def is_whole_count(self, token: _Token) -> bool:
        """Whether what was said last may be followed by a decimal point."""
        return token.kind is not _Kind.FRACTION and token.value == token.value.to_integral_value()

    def add_decimals(self, fraction: Decimal) -> None:
        """Add what is said after a decimal point."""
        self._terms[-1] += fraction

    def total(self) -> Decimal:
        """The number so far."""
        total = sum(self._terms, Decimal(0))
        whole = total.to_integral_value()
        return whole if total == whole else total

    def _multiplied(self, power: _Token) -> bool:
        smaller = [term for term in self._terms if term < power.value]
        if not self._terms:
            self._terms.append(power.value)
            return True
        if not smaller and self._last is not None and self._last.kind is _Kind.DIGITS:
            smaller = self._terms[-1:]  # "1500 thousand"
        if not smaller:
            return False
        del self._terms[len(self._terms) - len(smaller) :]
        self._terms.append(sum(smaller, Decimal(0)) * power.value)
        return True

    def _added(self, token: _Token, joined: bool) -> bool:
        if self._last is None:
            self._terms.append(token.value)
            return True
        last, value = self._terms[-1], token.value
        if token.kind is _Kind.FRACTION:
            fits = joined and last == last.to_integral_value()
        elif token.kind is _Kind.DIGITS:
            fits = self._last.kind is _Kind.POWER and self._is_below(value, last)
        else:
            reversed_tens = joined and last < 10 and value in range(20, 100, 10)
            fits = reversed_tens or (self._last.kind is not _Kind.DIGITS and self._is_below(value, last))
        if fits:
            self._terms.append(value)
        return fits

    @staticmethod
    def _is_below(value: Decimal, last: Decimal) -> bool:
        """Whether a number ends where another one goes on: after 20 a 5 may follow, and after 2000 a 350."""
        return 0 < value < last and last % 10 ** len(str(int(value))) == 0


def _tokens(words: Mapping[str, int] | Mapping[str, Decimal], kind: _Kind) -> dict[str, tuple[Decimal, _Kind]]:
    """What number words are; a count that is a power of ten above ten multiplies too, as a Chinese hundred does."""
    return {
        word: (Decimal(value), _Kind.POWER if kind is _Kind.COUNT and value > 10 and value in _POWERS_OF_TEN else kind)
        for word, value in words.items()
    }
