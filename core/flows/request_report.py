"""Somebody asks for a report's chart, or for its rows: made by a durable job, and sent when it is ready."""

from core.audit.attempts import ForbiddenAttempt
from core.identity.errors import NotPermitted
from core.identity.rules import Account, Member
from core.kernel.months import Month
from core.queue.service import enqueue
from core.reports.rules import NEEDS, Scope
from core.store.unit_of_work import UnitOfWork

CHART_JOB, EXPORT_JOB = "draw-chart", "write-export"
REPORT_FAILED = "report-failed"
"""The notice that a file of a report did not come."""


def report_refused(scope: Scope) -> NotPermitted:
    """Return the refusal of a scope that a role does not allow, with its trace: no button of theirs offers it."""
    refusal = NotPermitted()
    refusal.traces.append(ForbiddenAttempt(f"report:{scope.value}"))
    return refusal


async def request_chart(uow: UnitOfWork, member: Member, account: Account, scope: Scope, month: Month) -> None:
    """Have the chart of a report drawn and sent to the account. Raises NotPermitted."""
    await _request(uow, CHART_JOB, member, account, scope, month)


async def request_export(uow: UnitOfWork, member: Member, account: Account, scope: Scope, month: Month) -> None:
    """Have the rows of a report written and sent to the account. Raises NotPermitted."""
    await _request(uow, EXPORT_JOB, member, account, scope, month)


async def _request(uow: UnitOfWork, kind: str, member: Member, account: Account, scope: Scope, month: Month) -> None:
    if not member.may(NEEDS[scope]):
        raise report_refused(scope)
    payload = {"member": member.id, "account": account.id, "scope": scope.value, "month": str(month)}
    await enqueue(uow, kind, f"{kind}:{uow.new_id()}", payload)
