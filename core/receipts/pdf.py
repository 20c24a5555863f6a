"""PDF files: the words of their text layer, and pages as pictures where there is none. Runs in a worker process alone."""

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pypdfium2

from core.receipts.errors import ReceiptEncrypted, ReceiptTruncated
from core.receipts.layout import Page, Word

if TYPE_CHECKING:
    from core.receipts.pictures import Grey

PAGES_MAX = 3  # the total of an invoice stands on its first pages, and what follows are terms
CHARACTERS_MAX = 20_000  # of a page; the densest invoice has a quarter
LAYER_CHARACTERS_MIN = 20  # fewer are a stamp on a scan
RENDERED_PIXELS_MAX = 8_000_000
_DOTS_PER_POINT = 300 / 72
_WORD_CONFIDENCE = 0.99  # nothing was misread, only the order may be odd
_GAP_OF_WORDS = 0.25  # of a character's height: what lies further apart is another word


@contextlib.contextmanager
def opened(content: bytes) -> Iterator[pypdfium2.PdfDocument]:
    """Open a PDF without a password. Raises ReceiptEncrypted, ReceiptTruncated."""
    try:
        document = pypdfium2.PdfDocument(content)
        pages = len(document)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise ReceiptEncrypted from error
        raise ReceiptTruncated from error
    try:
        if not pages:
            raise ReceiptTruncated
        yield document
    finally:
        document.close()


def page_words(document: pypdfium2.PdfDocument, number: int) -> Page | None:
    """The text layer of a page, in points; None where it has none worth the name."""
    page = document[number]
    width, height = page.get_size()
    layer = page.get_textpage()
    try:
        count = min(layer.count_chars(), CHARACTERS_MAX)
        words = tuple(_words(layer, count, height))
    finally:
        layer.close()
        page.close()
    if sum(len(word.text) for word in words) < LAYER_CHARACTERS_MIN:
        return None
    return Page(number=number, width=width, height=height, words=words)


def _words(layer: pypdfium2.PdfTextPage, count: int, page_height: float) -> Iterator[Word]:
    text = ""
    box = (0.0, 0.0, 0.0, 0.0)
    for index in range(count):
        character = layer.get_text_range(index, 1)
        left, bottom, right, top = layer.get_charbox(index, loose=True)
        is_apart = bool(text) and (
            left - box[2] > _GAP_OF_WORDS * (top - bottom)
            or left < box[0]
            or abs(bottom - box[1]) > 0.5 * (top - bottom)
        )
        if text and (not character.strip() or is_apart):
            yield _word(text, box, page_height)
            text = ""
        if character.strip():
            box = (
                (min(box[0], left), min(box[1], bottom), max(box[2], right), max(box[3], top))
                if text
                else (left, bottom, right, top)
            )
            text += character
    if text:
        yield _word(text, box, page_height)


def _word(text: str, box: tuple[float, float, float, float], page_height: float) -> Word:
    left, bottom, right, top = box
    return Word(
        text=text,
        left=left,
        top=page_height - top,
        right=right,
        bottom=page_height - bottom,
        confidence=_WORD_CONFIDENCE,
        line=round(bottom),
    )


def page_picture(document: pypdfium2.PdfDocument, number: int) -> "Grey":
    """A page as a picture in grey, of at most RENDERED_PIXELS_MAX however large its paper is. Raises ReceiptTruncated."""
    page = document[number]
    try:
        width, height = page.get_size()
        scale = min(_DOTS_PER_POINT, (RENDERED_PIXELS_MAX / max(width * height, 1.0)) ** 0.5)
        rendered = page.render(scale=scale, grayscale=True).to_numpy()
        return np.ascontiguousarray(rendered.reshape(rendered.shape[:2]))
    except (pypdfium2.PdfiumError, ValueError) as error:
        raise ReceiptTruncated from error
    finally:
        page.close()
