"""Expenses."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.expenses.rules import State
from core.store.base import Audited, Base, Tenant, strict
from core.store.types import Choice, Count, Id, Instant, LocalDate, MinorUnits, Words


class ExpenseRow(Audited, Tenant, Base):
    """An expense. Amount and currency are what was paid; base amount, base currency and rate are what it is in the books.

    Without a rate the base columns are empty, and reports add per currency. `deleted_at` marks a deletion that can be undone.
    `source_*`: the message that it was made from, so that editing the message edits the draft.
    """

    __tablename__ = "expenses"
    __table_args__ = strict(
        UniqueConstraint("workspace_id", "number"),
        Index("ix_expenses_owner_spent_on", "workspace_id", "owner_id", "spent_on"),
        Index("ix_expenses_source", "source_installation_id", "source_channel", "source_message"),
    )

    workspace_id: Mapped[str] = mapped_column(Id, ForeignKey("workspaces.id"), index=True)
    business_id: Mapped[str] = mapped_column(Id, ForeignKey("businesses.id"))
    number: Mapped[int] = mapped_column(Count)
    owner_id: Mapped[str] = mapped_column(Id, ForeignKey("members.id"))
    state: Mapped[State] = mapped_column(Choice(State))
    amount_minor: Mapped[int] = mapped_column(MinorUnits)
    currency: Mapped[str] = mapped_column(Words)
    base_amount_minor: Mapped[int | None] = mapped_column(MinorUnits)
    base_currency: Mapped[str | None] = mapped_column(Words)
    rate: Mapped[str | None] = mapped_column(Words)
    rate_source: Mapped[str | None] = mapped_column(Words)
    rate_date: Mapped[date | None] = mapped_column(LocalDate)
    spent_on: Mapped[date] = mapped_column(LocalDate)
    merchant: Mapped[str | None] = mapped_column(Words)
    description: Mapped[str] = mapped_column(Words)
    category_id: Mapped[str] = mapped_column(Id, ForeignKey("categories.id"))
    platform: Mapped[str] = mapped_column(Words)
    source_installation_id: Mapped[str | None] = mapped_column(Id)
    source_channel: Mapped[str | None] = mapped_column(Id)
    source_message: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(Instant)
    submitted_at: Mapped[datetime | None] = mapped_column(Instant)
    deleted_at: Mapped[datetime | None] = mapped_column(Instant)
