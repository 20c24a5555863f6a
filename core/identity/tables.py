"""Members and people of workspaces; chat accounts and how the two are joined; group chats; one-time codes."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.identity.rules import Notifications, Role, WorkingHours
from core.store.base import Audited, Base, System, Tenant, strict
from core.store.types import Choice, Count, Flag, Id, Instant, Words

DEFAULT_HOURS = WorkingHours()
DEFAULT_DAYS = "".join(str(day) for day in sorted(DEFAULT_HOURS.days))


class MemberRow(Audited, Tenant, Base):
    """Somebody with a role in a workspace.

    `working_days`: ISO 8601 weekdays in order, "12345"; the minutes count from midnight on the member's wall clock.
    `merged_into_id`: the member that this one became part of when their accounts were linked; it is removed then.
    """

    __tablename__ = "members"

    workspace_id: Mapped[str] = mapped_column(Id, ForeignKey("workspaces.id"), index=True)
    business_id: Mapped[str] = mapped_column(Id, ForeignKey("businesses.id"))
    name: Mapped[str] = mapped_column(Words)
    role: Mapped[Role] = mapped_column(Choice(Role))
    language: Mapped[str] = mapped_column(Words)
    time_zone: Mapped[str] = mapped_column(Words)
    manager_id: Mapped[str | None] = mapped_column(Id, ForeignKey("members.id"))
    department: Mapped[str | None] = mapped_column(Words)
    working_days: Mapped[str] = mapped_column(Words, default=DEFAULT_DAYS)
    work_starts_minute: Mapped[int] = mapped_column(Count, default=DEFAULT_HOURS.starts_minute)
    work_ends_minute: Mapped[int] = mapped_column(Count, default=DEFAULT_HOURS.ends_minute)
    notifications: Mapped[Notifications] = mapped_column(Choice(Notifications), default=Notifications.ALL)
    created_at: Mapped[datetime] = mapped_column(Instant)
    removed_at: Mapped[datetime | None] = mapped_column(Instant)
    merged_into_id: Mapped[str | None] = mapped_column(Id, ForeignKey("members.id"))


class PersonRow(Tenant, Base):
    """Somebody named in a workspace, a member or a guest in a group: who shares a bill need not have a role."""

    __tablename__ = "people"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    workspace_id: Mapped[str] = mapped_column(Id, ForeignKey("workspaces.id"), index=True)
    name: Mapped[str] = mapped_column(Words)
    member_id: Mapped[str | None] = mapped_column(Id, ForeignKey("members.id"), unique=True)
    account_id: Mapped[str | None] = mapped_column(Id, ForeignKey("accounts.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)


class AccountRow(System, Base):
    """A chat account, unique on its installation. `channel`: its private chat with the bot, once known.

    `current_workspace_id`: which of its workspaces it works in. `unreachable_since`: the platform said 403.
    """

    __tablename__ = "accounts"
    __table_args__ = strict(UniqueConstraint("installation_id", "user"))

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    installation_id: Mapped[str] = mapped_column(Id, ForeignKey("installations.id"))
    user: Mapped[str] = mapped_column(Id)
    channel: Mapped[str | None] = mapped_column(Id)
    name: Mapped[str] = mapped_column(Words)
    language: Mapped[str] = mapped_column(Words)
    time_zone: Mapped[str | None] = mapped_column(Words)
    may_join: Mapped[bool] = mapped_column(Flag)
    current_workspace_id: Mapped[str | None] = mapped_column(Id, ForeignKey("workspaces.id"))
    unreachable_since: Mapped[datetime | None] = mapped_column(Instant)
    last_seen_at: Mapped[datetime] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)


class AccountMemberRow(System, Base):
    """An account acts for a member: several accounts for one member (two platforms), several members for one account.

    `ended_at`: the member was removed, and the account's person is a stranger in this workspace until it comes back.
    """

    __tablename__ = "account_members"
    __table_args__ = strict(
        UniqueConstraint("account_id", "workspace_id"), Index("ix_account_members_member", "member_id")
    )

    account_id: Mapped[str] = mapped_column(Id, ForeignKey("accounts.id"), primary_key=True)
    member_id: Mapped[str] = mapped_column(Id, ForeignKey("members.id"), primary_key=True)
    workspace_id: Mapped[str] = mapped_column(Id, ForeignKey("workspaces.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class GroupChatRow(System, Base):
    """A group or channel that the bot is in, by an id of our own: Telegram changes a group's id when it becomes a supergroup."""

    __tablename__ = "group_chats"
    __table_args__ = strict(UniqueConstraint("installation_id", "channel"))

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    installation_id: Mapped[str] = mapped_column(Id, ForeignKey("installations.id"))
    channel: Mapped[str] = mapped_column(Id)
    workspace_id: Mapped[str | None] = mapped_column(Id, ForeignKey("workspaces.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)


class CodePurpose(StrEnum):
    """What a one-time code is for, and for nothing else."""

    INVITE = "invite"
    LINK = "link"


class CodeRow(Audited, System, Base):
    """A one-time code, kept as a keyed digest only.

    An invitation has the `role` that it gives; a code that links accounts the `member_id` of the member who asked for it.
    """

    __tablename__ = "one_time_codes"
    audit_hidden = frozenset({"digest"})

    digest: Mapped[str] = mapped_column(Words, unique=True)
    workspace_id: Mapped[str] = mapped_column(Id, ForeignKey("workspaces.id"))
    purpose: Mapped[CodePurpose] = mapped_column(Choice(CodePurpose))
    role: Mapped[Role | None] = mapped_column(Choice(Role))
    member_id: Mapped[str | None] = mapped_column(Id, ForeignKey("members.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    used_by_account_id: Mapped[str | None] = mapped_column(Id)


class CodeAttemptRow(System, Base):
    """A code that was not right, by account: who guesses is slowed down, and nobody else."""

    __tablename__ = "code_attempts"
    __table_args__ = strict(Index("ix_code_attempts_account_at", "account_id", "at"))

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("accounts.id"))
    at: Mapped[datetime] = mapped_column(Instant)
