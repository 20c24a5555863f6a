"""A form that takes longer than its trigger lives: a window that waits is there in time, and the form takes its place."""

import asyncio

import handlers.catalogue  # noqa: F401 - whether a command opens a form stands in the registry
from bot.intake import Delivery
from bot.translation import Catalogues
from handlers.outcome import Outcome
from handlers.text import Text
from tests.bot.slack.slack_inbox import INSTALLATION, Edge
from tests.bot.slack.test_slack_forms import OPENED

WORDS = Catalogues(strict=True).translator("de")
PERSON = "UBEN"


def answers_with_form(edge: Edge, go_on: asyncio.Event) -> None:
    """Handle as the intake does: open the form, and only then say that the event is done."""

    async def handle(delivery: Delivery) -> Outcome:
        await go_on.wait()
        event = edge.platform.parse(delivery.payload, INSTALLATION)
        assert event is not None
        await edge.platform.open_form(event.source, OPENED, WORDS)
        return Outcome(language="de", form=OPENED)

    edge.inbox.handle = handle


async def test_what_takes_long_opens_a_window_that_waits(edge: Edge) -> None:
    go_on = asyncio.Event()
    answers_with_form(edge, go_on)
    person = edge.server.slack.person(PERSON)
    await person.command("/expense", "new")
    waiting = await person.wait_for_modal(timeout_s=5)
    assert "⏳" in waiting.text
    go_on.set()
    form = await person.wait_for_modal(timeout_s=5, title=WORDS.translate(OPENED.form.title))
    assert form.view["private_metadata"] == OPENED.dialog_id
    assert edge.calls("views.open") == 1
    assert edge.calls("views.update") == 1


async def test_what_is_quick_needs_no_window_that_waits(edge: Edge) -> None:
    go_on = asyncio.Event()
    go_on.set()
    answers_with_form(edge, go_on)
    person = edge.server.slack.person(PERSON)
    await person.command("/expense", "new")
    await person.wait_for_modal(timeout_s=5, title=WORDS.translate(OPENED.form.title))
    assert edge.calls("views.update") == 0


async def test_a_window_whose_form_does_not_come_says_why(edge: Edge) -> None:
    go_on = asyncio.Event()
    why = Text("error.expense-not-found")

    async def refuse(_delivery: Delivery) -> Outcome:
        await go_on.wait()
        return Outcome(language="de", toast=why)

    edge.inbox.handle = refuse
    person = edge.server.slack.person(PERSON)
    await person.command("/expense", "new")
    waiting = await person.wait_for_modal(timeout_s=5)
    go_on.set()
    await edge.server.slack.wire.wait_for(lambda entry: entry.name == "views.update", timeout_s=5)
    assert WORDS.translate(why) in waiting.text
