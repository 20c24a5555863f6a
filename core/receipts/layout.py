"""Words with places, put together to the rows that a person sees, whatever order they were read in."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.receipts.port import Box

_SHARED_HEIGHT_MIN = 0.5  # of the lower of the two
_SLOPE_MAX = 0.2
_ROWS_LOOKED_BACK = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word as it was read: its place in pixels of its page, how sure the reading is (0 to 1), and in which line it was seen."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    confidence: float
    line: int = 0

    @property
    def height(self) -> float:
        return self.bottom - self.top


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page as it was read. `number` counts from 0; width and height are in the pixels of its words."""

    number: int
    width: float
    height: float
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """Words that stand beside each other, from the left. `position`: of the row among all, 0 at the top to 1."""

    words: tuple[Word, ...]
    page: Page
    position: float

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def height(self) -> float:
        return statistics.median(word.height for word in self.words)

    def words_at(self, start: int, end: int) -> list[Word]:
        """The words that a span of `text` touches."""
        touched, offset = [], 0
        for word in self.words:
            if offset < end and start < offset + len(word.text):
                touched.append(word)
            offset += len(word.text) + 1
        return touched

    def box(self, start: int = 0, end: int | None = None) -> Box:
        """The place of a span of `text`, by default of all of it."""
        words = self.words_at(start, len(self.text) if end is None else end) or list(self.words)
        return box_of(words, self.page)

    def confidence(self, start: int, end: int) -> float:
        """How sure the reading of a span of `text` is: as sure as its least sure word."""
        return min((word.confidence for word in self.words_at(start, end)), default=0.0)


def box_of(words: Sequence[Word], page: Page) -> Box:
    """The place of several words of a page, in fractions of it."""
    return Box(
        page=page.number,
        left=_fraction(min(word.left for word in words), page.width),
        top=_fraction(min(word.top for word in words), page.height),
        right=_fraction(max(word.right for word in words), page.width),
        bottom=_fraction(max(word.bottom for word in words), page.height),
    )


def rows_of(pages: Iterable[Page]) -> list[Row]:
    """The rows of all pages, from the top of the first. Skewed text is levelled before rows are told apart."""
    grouped = [(page, words) for page in pages for words in _grouped(page)]
    last = max(len(grouped) - 1, 1)
    return [Row(tuple(words), page, index / last) for index, (page, words) in enumerate(grouped)]


def _grouped(page: Page) -> list[list[Word]]:
    """The words of a page by rows: what was read as one line stays together, and is joined with lines beside it."""
    slope = slope_of(page.words)
    lines: dict[int, list[Word]] = {}
    for word in page.words:
        if word.text.strip():
            lines.setdefault(word.line, []).append(word)
    # Lines are compared as if the paper lay straight, and kept as they lie.
    segments = [_Segment.of(words, slope) for words in lines.values()]
    rows: list[list[_Segment]] = []
    for segment in sorted(segments, key=lambda of: of.middle):
        best = max(rows[-_ROWS_LOOKED_BACK:], key=lambda row: _shared(row, segment), default=None)
        if best is not None and _shared(best, segment) >= _SHARED_HEIGHT_MIN:
            best.append(segment)
        else:
            rows.append([segment])
    rows.sort(key=lambda row: statistics.mean(segment.middle for segment in row))
    return [sorted((word for segment in row for word in segment.words), key=lambda of: of.left) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Segment:
    """Words that were read as one line, with their place on levelled paper: the usual top and bottom of a word."""

    words: tuple[Word, ...]
    left: float
    right: float
    top: float
    bottom: float

    @classmethod
    def of(cls, words: Sequence[Word], slope: float) -> "_Segment":
        # A rule or a smudge beside a line is taller than its letters: medians leave it out.
        return cls(
            words=tuple(words),
            left=min(word.left for word in words),
            right=max(word.right for word in words),
            top=statistics.median(word.top - slope * word.left for word in words),
            bottom=statistics.median(word.bottom - slope * word.left for word in words),
        )

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


def _shared(row: list[_Segment], segment: _Segment) -> float:
    """How much of the lower one's height a segment shares with a row beside it; nothing where one stands above the other."""
    if any(min(of.right, segment.right) > max(of.left, segment.left) for of in row):
        return 0.0
    nearest = min(row, key=lambda of: max(of.left - segment.right, segment.left - of.right))
    shared = min(nearest.bottom, segment.bottom) - max(nearest.top, segment.top)
    return shared / max(min(nearest.bottom - nearest.top, segment.bottom - segment.top), 1.0)


def slope_of(words: Sequence[Word]) -> float:
    """How far text climbs or falls on its way to the right, in pixels a pixel, by the lines that the reading saw."""
    lines: dict[int, list[Word]] = {}
    for word in words:
        lines.setdefault(word.line, []).append(word)
    slopes = []
    for line in lines.values():
        first, last = min(line, key=lambda of: of.left), max(line, key=lambda of: of.left)
        width = last.left - first.left
        if width > 4 * first.height:
            slopes.append((last.bottom - first.bottom) / width)
    slope = statistics.median(slopes) if len(slopes) >= 3 else 0.0
    return slope if abs(slope) <= _SLOPE_MAX else 0.0


def _fraction(pixels: float, whole: float) -> float:
    return round(min(max(pixels / whole, 0.0), 1.0), 4) if whole else 0.0
