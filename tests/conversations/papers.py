"""The papers of a transcript: receipts, drawn from what they say, and files that are none. Whoever reads them is here, too."""

import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial

import pillow_heif
from PIL import Image
from typing_extensions import override

from core.kernel.errors import DomainError
from core.receipts.errors import ReceiptNoText
from core.receipts.media import accepted_media_type
from core.receipts.port import Field, Hints, Reading, ReceiptReader
from core.receipts.record import SIZE_BYTES_MAX
from tests.core.receipts import drawn_receipts as drawn

SURE, DOUBTFUL = 0.95, 0.4
ENCODINGS = {"receipt": "JPEG", "HEIC": "HEIF"}
"""What Pillow calls a kind, where it is not the kind's own name."""
TYPES = {
    "receipt": ("jpg", "image/jpeg"),
    "PDF": ("pdf", "application/pdf"),
    "PNG": ("png", "image/png"),
    "WebP": ("webp", "image/webp"),
    "HEIC": ("heic", "image/heic"),
}
_AMOUNT = re.compile(r"([\d.]+) ([A-Z]{3})")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
pillow_heif.register_heif_opener()
_JPEG_END = b"\xff\xd9"
POSTER = "GRAND OPENING\n\nCome and see us\nMusic, dancing, friends\nEverybody is welcome"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A file that people send. `says`: what is read of it where a transcript does not have Tesseract read it."""

    name: str
    file_name: str
    media_type: str
    make: Callable[[], bytes]
    says: Reading | DomainError

    @property
    def content(self) -> bytes:
        """Return its bytes, which are made when they are first asked for."""
        return _made(self.make)

    @property
    def is_photo(self) -> bool:
        """Tell whether a phone sends it as a photo, where that is another thing than a file."""
        return self.media_type == "image/jpeg" and self.content.endswith(_JPEG_END)


def marked(kind: str, content: bytes, papers: Mapping[str, Paper], file_name: str = "") -> str:
    """Return how something attached is written: by the name of the paper that it is, else by its own, if it has one."""
    name = next((paper.name for paper in papers.values() if paper.content == content), None)
    if name is None and kind == "file":
        name = file_name
    return f"({kind}: {name})" if name else f"({kind})"


def receipt(name: str, kind: str, words: str) -> Paper:
    """Draw a receipt: "Café Central, 2026-03-11, 16.70 EUR"; what is not named is not on it, "?" marks what is doubtful."""
    suffix, media_type = TYPES[kind]
    reading = Reading()
    printed = []
    for part in words.split(", "):
        stands, confidence = part.removesuffix("?"), DOUBTFUL if part.endswith("?") else SURE
        if amount := _AMOUNT.fullmatch(stands):
            reading = _with(reading, confidence, total=Decimal(amount[1]), currency=amount[2])
            printed += ["", f"TOTAL      {amount[2]} {amount[1]}"]
        elif _DATE.fullmatch(stands):
            day = datetime.date.fromisoformat(stands)
            reading = _with(reading, confidence, date=day)
            printed.append(f"Date: {day:%d.%m.%Y}  12:41")
        else:
            reading = _with(reading, confidence, merchant=stands)
            printed += [stands, "Herrengasse 14", "1010 Wien", ""]
    return Paper(
        name=name,
        file_name=f"{_plain(name)}.{suffix}",
        media_type=media_type,
        make=partial(_drawn, "\n".join(printed), kind),
        says=reading,
    )


@cache
def _made(make: Callable[[], bytes]) -> bytes:
    return make()


def _drawn(text: str, kind: str) -> bytes:
    if kind == "PDF":
        return drawn.pdf_of([text])
    return drawn.encoded(drawn.picture_of(text), ENCODINGS.get(kind, kind.upper()))


def _with(reading: Reading, confidence: float, **values: object) -> Reading:
    fields = {name: Field(value=value, confidence=confidence) for name, value in values.items()}
    kept = {each: getattr(reading, each) for each in ("merchant", "date", "total", "currency")}
    return Reading(**(kept | fields))


def _plain(name: str) -> str:
    return name.lower().replace(" ", "-")


def _jpeg(text: str) -> bytes:
    return drawn.encoded(drawn.picture_of(text))


FILES: dict[str, tuple[str, str, Callable[[], bytes]]] = {
    "a text": ("txt", "text/plain", lambda: b"taxi 23.50"),
    "an SVG": ("svg", "image/svg+xml", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "empty": ("jpg", "image/jpeg", lambda: b""),
    "too large": ("jpg", "image/jpeg", lambda: b"\xff\xd8\xff" + bytes(SIZE_BYTES_MAX)),
    "cut off": ("jpg", "image/jpeg", lambda: _jpeg(drawn.BRITISH)[:800]),
    "locked": ("pdf", "application/pdf", lambda: drawn.pdf_of(["Total 12.00 EUR"], encrypted=True)),
    "a blank wall": ("jpg", "image/jpeg", lambda: _jpeg(" \n" * 12 + "." + " " * 20)),
    "a hundred megapixels": ("png", "image/png", lambda: drawn.encoded(Image.new("1", (10_000, 10_000)), "PNG")),
    "a poster": ("jpg", "image/jpeg", lambda: _jpeg(POSTER)),
}
"""What is no receipt that can be read: name's ending, media type, content."""


def other_file(name: str, described: str) -> Paper:
    """Make a file that is no receipt. Raises KeyError for a kind that there is not."""
    suffix, media_type, make = FILES[described]
    return Paper(
        name=name,
        file_name=f"{_plain(name)}.{suffix}",
        media_type=media_type,
        make=make,
        says=ReceiptNoText(),
    )


class ToldReader(ReceiptReader):
    """Reads of each paper what the transcript says of it."""

    def __init__(self, papers: dict[str, Paper]) -> None:
        self._says = {paper.content: paper.says for paper in papers.values()}

    @override
    async def read(self, content: bytes, *, hints: Hints) -> Reading:
        accepted_media_type(content)
        said = self._says[content]
        if isinstance(said, DomainError):
            raise said
        return said
