"""Somebody's own expenses by state, month, category, words and amount, on both databases."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from core.conversations.lists import find_list, set_filters, set_page, store_list
from core.expenses.filters import EVERYTHING, Bound, Filters, Sign
from core.expenses.queries import own_expenses, own_totals
from core.expenses.rules import State
from core.flows import own_expenses as flows
from core.flows.own_expenses import By
from core.identity.rules import Role
from core.kernel.months import Month
from core.money import Money
from core.store.database import Database
from tests.fixtures.people import Builder, acting, said

# Amount, currency, words, merchant, category, date: each is a number from 1 on.
MADE = [
    ("23.50", "EUR", "Taxi to the airport", None, "transport", date(2026, 3, 12)),
    ("41", "USD", "taxi", "Yellow_Cab", "transport", date(2026, 3, 1)),
    ("1200", "JPY", "Ramen", "一蘭", "dining", date(2026, 2, 28)),
    ("20", "EUR", "MÜLLER drugstore", "Müller", "health", date(2025, 12, 31)),
    ("1.234", "KWD", "100% cotton shirt", None, "shopping", date(2026, 1, 1)),
]


@pytest.fixture
async def mia(builder: Builder) -> By:
    started = await builder.workspace()
    return await builder.member(started.workspace_id, Role.MANAGER, name="Mia")


@pytest.fixture
async def made(database: Database, builder: Builder, mia: By) -> None:
    """Mia's expenses, a deleted one of hers, and one of Ben's that looks the same."""
    ben = await builder.member(mia.member.workspace_id, name="Ben")
    for amount, currency, words, merchant, category, day in MADE:
        async with database.write(acting(mia)) as uow:
            what = replace(said(amount, currency, words), merchant=merchant, category=category, spent_on=day)
            expense = await flows.record_expense(uow, mia, what, None)
            if category == "health":
                await flows.submit_expense(uow, mia, expense.id, expense.version)
    gone = await builder.expense(mia, "23.50", words="taxi")
    async with database.write(acting(mia)) as uow:
        await flows.delete_expense(uow, mia, gone.id, gone.version)
    await builder.expense(ben, "23.50", words="taxi")


def bounds(*parts: tuple[Sign, str, str | None]) -> Filters:
    return Filters(
        bounds=tuple(
            Bound(sign=sign, value=Decimal(value), currency=currency, typed=value) for sign, value, currency in parts
        )
    )


WANTED: list[tuple[Filters, list[int]]] = [
    (EVERYTHING, [1, 2, 3, 5, 4]),
    (Filters(states=(State.SUBMITTED,)), [4]),
    (Filters(states=(State.SUBMITTED, State.DRAFT)), [1, 2, 3, 5, 4]),
    (Filters(states=(State.PAID,)), []),
    (Filters(categories=("transport", "health")), [1, 2, 4]),
    (Filters(categories=("yachts",)), []),
    (Filters(months=(Month(2026, 3),)), [1, 2]),
    (Filters(months=(Month(2026, 2), Month(2025, 12))), [3, 4]),
    (Filters(years=(2026,)), [1, 2, 3, 5]),
    (Filters(years=(2025,), months=(Month(2026, 1),)), [5, 4]),
    (Filters(words=("TAXI",)), [1, 2]),
    (Filters(words=("taxi", "port")), [1]),
    (Filters(words=("müller",)), [4]),
    (Filters(words=("Müller",)), [4]),
    (Filters(words=("MÜLLER",)), [4]),
    (Filters(words=("蘭",)), [3]),
    (Filters(words=("%",)), [5]),
    (Filters(words=("_",)), [2]),
    (bounds((Sign.MORE, "20", None)), [1, 2, 3]),
    (bounds((Sign.AT_LEAST, "20", None)), [1, 2, 3, 4]),
    (bounds((Sign.LESS, "20", None)), [5]),
    (bounds((Sign.AT_MOST, "1.2345", None)), [5]),
    (bounds((Sign.LESS, "1.2345", None)), [5]),
    (bounds((Sign.EQUAL, "1.2345", None)), []),
    (bounds((Sign.EQUAL, "1200", None)), [3]),
    (bounds((Sign.EQUAL, "1200.5", None)), []),
    (bounds((Sign.AT_LEAST, "20", None), (Sign.AT_MOST, "41", None)), [1, 2, 4]),
    (bounds((Sign.MORE, "20", "EUR")), [1]),
    (bounds((Sign.MORE, "20", "CHF")), []),
    (replace(bounds((Sign.MORE, "20", None)), words=("taxi",), months=(Month(2026, 3),)), [1, 2]),
]
"""Filters, and the numbers that they show."""


@pytest.mark.usefixtures("made")
async def test_a_list_holds_what_was_asked_for(database: Database, mia: By) -> None:
    async with database.read(acting(mia)) as uow:
        for filters, numbers in WANTED:
            found, count = await own_expenses(uow, mia.member.id, offset=0, limit=100, filters=filters)
            second, _ = await own_expenses(uow, mia.member.id, offset=1, limit=1, filters=filters)
            assert [each.number for each in found] == numbers, filters
            assert count == len(numbers), filters
            assert [each.number for each in second] == numbers[1:2], filters


@pytest.mark.usefixtures("made")
async def test_a_months_totals_are_per_currency(database: Database, mia: By) -> None:
    async with database.read(acting(mia)) as uow:
        assert await own_totals(uow, mia.member.id, Month(2026, 3)) == (Money.of("23.50", "EUR"), Money.of("41", "USD"))
        assert await own_totals(uow, mia.member.id, Month(2024, 3)) == ()


async def test_a_list_keeps_its_filters_and_is_nobody_elses(database: Database, builder: Builder, mia: By) -> None:
    ben = await builder.member(mia.member.workspace_id, name="Ben")
    filters = replace(bounds((Sign.MORE, "20.50", "EUR")), words=("taxi",), months=(Month(2026, 3),))
    async with database.write(acting(mia)) as uow:
        list_id = await store_list(uow, account_id=mia.account.id, kind="expense-list", filters=filters.as_json())
        assert await set_page(uow, list_id, mia.account.id, 3)
    async with database.write(acting(ben)) as uow:
        assert not await set_filters(uow, list_id, ben.account.id, {})
        assert await find_list(uow, list_id, ben.account.id) is None
    async with database.write(acting(mia)) as uow:
        stored = await find_list(uow, list_id, mia.account.id)
        assert stored is not None
        assert (Filters.from_json(stored.filters), stored.page) == (filters, 3)
        assert await set_filters(uow, list_id, mia.account.id, EVERYTHING.as_json())
    async with database.read(acting(mia)) as uow:
        stored = await find_list(uow, list_id, mia.account.id)
        assert stored is not None
        assert (Filters.from_json(stored.filters), stored.page) == (EVERYTHING, 0)
        assert Filters.from_json({}) == EVERYTHING
