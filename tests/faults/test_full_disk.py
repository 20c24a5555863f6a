"""The disk is full: nobody is left without a word, nothing is acknowledged, reading goes on, and room is all that it takes.

`PRAGMA max_page_count` is the disk here, set on the one connection of the running bot that writes.
About 25 s in all, most of it waiting.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from bot.playground.slack.deliveries import Outcome
from bot.playground.slack.forms import visible_text
from bot.playground.slack.people import Person as SlackPerson
from bot.playground.slack.settings import SlackSettings
from bot.playground.telegram.people import Person
from bot.web.server import serving
from bot.wiring import make_web_app
from core.conversations.tables import InboxRow, InboxState
from core.identity.rules import Role
from core.queue.queries import store_trial
from core.store.database import Database
from core.store.unit_of_work import Actor
from core.tenancy.tables import InstallationRow
from handlers.replies import Replies, Send, say
from handlers.text import text
from handlers.turn import Turn
from tests.faults.books import Books
from tests.faults.conftest import ANSWER_S_MAX, heard
from tests.faults.test_failed_events import declared
from tests.fixtures.clock import FakeClock
from tests.fixtures.command_line import CommandLine
from tests.fixtures.databases import SqliteTemplate
from tests.fixtures.service import PLATFORMS, RunningService, running_service

IMPATIENT = SlackSettings(acknowledge_timeout_s=0.5, retry_delays_s=(0.1, 600.0, 600.0), trigger_life_s=10)
"""People see at once that nobody answered; the later repetitions of an event come when the test says."""
COMES_AGAIN, TRY_AGAIN = "It isn’t lost", "please try again"
LOOK_EVERY_S = 0.05
ROOM_PAGES = 2**30
ACTOR = Actor(platform="system", operation="test")


@dataclass(kw_only=True)
class Disk:
    """The room that the bot's file has."""

    database: Database

    async def limit(self, more_pages: int) -> None:
        """Let the file grow by so many pages."""
        async with self.database.writer.connect() as connection:
            pages = int((await connection.exec_driver_sql("PRAGMA page_count")).scalar_one())
            await connection.exec_driver_sql(f"PRAGMA max_page_count = {min(ROOM_PAGES, pages + more_pages)}")

    async def fill(self) -> None:
        """Take the last room: no delivery goes in any more, not even into the page that the last one has left."""
        await self.limit(0)
        async with self.database.read(ACTOR) as uow:
            installation_id = (await uow.session.scalars(select(InstallationRow.id))).first()
        for characters in (8192, 2048, 512, 128, 32):
            while await self._takes(installation_id, characters):
                pass

    async def _takes(self, installation_id: str | None, characters: int) -> bool:
        """Tell whether the inbox takes one delivery more."""
        try:
            async with self.database.write(ACTOR) as uow:
                key = uow.new_id()
                row = InboxRow(id=key, installation_id=installation_id, event_key=key, lane="filler", arrival=0)
                row.payload, row.state, row.attempts = "x" * characters, InboxState.DONE, 0
                row.received_at = row.due_at = uow.now
                uow.session.add(row)
        except OperationalError as error:
            if "full" not in str(error):
                raise
            return False
        return True

    async def clear(self) -> None:
        """Give it as much room as it may want."""
        await self.limit(ROOM_PAGES)


