"""An album on Telegram, through the real driver and the real intake: ten updates, one event."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from typing_extensions import override

from bot.intake import ALBUM_S, Intake
from bot.settings import load_settings
from bot.telegram.driver import TelegramDriver
from bot.telegram.platform import TelegramPlatform
from bot.translation import Catalogues
from bot.wiring import make_tools
from core.conversations.queries import close_delivery
from core.store.database import Database
from core.store.unit_of_work import Actor
from core.tenancy.service import ensure_installation
from handlers.dispatcher import Dispatcher, LoadProfile
from handlers.events import CommandInvoked, Event, FilesReceived, TextReceived
from handlers.outcome import Outcome
from tests.contract.telegram_inbox import WAIT_S
from tests.fixtures.clock import FakeClock
from tests.fixtures.telegram_emulator import TelegramServer, png

SYSTEM = Actor(platform="system", operation="test")


class Recorder(Dispatcher):
    """Keeps the events that it is given, and closes their deliveries."""

    def __init__(self, database: Database, tools_from: Catalogues) -> None:
        super().__init__(database, make_tools(load_settings({}), tools_from))
        self.database = database
        self.events: list[Event] = []
        self._news = asyncio.Condition()

    @override
    async def dispatch(
        self, inbox_ids: tuple[str, ...], event: Event, load_profile: LoadProfile, *, trace_id: str, watched: bool
    ) -> Outcome:
        async with self.database.write(SYSTEM) as uow:
            assert await close_delivery(uow, *inbox_ids)
        async with self._news:
            self.events.append(event)
            self._news.notify_all()
        return Outcome(language="en")

    async def wait_for(self, count: int) -> list[Event]:
        async with asyncio.timeout(WAIT_S), self._news:
            await self._news.wait_for(lambda: len(self.events) >= count)
        return self.events


@pytest.fixture
async def recorder(
    telegram_server: TelegramServer, platform: TelegramPlatform, sqlite_database: Database
) -> AsyncIterator[Recorder]:
    recorder = Recorder(sqlite_database, Catalogues())
    intake = Intake(sqlite_database, recorder, Catalogues())
    async with sqlite_database.write(SYSTEM) as uow:
        installation = await ensure_installation(
            uow, platform="telegram", external_id="7", name="bot", is_team=False, reuses_keys=True
        )
    intake.serve(installation.id, platform)
    await intake.start()
    driver = TelegramDriver(platform, intake)
    await driver.start(installation.id)
    yield recorder
    await driver.stop()
    await intake.stop(within_s=1)


async def test_an_album_of_ten_pictures_is_one_event(
    telegram_server: TelegramServer, recorder: Recorder, clock: FakeClock
) -> None:
    anna = telegram_server.anna
    await anna.start()
    pictures = await anna.send_album([png(4 + number) for number in range(10)], caption="dinner in Rome")
    await anna.send_text("that was all")
    await telegram_server.telegram.wait_idle()  # all twelve are committed
    assert [type(event) for event in await recorder.wait_for(2)] == [CommandInvoked, TextReceived]
    clock.advance(timedelta(seconds=ALBUM_S))
    album = (await recorder.wait_for(3))[2]
    assert isinstance(album, FilesReceived)
    assert (len(album.files), album.text, album.source.message) == (10, "dinner in Rome", str(pictures[0].id))
    assert [file.reference["file_id"] for file in album.files] == [
        picture.content["photo"][-1]["file_id"] for picture in pictures
    ]
