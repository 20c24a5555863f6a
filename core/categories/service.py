"""Makes and finds categories."""

from typing import Any

from sqlalchemy import bindparam, select

from core.categories.errors import CategoryUnknown
from core.categories.rules import DEFAULTS, FALLBACK, Category
from core.categories.tables import CategoryRow
from core.store.statements import prepared
from core.store.unit_of_work import UnitOfWork


async def create_defaults(uow: UnitOfWork) -> None:
    """Give a new workspace the default categories."""
    for position, (key, icon, colour) in enumerate(DEFAULTS):
        uow.session.add(CategoryRow(id=uow.new_id(), key=key, icon=icon, colour=colour, position=position))
    await uow.session.flush()


_CATEGORIES = select(CategoryRow.id, CategoryRow.key, CategoryRow.name, CategoryRow.icon, CategoryRow.colour)
_ALL = prepared(_CATEGORIES.order_by(CategoryRow.position))
_BY_ID = prepared(_CATEGORIES.where(CategoryRow.id == bindparam("category_id")))


async def categories(uow: UnitOfWork) -> tuple[Category, ...]:
    """Return the workspace's categories in their order."""
    return tuple(_category(row) for row in await _ALL.run(uow))


async def category_by_key(uow: UnitOfWork, key: str | None) -> Category:
    """Return the category of a key, or the fallback for None and for a key that the workspace does not have."""
    known = {each.key: each for each in await categories(uow)}
    return known.get(key or FALLBACK) or known[FALLBACK]


async def chosen_category(uow: UnitOfWork, key: str) -> Category:
    """Return the category that a person chose. Raises CategoryUnknown."""
    for each in await categories(uow):
        if each.key == key:
            return each
    raise CategoryUnknown


async def category(uow: UnitOfWork, category_id: str) -> Category:
    """Return a category by id. Raises CategoryUnknown."""
    row = (await _BY_ID.run(uow, category_id=category_id)).first()
    if row is None:
        raise CategoryUnknown
    return _category(row)


def _category(row: Any) -> Category:
    return Category(id=row.id, key=row.key, name=row.name, icon=row.icon, colour=row.colour)
