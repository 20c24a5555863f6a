"""A form in its window, from the tap that opens it to what becomes of it: errors in place, "Saving…", "Saved."."""

import asyncio
from dataclasses import replace
from typing import get_args

import pytest

from bot.intake import Delivery
from bot.playground.slack.deliveries import Outcome as Attempt
from bot.playground.slack.deliveries import TransportName
from bot.playground.slack.modal import Modal
from bot.playground.state import Fault, Rule
from bot.translation import Translator
from handlers.events import FormCancelled, FormSubmitted
from handlers.forms import Choice, Field, Form, FormStart, Input, OpenedForm
from handlers.outcome import Outcome
from handlers.text import Text, Verbatim
from tests.bot.slack.conftest import OUTCOME_TIMEOUT_S
from tests.bot.slack.slack_inbox import Edge, disk_is_full


@pytest.fixture(params=get_args(TransportName))
def transport(request: pytest.FixtureRequest) -> TransportName:
    """Each of these tests holds for both ways in."""
    name: TransportName = request.param
    return name


LABEL = Text("form.saved")
REFUSED = Text("form.cancel")
GERMAN = Translator("de")
FIELDS = (
    Field(name="amount", label=LABEL, parse=lambda typed, _reading: typed, input=Input.AMOUNT, hint=LABEL),
    Field(name="category", label=LABEL, parse=lambda typed, _reading: typed, input=Input.CHOICE),
    Field(name="note", label=LABEL, parse=lambda typed, _reading: typed, input=Input.PARAGRAPH, optional=True),
)
OPENED = OpenedForm(
    form=Form(key="expense", title=LABEL, submit=LABEL, fields=FIELDS, build=dict),
    dialog_id="01JDIALOG",
    start=FormStart(
        initial={"amount": "23,50 €", "category": "transport"},
        choices={"category": (Choice("transport", Verbatim("Verkehr")), Choice("travel", Verbatim("Reise")))},
    ),
)


@pytest.fixture
async def modal(edge: Edge) -> Modal:
    """The form, open before Ben, with another amount typed into it."""
    ben = edge.server.slack.person("UBEN")
    await ben.command("/expense", "new")
    event = await edge.next_event()
    await edge.platform.open_form(event.source, OPENED, GERMAN)
    opened = await ben.wait_for_modal()
    await opened.fill({"amount": "zehn"})
    return opened


def answers(edge: Edge, outcome: Outcome) -> None:
    async def handle(_delivery: Delivery) -> Outcome:
        return outcome

    edge.inbox.handle = handle


def answers_late(edge: Edge, outcome: Outcome) -> asyncio.Event:
    """Let the outcome wait for the event that is returned."""
    go_on = asyncio.Event()

    async def handle(_delivery: Delivery) -> Outcome:
        await go_on.wait()
        return outcome

    edge.inbox.handle = handle
    return go_on


async def test_a_form_opens_with_what_stands_already(modal: Modal) -> None:
    assert modal.value("amount") == "zehn"
    assert modal.value("category") == "transport"
    assert modal.value("note") in (None, "")
    assert modal.view["private_metadata"] == "01JDIALOG"


async def test_a_submission_brings_what_was_typed_and_closes_the_window(edge: Edge, modal: Modal) -> None:
    answers(edge, Outcome(language="de", form_done=True))
    await modal.fill({"category": "Reise"})
    submitted = await modal.submit()
    assert not submitted.is_open
    assert submitted.notice is None
    event = await edge.next_event()
    assert isinstance(event, FormSubmitted)
    assert event.dialog_id == "01JDIALOG"
    assert event.values == {"amount": "zehn", "category": "travel", "note": ""}


async def test_a_refusal_stands_at_its_field_in_the_readers_language(edge: Edge, modal: Modal) -> None:
    answers(edge, Outcome(language="de", refusals={"amount": REFUSED}))
    submitted = await modal.submit()
    assert submitted.is_open
    assert submitted.errors == {"amount": GERMAN.translate(REFUSED)}
    assert modal.value("amount") == "zehn"


async def test_a_fault_keeps_the_window_and_shows_its_id(edge: Edge, modal: Modal) -> None:
    answers(edge, Outcome(language="en", failed="7f3a"))
    submitted = await modal.submit()
    assert submitted.is_open
    assert submitted.errors == {"amount": GERMAN.translate(Text("form.fault", {"id": "7f3a"}))}


async def test_a_refusal_of_the_whole_stands_at_the_first_field(edge: Edge, modal: Modal) -> None:
    answers(edge, Outcome(language="de", toast=REFUSED))
    submitted = await modal.submit()
    assert submitted.errors == {"amount": GERMAN.translate(REFUSED)}


