"""The server listens before aiogram, which takes seconds to import, is there."""

import subprocess
import sys
from pathlib import Path

from bot.playground.state import Bus
from bot.playground.telegram.emulator import TelegramEmulator
from bot.playground.wire import WireLog
from tests.fixtures.telegram_emulator import SettableClock, TelegramServer


def test_nothing_of_aiogram_is_imported_before_it_is_needed() -> None:
    look = (
        "import sys, bot.playground.telegram.server, bot.playground.telegram.control;"
        "print(*(name for name in ('aiogram', 'telegram') if name in sys.modules))"
    )
    root = Path(__file__).parents[4]
    found = subprocess.run([sys.executable, "-c", look], cwd=root, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == ""


async def test_whoever_comes_early_waits_for_the_schema() -> None:
    server = TelegramServer(TelegramEmulator(wire=WireLog(), bus=Bus()), SettableClock())
    try:
        await server.serve(request_bytes_max=1_000_000)
        assert not server.telegram.schema.loaded
        session = await server.session()
        async with session.get(server.method_url("getMe")) as answer:
            assert (await answer.json())["result"]["username"] == "expense_test_bot"
        assert server.telegram.schema.loaded
    finally:
        await server.stop()
