"""PostgreSQL is restarted twice in a burst on both platforms: nothing is lost or doubled, and the bot needs no restart.

About 20 s for each way to shut it down, on a machine that is idle.
"""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession

from bot.playground.slack.emulator import SlackEmulator
from bot.playground.slack.settings import SlackSettings
from bot.playground.telegram.people import Person
from bot.playground.wire import WireLog
from tests.faults.answers import Said, repeats_of, said_by
from tests.faults.books import Books
from tests.faults.bot_process import STOP_S_MAX, KillableBot
from tests.faults.deployment import Deployment, deploy
from tests.faults.test_kills_on_slack import Clerk, bind_team
from tests.faults.test_kills_on_telegram import keep_books, seen
from tests.fixtures.databases import PostgresqlTemplate, migrate_database
from tests.fixtures.postgresql import KEEPING, SHUTDOWNS, PostgresqlServer, running_postgresql
from tests.fixtures.slack_emulator import SlackServer, free_port, running_slack
from tests.fixtures.telegram_emulator import TelegramServer, running_telegram

pytestmark = pytest.mark.postgres
PEOPLE, EXPENSES_EACH, ROUNDS_EACH = 4, 15, 6
SENT_BETWEEN = 25
"""How many messages the bot sends before each stop of the server."""
AMOUNT_MEANWHILE = 500
AWAY_S = 1.5
"""How long the server stays away: long enough for people to write on, and for the bot to fail at everything."""
WAIT_S = 60.0
LOOK_EVERY_S = 0.05
SETTINGS = SlackSettings(retry_delays_s=(0.5, 60.0, 300.0), acknowledge_timeout_s=3.0)
NOT_STORED = "can’t store anything"


@dataclass(kw_only=True)
class Burst:
    """A bot as a process of its own on both platforms, its database server, and people who write."""

    server: PostgresqlServer
    telegram: TelegramServer
    slack: SlackServer
    deployment: Deployment
    bot: KillableBot
    port: int
    clerks: list[Clerk]
    nora: Person
    """Writes on Telegram while the server is away, as the first clerk does on Slack."""
    written_meanwhile: list[int] = field(default_factory=list)

    def said(self) -> dict[str, list[Said]]:
        """Return what the bot said on each platform, but for the sentences about the outage itself."""
        wires: dict[str, WireLog] = {"telegram": self.telegram.telegram.wire, "slack": self.slack.slack.wire}
        return {
            name: [each for each in said_by(wire, name) if NOT_STORED not in each.words] for name, wire in wires.items()
        }

    def count(self) -> int:
        return sum(map(len, self.said().values()))

    async def until(self, what: Callable[[], bool]) -> None:
        async with asyncio.timeout(WAIT_S):
            while not what():  # noqa: ASYNC110 - two platforms' logs, and no one event
                await asyncio.sleep(LOOK_EVERY_S)

    async def until_ready_is(self, status: int) -> None:
        async with ClientSession() as client, asyncio.timeout(WAIT_S):
            while True:
                with suppress(ClientError):
                    async with client.get(f"http://127.0.0.1:{self.port}/health/ready") as answer:
                        if answer.status == status:
                            return
                await asyncio.sleep(LOOK_EVERY_S)

    async def restart(self, way: str) -> None:
        """Restart the server once the bot has said more, and see that the bot notices both."""
        before = self.count()
        await self.until(lambda: self.count() >= before + SENT_BETWEEN)
        await asyncio.to_thread(self.server.stop, way)
        await self.until_ready_is(503)
        amount = AMOUNT_MEANWHILE + 10 * len(self.written_meanwhile)
        await self.nora.send_text(f"taxi {amount} eur")
        self.clerks[0].person.send_text("dm", f"taxi {amount + 1} eur")
        self.written_meanwhile += [amount, amount + 1]
        await asyncio.sleep(AWAY_S)
        await asyncio.to_thread(self.server.start)
        await self.until_ready_is(200)
        await self.slack.slack.retry_now()  # nobody has the patience for Slack's minutes between two attempts
        await self.until(lambda: self.shows(amount) and self.shows(amount + 1))

    def shows(self, amount: int) -> bool:
        return any(f"€{amount}.00" in each.words for said in self.said().values() for each in said)

    async def write(self) -> None:
        """Have everybody write at the same time, until all are answered."""
        numbers = [range(1 + at * EXPENSES_EACH, 1 + (at + 1) * EXPENSES_EACH) for at in range(PEOPLE)]
        people = [self.telegram.telegram.add_person(f"Person {at}") for at in range(PEOPLE)]
        scripts = zip(people, self.deployment.employee_codes[1:], numbers, strict=True)
        await asyncio.gather(
            *(keep_books(*script) for script in scripts), *(clerk.keep_books(ROUNDS_EACH) for clerk in self.clerks)
        )


