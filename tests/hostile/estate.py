"""Two companies on one bot, everything in the one that somebody may be after, and everybody who may be after it.

All words of Zebra Corp hold "zebra", its names included, so that a single look tells whether any of it was shown elsewhere; but
for Eve's, who works there too, and to whom nothing of it belongs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import text

from core.approvals.queries import newest_approval
from core.categories.service import category_by_key
from core.conversations import dialogs
from core.conversations.lists import store_list
from core.conversations.queries import note_copy
from core.conversations.subjects import Subject
from core.expenses.queries import own_expense
from core.expenses.rules import Expense
from core.expenses.service import Origin
from core.flows import own_expenses
from core.flows.approval_questions import ask_question
from core.flows.capture_receipt import book_reading
from core.flows.own_expenses import By, Said
from core.identity import queries as identity
from core.identity.rules import Account, Role
from core.identity.service import change_member
from core.money import Money
from core.receipts import service as receipts
from core.receipts.port import Reading
from core.receipts.service import Sent
from core.store.base import Base, Tenant
from core.store.unit_of_work import UnitOfWork
from handlers.catalogue import registry
from handlers.events import FormFace
from handlers.stored import codec
from handlers.turn import Reader, Who
from tests.fixtures.people import Builder, acting, actor
from tests.hostile.ground import Ground
from tests.hostile.table import FORMS

NEEDLE = "zebra"
PEOPLE = {"Emma": Role.EMPLOYEE, "Mara": Role.MANAGER, "Finn": Role.FINANCE, "Ada": Role.ADMIN}


@dataclass(kw_only=True)
class Estate:
    """Zebra Corp with its people, Globex with others, a stranger; and what there is in Zebra Corp, by kind."""

    ground: Ground
    builder: Builder
    zebra_id: str
    globex_id: str
    people: dict[str, By]
    stranger: Account
    things: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    """Ids and versions, by kind."""

    def put(self, kind: str, thing_id: str, version: int = 1) -> None:
        self.things.setdefault(kind, []).append((thing_id, version))

    def first(self, kind: str) -> tuple[str, int]:
        return self.things[kind][0]

    async def state(self) -> dict[str, list[Any]]:
        """Return all that Zebra Corp has, but for its audit: attempts of strangers may stand there."""
        tables = sorted(Tenant.tenant_tables - {"audit"})
        async with self.ground.database.read(actor(self.zebra_id)) as uow:
            return {table: await self._rows(uow, table) for table in tables}

    async def _rows(self, uow: UnitOfWork, table: str) -> list[Any]:
        key = ", ".join(column.name for column in Base.metadata.tables[table].primary_key)
        statement = text(f"SELECT * FROM {table} WHERE workspace_id = :it ORDER BY {key}")  # noqa: S608 - names of ours
        return [tuple(row) for row in await uow.session.execute(statement, {"it": self.zebra_id})]

    async def open_dialog(self, by: By, form: str, *, begun_by: By | None = None) -> str:
        """Open a form for somebody, as its button does; return the dialog's id. `begun_by`: who may see what it begins with."""
        reader_by = begun_by or by
        case = FORMS[form]
        arguments = {name: self._meant(value) for name, value in case.arguments.items()}
        event = self.ground.tap(by.account, "any")
        async with self.ground.database.write(acting(reader_by)) as uow:
            who = Who(account=reader_by.account, member=reader_by.member)
            reader = Reader(uow=uow, who=who, event=event, tools=self.ground.tools)
            start = await registry.forms[form].start(reader, arguments)
            dialog = await dialogs.open_dialog(
                uow,
                account_id=by.account.id,
                form=form,
                arguments=arguments,
                start=codec.pack(start),
                values=dict(start.initial),
                stepwise=event.source.form_face is FormFace.STEPWISE,
            )
        return dialog.id

    def _meant(self, value: str) -> str:
        return self.first(value[1:])[0] if value.startswith("@") else value

    def values(self, form: str) -> dict[str, str]:
        return dict(FORMS[form].values)


async def build(ground: Ground, builder: Builder) -> Estate:
    """Make all of it."""
    zebra = await builder.workspace("Zebra Corp")
    globex = await builder.workspace("Globex")
    people = {
        name: await builder.member(zebra.workspace_id, role, name=f"Zebra {name}", platform="slack")
        for name, role in PEOPLE.items()
    }
    people["Eve"] = await builder.member(zebra.workspace_id, name="Eve Adams")
    people["Otto"] = await builder.member(globex.workspace_id, Role.ADMIN, name="Otto")
    stranger = await builder.account("Stig")
    estate = Estate(
        ground=ground,
        builder=builder,
        zebra_id=zebra.workspace_id,
        globex_id=globex.workspace_id,
        people=people,
        stranger=stranger,
    )
    await _have_mara_manage_emma(estate)
    await _fill(estate)
    return estate


