"""Times in what a window says at once are those of the reader's clock."""

import asyncio
from datetime import UTC, datetime

import handlers.catalogue  # noqa: F401 - whether a command opens a form stands in the registry
from bot.intake import Delivery
from bot.translation import Catalogues
from handlers.outcome import Outcome
from handlers.text import Text
from tests.bot.slack.slack_inbox import Edge
from tests.bot.slack.test_slack_forms import OPENED, answers

TOKYO = Catalogues(strict=True).translator("en", "Asia/Tokyo")
DECIDED = Text("error.already-approved", {"name": "Mara", "number": 1, "at": datetime(2026, 3, 12, 22, 30, tzinfo=UTC)})


async def test_a_form_that_is_refused_says_when_on_the_readers_clock(edge: Edge) -> None:
    ben = edge.server.slack.person("UBEN")
    await ben.command("/expense", "new")
    await edge.platform.open_form((await edge.next_event()).source, OPENED, TOKYO)
    modal = await ben.wait_for_modal()
    answers(edge, Outcome(language="en", time_zone="Asia/Tokyo", toast=DECIDED, form_done=True))
    await modal.submit()
    assert "Mar 13, 2026, 7:30" in TOKYO.translate(DECIDED)
    assert TOKYO.translate(DECIDED) in modal.text


async def test_a_window_that_waited_says_when_on_the_readers_clock(edge: Edge) -> None:
    go_on = asyncio.Event()

    async def refuse(_delivery: Delivery) -> Outcome:
        await go_on.wait()
        return Outcome(language="en", time_zone="Asia/Tokyo", toast=DECIDED)

    edge.inbox.handle = refuse
    person = edge.server.slack.person("UBEN")
    await person.command("/expense", "new")
    waiting = await person.wait_for_modal(timeout_s=5)
    go_on.set()
    await edge.server.slack.wire.wait_for(lambda entry: entry.name == "views.update", timeout_s=5)
    assert TOKYO.translate(DECIDED) in waiting.text
