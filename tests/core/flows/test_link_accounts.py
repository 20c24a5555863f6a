"""One person on two platforms: one member, one set of books, and nothing that names the other one is forgotten."""

from datetime import timedelta

import pytest
from sqlalchemy import UniqueConstraint, func, select

from core.audit.tables import AuditRow
from core.expenses import queries as expenses
from core.expenses.tables import ExpenseRow
from core.flows.link_accounts import Linked, link_accounts
from core.flows.meet import find_who
from core.flows.own_expenses import By, categorise_expense
from core.identity import codes, queries
from core.identity.errors import (
    AccountRemoved,
    AlreadyLinked,
    CodeUnknown,
    LastAdmin,
    LinkAcrossWorkspaces,
    LinkCodeUnknown,
    LinkSamePlatform,
    TeamBelongsElsewhere,
    TooManyCodes,
)
from core.identity.references import references_to, rename_references, table_of
from core.identity.rules import Account, Role
from core.identity.service import MENU, change_member, issue_link_code, remove_member
from core.identity.tables import AccountMemberRow, CodeRow, MemberRow, PersonRow
from core.kernel.errors import DomainError
from core.schema import metadata
from core.store.database import Database
from tests.fixtures.clock import FakeClock
from tests.fixtures.people import CODE_KEY, Builder, acting, actor


@pytest.fixture
async def workspace_id(builder: Builder) -> str:
    return (await builder.workspace("Acme")).workspace_id


async def code_of(database: Database, by: By) -> str:
    async with database.write(acting(by)) as uow:
        return await issue_link_code(uow, by.member, CODE_KEY)


async def redeemed(database: Database, account: Account, code: str) -> Linked:
    async with database.write(actor(platform=account.platform, account_id=account.id, operation="link")) as uow:
        return await link_accounts(uow, account, codes.code_digest(code, CODE_KEY))


async def refusal(database: Database, account: Account, code: str) -> DomainError:
    """Redeem a code that is refused, and write what the refusal carries, as the dispatcher does."""
    with pytest.raises(DomainError) as caught:
        await redeemed(database, account, code)
    async with database.write(actor(account_id=account.id)) as uow:
        for trace in caught.value.traces:
            await trace.write(uow)
    return caught.value


async def acts_for(database: Database, account: Account) -> str | None:
    async with database.read(actor()) as uow:
        _, member = await find_who(uow, account.installation_id, account.user)
    return None if member is None else member.id


async def test_both_accounts_act_for_who_issued_the_code_and_have_one_set_of_books(
    database: Database, builder: Builder, workspace_id: str
) -> None:
    telegram = await builder.member(workspace_id, Role.MANAGER, name="Maya")
    slack = await builder.member(workspace_id, Role.EMPLOYEE, name="maya.b", platform="slack")
    mine = await builder.expense(telegram, words="taxi")
    theirs = await builder.expense(slack, words="hotel")
    linked = await redeemed(database, slack.account, await code_of(database, telegram))
    assert (linked.merged, linked.platforms) == (True, ("slack", "telegram"))
    assert (linked.member.id, linked.member.name, linked.member.role) == (telegram.member.id, "Maya", Role.MANAGER)
    for account in (telegram.account, slack.account):
        assert await acts_for(database, account) == telegram.member.id
    async with database.read(acting(telegram)) as uow:
        page, count = await expenses.own_expenses(uow, telegram.member.id, offset=0, limit=10)
        assert ({each.id for each in page}, count) == ({mine.id, theirs.id}, 2)
        assert await queries.accounts_of_member(uow, telegram.member.id) != []
        gone = await uow.session.get_one(MemberRow, slack.member.id)
        assert (gone.merged_into_id, gone.removed_at) == (telegram.member.id, uow.now)
        assert await queries.colleague(uow, slack.member.id) is None
    # The card that was sent to Slack before goes on working there.
    async with database.write(acting(By(member=linked.member, account=slack.account))) as uow:
        by = By(member=linked.member, account=slack.account)
        changed = await categorise_expense(uow, by, theirs.id, None, "lodging")
    assert changed.owner_id == telegram.member.id


