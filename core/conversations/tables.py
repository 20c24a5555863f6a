"""The inbox of deliveries, open dialogs, which message shows which subject, stored lists."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.store.base import Base, System, Tenant, strict
from core.store.types import Choice, Count, Flag, Id, Instant, Json, Words


class InboxState(StrEnum):
    """Whether a delivery still waits, was handled, or was given up after its attempts."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class InboxRow(System, Base):
    """A delivery of a platform, committed before it was acknowledged. `arrival`: its place in its conversation.

    `album`: deliveries of one lane that are one event together; each of them waits a moment for the others (`due_at`).

    `failure_id`: the short id that the person was told and the log has.
    """

    __tablename__ = "inbox"
    __table_args__ = strict(
        UniqueConstraint("installation_id", "event_key"),
        Index("ix_inbox_lane", "state", "lane", "arrival"),
        Index("ix_inbox_received_at", "received_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    installation_id: Mapped[str] = mapped_column(Id, ForeignKey("installations.id"))
    event_key: Mapped[str] = mapped_column(Id)
    lane: Mapped[str] = mapped_column(Id)
    arrival: Mapped[int] = mapped_column(Count)
    album: Mapped[str | None] = mapped_column(Id)
    payload: Mapped[Any] = mapped_column(Json)
    state: Mapped[InboxState] = mapped_column(Choice(InboxState))
    attempts: Mapped[int] = mapped_column(Count)
    received_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    failure_id: Mapped[str | None] = mapped_column(Words)


class DialogState(StrEnum):
    """Whether a form is being filled in, was sent, or was left."""

    OPEN = "open"
    SENT = "sent"
    CANCELLED = "cancelled"


class DialogRow(Tenant, Base):
    """A form that was opened for an account: what it is about, what stands in it, which question is next."""

    __tablename__ = "dialogs"
    __table_args__ = strict(Index("ix_dialogs_account_state", "account_id", "state"))

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    workspace_id: Mapped[str] = mapped_column(Id, ForeignKey("workspaces.id"), index=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("accounts.id"))
    form: Mapped[str] = mapped_column(Words)
    arguments: Mapped[Any] = mapped_column(Json)
    start: Mapped[Any] = mapped_column(Json)
    values: Mapped[Any] = mapped_column("typed_values", Json)
    position: Mapped[int] = mapped_column(Count)
    stepwise: Mapped[bool] = mapped_column(Flag)
    state: Mapped[DialogState] = mapped_column(Choice(DialogState))
    opened_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)


class CardCopyRow(Tenant, Base):
    """A message that shows a subject, so that it can be brought up to date where it stands. `picture_id`: the file it shows."""

    __tablename__ = "card_copies"
    __table_args__ = strict(
        UniqueConstraint("installation_id", "channel", "message"),
        Index("ix_card_copies_subject", "subject_kind", "subject_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    workspace_id: Mapped[str] = mapped_column(Id, ForeignKey("workspaces.id"), index=True)
    subject_kind: Mapped[str] = mapped_column(Words)
    subject_id: Mapped[str] = mapped_column(Id)
    account_id: Mapped[str | None] = mapped_column(Id, ForeignKey("accounts.id"))
    installation_id: Mapped[str] = mapped_column(Id, ForeignKey("installations.id"))
    channel: Mapped[str] = mapped_column(Id)
    message: Mapped[str] = mapped_column(Id)
    picture_id: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(Instant)


class StoredListRow(Tenant, Base):
    """A list that somebody looks at: its filters and page; a button carries only the row's id."""

    __tablename__ = "stored_lists"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    workspace_id: Mapped[str] = mapped_column(Id, ForeignKey("workspaces.id"), index=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("accounts.id"))
    kind: Mapped[str] = mapped_column(Words)
    filters: Mapped[Any] = mapped_column(Json)
    page: Mapped[int] = mapped_column(Count)
    created_at: Mapped[datetime] = mapped_column(Instant)
