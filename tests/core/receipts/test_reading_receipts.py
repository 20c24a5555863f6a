"""Printed receipts of several countries, read from real files of every kind."""

import datetime
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.receipts.errors import ReceiptNoText, ReceiptNotRecognised
from core.receipts.local_reader import LocalReader
from core.receipts.pdf import PAGES_MAX
from core.receipts.port import Hints, Reading
from tests.core.receipts import drawn_receipts as drawn

COUNTRIES: dict[str, tuple[str, dict[str, Any]]] = {
    "de": (drawn.GERMAN, {"merchant": "Morgenrot", "date": "2026-03-14", "total": "16.00", "currency": "EUR"}),
    "us": (drawn.AMERICAN, {"merchant": "Blue Anchor", "date": "2026-03-04", "total": "41.95", "currency": "USD"}),
    "gb": (drawn.BRITISH, {"merchant": "COPPER KETTLE", "date": "2026-02-21", "total": "25.15", "currency": "GBP"}),
    "fr": (drawn.FRENCH, {"merchant": "BRASSERIE DU PONT", "date": "2026-01-09", "total": "45.00", "currency": "EUR"}),
    "pl": (drawn.POLISH, {"merchant": "KAWIARNIA", "date": "2026-02-17", "total": "39.00", "currency": "PLN"}),
    "my": (
        drawn.MALAYSIAN,
        {"merchant": "BUNGA MAWAR SDN BHD", "date": "2026-02-05", "total": "27.50", "currency": "MYR"},
    ),
}


def expect(reading: Reading, merchant: str, date: str, total: str, currency: str) -> None:
    assert reading.total.value == Decimal(total)
    assert reading.date.value == datetime.date.fromisoformat(date)
    assert reading.currency.value == currency
    assert merchant in str(reading.merchant.value)


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_scan_of_each_country_is_read_with_every_field(local_reader: LocalReader, hints: Hints, country: str) -> None:
    text, expected = COUNTRIES[country]
    reading = local_reader.read(drawn.encoded(drawn.picture_of(text), "PNG"), hints)
    expect(reading, **expected)
    assert min(reading.total.confidence, reading.merchant.confidence) > 0.5
    assert reading.seconds > 0


def test_a_photo_askew_and_in_half_shadow_is_read(local_reader: LocalReader, hints: Hints) -> None:
    photo = drawn.photographed(drawn.picture_of(drawn.GERMAN))
    expect(local_reader.read(drawn.encoded(photo, quality=70), hints), **COUNTRIES["de"][1])


def test_taxes_are_read_by_rate(local_reader: LocalReader, hints: Hints) -> None:
    reading = local_reader.read(drawn.encoded(drawn.picture_of(drawn.GERMAN), "PNG"), hints)
    lines = {(line.rate_percent, line.amount) for line in reading.tax_lines}
    assert lines == {(Decimal("7.00"), Decimal("0.55")), (Decimal("19.00"), Decimal("1.21"))}
    assert reading.tax.value == Decimal("1.76")


@pytest.mark.parametrize(
    ("kind", "options"),
    [("JPEG", {}), ("PNG", {}), ("WEBP", {"quality": 80}), ("HEIF", {"quality": 80})],
)
def test_every_kind_of_picture_is_read(
    local_reader: LocalReader, hints: Hints, kind: str, options: dict[str, Any]
) -> None:
    content = drawn.encoded(drawn.picture_of(drawn.BRITISH), kind, **options)
    expect(local_reader.read(content, hints), **COUNTRIES["gb"][1])


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "RGBA", "LA", "I;16"])
def test_every_mode_of_colours_is_read(local_reader: LocalReader, hints: Hints, mode: str) -> None:
    picture = drawn.picture_of(drawn.BRITISH)
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 256)
    elif mode in {"RGBA", "LA"}:  # letters on nothing, which a plain conversion makes black on black
        ink = picture.convert("L").point(lambda value: 255 - value)
        picture = Image.merge("RGBA", (*(Image.new("L", ink.size) for _ in range(3)), ink)).convert(mode)
    else:
        picture = picture.convert(mode)
    content = drawn.encoded(picture, "JPEG" if mode == "CMYK" else "PNG")
    assert local_reader.read(content, hints).total.value == Decimal("25.15")


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_picture_is_turned_as_its_exif_says_and_places_are_those_of_the_turned_one(
    local_reader: LocalReader, hints: Hints, orientation: int
) -> None:
    back = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    exif = Image.Exif()
    exif[0x0112] = orientation
    lying = drawn.picture_of(drawn.BRITISH).transpose(back[orientation])
    reading = local_reader.read(drawn.encoded(lying, exif=exif), hints)
    expect(reading, **COUNTRIES["gb"][1])
    assert reading.merchant.box is not None
    assert reading.merchant.box.bottom < 0.2


