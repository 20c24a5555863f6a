"""Whose page is brought up to date, and when: on both databases."""

from dataclasses import replace

from core.approvals.queries import newest_approval
from core.approvals.rules import Verdict
from core.conversations.queries import copies_of
from core.conversations.subjects import Home, Subject
from core.flows.decide_approval import decide_approval
from core.flows.link_accounts import link_accounts
from core.flows.manage_members import Place, change_member, remove_member, restore_member
from core.flows.own_expenses import By, record_expense, submit_expense
from core.flows.show_home import HOME, open_home
from core.identity.codes import code_digest
from core.identity.queries import colleague
from core.identity.rules import Role
from core.identity.service import issue_link_code
from core.identity.tables import MemberRow
from core.queue.queries import first_open, open_lanes
from core.queue.service import finish
from core.store.database import Database
from tests.fixtures.people import CODE_KEY, Builder, acting, actor, said


async def pages(database: Database) -> list[str]:
    """Return the pages that wait to be shown, by lane, and have everything sent."""
    found = []
    async with database.write(actor()) as uow:
        for lane in sorted(await open_lanes(uow, "message")):
            while (work := await first_open(uow, lane)) is not None:
                found += [lane] if lane.startswith("home:") else []
                await finish(uow, work.id)
    return found


async def opened(database: Database, by: By) -> bool:
    async with database.write(acting(by)) as uow:
        return await open_home(uow, by.account)


async def test_a_page_is_opened_for_the_first_time_once(database: Database, builder: Builder) -> None:
    started = await builder.workspace()
    mia, ben = [await builder.member(started.workspace_id, name=name, platform="slack") for name in ("Mia", "Ben")]
    assert [await opened(database, by) for by in (mia, mia, ben, mia)] == [True, False, True, False]
    async with database.read(acting(mia)) as uow:
        assert await copies_of(uow, Subject(HOME, mia.account.id), Home(mia.account.id)) == []


async def test_a_change_shows_the_pages_of_those_whom_it_concerns(database: Database, builder: Builder) -> None:
    started = await builder.workspace()
    mia = await builder.member(started.workspace_id, name="Mia", platform="slack")
    ben = await builder.member(started.workspace_id, name="Ben", platform="slack")
    boss = await builder.member(started.workspace_id, Role.MANAGER, name="Boss", platform="slack")
    async with database.write(acting(boss)) as uow:
        (await uow.session.get_one(MemberRow, mia.member.id)).manager_id = boss.member.id
    mia = replace(mia, member=replace(mia.member, manager_id=boss.member.id))
    async with database.write(acting(mia)) as uow:
        await record_expense(uow, mia, said(), None)
    assert await pages(database) == [], "nobody has opened theirs"

    assert await opened(database, mia)
    assert await opened(database, boss)
    assert await opened(database, ben)
    async with database.write(acting(mia)) as uow:
        expense = await record_expense(uow, mia, said(), None)
        await record_expense(uow, mia, said(), None)
    assert await pages(database) == [f"home:{mia.account.id}"], "once a transaction"

    async with database.write(acting(mia)) as uow:
        await submit_expense(uow, mia, expense.id, expense.version)
        approval = await newest_approval(uow, expense.id)
    assert await pages(database) == sorted([f"home:{mia.account.id}", f"home:{boss.account.id}"])

    assert approval is not None
    async with database.write(acting(boss)) as uow:
        await decide_approval(uow, boss, approval.id, approval.version, Verdict.APPROVED)
    assert await pages(database) == sorted([f"home:{mia.account.id}", f"home:{boss.account.id}"])


async def version_of(database: Database, by: By) -> int:
    async with database.read(acting(by)) as uow:
        found = await colleague(uow, by.member.id)
    assert found is not None
    return found.version


def page_of(*people: By) -> list[str]:
    return sorted(f"home:{by.account.id}" for by in people)


async def test_who_is_removed_passed_on_to_or_gets_another_role_sees_it_on_their_page(
    database: Database, builder: Builder
) -> None:
    started = await builder.workspace()
    people = [
        await builder.member(started.workspace_id, role, name=role.value, platform="slack")
        for role in (Role.EMPLOYEE, Role.FINANCE, Role.FINANCE, Role.ADMIN)
    ]
    emma, finn, fatma, ada = people
    async with database.write(acting(emma)) as uow:
        expense = await record_expense(uow, emma, said(), None)
        await submit_expense(uow, emma, expense.id, expense.version)
    assert [await opened(database, by) for by in people] == [True] * 4
    await pages(database)

    async with database.write(acting(ada)) as uow:
        await remove_member(uow, ada, finn.member.id, None)
    assert await pages(database) == page_of(finn, fatma), "one is no member any more, the other is asked alone"
    async with database.write(acting(ada)) as uow:
        await restore_member(uow, ada, finn.member.id, None)
    assert await pages(database) == page_of(finn)

    async with database.write(acting(ada)) as uow:
        employee = Place(role=Role.EMPLOYEE, manager_id=None, department=None)
        await change_member(uow, ada, fatma.member.id, await version_of(database, fatma), employee)
    assert await pages(database) == page_of(fatma, finn), "what waited for her waits for the next"


async def test_who_links_an_account_sees_one_set_of_books_on_their_page(database: Database, builder: Builder) -> None:
    started = await builder.workspace()
    emma = await builder.member(started.workspace_id, name="Emma", platform="telegram")
    emilia = await builder.member(started.workspace_id, name="Emilia", platform="slack")
    assert await opened(database, emilia)
    await pages(database)
    async with database.write(acting(emma)) as uow:
        code = await issue_link_code(uow, emma.member, CODE_KEY)
    async with database.write(acting(emilia)) as uow:
        await link_accounts(uow, emilia.account, code_digest(code, CODE_KEY))
    assert await pages(database) == page_of(emilia)
