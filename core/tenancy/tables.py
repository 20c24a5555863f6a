"""Workspaces, their businesses, and the installations of the bot."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.store.base import Audited, Base, System, Tenant, strict
from core.store.types import Count, Flag, Id, Instant, Words


class WorkspaceRow(Audited, System, Base):
    """A workspace: one company or group of friends, with books of its own."""

    __tablename__ = "workspaces"

    name: Mapped[str] = mapped_column(Words)
    language: Mapped[str] = mapped_column(Words)
    time_zone: Mapped[str] = mapped_column(Words)
    created_at: Mapped[datetime] = mapped_column(Instant)


class BusinessRow(Audited, Tenant, Base):
    """A business of a workspace: what expenses are booked on, in its base currency. Each workspace starts with one."""

    __tablename__ = "businesses"

    workspace_id: Mapped[str] = mapped_column(Id, ForeignKey("workspaces.id"), index=True)
    name: Mapped[str] = mapped_column(Words)
    currency: Mapped[str] = mapped_column(Words)
    is_default_since: Mapped[datetime] = mapped_column(Instant)


class CounterRow(Tenant, Base):
    """The next number of a kind in a workspace: taken in the transaction that uses it, so that no number is lost or doubled."""

    __tablename__ = "workspace_counters"

    workspace_id: Mapped[str] = mapped_column(Id, ForeignKey("workspaces.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(Words, primary_key=True)
    last_number: Mapped[int] = mapped_column(Count)


class InstallationRow(System, Base):
    """The bot on a platform: a Telegram bot (external_id: the bot's id), or a Slack app in a team (enterprise or team id).

    `is_team`: all its people belong to one company, and an admin's code binds it to a workspace (`workspace_id`); a bot that
    serves everybody belongs to the deployment. `reuses_keys`: the platform may give an old event's key to a new one.
    """

    __tablename__ = "installations"
    __table_args__ = strict(UniqueConstraint("platform", "external_id"))

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    platform: Mapped[str] = mapped_column(Words)
    external_id: Mapped[str] = mapped_column(Id)
    name: Mapped[str] = mapped_column(Words)
    is_team: Mapped[bool] = mapped_column(Flag)
    reuses_keys: Mapped[bool] = mapped_column(Flag)
    workspace_id: Mapped[str | None] = mapped_column(Id, ForeignKey("workspaces.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
