"""What names a row by a foreign key, found in the metadata: no table can be forgotten when two members become one."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Table, UniqueConstraint, inspect, select
from sqlalchemy.orm import Mapper

from core.store.base import Base
from core.store.unit_of_work import UnitOfWork


def references_to(table: Table) -> Iterator[tuple[Mapper[Any], Column[Any]]]:
    """Yield each mapped class and column that is a foreign key to the `id` of `table`, in the order of their names."""
    found = [
        (mapper, column)
        for mapper in Base.registry.mappers
        for column in table_of(mapper.class_).columns
        if any(key.column.table is table for key in column.foreign_keys)
    ]
    yield from sorted(found, key=lambda each: str(each[1]))


async def rename_references(uow: UnitOfWork, table: Table, old_id: str, new_id: str) -> set[str]:
    """Have every row that names one row of `table` name another instead, which stands from then on for both.

    Returns the ids of the rows that changed, of whichever tables.

    Where a unique key allows one of two rows only (both members were asked about the same expense), the one that names
    the new row already stays, and takes over what names the other. Row by row, through the session, so that what is audited
    leaves its trail.
    """
    changed: set[str] = set()
    for mapper, column in references_to(table):
        attribute = mapper.get_property_by_column(column).key
        rows = (await uow.session.scalars(select(mapper).where(getattr(mapper.class_, attribute) == old_id))).all()
        for row in rows:
            twin = await _twin(uow, mapper, column, row, new_id)
            if twin is None:
                setattr(row, attribute, new_id)
                changed |= {row.id} if "id" in mapper.columns else set()
                continue
            if "id" in mapper.columns:
                changed |= await rename_references(uow, table_of(mapper.class_), row.id, twin.id)
            await uow.session.delete(row)
        await uow.session.flush()
    return changed


async def _twin(uow: UnitOfWork, mapper: Mapper[Any], column: Column[Any], row: Any, new_id: str) -> Any:
    """Return the row that stands in the way of `row` naming `new_id` in `column`, None where nothing does."""
    for key in _unique_keys(table_of(mapper.class_)):
        if column not in key:
            continue
        names = {each: mapper.get_property_by_column(each).key for each in key}
        wanted = {name: new_id if each is column else getattr(row, name) for each, name in names.items()}
        if None in wanted.values():
            continue
        same = (getattr(mapper.class_, name) == value for name, value in wanted.items())
        twin = (await uow.session.scalars(select(mapper).where(*same))).first()
        if twin is not None:
            return twin
    return None


def _unique_keys(table: Table) -> Iterator[tuple[Column[Any], ...]]:
    yield tuple(table.primary_key.columns)
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield tuple(constraint.columns)
    for index in table.indexes:
        if index.unique:
            yield tuple(index.columns)


def table_of(cls: type[Any]) -> Table:
    """Return the table that a class is kept in."""
    table = inspect(cls).local_table
    if not isinstance(table, Table):
        raise TypeError(f"{cls.__name__} is kept in no table of its own")
    return table
