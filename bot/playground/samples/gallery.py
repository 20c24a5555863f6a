"""The sample receipts as pictures: drawn when they are first asked for, in a thread, and kept for the day.

Pillow is imported there and then: a playground whose samples nobody looks at never loads it.
"""

import asyncio
import datetime
from collections.abc import Callable
from dataclasses import dataclass

from bot.playground.samples.catalogue import BY_KEY, SAMPLES
from bot.playground.samples.receipt import SampleReceipt
from bot.playground.state import Json


@dataclass(frozen=True, slots=True)
class Picture:
    """A sample as JPEG: as a phone sends it, and small for the tray."""

    photo: bytes
    thumbnail: bytes


class Gallery:
    """All samples, one drawn at a time. `today` tells the day from which their dates count."""

    def __init__(self, today: Callable[[], datetime.date] = datetime.date.today) -> None:
        self._today = today
        self._drawing = asyncio.Lock()
        self._drawn: dict[tuple[str, datetime.date], Picture] = {}

    def describe(self) -> list[Json]:
        """What the page's tray shows beside the pictures. Draws nothing."""
        return [_described(sample, self._today()) for sample in SAMPLES]

    async def picture(self, key: str) -> Picture:
        """Return a sample's picture. Raises KeyError for one that there is not."""
        sample, today = BY_KEY[key], self._today()
        async with self._drawing:
            picture = self._drawn.get((key, today))
            if picture is None:
                picture = await asyncio.to_thread(draw, sample, today)
                self._drawn[key, today] = picture
        return picture


def draw(sample: SampleReceipt, today: datetime.date) -> Picture:
    """Print a sample and photograph it; the same each time on the same day. Takes about half a second."""
    from bot.playground.samples.paper import printed
    from bot.playground.samples.photograph import photographed, reduced

    photo = photographed(printed(sample, today), sample.key)
    return Picture(photo=photo, thumbnail=reduced(photo))


def _described(sample: SampleReceipt, today: datetime.date) -> Json:
    return {
        "key": sample.key,
        "title": sample.title,
        "place": sample.place,
        "merchant": sample.merchant,
        "date": sample.day(today).isoformat(),
        "total": sample.money(sample.total_minor),
    }
