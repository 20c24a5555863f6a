"""Whoever blocks the bot on Telegram is told on their other platform, until they write on Telegram again."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.playground.slack.forms import visible_text
from bot.playground.slack.people import Person as SlackPerson
from bot.playground.telegram.people import Person
from core.conversations.outgoing import remove
from core.conversations.subjects import Private, Subject
from core.identity.rules import Role
from core.store.unit_of_work import Actor
from tests.faults.books import Books
from tests.fixtures.clock import FakeClock
from tests.fixtures.databases import Template
from tests.fixtures.service import RunningService, running_service

WAIT_S = 15.0
UNREACHABLE = (
    "SELECT i.platform FROM accounts a JOIN installations i ON i.id = a.installation_id"
    " WHERE a.unreachable_since IS NOT NULL"
)


class Office:
    """Mia, an employee on both platforms with one set of books; Finn of finance, on Telegram, who decides."""

    def __init__(self, running: RunningService, clock: FakeClock) -> None:
        self.running = running
        self.clock = clock
        self.mia: Person = running.telegram.add_person("Mia")
        self.finn: Person = running.telegram.add_person("Finn")
        running.slack.add_person("UMIA", "mia", "Mia")
        self.mia_on_slack: SlackPerson = running.slack.person("UMIA")

    async def open(self) -> None:
        await self.running.make_workspace()
        await self.mia.start(await self.running.make_code(Role.EMPLOYEE))
        await self.finn.start(await self.running.make_code(Role.FINANCE))
        await self.running.settled()
        await self.mia.send_text("/link")
        asked = await self.mia.wait_for_message(lambda message: "/expense link" in message.text, timeout_s=WAIT_S)
        code = re.search(r"/expense link (\S+)", asked.text)
        assert code is not None
        await self.mia_on_slack.command("/expense", f"link {code.group(1)}")
        await self.running.settled()

    @property
    def books(self) -> Books:
        return Books(url=self.running.database_url)

    def unreachable(self) -> list[str]:
        return [row["platform"] for row in self.books.rows(UNREACHABLE)]

    def sends_to_telegram(self) -> int:
        entries = self.running.telegram.wire.entries(direction="bot-to-server")
        return sum(entry.chat == str(self.mia.id) and entry.name != "getUpdates" for entry in entries)

    async def submit_on_telegram(self, amount: int) -> None:
        self.clock.advance(timedelta(seconds=1))  # where somebody wrote last is where they are told
        await self.mia.send_text(f"taxi {amount} eur")
        card = await self.mia.wait_for_message(lambda message: f"€{amount}.00" in message.text, timeout_s=WAIT_S)
        await self.mia.tap(card.id, "Submit")
        await self.running.settled()

    async def submit_on_slack(self, amount: int) -> None:
        self.clock.advance(timedelta(seconds=1))
        self.mia_on_slack.send_text("dm", f"taxi {amount} eur")
        card = await self.mia_on_slack.wait_for_message("dm", f"€{amount}.00", timeout_s=WAIT_S)
        await self.mia_on_slack.tap("dm", card["ts"], "Submit")
        await self.running.settled()

    async def approve(self, amount: int) -> None:
        asked = await self.finn.wait_for_message(
            lambda message: f"€{amount}.00" in message.text and "Approve" in message.labels, timeout_s=WAIT_S
        )
        await self.finn.tap(asked.id, "Approve")
        await self.running.settled()

    def told_on_telegram(self) -> list[str]:
        return [message.text for message in self.mia.messages() if message.from_bot]

    def told_on_slack(self) -> list[str]:
        return [visible_text(message) for message in self.mia_on_slack.messages() if message.get("bot_id")]


@pytest.fixture
async def office(tmp_path: Path, template: Template, clock: FakeClock) -> AsyncIterator[Office]:
    async with running_service(tmp_path / "bot", template, clock=clock) as running:
        office = Office(running, clock)
        await office.open()
        yield office


async def test_what_cannot_be_told_on_telegram_is_told_on_slack_until_the_person_writes_there_again(
    office: Office,
) -> None:
    await office.submit_on_telegram(5)
    await office.mia.block()
    await office.approve(5)
    assert any("€5.00" in words and "Approved by Finn" in words for words in office.told_on_slack())
    assert office.unreachable() == ["telegram"]

    await office.submit_on_slack(6)
    tried = office.sends_to_telegram()
    await office.approve(6)
    assert any("€6.00" in words and "Approved by Finn" in words for words in office.told_on_slack())
    assert office.sends_to_telegram() == tried, "nothing is tried in vain while it is known to be in vain"

    on_slack = len(office.told_on_slack())
    await office.mia.unblock()
    await office.submit_on_telegram(7)
    assert office.unreachable() == []
    await office.approve(7)
    assert any("€7.00" in words and "Approved by Finn" in words for words in office.told_on_telegram())
    assert not any("€7.00" in words for words in office.told_on_slack()[on_slack:])


async def test_a_card_that_cannot_be_taken_away_on_telegram_stays_on_slack(office: Office) -> None:
    """To take something away tells nothing: it is no reason to take it away elsewhere."""
    await office.submit_on_telegram(5)
    (account,) = office.books.rows(
        "SELECT id, current_workspace_id FROM accounts WHERE accounts.user = ?", str(office.mia.id)
    )
    (expense,) = office.books.rows("SELECT id, workspace_id FROM expenses")
    await office.mia_on_slack.command("/expense", "expenses")
    await office.running.settled()
    await office.mia.block()
    await office.approve(5)
    shown = [words for words in office.told_on_slack() if "Approved by Finn" in words]
    assert len(shown) == 1
    actor = Actor(platform="system", operation="test", workspace_id=expense["workspace_id"])
    async with office.running.service.database.write(actor) as uow:
        await remove(uow, Subject("expense", expense["id"]), Private(account["id"]))
    await office.running.settled()
    assert [words for words in office.told_on_slack() if "Approved by Finn" in words] == shown
