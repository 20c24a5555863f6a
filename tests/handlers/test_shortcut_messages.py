"""What the words of somebody's message say of an expense: as of when they were written, for whoever chose the message."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.settings import load_settings
from bot.translation import Catalogues
from bot.wiring import make_tools
from core.flows.own_expenses import By
from core.money import Money
from core.store.database import Database
from handlers.events import FormFace, IncomingFile, ShortcutInvoked, Source
from handlers.shortcuts import Chosen, understand_message
from handlers.turn import Reader, Who
from tests.fixtures.people import Builder, acting

LATE_IN_BERLIN = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)  # half past midnight on 2 March there
PDF = IncomingFile(name="receipt.pdf", media_type="application/pdf", size_bytes=10, reference={"id": "F1"})


@pytest.fixture
async def mia(sqlite_database: Database) -> By:
    builder = Builder(sqlite_database)
    started = await builder.workspace()
    return await builder.member(started.workspace_id)


async def chosen(database: Database, by: By, folder: Path, words: str, *files: IncomingFile) -> Chosen:
    """Return what is understood of a message, some days after it was written."""
    source = Source(
        platform="slack", installation_id=by.account.installation_id, event_key="1", user="U1", channel="C1", private=False,
        form_face=FormFace.MODAL, message="1.0",
    )  # fmt: skip
    event = ShortcutInvoked(source=source, name="expense.add", text=words, files=files, written_at=LATE_IN_BERLIN)
    tools = make_tools(load_settings({"EXPENSEFLOW_DATA_DIR": str(folder)}, folder), Catalogues())
    async with database.read(acting(by)) as uow:
        return await understand_message(
            Reader(uow=uow, who=Who(account=by.account, member=by.member), event=event, tools=tools)
        )


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("taxi 23.50", date(2026, 3, 2)),
        ("taxi 23.50 today", date(2026, 3, 2)),
        ("taxi 23.50 yesterday", date(2026, 3, 1)),
        ("taxi 23.50 on 2026-01-31", date(2026, 1, 31)),
    ],
)
async def test_days_are_counted_from_when_it_was_written_in_the_zone_of_who_chose_it(
    sqlite_database: Database, mia: By, tmp_path: Path, words: str, day: date
) -> None:
    found = await chosen(sqlite_database, mia, tmp_path, words)
    assert found.said is not None
    assert (found.said.amount, found.said.spent_on) == (Money.of("23.50", "EUR"), day)
    assert found.received is None


async def test_without_an_amount_a_form_begins_with_its_words_and_its_day(
    sqlite_database: Database, mia: By, tmp_path: Path
) -> None:
    found = await chosen(sqlite_database, mia, tmp_path, "dinner\nwith  all " + "x" * 1000)
    assert found.said is None
    assert found.start["date"] == "Mar 2, 2026"
    assert found.start["description"].startswith("dinner with all xxx")
    assert len(found.start["description"]) == 500
    assert (await chosen(sqlite_database, mia, tmp_path, "")).said is None


async def test_files_go_where_files_go_with_what_the_words_say(
    sqlite_database: Database, mia: By, tmp_path: Path
) -> None:
    found = await chosen(sqlite_database, mia, tmp_path, "taxi 23.50", PDF)
    assert found.received is not None
    assert [each.name for each in found.received.files] == ["receipt.pdf"]
    assert found.received.said == found.said
    assert found.said is not None
    assert found.said.spent_on == date(2026, 3, 2)
