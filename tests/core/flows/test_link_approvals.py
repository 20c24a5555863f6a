"""When two members become one, or one leaves: no decision ends up on one's own expense, and no request waits for nobody."""

import asyncio

import pytest
from sqlalchemy import select

from core.approvals.errors import OwnExpense
from core.approvals.rules import Approval, ApprovalState, Verdict
from core.approvals.tables import DecisionRow
from core.conversations.subjects import Subject
from core.expenses.queries import own_expense
from core.expenses.tables import ExpenseRow
from core.flows.decide_approval import decide_approval
from core.flows.link_accounts import link_accounts
from core.flows.manage_members import Place, change_member, remove_member
from core.flows.meet import enter_current_workspace
from core.flows.own_expenses import By
from core.identity import codes, queries
from core.identity.errors import LinkDecided
from core.identity.rules import Role
from core.identity.service import issue_link_code
from core.store.database import Database
from core.store.unit_of_work import ChangedMeanwhile
from tests.fixtures.office import Office
from tests.fixtures.people import CODE_KEY, Builder, acting, actor


@pytest.fixture
async def office(database: Database, builder: Builder) -> Office:
    return Office(database, builder, (await builder.workspace()).workspace_id)


@pytest.fixture
async def mara(office: Office) -> By:
    """A manager, who writes from Slack."""
    return await office.person("Mara", Role.MANAGER, "slack")


@pytest.fixture
async def mia(office: Office, mara: By) -> By:
    """Reports to Mara, and writes from Telegram; she is the same person."""
    return await office.change(await office.person("Mia"), manager_id=mara.member.id)


async def link(office: Office, issuer: By, other: By) -> By:
    """Have the other account join the issuer's member; return who acts there now."""
    async with office.database.write(acting(issuer)) as uow:
        code = await issue_link_code(uow, issuer.member, CODE_KEY)
    async with office.database.write(actor(platform=other.account.platform, account_id=other.account.id)) as uow:
        linked = await link_accounts(uow, other.account, codes.code_digest(code, CODE_KEY))
    return By(member=linked.member, account=other.account)


async def approve(office: Office, by: By, approval: Approval) -> Approval:
    """Approve as the dispatcher does: who it is, is looked up inside the transaction."""
    async with office.database.write(actor(platform=by.account.platform)) as uow:
        member = await enter_current_workspace(uow, by.account, hold=True)
        assert member is not None
        now = By(member=member, account=by.account)
        return await decide_approval(uow, now, approval.id, approval.version, Verdict.APPROVED)


@pytest.mark.parametrize("kept", ["owner", "approver"])
async def test_an_open_request_to_oneself_goes_to_the_next_approver(
    office: Office, mia: By, mara: By, kept: str
) -> None:
    finn = await office.person("Finn", Role.FINANCE)
    expense, approval = await office.submitted(mia)
    assert [each.name for each in approval.approvers] == ["Mara"]
    await link(office, *((mia, mara) if kept == "owner" else (mara, mia)))
    after = await office.now(approval)
    assert (after.state, [each.name for each in after.approvers]) == (ApprovalState.PENDING, ["Finn"])
    card = {"show": Subject("approval", approval.id), "fresh": True}
    assert any(queued | card == queued for queued in await office.queued(finn))
    person = mia if kept == "owner" else mara
    for account in (mia.account, mara.account):
        with pytest.raises(OwnExpense):
            await approve(office, By(member=person.member, account=account), after)
    decided = await approve(office, finn, after)
    assert decided.state is ApprovalState.APPROVED
    async with office.database.read(acting(person)) as uow:
        assert await own_expense(uow, person.member.id, expense.id) is not None


async def test_a_request_that_others_were_asked_about_as_well_stays_with_them(office: Office) -> None:
    """All of finance was asked, one of whom turns out to be the owner; and both of a pair, who count once from then on."""
    mia = await office.person("Mia")
    first, second, third = [
        await office.person(name, Role.FINANCE, platform)
        for name, platform in (("Finn", "slack"), ("Fay", "telegram"), ("Flo", "slack"))
    ]
    _, approval = await office.submitted(mia)
    assert {each.name for each in approval.approvers} == {"Finn", "Fay", "Flo"}
    await link(office, second, third)
    assert {each.name for each in (await office.now(approval)).approvers} == {"Finn", "Fay"}
    await link(office, mia, first)
    assert {each.name for each in (await office.now(approval)).approvers} == {"Fay"}


@pytest.mark.parametrize("kept", ["owner", "approver"])
async def test_who_has_decided_on_the_others_expense_is_not_linked(
    office: Office, mia: By, mara: By, kept: str
) -> None:
    _, approval = await office.submitted(mia)
    await approve(office, mara, approval)
    with pytest.raises(LinkDecided):
        await link(office, *((mia, mara) if kept == "owner" else (mara, mia)))


async def test_a_decision_and_a_link_in_the_same_instant_never_make_a_decision_on_ones_own(office: Office) -> None:
    for number in range(8):
        mara = await office.person(f"Mara {number}", Role.MANAGER, "slack")
        mia = await office.change(await office.person(f"Mia {number}"), manager_id=mara.member.id)
        _, approval = await office.submitted(mia)
        outcomes = await asyncio.gather(
            approve(office, mara, approval), link(office, mia, mara), return_exceptions=True
        )
        refused = [type(each) for each in outcomes if isinstance(each, BaseException)]
        assert set(refused) <= {OwnExpense, LinkDecided, ChangedMeanwhile}
        async with office.database.read(actor(office.workspace_id)) as uow:
            owner_id = await uow.session.scalar(select(ExpenseRow.owner_id).where(ExpenseRow.id == approval.expense_id))
            statement = select(DecisionRow.member_id).where(DecisionRow.approval_id == approval.id)
            deciders = list(await uow.session.scalars(statement))
        assert owner_id not in deciders


async def test_open_cards_in_both_chats_are_brought_up_to_date(office: Office, mia: By, mara: By) -> None:
    """A card names the version that it shows: without that, the next tap on it would come too late."""
    expense = await office.builder.expense(mara)
    await office.sees(mara, Subject("expense", expense.id))
    before = len(await office.queued(mara))
    await link(office, mia, mara)
    queued = (await office.queued(mara))[before:]
    assert any(each.get("show") == Subject("expense", expense.id) for each in queued)


# ---- who leaves, or loses a role ----


async def test_what_waits_for_somebody_who_leaves_goes_to_the_next(office: Office, mia: By, mara: By) -> None:
    boss, finn = await office.person("Boss", Role.ADMIN), await office.person("Finn", Role.FINANCE)
    _, approval = await office.submitted(mia)
    async with office.database.write(acting(boss)) as uow:
        await remove_member(uow, boss, mara.member.id, None)
    assert [each.name for each in (await office.now(approval)).approvers] == ["Finn"]
    async with office.database.write(acting(boss)) as uow:
        seen = await queries.colleague(uow, finn.member.id)
        assert seen is not None
        place = Place(role=Role.EMPLOYEE, manager_id=None, department=None)
        await change_member(uow, boss, finn.member.id, seen.version, place)
    assert [each.name for each in (await office.now(approval)).approvers] == ["Boss"]
    card = {"show": Subject("approval", approval.id), "fresh": True}
    assert any(queued | card == queued for queued in await office.queued(boss))
