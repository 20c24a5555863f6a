"""In a group, a stranger who says something to others hears nothing: also when the bot is sent all that is said there."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.settings import load_settings
from bot.translation import Catalogues
from bot.wiring import make_tools
from core.conversations.queries import insert_delivery
from core.queue.tables import WorkRow
from core.store.database import Database
from handlers.dispatcher import Dispatcher
from handlers.events import Event, FormFace, MessageEdited, Profile, Source, TextReceived
from tests.fixtures.people import Builder, actor


async def _no_profile() -> Profile:
    raise AssertionError("everybody here is known")


def said_to_the_bot(source: Source) -> Event:
    return TextReceived(source=source, text="dinner for 30 €")


def said_to_others(source: Source) -> Event:
    return TextReceived(source=source, text="dinner for 30 €", addressed=False)


def edited(source: Source) -> Event:
    return MessageEdited(source=source, text="dinner for 30 €")


@pytest.mark.parametrize(("said", "answers"), [(said_to_the_bot, 1), (said_to_others, 0), (edited, 0)])
async def test_what_is_not_said_to_the_bot_is_not_answered(
    sqlite_database: Database, tmp_path: Path, said: Callable[[Source], Event], answers: int
) -> None:
    sam = await Builder(sqlite_database).account("Sam")
    source = Source(
        platform="telegram",
        installation_id=sam.installation_id,
        event_key="1",
        user=sam.user,
        channel="-100",
        private=False,
        form_face=FormFace.STEPWISE,
        message="7",
    )
    async with sqlite_database.write(actor()) as uow:
        inbox_id, _ = await insert_delivery(
            uow, installation_id=sam.installation_id, event_key="1", lane="group", payload={}
        )
    tools = make_tools(load_settings({"EXPENSEFLOW_DATA_DIR": str(tmp_path)}, tmp_path), Catalogues(strict=True))
    event = said(source)
    await Dispatcher(sqlite_database, tools).dispatch((inbox_id,), event, _no_profile, trace_id="trace", watched=False)
    async with sqlite_database.read(actor()) as uow:
        assert await uow.session.scalar(select(func.count()).select_from(WorkRow)) == answers
