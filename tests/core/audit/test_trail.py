"""The trail: exactly one row for each version of each audited row, in the same transaction, with nothing secret in it."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.audit.queries import all_entries
from core.audit.tables import AuditRow
from core.audit.trail import digest
from core.expenses.errors import AlreadyDeleted, AlreadyRestored
from core.flows.own_expenses import categorise_expense, delete_expense, record_expense, restore_expense
from core.identity.tables import CodeRow
from core.store.database import Database
from core.store.unit_of_work import ChangedMeanwhile
from core.tenancy.tables import WorkspaceRow
from tests.fixtures.clock import FakeClock
from tests.fixtures.people import Builder, acting, actor, said

ROOT = Path(__file__).resolve().parents[3]

WITHOUT_TRAIL = """
import asyncio, sys
from core.kernel.clock import SystemClock
from core.tenancy.service import create_workspace
from core.store.database import open_database
from core.store.unit_of_work import Actor
async def run():
    async with open_database(sys.argv[1], SystemClock()).write(Actor(platform="x", operation="x")) as uow:
        await create_workspace(uow, name="x", currency="EUR", time_zone="UTC", language="en")
asyncio.run(run())
"""


async def entries_of(database: Database, workspace_id: str, subject_id: str) -> list[AuditRow]:
    async with database.read(actor(workspace_id)) as uow:
        rows = select(AuditRow).where(AuditRow.subject_id == subject_id).order_by(AuditRow.subject_version)
        return list(await uow.session.scalars(rows))


async def test_each_version_has_one_entry_that_says_who_what_and_when(
    database: Database, builder: Builder, clock: FakeClock
) -> None:
    mia = await builder.member((await builder.workspace()).workspace_id)
    async with database.write(acting(mia, "new-expense")) as uow:  # two changes in one transaction
        expense = await record_expense(uow, mia, said("23.50"), None)
        await categorise_expense(uow, mia, expense.id, None, "travel")
    async with database.write(acting(mia, "delete-expense")) as uow:
        await delete_expense(uow, mia, expense.id, None)

    entries = await entries_of(database, mia.member.workspace_id, expense.id)
    assert [(each.subject_version, each.action, each.operation) for each in entries] == [
        (1, "created", "new-expense"),
        (2, "changed", "new-expense"),
        (3, "changed", "delete-expense"),
    ]
    for each in entries:
        assert (each.member_id, each.account_id, each.platform) == (mia.member.id, mia.account.id, "telegram")
        assert (each.subject_kind, each.at, each.workspace_id) == ("expenses", clock.now(), mia.member.workspace_id)
    assert entries[0].before == {}
    assert (entries[0].after["amount_minor"], entries[0].after["state"]) == (2350, "draft")
    assert set(entries[1].before) == set(entries[1].after) == {"category_id"}
    assert (entries[2].before, entries[2].after) == ({"deleted_at": None}, {"deleted_at": clock.now().isoformat()})


async def test_what_is_rolled_back_leaves_no_entry(database: Database, builder: Builder) -> None:
    mia = await builder.member((await builder.workspace()).workspace_id)

    async def change_and_fail() -> None:
        async with database.write(acting(mia, "a-change")) as uow:
            await record_expense(uow, mia, said(), None)
            raise RuntimeError("a fault")

    with pytest.raises(RuntimeError, match="a fault"):
        await change_and_fail()
    async with database.read(acting(mia)) as uow:
        assert [entry for entry in await uow.session.scalars(select(AuditRow)) if entry.operation == "a-change"] == []


async def test_a_change_that_changes_nothing_leaves_no_entry(database: Database, builder: Builder) -> None:
    mia = await builder.member((await builder.workspace()).workspace_id)
    expense = await builder.expense(mia)
    async with database.write(acting(mia)) as uow:
        categorised = await categorise_expense(uow, mia, expense.id, None, "transport")
    assert categorised.version == 1
    assert len(await entries_of(database, mia.member.workspace_id, expense.id)) == 1


async def test_secrets_do_not_reach_the_trail(database: Database, builder: Builder) -> None:
    acme = await builder.workspace()
    mia = await builder.redeem(await builder.account(), acme.admin_code)
    async with database.read(acting(mia)) as uow:
        code = (await uow.session.scalars(select(CodeRow))).one()
        exported = [entry async for entry in all_entries(uow)]
    of_code = [entry for entry in exported if entry["subject_id"] == code.id]
    assert [entry["subject_version"] for entry in of_code] == [1, 2]
    assert of_code[0]["after"]["role"] == "admin"
    assert of_code[1]["after"]["used_by_account_id"] == mia.account.id
    assert code.digest not in str(exported)
    assert acme.admin_code not in str(exported)


async def test_a_digest_covers_what_was_stored_whatever_people_write(database: Database, builder: Builder) -> None:
    mia = await builder.member((await builder.workspace()).workspace_id)
    expense = await builder.expense(mia, words="half an emoji \ud83d, a null \x00, both \\u0000")
    (entry,) = await entries_of(database, mia.member.workspace_id, expense.id)
    assert entry.after["description"] == "half an emoji \ufffd, a null \ufffd, both \\u0000"
    assert digest(entry) == entry.digest
    entry.after = entry.after | {"amount_minor": 1}
    assert digest(entry) != entry.digest


async def test_who_is_slower_is_told_so_and_leaves_no_entry(database: Database, builder: Builder) -> None:
    """200 races on each database: two taps on the same version at the same time, one wins."""
    mia = await builder.member((await builder.workspace()).workspace_id)
    expense = await builder.expense(mia)
    version = expense.version

    async def change(verb: object, seen: int) -> bool:
        try:
            async with database.write(acting(mia)) as uow:
                await verb(uow, mia, expense.id, seen)  # type: ignore[operator]  # one of two coroutine functions
        except (ChangedMeanwhile, AlreadyDeleted, AlreadyRestored):  # written in between, or before it was read
            return False
        return True

    for race in range(200):
        verb = restore_expense if race % 2 else delete_expense
        assert sorted(await asyncio.gather(*(change(verb, version) for _ in range(2)))) == [False, True]
        version += 1
    async with database.read(acting(mia)) as uow:
        entries = select(func.count(), func.max(AuditRow.subject_version)).where(AuditRow.subject_id == expense.id)
        assert (await uow.session.execute(entries)).one() == (201, 201)


async def test_deleted_rows_leave_what_they_held(database: Database) -> None:
    async with database.write(actor()) as uow:
        workspace_id = uow.new_id()
        uow.enter(workspace_id)
        row = WorkspaceRow(id=workspace_id, name="Acme", language="en", time_zone="UTC", created_at=uow.now)
        uow.session.add(row)
    async with database.write(actor(workspace_id)) as uow:
        await uow.session.delete(await uow.session.get_one(WorkspaceRow, workspace_id))
    entries = await entries_of(database, workspace_id, workspace_id)
    assert [(each.action, each.subject_version) for each in entries] == [("created", 1), ("deleted", 2)]
    assert entries[1].before["name"] == "Acme"


def test_a_process_that_does_not_keep_the_trail_cannot_change_anything(sqlite_database_url: str) -> None:
    command = [sys.executable, "-c", WITHOUT_TRAIL, sqlite_database_url]
    ended = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert ended.returncode != 0
    assert "core.audit.trail" in ended.stderr
