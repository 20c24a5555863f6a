"""Every table is declared for one tenant or for the system, and what SQLite would let slip is refused by STRICT."""

from typing import Any

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from core.schema import metadata
from core.store.base import Audited, Base, System, Tenant
from core.store.database import Database

SYSTEM = {
    "account_members",
    "accounts",
    "code_attempts",
    "group_chats",
    "inbox",
    "installations",
    "lanes",
    "one_time_codes",
    "work_queue",
    "workspaces",
}
TENANT = {
    "approval_decisions",
    "approval_questions",
    "approvals",
    "approvers",
    "audit",
    "businesses",
    "card_copies",
    "categories",
    "dialogs",
    "expenses",
    "files",
    "members",
    "people",
    "receipts",
    "stored_lists",
    "workspace_counters",
}
AUDITED = {
    "approval_decisions",
    "approval_questions",
    "approvals",
    "approvers",
    "businesses",
    "categories",
    "expenses",
    "members",
    "one_time_codes",
    "receipts",
    "workspaces",
}


def declared(mark: type) -> set[str]:
    return {
        str(inspect(mapper.class_).local_table) for mapper in Base.registry.mappers if issubclass(mapper.class_, mark)
    }


def test_each_table_is_declared_once_and_stands_in_these_lists() -> None:
    assert (declared(System), declared(Tenant), declared(Audited)) == (SYSTEM, TENANT, AUDITED)
    assert not SYSTEM & TENANT
    assert set(metadata.tables) == SYSTEM | TENANT


def test_each_row_of_a_tenant_names_its_workspace() -> None:
    columns = {table: metadata.tables[table].c.get("workspace_id") for table in TENANT}
    assert [table for table, column in columns.items() if column is None or column.nullable] == []


async def test_sqlite_keeps_only_what_a_column_is_declared_for(sqlite_database: Database) -> None:
    async with sqlite_database.reader.connect() as connection:
        rows = await connection.execute(text("SELECT name, strict FROM pragma_table_list WHERE type = 'table'"))
        loose = {name for name, strict in rows if not strict and not name.startswith("sqlite_")}
    assert loose == {"alembic_version"}  # a migration tool's own


async def test_foreign_keys_hold_on_both_databases(database: Database) -> None:
    insert = "INSERT INTO workspace_counters (workspace_id, kind, last_number) VALUES ('nobody', 'expense', 1)"
    with pytest.raises(IntegrityError):
        async with database.writer.begin() as connection:
            await connection.execute(text(insert))


async def test_both_databases_have_the_same_tables(database: Database) -> None:
    def columns(connection: Any) -> dict[str, set[str]]:
        found = inspect(connection)
        return {table: {column["name"] for column in found.get_columns(table)} for table in found.get_table_names()}

    async with database.reader.connect() as connection:
        stored = await connection.run_sync(columns)
    assert stored.pop("alembic_version") == {"version_num"}
    assert stored == {name: {column.name for column in table.columns} for name, table in metadata.tables.items()}
