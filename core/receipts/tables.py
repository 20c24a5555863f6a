"""Receipts: pictures and documents that stand behind expenses."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.receipts.record import ReceiptState
from core.store.base import Audited, Base, Tenant, strict
from core.store.types import Choice, Count, Flag, Id, Instant, Json, Words


class ReceiptRow(Audited, Tenant, Base):
    """A receipt that somebody sent. `batch_id`: those that belong to one expense together; the first receipt's id.

    `reference`: what the platform needs to hand its content over, emptied once it is in the file store (`file_id`).
    `reading`: what was read, by field, with confidences; `refusal`: the key of the sentence why nothing was.
    `seen_before`: the same bytes had been sent in this workspace already, by whomever.
    """

    __tablename__ = "receipts"
    __table_args__ = strict(Index("ix_receipts_expense", "expense_id"), Index("ix_receipts_batch", "batch_id"))
    audit_hidden = frozenset({"reference", "reading"})

    workspace_id: Mapped[str] = mapped_column(Id, ForeignKey("workspaces.id"), index=True)
    batch_id: Mapped[str] = mapped_column(Id)
    position: Mapped[int] = mapped_column(Count)
    owner_id: Mapped[str] = mapped_column(Id, ForeignKey("members.id"))
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("accounts.id"))
    expense_id: Mapped[str | None] = mapped_column(Id, ForeignKey("expenses.id"))
    file_id: Mapped[str | None] = mapped_column(Id, ForeignKey("files.id"))
    name: Mapped[str] = mapped_column(Words)
    reference: Mapped[Any] = mapped_column(Json)
    state: Mapped[ReceiptState] = mapped_column(Choice(ReceiptState))
    reading: Mapped[Any | None] = mapped_column(Json)
    refusal: Mapped[str | None] = mapped_column(Words)
    refusal_arguments: Mapped[Any | None] = mapped_column(Json)
    seen_before: Mapped[bool] = mapped_column(Flag)
    created_at: Mapped[datetime] = mapped_column(Instant)
