"""One-time codes: long enough, for a while, once; and guessing slows down the one who guesses."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from core.audit.tables import AuditRow
from core.flows.meet import find_who
from core.flows.own_expenses import By
from core.flows.redeem_code import redeem_code
from core.identity import codes
from core.identity.errors import AlreadyMember, CodeUnknown, TeamBelongsElsewhere, TooManyCodes
from core.identity.rules import Account, Role
from core.identity.service import issue_code, remove_member
from core.identity.tables import CodeAttemptRow
from core.kernel.errors import DomainError
from core.store.database import Database
from core.store.unit_of_work import ChangedMeanwhile, UnitOfWork
from core.tenancy.service import installation
from tests.fixtures.clock import FakeClock
from tests.fixtures.people import CODE_KEY, Builder, acting, actor


async def refusal(database: Database, account: Account, code: str) -> DomainError | None:
    """Redeem a code as the dispatcher does: what is refused is rolled back, and its traces are written afterwards."""
    try:
        async with database.write(actor(account_id=account.id)) as uow:
            await redeem_code(uow, account, codes.code_digest(code, CODE_KEY))
    except DomainError as error:
        async with database.write(actor(account_id=account.id)) as uow:
            for trace in error.traces:
                await trace.write(uow)
        return error
    return None


async def code_for(database: Database, workspace_id: str, role: Role) -> str:
    async with database.write(actor(workspace_id)) as uow:
        return await issue_code(uow, role, CODE_KEY)


def test_codes_are_long_and_made_of_characters_that_nobody_confuses() -> None:
    made = [codes.new_code() for _ in range(200)]
    assert len(set(made)) == 200
    assert min(map(len, made)) >= 10
    assert set("".join(made)) <= set("23456789ABCDEFGHJKMNPQRSTUVWXYZ")


@given(st.data())
def test_a_code_is_the_same_however_it_is_typed(data: st.DataObject) -> None:
    code = codes.new_code()
    typed = "".join(data.draw(st.sampled_from(["", " ", "-"])) + character for character in code)
    typed = data.draw(st.sampled_from([typed, typed.lower(), f" {typed} "]))
    assert codes.code_digest(typed, CODE_KEY) == codes.code_digest(code, CODE_KEY)
    assert codes.code_digest(typed, CODE_KEY) != codes.code_digest(code, b"another deployment's")


def test_the_key_is_of_the_deployment_and_is_not_its_secret() -> None:
    secrets = ["a" * 32, "b" * 32]
    assert len({codes.code_key(secret) for secret in secrets}) == 2
    assert codes.code_key(secrets[0]) == codes.code_key(secrets[0])
    assert secrets[0].encode() not in codes.code_key(secrets[0])


async def test_the_admin_code_makes_an_admin_once(database: Database, builder: Builder) -> None:
    acme = await builder.workspace()
    mia, tom = await builder.account("Mia"), await builder.account("Tom")
    by = await builder.redeem(mia, acme.admin_code)
    assert (by.member.name, by.member.role, by.member.workspace_id) == ("Mia", Role.ADMIN, acme.workspace_id)
    assert isinstance(await refusal(database, tom, acme.admin_code), CodeUnknown)
    async with database.read(actor()) as uow:
        assert (await find_who(uow, tom.installation_id, tom.user))[1] is None


async def test_a_code_lives_for_a_week(database: Database, builder: Builder, clock: FakeClock) -> None:
    acme = await builder.workspace()
    mia = await builder.account()
    clock.advance(codes.CODE_VALID)
    assert isinstance(await refusal(database, mia, acme.admin_code), CodeUnknown)
    clock.advance(-timedelta(microseconds=1))
    assert await refusal(database, mia, acme.admin_code) is None


async def test_of_two_who_redeem_the_same_code_at_once_one_gets_in(database: Database, builder: Builder) -> None:
    for _ in range(10):
        acme = await builder.workspace()
        accounts = [await builder.account(name) for name in ("Mia", "Tom")]
        outcomes = await asyncio.gather(*(refusal(database, account, acme.admin_code) for account in accounts))
        assert sorted(type(outcome).__name__ for outcome in outcomes) in (
            [ChangedMeanwhile.__name__, "NoneType"],
            [CodeUnknown.__name__, "NoneType"],
        )


async def test_who_guesses_is_slowed_down_and_nobody_else(
    database: Database, builder: Builder, clock: FakeClock
) -> None:
    acme = await builder.workspace()
    mallory, mia = await builder.account("Mallory"), await builder.account("Mia")
    for number in range(codes.ATTEMPTS_MAX):
        assert isinstance(await refusal(database, mallory, f"WRONG{number}"), CodeUnknown)
        clock.advance(timedelta(minutes=1))
    slowed = await refusal(database, mallory, acme.admin_code)  # also where the next guess would be right
    assert isinstance(slowed, TooManyCodes)
    assert slowed.minutes == 10  # of the fifteen since the first guess, five are over
    clock.advance(timedelta(minutes=10) - timedelta(seconds=1))
    assert isinstance(await refusal(database, mallory, acme.admin_code), TooManyCodes)

    assert await refusal(database, mia, acme.admin_code) is None  # meanwhile nobody else is held up
    clock.advance(timedelta(seconds=1))
    assert isinstance(await refusal(database, mallory, acme.admin_code), CodeUnknown)  # one guess is free again


async def test_many_who_guess_together_are_slowed_down_together(
    database: Database, builder: Builder, clock: FakeClock
) -> None:
    """Each of them stays below what one account may; nobody could tell a newcomer from the next of them."""
    acme = await builder.workspace()
    mallory, mia = await builder.account("Mallory"), await builder.account("Mia")
    async with database.write(actor()) as uow:
        tried = [
            CodeAttemptRow(id=uow.new_id(), account_id=mallory.id, at=uow.now) for _ in range(codes.ALL_ATTEMPTS_MAX)
        ]
        uow.session.add_all(tried[1:])
    clock.advance(timedelta(minutes=5))
    assert await refusal(database, mia, acme.admin_code) is None
    async with database.write(actor()) as uow:
        uow.session.add(tried[0])
        code = await issue_code_in(uow, acme.workspace_id)
    noah = await builder.account("Noah")
    slowed = await refusal(database, noah, code)
    assert isinstance(slowed, TooManyCodes)
    assert slowed.minutes == 10
    clock.advance(timedelta(minutes=10))
    assert await refusal(database, noah, code) is None


async def issue_code_in(uow: UnitOfWork, workspace_id: str) -> str:
    uow.enter(workspace_id)
    return await issue_code(uow, Role.EMPLOYEE, CODE_KEY)


async def test_who_is_a_member_already_keeps_a_code_of_no_higher_role_for_another(
    database: Database, builder: Builder
) -> None:
    acme = await builder.workspace()
    finance = await builder.member(acme.workspace_id, Role.FINANCE)
    code = await code_for(database, acme.workspace_id, Role.MANAGER)
    already = await refusal(database, finance.account, code)
    assert isinstance(already, AlreadyMember)
    assert already.workspace == "Acme"
    assert await refusal(database, await builder.account("Tom"), code) is None


async def test_a_code_of_a_higher_role_raises_who_became_an_employee_by_writing(
    database: Database, builder: Builder
) -> None:
    """On a bound team everybody is an employee from their first word on, also who came to redeem a manager's code."""
    acme = await builder.workspace()
    boss = await builder.account("Boss", platform="slack")
    await builder.redeem(boss, acme.admin_code)  # binds the team
    mia = await builder.account("Mia", platform="slack", team_member=True)
    code = await code_for(database, acme.workspace_id, Role.MANAGER)
    raised = await builder.redeem(mia, code)
    assert raised.member.role is Role.MANAGER
    assert isinstance(await refusal(database, await builder.account("Tom"), code), CodeUnknown)  # used up
    async with database.read(actor(acme.workspace_id)) as uow:
        statement = select(AuditRow).where(AuditRow.subject_id == raised.member.id, AuditRow.action == "changed")
        (entry,) = (await uow.session.scalars(statement)).all()
    assert (entry.before, entry.after) == ({"role": "employee"}, {"role": "manager"})
    assert entry.member_id == raised.member.id


