"""The unit of work: one transaction, one tenant, one actor. The only place that commits."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, cast

from sqlalchemy import AliasedReturnsRows, ClauseElement, FromClause, TableClause, bindparam, event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction, with_loader_criteria
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.sql.visitors import iterate

from core.kernel.clock import Clock
from core.kernel.errors import DomainError, Kind
from core.kernel.guards import point, write_transaction_marked
from core.kernel.ids import new_id
from core.store.base import Audited, Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who does something, on whose behalf: the audit trail's "who", "through which platform" and "what for".

    `workspace_id` None: the deployment itself; tables of tenants are then out of reach.
    """

    platform: str
    operation: str
    workspace_id: str | None = None
    member_id: str | None = None
    account_id: str | None = None
    trace_id: str | None = None


WORKSPACE = "workspace_of_unit"
"""The parameter of every statement on tenants' tables that is the unit's workspace."""
OF_THE_WORKSPACE = with_loader_criteria(
    Tenant,
    lambda cls: cls.workspace_id == bindparam("workspace_of_unit"),
    include_aliases=True,
    track_closure_variables=False,
)

Signal = tuple[str, str]
Listener = Callable[[str], None]


class TrailMissingError(RuntimeError):
    """A process writes audited rows without having imported the trail. Always a fault of ours."""


class TenancyError(RuntimeError):
    """Code reached for rows of a tenant without one, or of another than its own. Always a fault of ours."""


@dataclass(eq=False)
class ChangedMeanwhile(DomainError):
    """Somebody else changed the row first: what one saw is no longer so."""

    kind: ClassVar[Kind] = Kind.CONFLICT


class StoreSession(Session):
    """A session that knows its unit of work (`info["unit_of_work"]`); the events below hold it to one tenant.

    `keeps_trail` is set by core/audit/trail.py when it is imported, and nothing audited is written before that.
    """

    keeps_trail: ClassVar[bool] = False


class UnitOfWork:
    """One transaction. `now` is the instant of its beginning, the same for everything inside it.

    `connection` is for what needs no session: core/store/statements.py. The session is made for whoever asks for it.
    """

    def __init__(self, connection: AsyncConnection, clock: Clock, actor: Actor) -> None:
        """Wrap an open connection; made by Database alone."""
        self.connection = connection
        self.now: datetime = clock.now()
        self.actor = actor
        self.signals: set[Signal] = set()
        self._session: AsyncSession | None = None
        self._last_acts: dict[LastAct, list[Any]] = {}

    @property
    def session(self) -> AsyncSession:
        """Return the session on the connection, in the same transaction."""
        if self._session is None:
            self._session = AsyncSession(self.connection, expire_on_commit=False, sync_session_class=StoreSession)
            self._session.sync_session.info["unit_of_work"] = self
        return self._session

    async def flush(self) -> None:
        """Write what the session holds back, if there is one."""
        session = self._session
        if session is not None and (session.new or session.dirty or session.deleted):
            await session.flush()

    async def close(self) -> None:
        """Let go of the session, if there is one, and of the connection; what was not committed is rolled back."""
        try:
            if self._session is not None:
                await self._session.close()
        finally:
            await self.connection.close()

    @property
    def workspace_id(self) -> str:
        """Return the tenant. Raises TenancyError where there is none."""
        if self.actor.workspace_id is None:
            raise TenancyError("this unit of work has no workspace")
        return self.actor.workspace_id

    def enter(self, workspace_id: str, *, member_id: str | None = None) -> None:
        """Bind to a workspace: once, since one session has one tenant. A stranger's code leads here, and `init`."""
        if self.actor.workspace_id not in (None, workspace_id):
            raise TenancyError("a unit of work cannot change its workspace")
        self.actor = replace(self.actor, workspace_id=workspace_id, member_id=member_id or self.actor.member_id)

    def new_id(self) -> str:
        """Return a new identifier, made at `now`."""
        return new_id(self.now)

    def signal(self, topic: str, key: str) -> None:
        """Tell the listeners of `topic` about `key` right after the commit, and not at all when there is none."""
        self.signals.add((topic, key))

    def at_end(self, act: "LastAct", item: Any) -> None:
        """Have `act` called once, right before the commit, with all its items in order: for what holds others up until then."""
        self._last_acts.setdefault(act, []).append(item)

    async def act_at_end(self) -> None:
        """Do what was left for the end; called by `writing` alone."""
        for act, items in self._last_acts.items():
            await act(self, items)


