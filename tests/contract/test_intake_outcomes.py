"""Who waits for an outcome gets it, however soon the event is handled."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from typing_extensions import override

from bot.intake import Delivery, Intake
from bot.settings import load_settings
from bot.telegram.platform import TelegramPlatform
from bot.translation import Catalogues
from bot.wiring import make_tools
from core.conversations.queries import close_delivery
from core.store.database import Database
from core.store.unit_of_work import Actor, UnitOfWork
from core.tenancy.service import ensure_installation
from handlers.dispatcher import Dispatcher, LoadProfile
from handlers.events import Event
from handlers.outcome import Outcome
from tests.contract.telegram_inbox import WAIT_S

SYSTEM = Actor(platform="system", operation="test")
UPDATE = {
    "update_id": 1,
    "message": {
        "message_id": 1,
        "date": 1,
        "chat": {"id": 5, "type": "private"},
        "from": {"id": 5, "is_bot": False, "first_name": "Anna"},
        "text": "taxi 5 eur",
    },
}


class SlowToReturn(Database):
    """A database whose commits are known to others before they are to who committed, while `held` is set."""

    def __init__(self, database: Database) -> None:
        super().__init__(database.writer, database.reader, database.clock)
        self.committed, self.released = asyncio.Event(), asyncio.Event()
        self.held: str | None = None

    @override
    @asynccontextmanager
    async def write(self, actor: Actor) -> AsyncIterator[UnitOfWork]:
        async with super().write(actor) as uow:
            yield uow
        if actor.operation == self.held:
            self.committed.set()
            await self.released.wait()


class Handling(Dispatcher):
    """Closes deliveries, and keeps whether somebody waited for them."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, make_tools(load_settings({}), Catalogues()))
        self.database = database
        self.handled: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    @override
    async def dispatch(
        self, inbox_ids: tuple[str, ...], event: Event, load_profile: LoadProfile, *, trace_id: str, watched: bool
    ) -> Outcome:
        async with self.database.write(SYSTEM) as uow:
            assert await close_delivery(uow, *inbox_ids)
        self.handled.set_result(watched)
        return Outcome(language="de")


async def test_an_event_that_is_handled_before_its_commit_is_known_here_has_its_outcome(
    platform: TelegramPlatform, sqlite_database: Database
) -> None:
    database = SlowToReturn(sqlite_database)
    dispatcher = Handling(sqlite_database)
    intake = Intake(database, dispatcher, Catalogues())
    async with sqlite_database.write(SYSTEM) as uow:
        installation = await ensure_installation(uow, platform="telegram", external_id="7", name="bot")
    intake.serve(installation.id, platform)
    database.held = "intake"
    delivery = Delivery(event_key="1", conversation="5", payload=UPDATE)
    async with asyncio.timeout(WAIT_S):
        accepting = asyncio.create_task(intake.accept(installation.id, delivery))
        await database.committed.wait()
        await intake.sweep()
        assert await dispatcher.handled
        database.released.set()
        outcome = await (await accepting).outcome
    assert outcome.language == "de"
    await intake.stop(within_s=1)
