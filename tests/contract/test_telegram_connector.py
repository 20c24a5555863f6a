"""Telegram as the wiring connects it, against the emulated Bot API: what is wrong for good ends the waiting."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.connections import Connection
from bot.intake import Accepted, Delivery
from bot.platform import Platform
from bot.settings import load_settings
from bot.telegram.connector import TelegramConnector
from bot.translation import default_catalogues
from core.store.database import Database
from tests.fixtures.telegram_emulator import TOKEN, TelegramServer

WAIT_S = 10.0


class Nobody:
    """Whom deliveries would go to."""

    async def accept(self, installation_id: str, delivery: Delivery) -> Accepted:  # noqa: ARG002 - the protocol's
        raise AssertionError("nothing is delivered to a bot that Telegram does not know")

    def put_off(self, installation_id: str, delivery: Delivery) -> None:  # noqa: ARG002 - the protocol's
        raise AssertionError("nothing is delivered to a bot that Telegram does not know")


async def _serve(_installation_id: str, _platform: Platform) -> None:
    raise AssertionError("there is nothing to serve")


async def _serve_anyway(_installation_id: str, _platform: Platform) -> None:
    """Know of the platform, which is asked who the bot is before it is asked for its updates."""


async def refusal(
    server: TelegramServer,
    database: Database,
    serve: Callable[[str, Platform], Awaitable[None]],
    **settings: str,
) -> str:
    """Return the sentence with which a start ends."""
    given = {"EXPENSEFLOW_TELEGRAM_API_URL": f"{server.url}/telegram"} | settings
    connector = TelegramConnector(load_settings(given), Nobody(), database, default_catalogues())
    connection = Connection(connector, database, serve)
    connection.bring_up()
    try:
        async with asyncio.timeout(WAIT_S):
            return await connection.refused
    finally:
        await connection.stop()
        await connection.close()


async def test_a_wrong_token_is_refused_at_the_start(
    telegram_server: TelegramServer, sqlite_database: Database
) -> None:
    sentence = await refusal(telegram_server, sqlite_database, _serve, EXPENSEFLOW_TELEGRAM_TOKEN="123456789:AAWrong")
    assert "EXPENSEFLOW_TELEGRAM_TOKEN" in sentence
    assert "AAWrong" not in sentence


async def test_an_address_that_telegram_does_not_take_ends_the_start(
    telegram_server: TelegramServer, sqlite_database: Database, tmp_path: Path
) -> None:
    sentence = await refusal(
        telegram_server,
        sqlite_database,
        _serve_anyway,
        EXPENSEFLOW_TELEGRAM_TOKEN=TOKEN,
        EXPENSEFLOW_TELEGRAM_WEBHOOK_URL="https://bot.example.com/webhooks/telegram",
        EXPENSEFLOW_DATA_DIR=str(tmp_path),
    )
    assert sentence.startswith("EXPENSEFLOW_TELEGRAM_WEBHOOK_URL: Telegram does not take this address")
