"""kill -9 while people submit, approve and reject, on Telegram and on Slack: each is decided once, and every copy says so."""

import asyncio
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from bot.playground.slack.emulator import SlackEmulator
from bot.playground.slack.errors import ControlError
from bot.playground.slack.forms import visible_text
from bot.playground.slack.people import Person as SlackPerson
from bot.playground.state import Json
from bot.playground.telegram.people import Person
from bot.playground.telegram.views import MessageView
from tests.faults.books import Books
from tests.faults.bot_process import PLACES, POINTS, KillableBot, draw_plans, killed_by_plan
from tests.faults.deployment import deploy
from tests.faults.test_kills_on_slack import PATIENCE_S, SETTINGS, Clerk, bind_team
from tests.fixtures.databases import Template
from tests.fixtures.slack_emulator import running_slack
from tests.fixtures.telegram_emulator import running_telegram

OWNERS, EACH = 3, 8
EXPENSES = OWNERS * EACH
KILLS, STEPS = 10, EXPENSES * 3
WAIT_S = 60.0
REASON = "no receipt"
ENDS = {True: f": {REASON}", False: "Approved by"}
STATES = {True: "rejected", False: "approved"}


def is_rejected(amount: int) -> bool:
    """Tell which expenses the second approver rejects; the first one approves the others."""
    return amount % 3 == 0


def assert_each_was_decided_once(books: Books) -> None:
    assert books.left_over() == []
    assert books.untraced() == []
    expenses = books.rows("SELECT amount_minor / 100 AS amount, state FROM expenses ORDER BY amount_minor")
    assert expenses == [{"amount": amount, "state": STATES[is_rejected(amount)]} for amount in range(1, EXPENSES + 1)]
    decisions = books.rows(
        "SELECT expenses.amount_minor / 100 AS amount, decisions.verdict AS verdict, decisions.reason AS reason"
        " FROM approval_decisions AS decisions JOIN approvals ON approvals.id = decisions.approval_id"
        " JOIN expenses ON expenses.id = approvals.expense_id ORDER BY expenses.amount_minor"
    )
    assert decisions == [
        {
            "amount": amount,
            "verdict": STATES[is_rejected(amount)],
            "reason": REASON if is_rejected(amount) else None,
        }
        for amount in range(1, EXPENSES + 1)
    ]
    assert books.value("SELECT COUNT(*) FROM approvals") == EXPENSES


def report(platform: str, bot: KillableBot, started: float, capsys: pytest.CaptureFixture[str], stale: int) -> None:
    hits = Counter(POINTS[point] for point in bot.hits().elements())
    assert set(hits) == set(PLACES)
    in_flight = sum(killed.sending for killed in bot.killed)
    assert stale <= in_flight, "a card says less than the books, and no kill is to blame"
    with capsys.disabled():
        sys.stdout.write(
            f"\n{platform}: {EXPENSES} decisions, {len(bot.killed)} kills in {time.monotonic() - started:.0f} s;"
            f" {in_flight} messages in flight, {stale} of them left a second card behind\n  hits: {dict(bot.hits())}\n"
        )


# ---- Telegram ----


@dataclass(kw_only=True)
class Office:
    """People on Telegram: who hands in, and two of finance, who answer one question at a time."""

    owners: list[Person]
    approver: Person
    rejecter: Person
    asked: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def hand_in(self, owner: Person, amount: int) -> None:
        mine = await owner.send_text(f"taxi {amount} eur")
        card = await self.seen(owner, f"€{amount}.00", after=mine.id)
        await owner.tap(card.id, "Submit")
        words = f"{owner.account.first_name}: taxi · €{amount}.00"
        of_approver, of_rejecter = await self.seen(self.approver, words), await self.seen(self.rejecter, words)
        if is_rejected(amount):
            async with self.asked:
                newest = self.rejecter.messages()[-1].id
                await self.rejecter.tap(of_rejecter.id, "Reject")
                await self.seen(self.rejecter, "Why?", after=newest)
                await self.rejecter.send_text(REASON)
                await self.ended(self.rejecter, of_rejecter.id, amount)
        else:
            await self.approver.tap(of_approver.id, "Approve")
        for person, card_id in ((owner, card.id), (self.approver, of_approver.id), (self.rejecter, of_rejecter.id)):
            await self.ended(person, card_id, amount)

    async def seen(self, person: Person, words: str, *, after: int = 0) -> MessageView:
        return await person.wait_for_message(lambda each: words in each.text, after=after, timeout_s=WAIT_S)

    async def ended(self, person: Person, card_id: int, amount: int) -> None:
        """Wait until the card says how it ended, or another one of the same expense, where a kill made two of it."""
        await person.wait_for_message(
            lambda each: each.id >= card_id and f"€{amount}.00" in each.text and ENDS[is_rejected(amount)] in each.text,
            timeout_s=WAIT_S,
        )


