"""kill -9 on Slack, by socket and by HTTP: 20 times during 1,000 updates (--full), 6 during 250 otherwise.

Events come again; commands, taps and submissions come once. About 60 s each in full, and 15 s otherwise, on an idle machine.
"""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
from aiohttp import ClientError

from bot.playground.slack.deliveries import Answer, Outcome
from bot.playground.slack.emulator import SlackEmulator
from bot.playground.slack.forms import visible_text
from bot.playground.slack.modal import Modal
from bot.playground.slack.people import Person
from bot.playground.slack.settings import SlackSettings
from bot.playground.state import Json
from tests.faults.answers import repeats_of, said_by
from tests.faults.books import Books
from tests.faults.bot_process import PLACES, POINTS, KillableBot, Scale, draw_plans, killed_by_plan
from tests.faults.deployment import deploy
from tests.fixtures.databases import Template
from tests.fixtures.slack_emulator import SlackServer, free_port, running_slack, webhook_url

UPDATES_IN_A_ROUND = 5  # a message, a tap, a command, a tap, a submission
WAIT_S = 60.0
REACTION_S = 0.1
"""How long a person takes to do again what did not work. The emulator notices meanwhile that a connection is gone."""
PATIENCE_S = 2.0
"""How long a person looks at a tap without an effect before they tap again."""
SETTINGS = SlackSettings(retry_delays_s=(0.0, 1.0, 2.0), acknowledge_timeout_s=10.0)
"""Slack's pauses between retries, shortened, and its patience, lengthened: a busy machine is no killed bot."""
SETTINGS_OF_HTTP = SlackSettings(retry_delays_s=(0.0, 60.0, 300.0), acknowledge_timeout_s=10.0)
"""Slack's own pauses, which are over as soon as the next life is ready: over HTTP it does not wait for a connection."""
LOOK_EVERY_S = 0.05


class Clerk:
    """A person who keeps books, and does again what Slack says did not work. Each expense has an amount of its own."""

    def __init__(self, person: Person, first_amount: int) -> None:
        self.person = person
        self.slack = person.slack
        self.amount = first_amount
        self.written: list[int] = []
        self.doubtful: list[int] = []
        """The amounts of commands that were not acknowledged: they may have been committed."""

    async def insist(self, act: Callable[[], Awaitable[Answer]]) -> None:
        """Do something until it is acknowledged."""
        while (await act()).outcome is not Outcome.ACKNOWLEDGED:
            await self.be_told()

    async def be_told(self) -> None:
        """Read that it did not work, and wait until it may."""
        await asyncio.sleep(REACTION_S)
        await self.slack.wait_connected(timeout_s=WAIT_S)

    async def keep_books(self, rounds: int) -> None:
        """Write an expense and submit it; write another by the command and correct it in the form; so many times."""
        for _ in range(rounds):
            card = await self.write()
            await self.insist(partial(self.person.tap, "dm", card["ts"], "Submit"))
            await self.shown(card, "Submitted")
            card = await self.command()
            modal = await self.open_form(card)
            await self.send(modal, card)

    def next(self) -> int:
        self.amount += 1
        return self.amount

    async def write(self) -> Json:
        amount = self.next()
        ts = self.person.send_text("dm", f"taxi {amount} eur")
        self.written.append(amount)
        return await self.card_of(amount, ts)

    async def command(self) -> Json:
        while True:
            amount = self.next()
            now = self.slack.now_ts()
            answer = await self.person.command("/expense", f"hotel {amount} eur")
            if answer.outcome is Outcome.ACKNOWLEDGED:
                self.written.append(amount)
                return await self.card_of(amount, now)
            self.doubtful.append(amount)
            await self.be_told()

    async def card_of(self, amount: int, after_ts: str) -> Json:
        return await self.person.wait_for_message("dm", f"€{amount:,}.00", after_ts=after_ts, timeout_s=WAIT_S)

    async def shown(self, card: Json, words: str) -> None:
        """Wait until the card reads so."""
        await self.person.wait_for_message(
            "dm",
            lambda message: message["ts"] == card["ts"] and words in visible_text(message),
            after_ts=f"{float(card['ts']) - 0.001:.6f}",
            timeout_s=WAIT_S,
        )

    async def open_form(self, card: Json) -> Modal:
        """Tap Edit. Opening a window is never durable: where the bot died over it, tap again."""
        while True:
            await self.insist(partial(self.person.tap, "dm", card["ts"], "Edit"))
            try:
                async with asyncio.timeout(PATIENCE_S):
                    while not self.is_mine(modal := await self.person.wait_for_modal(timeout_s=WAIT_S)):
                        await modal.close()
            except TimeoutError:
                continue
            return modal

    def is_mine(self, modal: Modal) -> bool:
        """Tell the form of the newest expense from one that was asked for twice and opened late, or that is saved."""
        if modal.view["submit"] is None:
            return False
        return str(modal.value("amount")).startswith(f"{self.amount:,}.00")

    async def send(self, modal: Modal, card: Json) -> None:
        """Send the form until Slack has no complaint: what was acknowledged is never sent again."""
        complaint: str | None = ""
        while complaint is not None:
            while self.person.modal is not None and self.person.modal.id != modal.id:
                await self.person.modal.close()
            await modal.fill({"description": "room"})
            sent = await modal.submit()
            assert sent.errors == {}
            complaint = sent.notice
            if complaint is not None:
                await self.be_told()
        await self.shown(card, "room")


