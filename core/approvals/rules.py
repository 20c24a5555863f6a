"""Who is asked, who may decide, and what follows from decisions. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.identity.rules import Member, Permission, Role

REASON_LENGTH_MAX = 500
QUESTION_LENGTH_MAX = 500
ANSWER_LENGTH_MAX = 500


class Verdict(StrEnum):
    """What somebody decided."""

    APPROVED = "approved"
    REJECTED = "rejected"


class ApprovalState(StrEnum):
    """Where a request for approval is. WITHDRAWN: the expense was changed, and a new request took its place.

    TAKEN_BACK: the owner took the expense back while nobody had decided.
    """

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    TAKEN_BACK = "taken-back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How an expense is approved. `tiers`: how many approvals it needs, one after the other, at least one."""

    tiers: int = 1

    def __post_init__(self) -> None:
        """Raise ValueError for a policy that would approve what nobody saw."""
        if self.tiers < 1:
            raise ValueError(f"{self.tiers} tiers: somebody has to approve")


SINGLE = Policy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What follows: the state of the request, and the tier that decides next, counted from 0; None where it has ended."""

    state: ApprovalState
    tier: int | None


def next_step(policy: Policy, decisions: Sequence[Verdict]) -> Step:
    """Return what follows from the decisions so far, in their order: one rejection ends it, each approval is a tier's.

    What was decided after the end changes nothing.
    """
    for tier, verdict in enumerate(decisions[: policy.tiers]):
        if verdict is Verdict.REJECTED:
            return Step(state=ApprovalState.REJECTED, tier=None)
        if tier + 1 == policy.tiers:
            return Step(state=ApprovalState.APPROVED, tier=None)
    return Step(state=ApprovalState.PENDING, tier=len(decisions))


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody who might be asked. `account_id`: where they are written to, None where no account can be reached."""

    member: Member
    account_id: str | None


def whom_to_ask(owner: Member, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Return who is asked about an expense: the owner's manager, else all of finance, else all admins, never the owner.

    Only who may decide and can be reached counts; () where nobody is left.
    """
    able = [each for each in candidates if _is_able(each, owner)]
    for group in (
        [each for each in able if each.member.id == owner.manager_id],
        [each for each in able if each.member.role is Role.FINANCE],
        [each for each in able if each.member.role is Role.ADMIN],
    ):
        if group:
            return tuple(group)
    return ()


def _is_able(candidate: Candidate, owner: Member) -> bool:
    member = candidate.member
    return member.id != owner.id and can_decide(member) and candidate.account_id is not None


def can_decide(member: Member) -> bool:
    """Tell whether a member may decide on anything at all."""
    return not member.removed and member.may(Permission.APPROVALS_DECIDE)


def may_see(member: Member, owner_id: str, asked: Collection[str]) -> bool:
    """Tell whether a member may see a request: its owner, who was asked, and who oversees all. `asked`: ids of members."""
    return not member.removed and (
        member.id == owner_id or member.id in asked or member.may(Permission.APPROVALS_OVERSEE)
    )


def may_decide(member: Member, owner_id: str, asked: Collection[str]) -> bool:
    """Tell whether a member may decide: who was asked or oversees all, in a role that decides, and never on one's own."""
    return (
        member.id != owner_id
        and can_decide(member)
        and (member.id in asked or member.may(Permission.APPROVALS_OVERSEE))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Approver:
    """Somebody who was asked. `account_id`: where the card was sent, None where it was not."""

    member_id: str
    name: str
    account_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What somebody decided, when, and why where they rejected."""

    member_id: str
    name: str
    verdict: Verdict
    reason: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What an approver wanted to know, and the owner's answer once there is one."""

    id: str
    approval_id: str
    asked_by_id: str
    asked_by: str
    question: str
    asked_at: datetime
    answer: str | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One request about one version of an expense. `questions`: all about the expense, those of earlier requests too."""

    id: str
    version: int
    expense_id: str
    expense_version: int
    owner_id: str
    owner_name: str
    state: ApprovalState
    asked_at: datetime
    closed_at: datetime | None
    approvers: tuple[Approver, ...]
    decision: Decision | None
    questions: tuple[Question, ...]

    @property
    def asked(self) -> frozenset[str]:
        """Return the ids of the members who were asked."""
        return frozenset(each.member_id for each in self.approvers)
