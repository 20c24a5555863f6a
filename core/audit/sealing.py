"""The chain over the audit trail: each seal covers the one before and a row's digest, so that no row can vanish unseen."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import select

from core.audit.tables import AuditRow, Entry
from core.audit.trail import digest
from core.store.unit_of_work import UnitOfWork

BATCH = 1000
"""How many rows one transaction seals at the most: writers wait for it."""
BEGINNING = "0" * 64
"""What the first seal stands on."""


async def seal_rows(uow: UnitOfWork) -> int:
    """Seal the rows of the unit's workspace that are not sealed yet, BATCH at the most; return how many were."""
    last = (
        await uow.session.scalars(
            select(AuditRow).where(AuditRow.seal_number.is_not(None)).order_by(AuditRow.seal_number.desc()).limit(1)
        )
    ).first()
    number, seal = (last.seal_number or 0, last.seal or BEGINNING) if last else (0, BEGINNING)
    waiting = select(AuditRow).where(AuditRow.seal_number.is_(None)).order_by(AuditRow.id).limit(BATCH)
    rows = (await uow.session.scalars(waiting)).all()
    for row in rows:
        number, seal = number + 1, next_seal(seal, row.digest)
        row.seal_number, row.seal = number, seal
    return len(rows)


def next_seal(seal: str, row_digest: str) -> str:
    """Return the seal over a row that follows `seal`: SHA-256, in hexadecimal."""
    return hashlib.sha256(f"{seal}:{row_digest}".encode()).hexdigest()


async def first_broken(uow: UnitOfWork) -> int | None:
    """Return the number of the first seal that does not hold in the unit's workspace, or None when all do."""
    return (await followed_chain(uow)).broken_at


async def followed_chain(uow: UnitOfWork) -> "Chain":
    """Return how the chain of the unit's workspace stands."""
    chain = Chain()
    sealed = select(AuditRow).where(AuditRow.seal_number.is_not(None)).order_by(AuditRow.seal_number)
    stream = await uow.session.stream_scalars(sealed.execution_options(yield_per=BATCH))
    try:
        async for row in stream:
            chain.follow(row)
            if chain.broken_at is not None:
                break
    finally:
        await stream.close()
    return chain


@dataclass(slots=True)
class Chain:
    """The seals of one workspace, followed row by row in the order of their numbers.

    `length`: how many hold, one after the other; `head`: the seal of the last of them; `broken_at`: the number at which
    the first does not, None when all do.
    """

    length: int = 0
    head: str = BEGINNING
    broken_at: int | None = None

    def follow(self, row: AuditRow | Entry) -> None:
        """Take the next row; after one that does not hold, nothing more is looked at."""
        if self.broken_at is not None:
            return
        seal = next_seal(self.head, row.digest)
        if row.seal_number != self.length + 1 or row.seal != seal or row.digest != digest(row):
            self.broken_at = self.length + 1
        else:
            self.length, self.head = self.length + 1, seal
