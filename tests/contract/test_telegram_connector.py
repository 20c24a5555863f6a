"""Telegram as the wiring connects it, against the emulated Bot API: a token that is wrong for good ends the waiting."""

import asyncio

from bot.connections import Connection
from bot.intake import Accepted, Delivery
from bot.platform import Platform
from bot.settings import load_settings
from bot.telegram.connector import TelegramConnector
from bot.translation import default_catalogues
from core.store.database import Database
from tests.fixtures.telegram_emulator import TelegramServer

WAIT_S = 10.0


class Nobody:
    """Whom deliveries would go to."""

    async def accept(self, installation_id: str, delivery: Delivery) -> Accepted:  # noqa: ARG002 - the protocol's
        raise AssertionError("nothing is delivered to a bot that Telegram does not know")

    def put_off(self, installation_id: str, delivery: Delivery) -> None:
        raise AssertionError("nothing is delivered to a bot that Telegram does not know")


async def _serve(_installation_id: str, _platform: Platform) -> None:
    raise AssertionError("there is nothing to serve")


async def test_a_wrong_token_is_refused_at_the_start(
    telegram_server: TelegramServer, sqlite_database: Database
) -> None:
    settings = load_settings(
        {
            "EXPENSEFLOW_TELEGRAM_TOKEN": "123456789:AAWrong",
            "EXPENSEFLOW_TELEGRAM_API_URL": f"{telegram_server.url}/telegram",
        }
    )
    connector = TelegramConnector(settings, Nobody(), sqlite_database, default_catalogues())
    connection = Connection(connector, sqlite_database, _serve)
    connection.bring_up()
    try:
        async with asyncio.timeout(WAIT_S):
            sentence = await connection.refused
    finally:
        await connection.stop()
        await connection.close()
    assert "EXPENSEFLOW_TELEGRAM_TOKEN" in sentence
    assert "AAWrong" not in sentence
