"""The ways in which a picture is read, one after another: upright and level first. Runs in a worker process alone."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.receipts import preparation, tesseract
from core.receipts.layout import Page, Word, slope_of

if TYPE_CHECKING:
    from core.receipts.pictures import Grey

LEGIBLE_LETTERS_MIN = 12
"""Letters of a receipt's words that are read at least where it stands upright. On 96 receipts there were 14 to 189, and 5
at the most where they lay on a side or upside down (measured)."""

_TURNED_BETTER = 1.5
_SLOPE_LEVEL = 0.02  # what leans less is read as well
_BLOCK, _COLUMN, _SCATTERED = 6, 4, 11

Legibility = Callable[[Page], int]
Origin = Callable[[float, float], tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """A page's picture, scaled, upright and level, and where a point of it lies on the upright picture."""

    grey: "Grey"
    number: int
    languages: str
    origin: Origin | None = None

    def read(self, prepare: "Callable[[Grey], Grey]", segmentation: int) -> Page:
        """Read the words, with places on the picture as it was before it was levelled."""
        page = tesseract.words_of(
            prepare(self.grey), page=self.number, languages=self.languages, segmentation=segmentation
        )
        if self.origin is None:
            return page
        return replace(page, words=tuple(_moved(word, self.origin) for word in page.words))


def read_in_passes(greys: "Sequence[Grey]", languages: str, legibility: Legibility) -> Iterator[list[Page]]:
    """Yield all pages, read as they are, then with light evened out, then in black and white.

    `legibility`: how much of a page is words that receipts have; it tells which way is up.
    """
    sheets, first = [], []
    for number, grey in enumerate(greys):
        sheet, page = _upright(preparation.scaled(grey), number, languages, legibility)
        sheets.append(sheet)
        first.append(page)
    yield first
    for prepare, segmentation in ((preparation.evened, _COLUMN), (preparation.binarised, _SCATTERED)):
        yield [sheet.read(prepare, segmentation) for sheet in sheets]


def _upright(grey: "Grey", number: int, languages: str, legibility: Legibility) -> tuple[_Sheet, Page]:
    """Read a page; where hardly a word is one of a receipt, read it turned; where its lines lean, level it."""
    sheet = _Sheet(grey=grey, number=number, languages=languages)
    page = sheet.read(_as_it_is, _BLOCK)
    best = legibility(page)
    if best < LEGIBLE_LETTERS_MIN:
        for quarters in (2, 1, 3):
            other = _Sheet(grey=preparation.turned(grey, quarters), number=number, languages=languages)
            read = other.read(_as_it_is, _BLOCK)
            if legibility(read) > _TURNED_BETTER * best:
                sheet, page, best = other, read, legibility(read)
            if best >= LEGIBLE_LETTERS_MIN:
                break
    slope = slope_of(page.words)
    if abs(slope) < _SLOPE_LEVEL:
        return sheet, page
    level, origin = preparation.levelled(sheet.grey, slope)
    sheet = replace(sheet, grey=level, origin=origin)
    read = sheet.read(_as_it_is, _BLOCK)
    return sheet, read if legibility(read) >= best else page


def _as_it_is(grey: "Grey") -> "Grey":
    return grey


def _moved(word: Word, origin: Origin) -> Word:
    """A word whose middle is moved; it keeps its size, as it leans by few degrees."""
    x, y = origin((word.left + word.right) / 2, (word.top + word.bottom) / 2)
    half_width, half_height = (word.right - word.left) / 2, (word.bottom - word.top) / 2
    return replace(word, left=x - half_width, right=x + half_width, top=y - half_height, bottom=y + half_height)
