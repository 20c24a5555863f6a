"""Roles, managers, removal: what may be changed, what is refused, and what two admins at once cannot do."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from core.audit.tables import AuditRow
from core.expenses import queries as expenses
from core.flows import manage_members as flows
from core.flows.manage_members import Place
from core.flows.meet import find_who
from core.flows.own_expenses import By
from core.identity import queries
from core.identity.errors import (
    LastAdmin,
    ManagerImpossible,
    ManagerNotFound,
    MemberChanged,
    MemberNotFound,
    NotOneself,
)
from core.identity.rules import (
    PERMISSIONS,
    Colleague,
    Notifications,
    Permission,
    Role,
    Settings,
    WorkingHours,
    reports_to,
)
from core.identity.service import MENU, set_settings, work_in
from core.identity.tables import MemberRow
from core.kernel.errors import DomainError
from core.queue.tables import WorkRow
from core.store.database import Database
from core.store.unit_of_work import ChangedMeanwhile
from tests.fixtures.people import Builder, acting, actor


@pytest.fixture
async def admin(builder: Builder) -> By:
    return await builder.member((await builder.workspace("Acme")).workspace_id, Role.ADMIN, name="Ada")


async def seen(database: Database, by: By, member_id: str) -> Colleague:
    async with database.read(acting(by)) as uow:
        found = await queries.colleague(uow, member_id)
    assert found is not None
    return found


async def put(
    database: Database, by: By, of: By, role: Role | None = None, manager: str | None = None, version: int | None = None
) -> None:
    """Give a member another role or manager, as the form does."""
    found = await seen(database, by, of.member.id)
    place = Place(role=role or found.role, manager_id=manager, department="Sales")
    async with database.write(acting(by)) as uow:
        await flows.change_member(uow, by, of.member.id, version or found.version, place)


async def remove(database: Database, by: By, of: By, version: int | None = None) -> None:
    async with database.write(acting(by)) as uow:
        await flows.remove_member(uow, by, of.member.id, version)


def test_admins_manage_finance_looks_and_nobody_else_does() -> None:
    may = {role: PERMISSIONS[role] & {Permission.MEMBERS_READ, Permission.MEMBERS_MANAGE} for role in Role}
    assert may == {
        Role.EMPLOYEE: frozenset(),
        Role.MANAGER: frozenset(),
        Role.FINANCE: {Permission.MEMBERS_READ},
        Role.ADMIN: {Permission.MEMBERS_READ, Permission.MEMBERS_MANAGE},
    }


async def test_a_change_is_seen_audited_told_and_changes_the_menu(
    database: Database, builder: Builder, admin: By
) -> None:
    mia = await builder.member(admin.member.workspace_id)
    heard: list[str] = []
    database.listen(MENU, heard.append)
    await put(database, admin, mia, Role.MANAGER, admin.member.id)
    found = await seen(database, admin, mia.member.id)
    assert (found.role, found.manager, found.department, found.platforms) == (
        Role.MANAGER, "Ada", "Sales", ("telegram",),
    )  # fmt: skip
    assert heard == [mia.account.id]
    async with database.read(acting(admin)) as uow:
        statement = select(AuditRow).where(AuditRow.subject_id == mia.member.id, AuditRow.action == "changed")
        (entry,) = (await uow.session.scalars(statement)).all()
        assert (entry.member_id, entry.before) == (
            admin.member.id, {"role": "employee", "manager_id": None, "department": None},
        )  # fmt: skip
        told = [row.payload for row in await uow.session.scalars(select(WorkRow)) if "tell" in row.payload]
    assert [payload["tell"]["kind"] for payload in told] == ["role-changed"]


async def test_who_wants_to_hear_only_of_what_needs_them_is_not_told_of_a_role(
    database: Database, builder: Builder, admin: By
) -> None:
    mia = await builder.member(admin.member.workspace_id)
    async with database.write(acting(mia)) as uow:
        quiet = Settings(
            language="en", time_zone="UTC", working_hours=WorkingHours(), notifications=Notifications.NEEDED
        )
        await set_settings(uow, mia.member, quiet)
    await put(database, admin, mia, Role.MANAGER)
    async with database.read(acting(admin)) as uow:
        assert not [row for row in await uow.session.scalars(select(WorkRow)) if "tell" in row.payload]


async def test_who_is_removed_is_a_stranger_until_it_is_undone_and_the_books_stay(
    database: Database, builder: Builder, admin: By
) -> None:
    mia = await builder.member(admin.member.workspace_id)
    report = await builder.member(admin.member.workspace_id, name="Ben")
    expense = await builder.expense(mia)
    await put(database, admin, report, manager=mia.member.id)

    async def member() -> object:
        async with database.read(actor()) as uow:
            return (await find_who(uow, mia.account.installation_id, mia.account.user))[1]

    await remove(database, admin, mia)
    assert await member() is None
    async with database.read(acting(admin)) as uow:
        assert {each.name for each in (await queries.colleagues(uow, offset=0, limit=9))[0]} == {"Ada", "Ben"}
        assert await queries.manager_of(uow, report.member.id) is None
        assert await queries.accounts_of_member(uow, mia.member.id) == []
        owners = [each.owner async for each in expenses.all_expenses(uow)]
        assert owners == ["Mia"]
        assert await queries.possible_managers(uow, report.member.id, limit=9) == [(admin.member.id, "Ada")]
    async with database.write(acting(admin)) as uow:
        await flows.restore_member(uow, admin, mia.member.id, None)
    assert await member() == mia.member
    async with database.read(acting(mia)) as uow:
        assert await expenses.own_expense(uow, mia.member.id, expense.id) is not None
        manager = await queries.manager_of(uow, report.member.id)
    assert manager == mia.member


async def test_a_removed_account_works_in_its_other_workspace(database: Database, builder: Builder, admin: By) -> None:
    other = await builder.workspace("Other")
    mia = await builder.member(admin.member.workspace_id)
    await builder.redeem(mia.account, other.admin_code)
    async with database.write(acting(mia)) as uow:
        assert await work_in(uow, mia.account, admin.member.workspace_id) == "Acme"
    await remove(database, admin, mia)
    async with database.read(actor()) as uow:
        await find_who(uow, mia.account.installation_id, mia.account.user)
        assert uow.actor.workspace_id == other.workspace_id
        assert await queries.workspaces_of_account(uow, mia.account.id) == [(other.workspace_id, "Other")]


async def test_the_last_admin_stays(database: Database, builder: Builder, admin: By) -> None:
    second = await builder.member(admin.member.workspace_id, Role.ADMIN, name="Bea")
    with pytest.raises(NotOneself):
        await remove(database, admin, admin)
    await put(database, admin, second, Role.FINANCE)
    with pytest.raises(LastAdmin):
        await put(database, admin, admin, Role.MANAGER)
    with pytest.raises(LastAdmin):
        await remove(database, second, admin)  # whoever may: the rule does not ask who it is
    await put(database, admin, admin)  # an admin's department may be changed


async def test_two_admins_who_demote_or_remove_each_other_at_once_leave_one(
    database: Database, builder: Builder
) -> None:
    for number in range(8):
        workspace_id = (await builder.workspace(f"Acme {number}")).workspace_id
        first, second = [await builder.member(workspace_id, Role.ADMIN, name=name) for name in ("Ada", "Bea")]
        acts = (
            [put(database, first, second, Role.EMPLOYEE), put(database, second, first, Role.EMPLOYEE)]
            if number % 2
            else [remove(database, first, second), remove(database, second, first)]
        )
        outcomes = await asyncio.gather(*acts, return_exceptions=True)
        assert sorted(type(each).__name__ for each in outcomes) == ["LastAdmin", "NoneType"]
        async with database.read(actor(workspace_id)) as uow:
            rows = await uow.session.scalars(select(MemberRow).where(MemberRow.removed_at.is_(None)))
            assert [row.role for row in rows].count(Role.ADMIN) == 1


async def test_nobody_becomes_their_own_manager_however_far_up(database: Database, builder: Builder, admin: By) -> None:
    first, second, third = [
        await builder.member(admin.member.workspace_id, name=name) for name in ("Ann", "Ben", "Cleo")
    ]
    await put(database, admin, second, manager=first.member.id)
    await put(database, admin, third, manager=second.member.id)
    for manager in (first, third):
        with pytest.raises(ManagerImpossible) as caught:
            await put(database, admin, first, manager=manager.member.id)
        assert caught.value.name == manager.member.name
    async with database.read(acting(admin)) as uow:
        offered = await queries.possible_managers(uow, first.member.id, limit=9)
        assert [name for _id, name in offered] == ["Ada"]
        offered = await queries.possible_managers(uow, third.member.id, limit=2)
        assert [name for _id, name in offered] == ["Ben", "Ada"]  # the present one, then those who lead


async def test_two_who_are_made_each_others_manager_at_once_are_not(
    database: Database, builder: Builder, admin: By
) -> None:
    for number in range(8):
        ann, ben = [await builder.member(admin.member.workspace_id, name=f"{name} {number}") for name in ("Ann", "Ben")]
        outcomes = await asyncio.gather(
            put(database, admin, ann, manager=ben.member.id),
            put(database, admin, ben, manager=ann.member.id),
            return_exceptions=True,
        )
        assert sorted(type(each).__name__ for each in outcomes) == ["ManagerImpossible", "NoneType"]


async def test_a_manager_is_a_member_of_the_same_workspace(database: Database, builder: Builder, admin: By) -> None:
    elsewhere = await builder.member((await builder.workspace("Other")).workspace_id, Role.ADMIN)
    mia, gone = [await builder.member(admin.member.workspace_id, name=name) for name in ("Mia", "Gone")]
    await remove(database, admin, gone)
    for manager in (elsewhere.member.id, gone.member.id, "nobody"):
        with pytest.raises(ManagerNotFound):
            await put(database, admin, mia, manager=manager)
    async with database.write(acting(admin)) as uow:
        with pytest.raises(MemberNotFound):
            await flows.remove_member(uow, admin, elsewhere.member.id, None)


async def test_a_card_that_shows_an_older_version_changes_nothing(
    database: Database, builder: Builder, admin: By
) -> None:
    mia = await builder.member(admin.member.workspace_id)
    await put(database, admin, mia, Role.MANAGER)
    with pytest.raises(MemberChanged):
        await put(database, admin, mia, Role.FINANCE, version=1)
    with pytest.raises(MemberChanged):
        await remove(database, admin, mia, 1)
    await remove(database, admin, mia)
    with pytest.raises(MemberChanged):
        await remove(database, admin, mia)  # twice
    assert (await seen(database, admin, mia.member.id)).role is Role.MANAGER


async def test_of_two_changes_of_the_same_version_at_once_one_counts(
    database: Database, builder: Builder, admin: By
) -> None:
    for number in range(8):
        mia = await builder.member(admin.member.workspace_id, name=f"Mia {number}")
        outcomes = await asyncio.gather(
            *(put(database, admin, mia, role, version=1) for role in (Role.MANAGER, Role.FINANCE)),
            return_exceptions=True,
        )
        refused = [each for each in outcomes if isinstance(each, DomainError)]
        assert [type(each) for each in refused] in ([MemberChanged], [ChangedMeanwhile])
        assert (await seen(database, admin, mia.member.id)).version == 2


members = st.sampled_from("abcdef")


@given(st.dictionaries(members, st.none() | members), members, members)
def test_reporting_lines_are_followed_to_their_end(managers: dict[str, str | None], member: str, above: str) -> None:
    """Also where rows went round in a circle, which no rule lets happen: it ends."""
    line, current = [member], managers.get(member)
    while current is not None and current not in line:
        line.append(current)
        current = managers.get(current)
    assert reports_to(member, above, managers) is (above in line)