def test_a_receipt_upside_down_without_a_word_in_its_exif_is_read(local_reader: LocalReader, hints: Hints) -> None:
    content = drawn.encoded(drawn.picture_of(drawn.BRITISH).transpose(Image.Transpose.ROTATE_180))
    assert local_reader.read(content, hints).total.value == Decimal("25.15")


def test_the_place_of_the_total_is_where_it_stands(local_reader: LocalReader, hints: Hints) -> None:
    picture = drawn.picture_of(drawn.AMERICAN)
    box = local_reader.read(drawn.encoded(picture, "PNG"), hints).total.box
    assert box is not None
    inside = picture.crop(
        (
            int(box.left * picture.width),
            int(box.top * picture.height),
            int(box.right * picture.width),
            int(box.bottom * picture.height),
        )
    ).convert("L")
    shades = np.asarray(inside)
    assert shades.min() < 80  # letters
    assert shades.max() > 200  # on paper
    assert box.left > 0.5  # the amount, not its word


def test_a_pdf_is_read_by_its_text_without_any_recognition(local_reader: LocalReader, hints: Hints) -> None:
    reading = local_reader.read(drawn.pdf_of([drawn.GERMAN]), hints)
    expect(reading, **COUNTRIES["de"][1])
    assert reading.merchant.value == "Bäckerei Morgenrot GmbH"
    assert reading.seconds < 2
    assert reading.pages == 1


def test_a_pdf_of_scans_is_read_like_a_picture(local_reader: LocalReader, hints: Hints) -> None:
    content = drawn.encoded(drawn.picture_of(drawn.BRITISH), "PDF", resolution=150)
    expect(local_reader.read(content, hints), **COUNTRIES["gb"][1])


def test_the_first_pages_of_a_long_pdf_are_read(local_reader: LocalReader, hints: Hints) -> None:
    content = drawn.pdf_of([drawn.GERMAN, *["Terms and conditions\nof a long kind\n"] * 5])
    reading = local_reader.read(content, hints)
    assert reading.pages == PAGES_MAX
    expect(reading, **COUNTRIES["de"][1])


def test_a_blank_page_has_no_text(local_reader: LocalReader, hints: Hints) -> None:
    with pytest.raises(ReceiptNoText):
        local_reader.read(drawn.encoded(Image.new("RGB", (600, 900), "white")), hints)


def test_a_letter_is_no_receipt(local_reader: LocalReader, hints: Hints) -> None:
    letter = (
        "Dear neighbours,\n\nplease close the gate at night, as the goats\nwere in the garden again.\n\nKind regards"
    )
    with pytest.raises(ReceiptNotRecognised):
        local_reader.read(drawn.encoded(drawn.picture_of(letter), "PNG"), hints)


def test_what_a_receipt_does_not_say_is_not_made_up(local_reader: LocalReader, hints: Hints) -> None:
    without_date_and_sign = "Corner Shop\n\nApples      2.40\nPears       1.10\n\nTotal       3.50\n"
    reading = local_reader.read(drawn.encoded(drawn.picture_of(without_date_and_sign), "PNG"), hints)
    assert reading.total.value == Decimal("3.50")
    assert (reading.date.value, reading.date.confidence, reading.currency.value) == (None, 0.0, None)
    assert (reading.tax.value, reading.tax_lines) == (None, ())


def test_the_expected_currency_is_the_last_resort_and_doubted(local_reader: LocalReader) -> None:
    expected = Hints(today=datetime.date(2026, 3, 20), currency="CHF")
    picture = drawn.picture_of("Corner Shop\n\nApples      2.40\nPears       1.10\n\nTotal       3.50\n")
    reading = local_reader.read(drawn.encoded(picture, "PNG"), expected)
    assert reading.currency.value == "CHF"
    assert reading.currency.confidence < 0.5
    assert reading.currency.box is None


SHARED_SAMPLE = 6
ALL_RIGHT_MIN = 0.4


@pytest.mark.needs_shared
def test_scans_of_real_receipts_are_read(local_reader: LocalReader, shared_folder: Path) -> None:
    """Total and date of the first receipts of SROIE; all of them, with merchants, are measured by its own program."""
    truths = [json.loads(line) for line in (shared_folder / "receipts/truth.jsonl").read_text("utf-8").splitlines()]
    sample = [truth for truth in truths if truth["kind"] == "sroie"][:SHARED_SAMPLE]
    right = 0
    for truth in sample:
        content = (shared_folder / "receipts/images" / truth["image"]).read_bytes()
        reading = local_reader.read(content, Hints(today=datetime.date(2026, 3, 20)))
        right += reading.total.value == Decimal(truth["total"]) and str(reading.date.value) in truth["date_ok"]
    assert right >= ALL_RIGHT_MIN * len(sample)
