"""Which processes are at work on a PostgreSQL database: the leases of one that is gone need not run out.

Each holds an advisory lock on a connection of its own, which the server takes back when that connection ends, however the
process does (https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS). Where this cannot be seen,
as when a machine vanishes with its connections open, leases run out as before.
"""

import asyncio
import zlib
from collections.abc import Mapping

import structlog
from sqlalchemy import column, func, select, table
from sqlalchemy.ext.asyncio import AsyncConnection

from core.queue.queries import free_leases_of, lease_owners
from core.store.database import Database
from core.store.unit_of_work import Actor

LOCK_CLASS = 7_402_114
"""The first half of the locks' keys; any constant will do, as long as nobody else uses it in the same database."""
LOOK_S = 2.0
ABSENT_LOOKS = 3
"""How often in a row a process is missed before what it began is taken over: a server that was restarted has let go of all
locks, and each process that lives takes its own again within LOOK_S.
"""
_SYSTEM = Actor(platform="system", operation="presence")
_LOCKS = table("pg_locks", *(column(name) for name in ("locktype", "database", "classid", "objid", "granted")))
_DATABASES = table("pg_database", column("oid"), column("datname"))

logger = structlog.get_logger()


class Presence:
    """Shows others that this process lives, and frees what processes left that are gone. On SQLite it does nothing."""

    def __init__(self, database: Database, owner: str) -> None:
        """Take the store, and the name of this process in leases."""
        self._database = database
        self._owner = owner
        self._connection: AsyncConnection | None = None
        self._missed: Mapping[str, int] = {}
        self._looking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Be present, before anything is leased; free at once what is left of processes that are gone."""
        if self._database.dialect == "sqlite":
            return
        await self.look(patience=1)
        self._looking = asyncio.create_task(self._look_forever(), name="presence")

    async def stop(self) -> None:
        """Be gone."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        await self._let_go()

    async def look(self, patience: int = ABSENT_LOOKS) -> None:
        """Stay present, and free the leases of processes that were missed in so many looks one after the other."""
        connection = await self._present()
        # In this order: who leases something was present before.
        async with self._database.read(_SYSTEM) as uow:
            owners = await lease_owners(uow)
        present = await _locks(connection)
        self._missed = {owner: self._missed.get(owner, 0) + 1 for owner in owners if _key(owner) not in present}
        gone = [owner for owner, missed in self._missed.items() if missed >= patience]
        if gone:
            logger.warning("what a process began that is gone is taken over", processes=len(gone))
            async with self._database.write(_SYSTEM) as uow:
                await free_leases_of(uow, gone)

    async def _look_forever(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            await self.look_again()

    async def look_again(self) -> None:
        """Look as every LOOK_S; a store that is away is logged, and asked on a new connection the next time."""
        try:
            await self.look()
        except Exception:  # the looking outlives a store that is away; it is logged
            logger.exception("it could not be seen who is at work")
            await self._let_go()

    async def _present(self) -> AsyncConnection:
        """Return a connection that holds this process's lock."""
        if self._connection is None:
            opened = await self._database.writer.connect()
            self._connection = await opened.execution_options(isolation_level="AUTOCOMMIT")
        if _key(self._owner) not in await _locks(self._connection):
            await self._connection.execute(select(func.pg_try_advisory_lock(LOCK_CLASS, _key(self._owner))))
        return self._connection

    async def _let_go(self) -> None:
        """End the connection; back in the pool, it would keep the lock."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.invalidate()
            await connection.close()


async def _locks(connection: AsyncConnection) -> set[int]:
    """Return the second halves of the keys that are held in this database."""
    here = select(_DATABASES.c.oid).where(_DATABASES.c.datname == func.current_database()).scalar_subquery()
    held = select(_LOCKS.c.objid).where(
        _LOCKS.c.locktype == "advisory", _LOCKS.c.database == here, _LOCKS.c.classid == LOCK_CLASS, _LOCKS.c.granted
    )
    return {int(key) for key in await connection.scalars(held)}


def _key(owner: str) -> int:
    return zlib.crc32(owner.encode()) & 0x7FFF_FFFF  # PostgreSQL's integer, which has a sign
