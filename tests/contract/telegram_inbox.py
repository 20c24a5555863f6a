"""What the tests of the Telegram edge share: an inbox in memory, a driver that runs, and who is written to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.intake import Accepted, Delivery
from bot.platform import Destination
from bot.telegram.driver import TelegramDriver
from bot.telegram.platform import TelegramPlatform
from handlers.events import Event
from handlers.outcome import Outcome
from tests.fixtures.telegram_emulator import TelegramServer

INSTALLATION = "01JGFJJZ00TELEGRAM00000000"
WAIT_S = 10.0


class Inbox:
    """An intake in memory: what a driver sees of one. `gate` holds commits up, `failures` are raised by the next ones."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.waiting: list[Delivery] = []
        self.failures: list[BaseException] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked = asyncio.Event()
        self._changed = asyncio.Condition()

    async def accept(self, installation_id: str, delivery: Delivery) -> Accepted:
        assert installation_id == INSTALLATION
        self.asked.set()
        await self.gate.wait()
        if self.failures:
            raise self.failures.pop(0)
        new = all(known.event_key != delivery.event_key for known in self.deliveries)
        async with self._changed:
            if new:
                self.deliveries.append(delivery)
            self._changed.notify_all()
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        outcome.set_result(Outcome(language="en"))
        return Accepted(delivery.event_key, new, outcome)

    def put_off(self, installation_id: str, delivery: Delivery) -> None:
        assert installation_id == INSTALLATION
        self.waiting.append(delivery)

    async def wait_for(self, count: int) -> list[Delivery]:
        async with asyncio.timeout(WAIT_S), self._changed:
            await self._changed.wait_for(lambda: len(self.deliveries) >= count)
        return self.deliveries


@asynccontextmanager
async def running(platform: TelegramPlatform, inbox: Inbox) -> AsyncIterator[TelegramDriver]:
    driver = TelegramDriver(platform, inbox)
    await driver.start(INSTALLATION)
    try:
        yield driver
    finally:
        await driver.stop()


async def next_event(platform: TelegramPlatform, inbox: Inbox, count: int) -> Event:
    event = platform.parse((await inbox.wait_for(count))[count - 1].payload, INSTALLATION)
    assert event is not None
    return event


def private_chat(server: TelegramServer) -> Destination:
    return Destination(channel=None, user=str(server.anna.id))
