"""Two statements that both databases understand and SQLAlchemy writes differently for each."""

from typing import Any

from sqlalchemy import CursorResult
from sqlalchemy.dialects import postgresql, sqlite

from core.store.unit_of_work import UnitOfWork


def insert_into(uow: UnitOfWork, table: type) -> Any:
    """Return an INSERT that may go on with on_conflict_do_update or on_conflict_do_nothing. No tenant is applied to it."""
    dialect = uow.session.get_bind().dialect.name
    return (postgresql.insert if dialect == "postgresql" else sqlite.insert)(table)


async def changed_one(uow: UnitOfWork, statement: Any) -> bool:
    """Run a guarded UPDATE and tell whether its WHERE still held for the one row it names."""
    result = await uow.session.execute(statement.execution_options(synchronize_session=False))
    if not isinstance(result, CursorResult):
        raise TypeError("an UPDATE answers with a cursor")
    return result.rowcount == 1
