"""Keeps the emulators' chats and counters in a file, so that the playground goes on where it was left."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.playground.state import Bus, Snapshotting, Subscription, load_snapshots, save_snapshots
from bot.playground.wire import WireLog

SAVE_DELAY_S = 0.2
"""Changes come in bursts: one writing takes them all."""


class Keeper:
    """Writes the snapshots soon after each change, and a last time at the end."""

    def __init__(self, path: Path, parts: Mapping[str, Snapshotting], *, bus: Bus, wire: WireLog) -> None:
        self._path = path
        self._parts = parts
        self._bus = bus
        self._wire = wire
        self._changed = asyncio.Event()

    def load(self) -> bool:
        """Restores what was kept. False when nothing was. Raises ValueError for a file of another version."""
        return load_snapshots(self._path, self._parts)

    def save(self) -> None:
        save_snapshots(self._path, self._parts)

    @asynccontextmanager
    async def keeping(self) -> AsyncIterator[None]:
        """Saves while the block runs, and once more when it ends."""
        with self._bus.subscribe() as news, self._wire.subscribe() as calls:
            tasks = [asyncio.create_task(work) for work in (self._notice(news), self._notice(calls), self._write())]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                for task in tasks:
                    with contextlib.suppress(asyncio.CancelledError):
                        await task
                self.save()

    async def _notice(self, news: Subscription[Any]) -> None:
        async for _ in news:
            self._changed.set()

    async def _write(self) -> None:
        while True:
            await self._changed.wait()
            await asyncio.sleep(SAVE_DELAY_S)
            self._changed.clear()
            self.save()
