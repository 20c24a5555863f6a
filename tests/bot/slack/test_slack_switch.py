"""From the socket to HTTP and back while people go on writing: the bot is restarted with other settings each time, as an
operator does it, and Slack is told. Real processes; 10 s where the machine has nothing else to do.
"""

import asyncio
import contextlib
import itertools
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import ClientError

from bot.playground.slack.deliveries import Outcome
from bot.playground.slack.emulator import SlackEmulator
from bot.playground.slack.forms import visible_text
from bot.playground.slack.people import Person
from bot.playground.slack.settings import SlackSettings
from tests.faults.bot_process import KillableBot
from tests.faults.deployment import deploy
from tests.fixtures.databases import Template
from tests.fixtures.slack_emulator import SlackServer, free_port, running_slack, webhook_url

PATIENT = SlackSettings(acknowledge_timeout_s=6.0, retry_delays_s=(0.0, 60.0, 300.0))
"""Slack's patience, lengthened, as a busy machine is no bot that is away."""
WAIT_S = 60.0
PAUSE_S = 0.05
MESSAGES_A_PHASE = 20


class Writer:
    """Somebody who writes one expense after the other, by message and by command, and waits for no answer.

    A command that Slack says did not work is given anew, with another amount.
    """

    def __init__(self, person: Person, first_amount: int) -> None:
        self.person = person
        self.written: list[int] = []
        self.doubtful: list[int] = []
        """The amounts of commands of which nobody knows whether they were heard: no answer came."""
        self.is_enough = False
        self._amounts = itertools.count(first_amount)
        self._news = asyncio.Condition()

    async def write(self) -> None:
        """Write until it is enough."""
        while not self.is_enough:
            amount = next(self._amounts)
            if amount % 3:
                self.person.send_text("dm", f"taxi {amount} eur")
                self.written.append(amount)
            else:
                answer = await self.person.command("/expense", f"hotel {amount} eur")
                if answer.outcome is Outcome.ACKNOWLEDGED:
                    self.written.append(amount)
                elif answer.outcome in (Outcome.TIMED_OUT, Outcome.CONNECTION_LOST):
                    self.doubtful.append(amount)
            async with self._news:
                self._news.notify_all()
            await asyncio.sleep(PAUSE_S)

    async def has_written(self, count: int) -> None:
        """Wait until so many more are written."""
        wanted = len(self.written) + count
        async with asyncio.timeout(WAIT_S), self._news:
            await self._news.wait_for(lambda: len(self.written) >= wanted)


async def write_on(writers: list[Writer], count: int) -> None:
    """Wait until each has written so many more."""
    await asyncio.gather(*(writer.has_written(count) for writer in writers))


@asynccontextmanager
async def prepared(bot: KillableBot) -> AsyncIterator[KillableBot]:
    """A bot whose program stands ready, so that its lives begin at once."""
    await bot.open()
    try:
        yield bot
    finally:
        await bot.close()


@asynccontextmanager
async def alive(bot: KillableBot) -> AsyncIterator[None]:
    """The bot lives while the block runs, and is stopped as an operator stops it."""
    living = asyncio.create_task(bot.live(None))
    try:
        yield
        bot.terminate()
        assert await asyncio.wait_for(living, WAIT_S) == 0, bot.log()[-2000:]
    finally:
        living.cancel()
        await asyncio.gather(living, return_exceptions=True)


async def ready(server: SlackServer, http_port: int) -> None:
    """Wait until the bot says that it can serve."""
    session = await server.session()
    async with asyncio.timeout(WAIT_S):
        while True:
            with contextlib.suppress(ClientError):
                async with session.get(f"http://127.0.0.1:{http_port}/health/ready") as response:
                    if response.status == 200:
                        return
            await asyncio.sleep(PAUSE_S)


def shown(server: SlackServer) -> Counter[int]:
    """Return how often each amount was posted as a new message."""
    posted = server.slack.wire.entries(direction="bot-to-server", name="chat.postMessage")
    words = [visible_text(entry.request) for entry in posted if entry.answer.get("ok")]
    amounts = [re.search(r"€([\d,]+)\.00", text) for text in words]
    return Counter(int(found.group(1).replace(",", "")) for found in amounts if found)


async def test_switching_loses_nothing_and_repeats_nothing(tmp_path: Path, template: Template) -> None:
    slack, port = SlackEmulator(PATIENT), free_port()
    ann, bob = (slack.add_person(f"U{name.upper()}", name, name.title()) for name in ("ann", "bob"))
    async with running_slack(slack) as server:
        deployment = await deploy(tmp_path / "data", template, server.environment())
        by_socket = KillableBot(deployment.environment, deployment.folder)
        by_http = KillableBot(
            {name: value for name, value in deployment.environment.items() if "SLACK" not in name}
            | server.environment(http_port=port),
            deployment.folder,
        )
        writers = [Writer(ann, 1_000), Writer(bob, 2_000)]
        async with prepared(by_socket), prepared(by_http):
            async with alive(by_socket):
                await slack.wait_connected(timeout_s=WAIT_S)
                await ann.command("/expense", f"start {deployment.admin_code}")
                await ann.wait_for_message("dm", "Acme", timeout_s=WAIT_S)
                writing = [asyncio.create_task(writer.write()) for writer in writers]
                await write_on(writers, MESSAGES_A_PHASE)
            async with alive(by_http):
                await slack.use_http(webhook_url(port), is_known=True)
                await ready(server, port)
                await slack.retry_now()  # nobody has the patience for Slack's minutes between two attempts
                await write_on(writers, MESSAGES_A_PHASE)
            async with alive(by_socket):
                slack.use_socket()
                await slack.wait_connected(timeout_s=WAIT_S)
                await slack.retry_now()
                await write_on(writers, MESSAGES_A_PHASE)
                for writer in writers:
                    writer.is_enough = True
                await asyncio.gather(*writing)
                await slack.retry_now()
                await slack.wait_idle(timeout_s=WAIT_S)
                for writer in writers:
                    await writer.person.wait_for_message("dm", f"€{writer.written[-1]:,}.00", timeout_s=WAIT_S)

        books = deployment.books
        booked = Counter(row["amount_minor"] // 100 for row in books.rows("SELECT amount_minor FROM expenses"))
        written = Counter(amount for writer in writers for amount in writer.written)
        assert slack.deliveries.lost == []
        assert books.left_over() == []
        doubtful = Counter(amount for writer in writers for amount in writer.doubtful)
        assert written <= booked <= written + doubtful
        assert shown(server) == booked
        transports = {"envelope_id" in entry.request for entry in slack.wire.entries(name="message")}
        assert transports == {True, False}
