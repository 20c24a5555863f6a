"""The edges under test, against the emulators."""

from collections.abc import AsyncIterator

import pytest

from bot.telegram.platform import TelegramPlatform
from bot.translation import Translator
from tests.fixtures.telegram_emulator import TOKEN, TelegramServer


@pytest.fixture
async def platform(telegram_server: TelegramServer) -> AsyncIterator[TelegramPlatform]:
    platform = TelegramPlatform(TOKEN, f"{telegram_server.url}/telegram")
    await platform.identify()
    yield platform
    await platform.close()


@pytest.fixture
def words() -> Translator:
    return Translator("en")
