"""kill -9 on Telegram: 20 times during 1,000 updates. The emulator lives in this process, and counts."""

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
from tests.faults.bot_process import PLACES, POINTS, KillableBot, draw_plans, killed_by_plan
from tests.faults.deployment import deploy
from tests.fixtures.databases import Template
from tests.fixtures.telegram_emulator import TOKEN, TelegramServer, running_telegram

KILLS, UPDATES, PEOPLE = 20, 1000, 10
EXPENSES_EACH = UPDATES // PEOPLE // 2
WAIT_S = 60.0


async def seen(person: Person, words: str, *, after: int) -> MessageView:
    """Wait until the person reads these words in a message of the bot's."""
    return await person.wait_for_message(lambda message: words in message.text, after=after, timeout_s=WAIT_S)


async def keep_books(person: Person, code: str, first: int) -> None:
    """Join; then write one expense after the other and submit it, or correct it by editing one's own message."""
    begun = await person.start(code)
    await seen(person, "Acme", after=begun.id)
    for number in range(first, first + EXPENSES_EACH):
        mine = await person.send_text(f"taxi {number} eur")
        card = await seen(person, f"€{number:,}.00", after=mine.id)
        if number % 4:
            await person.tap(card.id, "Submit")
            await seen(person, "Submitted", after=mine.id)
        else:
            await person.edit_text(mine.id, f"train {number} eur")
            await seen(person, "train", after=mine.id)


def delivered(server: TelegramServer) -> list[int]:
    """Return the ids of all updates that were delivered, as often as they were."""
    entries = server.telegram.wire.entries(direction="server-to-bot")
    return [entry.request["update_id"] for entry in entries]


@pytest.mark.parametrize("seed", [1])
async def test_kill_minus_nine_loses_nothing_and_repeats_only_what_was_in_flight(
    seed: int, tmp_path: Path, template: Template, capsys: pytest.CaptureFixture[str]
) -> None:
    started = time.monotonic()
    async with running_telegram() as server:
        wire = server.telegram.wire
        environment = {"EXPENSEFLOW_TELEGRAM_TOKEN": TOKEN, "EXPENSEFLOW_TELEGRAM_API_URL": f"{server.url}/telegram"}
        deployment = await deploy(tmp_path / "data", template, environment, employees=PEOPLE)
        people = [server.telegram.add_person(f"Person {at}") for at in range(PEOPLE)]
        bot = KillableBot(deployment.environment, deployment.folder)
        async with killed_by_plan(bot, draw_plans(seed, kills=KILLS, updates=UPDATES)):
            scripts = zip(people, deployment.employee_codes, range(1, 10_000, EXPENSES_EACH), strict=False)
            await asyncio.gather(*(keep_books(*script) for script in scripts))
            await server.telegram.wait_idle(timeout_s=WAIT_S)

        hits = Counter(POINTS[point] for point in bot.hits().elements())
        assert set(hits) == set(PLACES)
        books = deployment.books
        assert books.left_over() == []
        assert books.untraced() == []
        assert_each_text_is_one_expense(books)

        said = said_by(wire, "telegram")
        for person, first in zip(people, range(1, 10_000, EXPENSES_EACH), strict=False):
            heard = [each.words for each in said if each.chat == str(person.id)]
            for number in range(first, first + EXPENSES_EACH):
                assert any(f"€{number:,}.00" in words for words in heard), f"nobody was shown expense {number}"
        repeats = repeats_of(said)
        in_flight = {killed.life: killed.sending for killed in bot.killed}
        for life, count in Counter(repeat.life for repeat in repeats).items():
            assert count <= in_flight[life], "more was said again than was in flight"

        updates = delivered(server)
        assert len(set(updates)) == UPDATES + PEOPLE
        with capsys.disabled():
            sys.stdout.write(
                f"\nTelegram, seed {seed}: {len(set(updates))} updates delivered {len(updates)} times,"
                f" {len(bot.killed)} kills in {time.monotonic() - started:.0f} s\n"
                f"  hits: {dict(bot.hits())}\n  messages sent: {len(said)}, of them again: {len(repeats)}"
                f" ({sum(in_flight.values())} in flight at the kills)\n"
            )


def assert_each_text_is_one_expense(books: Books) -> None:
    expenses = books.rows("SELECT amount_minor, description, state, version FROM expenses ORDER BY amount_minor")
    assert expenses == [
        {"amount_minor": number * 100, "version": 2}
        | ({"description": "taxi", "state": "submitted"} if number % 4 else {"description": "train", "state": "draft"})
        for number in range(1, PEOPLE * EXPENSES_EACH + 1)
    ]