async def test_each_row_that_changes_its_owner_is_in_the_audit_in_one_transaction(
    database: Database, builder: Builder, workspace_id: str
) -> None:
    telegram = await builder.member(workspace_id)
    slack = await builder.member(workspace_id, platform="slack")
    moved = [await builder.expense(slack, words=f"taxi {number}") for number in range(3)]
    await redeemed(database, slack.account, await code_of(database, telegram))
    async with database.read(acting(telegram)) as uow:
        entries = (await uow.session.scalars(select(AuditRow).where(AuditRow.operation == "link"))).all()
    assert len({entry.at for entry in entries}) == 1
    by_kind = {kind: [entry for entry in entries if entry.subject_kind == kind] for kind in ("expenses", "members")}
    assert {entry.subject_id for entry in by_kind["expenses"]} == {each.id for each in moved}
    for entry in by_kind["expenses"]:
        assert (entry.before, entry.after) == ({"owner_id": slack.member.id}, {"owner_id": telegram.member.id})
        assert (entry.member_id, entry.account_id) == (slack.member.id, slack.account.id)
    (gone,) = by_kind["members"]
    assert (gone.subject_id, gone.after["merged_into_id"]) == (slack.member.id, telegram.member.id)


async def test_whoever_was_not_in_the_books_yet_comes_in_as_the_member(
    database: Database, builder: Builder, workspace_id: str
) -> None:
    telegram = await builder.member(workspace_id, Role.FINANCE, name="Maya")
    stranger = await builder.account("maya", platform="slack")
    linked = await redeemed(database, stranger, await code_of(database, telegram))
    assert (linked.merged, linked.member.id) == (False, telegram.member.id)
    assert await acts_for(database, stranger) == telegram.member.id


async def test_menus_follow_on_both_platforms(database: Database, builder: Builder, workspace_id: str) -> None:
    telegram = await builder.member(workspace_id, Role.ADMIN)
    slack = await builder.member(workspace_id, platform="slack")
    code = await code_of(database, telegram)
    heard: list[str] = []
    database.listen(MENU, heard.append)
    await redeemed(database, slack.account, code)
    assert set(heard) == {telegram.account.id, slack.account.id}


# ---- nothing is forgotten ----

ONE_OF_TWO = {"account_members.account_id,member_id", "people.member_id", "approvers.approval_id,member_id"}
"""Unique keys that allow one of two rows, looked at: the kept member's row stays, and takes over what names the other."""


def test_the_unique_keys_over_members_are_known() -> None:
    found = set()
    for mapper, column in references_to(table_of(MemberRow)):
        table = table_of(mapper.class_)
        keys = [tuple(table.primary_key.columns)]
        keys += [tuple(each.columns) for each in table.constraints if isinstance(each, UniqueConstraint)]
        found |= {f"{table.name}.{','.join(sorted(each.name for each in key))}" for key in keys if column in key}
    assert found <= ONE_OF_TWO


def test_a_column_that_names_a_member_has_a_foreign_key_or_a_reason() -> None:
    """The trail says who it was at the time, and outlives what it speaks of."""
    named = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if ("member" in column.name or "owner_id" in column.name or "manager" in column.name)
        and not any(key.column.table is table_of(MemberRow) for key in column.foreign_keys)
    }
    assert named == {"audit.member_id"}


async def test_no_row_names_the_other_member_afterwards(
    database: Database, builder: Builder, workspace_id: str
) -> None:
    telegram = await builder.member(workspace_id, Role.ADMIN, name="Maya")
    slack = await builder.member(workspace_id, Role.MANAGER, name="maya.b", platform="slack")
    report = await builder.member(workspace_id, name="Ben")
    await builder.expense(slack)
    await code_of(database, slack)
    async with database.write(acting(telegram)) as uow:
        await change_member(uow, report.member.id, 1, role=Role.EMPLOYEE, manager_id=slack.member.id, department=None)
    await redeemed(database, slack.account, await code_of(database, telegram))
    async with database.read(acting(telegram)) as uow:
        for mapper, column in references_to(table_of(MemberRow)):
            attribute = getattr(mapper.class_, mapper.get_property_by_column(column).key)
            left = await uow.session.scalar(
                select(func.count()).select_from(mapper.class_).where(attribute == slack.member.id)
            )
            assert left == 0, f"{column} still names the member who is gone"
        ben = await queries.member(uow, report.member.id)
        assert ben is not None
        assert ben.manager_id == telegram.member.id
        assert await uow.session.scalar(select(func.count()).select_from(PersonRow)) == 2


