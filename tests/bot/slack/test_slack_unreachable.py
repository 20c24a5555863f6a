"""Who cannot be told on Slack is told on Telegram: people who have left, chats that are closed, a bot that is let in no more."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.delivery import ATTEMPTS_MAX, LOCKED_OUT_S
from bot.playground.slack.forms import visible_text
from bot.playground.slack.people import Person as SlackPerson
from bot.playground.state import Fault, Rule
from bot.playground.telegram.people import Person
from core.identity.rules import Role
from tests.faults.books import Books
from tests.fixtures.clock import FakeClock
from tests.fixtures.databases import Template
from tests.fixtures.service import RunningService, running_service

WAIT_S = 15.0
LOOK_EVERY_S = 0.01
ALWAYS = 10**6
APPROVED = re.compile(r"Finn has approved no\. \d+ \(taxi · (€\d+\.\d\d)\)")
UNREACHABLE = (
    "SELECT i.platform FROM accounts a JOIN installations i ON i.id = a.installation_id"
    " WHERE a.unreachable_since IS NOT NULL"
)


class Office:
    """Mia, an employee on both platforms with one set of books, who wrote on Slack last; Finn, who decides, on Telegram."""

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

    async def submit(self, amount: int) -> None:
        """Have Mia write on Slack, and submit it there: from then on she is told there."""
        self.clock.advance(timedelta(minutes=1))
        self.mia_on_slack.send_text("dm", f"taxi {amount} eur")
        card = await self.mia_on_slack.wait_for_message("dm", f"€{amount}.00", timeout_s=WAIT_S)
        await self.mia_on_slack.tap("dm", card["ts"], "Submit")
        await self.running.settled()

    async def approve(self, amount: int) -> None:
        """Have Finn approve it, which Mia is told."""
        asked = await self.finn.wait_for_message(
            lambda message: f"€{amount}.00" in message.text and "Approve" in message.labels, timeout_s=WAIT_S
        )
        await self.finn.tap(asked.id, "Approve")
        await self.running.settled()

    def something_waits(self) -> bool:
        """Tell whether a message was put off until later."""
        now = self.clock.now().timestamp() * 1_000_000
        return bool(self.books.rows("SELECT id FROM work_queue WHERE done_at IS NULL AND due_at > ?", now))

    async def pass_time(self, seconds: float) -> None:
        """Move the clock on, and have the bot look what is due now."""
        self.clock.advance(timedelta(seconds=seconds))
        await self.running.service.delivery.sweep()

    def refuse(self, error: str, method: str = "chat.postMessage") -> Rule:
        """Have Slack answer every call of a method by an error."""
        return self.running.slack.misbehaviour.add(
            Rule(fault=Fault.REFUSED, method=method, error=error, remaining=ALWAYS)
        )

    def told_on_telegram(self) -> list[str]:
        return [
            found for message in self.mia.messages() if message.from_bot for found in APPROVED.findall(message.text)
        ]

    def told_on_slack(self) -> list[str]:
        words = [visible_text(message) for message in self.mia_on_slack.messages() if message.get("bot_id")]
        return [found for each in words for found in APPROVED.findall(each)]


@pytest.fixture
async def office(tmp_path: Path, template: Template, clock: FakeClock) -> AsyncIterator[Office]:
    async with running_service(tmp_path / "bot", template, clock=clock) as running:
        office = Office(running, clock)
        await office.open()
        yield office


async def test_whoever_has_left_the_team_is_told_on_telegram(office: Office) -> None:
    """Slack itself says nothing against messages into the chat of somebody who has left: they would be lost."""
    await office.submit(5)
    office.running.slack.deactivate("UMIA")
    await office.running.restart()  # what was known of people is older than ten minutes
    await office.approve(5)
    assert (office.told_on_slack(), office.told_on_telegram()) == ([], ["€5.00"])
    assert office.unreachable() == ["slack"]


async def test_whoever_comes_back_is_told_on_slack_again(office: Office) -> None:
    await office.submit(5)
    office.running.slack.deactivate("UMIA")
    await office.running.restart()
    await office.approve(5)
    office.mia_on_slack.user.is_deleted = False
    await office.submit(6)
    assert office.unreachable() == []
    await office.approve(6)
    assert (office.told_on_slack(), office.told_on_telegram()) == (["€6.00"], ["€5.00"])


@pytest.mark.parametrize("error", ["user_disabled", "cannot_dm_bot", "channel_not_found", "is_archived"])
async def test_whose_chat_is_closed_is_told_on_telegram(office: Office, error: str) -> None:
    await office.submit(5)
    rule = office.refuse(error)
    await office.approve(5)
    assert (office.told_on_slack(), office.told_on_telegram()) == ([], ["€5.00"])
    assert office.unreachable() == ["slack"]
    assert rule.hits == 1


@pytest.mark.parametrize("error", ["account_inactive", "token_revoked", "invalid_auth"])
async def test_while_slack_lets_the_bot_in_no_more_people_are_told_on_telegram(office: Office, error: str) -> None:
    """Nobody is to blame for that: it is over once an operator has set the token right."""
    await office.submit(5)
    await office.submit(6)
    rule = office.refuse(error)
    await office.approve(5)
    assert (office.told_on_slack(), office.told_on_telegram()) == ([], ["€5.00"])
    assert office.unreachable() == []
    rule.remaining = 0
    await office.approve(6)
    assert (office.told_on_slack(), office.told_on_telegram()) == (["€6.00"], ["€5.00"])


async def test_whoever_is_on_slack_alone_is_told_once_the_bot_is_let_in_again(office: Office) -> None:
    """However long it takes: that is no attempt that a message has had."""
    office.running.slack.add_person("UNOAH", "noah", "Noah")
    noah = office.running.slack.person("UNOAH")
    rule = office.refuse("account_inactive")
    noah.send_text("dm", "hotel 80 eur")
    for _ in range(ATTEMPTS_MAX + 1):
        await until(office.something_waits)
        await office.pass_time(LOCKED_OUT_S)
    await until(office.something_waits)
    assert rule.hits > ATTEMPTS_MAX
    rule.remaining = 0
    await office.pass_time(LOCKED_OUT_S)
    await noah.wait_for_message("dm", lambda message: "bot_id" in message, timeout_s=WAIT_S)


async def test_when_no_platform_lets_the_bot_in_nothing_goes_round_in_circles(office: Office) -> None:
    await office.submit(5)
    slack = office.refuse("account_inactive")
    telegram = office.running.telegram.misbehaviour.add(
        Rule(fault=Fault.SERVER_ERROR, method="sendMessage", status=401, remaining=ALWAYS)
    )
    asked = await office.finn.wait_for_message(lambda message: "Approve" in message.labels, timeout_s=WAIT_S)
    await office.finn.tap(asked.id, "Approve")
    await until(lambda: slack.hits > 0 and telegram.hits > 0)
    await office.running.slack.wait_idle()
    assert slack.hits + telegram.hits < 5
    telegram.remaining = slack.remaining = 0
    await office.pass_time(LOCKED_OUT_S)
    await office.running.settled()
    assert sorted(office.told_on_slack() + office.told_on_telegram()) == ["€5.00"]


async def until(look: Callable[[], bool]) -> None:
    """Wait for something that nothing tells of."""
    async with asyncio.timeout(WAIT_S):
        while not look():  # noqa: ASYNC110 - a call that was refused sets no event
            await asyncio.sleep(LOOK_EVERY_S)
