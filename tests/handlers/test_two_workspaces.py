"""A person in two workspaces: the next message goes to the chosen one, and a card is handled in the one that it is of."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.settings import load_settings
from bot.translation import Catalogues
from bot.wiring import make_tools
from core.conversations.queries import insert_delivery, note_copy
from core.conversations.subjects import Subject
from core.conversations.tables import DialogRow
from core.expenses.tables import ExpenseRow
from core.flows.own_expenses import By
from core.identity.rules import Account, Role
from core.identity.tables import MemberRow
from core.store.database import Database
from handlers import dialogs
from handlers.dispatcher import Dispatcher
from handlers.events import (
    ButtonTapped,
    CommandInvoked,
    FormFace,
    FormSubmitted,
    MessageEdited,
    Profile,
    Source,
    TextReceived,
)
from handlers.outcome import Outcome
from tests.fixtures.people import Builder, actor

CHAT = "7"


async def _no_profile() -> Profile:
    raise AssertionError("everybody here is known")


@dataclass
class Person:
    """One account, with a member in each of two workspaces; it works in the second."""

    database: Database
    dispatcher: Dispatcher
    account: Account
    first: By
    second: By
    face: FormFace = FormFace.MODAL
    _keys: list[str] = field(default_factory=list)

    def source(self, message: str | None = None, *, interaction: str | None = None) -> Source:
        self._keys.append(str(len(self._keys)))
        return Source(
            platform=self.account.platform, installation_id=self.account.installation_id, event_key=self._keys[-1],
            user=self.account.user, channel=CHAT, private=True, form_face=self.face, message=message,
            interaction=interaction,
        )  # fmt: skip

    async def does(self, event: Any) -> Outcome:
        """Have an event handled, as the intake does."""
        async with self.database.write(actor()) as uow:
            inbox_id, _new = await insert_delivery(
                uow,
                installation_id=self.account.installation_id,
                event_key=event.source.event_key,
                lane=CHAT,
                payload={},
            )
        return await self.dispatcher.dispatch((inbox_id,), event, _no_profile, trace_id="trace", watched=True)

    async def says(self, words: str) -> Outcome:
        return await self.does(TextReceived(source=self.source("words"), text=words))

    async def taps(self, action: str, message: str, **about: Any) -> Outcome:
        return await self.does(ButtonTapped(source=self.source(message, interaction="trigger"), action=action, **about))

    async def sees(self, by: By, subject: Subject, message: str) -> None:
        """Note that a message shows a subject of a workspace, as a delivery does."""
        async with self.database.write(actor(by.member.workspace_id)) as uow:
            await note_copy(
                uow, subject, account_id=self.account.id, installation_id=self.account.installation_id, channel=CHAT,
                message=message,
            )  # fmt: skip

    async def expenses(self, by: By) -> dict[str, ExpenseRow]:
        """Return the expenses of one of the workspaces, by their words."""
        async with self.database.read(actor(by.member.workspace_id)) as uow:
            return {row.description: row for row in await uow.session.scalars(select(ExpenseRow))}


@pytest.fixture
async def person(database: Database, builder: Builder, tmp_path: Path) -> Person:
    workspaces = [await builder.workspace(name) for name in ("First", "Second")]
    account = await builder.account("Mia")
    first, second = [await builder.redeem(account, each.admin_code) for each in workspaces]
    tools = make_tools(load_settings({"EXPENSEFLOW_DATA_DIR": str(tmp_path)}, tmp_path), Catalogues(strict=True))
    return Person(database, Dispatcher(database, tools), account, first, second)


async def test_words_go_to_the_workspace_that_was_chosen_last(person: Person) -> None:
    await person.says("taxi 5")
    assert list(await person.expenses(person.second)) == ["taxi"]
    await person.taps("workspace.choose", "card", choice=person.first.member.workspace_id)
    await person.says("hotel 140")
    assert (list(await person.expenses(person.first)), list(await person.expenses(person.second))) == (
        ["hotel"],
        ["taxi"],
    )


async def test_a_workspace_of_others_cannot_be_chosen(person: Person, builder: Builder) -> None:
    other = await builder.workspace("Other")
    outcome = await person.taps("workspace.choose", "card", choice=other.workspace_id)
    assert outcome.toast is not None
    assert outcome.toast.key == "error.workspace-not-yours"
    await person.says("taxi 5")
    assert list(await person.expenses(person.second)) == ["taxi"]


async def test_a_tap_is_handled_in_the_workspace_of_its_card(person: Person, builder: Builder) -> None:
    expense = await builder.expense(person.first)
    await person.sees(person.first, Subject("expense", expense.id), "1")
    await person.taps("expense.delete", "1", subject_id=expense.id, version=expense.version)
    assert (await person.expenses(person.first))["taxi"].deleted_at is not None
    await person.says("lunch 12")  # and the next message goes where it would have gone
    assert "lunch" in await person.expenses(person.second)


async def test_a_tap_acts_with_the_role_that_the_person_has_there(
    person: Person, database: Database, builder: Builder
) -> None:
    """An admin of one workspace is an employee of the other: a list of members shows what the role there allows."""
    boss = await builder.member(person.first.member.workspace_id, Role.ADMIN, name="Boss")
    async with database.write(actor(person.first.member.workspace_id)) as uow:
        (await uow.session.get_one(MemberRow, person.first.member.id)).role = Role.EMPLOYEE
    await person.sees(person.first, Subject("member", boss.member.id), "1")
    outcome = await person.taps("member.remove", "1", subject_id=boss.member.id)
    assert outcome.toast is not None
    assert outcome.toast.key == "error.not-permitted"


async def test_where_a_card_is_not_known_its_subject_is_never_looked_up_elsewhere(
    person: Person, builder: Builder
) -> None:
    expense = await builder.expense(person.first)
    outcome = await person.taps("expense.delete", "unknown", subject_id=expense.id, version=expense.version)
    assert outcome.toast is not None
    assert outcome.toast.key == "error.expense-not-found"
    assert (await person.expenses(person.first))["taxi"].deleted_at is None


async def test_a_form_is_of_the_workspace_that_it_was_opened_in(person: Person, builder: Builder) -> None:
    expense = await builder.expense(person.first)
    await person.sees(person.first, Subject("expense", expense.id), "1")
    opened = await person.taps("expense.edit", "1", subject_id=expense.id, version=expense.version)
    assert opened.form is not None
    values = dict(opened.form.start.initial) | {"description": "train"}
    sent = await person.does(FormSubmitted(source=person.source(), dialog_id=opened.form.dialog_id, values=values))
    assert (sent.form_done, sent.refusals) == (True, {})
    assert list(await person.expenses(person.first)) == ["train"]


async def test_words_answer_the_question_that_waits_and_choosing_a_workspace_leaves_it(
    person: Person, database: Database, builder: Builder
) -> None:
    person.face = FormFace.STEPWISE
    expense = await builder.expense(person.first)
    await person.sees(person.first, Subject("expense", expense.id), "1")
    await person.taps("expense.edit", "1", subject_id=expense.id, version=expense.version)
    await person.says("7.50")
    async with database.read(actor(person.first.member.workspace_id)) as uow:
        (dialog,) = (await uow.session.scalars(select(DialogRow))).all()
    assert (dialog.position, dialog.values["amount"]) == (1, "7.50")
    await person.taps(dialogs.BACK, "2", subject_id=dialog.id, version=1)
    await person.does(CommandInvoked(source=person.source(), name="cancel"))
    await person.says("lunch 12")
    assert list(await person.expenses(person.second)) == ["lunch"]


async def test_an_edited_message_changes_the_expense_that_was_made_from_it(person: Person) -> None:
    await person.says("taxi 5")
    await person.taps("workspace.choose", "card", choice=person.first.member.workspace_id)
    await person.does(MessageEdited(source=person.source("words"), text="taxi 6"))
    assert (await person.expenses(person.second))["taxi"].amount_minor == 600
    assert await person.expenses(person.first) == {}
