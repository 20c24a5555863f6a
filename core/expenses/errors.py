"""What may be wrong with what somebody wants of an expense."""

from dataclasses import dataclass
from typing import ClassVar

from core.audit.attempts import ForbiddenAttempt
from core.kernel.errors import DomainError, Kind


@dataclass(eq=False)
class ExpenseNotFound(DomainError):
    """There is no such expense, or it is another person's: which of the two is not told, and that it was tried is noted."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __post_init__(self) -> None:
        """Leave a trace, wherever it is raised: the buttons of one's own cards lead to expenses of one's own."""
        DomainError.__post_init__(self)
        self.traces.append(ForbiddenAttempt("expense"))


@dataclass(eq=False)
class ExpenseChanged(DomainError):
    """The card that was tapped, or the form that was sent, shows an older version. `version`: the present one."""

    number: int
    version: int
    kind: ClassVar[Kind] = Kind.CONFLICT


@dataclass(eq=False)
class AlreadySubmitted(DomainError):
    """The expense is submitted: what was asked for has happened, as by the first of two taps."""

    number: int
    kind: ClassVar[Kind] = Kind.CONFLICT


@dataclass(eq=False)
class NotSubmitted(DomainError):
    """What is to be taken back is not submitted: it never was, or has been taken back before."""

    number: int
    kind: ClassVar[Kind] = Kind.CONFLICT


@dataclass(eq=False)
class AlreadyDeleted(DomainError):
    """The expense is deleted: that was asked for and has happened, or nothing else can be done with it before it is back."""

    number: int
    kind: ClassVar[Kind] = Kind.CONFLICT


@dataclass(eq=False)
class AlreadyRestored(DomainError):
    """The expense is not deleted any more: its deletion was undone before."""

    number: int
    kind: ClassVar[Kind] = Kind.CONFLICT


@dataclass(eq=False)
class ExpenseClosed(DomainError):
    """The expense is submitted or decided: it cannot be changed any more."""

    number: int
    kind: ClassVar[Kind] = Kind.CONFLICT


@dataclass(eq=False)
class AmountNotPositive(DomainError):
    """An expense of nothing, or of less."""

    field: ClassVar[str] = "amount"
    kind: ClassVar[Kind] = Kind.INVALID


@dataclass(eq=False)
class AmountTooLarge(DomainError):
    """An expense of more than EXPENSE_MINOR_MAX minor units, whatever the currency."""

    field: ClassVar[str] = "amount"
    kind: ClassVar[Kind] = Kind.INVALID
