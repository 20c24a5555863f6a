"""Reads receipts in the process that it is called in, which is a worker: it opens strangers' files and runs Tesseract."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from core.kernel.errors import DomainError
from core.receipts import pdf, pictures, tesseract, wire
from core.receipts.errors import ReceiptNoText, ReceiptNotRecognised
from core.receipts.media import accepted_media_type
from core.receipts.passes import read_in_passes
from core.receipts.picking import PassFindings, ReceiptRules
from core.receipts.port import Hints, Reading
from core.receipts.words import ReceiptWords

if TYPE_CHECKING:
    from core.receipts.pictures import Grey

PDF = "application/pdf"
TESSERACT, TEXT_LAYER = "tesseract", "text-layer"

SURE = 0.85
"""A reading whose fields are all as sure as this is not repeated: a further pass takes as long as the first."""

FURTHER_PASSES_S_MAX = 20
"""No further pass is begun after this time, in seconds on the wall: a doubtful reading is better than none at all."""


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
                reading = self._rules.reading([self._rules.findings(written, hints)], hints)
                return replace(reading, engine=TEXT_LAYER), count
            rendered = [pdf.page_picture(document, number) for number in range(count)]
        return self._read_pictures(rendered, hints), count

    def _read_pictures(self, greys: "Sequence[Grey]", hints: Hints) -> Reading:
        """Read once, and again in other ways as long as something is doubtful. Raises ReceiptNoText without a legible page."""
        greys = [grey for grey in greys if pictures.is_legible(grey)]
        if not greys:
            raise ReceiptNoText
        started_s = time.perf_counter()
        languages = tesseract.languages_for(hints.locales)
        passes: list[PassFindings] = []
        reading = Reading()
        for pages in read_in_passes(greys, languages, self._rules.legibility):
            passes.append(self._rules.findings(pages, hints))
            reading = self._rules.reading(passes, hints)
            is_sure = min(reading.total.confidence, reading.date.confidence, reading.merchant.confidence) >= SURE
            if is_sure or time.perf_counter() - started_s > FURTHER_PASSES_S_MAX:
                break
        return replace(reading, engine=TESSERACT)


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
