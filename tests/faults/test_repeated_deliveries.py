"""Every update twice to five times, repeats shuffled: the books and the answers are those of the run without repeats."""

import re
import sys
from collections import Counter
from pathlib import Path

import pytest

from bot.playground.slack.forms import visible_text
from bot.playground.slack.people import Person as SlackPerson
from bot.playground.state import Fault, Rule
from bot.playground.telegram.people import Person as TelegramPerson
from core.identity.rules import Role
from tests.faults.books import Books
from tests.faults.canonical import canonical_books
from tests.fixtures.databases import Template
from tests.fixtures.service import RunningService, running_service

A_CODE = re.compile(r"start [A-Z0-9]{12}")
COPIES_MAX = 5
ALWAYS = 10**6


class TelegramScript:
    """Two people one after the other; each step waits until the bot has nothing to do."""

    def __init__(self, running: RunningService) -> None:
        self.running = running
        self.people = [running.telegram.add_person(name) for name in ("Mia", "Noah")]

    async def play(self) -> None:
        await self.running.make_workspace()
        for person in self.people:
            await person.start(await self.running.make_code(Role.EMPLOYEE))
            await self.running.settled()
            await self.expenses(person)
            await self.forms(person)
            for words in ("/start WRONGCODE99", "/invite admin", "/expenses", "/language de", "hm?"):
                await self.say(person, words)
        while self.running.telegram.updates.anything(self.running.telegram.state.only_bot()):
            await self.running.telegram.wait_idle(quiet_s=0.05)
        await self.running.settled()

    async def expenses(self, person: TelegramPerson) -> None:
        mine = await self.say(person, "taxi 23,50 € yesterday")
        for label in ("Category", "✈️ Travel"):
            await self.tap(person, label)
        await person.edit_text(mine, "taxi 25 eur")
        await self.running.settled()
        await self.tap(person, "Submit")
        await self.say(person, "hotel 80 usd")
        for label in ("Delete", "Undo"):
            await self.tap(person, label)

    async def forms(self, person: TelegramPerson) -> None:
        for words in ("/new", "abc", "12 eur"):
            await self.say(person, words)
        await self.tap(person, "Keep")
        await self.say(person, "pens")
        await self.tap(person, "Leave empty")
        await self.tap(person, "📎 Office")
        for words in ("/new", "/cancel"):
            await self.say(person, words)

    async def say(self, person: TelegramPerson, words: str) -> int:
        sent = await person.send_text(words)
        await self.running.settled()
        return sent.id

    async def tap(self, person: TelegramPerson, label: str) -> None:
        """Tap the button in the newest message that has it."""
        shown = next(message for message in reversed(person.messages()) if message.button(label) is not None)
        await person.tap(shown.id, label)
        await self.running.settled()

    def answers(self) -> list[str]:
        """Return what each person is told, toasts included."""
        return [
            f"{person.account.first_name}: {words!r}"
            for person in self.people
            for words in (
                *((message.text, message.labels) for message in person.messages() if message.from_bot),
                *((toast.message_id, toast.text) for toast in person.toasts()),
            )
        ]

    def deliveries(self) -> Counter[str]:
        """Return how often each update was delivered."""
        entries = self.running.telegram.wire.entries(direction="server-to-bot")
        return Counter(str(entry.request["update_id"]) for entry in entries)


class SlackScript:
    """An admin and an employee, one after the other."""

    def __init__(self, running: RunningService) -> None:
        self.running = running
        self.people = [running.slack.add_person(f"U{name.upper()}", name, name.title()) for name in ("mia", "noah")]

    async def play(self) -> None:
        code = await self.running.make_workspace()
        await self.command(self.people[0], f"start {code}")
        for person in self.people:
            await self.expenses(person)
            await self.form(person)
            for words in ("start WRONGCODE99", "invite admin", "expenses", "language de", "hm?"):
                await self.command(person, words)
        await self.running.slack.wait_idle(quiet_s=0.2)
        await self.running.settled()

    async def expenses(self, person: SlackPerson) -> None:
        mine = person.send_text("dm", "taxi 23,50 € yesterday")
        await self.running.settled()
        for label in ("Category", "✈️ Travel"):
            await self.tap(person, label)
        person.edit_text("dm", mine, "taxi 25 eur")
        await self.running.settled()
        await self.tap(person, "Submit")
        await self.command(person, "hotel 80 usd")
        for label in ("Delete", "Undo"):
            await self.tap(person, label)

    async def form(self, person: SlackPerson) -> None:
        await self.tap(person, "Edit")
        modal = await person.wait_for_modal()
        for amount in ("abc", "90 usd"):
            await modal.fill({"amount": amount})
            await modal.submit()
            await self.running.settled()

    async def command(self, person: SlackPerson, words: str) -> None:
        await person.command("/expense", words)
        await self.running.settled()

    async def tap(self, person: SlackPerson, label: str) -> None:
        """Tap the button in the newest message that has it."""
        shown = next(message for message in reversed(person.messages()) if label in str(message.get("blocks")))
        await person.tap("dm", shown["ts"], label)
        await self.running.settled()

    def answers(self) -> list[str]:
        """Return what each person is told, what they alone see included."""
        return [
            f"{person.user.name}: {bool(message.get('is_ephemeral'))} {A_CODE.sub('start (code)', visible_text(message))!r}"
            for person in self.people
            for message in person.messages()
            if message.get("bot_id")
        ]

    def deliveries(self) -> Counter[str]:
        """Return how often each thing that a person did was delivered."""
        entries = self.running.slack.wire.entries(direction="server-to-bot")
        payloads = [entry.request["payload"] for entry in entries if "payload" in entry.request]
        return Counter(
            payload.get("event_id") or payload["trigger_id"]
            for payload in payloads
            if "bot_id" not in str(payload.get("event", {}))
        )


Script = TelegramScript | SlackScript


async def play(
    script: type[Script], folder: Path, template: Template, rule: Rule | None
) -> tuple[list[str], Counter[str]]:
    """Play a conversation; return the books and the answers, and how often each update came."""
    platform = "telegram" if script is TelegramScript else "slack"
    async with running_service(folder, template, (platform,)) as running:
        emulator = running.telegram if script is TelegramScript else running.slack
        if rule is not None:
            emulator.misbehaviour.add(rule)
        conversation = script(running)
        await conversation.play()
        told = canonical_books(Books(url=running.database_url)) + conversation.answers()
        return told, conversation.deliveries()


@pytest.mark.parametrize("script", [TelegramScript, SlackScript])
async def test_repeats_change_nothing(
    script: type[Script], tmp_path: Path, template: Template, capsys: pytest.CaptureFixture[str]
) -> None:
    once, deliveries = await play(script, tmp_path / "once", template, None)
    assert set(deliveries.values()) == {1}
    rule = Rule(fault=Fault.DUPLICATE, method="*", copies=COPIES_MAX, seed=7, remaining=ALWAYS)
    repeated, repeats = await play(script, tmp_path / "repeated", template, rule)
    assert len(repeats) == len(deliveries)
    assert min(repeats.values()) >= 2
    assert max(repeats.values()) == COPIES_MAX
    assert repeated == once
    with capsys.disabled():
        sys.stdout.write(f"\n{script.__name__}: {len(repeats)} updates, {repeats.total()} deliveries\n")
