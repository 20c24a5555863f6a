"""Reading words with Tesseract. Runs in a worker process alone, and imports pytesseract there."""

import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import pytesseract

from core.receipts.errors import ReadingUnavailable
from core.receipts.layout import Page, Word

if TYPE_CHECKING:
    from core.receipts.pictures import Grey

FALLBACK_LANGUAGE = "eng"
LANGUAGES = {"de": "deu", "en": "eng", "es": "spa", "fr": "fra", "it": "ita", "nl": "nld", "pl": "pol", "pt": "por"}
"""Languages of locales (ISO 639-1) -> Tesseract's, those that scripts/system_packages.sh installs."""

LANGUAGES_MAX = 2  # each one more takes as long again, and figures are the same in all

_ENGINE_LSTM = 1
_NOT_A_WORD = -1


def words_of(grey: "Grey", *, page: int, languages: str, segmentation: int) -> Page:
    """Read the words of a picture.

    Args:
        grey: the picture, prepared.
        page: its number, from 0.
        languages: as `languages_for` gives them.
        segmentation: Tesseract's page segmentation mode: 4 a column of varying sizes, 6 one block, 11 scattered text.

    Raises ReadingUnavailable.
    """
    # A file of our own, without compression: pytesseract would write a PNG, which takes longer than some readings.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.pgm"
        path.write_bytes(cv2.imencode(".pgm", grey)[1].tobytes())
        try:
            data = pytesseract.image_to_data(
                str(path),
                lang=languages,
                config=f"--oem {_ENGINE_LSTM} --psm {segmentation} --dpi 300",
                output_type=pytesseract.Output.DICT,
            )
        except (pytesseract.TesseractNotFoundError, pytesseract.TesseractError) as error:
            raise ReadingUnavailable from error
    lines: dict[tuple[int, int, int], int] = {}
    words = []
    for index, text in enumerate(data["text"]):
        confidence = float(data["conf"][index])
        if confidence == _NOT_A_WORD or not str(text).strip():
            continue
        line = data["block_num"][index], data["par_num"][index], data["line_num"][index]
        left, top = int(data["left"][index]), int(data["top"][index])
        words.append(
            Word(
                text=str(text).strip(),
                left=left,
                top=top,
                right=left + int(data["width"][index]),
                bottom=top + int(data["height"][index]),
                confidence=confidence / 100,
                line=lines.setdefault(line, len(lines)),
            )
        )
    return Page(number=page, width=grey.shape[1], height=grey.shape[0], words=tuple(words))


def languages_for(locales: Sequence[str]) -> str:
    """Tesseract's languages for locales, of those that are installed; English, which is, where none is known.

    Raises ReadingUnavailable where Tesseract or its English is missing.
    """
    installed = _installed()
    if FALLBACK_LANGUAGE not in installed:
        raise ReadingUnavailable
    wanted = [LANGUAGES.get(locale.replace("_", "-").partition("-")[0].lower(), "") for locale in locales]
    known = dict.fromkeys(language for language in (*wanted, FALLBACK_LANGUAGE) if language in installed)
    return "+".join([*known][:LANGUAGES_MAX])


@lru_cache(maxsize=1)
def _installed() -> frozenset[str]:
    try:
        return frozenset(pytesseract.get_languages())
    except (pytesseract.TesseractNotFoundError, pytesseract.TesseractError) as error:
        raise ReadingUnavailable from error
