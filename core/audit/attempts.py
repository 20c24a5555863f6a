"""What was tried and refused: the one kind of audit row that no change stands behind."""

from dataclasses import dataclass
from typing import Any

from core.audit.tables import AuditRow
from core.audit.trail import digest


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
            action="forbidden",
            subject_kind="attempts",
            subject_id=attempt_id,
            subject_version=1,
            before={},
            after={"what": self.what},
        )
        entry.digest = digest(entry)
        unit_of_work.session.add(entry)
