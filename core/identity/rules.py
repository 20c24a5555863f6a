"""Who people are and what they may do. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo


class Role(StrEnum):
    """What a member is in a workspace."""

    EMPLOYEE = "employee"
    MANAGER = "manager"
    FINANCE = "finance"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """Return how much the role may, from 0: a code may raise somebody to a higher one, and never lowers."""
        return list(Role).index(self)


class Notifications(StrEnum):
    """What a member wants to hear of unasked. Answers to what they do themselves always come."""

    ALL = "all"
    NEEDED = "needed"
    NONE = "none"

    def allow(self, *, needs_me: bool) -> bool:
        """Tell whether a notice may be sent; `needs_me`: it waits for this member to do something."""
        return self is Notifications.ALL or (self is Notifications.NEEDED and needs_me)


MONDAY, FRIDAY, SUNDAY = 1, 5, 7
"""Days of the week as ISO 8601 counts them."""
DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingHours:
    """When a member works, on the clock of their wall. `days`: ISO 8601 weekdays, 1 Monday to 7 Sunday, at least one.

    `starts_minute` and `ends_minute`: minutes after midnight; the end is exclusive, after the start, 1440 at the most.
    """

    days: frozenset[int] = frozenset(range(MONDAY, FRIDAY + 1))
    starts_minute: int = 9 * 60
    ends_minute: int = 17 * 60

    def __post_init__(self) -> None:
        """Raise ValueError for hours that nobody can work."""
        if not self.days or not self.days <= frozenset(range(MONDAY, SUNDAY + 1)):
            raise ValueError(f"{sorted(self.days)} are no days of a week")
        if not 0 <= self.starts_minute < self.ends_minute <= DAY_MINUTES:
            raise ValueError(f"from minute {self.starts_minute} to minute {self.ends_minute} is no part of a day")

    def cover(self, local: datetime) -> bool:
        """Tell whether a time on the member's wall clock lies within."""
        minute = local.hour * 60 + local.minute
        return local.isoweekday() in self.days and self.starts_minute <= minute < self.ends_minute


class Permission(StrEnum):
    """What a command, a button or a form may ask for."""

    OWN_EXPENSES = "own-expenses"
    MEMBERS_INVITE = "members-invite"
    MEMBERS_READ = "members-read"
    MEMBERS_MANAGE = "members-manage"
    APPROVALS_DECIDE = "approvals-decide"
    APPROVALS_OVERSEE = "approvals-oversee"
    REPORTS_TEAM = "reports-team"
    REPORTS_ALL = "reports-all"


_EVERYBODY = frozenset({Permission.OWN_EXPENSES})
_OVERSEERS = _EVERYBODY | {Permission.APPROVALS_DECIDE, Permission.APPROVALS_OVERSEE, Permission.REPORTS_ALL}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.EMPLOYEE: _EVERYBODY,
    Role.MANAGER: _EVERYBODY | {Permission.APPROVALS_DECIDE, Permission.REPORTS_TEAM},
    Role.FINANCE: _OVERSEERS | {Permission.MEMBERS_READ},
    Role.ADMIN: _OVERSEERS | {Permission.MEMBERS_READ, Permission.MEMBERS_INVITE, Permission.MEMBERS_MANAGE},
}
DEPARTMENT_LENGTH_MAX = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A chat account: one person's identity on one installation of one platform. `user` and `channel` are the platform's ids.

    `channel`: the private chat with the bot, None until it is known. `language`: what the platform hinted at, one we speak.
    `acts_in`: the workspace that the event at hand is of, one of the account's own; None: the one that it works in.
    """

    id: str
    platform: str
    installation_id: str
    user: str
    channel: str | None
    name: str
    language: str
    acts_in: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person in a workspace, with what everything that they say is read by. `currency` is the business's base currency.

    `manager_id`: the member whom they report to, who may have been removed since (`queries.manager_of` minds that).
    """

    id: str
    workspace_id: str
    business_id: str
    name: str
    role: Role
    language: str
    time_zone: str
    currency: str
    manager_id: str | None = None
    department: str | None = None
    working_hours: WorkingHours = WorkingHours()
    notifications: Notifications = Notifications.ALL
    removed: bool = False

    @property
    def permissions(self) -> frozenset[Permission]:
        """Return what the role allows."""
        return PERMISSIONS[self.role]

    def may(self, permission: Permission | None) -> bool:
        """Tell whether the role allows it; everybody may what needs nothing."""
        return permission is None or permission in self.permissions

    def local(self, instant: datetime) -> datetime:
        """Return an aware instant on the clock of the member's wall."""
        return instant.astimezone(ZoneInfo(self.time_zone))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a member chooses for themselves. `language`: one that we speak; `time_zone`: an IANA name."""

    language: str
    time_zone: str
    working_hours: WorkingHours
    notifications: Notifications


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """A member as those see it who look after members. `platforms`: where the person's accounts are, each once, by name.

    `manager`: the name of the one whom they report to, None where nobody is, or who was has been removed.
    """

    id: str
    version: int
    name: str
    role: Role
    manager_id: str | None
    manager: str | None
    department: str | None
    platforms: tuple[str, ...]
    removed: bool


def reports_to(member_id: str, above_id: str, managers: Mapping[str, str | None]) -> bool:
    """Tell whether a member is `above_id`, or reports to it however far up. `managers`: who reports to whom, by member id."""
    seen: set[str] = set()
    current: str | None = member_id
    while current is not None and current not in seen:
        if current == above_id:
            return True
        seen.add(current)
        current = managers.get(current)
    return False
