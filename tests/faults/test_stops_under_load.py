"""SIGTERM in the middle of a burst: the bot is gone within ten seconds, and the next one does the rest, once."""

import asyncio
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from bot.playground.slack.emulator import SlackEmulator
from bot.playground.slack.settings import SlackSettings
from bot.playground.wire import WireLog
from tests.faults.answers import SENDS, said_by
from tests.faults.books import Books
from tests.faults.bot_process import STOP_S_MAX, KillableBot
from tests.faults.deployment import deploy
from tests.fixtures.databases import Template
from tests.fixtures.slack_emulator import running_slack
from tests.fixtures.telegram_emulator import running_telegram

PEOPLE, TEXTS_EACH = 8, 15
TEXTS = PEOPLE * TEXTS_EACH
BEFORE_THE_STOP = TEXTS // 4
WAIT_S = 60.0


async def answered(wire: WireLog, platform: str, count: int) -> None:
    """Wait until the bot has sent so many messages."""
    seen = 0
    with wire.subscribe() as live:
        seen = len(said_by(wire, platform))
        async with asyncio.timeout(WAIT_S):
            while seen < count:
                entry = await anext(live)
                seen += entry.name == SENDS[platform] and bool(entry.answer.get("ok"))


async def stop(bot: KillableBot, life: "asyncio.Task[int]") -> float:
    """Stop the bot as a supervisor does; return how long it took, in seconds."""
    began = time.monotonic()
    bot.terminate()
    assert await asyncio.wait_for(life, STOP_S_MAX) == 0
    return time.monotonic() - began


def assert_each_text_has_one_expense_and_one_card(books: Books, wire: WireLog, platform: str) -> None:
    assert books.left_over() == []
    assert books.untraced() == []
    amounts = Counter(row["amount_minor"] // 100 for row in books.rows("SELECT amount_minor FROM expenses"))
    assert amounts == Counter(range(1, TEXTS + 1))
    cards = [said.words for said in said_by(wire, platform) if "taxi" in said.words and "Draft" in said.words]
    assert len(cards) == len(set(cards)) == TEXTS, "a stop repeats nothing"


async def test_on_telegram(tmp_path: Path, template: Template, capsys: pytest.CaptureFixture[str]) -> None:
    async with running_telegram() as server:
        telegram = server.telegram
        deployment = await deploy(tmp_path / "data", template, server.environment(), employees=PEOPLE)
        bot = KillableBot(deployment.environment, deployment.folder)
        await bot.open()
        try:
            people = [telegram.add_person(f"Person {at}") for at in range(PEOPLE)]
            for person, code in zip(people, deployment.employee_codes, strict=True):
                await person.start(code)
            for amount in range(1, TEXTS + 1):
                await people[amount % PEOPLE].send_text(f"taxi {amount} eur")
            life = asyncio.create_task(bot.live(None))
            await answered(telegram.wire, "telegram", BEFORE_THE_STOP)
            took_s = await stop(bot, life)
            left = TEXTS + PEOPLE - len(said_by(telegram.wire, "telegram"))
            life = asyncio.create_task(bot.live(None))
            await answered(telegram.wire, "telegram", TEXTS + PEOPLE)
            await telegram.wait_idle(timeout_s=WAIT_S)
            await stop(bot, life)
        finally:
            await bot.close()
        assert left > 0, "the burst was over before the stop"
        assert_each_text_has_one_expense_and_one_card(deployment.books, telegram.wire, "telegram")
        with capsys.disabled():
            sys.stdout.write(f"\nTelegram: stopped in {took_s:.1f} s with {left} of {TEXTS} answers to come\n")


async def test_on_slack(tmp_path: Path, template: Template, capsys: pytest.CaptureFixture[str]) -> None:
    settings = SlackSettings(retry_delays_s=(0.0, 0.5, 1.0), acknowledge_timeout_s=WAIT_S)
    slack = SlackEmulator(settings)
    people = [slack.add_person(f"U{at:04}", f"person{at}", f"Person {at}") for at in range(PEOPLE)]
    async with running_slack(slack) as server:
        deployment = await deploy(tmp_path / "data", template, server.environment())
        bot = KillableBot(deployment.environment, deployment.folder)
        await bot.open()
        try:
            life = asyncio.create_task(bot.live(None))
            await slack.wait_connected(timeout_s=WAIT_S)
            await people[0].command("/expense", f"start {deployment.admin_code}")
            await answered(slack.wire, "slack", 1)
            for amount in range(1, TEXTS + 1):
                people[amount % PEOPLE].send_text("dm", f"taxi {amount} eur")
            await answered(slack.wire, "slack", BEFORE_THE_STOP)
            took_s = await stop(bot, life)
            left = TEXTS + 1 - len(said_by(slack.wire, "slack"))
            life = asyncio.create_task(bot.live(None))
            await answered(slack.wire, "slack", TEXTS + 1)
            await slack.wait_idle(timeout_s=WAIT_S)
            await stop(bot, life)
        finally:
            await bot.close()
        assert left > 0, "the burst was over before the stop"
        assert slack.deliveries.lost == []
        assert_each_text_has_one_expense_and_one_card(deployment.books, slack.wire, "slack")
        with capsys.disabled():
            sys.stdout.write(f"\nSlack: stopped in {took_s:.1f} s with {left} of {TEXTS} answers to come\n")