async def test_who_was_removed_comes_back_by_invitation_with_their_books(database: Database, builder: Builder) -> None:
    acme = await builder.workspace()
    boss = await builder.member(acme.workspace_id, Role.ADMIN, name="Boss")
    mia = await builder.member(acme.workspace_id, Role.MANAGER)
    async with database.write(acting(boss)) as uow:
        await remove_member(uow, boss.member.id, mia.member.id, None)
    back = await builder.redeem(mia.account, await code_for(database, acme.workspace_id, Role.EMPLOYEE))
    assert (back.member.id, back.member.role, back.member.removed) == (mia.member.id, Role.EMPLOYEE, False)
    async with database.read(actor()) as uow:
        assert (await find_who(uow, mia.account.installation_id, mia.account.user))[1] == back.member


async def test_one_account_joins_two_workspaces_and_works_in_the_newer(database: Database, builder: Builder) -> None:
    first, second = await builder.workspace("First"), await builder.workspace("Second")
    account = await builder.account()
    await builder.redeem(account, first.admin_code)
    await builder.redeem(account, second.admin_code)
    async with database.read(actor()) as uow:
        _, member = await find_who(uow, account.installation_id, account.user)
    assert member is not None
    assert member.workspace_id == second.workspace_id


async def test_an_admin_code_binds_the_team_that_it_was_redeemed_in(database: Database, builder: Builder) -> None:
    acme, other = await builder.workspace("Acme"), await builder.workspace("Other")
    mia = await builder.account(platform="slack")
    await builder.redeem(mia, acme.admin_code)
    async with database.read(actor()) as uow:
        assert (await installation(uow, mia.installation_id)).workspace_id == acme.workspace_id
    tom = await builder.account("Tom", platform="slack")
    assert isinstance(await refusal(database, tom, other.admin_code), TeamBelongsElsewhere)
    assert await refusal(database, await builder.account("Eve"), other.admin_code) is None  # the code is still good


