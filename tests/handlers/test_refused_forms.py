"""A form that is refused as a whole loses nothing that was typed: it can be sent again, or what was typed is given back."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import pytest
from sqlalchemy import select

from bot.settings import load_settings
from bot.translation import Catalogues
from bot.wiring import make_tools
from core.approvals.queries import newest_approval
from core.approvals.rules import Verdict
from core.audit.tables import AuditRow
from core.conversations.outgoing import MESSAGE
from core.conversations.subjects import Subject
from core.conversations.tables import DialogRow, InboxRow
from core.expenses.tables import ExpenseRow
from core.flows.decide_approval import decide_approval
from core.flows.own_expenses import correct_expense, submit_expense
from core.identity.rules import PERMISSIONS, Permission, Role
from core.kernel.errors import DomainError, Kind
from core.language import Phrasebook
from core.queue.tables import WorkRow
from core.store.database import Database
from handlers.dispatcher import Dispatcher
from handlers.events import Event, FilesReceived, FormFace, FormSubmitted, IncomingFile, MessageEdited, TextReceived
from handlers.outcome import Outcome
from handlers.replies import Card, Fields, Paragraph
from handlers.stored import codec
from handlers.text import Text, Verbatim
from handlers.turn import Tools
from tests.fixtures.people import Builder, acting, actor, said
from tests.handlers.test_two_workspaces import Person


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    return make_tools(load_settings({"EXPENSEFLOW_DATA_DIR": str(tmp_path)}, tmp_path), Catalogues(strict=True))


@pytest.fixture
async def mia(database: Database, builder: Builder, tools: Tools) -> Person:
    started = await builder.workspace()
    account = await builder.account("Mia", platform="slack")
    by = await builder.redeem(account, started.admin_code)
    return Person(database, Dispatcher(database, tools), account, by, by)


async def cards(person: Person) -> list[Card]:
    """Return the cards that wait to be sent to a person, oldest first."""
    async with person.database.read(actor()) as uow:
        lane = f"private:{person.account.id}"
        rows = await uow.session.scalars(
            select(WorkRow).where(WorkRow.lane == lane, WorkRow.kind == MESSAGE).order_by(WorkRow.position)
        )
        found = [codec.unpack(row.payload).get("card") for row in rows]
    return [each for each in found if isinstance(each, Card)]


async def sends(person: Person, outcome: Outcome, **typed: str) -> Outcome:
    """Send the form that has opened, with what stands in it and what is typed."""
    assert outcome.form is not None
    values = dict(outcome.form.start.initial) | outcome.form.values | typed
    event = FormSubmitted(source=person.source(), dialog_id=outcome.form.dialog_id, values=values)
    return await person.does(event)


async def amounts(person: Person) -> list[tuple[str, int]]:
    async with person.database.read(acting(person.first)) as uow:
        return [(row.description, row.amount_minor) for row in await uow.session.scalars(select(ExpenseRow))]


async def test_what_changed_meanwhile_keeps_the_form_which_then_counts(mia: Person, builder: Builder) -> None:
    expense = await builder.expense(mia.first)
    opened = await mia.taps("expense.edit", "1", subject_id=expense.id, version=expense.version)
    async with mia.database.write(acting(mia.first)) as uow:
        await correct_expense(uow, mia.first, expense.id, expense.version, said("30"))
    refused = await sends(mia, opened, description="train", amount="12.50")
    assert (refused.toast, refused.form_done) == (Text("error.expense-changed", {"number": 1, "version": 2}), False)
    assert await amounts(mia) == [("taxi", 3000)]
    again = await sends(mia, opened, description="train", amount="12.50")
    assert again.form_done
    assert await amounts(mia) == [("train", 1250)]


async def test_asked_question_by_question_the_first_question_comes_back_with_what_was_typed(
    mia: Person, builder: Builder
) -> None:
    mia.face = FormFace.STEPWISE
    expense = await builder.expense(mia.first)
    await mia.taps("expense.edit", "1", subject_id=expense.id, version=expense.version)
    await mia.says("12.50")
    async with mia.database.write(acting(mia.first)) as uow:
        await correct_expense(uow, mia.first, expense.id, expense.version, said("30"))
        (dialog,) = (await uow.session.scalars(select(DialogRow))).all()
    await mia.taps("form.finish", "2", subject_id=dialog.id, version=1)
    question = (await cards(mia))[-1]
    words = [block.words for block in question.body if isinstance(block, Paragraph)]
    assert Text("error.expense-changed", {"number": 1, "version": 2}) in words
    assert Text("form.current", {"value": "12.50"}) in words
    await mia.taps("form.finish", "3", subject_id=dialog.id, version=0)
    assert await amounts(mia) == [("taxi", 1250)]


async def test_what_is_out_of_ones_hands_gives_back_what_was_typed(mia: Person, builder: Builder) -> None:
    expense = await builder.expense(mia.first)
    finn = await builder.member(mia.first.member.workspace_id, Role.FINANCE, name="Finn")
    opened = await mia.taps("expense.edit", "1", subject_id=expense.id, version=expense.version)
    async with mia.database.write(acting(mia.first)) as uow:
        submitted = await submit_expense(uow, mia.first, expense.id, expense.version)
        approval = await newest_approval(uow, submitted.id)
    assert approval is not None
    async with mia.database.write(acting(finn)) as uow:
        await decide_approval(uow, finn, approval.id, approval.version, Verdict.APPROVED)
    refused = await sends(mia, opened, description="train to Ghent")
    assert refused.form_done
    sentence, typed = (await cards(mia))[-1].body
    assert sentence == Paragraph(Text("error.expense-closed", {"number": 1}))
    assert isinstance(typed, Fields)
    assert [(row.label.key, row.value) for row in typed.rows] == [("expense.description", Verbatim("train to Ghent"))]


async def test_a_reason_for_what_was_taken_back_is_given_back(mia: Person, builder: Builder) -> None:
    emma = await builder.member(mia.first.member.workspace_id, name="Emma")
    expense = await builder.expense(emma)
    async with mia.database.write(acting(emma)) as uow:
        await submit_expense(uow, emma, expense.id, expense.version)
        approval = await newest_approval(uow, expense.id)
    assert approval is not None
    opened = await mia.taps("approval.reject", "1", subject_id=approval.id, version=approval.version)
    async with mia.database.write(acting(emma)) as uow:
        await correct_expense(uow, emma, expense.id, None, said("30"))
    assert (await sends(mia, opened, words="too much")).form_done
    assert (await cards(mia))[-1].body[1:] == (Paragraph(Text("form.you-wrote", {"typed": "too much"})),)


@dataclass(eq=False)
class NoWords(DomainError):
    """What the phrasebook of a test says."""

    kind: ClassVar[Kind] = Kind.UNAVAILABLE


async def no_words(_language: str) -> Phrasebook:
    raise NoWords


async def test_a_refusal_before_the_transaction_is_a_refusal(mia: Person, tools: Tools) -> None:
    mia.dispatcher = Dispatcher(mia.database, replace(tools, phrasebook=no_words))
    await mia.says("taxi 5")
    assert [card.body for card in await cards(mia)] == [(Paragraph(Text(NoWords.key())),)]
    async with mia.database.read(actor()) as uow:
        assert [row.state for row in await uow.session.scalars(select(InboxRow))] == ["done"]


def texts(person: Person) -> list[Event]:
    file = IncomingFile(name="receipt.jpg", media_type="image/jpeg", size_bytes=9, reference={"file_id": "1"})
    return [
        TextReceived(source=person.source("words"), text="taxi 5"),
        MessageEdited(source=person.source("words"), text="taxi 6"),
        FilesReceived(source=person.source("picture"), names=("receipt.jpg",), files=(file,)),
        TextReceived(source=person.source("word"), text="new"),
    ]


async def test_what_a_role_may_not_do_by_a_button_it_may_not_do_by_words_and_the_attempt_is_noted(
    mia: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PERMISSIONS, Role.ADMIN, PERMISSIONS[Role.ADMIN] - {Permission.OWN_EXPENSES})
    for number, event in enumerate(texts(mia), 1):
        await mia.does(event)
        assert [card.body for card in await cards(mia)] == [(Paragraph(Text("error.not-permitted")),)] * number
    assert await amounts(mia) == []
    async with mia.database.read(acting(mia.first)) as uow:
        tried = await uow.session.scalars(select(AuditRow.after).where(AuditRow.action == "forbidden"))
        assert [row["what"] for row in tried] == [
            "event:TextReceived",
            "event:MessageEdited",
            "event:FilesReceived",
            "command:new",
        ]


async def test_a_form_that_is_offered_again_is_found_in_its_own_workspace(
    database: Database, builder: Builder, tools: Tools
) -> None:
    workspaces = [await builder.workspace(name) for name in ("First", "Second")]
    account = await builder.account("Mia")
    first, second = [await builder.redeem(account, each.admin_code) for each in workspaces]
    person = Person(database, Dispatcher(database, tools), account, first, second)
    expense = await builder.expense(first)
    await person.sees(first, Subject("expense", expense.id), "1")
    opened = await person.taps("expense.edit", "1", subject_id=expense.id, version=expense.version)
    assert opened.form is not None
    event = TextReceived(source=person.source(), text="")
    await person.dispatcher.offer_form_again(event, opened.form.dialog_id, trace_id="the event's")
    async with database.read(actor()) as uow:
        offers = [row for row in await uow.session.scalars(select(WorkRow)) if "form.reopen" in str(row.payload)]
    assert [(row.workspace_id, row.trace_id) for row in offers] == [(first.member.workspace_id, "the event's")]
