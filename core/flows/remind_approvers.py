"""Reminds whoever lets an expense wait for more than a working day of theirs, once a day, while they work."""

from dataclasses import dataclass

from core.approvals import queries
from core.approvals.notices import REMINDER, reminder
from core.approvals.rules import Approval, Candidate, can_decide, whom_to_ask
from core.approvals.working_time import after_working_time, working_day
from core.conversations.outgoing import tell
from core.conversations.subjects import Notice, Private
from core.expenses.queries import find_expense
from core.identity.rules import Member
from core.kernel.clock import local_date
from core.queue.queries import known_keys
from core.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """Whom to remind, where, of what. `dedupe_key`: kind, subject, recipient and the recipient's local date."""

    notice: Notice
    account_id: str
    dedupe_key: str


async def due_reminders(uow: UnitOfWork) -> list[Reminder]:
    """Return the reminders of the unit's workspace that are due now and have not been sent today."""
    due = [
        await _reminder(uow, approval, candidate)
        for approval in await queries.pending_approvals(uow)
        for candidate in await _waited_for(uow, approval)
        if _is_due(uow, approval, candidate.member)
    ]
    known = await known_keys(uow, [each.dedupe_key for each in due if each is not None])
    return [each for each in due if each is not None and each.dedupe_key not in known]


async def remind_approvers(uow: UnitOfWork) -> int:
    """Send what is due; return how many reminders that is. Replicas that tick together send each of them once."""
    due = await due_reminders(uow)
    for each in due:
        await tell(uow, each.notice, Private(each.account_id), dedupe_key=each.dedupe_key)
    return len(due)


async def _waited_for(uow: UnitOfWork, approval: Approval) -> tuple[Candidate, ...]:
    """Return who was asked, can still decide and can be reached; where that is nobody, who would be asked now."""
    asked = [await queries.candidate(uow, member_id) for member_id in sorted(approval.asked - {approval.owner_id})]
    able = tuple(each for each in asked if each and can_decide(each.member) and each.account_id is not None)
    if able:
        return able
    owner = await queries.candidate(uow, approval.owner_id)
    return () if owner is None else whom_to_ask(owner.member, await queries.candidates(uow, owner.member))


def _is_due(uow: UnitOfWork, approval: Approval, member: Member) -> bool:
    hours = member.working_hours
    if not hours.cover(member.local(uow.now)) or not member.notifications.allow(needs_me=True):
        return False
    return after_working_time(approval.asked_at, working_day(hours), hours, member.time_zone) <= uow.now


async def _reminder(uow: UnitOfWork, approval: Approval, candidate: Candidate) -> Reminder | None:
    expense = await find_expense(uow, approval.expense_id)
    if expense is None or candidate.account_id is None:
        return None
    today = local_date(uow.now, candidate.member.time_zone)
    return Reminder(
        notice=reminder(approval, expense),
        account_id=candidate.account_id,
        dedupe_key=f"{REMINDER}:{approval.id}:{candidate.member.id}:{today.isoformat()}",
    )
