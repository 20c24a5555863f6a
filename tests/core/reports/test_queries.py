"""Reports against plain sums, on both databases: whose expenses count, which month they are of, and no currency in another."""

import datetime
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.categories.tables import CategoryRow
from core.expenses.errors import AmountTooLarge
from core.expenses.rules import EXPENSE_MINOR_MAX, State
from core.expenses.tables import ExpenseRow
from core.flows.own_expenses import By, record_expense
from core.identity.queries import member as find_member
from core.identity.rules import Role
from core.identity.tables import MemberRow
from core.kernel.months import Month
from core.money import Currency, Money
from core.reports.queries import month_expenses, month_report
from core.reports.rules import Report, Scope
from core.store.database import Database
from core.store.unit_of_work import UnitOfWork
from tests.fixtures.clock import FakeClock
from tests.fixtures.people import Builder, acting, actor, said

MARCH = Month(2026, 3)
COUNTED = (State.SUBMITTED, State.APPROVED, State.PAID)
PEOPLE = ("mia", "noah", "mara", "finn", "otto")
"""Mia and Noah report to Mara; Otto, of another workspace, to nobody."""
EDGES = tuple(
    datetime.date.fromisoformat(day)
    for day in ("2026-01-31", "2026-02-01", "2026-02-28", "2026-03-01", "2026-03-15", "2026-03-31", "2026-04-01")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """An expense as the plain sum knows it. `base_minor`: in euros, where a rate is known for another currency."""

    owner: str
    amount_minor: int
    currency: str
    base_minor: int | None
    day: datetime.date
    state: State
    deleted: bool
    category: int

    @property
    def booked(self) -> tuple[str, int]:
        """Return currency and amount that a report adds up."""
        if self.currency == "EUR":
            return "EUR", self.amount_minor
        return (self.currency, self.amount_minor) if self.base_minor is None else ("EUR", self.base_minor)


spent = st.builds(
    Spent,
    owner=st.sampled_from(PEOPLE),
    amount_minor=st.integers(1, 10**12),
    currency=st.sampled_from(["EUR", "USD", "JPY", "KWD"]),
    base_minor=st.none() | st.integers(1, 10**12),
    day=st.sampled_from(EDGES),
    state=st.sampled_from(list(State)),
    deleted=st.integers(0, 5).map(lambda drawn: drawn == 0),
    category=st.integers(0, 2),
)


def counts(each: Spent, reader: str, scope: Scope) -> bool:
    """Tell in plain words what a report counts."""
    if each.deleted or (each.owner == "otto") is not (reader == "otto"):
        return False
    if scope is Scope.OWN:
        return each.owner == reader and each.state is not State.REJECTED
    if scope is Scope.TEAM:
        return reader == "mara" and each.owner in ("mia", "noah") and each.state in COUNTED
    return each.state in COUNTED


def totals(listed: list[Spent]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for each in listed:
        currency, amount_minor = each.booked
        found[currency] += amount_minor
    return dict(found)


@dataclass
class Company:
    """The people, and the rows that are written for them."""

    database: Database
    people: dict[str, By]

    async def write(self, name: str, expenses: list[Spent]) -> None:
        by = self.people[name]
        async with self.database.write(acting(by)) as uow:
            categories = list(await uow.session.scalars(select(CategoryRow.id).order_by(CategoryRow.key).limit(3)))
            numbers = len(list(await uow.session.scalars(select(ExpenseRow.id))))
            for number, each in enumerate(expenses, numbers + 1):
                uow.session.add(row_of(uow, by, each, number, categories))

    async def clear(self) -> None:
        for by in self.people.values():
            async with self.database.write(acting(by)) as uow:
                for row in await uow.session.scalars(select(ExpenseRow)):
                    await uow.session.delete(row)

    async def report(self, name: str, scope: Scope, month: Month) -> Report:
        by = self.people[name]
        async with self.database.read(acting(by)) as uow:
            return await month_report(uow, by.member, scope, month)

    async def numbers(self, name: str, scope: Scope, month: Month) -> list[tuple[str, int]]:
        by = self.people[name]
        async with self.database.read(acting(by)) as uow:
            rows = [row async for row in month_expenses(uow, by.member, scope, month)]
        assert [(row.expense.spent_on, row.expense.number) for row in rows] == sorted(
            (row.expense.spent_on, row.expense.number) for row in rows
        )
        return [(row.owner, row.expense.amount.amount_minor) for row in rows]


def row_of(uow: UnitOfWork, by: By, each: Spent, number: int, categories: list[str]) -> ExpenseRow:
    base = each.amount_minor if each.currency == "EUR" else each.base_minor
    return ExpenseRow(
        id=uow.new_id(),
        business_id=by.member.business_id,
        number=number,
        owner_id=by.member.id,
        state=each.state,
        platform="test",
        created_at=uow.now,
        amount_minor=each.amount_minor,
        currency=each.currency,
        base_amount_minor=base,
        base_currency=None if base is None else "EUR",
        spent_on=each.day,
        category_id=categories[each.category],
        description="x",
        deleted_at=uow.now if each.deleted else None,
    )


@pytest.fixture
async def company(database: Database, builder: Builder) -> Company:
    acme, other = await builder.workspace(), await builder.workspace("Other")
    people = {
        "mia": await builder.member(acme.workspace_id, name="mia"),
        "noah": await builder.member(acme.workspace_id, name="noah"),
        "mara": await builder.member(acme.workspace_id, Role.MANAGER, name="mara"),
        "finn": await builder.member(acme.workspace_id, Role.FINANCE, name="finn"),
        "otto": await builder.member(other.workspace_id, Role.ADMIN, name="otto"),
    }
    async with database.write(actor(acme.workspace_id)) as uow:
        for name in ("mia", "noah"):
            row = await uow.session.get_one(MemberRow, people[name].member.id)
            row.manager_id = people["mara"].member.id
    return Company(database=database, people=people)


@given(expenses=st.lists(spent, max_size=25))
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_report_is_the_plain_sum_of_what_its_reader_may_see(company: Company, expenses: list[Spent]) -> None:
    await company.clear()
    for name in PEOPLE:
        await company.write(name, [each for each in expenses if each.owner == name])
    for reader, scope in (
        ("mia", Scope.OWN),
        ("mara", Scope.OWN),
        ("mara", Scope.TEAM),
        ("finn", Scope.ALL),
        ("otto", Scope.ALL),
    ):
        visible = [each for each in expenses if counts(each, reader, scope)]
        listed = [each for each in visible if Month.of(each.day) == MARCH]
        report = await company.report(reader, scope, MARCH)
        assert {code: total.amount_minor for code, total in report.totals.items()} == totals(listed)
        before = [each for each in visible if Month.of(each.day) == MARCH.previous]
        assert {code: total.amount_minor for code, total in report.before.items()} == totals(before)
        assert report.count == len(listed)
        assert all(total.currency == Currency.of(code) for code, total in report.totals.items())
        assert sum(each.amount.amount_minor for each in report.sums) == sum(totals(listed).values())
        rows = await company.numbers(reader, scope, MARCH)
        assert sorted(rows) == sorted((each.owner, each.amount_minor) for each in listed)


async def test_a_team_is_whom_one_manages_now_those_who_left_included(company: Company, database: Database) -> None:
    one = Spent(
        owner="mia", amount_minor=100, currency="EUR", base_minor=None, day=EDGES[4], state=State.APPROVED, deleted=False,
        category=0,
    )  # fmt: skip
    await company.write("mia", [one])
    await company.write("noah", [replace(one, owner="noah", amount_minor=200)])
    async with database.write(acting(company.people["finn"])) as uow:
        (await uow.session.get_one(MemberRow, company.people["mia"].member.id)).removed_at = uow.now
        (await uow.session.get_one(MemberRow, company.people["noah"].member.id)).manager_id = None
    report = await company.report("mara", Scope.TEAM, MARCH)
    assert {code: total.amount_minor for code, total in report.totals.items()} == {"EUR": 100}


@pytest.mark.parametrize(
    ("zone", "month"),
    [
        ("Pacific/Auckland", "2026-04"),
        ("Europe/Berlin", "2026-04"),
        ("UTC", "2026-03"),
        ("America/Los_Angeles", "2026-03"),
    ],
)
async def test_today_is_of_the_month_on_the_members_own_wall(
    company: Company, database: Database, builder: Builder, clock: FakeClock, zone: str, month: str
) -> None:
    """At half past ten in the evening of March 31, UTC: an expense "today" counts in the month that is on the wall."""
    clock.time = datetime.datetime(2026, 3, 31, 22, 30, tzinfo=datetime.UTC)
    mia = company.people["mia"]
    async with database.write(acting(mia)) as uow:
        (await uow.session.get_one(MemberRow, mia.member.id)).time_zone = zone
    async with database.read(acting(mia)) as uow:
        moved = await find_member(uow, mia.member.id)
    assert moved is not None
    company.people["mia"] = replace(mia, member=moved)
    assert str(Month.of(moved.local(clock.now()).date())) == month
    clock.advance(timedelta(seconds=1))
    await record_today(builder, company.people["mia"])
    of_march, of_april = [await company.report("mia", Scope.OWN, Month(2026, number)) for number in (3, 4)]
    assert (of_march.count, of_april.count) == ((1, 0) if month == "2026-03" else (0, 1))


async def record_today(builder: Builder, by: By) -> None:
    async with builder.database.write(acting(by)) as uow:
        await record_expense(uow, by, replace(said(), spent_on=None), None)


async def test_absurd_amounts_are_refused_before_they_break_everybodys_report(
    company: Company, database: Database
) -> None:
    """A sum of a few amounts that each just fit is beyond what money can be, and the whole workspace had no report then."""
    mia = company.people["mia"]
    with pytest.raises(AmountTooLarge):
        async with database.write(acting(mia)) as uow:
            await record_expense(uow, mia, said("9999999999999"), None)
    largest = Money(amount_minor=EXPENSE_MINOR_MAX, currency=Currency.of("EUR"))
    for _ in range(20):
        async with database.write(acting(mia)) as uow:
            await record_expense(uow, mia, replace(said(), amount=largest), None)
    report = await company.report("mia", Scope.OWN, MARCH)
    assert report.totals["EUR"].amount_minor == 20 * EXPENSE_MINOR_MAX