async def bind_team(slack: SlackEmulator, admin: Person, code: str) -> None:
    """Redeem the admin's code, which binds the team: from then on everybody is an employee."""
    await slack.wait_connected(timeout_s=WAIT_S)
    clerk = Clerk(admin, 0)
    await clerk.insist(lambda: admin.command("/expense", f"start {code}"))
    await admin.wait_for_message("dm", "Acme", timeout_s=WAIT_S)


def acknowledged(slack: SlackEmulator, kinds: tuple[str, ...]) -> list[str]:
    """Return the trigger of every command, tap and submission that the bot acknowledged."""
    return [
        entry.request["payload"]["trigger_id"]
        for name in kinds
        for entry in slack.wire.entries(direction="server-to-bot", name=name)
        if entry.answer["outcome"] == Outcome.ACKNOWLEDGED
    ]


def delivered_messages(slack: SlackEmulator) -> list[str]:
    """Return the id of every event of a person's message, as often as it was delivered."""
    payloads = [entry.request["payload"] for entry in slack.wire.entries(direction="server-to-bot", name="message")]
    return [payload["event_id"] for payload in payloads if not payload["event"].keys() & {"bot_id", "subtype"}]


@asynccontextmanager
async def retried_when_ready(server: SlackServer, bot: KillableBot, port: int) -> AsyncIterator[None]:
    """Have Slack deliver again what waits as soon as a new life is ready, while the block runs."""

    async def retry_forever() -> None:
        session, ready_in = await server.session(), 0
        while True:
            with suppress(ClientError):
                life = bot.lives
                async with session.get(f"http://127.0.0.1:{port}/health/ready") as answer:
                    if answer.status == 200 and life == bot.lives != ready_in:
                        ready_in = life
                        await server.slack.retry_now()
            await asyncio.sleep(LOOK_EVERY_S)

    retrying = asyncio.create_task(retry_forever())
    try:
        yield
    finally:
        retrying.cancel()
        await asyncio.gather(retrying, return_exceptions=True)


@pytest.mark.parametrize("way", ["socket", "http"])
async def test_kill_minus_nine_loses_nothing_that_was_acknowledged(
    way: str, scale: Scale, tmp_path: Path, template: Template, capsys: pytest.CaptureFixture[str]
) -> None:
    started = time.monotonic()
    slack, port = SlackEmulator(SETTINGS if way == "socket" else SETTINGS_OF_HTTP), free_port()
    clerks = [
        Clerk(slack.add_person(f"U{at:04}", f"person{at}", f"Person {at}"), 1 + at * 1_000)
        for at in range(scale.people)
    ]
    async with running_slack(slack) as server, AsyncExitStack() as stack:
        environment = server.environment(http_port=port if way == "http" else None)
        deployment = await deploy(tmp_path / "data", template, environment)
        bot = KillableBot(deployment.environment, deployment.folder)
        if way == "http":
            await slack.use_http(webhook_url(port), is_known=True)
            await stack.enter_async_context(retried_when_ready(server, bot, port))
        async with killed_by_plan(bot, draw_plans(2, kills=scale.kills, updates=scale.updates)):
            await bind_team(slack, clerks[0].person, deployment.admin_code)
            rounds = scale.updates // scale.people // UPDATES_IN_A_ROUND
            await asyncio.gather(*(clerk.keep_books(rounds) for clerk in clerks))
            await slack.wait_idle(timeout_s=WAIT_S)

        hits = Counter(POINTS[point] for point in bot.hits().elements())
        assert set(hits) == set(PLACES)
        books = deployment.books
        assert books.left_over() == []
        assert books.untraced() == []
        assert slack.deliveries.lost == []
        assert_each_text_is_one_expense(books, clerks)
        once = acknowledged(slack, ("/expense", "block_actions", "view_submission"))
        assert {f"trigger:{trigger}" for trigger in once} <= set(books.event_keys())

        said = said_by(slack.wire, "slack")
        for clerk in clerks:
            chat = clerk.person.channel("dm").id
            heard = [each.words for each in said if each.chat == chat]
            for amount in clerk.written:
                assert any(f"€{amount:,}.00" in words for words in heard), f"nobody was shown expense {amount}"
        repeats = repeats_of(said)
        in_flight = {killed.life: killed.sending for killed in bot.killed}
        for life, count in Counter(repeat.life for repeat in repeats).items():
            assert count <= in_flight[life], "more was said again than was in flight"

        events = delivered_messages(slack)
        updates = len(set(events)) + len(once)
        assert updates >= scale.updates
        with capsys.disabled():
            sys.stdout.write(
                f"\nSlack by {way}, {books.kind}: {updates} updates acknowledged, events among them {len(set(events))}, delivered"
                f" {len(events)} times; {sum(len(clerk.doubtful) for clerk in clerks)} commands unacknowledged;"
                f" {len(bot.killed)} kills in {time.monotonic() - started:.0f} s\n"
                f"  hits: {dict(bot.hits())}\n  messages sent: {len(said)}, of them again: {len(repeats)}"
                f" ({sum(in_flight.values())} in flight at the kills)\n"
            )


def assert_each_text_is_one_expense(books: Books, clerks: list[Clerk]) -> None:
    expenses = Counter(row["amount_minor"] // 100 for row in books.rows("SELECT amount_minor FROM expenses"))
    written = {amount for clerk in clerks for amount in clerk.written}
    doubtful = {amount for clerk in clerks for amount in clerk.doubtful}
    assert set(expenses.values()) == {1}
    assert written <= set(expenses) <= written | doubtful
    states = books.rows("SELECT amount_minor, description, state, version FROM expenses")
    for row in states:
        if row["amount_minor"] // 100 in written:
            assert (row["description"], row["state"], row["version"]) in (
                ("taxi", "submitted", 2),
                ("room", "draft", 2),
            )
