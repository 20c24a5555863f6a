"""The sample receipts: their sums hold, each is the same each time, and the project's own reader reads them."""

import datetime
import io
import json
import shutil
from decimal import Decimal

import pytest
from PIL import Image

from bot.playground.samples.catalogue import SAMPLES
from bot.playground.samples.gallery import Gallery, draw
from bot.playground.samples.photograph import PHOTO_SIZE, THUMBNAIL_SIZE
from bot.playground.samples.receipt import SampleReceipt
from tests.fixtures.command_line import CommandLine

TODAY = datetime.datetime.now(datetime.UTC).astimezone().date()
EACH_SAMPLE = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.key)
TOGETHER = 3
"""How many the reader gets at once: its start takes as long as a receipt."""


def total_of(sample: SampleReceipt) -> Decimal:
    return Decimal(sample.total_minor).scaleb(-sample.wording.minor_digits)


@pytest.mark.parametrize("start", range(0, len(SAMPLES), TOGETHER))
def test_the_reader_finds_total_and_date(start: int, command_line: CommandLine) -> None:
    if shutil.which("tesseract") is None:
        pytest.skip("needs Tesseract (scripts/system_packages.sh installs it)")
    samples = {f"{sample.key}.jpg": sample for sample in SAMPLES[start : start + TOGETHER]}
    folder = command_line.folder / "samples"
    folder.mkdir()
    for name, sample in samples.items():
        (folder / name).write_bytes(draw(sample, TODAY).photo)
    done = command_line.process("receipts", "read", str(folder), "--jsonl")
    assert done.status == 0, done.errors
    answers = [json.loads(line) for line in done.answer.splitlines()]
    read = {answer["image"]: (Decimal(answer["total"]), answer["date"], answer["currency"]) for answer in answers}
    assert read == {
        name: (total_of(sample), sample.day(TODAY).isoformat(), sample.currency) for name, sample in samples.items()
    }


@EACH_SAMPLE
def test_the_sums_of_a_sample_hold(sample: SampleReceipt) -> None:
    taxes = list(sample.tax_lines())
    added = sum(line.tax_minor for line in taxes) if sample.taxes == "added" else 0
    assert sample.total_minor == sum(item.amount_minor for item in sample.items) + added + sample.tip_minor
    for line in taxes:
        assert abs(line.net_minor * line.rate / 100 - line.tax_minor) <= 1
    for item in sample.items:
        assert item.amount_minor % item.quantity == 0


def test_samples_come_from_several_countries_with_several_rates() -> None:
    assert len({sample.place.rpartition(", ")[2] for sample in SAMPLES}) >= 8
    assert {sample.currency for sample in SAMPLES} >= {"EUR", "GBP", "PLN", "USD", "MYR", "JPY"}
    assert sum(len(list(sample.tax_lines())) > 1 for sample in SAMPLES) >= 8
    assert len({sample.key for sample in SAMPLES}) == len(SAMPLES)


def test_a_sample_is_the_same_each_time_and_the_size_of_a_phones_photo() -> None:
    first, again = draw(SAMPLES[0], TODAY), draw(SAMPLES[0], TODAY)
    assert first == again
    with Image.open(io.BytesIO(first.photo)) as photo, Image.open(io.BytesIO(first.thumbnail)) as small:
        assert (photo.format, photo.size) == ("JPEG", PHOTO_SIZE)
        assert small.width <= THUMBNAIL_SIZE[0]
        assert small.height <= THUMBNAIL_SIZE[1]


async def test_the_dates_of_samples_follow_the_day() -> None:
    day = datetime.date(2026, 3, 2)
    gallery = Gallery(today=lambda: day)
    before = {sample["key"]: sample["date"] for sample in gallery.describe()}
    monday = await gallery.picture(SAMPLES[0].key)
    assert await gallery.picture(SAMPLES[0].key) is monday
    day += datetime.timedelta(days=1)
    after = {sample["key"]: sample["date"] for sample in gallery.describe()}
    assert before[SAMPLES[0].key] == "2026-03-01"
    assert after[SAMPLES[0].key] == "2026-03-02"
    assert await gallery.picture(SAMPLES[0].key) != monday


async def test_there_is_no_picture_of_what_is_no_sample() -> None:
    with pytest.raises(KeyError):
        await Gallery().picture("elsewhere")
