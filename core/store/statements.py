"""Statements that both databases understand, and those of the hot path, which are written once and then only filled in."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, CursorResult, Delete, Update
from sqlalchemy.dialects import postgresql, sqlite

from core.store.base import Audited, Tenant
from core.store.sqlite import AT_ONCE
from core.store.unit_of_work import OF_THE_WORKSPACE, WORKSPACE, TenancyError, UnitOfWork, tables_in


def insert_into(uow: UnitOfWork, table: type) -> Any:
    """Return an INSERT that may go on with on_conflict_do_update or on_conflict_do_nothing. No tenant is applied to it."""
    return _insert(uow.connection.dialect.name, table)


async def changed_one(uow: UnitOfWork, statement: Any) -> bool:
    """Run a guarded UPDATE and tell whether its WHERE still held for the one row it names."""
    result = await uow.session.execute(statement.execution_options(synchronize_session=False))
    if not isinstance(result, CursorResult):
        raise TypeError("an UPDATE answers with a cursor")
    return result.rowcount == 1


class Prepared:
    """A statement that is written once, with a bindparam for all that differs, and filled in each time.

    It runs on the unit's connection: what the session does for any statement, and SQLAlchemy for one that it has not seen,
    takes ten times as long as SQLite does. So rows are columns and not objects, what the session holds back is written
    before, and objects that the session has loaded do not notice what a prepared UPDATE changes.
    """

    def __init__(self, write: Callable[[str], tuple[Any, str | None]]) -> None:
        """Take what writes the statement for a dialect's name, and says which parameter is the workspace.

        It is called once for each dialect, at the first use.
        """
        self._write = write
        self._written: dict[str, tuple[Any, str | None]] = {}

    async def run(self, uow: UnitOfWork, **values: Any) -> CursorResult[Any]:
        """Run the statement with these values. Raises TenancyError where it needs a workspace and the unit has none."""
        await uow.flush()
        dialect = uow.connection.dialect.name
        if dialect not in self._written:
            statement, workspace = self._write(dialect)
            self._written[dialect] = statement.execution_options(**{AT_ONCE: True}), workspace
        statement, workspace = self._written[dialect]
        if workspace is not None:
            values[workspace] = uow.workspace_id
        return await uow.connection.run_sync(_execute, statement, values)

    async def changes_one(self, uow: UnitOfWork, **values: Any) -> bool:
        """Run a guarded change and tell whether its WHERE still held for the one row it names."""
        return (await self.run(uow, **values)).rowcount == 1


def _execute(connection: Connection, statement: Any, values: dict[str, Any]) -> CursorResult[Any]:
    return connection.execute(statement, values)


def prepared(statement: Any) -> Prepared:
    """Return a SELECT, UPDATE or DELETE of our classes, to be filled in; the workspace is applied as the session does it."""

    def write(_dialect: str) -> tuple[Any, str | None]:
        if isinstance(statement, Update | Delete):
            entity = statement.entity_description.get("entity")
            if isinstance(entity, type) and issubclass(entity, Audited):
                raise TenancyError(
                    "audited rows are changed one by one, through the session, so that each leaves its trail"
                )
        if Tenant.tenant_tables.isdisjoint(tables_in(statement)):
            return statement, None
        of_the_workspace = statement.options(OF_THE_WORKSPACE)
        if WORKSPACE not in of_the_workspace.compile().params:
            raise TenancyError("a prepared statement reaches a tenant's table past its class")
        return of_the_workspace, WORKSPACE

    return Prepared(write)


def prepared_insert(table: type, complete: Callable[[Any], Any] = lambda insert: insert) -> Prepared:
    """Return an INSERT of a row, column by column as `run` gives them; `complete` adds what to do on a conflict.

    A tenant's row is stamped with the unit's workspace. What `complete` changes on a conflict may be another workspace's
    row, and `complete` has to see to that.
    """
    if issubclass(table, Audited):
        raise TenancyError("audited rows are inserted one by one, through the session, so that each leaves its trail")
    workspace = "workspace_id" if issubclass(table, Tenant) else None
    return Prepared(lambda dialect: (complete(_insert(dialect, table)), workspace))


def _insert(dialect: str, table: type) -> Any:
    return (postgresql.insert if dialect == "postgresql" else sqlite.insert)(table)
