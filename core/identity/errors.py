"""What may be wrong with codes and roles."""

from dataclasses import dataclass
from typing import ClassVar

from core.audit.attempts import ForbiddenAttempt
from core.kernel.errors import DomainError, Kind


@dataclass(eq=False)
class CodeUnknown(DomainError):
    """No such code, or it was used, or it has expired: which of these is not told, as it would help who guesses."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND


@dataclass(eq=False)
class LinkCodeUnknown(CodeUnknown):
    """The same, where an account was to be linked: the person makes the next code themselves."""


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


@dataclass(eq=False)
class AccountRemoved(DomainError):
    """An admin removed the member that this account acted for: only an invitation leads back."""

    kind: ClassVar[Kind] = Kind.FORBIDDEN


@dataclass(eq=False)
class AlreadyLinked(DomainError):
    """The account acts already for the member who asked for the code: it belongs into another platform's chat."""

    kind: ClassVar[Kind] = Kind.CONFLICT


@dataclass(eq=False)
class LinkSamePlatform(DomainError):
    """Both members have an account on this platform, and one member has one account on each."""

    platform: str
    kind: ClassVar[Kind] = Kind.CONFLICT


@dataclass(eq=False)
class LinkDecided(DomainError):
    """One of the two has decided on an expense of the other: linked, somebody would have decided on their own."""

    kind: ClassVar[Kind] = Kind.CONFLICT


@dataclass(eq=False)
class LinkAcrossWorkspaces(DomainError):
    """The code is of another workspace than those that the account belongs to: books are never carried across."""

    kind: ClassVar[Kind] = Kind.FORBIDDEN


@dataclass(eq=False)
class MemberNotFound(DomainError):
    """There is no such member in this workspace, or none any more: a button may name one of another's, so it is noted."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __post_init__(self) -> None:
        """Leave a trace, wherever it is raised."""
        DomainError.__post_init__(self)
        self.traces.append(ForbiddenAttempt("member"))


@dataclass(eq=False)
class MemberChanged(DomainError):
    """The card or form shows an older version of the member. `version`: the present one, None where they were removed, or put
    back: nothing that was meant for them as they were can be meant any more.
    """

    name: str
    version: int | None
    kind: ClassVar[Kind] = Kind.CONFLICT


@dataclass(eq=False)
class LastAdmin(DomainError):
    """Without this admin nobody could invite or look after members any more."""

    field: ClassVar[str] = "role"
    name: str
    kind: ClassVar[Kind] = Kind.CONFLICT


@dataclass(eq=False)
class NotOneself(DomainError):
    """Nobody removes oneself: somebody must stay who can undo it."""

    kind: ClassVar[Kind] = Kind.FORBIDDEN


@dataclass(eq=False)
class ManagerImpossible(DomainError):
    """Oneself, or somebody who reports to the member: approvals would go round in a circle."""

    field: ClassVar[str] = "manager"
    name: str
    kind: ClassVar[Kind] = Kind.INVALID


@dataclass(eq=False)
class ManagerNotFound(DomainError):
    """The manager is no member of this workspace, or none any more."""

    field: ClassVar[str] = "manager"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


@dataclass(eq=False)
class WorkspaceNotYours(DomainError):
    """The account does not belong to that workspace, or no longer does; that it was tried is noted where it belongs."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __post_init__(self) -> None:
        """Leave a trace, wherever it is raised."""
        DomainError.__post_init__(self)
        self.traces.append(ForbiddenAttempt("workspace"))
