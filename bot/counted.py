"""A platform and a reader of receipts whose calls are counted and timed, whoever makes them."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from bot.platform import (
    Attachment,
    Destination,
    LockedOut,
    MessageGone,
    MessageRef,
    Platform,
    RateLimited,
    Refused,
    TryLater,
    Unreachable,
)
from bot.translation import Translator
from core.kernel import metrics
from core.kernel.errors import DomainError
from core.receipts.port import Hints, Reading, ReadingStopped, ReceiptReader
from handlers.events import Event, IncomingFile, Profile, Source
from handlers.forms import OpenedForm
from handlers.replies import Card

_OUTCOMES: dict[type[BaseException], str] = {
    RateLimited: "limited",
    LockedOut: "locked out",
    TryLater: "later",
    Unreachable: "unreachable",
    MessageGone: "gone",
    Refused: "refused",
    asyncio.CancelledError: "cancelled",
}


def outcome_of(error: BaseException) -> str:
    """Return the word under which a failed call is counted."""
    return next((_OUTCOMES[kind] for kind in type(error).__mro__ if kind in _OUTCOMES), "fault")


class CountedPlatform:
    """Does what the platform does; a Platform itself."""

    def __init__(self, platform: Platform) -> None:
        """Take the platform."""
        self._platform = platform
        self.name = platform.name

    def parse(self, payload: Mapping[str, Any], installation_id: str) -> Event | None:
        return self._platform.parse(payload, installation_id)

    async def profile(self, source: Source, payload: Mapping[str, Any]) -> Profile:
        with self._counted("profile"):
            return await self._platform.profile(source, payload)

    async def send(
        self, to: Destination, card: Card, words: Translator, picture: Attachment | None = None
    ) -> MessageRef:
        with self._counted("send"):
            return await self._platform.send(to, card, words, picture)

    async def edit(self, message: MessageRef, card: Card, words: Translator, picture: Attachment | None = None) -> None:
        with self._counted("edit"):
            await self._platform.edit(message, card, words, picture)

    async def send_file(self, to: Destination, file: Attachment, words: str) -> MessageRef:
        with self._counted("send_file"):
            return await self._platform.send_file(to, file, words)

    async def publish_home(self, user: str, card: Card, words: Translator) -> None:
        with self._counted("publish_home"):
            await self._platform.publish_home(user, card, words)

    async def show_activity(self, to: Destination) -> None:
        with self._counted("show_activity"):
            await self._platform.show_activity(to)

    async def download(self, file: IncomingFile, size_bytes_max: int) -> bytes:
        with self._counted("download"):
            return await self._platform.download(file, size_bytes_max)

    async def remove(self, message: MessageRef) -> None:
        with self._counted("remove"):
            await self._platform.remove(message)

    async def answer(self, source: Source, words: str | None) -> None:
        with self._counted("answer"):
            await self._platform.answer(source, words)

    async def open_form(self, source: Source, form: OpenedForm, words: Translator) -> None:
        with self._counted("open_form"):
            await self._platform.open_form(source, form, words)

    @contextmanager
    def _counted(self, method: str) -> Iterator[None]:
        started_s = time.perf_counter()
        outcome = "done"
        try:
            yield
        except BaseException as error:
            outcome = outcome_of(error)
            raise
        finally:
            metrics.called(self.name, method, outcome, time.perf_counter() - started_s)


class CountedReader:
    """Reads receipts as the reader does; a core.receipts.port.ReceiptReader itself."""

    def __init__(self, reader: ReceiptReader) -> None:
        """Take the reader."""
        self._reader = reader

    async def read(self, content: bytes, *, hints: Hints) -> Reading:
        started_s = time.perf_counter()
        engine, outcome = "none", "fault"
        try:
            reading = await self._reader.read(content, hints=hints)
        except DomainError:
            outcome = "refused"
            raise
        except ReadingStopped as stopped:
            outcome = stopped.reason.value
            raise
        else:
            engine, outcome = reading.engine, "read"
            return reading
        finally:
            metrics.receipt_read(engine, outcome, time.perf_counter() - started_s)
