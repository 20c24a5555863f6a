"""What was sent before a bot ended is fetched by the next one as soon as its platform is up, and not a pause later."""

import asyncio

import pytest

from bot.receipts import PlatformFiles
from bot.telegram.platform import TelegramPlatform
from core.receipts.source import ContentLater
from core.store.database import Database
from tests.fixtures.people import Builder
from tests.fixtures.telegram_emulator import TelegramServer, png

BYTES_MAX = 1000


async def test_a_content_waits_for_its_platform_to_come_up(
    telegram_server: TelegramServer, platform: TelegramPlatform, sqlite_database: Database
) -> None:
    account = await Builder(sqlite_database).account("Anna")
    await telegram_server.anna.start()
    sent = await telegram_server.anna.send_photo(png())
    files = PlatformFiles(sqlite_database)
    fetching = asyncio.create_task(
        files.fetch(account.id, {"file_id": sent.content["photo"][-1]["file_id"]}, BYTES_MAX)
    )
    await asyncio.wait([fetching], timeout=0.05)  # long enough to find that nobody serves it
    assert not fetching.done()
    files.serve(account.installation_id, platform)
    assert await fetching == png()


async def test_a_platform_that_stays_away_holds_nobody_up(sqlite_database: Database) -> None:
    account = await Builder(sqlite_database).account("Anna")
    files = PlatformFiles(sqlite_database, served_within_s=0.01)
    with pytest.raises(ContentLater):
        await files.fetch(account.id, {"file_id": "1"}, BYTES_MAX)
