"""Who people are and what they may do. Pure."""

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


class Permission(StrEnum):
    """What a command, a button or a form may ask for."""

    OWN_EXPENSES = "own-expenses"
    MEMBERS_INVITE = "members-invite"


_EVERYBODY = frozenset({Permission.OWN_EXPENSES})

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.EMPLOYEE: _EVERYBODY,
    Role.MANAGER: _EVERYBODY,
    Role.FINANCE: _EVERYBODY,
    Role.ADMIN: _EVERYBODY | {Permission.MEMBERS_INVITE},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A chat account: one person's identity on one installation of one platform. `user` and `channel` are the platform's ids.

    `channel`: the private chat with the bot, None until it is known. `language`: what the platform hinted at, one we speak.
    """

    id: str
    platform: str
    installation_id: str
    user: str
    channel: str | None
    name: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person in a workspace, with what everything that they say is read by. `currency` is the business's base currency."""

    id: str
    workspace_id: str
    business_id: str
    name: str
    role: Role
    language: str
    time_zone: str
    currency: str

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
