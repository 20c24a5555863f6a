"""A team that is quicker than Slack lets an app be: everything is said, once, in order, and without asking too often."""

import asyncio
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

from bot.playground.slack.forms import visible_text
from bot.playground.slack.people import Person
from bot.playground.state import Json
from core.kernel.clock import SystemClock
from tests.fixtures.databases import Template
from tests.fixtures.service import PATIENT, running_service

PEOPLE, EXPENSES = 3, 5
WAIT_S = 60.0
STRICT = replace(PATIENT, enforces_rate_limits=True, rate_window_s=3.0)
"""Slack's minute is three seconds here: 50 changed cards in them, and one message a second in each chat, as in life."""


def is_submitted(amount: int, card: Json) -> bool:
    """Tell whether a card shows that an expense is handed in."""
    return f"€{amount}.00" in visible_text(card) and "Submitted" in visible_text(card)


async def keep_books(person: Person) -> None:
    """Write as fast as one can, and submit each expense as soon as its card is there."""
    for amount in range(1, EXPENSES + 1):
        person.send_text("dm", f"taxi {amount} eur")
    for amount in range(1, EXPENSES + 1):
        card = await person.wait_for_message("dm", f"€{amount}.00", timeout_s=WAIT_S)
        await person.tap("dm", card["ts"], "Submit")
    for amount in range(1, EXPENSES + 1):
        await person.wait_for_message("dm", partial(is_submitted, amount), timeout_s=WAIT_S)


async def test_a_quick_team_is_answered_in_full(tmp_path: Path, template: Template) -> None:
    async with running_service(tmp_path / "bot", template, ("slack",), SystemClock(), slack_settings=STRICT) as running:
        people = [running.slack.add_person(f"U{at}", f"p{at}", f"Person {at}") for at in range(PEOPLE)]
        code = await running.make_workspace()
        await people[0].command("/expense", f"start {code}")
        await people[0].wait_for_message("dm", "Acme", timeout_s=WAIT_S)
        await asyncio.gather(*(keep_books(person) for person in people))

    calls = running.slack.wire.entries(direction="bot-to-server", name="chat.postMessage")
    said = [(entry.chat, visible_text(entry.request).partition("\n")[0]) for entry in calls if entry.status == 200]
    refused = [entry for entry in calls if entry.status == 429]
    for person in people:
        cards = [words for chat, words in said if chat == person.channel("dm").id and words.startswith("taxi")]
        assert cards == [f"taxi · €{amount}.00" for amount in range(1, EXPENSES + 1)]
    assert max(Counter(said).values()) == 1
    assert refused, "nobody was quicker than Slack allows"
    assert len(refused) <= len(said), "a chat that has to wait is tried again once its time has come, not sooner"