LastAct = Callable[[UnitOfWork, list[Any]], Awaitable[None]]


@asynccontextmanager
async def writing(engine: AsyncEngine, clock: Clock, actor: Actor) -> AsyncIterator[UnitOfWork]:
    """Open the write transaction of one event and commit it at the end; any exception rolls all of it back.

    A point before the commit lets a fault test kill the process inside the transaction.
    """
    unit = UnitOfWork(await engine.connect(), clock, actor)
    try:
        with write_transaction_marked():
            yield unit
            await unit.flush()
            await unit.act_at_end()
            await unit.flush()
            point("transaction-before-commit")
            await unit.connection.commit()
    except StaleDataError as stale:
        raise ChangedMeanwhile from stale
    finally:
        await unit.close()


@asynccontextmanager
async def reading(engine: AsyncEngine, clock: Clock, actor: Actor) -> AsyncIterator[UnitOfWork]:
    """Open a transaction that only reads."""
    unit = UnitOfWork(await engine.connect(), clock, actor)
    try:
        yield unit
    finally:
        await unit.close()


def unit_of_work_of(session: Session) -> UnitOfWork:
    """Return the unit of work that a session belongs to, for listeners of its events."""
    unit = session.info["unit_of_work"]
    if not isinstance(unit, UnitOfWork):
        raise TenancyError("a session outside a unit of work")
    return unit


def tables_in(statement: ClauseElement) -> Iterator[str]:
    """Yield the names of all tables that a statement mentions, however deep inside."""
    for element in iterate(statement):
        table = element if isinstance(element, FromClause) else getattr(element, "table", None)
        while isinstance(table, AliasedReturnsRows):
            table = table.element
        if isinstance(table, TableClause):
            yield table.name


@event.listens_for(StoreSession, "do_orm_execute")
def _stay_with_one_tenant(state: ORMExecuteState) -> None:
    """Add the workspace to every ORM statement, and refuse what would go round the tenant or the audit trail."""
    changes = state.is_insert or state.is_update or state.is_delete
    if changes and any(issubclass(mapper.class_, Audited) for mapper in state.all_mappers):
        raise TenancyError("audited rows are changed one by one, through the session, so that each leaves its trail")
    workspace_id = unit_of_work_of(state.session).actor.workspace_id
    # The criteria below hold for classes; a bare table would be read as a whole.
    if workspace_id is None or not state.is_orm_statement:
        reached = Tenant.tenant_tables.intersection(tables_in(cast("ClauseElement", state.statement)))
        if reached:
            raise TenancyError(f"without a workspace, or without its class: {', '.join(sorted(reached))}")
        return
    if state.is_insert:
        return
    state.statement = state.statement.options(OF_THE_WORKSPACE)
    if isinstance(state.parameters, Sequence):
        raise TenancyError("many rows at once are changed by their keys, past the workspace")
    state.parameters = {**(state.parameters or {}), WORKSPACE: workspace_id}


@event.listens_for(StoreSession, "before_flush")
def _stamp_the_tenant(session: Session, _context: UOWTransaction, _instances: object) -> None:
    """Stamp new rows with the workspace, and refuse rows of another; refuse audited rows where nobody keeps the trail."""
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, Audited) and not StoreSession.keeps_trail:
            raise TrailMissingError("import core.schema before writing: core.audit.trail comes with it")
        if isinstance(row, Tenant):
            workspace_id = unit_of_work_of(session).workspace_id
            given: Any = row.workspace_id
            if given is None:
                row.workspace_id = workspace_id
            elif given != workspace_id:
                raise TenancyError(f"a {type(row).__name__} of another workspace")