async def test_of_two_rows_that_a_key_allows_once_the_kept_one_stays(
    database: Database, builder: Builder, workspace_id: str
) -> None:
    first, second = [await builder.member(workspace_id, name=name) for name in ("Maya", "Ben")]
    async with database.write(acting(first)) as uow:
        await rename_references(uow, table_of(MemberRow), second.member.id, first.member.id)
        links = (await uow.session.scalars(select(AccountMemberRow).order_by(AccountMemberRow.created_at))).all()
        assert [link.member_id for link in links] == [first.member.id] * 2
        (person,) = (await uow.session.scalars(select(PersonRow))).all()
        assert (person.member_id, person.name) == (first.member.id, "Maya")


# ---- who reports to whom ----


@pytest.mark.parametrize("between", [False, True], ids=["directly", "through a third"])
async def test_nobody_reports_to_themselves_or_in_a_circle_afterwards(
    database: Database, builder: Builder, workspace_id: str, between: bool
) -> None:
    """The kept one reports to the other: directly, or through somebody who does."""
    kept = await builder.member(workspace_id, Role.ADMIN, name="Maya")
    other = await builder.member(workspace_id, Role.MANAGER, name="maya.b", platform="slack")
    third = await builder.member(workspace_id, name="Tom")
    above = {kept.member.id: third.member.id if between else other.member.id}
    above |= {third.member.id: other.member.id} if between else {other.member.id: third.member.id}
    async with database.write(acting(kept)) as uow:
        for member_id, manager_id in above.items():
            member = await queries.colleague(uow, member_id)
            assert member is not None
            await change_member(
                uow, member_id, member.version, role=member.role, manager_id=manager_id, department=None
            )
    await redeemed(database, other.account, await code_of(database, kept))
    async with database.read(acting(kept)) as uow:
        lines = await queries.reporting_lines(uow)
    assert lines == {kept.member.id: third.member.id, third.member.id: None}


# ---- what is refused, and changes nothing ----


async def test_a_code_is_for_linking_alone_for_ten_minutes_and_once(
    database: Database, builder: Builder, clock: FakeClock, workspace_id: str
) -> None:
    telegram = await builder.member(workspace_id)
    slack = await builder.member(workspace_id, platform="slack")
    stranger = await builder.account("Eve", platform="slack")
    with pytest.raises(CodeUnknown):
        await builder.redeem(stranger, await code_of(database, telegram))  # it lets nobody in
    late = await code_of(database, telegram)
    clock.advance(codes.LINK_CODE_VALID)
    assert isinstance(await refusal(database, slack.account, late), LinkCodeUnknown)
    older = await code_of(database, telegram)
    newer = await code_of(database, telegram)
    assert isinstance(await refusal(database, slack.account, older), LinkCodeUnknown)  # one at a time
    clock.advance(codes.LINK_CODE_VALID - timedelta(microseconds=1))
    await redeemed(database, slack.account, newer)
    assert isinstance(await refusal(database, stranger, newer), LinkCodeUnknown)
    async with database.read(actor()) as uow:
        digests = {row.digest for row in await uow.session.scalars(select(CodeRow))}
    assert newer not in digests


async def test_an_invitation_links_nobody(database: Database, builder: Builder) -> None:
    acme = await builder.workspace()
    slack = await builder.member(acme.workspace_id, platform="slack")
    assert isinstance(await refusal(database, slack.account, acme.admin_code), LinkCodeUnknown)


