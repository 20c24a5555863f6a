"""Reads of workspaces and their counters."""

from dataclasses import dataclass

from sqlalchemy import select

from core.store.statements import prepared_insert
from core.store.unit_of_work import UnitOfWork
from core.tenancy.tables import BusinessRow, CounterRow, WorkspaceRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A workspace and its default business. `currency`: the business's base currency, ISO 4217; `time_zone`: an IANA name."""

    id: str
    name: str
    language: str
    time_zone: str
    business_id: str
    currency: str


async def workspace(uow: UnitOfWork) -> Workspace:
    """Return the unit's workspace with its default business, the one that has been default for longest."""
    row = await uow.session.get_one(WorkspaceRow, uow.workspace_id)
    business = (await uow.session.scalars(select(BusinessRow).order_by(BusinessRow.is_default_since).limit(1))).one()
    return Workspace(
        id=row.id, name=row.name, language=row.language, time_zone=row.time_zone, business_id=business.id,
        currency=business.currency,
    )  # fmt: skip


async def lock_workspace(uow: UnitOfWork) -> None:
    """Hold the unit's workspace until the commit, for decisions that depend on several of its rows together.

    SQLite has one writer anyway; PostgreSQL locks the row, against others who ask for the same and not against rows that
    name the workspace: whoever writes one would wait here while it holds what this transaction needs next.
    """
    statement = select(WorkspaceRow.id).where(WorkspaceRow.id == uow.workspace_id)
    await uow.session.execute(statement.with_for_update(key_share=True))


async def workspace_names(uow: UnitOfWork) -> dict[str, str]:
    """Return all workspaces of the deployment, oldest first: their ids, and what they are called."""
    rows = await uow.session.execute(select(WorkspaceRow.id, WorkspaceRow.name).order_by(WorkspaceRow.id))
    return dict(rows.all())


_NEXT_NUMBER = prepared_insert(
    CounterRow,
    lambda insert: insert.on_conflict_do_update(
        index_elements=[CounterRow.workspace_id, CounterRow.kind], set_={"last_number": CounterRow.last_number + 1}
    ).returning(CounterRow.last_number),
)


async def next_number(uow: UnitOfWork, kind: str) -> int:
    """Return the next number of a kind ("expense") in this workspace: 1, 2, 3 …, without gaps, as the row stays locked."""
    return int((await _NEXT_NUMBER.run(uow, kind=kind, last_number=1)).scalar_one())
