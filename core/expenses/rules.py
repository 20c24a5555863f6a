"""What an expense is, and what may be done with it in which state. Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from core.money import Money

DESCRIPTION_LENGTH_MAX = 500
MERCHANT_LENGTH_MAX = 120
EXPENSE_MINOR_MAX = 10**12
"""Ours: a thousandth of what money can be, so that the sums of reports stay within it: ten thousand million euros."""


class State(StrEnum):
    """Where an expense is on its way."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    PAID = "paid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expense:
    """An expense as people see it. `spent_on` is a calendar date; `number` counts per workspace; `deleted`: undo is possible.

    `base_amount`: what it is in the books, None until a rate is known.
    """

    id: str
    version: int
    number: int
    owner_id: str
    state: State
    amount: Money
    spent_on: date
    merchant: str | None
    description: str
    category_id: str
    platform: str
    created_at: datetime
    deleted: bool
    base_amount: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What a person says of an expense, complete."""

    amount: Money
    spent_on: date
    merchant: str | None
    description: str
    category_id: str


def may_change(state: State) -> bool:
    """Tell whether amount, date and words may be changed: until it is approved. A submitted one is asked about again then."""
    return state in (State.DRAFT, State.SUBMITTED, State.REJECTED)


def may_delete(state: State) -> bool:
    """Tell whether it may be marked deleted, or the mark taken back: while it is the owner's own affair."""
    return state in (State.DRAFT, State.REJECTED)


def may_submit(state: State) -> bool:
    """Tell whether it may be submitted for approval."""
    return state in (State.DRAFT, State.REJECTED)


def may_take_back(state: State) -> bool:
    """Tell whether its owner may take it back: while somebody is to decide on it, and nobody has."""
    return state is State.SUBMITTED