async def test_guessing_is_slowed_down_together_with_other_codes(
    database: Database, builder: Builder, workspace_id: str
) -> None:
    telegram = await builder.member(workspace_id)
    mallory = await builder.account("Mallory", platform="slack")
    for number in range(codes.ATTEMPTS_MAX):
        assert isinstance(await refusal(database, mallory, f"WRONG{number}"), LinkCodeUnknown)
    assert isinstance(await refusal(database, mallory, await code_of(database, telegram)), TooManyCodes)


async def test_ones_own_account_is_no_second_one(database: Database, builder: Builder, workspace_id: str) -> None:
    telegram = await builder.member(workspace_id)
    slack = await builder.member(workspace_id, platform="slack")
    code = await code_of(database, telegram)
    assert isinstance(await refusal(database, telegram.account, code), AlreadyLinked)
    await redeemed(database, slack.account, code)  # the refusal did not use it up
    assert isinstance(await refusal(database, slack.account, await code_of(database, telegram)), AlreadyLinked)


async def test_a_person_has_one_account_on_a_platform(database: Database, builder: Builder, workspace_id: str) -> None:
    first = await builder.member(workspace_id)
    second = await builder.member(workspace_id, name="Ben")
    refused = await refusal(database, second.account, await code_of(database, first))
    assert isinstance(refused, LinkSamePlatform)
    assert refused.platform == "Telegram"
    # Neither by way of an account elsewhere that is linked to one of them already.
    slack = await builder.member(workspace_id, platform="slack")
    await redeemed(database, slack.account, await code_of(database, second))
    assert isinstance(await refusal(database, slack.account, await code_of(database, first)), LinkSamePlatform)
    assert await acts_for(database, second.account) == second.member.id


async def test_books_are_never_carried_into_another_workspace(
    database: Database, builder: Builder, workspace_id: str
) -> None:
    other = await builder.workspace("Other")
    telegram = await builder.member(workspace_id)
    slack = await builder.member(other.workspace_id, platform="slack")
    assert isinstance(await refusal(database, slack.account, await code_of(database, telegram)), LinkAcrossWorkspaces)
    assert await acts_for(database, slack.account) == slack.member.id


async def test_a_stranger_from_another_workspaces_team_stays_one(
    database: Database, builder: Builder, workspace_id: str
) -> None:
    other = await builder.workspace("Other")
    await builder.redeem(await builder.account("Boss", platform="slack"), other.admin_code)  # binds the team
    telegram = await builder.member(workspace_id)
    guest = await builder.account("Guest", platform="slack")
    assert isinstance(await refusal(database, guest, await code_of(database, telegram)), TeamBelongsElsewhere)


async def test_a_removed_account_comes_back_by_invitation_alone(
    database: Database, builder: Builder, workspace_id: str
) -> None:
    boss = await builder.member(workspace_id, Role.ADMIN, name="Boss")
    telegram = await builder.member(workspace_id)
    slack = await builder.member(workspace_id, platform="slack")
    code = await code_of(database, telegram)
    async with database.write(acting(boss)) as uow:
        await remove_member(uow, boss.member.id, slack.member.id, None)
    assert isinstance(await refusal(database, slack.account, code), AccountRemoved)
    async with database.write(acting(boss)) as uow:
        await remove_member(uow, boss.member.id, telegram.member.id, None)
    stranger = await builder.account("Eve", platform="slack")
    assert isinstance(await refusal(database, stranger, code), LinkCodeUnknown)  # its issuer is gone


async def test_the_last_admin_does_not_vanish_into_an_employee(
    database: Database, builder: Builder, workspace_id: str
) -> None:
    telegram = await builder.member(workspace_id, name="Maya")
    slack = await builder.member(workspace_id, Role.ADMIN, name="maya.b", platform="slack")
    await builder.expense(slack)
    assert isinstance(await refusal(database, slack.account, await code_of(database, telegram)), LastAdmin)
    async with database.read(acting(slack)) as uow:
        assert [row.owner_id for row in await uow.session.scalars(select(ExpenseRow))] == [slack.member.id]
    linked = await redeemed(database, telegram.account, await code_of(database, slack))  # the other way round it works
    assert linked.member.role is Role.ADMIN
