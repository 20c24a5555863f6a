"""The bot in this process, at the emulated Telegram, with a clock that the test moves."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from bot.playground.telegram.people import Person
from bot.playground.telegram.views import MessageView
from core.identity.rules import Role
from tests.faults.books import Books
from tests.faults.bot_process import FULL, SHORT, Scale
from tests.fixtures.clock import FakeClock
from tests.fixtures.databases import Template
from tests.fixtures.service import RunningService, running_service

ANSWER_S_MAX = 30.0
LOOK_EVERY_S = 0.02


@dataclass(kw_only=True)
class Desk:
    """A running bot, and Mia and Noah, who are employees. Its clock stands still: what waits, waits until the test says."""

    running: RunningService
    clock: FakeClock
    mia: Person
    noah: Person

    @property
    def books(self) -> Books:
        return Books(url=self.running.database_url)

    def waiting_for(self, person: Person) -> list[int]:
        """Return how often each message that waits to be sent to somebody was tried, in their order."""
        waiting = self.books.rows(
            "SELECT attempts FROM work_queue JOIN accounts ON lane = 'private:' || accounts.id"
            " WHERE done_at IS NULL AND accounts.user = ? ORDER BY position",
            str(person.id),
        )
        return [row["attempts"] for row in waiting]

    def something_is_put_off(self) -> bool:
        """Tell whether a message waits for its time."""
        now = self.clock.now().timestamp() * 1_000_000
        return bool(self.books.rows("SELECT id FROM work_queue WHERE done_at IS NULL AND due_at > ?", now))

    async def until(self, look: Callable[[], bool]) -> None:
        """Wait for something that only the store knows, and that nothing tells of."""
        async with asyncio.timeout(ANSWER_S_MAX):
            while not look():  # noqa: ASYNC110 - a commit sets no event that a test could wait for
                await asyncio.sleep(LOOK_EVERY_S)

    async def pass_time(self, seconds: float) -> None:
        """Move the clock on, and have the bot look what is due now."""
        self.clock.advance(timedelta(seconds=seconds))
        await self.running.service.intake.sweep()
        await self.running.service.delivery.sweep()


async def ask(person: Person, words: str, answer: str) -> MessageView:
    """Have somebody write, and wait until they are answered so."""
    sent = await person.send_text(words)
    return await read(person, answer, after=sent.id)


async def read(person: Person, words: str, *, after: int = 0) -> MessageView:
    """Wait until somebody reads these words in a message of the bot's."""
    return await person.wait_for_message(lambda message: words in message.text, after=after, timeout_s=ANSWER_S_MAX)


def heard(person: Person) -> list[str]:
    """Return the first line of each message that the bot wrote to somebody, in their order."""
    return [message.text.partition("\n")[0] for message in person.messages() if message.from_bot]


@pytest.fixture
def scale(request: pytest.FixtureRequest) -> Scale:
    """How long a burst is in which a bot is killed."""
    return FULL if request.config.getoption("--full") else SHORT


@pytest.fixture
async def desk(tmp_path: Path, template: Template, clock: FakeClock) -> AsyncIterator[Desk]:
    async with running_service(tmp_path / "bot", template, ("telegram",), clock) as running:
        await running.make_workspace()
        people = [running.telegram.add_person(name) for name in ("Mia", "Noah")]
        for person in people:
            await person.start(await running.make_code(Role.EMPLOYEE))
            await read(person, "Acme")
        yield Desk(running=running, clock=clock, mia=people[0], noah=people[1])
