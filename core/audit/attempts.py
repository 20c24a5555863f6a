"""What was tried and refused: the one kind of audit row that no change stands behind."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from core.audit.tables import AuditRow
from core.audit.trail import digest
from core.store.unit_of_work import UnitOfWork

FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class ForbiddenAttempt:
    """The trace of something that a role does not allow. `what`: the operation that was refused."""

    what: str

    async def write(self, unit_of_work: Any) -> None:
        """Write it; an attempt outside any workspace has no trail to stand in, and is left to the log."""
        if unit_of_work.actor.workspace_id is None:
            return
        attempt_id = unit_of_work.new_id()
        actor = unit_of_work.actor
        entry = AuditRow(
            id=attempt_id,
            workspace_id=unit_of_work.workspace_id,
            at=unit_of_work.now,
            member_id=actor.member_id,
            account_id=actor.account_id,
            platform=actor.platform,
            operation=actor.operation,
            trace_id=actor.trace_id,
            action=FORBIDDEN,
            subject_kind="attempts",
            subject_id=attempt_id,
            subject_version=1,
            before={},
            after={"what": self.what},
        )
        entry.digest = digest(entry)
        unit_of_work.session.add(entry)


async def attempts_since(uow: UnitOfWork, account_id: str, since: datetime) -> int:
    """Return how many attempts of an account stand in the unit's trail since then."""
    statement = (
        select(func.count())
        .select_from(AuditRow)
        .where(AuditRow.action == FORBIDDEN, AuditRow.account_id == account_id, AuditRow.at > since)
    )
    return int((await uow.session.scalar(statement)) or 0)