@pytest.fixture
def own_server() -> Iterator[PostgresqlServer]:
    """A server of the test's own, which loses nothing when it is stopped."""
    with running_postgresql(KEEPING) as server:
        yield server


@pytest.fixture
async def burst(own_server: PostgresqlServer, tmp_path: Path) -> AsyncIterator[Burst]:
    name, port = own_server.create(), free_port()
    await migrate_database(own_server.url(name))
    slack = SlackEmulator(SETTINGS)
    clerks = [Clerk(slack.add_person(f"U{at}", f"clerk{at}", f"Clerk {at}"), 1_000 * (at + 1)) for at in range(PEOPLE)]
    async with running_telegram() as telegram, running_slack(slack) as server:
        environment = telegram.environment() | server.environment() | {"EXPENSEFLOW_HTTP_PORT": str(port)}
        template = PostgresqlTemplate(own_server, name, name)
        deployment = await deploy(tmp_path / "data", template, environment, employees=PEOPLE + 1)
        bot = KillableBot(deployment.environment, deployment.folder)
        async with alive(bot):
            yield Burst(
                server=own_server,
                telegram=telegram,
                slack=server,
                deployment=deployment,
                bot=bot,
                port=port,
                clerks=clerks,
                nora=telegram.telegram.add_person("Nora"),
            )


@asynccontextmanager
async def alive(bot: KillableBot) -> AsyncIterator[None]:
    """Have the bot live one life while the block runs; it ends as it should."""
    await bot.open()
    life = asyncio.create_task(bot.live(None))
    try:
        yield
        bot.terminate()
        assert await asyncio.wait_for(life, STOP_S_MAX) == 0
    finally:
        life.cancel()
        await asyncio.gather(life, return_exceptions=True)
        await bot.close()


@pytest.mark.parametrize("way", list(SHUTDOWNS))
async def test_a_restart_of_the_server_loses_nothing_and_doubles_nothing(
    way: str, burst: Burst, capsys: pytest.CaptureFixture[str]
) -> None:
    started = time.monotonic()
    await burst.until_ready_is(200)
    await bind_team(burst.slack.slack, burst.clerks[0].person, burst.deployment.admin_code)
    await burst.nora.start(burst.deployment.employee_codes[0])
    await seen(burst.nora, "Acme", after=0)
    writing = asyncio.create_task(burst.write())
    try:
        for _ in range(2):
            await burst.restart(way)
        assert not writing.done(), "the burst was over before the last restart"
        await writing
    finally:
        writing.cancel()
    await burst.telegram.telegram.wait_idle(timeout_s=WAIT_S)
    await burst.slack.slack.wait_idle(timeout_s=WAIT_S)
    books = burst.deployment.books
    await burst.until(lambda: books.left_over() == [])
    assert burst.bot.lives == 1
    assert books.untraced() == []
    assert burst.slack.slack.deliveries.lost == []
    assert_each_text_is_one_expense(books, burst)

    said = burst.said()
    for each in said.values():
        assert repeats_of(each) == [], "what was sent is not sent again by the same process"
    told = [message.text for message in burst.nora.messages() if NOT_STORED in message.text]
    assert len(told) <= 1, "within a minute it is one outage, of which everybody is told once"
    with capsys.disabled():
        failures = burst.bot.log().count('"level": "error"')
        sys.stdout.write(
            f"\nPostgreSQL, {way} twice: {len(said['telegram'])} messages on Telegram, {len(said['slack'])} on Slack,"
            f" {sum(len(clerk.doubtful) for clerk in burst.clerks)} commands unacknowledged, {failures} failures logged,"
            f" {time.monotonic() - started:.0f} s\n"
        )


def assert_each_text_is_one_expense(books: Books, burst: Burst) -> None:
    """Each text became one expense that was submitted or corrected once; of the commands nobody acknowledged, at most one."""
    rows = books.rows("SELECT amount_minor / 100 AS amount, version FROM expenses")
    changed = set(range(1, PEOPLE * EXPENSES_EACH + 1)) | {amount for clerk in burst.clerks for amount in clerk.written}
    written = changed | set(burst.written_meanwhile)
    doubtful = {amount for clerk in burst.clerks for amount in clerk.doubtful}
    amounts = Counter(row["amount"] for row in rows)
    assert set(amounts.values()) == {1}
    assert written <= set(amounts) <= written | doubtful
    assert {row["version"] for row in rows if row["amount"] in changed} == {2}
