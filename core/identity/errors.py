"""What may be wrong with codes and roles."""

from dataclasses import dataclass
from typing import ClassVar

from core.kernel.errors import DomainError, Kind


@dataclass(eq=False)
class CodeUnknown(DomainError):
    """No such code, or it was used, or it has expired: which of these is not told, as it would help who guesses."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND


@dataclass(eq=False)
class TooManyCodes(DomainError):
    """This account has tried too many wrong codes. `minutes`: how long to wait."""

    minutes: int
    kind: ClassVar[Kind] = Kind.LIMIT


@dataclass(eq=False)
class AlreadyMember(DomainError):
    """The account is a member of that workspace already."""

    workspace: str
    kind: ClassVar[Kind] = Kind.CONFLICT


@dataclass(eq=False)
class TeamBelongsElsewhere(DomainError):
    """This Slack team is bound to another workspace: its people cannot join a second one from here."""

    kind: ClassVar[Kind] = Kind.CONFLICT


@dataclass(eq=False)
class NotPermitted(DomainError):
    """The member's role does not allow it."""

    kind: ClassVar[Kind] = Kind.FORBIDDEN
