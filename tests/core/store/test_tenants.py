"""One session has one tenant: whatever a query looks like, it reaches no other's rows."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import bindparam, delete, exists, func, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import aliased

from core.categories.tables import CategoryRow
from core.conversations.tables import StoredListRow
from core.expenses.tables import ExpenseRow
from core.flows.own_expenses import By
from core.identity.tables import AccountMemberRow, MemberRow, PersonRow
from core.store.database import Database
from core.store.statements import prepared, prepared_insert
from core.store.unit_of_work import TenancyError, UnitOfWork
from core.tenancy.tables import BusinessRow, WorkspaceRow
from tests.fixtures.people import Builder, acting, actor


@pytest.fixture
async def mine_and_theirs(builder: Builder) -> tuple[By, By]:
    """A member with three expenses, and one of another workspace with five."""
    mia = await builder.member((await builder.workspace("Mine")).workspace_id, name="Mia")
    tom = await builder.member((await builder.workspace("Theirs")).workspace_id, name="Tom")
    for by, count in ((mia, 3), (tom, 5)):
        for _ in range(count):
            await builder.expense(by)
    return mia, tom


other = aliased(ExpenseRow)
numbers = select(ExpenseRow.number, ExpenseRow.owner_id).cte("numbers")
in_subquery = select(ExpenseRow.owner_id).subquery()

# Each asks for all expenses in another way, and may find three of them, whoever else has some.
EVERYTHING: dict[str, Any] = {
    "entity": select(ExpenseRow),
    "columns": select(ExpenseRow.id),
    "alias": select(other.id),
    "cte": select(numbers.c.number),
    "subquery": select(in_subquery.c.owner_id),
    "join": select(ExpenseRow.id).join(MemberRow, MemberRow.id == ExpenseRow.owner_id),
    "join from a system table": select(ExpenseRow.id)
    .select_from(AccountMemberRow)
    .join(ExpenseRow, ExpenseRow.owner_id == AccountMemberRow.member_id),
    "join to an alias": select(other.id).select_from(MemberRow).join(other, other.owner_id == MemberRow.id),
    "outer join": select(ExpenseRow.id).outerjoin(CategoryRow, CategoryRow.id == ExpenseRow.category_id),
    "union": select(ExpenseRow.id).union(select(ExpenseRow.id)),
}


async def test_a_query_finds_the_rows_of_its_tenant_alone(database: Database, mine_and_theirs: tuple[By, By]) -> None:
    for by, count in zip(mine_and_theirs, (3, 5), strict=True):
        async with database.read(acting(by)) as uow:
            found = {name: len((await uow.session.execute(query)).all()) for name, query in EVERYTHING.items()}
        assert found == dict.fromkeys(EVERYTHING, count)


async def test_a_prepared_query_does_so_too(database: Database, mine_and_theirs: tuple[By, By]) -> None:
    statements = {name: prepared(query) for name, query in EVERYTHING.items()}
    for by, count in zip(mine_and_theirs, (3, 5), strict=True):
        async with database.read(acting(by)) as uow:
            found = {name: len((await statement.run(uow)).all()) for name, statement in statements.items()}
        assert found == dict.fromkeys(EVERYTHING, count)


async def test_counts_and_existence_tell_nothing_of_others(database: Database, mine_and_theirs: tuple[By, By]) -> None:
    mia, tom = mine_and_theirs
    async with database.read(acting(mia)) as uow:
        assert await uow.session.scalar(select(func.count()).select_from(ExpenseRow)) == 3
        assert await uow.session.scalar(select(exists(select(MemberRow).where(MemberRow.name == "Tom")))) is False
        with_expenses = AccountMemberRow.member_id.in_(select(ExpenseRow.owner_id))
        owners = await uow.session.scalars(select(AccountMemberRow.member_id).where(with_expenses))
        assert list(owners) == [mia.member.id]
        left = select(AccountMemberRow.member_id, MemberRow.name).outerjoin(
            MemberRow, MemberRow.id == AccountMemberRow.member_id
        )
        assert dict((await uow.session.execute(left)).all()) == {mia.member.id: "Mia", tom.member.id: None}


async def test_a_row_of_another_is_not_there_by_its_id(database: Database, mine_and_theirs: tuple[By, By]) -> None:
    mia, tom = mine_and_theirs
    async with database.read(acting(mia)) as uow:
        assert await uow.session.get(MemberRow, mia.member.id) is not None
        assert await uow.session.get(MemberRow, tom.member.id) is None


async def test_updates_and_deletes_stay_with_their_tenant(database: Database, mine_and_theirs: tuple[By, By]) -> None:
    mia, tom = mine_and_theirs
    async with database.write(acting(mia)) as uow:
        await uow.session.execute(update(PersonRow).values(name="changed"))
        await uow.session.execute(delete(PersonRow).where(PersonRow.name != "changed"))
    async with database.read(acting(tom)) as uow:
        assert list(await uow.session.scalars(select(PersonRow.name))) == ["Tom"]


async def test_prepared_changes_stay_with_their_tenant_and_prepared_rows_are_stamped(
    database: Database, mine_and_theirs: tuple[By, By]
) -> None:
    mia, tom = mine_and_theirs
    rename, add = prepared(update(PersonRow).values(name=bindparam("new_name"))), prepared_insert(StoredListRow)
    async with database.write(acting(mia)) as uow:
        assert await rename.changes_one(uow, new_name="changed")
        row = {"id": uow.new_id(), "account_id": mia.account.id, "kind": "mine", "filters": {}, "page": 0}
        await add.run(uow, **row, created_at=uow.now)
    async with database.read(acting(tom)) as uow:
        assert list(await uow.session.scalars(select(PersonRow.name))) == ["Tom"]
        assert list(await uow.session.scalars(select(StoredListRow.id))) == []
    async with database.read(acting(mia)) as uow:
        assert list(await uow.session.scalars(select(StoredListRow.kind))) == ["mine"]


async def test_a_prepared_query_finds_what_the_session_has_not_written_yet(
    database: Database, mine_and_theirs: tuple[By, By]
) -> None:
    names = prepared(select(PersonRow.name))
    async with database.write(acting(mine_and_theirs[0])) as uow:
        person = (await uow.session.scalars(select(PersonRow))).one()
        person.name = "Maria"
        assert (await names.run(uow)).scalars().all() == ["Maria"]


async def test_new_rows_are_stamped_and_those_of_another_refused(
    database: Database, mine_and_theirs: tuple[By, By]
) -> None:
    mia, tom = mine_and_theirs

    def stored_list(uow: UnitOfWork, **more: str) -> StoredListRow:
        return StoredListRow(
            id=uow.new_id(), account_id=mia.account.id, kind="mine", filters={}, page=0, created_at=uow.now, **more
        )

    async with database.write(acting(mia)) as uow:
        row = stored_list(uow)
        uow.session.add(row)
    assert row.workspace_id == mia.member.workspace_id

    with pytest.raises(TenancyError, match="another workspace"):
        async with database.write(acting(mia)) as uow:
            uow.session.add(stored_list(uow, workspace_id=tom.member.workspace_id))
    with pytest.raises(TenancyError, match="no workspace"):
        async with database.write(actor()) as uow:
            uow.session.add(stored_list(uow))
    with pytest.raises(TenancyError, match="another workspace"):
        async with database.write(acting(mia)) as uow:
            (await uow.session.get_one(StoredListRow, row.id)).workspace_id = tom.member.workspace_id


NOBODYS: dict[str, Callable[[], Any]] = {
    "entity": lambda: select(ExpenseRow),
    "columns": lambda: select(ExpenseRow.id),
    "count": lambda: select(func.count()).select_from(ExpenseRow),
    "join": lambda: select(WorkspaceRow.id).join(BusinessRow, BusinessRow.workspace_id == WorkspaceRow.id),
    "subquery": lambda: select(WorkspaceRow.id).where(WorkspaceRow.id.in_(select(BusinessRow.workspace_id))),
    "exists": lambda: select(exists(select(MemberRow.id))),
    "cte": lambda: select(select(ExpenseRow.id).cte().c.id),
    "alias": lambda: select(aliased(ExpenseRow).id),
    "update": lambda: update(PersonRow).values(name="changed"),
    "delete": lambda: delete(PersonRow),
}


@pytest.mark.parametrize("name", NOBODYS)
async def test_without_a_workspace_no_tenants_table_is_reached(sqlite_database: Database, name: str) -> None:
    async with sqlite_database.read(actor()) as uow:
        with pytest.raises(TenancyError):
            await uow.session.execute(NOBODYS[name]())
        with pytest.raises(TenancyError):
            await prepared(NOBODYS[name]()).run(uow)


@pytest.mark.parametrize(
    "statement",
    [
        select(ExpenseRow.__table__),
        select(func.count()).select_from(ExpenseRow.__table__),
        ExpenseRow.__table__.update().values(description="changed"),  # type: ignore[attr-defined]  # a Table it is
    ],
)
async def test_tables_without_their_classes_are_refused_as_no_tenant_holds_there(
    sqlite_database: Database, statement: Any
) -> None:
    async with sqlite_database.read(actor("01WORKSPACE")) as uow:
        with pytest.raises(TenancyError):
            await uow.session.execute(statement)
        with pytest.raises(TenancyError, match="past its class"):
            await prepared(statement).run(uow)


@pytest.mark.parametrize(
    "statement",
    [
        update(ExpenseRow).values(description="changed"),
        delete(ExpenseRow),
        insert(ExpenseRow).values(id="1", description="smuggled"),
    ],
)
async def test_audited_rows_are_not_changed_in_bulk(sqlite_database: Database, statement: Any) -> None:
    async with sqlite_database.read(actor("01WORKSPACE")) as uow:
        with pytest.raises(TenancyError, match="one by one"):
            await uow.session.execute(statement)


async def test_audited_rows_are_not_changed_by_prepared_statements(sqlite_database: Database) -> None:
    async with sqlite_database.read(actor("01WORKSPACE")) as uow:
        for statement in (update(ExpenseRow).values(description="changed"), delete(ExpenseRow)):
            with pytest.raises(TenancyError, match="one by one"):
                await prepared(statement).run(uow)
    with pytest.raises(TenancyError, match="one by one"):
        prepared_insert(ExpenseRow)


async def test_a_unit_of_work_stays_in_the_workspace_that_it_entered(sqlite_database: Database) -> None:
    async with sqlite_database.read(actor()) as uow:
        uow.enter("01MINE")
        uow.enter("01MINE", member_id="01MIA")
        assert (uow.workspace_id, uow.actor.member_id) == ("01MINE", "01MIA")
        with pytest.raises(TenancyError):
            uow.enter("01THEIRS")


async def test_a_reader_cannot_write(database: Database) -> None:
    async with database.read(actor("01MINE")) as uow:
        uow.session.add(WorkspaceRow(id="01MINE", name="x", language="en", time_zone="UTC", created_at=uow.now))
        with pytest.raises(DBAPIError, match=r"readonly|read-only"):
            await uow.session.flush()
