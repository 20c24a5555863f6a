"""A receipt as it leaves the till: dark print on white, flat, as a grey picture. Imports Pillow."""

import datetime
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from PIL import Image, ImageDraw, ImageFont

from bot.playground.samples.receipt import SampleReceipt

WIDTH = 640
MARGIN = 44
PRINT_SIZE = 27
LINE_HEIGHT = 40
INK = 38

_FONTS = {
    "till": "DejaVuSansMono.ttf",
    "till-bold": "DejaVuSansMono-Bold.ttf",
    "letter": "DejaVuSerif.ttf",
    "letter-bold": "DejaVuSerif-Bold.ttf",
}
"""The file of each face. matplotlib, which draws the reports, brings them along: they are the same everywhere."""

_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True, slots=True)
class _Line:
    """One printed line: words at the left or in the middle, an amount at the right; `size` is relative."""

    left: str = ""
    right: str = ""
    middle: bool = False
    bold: bool = False
    size: float = 1.0
    kind: Literal["words", "rule", "space"] = "words"


_RULE, _SPACE = _Line(kind="rule"), _Line(kind="space")


@lru_cache(maxsize=16)
def _font(face: str, size: int) -> _Font:
    """Return the face in pixels: matplotlib's file, else the system's, else Pillow's own font, which knows ASCII alone."""
    name = _FONTS[face]
    found = importlib.util.find_spec("matplotlib")  # Its folder is enough: importing it takes more than a second.
    folders = list(found.submodule_search_locations or ()) if found else []
    for path in (*(str(Path(folder) / "mpl-data" / "fonts" / "ttf" / name) for folder in folders), name):
        try:
            return ImageFont.truetype(path, size)
        except OSError:
            continue
    return ImageFont.load_default(size)


def printed(sample: SampleReceipt, today: datetime.date) -> Image.Image:
    """Draw the receipt of a sample whose dates count from `today`."""
    lines = list(_lines(sample, today))
    height = sum(_height(line) for line in lines) + 2 * MARGIN
    picture = Image.new("L", (WIDTH, height), 255)
    draw = ImageDraw.Draw(picture)
    face = "letter" if sample.serif else "till"
    top = MARGIN
    for line in lines:
        _print_line(draw, line, top, face)
        top += _height(line)
    return picture


def _lines(sample: SampleReceipt, today: datetime.date) -> Iterator[_Line]:
    wording = sample.wording
    yield _Line(left=sample.merchant, middle=True, bold=True, size=1.25)
    for words in sample.address:
        yield _Line(left=words, middle=True, size=0.9)
    yield _SPACE
    for words in wording.printed_before:
        yield _Line(left=words)
    yield _Line(left=datetime.datetime.combine(sample.day(today), sample.time).strftime(wording.date))
    yield _RULE
    for item in sample.items:
        count = f"{item.quantity} x " if item.quantity > 1 else ""
        yield _Line(left=count + item.name, right=sample.number(item.amount_minor))
    yield _RULE
    yield from _sums(sample)
    yield _SPACE
    for words in wording.printed_after:
        yield _Line(left=words, middle=True)


def _sums(sample: SampleReceipt) -> Iterator[_Line]:
    """Yield subtotal, taxes, total and payment, in the order in which a country prints them."""
    taxes = [
        _Line(
            left=sample.wording.tax.format(rate=sample.printed_rate(line.rate)),
            right=sample.number(line.tax_minor),
            size=1.0 if sample.taxes == "added" else 0.9,
        )
        for line in sample.tax_lines()
    ]
    if sample.wording.subtotal:
        yield _Line(left=sample.wording.subtotal, right=sample.number(sample.subtotal_minor))
    if sample.taxes == "added":
        yield from taxes
    if sample.tip_minor:
        yield _Line(left=sample.tip, right=sample.number(sample.tip_minor))
    yield _Line(left=sample.wording.total, right=sample.money(sample.total_minor), bold=True, size=1.2)
    yield _Line(left=sample.payment, right=sample.number(sample.total_minor))
    if sample.taxes == "included":
        yield _SPACE
        yield from taxes


def _height(line: _Line) -> int:
    return LINE_HEIGHT // 2 if line.kind != "words" else round(LINE_HEIGHT * line.size)


def _print_line(draw: ImageDraw.ImageDraw, line: _Line, top: int, face: str) -> None:
    if line.kind == "rule":
        middle = top + LINE_HEIGHT // 4
        draw.line((MARGIN, middle, WIDTH - MARGIN, middle), fill=110, width=2)
    if line.kind != "words":
        return
    face = f"{face}-bold" if line.bold else face
    font = _fitting(line, face)
    if line.middle:
        draw.text((WIDTH / 2, top), line.left, font=font, fill=INK, anchor="ma")
        return
    draw.text((MARGIN, top), line.left, font=font, fill=INK, anchor="la")
    draw.text((WIDTH - MARGIN, top), line.right, font=font, fill=INK, anchor="ra")


def _fitting(line: _Line, face: str) -> _Font:
    """Return the face in the line's size, or smaller where the words are too long for the paper."""
    size = round(PRINT_SIZE * line.size)
    while True:
        font = _font(face, size)
        between = PRINT_SIZE if line.right else 0
        if font.getlength(line.left) + between + font.getlength(line.right) <= WIDTH - 2 * MARGIN or size <= 12:
            return font
        size -= 1