async def _have_mara_manage_emma(estate: Estate) -> None:
    emma, mara = estate.people["Emma"], estate.people["Mara"]
    async with estate.ground.database.write(acting(estate.people["Ada"])) as uow:
        found = await identity.colleague(uow, emma.member.id)
        assert found is not None
        await change_member(
            uow,
            emma.member.id,
            found.version,
            role=Role.EMPLOYEE,
            manager_id=mara.member.id,
            department="Zebra stripes",
        )
        kept = await identity.colleague(uow, emma.member.id)
        member = await identity.member(uow, emma.member.id)
    assert kept is not None
    assert member is not None
    estate.people["Emma"] = replace(emma, member=member)
    estate.put("member", kept.id, kept.version)


async def _fill(estate: Estate) -> None:
    emma = estate.people["Emma"]
    draft = await expense(estate, "zebra pens", "61")
    submitted = await expense(estate, "zebra crossing", "67")
    async with estate.ground.database.write(acting(emma)) as uow:
        await own_expenses.submit_expense(uow, emma, submitted.id, submitted.version)
        asked = await newest_approval(uow, submitted.id)
        assert asked is not None
        now = await own_expense(uow, emma.member.id, submitted.id)
        assert now is not None
    estate.put("expense", draft.id, draft.version)
    estate.put("expense", now.id, now.version)
    estate.put("approval", asked.id, asked.version)
    async with estate.ground.database.write(acting(estate.people["Mara"])) as uow:
        await ask_question(uow, estate.people["Mara"], asked.id, asked.version, "Why a zebra?")
        known = await newest_approval(uow, submitted.id)
    assert known is not None
    estate.put("approval-question", known.questions[0].id)
    await _receipts(estate, draft)
    await _lists_and_forms(estate)
    estate.put("workspace", estate.zebra_id)
    estate.put("settings", emma.member.id)
    estate.put("home", emma.account.id)


async def expense(estate: Estate, words: str, amount: str) -> Expense:
    """Have Emma record a draft from a message, which its card stands under."""
    emma, bot = estate.people["Emma"], estate.people["Otto"].account.installation_id  # all write to the one bot
    origin = Origin(installation_id=bot, channel="zebra-chat", message=words)
    said = Said(
        amount=Money.of(amount, "EUR"),
        spent_on=date(2026, 3, 11),
        merchant="Zebra Store",
        description=words,
        category="office",
    )
    async with estate.ground.database.write(acting(emma)) as uow:
        made = await own_expenses.record_expense(uow, emma, said, origin)
        await note_copy(
            uow,
            Subject("expense", made.id),
            account_id=emma.account.id,
            installation_id=bot,
            channel="zebra-chat",
            message=f"card of {words}",
        )
        await category_by_key(uow, "office")
    return made


async def _receipts(estate: Estate, draft: Expense) -> None:
    """A picture behind an expense, one that told no total, and an album that is asked about."""
    emma, ground = estate.people["Emma"], estate.ground
    content_hash = await ground.files.put(estate.zebra_id, b"zebra picture")
    booked = {"content_hash": content_hash, "media_type": "image/jpeg", "size_bytes": 13}
    async with ground.database.write(acting(emma)) as uow:
        (behind,) = await receipts.take_in(
            uow, emma.member, emma.account, [Sent(name="zebra.jpg", reference={})], expense_id=draft.id
        )
        (alone,) = await receipts.take_in(uow, emma.member, emma.account, [Sent(name="zebra2.jpg", reference={})])
        album = await receipts.take_in(
            uow, emma.member, emma.account, [Sent(name=f"zebra{at}.jpg", reference={}) for at in (3, 4)]
        )
        for receipt in (behind, alone):
            await book_reading(uow, receipt.id, Reading(), **booked)  # type: ignore[arg-type]  # see above
    for receipt in (alone, behind):
        estate.put("receipt", receipt.id)
    estate.put("album", album[0].batch_id)


async def _lists_and_forms(estate: Estate) -> None:
    owners: Mapping[str, str] = {
        "expense-list": "Emma",
        "approval-list": "Mara",
        "member-list": "Ada",
        "report": "Finn",
    }
    for kind, owner in owners.items():
        by = estate.people[owner]
        async with estate.ground.database.write(acting(by)) as uow:
            estate.put(kind, await store_list(uow, account_id=by.account.id, kind=kind))
    openers = {"approval.reject": "Mara", "approval.ask": "Mara", "member.edit": "Ada"}
    for form in FORMS:
        by = estate.people[openers.get(form, "Emma")]
        estate.put("dialog", await estate.open_dialog(by, form), 0)
    estate.put("dialog", await estate.open_dialog(estate.people["Eve"], "expense.new"), 0)
