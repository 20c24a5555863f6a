"""Hostile texts through the real clients and the emulated platforms: sentences, names of people, of a company, and of files, and
what a reader reads of a receipt. About 10 s a database.
"""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from bot.playground.slack.forms import visible_text
from bot.playground.slack.people import Person as SlackPerson
from bot.playground.state import Json
from bot.playground.telegram.people import Person
from core.identity.rules import Role
from core.receipts.port import Field, Hints, Reading
from core.store.types import storable
from tests.faults.books import Books
from tests.fixtures.clock import FakeClock
from tests.fixtures.databases import Template
from tests.fixtures.readers import HeldReader
from tests.fixtures.service import PLATFORMS, RunningService, running_service
from tests.fixtures.telegram_emulator import png
from tests.hostile.harmless import assert_taken_by_slack
from tests.hostile.texts import MARK, TABLE

NAME = "<b>Mia</b> <!channel> \u202e@here *x* & <@U1|y>"
FOUND_BY_TELEGRAM = {"url", "mention", "hashtag", "cashtag", "bot_command", "email", "phone_number"}
"""Telegram marks these by itself in any text, as they stand there: none of them hides where it leads."""
SENDS = ("sendMessage", "editMessageText", "sendPhoto", "sendDocument", "editMessageCaption", "answerCallbackQuery")


class Echo:
    """A reader that reads the same of every receipt: all that is hostile, as the merchant."""

    async def read(self, content: bytes, *, hints: Hints) -> Reading:  # noqa: ARG002 - the port's
        merchant = Field(value=f"{MARK} {TABLE['html']}", confidence=1.0)
        return Reading(merchant=merchant, total=Field(value=Decimal("3.50"), confidence=1.0))


@pytest.fixture
async def bot(tmp_path: Path, template: Template, clock: FakeClock) -> AsyncIterator[RunningService]:
    async with running_service(tmp_path / "bot", template, PLATFORMS, clock, HeldReader(Echo())) as running:
        await running.make_workspace(f"{NAME} Corp")
        yield running


def sayable(text: str) -> str:
    """Return a text as the apps of both platforms let people send it."""
    return storable(text).replace("\x1b", "").strip()


async def test_on_telegram(bot: RunningService) -> None:
    mia = bot.telegram.add_person(NAME)
    await mia.start(await bot.make_code(Role.EMPLOYEE))
    await bot.settled()
    for hostile in TABLE.values():
        await mia.send_text(f"{MARK} {sayable(hostile)} 5 eur")
    await bot.settled()
    await mia.send_text("/new")
    for answer in ("5 eur", "today", f"{MARK} {sayable(TABLE['html'])}", f"{MARK} {sayable(TABLE['mrkdwn'])}"[:120]):
        await bot.settled()
        await mia.send_text(answer)
    for name in ("html", "right to left override", "emoji families", "json"):
        await mia.send_document(png(), name=f"{MARK} {TABLE[name]}"[:200], mime_type="image/png")
    await bot.settled()
    card = next(each for each in reversed(mia.messages()) if each.button("Receipt") or each.button("Receipts"))
    await mia.tap(card.id, "Receipt" if card.button("Receipt") else "Receipts")
    await bot.settled()
    nothing_failed(bot)
    for entry in bot.telegram.wire.entries(direction="bot-to-server"):
        assert entry.name not in SENDS or entry.status == 200, entry
    assert_nothing_was_injected_on_telegram(mia)
    assert sum(MARK in each.text for each in mia.messages() if each.from_bot) >= len(TABLE) - 3


def assert_nothing_was_injected_on_telegram(person: Person) -> None:
    for message in person.messages():
        if message.from_bot:
            entities: list[Json] = message.content.get("entities", []) + message.content.get("caption_entities", [])
            assert {entity["type"] for entity in entities} <= {"bold", "italic"} | FOUND_BY_TELEGRAM, entities


async def test_on_slack(bot: RunningService) -> None:
    bot.slack.add_person("UMIA", "mia", NAME)
    mia = bot.slack.person("UMIA")
    await mia.command("/expense", f"start {await bot.make_code(Role.EMPLOYEE)}")
    await bot.settled()
    for hostile in TABLE.values():
        mia.send_text("dm", f"{MARK} {sayable(hostile)} 5 eur")
    for name in ("nulls and controls", "html", "mentions of all"):
        await mia.command("/expense", f"{MARK} {TABLE[name]} 6 eur")
    await bot.settled()
    await mia.command("/expense", "new")
    modal = await mia.wait_for_modal()
    await modal.fill({"amount": "7 eur", "description": f"{MARK} {TABLE['mentions of all']}", "category": "office"})
    assert not (await modal.submit()).is_open
    files = [(f"{MARK} {TABLE[name]}"[:200], png()) for name in ("html", "mentions of all", "json")]
    for file in files:
        mia.send_files("dm", [file])
    mia.open_home()
    await bot.settled()
    nothing_failed(bot)
    for entry in bot.slack.wire.entries(direction="bot-to-server"):
        assert entry.status == 200, entry
        assert entry.answer.get("ok", True), entry
    assert_nothing_was_injected_on_slack(mia)
    assert sum(MARK in visible_text(each) for each in mia.messages() if each.get("bot_id")) >= len(TABLE) - 3


def assert_nothing_was_injected_on_slack(person: SlackPerson) -> None:
    for message in person.messages():
        if message.get("bot_id") and message.get("blocks"):
            assert_taken_by_slack({"text": message["text"], "blocks": message["blocks"]})


def nothing_failed(bot: RunningService) -> None:
    books = Books(url=bot.database_url)
    assert books.left_over() == []
    assert books.untraced() == []
    assert all(
        row["description"] == storable(row["description"]) for row in books.rows("SELECT description FROM expenses")
    )
