"""The audit trail. Actor columns are plain ids: the trail outlives what it speaks of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.store.base import Base, Tenant, strict
from core.store.types import Count, Id, Instant, Json, Words


class AuditRow(Tenant, Base):
    """One change of one row: who, what, before, after, when, through which platform.

    The unique key makes a second row for the same version impossible. `digest` covers the row; a tick seals digests into a
    chain (`seal_number`, `seal`), so that writers do not queue, and a payload can be erased without breaking the chain.
    """

    __tablename__ = "audit"
    __table_args__ = strict(
        UniqueConstraint("subject_kind", "subject_id", "subject_version"),
        UniqueConstraint("workspace_id", "seal_number"),
        Index("ix_audit_workspace_at", "workspace_id", "at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    member_id: Mapped[str | None] = mapped_column(Id)
    account_id: Mapped[str | None] = mapped_column(Id)
    platform: Mapped[str] = mapped_column(Words)
    operation: Mapped[str] = mapped_column(Words)
    trace_id: Mapped[str | None] = mapped_column(Id)
    action: Mapped[str] = mapped_column(Words)
    subject_kind: Mapped[str] = mapped_column(Words)
    subject_id: Mapped[str] = mapped_column(Id)
    subject_version: Mapped[int] = mapped_column(Count)
    before: Mapped[Any] = mapped_column(Json)
    after: Mapped[Any] = mapped_column(Json)
    digest: Mapped[str] = mapped_column(Words)
    seal_number: Mapped[int | None] = mapped_column(Count)
    seal: Mapped[str | None] = mapped_column(Words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What digest and chain cover of a row, for rows that are read as they are stored, by the hundred thousand."""

    id: str
    workspace_id: str
    at: datetime
    member_id: str | None
    account_id: str | None
    platform: str
    operation: str
    action: str
    subject_kind: str
    subject_id: str
    subject_version: int
    before: Any
    after: Any
    digest: str
    seal_number: int | None
    seal: str | None
