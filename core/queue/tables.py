"""One table of durable work: messages to send and jobs to do."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from core.store.base import Base, System, strict
from core.store.types import Count, Id, Instant, Json, Words


class WorkRow(System, Base):
    """A piece of work. `lane`: what is done one after the other, in the order of `position` (a conversation's messages).

    `lease_until` and `owner`: who is at it, and until when nobody else may be. `dedupe_key`: the same work is queued once.
    Ended either way: `done_at`, with `failure` where it was given up.
    """

    __tablename__ = "work_queue"
    __table_args__ = strict(
        Index("ix_work_queue_lane_open", "lane", "done_at", "position"),
        Index("ix_work_queue_due", "done_at", "kind", "due_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(Words)
    lane: Mapped[str] = mapped_column(Id)
    position: Mapped[int] = mapped_column(Count)
    workspace_id: Mapped[str | None] = mapped_column(Id)
    dedupe_key: Mapped[str | None] = mapped_column(Id, unique=True)
    payload: Mapped[Any] = mapped_column(Json)
    trace_id: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    owner: Mapped[str | None] = mapped_column(Id)
    attempts: Mapped[int] = mapped_column(Count)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    failure: Mapped[str | None] = mapped_column(Words)


class LaneRow(System, Base):
    """The last position given out in a lane. Its row lock makes the order of positions the order of commits."""

    __tablename__ = "lanes"

    lane: Mapped[str] = mapped_column(Id, primary_key=True)
    last_position: Mapped[int] = mapped_column(Count)