async def test_only_an_admins_code_binds_and_only_a_team_is_bound(database: Database, builder: Builder) -> None:
    acme = await builder.workspace()
    telegram = await builder.redeem(await builder.account(), acme.admin_code)
    employee = await builder.member(acme.workspace_id, Role.EMPLOYEE, platform="slack")
    async with database.read(actor()) as uow:
        for by in (telegram, employee):
            assert (await installation(uow, by.account.installation_id)).workspace_id is None


async def test_of_two_admins_of_one_team_at_once_one_binds_it(database: Database, builder: Builder) -> None:
    for round_number in range(5):
        team = await builder.installation("slack", f"team {round_number}")
        workspaces = [await builder.workspace(name) for name in ("First", "Second")]
        accounts = [await builder.account(name, installation=team) for name in ("Mia", "Tom")]
        outcomes = await asyncio.gather(
            *(refusal(database, account, made.admin_code) for account, made in zip(accounts, workspaces, strict=True))
        )
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", "TeamBelongsElsewhere"]
        async with database.read(actor()) as uow:
            bound = (await installation(uow, team.id)).workspace_id
        assert bound == workspaces[outcomes.index(None)].workspace_id


@pytest.mark.parametrize("role", list(Role))
async def test_a_code_makes_what_it_was_made_for(builder: Builder, role: Role) -> None:
    by: By = await builder.member((await builder.workspace()).workspace_id, role)
    assert by.member.role is role


async def test_ones_own_used_code_is_no_wrong_guess(database: Database, builder: Builder) -> None:
    """A link is tapped twice on a phone all the time."""
    acme = await builder.workspace()
    mia = await builder.account("Mia")
    await builder.redeem(mia, acme.admin_code)
    for _ in range(codes.ATTEMPTS_MAX + 1):
        again = await refusal(database, mia, acme.admin_code)
        assert isinstance(again, AlreadyMember)
        assert again.workspace == "Acme"