@dataclass(kw_only=True)
class Team:
    """Mia and Jan on Telegram, Ben and Eva on Slack: employees; what they are told, and what is in the books."""

    bot: RunningService
    clock: FakeClock
    disk: Disk
    mia: Person
    jan: Person
    ben: SlackPerson
    eva: SlackPerson

    @property
    def books(self) -> Books:
        return Books(url=self.bot.database_url)

    def told(self, person: Person | SlackPerson) -> list[str]:
        """Return what somebody was told directly, in their order."""
        said = heard(person) if isinstance(person, Person) else [visible_text(each) for each in person.messages()]
        return [each for each in said if COMES_AGAIN in each or TRY_AGAIN in each or "nichts speichern" in each]

    async def until(self, what: Any) -> None:
        """Wait for something that nothing tells of."""
        async with asyncio.timeout(ANSWER_S_MAX):
            while not what():  # noqa: ASYNC110 - a direct message, a retry: many hands, and no one event
                await asyncio.sleep(LOOK_EVERY_S)

    async def recovered(self) -> None:
        """Until the bot has noticed by itself that there is room."""
        await self.disk.clear()
        await self.bot.slack.retry_now()
        await self.until(lambda: self.bot.service.intake.trouble is None)
        await self.bot.settled()

    def amounts(self) -> list[int]:
        return sorted(row["amount_minor"] // 100 for row in self.books.rows("SELECT amount_minor FROM expenses"))


@pytest.fixture(autouse=True)
def quiet_log() -> Iterator[None]:
    """Dozens of failures are logged with their tracebacks, and drawing each takes half a second."""
    with capture_logs():
        yield


@pytest.fixture
async def team(tmp_path: Path, sqlite_template: SqliteTemplate, clock: FakeClock) -> AsyncIterator[Team]:
    folder = tmp_path / "bot"
    async with running_service(folder, sqlite_template, PLATFORMS, clock, slack_settings=IMPATIENT) as bot:
        await bot.make_workspace()
        mia, jan = bot.telegram.add_person("Mia"), bot.telegram.add_person("Jan", language_code="de")
        ben, eva = (bot.slack.add_person(f"U{name.upper()}", name, name.title()) for name in ("ben", "eva"))
        for person in (mia, jan):
            await person.start(await bot.make_code(Role.EMPLOYEE))
        for colleague in (ben, eva):
            await colleague.command("/expense", f"start {await bot.make_code(Role.EMPLOYEE)}")
        await bot.settled()
        disk = Disk(database=bot.service.database)
        yield Team(bot=bot, clock=clock, disk=disk, mia=mia, jan=jan, ben=ben, eva=eva)


async def readiness(bot: RunningService) -> int:
    """Return the status that /health/ready answers with."""
    async with (
        serving(make_web_app(bot.service), "127.0.0.1", 0) as port,
        aiohttp.ClientSession() as client,
        client.get(f"http://127.0.0.1:{port}/health/ready") as answer,
    ):
        return answer.status


async def test_a_full_disk_is_told_outlasted_and_forgotten(team: Team, command_line: CommandLine) -> None:
    bot, mia, jan, ben, eva = team.bot, team.mia, team.jan, team.ben, team.eva
    everybody: tuple[Person | SlackPerson, ...] = (mia, jan, ben, eva)
    await ben.command("/expense", "taxi 1 eur")
    await bot.settled()
    card = next(each for each in reversed(ben.messages()) if "€1.00" in visible_text(each))
    assert await readiness(bot) == 200

    await team.disk.fill()
    for amount in (2, 4):
        await mia.send_text(f"taxi {amount} eur")
    await jan.send_text("taxi 8 eur")
    eva.send_text("dm", "taxi 16 eur")
    tapped = await ben.tap("dm", card["ts"], "Delete")
    assert tapped.outcome is not Outcome.ACKNOWLEDGED
    assert (await ben.command("/expense", "taxi 32 eur")).outcome is not Outcome.ACKNOWLEDGED
    await team.until(lambda: all(team.told(person) for person in everybody))
    assert await readiness(bot) == 503
    assert COMES_AGAIN in team.told(mia)[0]
    assert "nichts speichern" in team.told(jan)[0]
    assert all(TRY_AGAIN in team.told(person)[0] for person in (ben, eva))

    failures = len([1 for entry in bot.telegram.wire.entries(name="getUpdates")])
    await team.until(lambda: len(bot.telegram.wire.entries(name="getUpdates")) >= failures + 2)
    assert bot.telegram.updates.anything(bot.telegram.state.only_bot()), "nothing was confirmed"
    command_line.environment["EXPENSEFLOW_DATA_DIR"] = str(bot.folder)
    exported = await asyncio.to_thread(command_line.answer, "export", "expenses")
    assert [row["amount"] for row in json.loads(exported)] == ["1.00"]
    assert "23.5" in await asyncio.to_thread(command_line.answer, "understand", "taxi 23.50 eur")

    await team.recovered()
    assert await readiness(bot) == 200
    await team.until(lambda: len(team.amounts()) == 5)
    await bot.settled()
    assert team.amounts() == [1, 2, 4, 8, 16], "each once; Slack repeats neither commands nor taps"
    assert Counter(len(team.told(person)) for person in everybody) == {1: 4}, "each person once"
    assert team.books.left_over() == []
    assert team.books.untraced() == []
    keys = team.books.event_keys()
    assert len(keys) == len(set(keys))


async def heavy(turn: Turn[Any]) -> Replies:
    """Write more than a delivery: half a megabyte."""
    for _ in range(8):
        await store_trial(turn.uow)
    return (Send(say(text("language.set"))),)


async def test_what_was_taken_in_waits_for_room_without_an_attempt_lost(team: Team) -> None:
    """The inbox has room for the delivery, the handler has not; others, who need less, are served meanwhile."""
    with declared("heavy", heavy), capture_logs() as log:
        await team.disk.limit(60)
        await team.mia.send_text("/heavy")
        await team.until(lambda: team.told(team.mia))
        assert await team.bot.service.trouble_with_database() is not None
        await team.jan.send_text("taxi 5 eur")
        await team.until(lambda: team.amounts() == [5])
        await team.until(lambda: sum(line["event"] == "a lane's work failed" for line in log) >= 4)
        (row,) = team.books.rows("SELECT state, attempts FROM inbox WHERE payload LIKE '%/heavy%'")
        assert row == {"state": "waiting", "attempts": 0}
        await team.recovered()
        await team.until(lambda: heard(team.mia)[-1].startswith("From now on"))
    assert [COMES_AGAIN in each for each in team.told(team.mia)] == [True]
    assert team.told(team.jan) == []
    assert team.books.value("SELECT count(*) FROM work_queue WHERE kind = 'trial'") == 8, "handled once"


async def test_a_message_whose_sending_cannot_be_marked_is_sent_once(team: Team) -> None:
    with team.books.refusing("UPDATE", "work_queue"), capture_logs() as log:
        await team.mia.send_text("taxi 5 eur")
        await team.until(lambda: sum(line["event"] == "a lane's work failed" for line in log) >= 3)
    await team.bot.settled()
    assert [each for each in heard(team.mia) if "€5.00" in each] == ["taxi · €5.00"]
    assert team.books.left_over() == []


async def test_a_form_that_cannot_be_stored_stays_open_with_what_was_typed(team: Team) -> None:
    await team.ben.command("/expense", "new")
    modal = await team.ben.wait_for_modal()
    await modal.fill({"amount": "64 eur", "description": "pens", "category": "office"})
    await team.disk.fill()
    submitted = await modal.submit()
    assert submitted.is_open
    assert submitted.notice is not None, "Slack itself says that it did not work"
    await team.until(lambda: team.told(team.ben))
    await team.recovered()
    assert not (await modal.submit()).is_open
    await team.bot.settled()
    assert team.amounts() == [64]


async def test_who_was_told_is_told_again_in_the_next_outage_alone(team: Team) -> None:
    expected = {
        "in the first": (timedelta(0), 1),
        "a moment later": (timedelta(0), 1),
        "an hour later": (timedelta(hours=1), 2),
    }
    for amount, (passed, told) in enumerate(expected.values(), start=1):
        team.clock.advance(passed)
        await team.disk.fill()
        await team.mia.send_text(f"taxi {amount} eur")
        await team.until(lambda: team.bot.service.intake.trouble is not None)
        await team.until(lambda told=told: len(team.told(team.mia)) == told)
        await team.recovered()
        await team.until(lambda amount=amount: len(team.amounts()) == amount)
