"""kill -9 on Telegram, by polling and by webhook: 20 times during 1,000 updates (--full), 6 during 250 otherwise.

The emulator lives in this process, and counts. About 60 s each in full, and 15 s otherwise, on a machine that is idle.
"""

import asyncio
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from bot.playground.telegram.people import Person
from bot.playground.telegram.views import MessageView
from tests.faults.answers import repeats_of, said_by
from tests.faults.books import Books
from tests.faults.bot_process import PLACES, POINTS, KillableBot, Scale, draw_plans, killed_by_plan
from tests.faults.deployment import deploy
from tests.fixtures.databases import Template
from tests.fixtures.slack_emulator import free_port
from tests.fixtures.telegram_emulator import TelegramServer, running_telegram

WAIT_S = 60.0
REPEATED_AFTER_S = 0.05
"""Telegram's pause before it posts an update again that nobody took, a second in life, doubling."""


async def seen(person: Person, words: str, *, after: int) -> MessageView:
    """Wait until the person reads these words in a message of the bot's."""
    return await person.wait_for_message(lambda message: words in message.text, after=after, timeout_s=WAIT_S)


async def keep_books(person: Person, code: str, numbers: range) -> None:
    """Join; then write one expense after the other and submit it, or correct it by editing one's own message."""
    begun = await person.start(code)
    await seen(person, "Acme", after=begun.id)
    for number in numbers:
        mine = await person.send_text(f"taxi {number} eur")
        card = await seen(person, f"€{number:,}.00", after=mine.id)
        if number % 4:
            await person.tap(card.id, "Submit")
            await seen(person, "Submitted", after=mine.id)
        else:
            await person.edit_text(mine.id, f"train {number} eur")
            await seen(person, "train", after=mine.id)


def delivered(server: TelegramServer) -> list[int]:
    """Return the ids of all updates that reached the bot, as often as they did."""
    entries = server.telegram.wire.entries(direction="server-to-bot")
    return [entry.request["update_id"] for entry in entries if entry.status == 200]


def environment(server: TelegramServer, way: str) -> dict[str, str]:
    if way == "polling":
        return server.environment()
    server.telegram.webhooks.pause_s = REPEATED_AFTER_S
    return server.environment(http_port=free_port())


@pytest.mark.parametrize("way", ["polling", "webhook"])
async def test_kill_minus_nine_loses_nothing_and_repeats_only_what_was_in_flight(
    way: str, scale: Scale, tmp_path: Path, template: Template, capsys: pytest.CaptureFixture[str]
) -> None:
    started = time.monotonic()
    each = scale.updates // scale.people // 2
    async with running_telegram() as server:
        wire = server.telegram.wire
        deployment = await deploy(tmp_path / "data", template, environment(server, way), employees=scale.people)
        people = [server.telegram.add_person(f"Person {at}") for at in range(scale.people)]
        numbers = [range(1 + at * each, 1 + (at + 1) * each) for at in range(scale.people)]
        bot = KillableBot(deployment.environment, deployment.folder)
        async with killed_by_plan(bot, draw_plans(1, kills=scale.kills, updates=scale.updates)):
            scripts = zip(people, deployment.employee_codes, numbers, strict=True)
            await asyncio.gather(*(keep_books(*script) for script in scripts))
            await server.telegram.wait_idle(timeout_s=WAIT_S)

        hits = Counter(POINTS[point] for point in bot.hits().elements())
        assert set(hits) == set(PLACES)
        books = deployment.books
        assert books.left_over() == []
        assert books.untraced() == []
        assert_each_text_is_one_expense(books, scale.people * each)

        said = said_by(wire, "telegram")
        for person, own in zip(people, numbers, strict=True):
            heard = [message.words for message in said if message.chat == str(person.id)]
            for number in own:
                assert any(f"€{number:,}.00" in words for words in heard), f"nobody was shown expense {number}"
        repeats = repeats_of(said)
        in_flight = {killed.life: killed.sending for killed in bot.killed}
        for life, count in Counter(repeat.life for repeat in repeats).items():
            assert count <= in_flight[life], "more was said again than was in flight"

        updates = delivered(server)
        assert len(set(updates)) == scale.people * (1 + 2 * each)
        with capsys.disabled():
            sys.stdout.write(
                f"\nTelegram by {way}, {books.kind}: {len(set(updates))} updates, delivered {len(updates)} times,"
                f" {len(bot.killed)} kills in {time.monotonic() - started:.0f} s\n"
                f"  hits: {dict(bot.hits())}\n  messages sent: {len(said)}, of them again: {len(repeats)}"
                f" ({sum(in_flight.values())} in flight at the kills)\n"
            )


def assert_each_text_is_one_expense(books: Books, count: int) -> None:
    expenses = books.rows("SELECT amount_minor, description, state, version FROM expenses ORDER BY amount_minor")
    assert expenses == [
        {"amount_minor": number * 100, "version": 2}
        | ({"description": "taxi", "state": "submitted"} if number % 4 else {"description": "train", "state": "draft"})
        for number in range(1, count + 1)
    ]
