"""Two processes over one database, as behind a balancer: a sending that takes long is not begun by the other one, too."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.delivery import Delivery
from bot.outgoing import Composer
from bot.playground.slack.forms import visible_text
from bot.playground.state import Fault, Rule
from bot.translation import default_catalogues
from core.conversations.outgoing import answer
from core.conversations.subjects import Private
from core.files.local import LocalFileStore
from core.flows.meet import find_who, meet
from core.queue.service import LEASE_S
from core.queue.tables import WorkRow
from core.store.database import Database, open_database
from handlers.catalogue import registry
from handlers.replies import say
from handlers.stored import codec
from handlers.text import text
from tests.bot.slack.conftest import driver_of
from tests.bot.slack.slack_inbox import Inbox
from tests.fixtures.clock import FakeClock
from tests.fixtures.people import Builder, actor
from tests.fixtures.slack_emulator import SlackServer

RENEW_EVERY_S = 0.02
SLOW_S = 1.5


@asynccontextmanager
async def replica(url: str, clock: FakeClock, folder: Path) -> AsyncIterator[tuple[Database, Delivery]]:
    """One process's sending, with a door of its own to the database."""
    database = open_database(url, clock)
    files = LocalFileStore(folder, b"k" * 32)
    delivery = Delivery(database, Composer(database, registry, default_catalogues(), files), RENEW_EVERY_S)
    try:
        yield database, delivery
    finally:
        await delivery.stop(within_s=SLOW_S)
        await database.close()


async def lease_of(database: Database) -> datetime | None:
    """Return until when somebody has the one message."""
    async with database.read(actor()) as uow:
        lease: datetime | None = await uow.session.scalar(select(WorkRow.lease_until))
        return lease


async def until_leased(database: Database, until: datetime) -> None:
    """Wait for a lease that lasts so long."""
    async with asyncio.timeout(5):
        while (lease := await lease_of(database)) is None or lease < until:  # noqa: ASYNC110 - another process's commit
            await asyncio.sleep(RENEW_EVERY_S)


@pytest.mark.postgres
async def test_a_slow_sending_keeps_its_lease(
    postgresql_database_url: str, clock: FakeClock, tmp_path: Path, server: SlackServer
) -> None:
    driver = driver_of(server, Inbox())
    await driver.identify()
    server.slack.misbehaviour.add(Rule(fault=Fault.SLOW, method="chat.postMessage", delay_s=SLOW_S))
    async with (
        AsyncExitStack() as stack,
        replica(postgresql_database_url, clock, tmp_path) as (database, slow),
        replica(postgresql_database_url, clock, tmp_path) as (_, waiting),
    ):
        stack.push_async_callback(driver.close)
        installation = await Builder(database).installation("slack", "T0PLAYGROUND")
        async with database.write(actor(platform="slack")) as uow:
            known = {"name": "Ann", "language": "en", "time_zone": None, "team_member": True}
            await meet(uow, installation_id=installation.id, user="UANN", **known)  # type: ignore[arg-type]  # see `meet`
            ann, _ = await find_who(uow, installation.id, "UANN")
        assert ann is not None
        for delivery in (slow, waiting):
            delivery.serve(installation.id, driver.platform)
        async with database.write(actor(platform="slack")) as uow:
            await answer(uow, codec.pack(say(text("language.set"))), Private(ann.id))
        await until_leased(database, clock.now() + timedelta(seconds=LEASE_S))
        for _ in range(3):
            clock.advance(timedelta(seconds=LEASE_S - 5))
            await waiting.sweep()
            await until_leased(database, clock.now() + timedelta(seconds=LEASE_S))
        await server.slack.person("UANN").wait_for_message("dm", "English")
        await server.slack.wait_idle()
    assert [visible_text(each) for each in server.slack.person("UANN").messages()] == ["From now on I speak English."]
