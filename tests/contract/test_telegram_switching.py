"""From polling to the webhook and back in the middle of a stream: nothing is lost, and nothing happens twice."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from bot.playground.telegram.people import Person
from core.identity.rules import Role
from tests.faults.books import Books
from tests.fixtures.clock import FakeClock
from tests.fixtures.databases import Template
from tests.fixtures.service import RunningService, running_service
from tests.fixtures.web_front import served_over_http

PEOPLE, TEXTS_EACH, SWITCHES = 4, 12, 4
WAIT_S = 60.0
VARIABLE = "EXPENSEFLOW_TELEGRAM_WEBHOOK_URL"


async def keep_books(person: Person, first: int) -> None:
    """Write one expense after the other; what the bot answers is waited for at the end alone."""
    for number in range(first, first + TEXTS_EACH):
        await person.send_text(f"taxi {number} eur")
        if number % 3 == 0:
            await read(person, number)
    for number in range(first, first + TEXTS_EACH):
        await read(person, number)


async def read(person: Person, number: int) -> None:
    await person.wait_for_message(lambda message: f"€{number}.00" in message.text, timeout_s=WAIT_S)


async def switch(running: RunningService, url: str, times: int) -> None:
    """Each time when some more has been taken, stop the bot and start another one that is delivered to the other way."""
    books = Books(url=running.database_url)
    step = PEOPLE * TEXTS_EACH // (times + 1)
    for number in range(1, times + 1):
        async with asyncio.timeout(WAIT_S):
            while books.value("SELECT count(*) FROM expenses") < step * number:  # noqa: ASYNC110 - a commit sets no event
                await asyncio.sleep(0.005)
        running.configure(**{VARIABLE: f"{url}/webhooks/telegram" if number % 2 else None})
        await running.restart(settle=False)


async def test_switching_in_the_middle_of_a_stream_loses_nothing_and_repeats_nothing(
    tmp_path: Path, template: Template, clock: FakeClock
) -> None:
    async with (
        running_service(tmp_path / "bot", template, ("telegram",), clock) as running,
        served_over_http(running) as url,
    ):
        telegram = running.telegram
        telegram.webhooks.pause_s = 0.02
        await running.make_workspace()
        people = [telegram.add_person(f"Person {number}") for number in range(PEOPLE)]
        for person in people:
            await person.start(await running.make_code(Role.EMPLOYEE))
        await running.settled()
        firsts = range(1, 1000, TEXTS_EACH)
        await asyncio.gather(
            switch(running, url, SWITCHES),
            *(keep_books(person, first) for person, first in zip(people, firsts, strict=False)),
        )
        await running.settled()

        books = Books(url=running.database_url)
        assert books.left_over() == []
        expenses = books.rows("SELECT amount_minor FROM expenses")
        assert Counter(row["amount_minor"] // 100 for row in expenses) == Counter(range(1, PEOPLE * TEXTS_EACH + 1))
        for person, first in zip(people, firsts, strict=False):
            cards = [message.text.partition("\n")[0] for message in person.messages() if message.from_bot][1:]
            assert cards == [f"taxi · €{number}.00" for number in range(first, first + TEXTS_EACH)]
        ways = Counter(entry.name for entry in telegram.wire.entries() if entry.name in ("setWebhook", "deleteWebhook"))
        assert ways == {"setWebhook": SWITCHES / 2, "deleteWebhook": 1 + SWITCHES / 2}
        posted = telegram.wire.entries(direction="server-to-bot")
        assert len({entry.request["update_id"] for entry in posted}) == PEOPLE * (TEXTS_EACH + 1)


@pytest.mark.parametrize("by_webhook_first", [True, False], ids=["webhook to polling", "polling to webhook"])
async def test_an_update_that_was_committed_and_not_confirmed_comes_the_other_way_and_is_known(
    tmp_path: Path, template: Template, clock: FakeClock, by_webhook_first: bool
) -> None:
    """The bot dies between its commit and Telegram's learning of it: the other way in has the same update again."""
    async with (
        running_service(tmp_path / "bot", template, ("telegram",), clock) as running,
        served_over_http(running) as url,
    ):
        telegram = running.telegram
        telegram.webhooks.pause_s = 0.02
        await running.make_workspace()
        mia = telegram.add_person("Mia")
        await mia.start(await running.make_code(Role.EMPLOYEE))
        await mia.send_text("taxi 5 eur")
        await running.settled()
        if by_webhook_first:
            running.configure(**{VARIABLE: f"{url}/webhooks/telegram"})
            await running.restart()
            await mia.send_text("taxi 6 eur")
            await running.settled()
        account = telegram.state.only_bot()
        taken = telegram.wire.entries(direction="server-to-bot")[-1].request

        def was_not_confirmed() -> None:
            account.pending.append(taken)
            account.queued_at[taken["update_id"]] = telegram.clock()

        running.configure(**{VARIABLE: None if by_webhook_first else f"{url}/webhooks/telegram"})
        await running.restart(meanwhile=was_not_confirmed)
        times = [entry.request["update_id"] for entry in telegram.wire.entries(direction="server-to-bot")]
        assert times.count(taken["update_id"]) == 2
        cards = [message.text.partition("\n")[0] for message in mia.messages() if message.from_bot][1:]
        assert cards == ["taxi · €5.00", "taxi · €6.00"][: 1 + by_webhook_first]
