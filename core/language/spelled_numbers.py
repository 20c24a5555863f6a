"""Numbers written in words: "twenty five", "two hundred", "三千五百"."""

from collections.abc import Iterator, Mapping

from core.language.text import Lexicon, skip_spaces

_POWERS_OF_TEN = frozenset(10**power for power in range(1, 10))
_GROUP = 10**4  # from here on a power multiplies all that was said before it: a Chinese ten thousand, a million


class SpelledNumbers:
    """Number words of one phrasebook, added and multiplied as they follow each other."""

    def __init__(self, counts: Mapping[str, int], multipliers: Mapping[str, int]) -> None:
        self._words = Lexicon({**multipliers, **counts})

    def find(self, text: str) -> Iterator[tuple[int, int, int]]:
        """Every run of number words in a folded text: start, end, value."""
        position = 0
        while position < len(text):
            found = self._words.starting(text, position)
            if found is None or text[position].isdecimal():
                position += 1
                continue
            start, values = position, []
            while found is not None:
                position = found[0]
                values.append(found[1])
                found = self._words.starting(text, skip_spaces(text, position))
            yield start, position, _total(values)


def _total(values: list[int]) -> int:
    """A power of ten multiplies what stands before it; anything else is added."""
    total = pending = 0
    for value in values:
        if value not in _POWERS_OF_TEN:
            pending += value
        elif value >= _GROUP:
            total, pending = max(total + pending, 1) * value, 0
        else:
            total, pending = total + max(pending, 1) * value, 0
    return total + pending
