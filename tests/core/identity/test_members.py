"""Who is who: strangers, people of a team, members; and which of their accounts is written to."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from core.conversations.queries import mark_unreachable
from core.flows.meet import enter_current_workspace, find_who, let_in, meet
from core.identity import queries
from core.identity.rules import PERMISSIONS, Account, Permission, Role
from core.identity.service import remove_member, see_account, set_language
from core.identity.tables import AccountRow, MemberRow
from core.store.database import Database
from core.tenancy.service import Installation, bind_installation
from tests.fixtures.clock import FakeClock
from tests.fixtures.people import Builder, acting, actor


@pytest.fixture
async def workspace_id(builder: Builder) -> str:
    return (await builder.workspace("Acme", language="de")).workspace_id


@pytest.fixture
async def team(database: Database, builder: Builder, workspace_id: str) -> Installation:
    """A Slack team that is bound to the workspace."""
    made = await builder.installation("slack")
    async with database.write(actor(workspace_id)) as uow:
        await bind_installation(uow, made.id)
    return made


async def members(database: Database, workspace_id: str) -> list[tuple[str, Role]]:
    async with database.read(actor(workspace_id)) as uow:
        rows = await uow.session.execute(select(MemberRow.name, MemberRow.role).order_by(MemberRow.name))
        return [(name, role) for name, role in rows]


async def test_a_stranger_has_an_account_and_no_member(database: Database, builder: Builder) -> None:
    mia = await builder.account("Mia")
    async with database.read(actor()) as uow:
        assert await find_who(uow, mia.installation_id, mia.user) == (mia, None)
        assert await find_who(uow, mia.installation_id, "nobody") == (None, None)
        assert uow.actor.workspace_id is None


async def test_people_of_a_bound_team_become_employees_once(
    database: Database, builder: Builder, workspace_id: str, team: Installation
) -> None:
    mia = await builder.account("Mia", installation=team, team_member=True, time_zone="Europe/Madrid", language="de")
    async with database.write(actor()) as uow:
        await let_in(uow, mia.id)
    assert await members(database, workspace_id) == [("Mia", Role.EMPLOYEE)]
    async with database.read(actor()) as uow:
        _, member = await find_who(uow, team.id, mia.user)
        assert member is not None
        assert uow.workspace_id == workspace_id
        assert uow.actor.member_id == member.id
    assert (member.language, member.time_zone, member.currency) == ("de", "Europe/Madrid", "EUR")


async def test_guests_and_people_of_unbound_teams_stay_strangers(
    database: Database, builder: Builder, workspace_id: str, team: Installation
) -> None:
    await builder.account("Guest", installation=team, team_member=False)
    unbound = await builder.installation("slack", "another team")
    tom = await builder.account("Tom", installation=unbound, team_member=True)
    assert await members(database, workspace_id) == []
    async with database.write(actor(workspace_id)) as uow:
        await bind_installation(uow, unbound.id)
    async with database.write(actor()) as uow:
        await let_in(uow, tom.id)  # when Tom writes again, the team is bound
    assert await members(database, workspace_id) == [("Tom", Role.EMPLOYEE)]


async def test_who_writes_in_two_chats_at_once_for_the_first_time_is_one_person(
    database: Database, builder: Builder, workspace_id: str, team: Installation
) -> None:
    async def write_first(user: str) -> None:
        async with database.write(actor(platform="slack")) as uow:
            await meet(
                uow, installation_id=team.id, user=user, name=user, language="en", time_zone=None, team_member=True
            )

    for user in ("U1", "U2", "U3"):
        await asyncio.gather(*(write_first(user) for _ in range(4)))
    assert await members(database, workspace_id) == [(user, Role.EMPLOYEE) for user in ("U1", "U2", "U3")]
    async with database.read(actor()) as uow:
        assert await uow.session.scalar(select(func.count()).select_from(AccountRow)) == 3


async def test_who_was_removed_is_a_stranger_again_and_is_not_let_in(
    database: Database, builder: Builder, workspace_id: str, team: Installation
) -> None:
    mia = await builder.account("Mia", installation=team, team_member=True)
    boss = await builder.member(workspace_id, Role.ADMIN, name="Boss")
    async with database.write(acting(boss)) as uow:
        row = (await uow.session.scalars(select(MemberRow).where(MemberRow.name == "Mia"))).one()
        await remove_member(uow, boss.member.id, row.id, None)
    async with database.write(actor()) as uow:
        await let_in(uow, mia.id)
    async with database.read(actor()) as uow:
        assert await enter_current_workspace(uow, mia) is None
        assert uow.actor.workspace_id is None
    assert len(await members(database, workspace_id)) == 2


async def test_an_account_that_writes_can_be_reached_again(
    database: Database, builder: Builder, workspace_id: str, clock: FakeClock
) -> None:
    mia = await builder.member(workspace_id)

    async def reachable() -> list[str]:
        async with database.read(acting(mia)) as uow:
            return await queries.accounts_of_member(uow, mia.member.id)

    async with database.write(actor()) as uow:
        await mark_unreachable(uow, mia.account.id)
    assert await reachable() == []
    clock.advance(timedelta(seconds=5))
    async with database.write(acting(mia)) as uow:
        await see_account(uow, mia.account, private_channel="chat 7")
    assert await reachable() == [mia.account.id]
    async with database.write(acting(mia)) as uow:
        await see_account(uow, mia.account, private_channel=None)  # seen in a group: the private chat is still known
    async with database.read(actor()) as uow:
        seen = await queries.account(uow, mia.account.id)
    assert seen is not None
    assert seen.channel == "chat 7"


async def test_a_language_is_spoken_to_the_member_on_every_platform(
    database: Database, builder: Builder, workspace_id: str
) -> None:
    mia = await builder.member(workspace_id)
    stranger = await builder.account("Tom")
    async with database.write(acting(mia)) as uow:
        await set_language(uow, mia.account, mia.member, "de")
        await set_language(uow, stranger, None, "de")

    async def languages(account: Account) -> tuple[str | None, str | None]:
        async with database.read(actor()) as uow:
            found, member = await find_who(uow, account.installation_id, account.user)
        return found.language if found else None, member.language if member else None

    assert await languages(mia.account) == ("de", "de")
    assert await languages(stranger) == ("de", None)


def test_everybody_has_expenses_and_admins_invite() -> None:
    assert all(Permission.OWN_EXPENSES in PERMISSIONS[role] for role in Role)
    assert [role for role in Role if Permission.MEMBERS_INVITE in PERMISSIONS[role]] == [Role.ADMIN]
