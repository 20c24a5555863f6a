"""What a report covers, and whose expenses somebody may see in it. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from core.identity.rules import Member, Permission
from core.kernel.months import Month
from core.money import Money


class Scope(StrEnum):
    """Whose expenses a report is about: one's own, those of the people one manages, or everybody's."""

    OWN = "own"
    TEAM = "team"
    ALL = "all"


NEEDS = {Scope.OWN: Permission.OWN_EXPENSES, Scope.TEAM: Permission.REPORTS_TEAM, Scope.ALL: Permission.REPORTS_ALL}


def scopes_of(member: Member) -> tuple[Scope, ...]:
    """Return the scopes that a member may ask for, the widest last."""
    return tuple(scope for scope in Scope if member.may(NEEDS[scope]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """What was spent in one category and currency."""

    category_id: str
    amount: Money
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A month's sums. Currencies are never mixed: each has a total of its own, `totals` and `before` by currency code."""

    month: Month
    scope: Scope
    sums: tuple[Sum, ...]
    totals: dict[str, Money]
    before: dict[str, Money]
    count: int


def report_of(month: Month, scope: Scope, sums: tuple[Sum, ...], sums_before: tuple[Sum, ...]) -> Report:
    """Put a month's sums and those of the month before together; the largest sums come first, by currency."""
    totals = _totals(sums)
    weight = {code: total.amount_minor for code, total in totals.items()}
    ordered = sorted(
        sums,
        key=lambda each: (-weight[each.amount.currency.code], each.amount.currency.code, -each.amount.amount_minor),
    )
    return Report(
        month=month,
        scope=scope,
        sums=tuple(ordered),
        totals=totals,
        before=_totals(sums_before),
        count=sum(each.count for each in sums),
    )


def _totals(sums: tuple[Sum, ...]) -> dict[str, Money]:
    totals: dict[str, Money] = {}
    for each in sums:
        code = each.amount.currency.code
        totals[code] = totals[code] + each.amount if code in totals else each.amount
    return totals
