"""Hostile texts wherever a person's words are shown again: nothing injected, nothing refused, and what is stored reads back.

Rendered for both platforms and checked by the emulators' own rules; on PostgreSQL those texts that a database may dislike, and
anything at random on both. About 30 s.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.approvals.queries import newest_approval
from core.approvals.tables import DecisionRow, QuestionRow
from core.conversations import dialogs
from core.expenses.tables import ExpenseRow
from core.flows.own_expenses import By
from core.identity import queries as identity
from core.identity.rules import DEPARTMENT_LENGTH_MAX, Role
from core.identity.service import change_member
from core.store.database import Database, open_database
from core.store.types import storable
from core.store.unit_of_work import UnitOfWork
from handlers.catalogue import registry
from handlers.events import (
    ButtonTapped,
    CommandInvoked,
    Event,
    FilesReceived,
    FormSubmitted,
    HomeOpened,
    IncomingFile,
    MessageEdited,
    ShortcutInvoked,
    TextReceived,
)
from handlers.forms import FormStart
from handlers.stored import codec
from handlers.turn import Reader, Who
from tests.fixtures.clock import FakeClock
from tests.fixtures.people import Builder, acting
from tests.hostile.ground import Fired, Ground, card_words
from tests.hostile.harmless import assert_form_is_harmless, assert_harmless, assert_sentences_are_harmless
from tests.hostile.texts import MARK, TABLE, anything

NAME_LENGTH_MAX = 64
"""Of a first name on Telegram (https://core.telegram.org/bots/api#user tells none; the apps take 64)."""
MERCHANT_LENGTH_MAX = 120
DATABASES_DISLIKE = ("nulls and controls", "half characters", "noncharacters", "sql", "like wildcards", "json")
CASES = [pytest.param(("sqlite", text), id=name) for name, text in TABLE.items()] + [
    pytest.param(("postgresql", TABLE[name]), id=f"{name} on PostgreSQL", marks=pytest.mark.postgres)
    for name in DATABASES_DISLIKE
]
AT_RANDOM = [
    pytest.param(("sqlite", "at random"), id="sqlite"),
    pytest.param(("postgresql", "at random"), id="postgresql", marks=pytest.mark.postgres),
]


@dataclass(kw_only=True)
class Office:
    """Mia, whose manager is Mara, and Ada, the admin; on Slack, where a form is sent as a whole."""

    ground: Ground
    mia: By
    mara: By
    ada: By

    async def fire(self, event: Event) -> Fired:
        """Have an event handled; see that all that comes of it is harmless on both platforms."""
        fired = await self.ground.fire(event)
        for card, words in fired.cards:
            assert_harmless(card, words)
        words = self.ground.catalogues.translator(fired.outcome.language)
        if fired.outcome.form is not None:
            assert_form_is_harmless(fired.outcome.form, words)
        said = [fired.outcome.toast, *fired.outcome.refusals.values()]
        assert_sentences_are_harmless([each for each in said if each is not None], words)
        return fired

    async def tap(self, by: By, action: str, **what: Any) -> Fired:
        return await self.fire(self.ground.tap(by.account, action, **what))

    async def says(self, by: By, command: str, rest: str = "") -> str:
        return (await self.fire(self.ground.command(by.account, command, rest))).read

    async def sends(self, by: By, form: str, arguments: Mapping[str, str], **values: str) -> Fired:
        """Have somebody open a form and send it."""
        tapped = self.ground.tap(by.account, "any")
        async with self.ground.database.write(acting(by)) as uow:
            reader = Reader(
                uow=uow, who=Who(account=by.account, member=by.member), event=tapped, tools=self.ground.tools
            )
            start = await registry.forms[form].start(reader, arguments)
            dialog = await dialogs.open_dialog(
                uow, account_id=by.account.id, form=form, arguments=arguments, start=codec.pack(start), values={}, stepwise=False,
            )  # fmt: skip
        source = self.ground.source(by.account)
        fired = await self.fire(FormSubmitted(source=source, dialog_id=dialog.id, values=values))
        assert fired.outcome.refusals == {}
        return fired

    async def expense(self) -> ExpenseRow:
        async with self.ground.database.read(acting(self.mia)) as uow:
            return (await uow.session.scalars(select(ExpenseRow).order_by(ExpenseRow.number.desc()))).first() or _none()


def _none() -> ExpenseRow:
    raise AssertionError("there is no expense")


async def found(database: Database, folder: Path, hostile: str) -> Office:
    """Make the company, with names of this kind."""
    builder = Builder(database)
    name = f"{MARK} {hostile}"[:NAME_LENGTH_MAX]
    workspace_id = (await builder.workspace(name)).workspace_id
    mia = await builder.member(workspace_id, name=name, platform="slack")
    mara = await builder.member(workspace_id, Role.MANAGER, name=name, platform="slack")
    ada = await builder.member(workspace_id, Role.ADMIN, name=name, platform="slack")
    async with database.write(acting(ada)) as uow:
        colleague = await identity.colleague(uow, mia.member.id)
        assert colleague is not None
        await change_member(
            uow, mia.member.id, colleague.version, role=Role.EMPLOYEE, manager_id=mara.member.id, department=None
        )
    return Office(ground=Ground(database=database, folder=folder), mia=mia, mara=mara, ada=ada)


@pytest.fixture
def place(request: pytest.FixtureRequest) -> tuple[str, str]:
    """A database's URL, and what everybody there is called."""
    kind, hostile = request.param
    return str(request.getfixturevalue(f"{kind}_database_url")), hostile


@pytest.fixture
async def office(place: tuple[str, str], tmp_path: Path, clock: FakeClock) -> AsyncIterator[Office]:
    database = open_database(place[0], clock)
    try:
        yield await found(database, tmp_path, place[1])
    finally:
        await database.close()


@pytest.mark.parametrize("place", CASES, indirect=True)
async def test_what_people_write_does_nothing_wherever_it_is_shown(office: Office, place: tuple[str, str]) -> None:
    words = f"{MARK} {place[1]}"
    await an_expense_is_made_of(office, words)
    await it_is_talked_about_and_decided(office, words)
    await everything_is_looked_at(office, words)
    await everything_else_is_said(office, words)


async def an_expense_is_made_of(office: Office, words: str) -> None:
    merchant = f"at {words}"[:MERCHANT_LENGTH_MAX].strip()
    made = await office.sends(
        office.mia,
        "expense.new",
        {},
        amount="5 eur",
        date="2026-03-11",
        description=words,
        merchant=merchant,
        category="travel",
    )
    assert made.read.count(MARK) >= 2
    row = await office.expense()
    assert row.description == storable(words.strip())
    assert row.merchant == storable(merchant)
    editing = await office.tap(office.mia, "expense.edit", subject_id=row.id, version=row.version)
    assert editing.outcome.form is not None
    assert editing.outcome.form.start.initial["description"] == row.description


async def it_is_talked_about_and_decided(office: Office, words: str) -> None:
    row, stored = await office.expense(), storable(words.strip())
    asked = await office.tap(office.mia, "expense.submit", subject_id=row.id, version=row.version)
    assert len(asked.cards) >= 2, "hers and the manager's"
    assert all(MARK in "\n".join(card_words(card, shown)) for card, shown in asked.cards)
    async with office.ground.database.read(acting(office.mia)) as uow:
        approval = await newest_approval(uow, row.id)
    assert approval is not None
    about = {"approval": approval.id, "version": str(approval.version)}
    assert MARK in (await office.sends(office.mara, "approval.ask", about, words=words)).read
    async with office.ground.database.read(acting(office.mia)) as uow:
        question = (await uow.session.scalars(select(QuestionRow))).one()
    assert question.question == stored
    assert MARK in (await office.sends(office.mia, "approval.answer", {"question": question.id}, words=words)).read
    assert MARK in await office.says(office.mara, "approvals")
    assert MARK in (await office.sends(office.mara, "approval.reject", about, words=words)).read
    async with office.ground.database.read(acting(office.mia)) as uow:
        assert (await uow.session.scalars(select(DecisionRow.reason))).one() == stored
        answered = (await uow.session.scalars(select(QuestionRow.answer))).one()
    assert answered == stored


async def everything_is_looked_at(office: Office, words: str) -> None:
    async with office.ground.database.read(acting(office.ada)) as uow:
        version = await version_of(uow, office.mia.member.id)
    department = words[:DEPARTMENT_LENGTH_MAX]
    manager = office.mara.member.id[-16:].casefold()
    place = {"role": "employee", "manager": manager, "department": department}
    await office.sends(office.ada, "member.edit", {"member": office.mia.member.id, "version": str(version)}, **place)
    async with office.ground.database.read(acting(office.ada)) as uow:
        changed = await identity.colleague(uow, office.mia.member.id)
    assert changed is not None
    assert changed.department == storable(department.strip())
    opened = await office.tap(office.ada, "member.open", subject_id=office.mia.member.id)
    assert opened.read.count(MARK) >= 3, "the name, the manager's, the department"
    for by, command in (
        (office.mia, "expenses"),
        (office.ada, "members"),
        (office.mia, "settings"),
        (office.mia, "workspace"),
        (office.mia, "start"),
    ):
        assert MARK in await office.says(by, command), command
    assert MARK in (await office.fire(HomeOpened(source=office.ground.source(office.mia.account)))).read
    await office.says(office.mia, "report")


async def version_of(uow: UnitOfWork, member_id: str) -> int:
    colleague = await identity.colleague(uow, member_id)
    assert colleague is not None
    return colleague.version


async def everything_else_is_said(office: Office, words: str) -> None:
    """Where what was typed is said again, or only looked for."""
    for command in ("expenses", "report", "export", "language", "start", "invite", "link", "new"):
        await office.says(office.mia, command, words)
    for event in said(office.ground, office.mia, words):
        await office.fire(event)
    refused = await office.fire(
        FormSubmitted(source=office.ground.source(office.mia.account), dialog_id=words, values={words: words})
    )
    assert refused.outcome.failed is None


def said(ground: Ground, by: By, words: str) -> list[Event]:
    """Return events in which somebody says this, or names something by it."""
    source, file = ground.source, IncomingFile(name=words, media_type=words, size_bytes=3, reference={"file_id": words})
    picture = IncomingFile(name=words, media_type="image/png", size_bytes=3, reference={"file_id": words})
    return [
        TextReceived(source=source(by.account), text=words),
        TextReceived(source=source(by.account), text=f"taxi 5 eur {words}"),
        TextReceived(source=source(by.account, private=False), text=f"{words} 7 eur"),
        MessageEdited(source=source(by.account, message=words), text=f"taxi 6 eur {words}"),
        CommandInvoked(source=source(by.account), name=words, rest=words, free_text=words),
        ShortcutInvoked(
            source=source(by.account), name="expense.add", text=words, written_at=datetime(2026, 3, 1, tzinfo=UTC)
        ),
        ShortcutInvoked(source=source(by.account), name=words, text=words),
        FilesReceived(source=source(by.account, reply_to=words), names=(words,), files=(file,), text=words),
        FilesReceived(source=source(by.account), names=(words,), files=(picture,), text=""),
        ButtonTapped(source=source(by.account), action=words, subject_id=words, choice=words),
        *(
            ButtonTapped(source=source(by.account), action=action, subject_id=words, version=1, choice=words)
            for action in (
                "expense.open",
                "expense.set",
                "expenses.choose",
                "approval.open",
                "form.choose",
                "album.together",
            )
        ),
    ]


@pytest.mark.parametrize("place", AT_RANDOM, indirect=True)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=anything, amount=st.sampled_from(["5 eur", "", "1e99 eur", "-3", "NaN usd"]))
async def test_no_text_whatever_is_a_fault(office: Office, words: str, amount: str) -> None:
    """Whatever is typed is understood, or refused with a sentence: it never fails, and never stays unanswered for that."""
    for event in said(office.ground, office.mia, words):
        await office.fire(event)
    start = {"amount": amount, "date": words, "description": words, "merchant": words, "category": words}
    async with office.ground.database.write(acting(office.mia)) as uow:
        opened = await dialogs.open_dialog(
            uow, account_id=office.mia.account.id, form="expense.new", arguments={}, values={}, stepwise=False,
            start=codec.pack(FormStart()),
        )  # fmt: skip
    await office.fire(FormSubmitted(source=office.ground.source(office.mia.account), dialog_id=opened.id, values=start))
