"""Telegram's flood limits, enforced by the emulator: what is too much waits as long as Telegram says, in its order."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.playground.telegram.limits import FloodLimits
from bot.playground.telegram.people import Person
from core.identity.rules import Role
from tests.faults.books import Books
from tests.fixtures.clock import FakeClock
from tests.fixtures.databases import Template
from tests.fixtures.service import RunningService, running_service
from tests.fixtures.telegram_emulator import SettableClock

PLENTY = 1_000
WAIT_S = 20.0


class Flood:
    """A bot whose Telegram counts messages, on clocks that stand still until a test moves both."""

    def __init__(self, running: RunningService, clock: FakeClock) -> None:
        self.running = running
        self.clock = clock
        self.books = Books(url=running.database_url)

    async def join(self, count: int) -> list[Person]:
        await self.running.make_workspace()
        people = [self.running.telegram.add_person(f"Person {number}") for number in range(count)]
        for person in people:
            await person.start(await self.running.make_code(Role.EMPLOYEE))
        await self.running.settled()
        return people

    async def until(self, *, sent: int, waiting: int, tried: int) -> None:
        """Until so many messages were sent since the limits hold, and so many wait, some of which were refused once."""
        try:
            async with asyncio.timeout(WAIT_S):
                while (self.sent(), *self.waiting()) != (sent, waiting, tried):  # noqa: ASYNC110 - a commit sets no event
                    await asyncio.sleep(0.01)
        except TimeoutError as error:
            raise TimeoutError(f"{self.sent()} sent; waiting, and of them tried: {self.waiting()}") from error

    def sent(self) -> int:
        entries = self.running.telegram.wire.entries(name="sendMessage", after_sequence=self._since)
        return sum(entry.status == 200 for entry in entries)

    def waiting(self) -> tuple[int, int]:
        (row,) = self.books.rows(
            "SELECT count(*) AS waiting, coalesce(sum(CASE WHEN due_at > created_at THEN 1 ELSE 0 END), 0) AS tried"
            " FROM work_queue WHERE done_at IS NULL"
        )
        return row["waiting"], row["tried"]

    def limit(self, limits: FloodLimits) -> None:
        self._since = self.running.telegram.wire.entries()[-1].sequence
        self.running.telegram.flood = limits

    async def pass_time(self, seconds: int) -> None:
        telegram_clock = self.running.telegram.clock
        assert isinstance(telegram_clock, SettableClock)
        telegram_clock.now += seconds
        self.clock.advance(timedelta(seconds=seconds))
        await self.running.service.delivery.sweep()


def cards(person: Person) -> list[str]:
    texts = [message.text.partition("\n")[0] for message in person.messages() if message.from_bot]
    return [text for text in texts if text.startswith("taxi")]


@pytest.fixture
async def flood(tmp_path: Path, template: Template, clock: FakeClock) -> AsyncIterator[Flood]:
    async with running_service(tmp_path / "bot", template, ("telegram",), clock) as running:
        yield Flood(running, clock)


async def test_one_a_second_to_a_chat(flood: Flood) -> None:
    mia, noah = await flood.join(2)
    flood.limit(FloodLimits())
    for amount in range(1, 5):
        await mia.send_text(f"taxi {amount} eur")
    await flood.until(sent=1, waiting=3, tried=1)
    await noah.send_text("taxi 9 eur")
    await flood.until(sent=2, waiting=3, tried=1)
    for second in range(1, 4):
        assert len(cards(mia)) == second
        await flood.pass_time(1)
        await flood.until(sent=2 + second, waiting=3 - second, tried=min(3 - second, 1))
    assert cards(mia) == [f"taxi · €{amount}.00" for amount in range(1, 5)]
    assert cards(noah) == ["taxi · €9.00"]


async def test_twenty_a_minute_to_a_group(flood: Flood) -> None:
    (mia,) = await flood.join(1)
    telegram = flood.running.telegram
    group = telegram.create_group("Trip", creator_id=mia.id)
    await mia.add_to_group(group.id, telegram.state.only_bot().id)
    await flood.running.settled()
    flood.limit(FloodLimits(messages_per_second=PLENTY, messages_per_second_per_chat=PLENTY))
    asked = 24
    for amount in range(1, asked + 1):
        await mia.send_text(f"@expense_test_bot taxi {amount} eur", chat=group.id)
    await flood.until(sent=asked + 20, waiting=4, tried=1)
    assert len(cards(mia)) == asked, "a group that waits keeps no private chat waiting"
    await flood.pass_time(60)
    await flood.until(sent=asked * 2, waiting=0, tried=0)
    assert sum(message.from_bot for message in mia.messages(group.id)) == asked


async def test_thirty_a_second_in_all(flood: Flood) -> None:
    people = await flood.join(34)
    flood.limit(FloodLimits())
    for person in people:
        await person.send_text("taxi 5 eur")
    await flood.until(sent=30, waiting=4, tried=4)
    await flood.pass_time(1)
    await flood.until(sent=34, waiting=0, tried=0)
    assert all(cards(person) == ["taxi · €5.00"] for person in people)
