"""What may be wrong with a decision, a question or an answer."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from core.kernel.errors import DomainError, Kind


@dataclass(eq=False)
class ApprovalNotFound(DomainError):
    """There is no such request, or this person has nothing to do with it: which of the two is not told."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND


@dataclass(eq=False)
class OwnExpense(DomainError):
    """Nobody decides on an expense of their own."""

    kind: ClassVar[Kind] = Kind.FORBIDDEN


@dataclass(eq=False)
class AlreadyApproved(DomainError):
    """Somebody else was faster, and approved."""

    name: str
    number: int
    at: datetime
    kind: ClassVar[Kind] = Kind.CONFLICT


@dataclass(eq=False)
class AlreadyRejected(DomainError):
    """Somebody else was faster, and rejected."""

    name: str
    number: int
    at: datetime
    kind: ClassVar[Kind] = Kind.CONFLICT


@dataclass(eq=False)
class ApprovedByYou(DomainError):
    """The person has approved this before, as by the first of two taps."""

    number: int
    at: datetime
    kind: ClassVar[Kind] = Kind.CONFLICT


@dataclass(eq=False)
class RejectedByYou(DomainError):
    """The person has rejected this before."""

    number: int
    at: datetime
    kind: ClassVar[Kind] = Kind.CONFLICT


@dataclass(eq=False)
class ApprovalWithdrawn(DomainError):
    """The owner changed the expense: there is a newer request about it."""

    name: str
    number: int
    at: datetime
    kind: ClassVar[Kind] = Kind.CONFLICT


@dataclass(eq=False)
class ApprovalTakenBack(DomainError):
    """The owner took the expense back: nobody has to decide on it."""

    name: str
    number: int
    at: datetime
    kind: ClassVar[Kind] = Kind.CONFLICT


@dataclass(eq=False)
class QuestionNotFound(DomainError):
    """There is no such question, or it was not put to this person."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND


@dataclass(eq=False)
class QuestionAnswered(DomainError):
    """The question has its answer already."""

    kind: ClassVar[Kind] = Kind.CONFLICT