async def test_on_telegram(tmp_path: Path, template: Template, capsys: pytest.CaptureFixture[str]) -> None:
    started = time.monotonic()
    async with running_telegram() as server:
        telegram = server.telegram
        deployment = await deploy(tmp_path / "data", template, server.environment(), employees=OWNERS, finance=2)
        office = Office(
            owners=[telegram.add_person(f"Owner {at}") for at in range(OWNERS)],
            approver=telegram.add_person("Finn"),
            rejecter=telegram.add_person("Fatma"),
        )
        people = [office.approver, office.rejecter, *office.owners]
        bot = KillableBot(deployment.environment, deployment.folder)
        async with killed_by_plan(bot, draw_plans(3, kills=KILLS, updates=STEPS)):
            codes = [*deployment.finance_codes, *deployment.employee_codes]
            for person, code in zip(people, codes, strict=True):
                await person.start(code)
                await office.seen(person, "Acme")

            async def all_of(at: int) -> None:
                for amount in range(at * EACH + 1, (at + 1) * EACH + 1):
                    await office.hand_in(office.owners[at], amount)

            await asyncio.gather(*(all_of(at) for at in range(OWNERS)))
            await telegram.wait_idle(timeout_s=WAIT_S)

        assert_each_was_decided_once(deployment.books)
        stale = sum(
            "Submit" in each.labels or "Approve" in each.labels for person in people for each in person.messages()
        )
        report("Telegram", bot, started, capsys, stale)


# ---- Slack ----


async def press(clerk: Clerk, ts: str, label: str) -> None:
    """Tap until Slack has no complaint, or the button is gone: what a killed bot did not acknowledge it may have done."""
    try:
        await clerk.insist(partial(clerk.person.tap, "dm", ts, label))
    except ControlError:
        if label in labels_of(card_at(clerk.person, ts)):
            raise


def card_at(person: SlackPerson, ts: str) -> Json:
    return next(each for each in person.messages() if each["ts"] == ts)


class Finance(Clerk):
    """Somebody of finance on Slack, who does again what Slack says did not work."""

    async def approve(self, ts: str) -> None:
        await press(self, ts, "Approve")

    async def reject(self, ts: str) -> None:
        """Tap Reject, write the reason, and send it until Slack has no complaint, or the card has no such button any more."""
        while True:
            if self.person.modal is None:
                await press(self, ts, "Reject")
                if "Reject" not in labels_of(card_at(self.person, ts)):
                    return
                try:
                    await self.person.wait_for_modal(timeout_s=PATIENCE_S)
                except TimeoutError:
                    continue
            try:
                if await self.sent_reason() is None:
                    return
            except ControlError:
                continue  # the form was closed meanwhile: its first submission was taken after all
            await self.be_told()

    async def sent_reason(self) -> str | None:
        """Fill in the form that is open, and return what Slack complains of."""
        modal = self.person.modal
        if modal is None:
            return ""
        await modal.fill({"words": REASON})
        return (await modal.submit()).notice


async def handed_in(clerk: Clerk, approver: Finance, rejecter: Finance, busy: asyncio.Lock, amount: int) -> None:
    ts = clerk.person.send_text("dm", f"taxi {amount} eur")
    card = await clerk.card_of(amount, ts)
    await press(clerk, card["ts"], "Submit")
    words = f"{clerk.person.user.real_name}: taxi · €{amount}.00"
    of_approver = await approver.person.wait_for_message("dm", words, timeout_s=WAIT_S)
    of_rejecter = await rejecter.person.wait_for_message("dm", words, timeout_s=WAIT_S)
    if is_rejected(amount):
        async with busy:
            await rejecter.reject(of_rejecter["ts"])
    else:
        await approver.approve(of_approver["ts"])
    for person in (clerk.person, approver.person, rejecter.person):
        await ended(person, amount)


def labels_of(message: Json) -> set[str]:
    elements = [element for block in message.get("blocks") or [] for element in block.get("elements", [])]
    return {element["text"]["text"] for element in elements if element["type"] == "button"}


async def ended(person: SlackPerson, amount: int) -> None:
    await person.wait_for_message(
        "dm",
        lambda each: f"€{amount}.00" in visible_text(each) and ENDS[is_rejected(amount)] in visible_text(each),
        timeout_s=WAIT_S,
    )


async def test_on_slack(tmp_path: Path, template: Template, capsys: pytest.CaptureFixture[str]) -> None:
    started = time.monotonic()
    slack = SlackEmulator(SETTINGS)
    admin = slack.add_person("UADA", "ada", "Ada")
    clerks = [Clerk(slack.add_person(f"U{at:04}", f"owner{at}", f"Owner {at}"), 0) for at in range(OWNERS)]
    approver, rejecter = (
        Finance(slack.add_person(f"U{name.upper()}", name, name.title()), 0) for name in ("finn", "fatma")
    )
    async with running_slack(slack) as server:
        deployment = await deploy(tmp_path / "data", template, server.environment(), finance=2)
        bot = KillableBot(deployment.environment, deployment.folder)
        async with killed_by_plan(bot, draw_plans(4, kills=KILLS, updates=STEPS)):
            await bind_team(slack, admin, deployment.admin_code)
            for each, code in zip((approver, rejecter), deployment.finance_codes, strict=True):
                await each.insist(partial(each.person.command, "/expense", f"start {code}"))
                await each.person.wait_for_message("dm", "Acme", timeout_s=WAIT_S)
            busy = asyncio.Lock()

            async def all_of(at: int) -> None:
                for amount in range(at * EACH + 1, (at + 1) * EACH + 1):
                    await handed_in(clerks[at], approver, rejecter, busy, amount)

            await asyncio.gather(*(all_of(at) for at in range(OWNERS)))
            await slack.wait_idle(timeout_s=WAIT_S)

        assert_each_was_decided_once(deployment.books)
        assert slack.deliveries.lost == []
        people = [approver.person, rejecter.person, *(clerk.person for clerk in clerks)]
        stale = sum(bool({"Submit", "Approve"} & labels_of(each)) for person in people for each in person.messages())
        report("Slack", bot, started, capsys, stale)
