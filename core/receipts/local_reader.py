"""Reads receipts in the process that it is called in, which is a worker: it opens strangers' files and runs Tesseract."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from core.kernel.errors import DomainError
from core.receipts import pdf, pictures, preparation, tesseract, wire
from core.receipts.errors import ReceiptNoText, ReceiptNotRecognised
from core.receipts.layout import Page
from core.receipts.media import accepted_media_type
from core.receipts.picking import PassFindings, ReceiptRules
from core.receipts.port import Hints, Reading
from core.receipts.words import ReceiptWords

if TYPE_CHECKING:
    from core.receipts.pictures import Grey

PDF = "application/pdf"

SURE = 0.85
"""A reading whose fields are all as sure as this is not repeated: a further pass takes as long as the first."""

FURTHER_PASSES_S_MAX = 10
"""No further pass is begun after this time, in seconds: on a busy machine a doubtful reading is better than none."""

_CLEAR_CHARACTERS_MIN = 40  # fewer are read of a receipt that lies on its side, or of no receipt
_CLEAR_CONFIDENCE = 0.6
_TURNED_BETTER = 2.0
_COLUMN, _BLOCK, _SCATTERED = 4, 6, 11


@dataclass(frozen=True, slots=True, kw_only=True)
class _Upright:
    """A page's picture, scaled and the right way up, and its first reading."""

    grey: "Grey"
    read: Page


class LocalReader:
    """Reads receipts, one after another. Keeps the compiled words."""

    def __init__(self, words: ReceiptWords) -> None:
        self._rules = ReceiptRules(words)

    def read(self, content: bytes, hints: Hints) -> Reading:
        """What core.receipts.port.ReceiptReader.read does."""
        started_s = time.perf_counter()
        media_type = accepted_media_type(content)
        if media_type == PDF:
            reading, pages = self._read_pdf(content, hints)
        else:
            reading, pages = self._read_pictures([pictures.decoded(content, media_type)], hints), 1
        _refuse_what_is_no_receipt(reading)
        return replace(reading, pages=pages, seconds=round(time.perf_counter() - started_s, 3))

    def _read_pdf(self, content: bytes, hints: Hints) -> tuple[Reading, int]:
        """The text layer where every page has one: nothing is misread there, and it takes no time."""
        with pdf.opened(content) as document:
            count = min(len(document), pdf.PAGES_MAX)
            layers = [pdf.page_words(document, number) for number in range(count)]
            written = [layer for layer in layers if layer is not None]
            if written:
                return self._rules.reading([self._rules.findings(written, hints)], hints), count
            rendered = [pdf.page_picture(document, number) for number in range(count)]
        return self._read_pictures(rendered, hints), count

    def _read_pictures(self, greys: "Sequence[Grey]", hints: Hints) -> Reading:
        """Read once, and again in other ways as long as something is doubtful."""
        started_s = time.perf_counter()
        languages = tesseract.languages_for(hints.locales)
        passes: list[PassFindings] = []
        reading = Reading()
        for pages in _passes(greys, languages):
            passes.append(self._rules.findings(pages, hints))
            reading = self._rules.reading(passes, hints)
            is_sure = min(reading.total.confidence, reading.date.confidence, reading.merchant.confidence) >= SURE
            if is_sure or time.perf_counter() - started_s > FURTHER_PASSES_S_MAX:
                break
        return reading


def _passes(greys: "Sequence[Grey]", languages: str) -> Iterator[list[Page]]:
    """Yield the pages of each way to read: as they are, then with light evened out, then in black and white."""
    upright = [
        _upright(preparation.scaled(grey), number=number, languages=languages) for number, grey in enumerate(greys)
    ]
    yield [page.read for page in upright]
    for prepare, segmentation in ((preparation.evened, _COLUMN), (preparation.binarised, _SCATTERED)):
        yield [
            tesseract.words_of(prepare(page.grey), page=number, languages=languages, segmentation=segmentation)
            for number, page in enumerate(upright)
        ]


def _upright(grey: "Grey", *, number: int, languages: str) -> _Upright:
    """Read a page, and where hardly anything can be read, turned: which way is up shows in what can be read."""
    best = _Upright(grey=grey, read=_first_reading(grey, number, languages))
    if _clear_characters(best.read) >= _CLEAR_CHARACTERS_MIN:
        return best
    for quarters in (2, 1, 3):
        turned = preparation.turned(grey, quarters)
        other = _Upright(grey=turned, read=_first_reading(turned, number, languages))
        if _clear_characters(other.read) > _TURNED_BETTER * max(_clear_characters(best.read), 1):
            best = other
    return best


def _first_reading(grey: "Grey", number: int, languages: str) -> Page:
    return tesseract.words_of(grey, page=number, languages=languages, segmentation=_BLOCK)


def _clear_characters(page: Page) -> int:
    return sum(len(word.text) for word in page.words if word.confidence >= _CLEAR_CONFIDENCE and len(word.text) > 1)


def _refuse_what_is_no_receipt(reading: Reading) -> None:
    """Raise ReceiptNoText where nothing could be read, ReceiptNotRecognised where it is another kind of text."""
    if sum(map(str.isalnum, "".join(line.text for line in reading.lines))) < pdf.LAYER_CHARACTERS_MIN:
        raise ReceiptNoText
    if reading.total.value is None and reading.date.value is None and not reading.tax_lines:
        raise ReceiptNotRecognised


def start(setup: dict[str, Any]) -> "Handler":
    """The entry point of a worker. `setup`: {"words": ReceiptWords.to_json()}."""
    return Handler(LocalReader(ReceiptWords.from_json(setup["words"])))


class Handler:
    """Requests and answers of a worker, as core.receipts.wire has them."""

    def __init__(self, reader: LocalReader) -> None:
        self._reader = reader

    def __call__(self, request: dict[str, Any], content: bytes) -> tuple[dict[str, Any], bytes]:
        """Read a receipt; a refusal is an answer, too."""
        try:
            reading = self._reader.read(content, wire.hints_of(request))
        except DomainError as refusal:
            return wire.refused(refusal), b""
        return wire.answered(reading), b""