async def test_a_word_with_a_form_that_is_done_takes_the_windows_place(edge: Edge, modal: Modal) -> None:
    answers(edge, Outcome(language="de", toast=REFUSED, form_done=True))
    await modal.submit()
    assert GERMAN.translate(REFUSED) in modal.text
    assert modal.view["submit"] is None


async def test_a_form_may_follow_a_form(edge: Edge, modal: Modal) -> None:
    reason = Field(name="reason", label=LABEL, parse=lambda typed, _reading: typed)
    following = replace(OPENED, form=replace(OPENED.form, fields=(reason,)), dialog_id="01JSECOND")
    answers(edge, Outcome(language="de", form=following, form_done=True))
    await modal.submit()
    assert modal.value("reason") in (None, "")
    assert modal.view["private_metadata"] == "01JSECOND"


async def test_what_takes_long_says_saving_and_then_saved(edge: Edge, modal: Modal) -> None:
    go_on = answers_late(edge, Outcome(language="de", form_done=True))
    submitted = await modal.submit()
    assert submitted.notice is None
    assert GERMAN.translate(Text("form.saving")) in modal.text
    go_on.set()
    await wait_for_words(edge, modal, Text("form.saved"))
    assert edge.outcomes("view_submission") == [Attempt.ACKNOWLEDGED.value]
    await modal.close()
    await edge.server.slack.wait_idle()
    assert len(edge.inbox.committed) == 2


async def test_a_slow_commit_takes_from_the_same_time(edge: Edge, modal: Modal) -> None:
    go_on = answers_late(edge, Outcome(language="de", form_done=True))
    edge.inbox.door.clear()
    submitting = asyncio.create_task(modal.submit())
    await edge.inbox.wait_for_attempts(2)
    asyncio.get_running_loop().call_later(OUTCOME_TIMEOUT_S, edge.inbox.door.set)
    submitted = await submitting
    assert submitted.notice is None
    assert GERMAN.translate(Text("form.saving")) in modal.text
    go_on.set()
    await wait_for_words(edge, modal, Text("form.saved"))


async def test_what_is_refused_late_comes_back_with_what_was_typed(edge: Edge, modal: Modal) -> None:
    go_on = answers_late(edge, Outcome(language="de", refusals={"amount": REFUSED}))
    edge.server.slack.misbehaviour.add(Rule(fault=Fault.SERVER_ERROR, method="views.update"))
    await modal.submit()
    go_on.set()
    await wait_for_words(edge, modal, REFUSED, but_not=Text("form.close"))
    assert modal.value("amount") == "zehn"
    assert modal.value("category") == "transport"
    answers(edge, Outcome(language="de", form_done=True))
    await modal.fill({"amount": "10"})
    assert not (await modal.submit()).is_open
    assert edge.calls("views.update") == 2


async def test_a_window_that_is_closed_meanwhile_is_left_alone(edge: Edge, modal: Modal) -> None:
    go_on = answers_late(edge, Outcome(language="de", form_done=True))
    await modal.submit()
    await modal.close()
    go_on.set()
    await edge.server.slack.wire.wait_for(lambda entry: entry.name == "views.update", timeout_s=5)
    assert edge.server.slack.person("UBEN").modal is None


async def test_stopping_does_not_wait_for_an_outcome_that_hangs(edge: Edge, modal: Modal) -> None:
    answers_late(edge, Outcome(language="de", form_done=True))
    await modal.submit()
    async with asyncio.timeout(5):
        await edge.driver.stop()


async def test_a_submission_that_cannot_be_committed_keeps_the_window(edge: Edge, modal: Modal) -> None:
    edge.inbox.failures = [disk_is_full()]
    submitted = await modal.submit()
    assert submitted.is_open
    assert submitted.notice
    answers(edge, Outcome(language="de", form_done=True))
    assert not (await modal.submit()).is_open


async def test_closing_the_window_cancels_the_dialog(edge: Edge, modal: Modal) -> None:
    await modal.close()
    event = await edge.next_event()
    assert isinstance(event, FormCancelled)
    assert event.dialog_id == "01JDIALOG"


async def wait_for_words(edge: Edge, modal: Modal, text: Text, *, but_not: Text | None = None) -> None:
    wanted = GERMAN.translate(text)
    await edge.server.slack.bus.wait_until(
        lambda: (wanted in modal.text and (but_not is None or GERMAN.translate(but_not) not in modal.text)) or None,
        timeout_s=5,
        what=wanted,
    )
