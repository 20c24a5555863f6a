"""What people may do with expenses of their own, and that nobody reaches those of others."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.categories.errors import CategoryUnknown
from core.expenses.errors import (
    AlreadyDeleted,
    AlreadyRestored,
    AlreadySubmitted,
    AmountNotPositive,
    ExpenseChanged,
    ExpenseClosed,
    ExpenseNotFound,
    NotSubmitted,
)
from core.expenses.queries import all_expenses, own_expense, own_expenses
from core.expenses.rules import DESCRIPTION_LENGTH_MAX, MERCHANT_LENGTH_MAX, Expense, State
from core.expenses.service import Origin
from core.expenses.tables import ExpenseRow
from core.flows import own_expenses as flows
from core.flows.own_expenses import By
from core.kernel.errors import DomainError
from core.store.database import Database
from core.store.unit_of_work import UnitOfWork
from tests.fixtures.clock import FakeClock
from tests.fixtures.people import Builder, acting, said

Verb = Callable[[UnitOfWork, By, str, int | None], Awaitable[Expense]]

VERBS: dict[str, Verb] = {
    "correct": lambda uow, by, expense_id, version: flows.correct_expense(uow, by, expense_id, version, said("7.10")),
    "categorise": lambda uow, by, expense_id, version: flows.categorise_expense(uow, by, expense_id, version, "travel"),
    "submit": flows.submit_expense,
    "take_back": flows.take_back_expense,
    "delete": flows.delete_expense,
    "restore": flows.restore_expense,
}
IN_ONES_OWN_HANDS = {State.DRAFT, State.REJECTED}
CHANGES = {"correct", "categorise"}
"""What may be done with a submitted one, too: it is asked about anew then."""


@pytest.fixture
async def mia(builder: Builder) -> By:
    return await builder.member((await builder.workspace()).workspace_id, name="Mia")


async def do(database: Database, by: By, verb: str, expense_id: str, version: int | None = None) -> Expense:
    async with database.write(acting(by)) as uow:
        return await VERBS[verb](uow, by, expense_id, version)


async def refusal(database: Database, by: By, verb: str, expense_id: str, version: int | None = None) -> object:
    try:
        await do(database, by, verb, expense_id, version)
    except DomainError as error:
        return type(error)
    return None


async def test_a_sentence_becomes_a_numbered_draft(
    database: Database, builder: Builder, mia: By, clock: FakeClock
) -> None:
    first, second = await builder.expense(mia, words="taxi"), await builder.expense(mia, words="lunch")
    assert (first.number, second.number) == (1, 2)
    assert (first.state, first.version, first.deleted, first.platform) == (State.DRAFT, 1, False, "telegram")
    assert (first.owner_id, first.created_at) == (mia.member.id, clock.now())
    async with database.read(acting(mia)) as uow:
        assert await own_expense(uow, mia.member.id, first.id) == first


async def test_without_a_date_it_is_today_where_the_member_is(database: Database, builder: Builder) -> None:
    tokyo = await builder.member((await builder.workspace(time_zone="Asia/Tokyo")).workspace_id)
    assert isinstance(database.clock, FakeClock)
    database.clock.time = datetime(2026, 3, 12, 22, 0, tzinfo=UTC)
    async with database.write(acting(tokyo)) as uow:
        expense = await flows.record_expense(uow, tokyo, replace(said(), spent_on=None), None)
    assert expense.spent_on == date(2026, 3, 13)


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("verb", ["correct", "categorise", "submit", "take_back", "delete"])
async def test_only_what_is_in_ones_own_hands_can_be_changed(
    sqlite_database: Database, state: State, verb: str
) -> None:
    builder = Builder(sqlite_database)
    mia = await builder.member((await builder.workspace()).workspace_id)
    expense = await builder.expense(mia)
    async with sqlite_database.write(acting(mia)) as uow:
        (await uow.session.get_one(ExpenseRow, expense.id)).state = state
    assert await refusal(sqlite_database, mia, verb, expense.id) is Model(state=state).refusal(verb)


@dataclass(frozen=True)
class Model:
    """What an expense is, beside the store."""

    state: State = State.DRAFT
    deleted: bool = False
    amount: str = "23.50"
    category: str = "transport"

    def refusal(self, verb: str) -> object:
        if self.deleted is not (verb == "restore"):
            return AlreadyDeleted if self.deleted else AlreadyRestored
        if self.state is State.SUBMITTED and verb == "submit":
            return AlreadySubmitted
        if verb == "take_back":
            return None if self.state is State.SUBMITTED else NotSubmitted
        allowed = self.state in IN_ONES_OWN_HANDS or (self.state is State.SUBMITTED and verb in CHANGES)
        return None if allowed else ExpenseClosed

    def after(self, verb: str) -> "Model":
        changes: dict[str, dict[str, Any]] = {
            "correct": {"amount": "7.10", "category": "transport"},
            "categorise": {"category": "travel"},
            "submit": {"state": State.SUBMITTED},
            "take_back": {"state": State.DRAFT},
            "delete": {"deleted": True},
            "restore": {"deleted": False},
        }
        return replace(self, **changes[verb])


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(verbs=st.lists(st.sampled_from(sorted(VERBS)), max_size=8))
async def test_any_order_of_verbs_does_what_the_rules_say(sqlite_database: Database, verbs: list[str]) -> None:
    builder = Builder(sqlite_database)
    mia = await builder.member((await builder.workspace()).workspace_id)
    expense = await builder.expense(mia)
    model, version = Model(), 1
    for verb in verbs:
        assert await refusal(sqlite_database, mia, verb, expense.id, version) is model.refusal(verb)
        if model.refusal(verb) is None:
            version += model.after(verb) != model  # what changes nothing is no new version
            model = model.after(verb)
        async with sqlite_database.read(acting(mia)) as uow:
            found = await own_expense(uow, mia.member.id, expense.id)
        assert found is not None
        assert (found.state, found.deleted, found.version) == (model.state, model.deleted, version)
        assert found.amount.decimal_string() == model.amount


@pytest.mark.parametrize("verb", sorted(VERBS))
async def test_anothers_expense_is_not_found_in_the_same_workspace_or_in_another(
    sqlite_database: Database, verb: str
) -> None:
    builder = Builder(sqlite_database)
    acme = (await builder.workspace()).workspace_id
    mia, colleague = await builder.member(acme), await builder.member(acme, name="Tom")
    stranger = await builder.member((await builder.workspace("Other")).workspace_id, name="Eve")
    expense = await builder.expense(mia)
    for by in (colleague, stranger):
        assert await refusal(sqlite_database, by, verb, expense.id) is ExpenseNotFound
        async with sqlite_database.read(acting(by)) as uow:
            assert await own_expense(uow, by.member.id, expense.id) is None
            assert await own_expenses(uow, by.member.id, offset=0, limit=10) == ((), 0)
    assert await refusal(sqlite_database, mia, verb, "no such id \x00") is ExpenseNotFound


async def test_a_card_of_an_older_version_is_refused_and_says_which_expense(
    database: Database, builder: Builder, mia: By
) -> None:
    expense = await builder.expense(mia)
    await do(database, mia, "categorise", expense.id, 1)
    with pytest.raises(ExpenseChanged) as refused:
        await do(database, mia, "submit", expense.id, 1)
    assert refused.value.arguments() == {"number": 1, "version": 2}
    assert (await do(database, mia, "submit", expense.id, 2)).version == 3


@pytest.mark.parametrize(
    ("verb", "answer"), [("submit", AlreadySubmitted), ("delete", AlreadyDeleted), ("categorise", None)]
)
async def test_a_second_tap_is_answered_with_what_the_first_has_done(
    database: Database, builder: Builder, mia: By, verb: str, answer: object
) -> None:
    expense = await builder.expense(mia)
    done = await do(database, mia, verb, expense.id, expense.version)
    assert await refusal(database, mia, verb, expense.id, expense.version) is answer
    async with database.read(acting(mia)) as uow:
        assert await own_expense(uow, mia.member.id, expense.id) == done


async def test_a_second_tap_on_undo_says_that_it_is_back(database: Database, builder: Builder, mia: By) -> None:
    expense = await do(database, mia, "delete", (await builder.expense(mia)).id)
    await do(database, mia, "restore", expense.id, expense.version)
    assert await refusal(database, mia, "restore", expense.id, expense.version) is AlreadyRestored


@pytest.mark.parametrize("amount", ["0", "-0.01", "-1000"])
async def test_an_expense_of_nothing_is_refused_and_takes_no_number(
    database: Database, builder: Builder, mia: By, amount: str
) -> None:
    with pytest.raises(AmountNotPositive):
        await builder.expense(mia, amount)
    expense = await builder.expense(mia)
    assert expense.number == 1
    with pytest.raises(AmountNotPositive):
        async with database.write(acting(mia)) as uow:
            await flows.correct_expense(uow, mia, expense.id, None, said(amount))


async def test_in_the_base_currency_the_books_know_the_amount_at_once(
    database: Database, builder: Builder, mia: By
) -> None:
    async def booked(expense_id: str) -> tuple[object, ...]:
        async with database.read(acting(mia)) as uow:
            row = await uow.session.get_one(ExpenseRow, expense_id)
        return row.base_amount_minor, row.base_currency, row.rate, row.rate_date

    home = await builder.expense(mia, "23.50", "EUR")
    abroad = await builder.expense(mia, "1000", "JPY")
    assert await booked(home.id) == (2350, "EUR", "1", date(2026, 3, 11))
    assert await booked(abroad.id) == (None, None, None, None)
    async with database.write(acting(mia)) as uow:
        await flows.correct_expense(uow, mia, home.id, None, said("5", "USD"))
        await flows.correct_expense(uow, mia, abroad.id, None, said("6", "EUR"))
    assert await booked(home.id) == (None, None, None, None)
    assert await booked(abroad.id) == (600, "EUR", "1", date(2026, 3, 11))


async def test_an_edited_message_changes_its_draft_and_keeps_the_chosen_category(
    database: Database, builder: Builder, mia: By
) -> None:
    expense = await builder.expense(mia, words="taxi")
    origin = Origin(installation_id=mia.account.installation_id, channel=mia.account.user, message="taxi")
    await do(database, mia, "categorise", expense.id)

    async def edit(where: Origin) -> Expense | None:
        async with database.write(acting(mia)) as uow:
            return await flows.correct_from_message(uow, mia, where, said("30", words="taxi home"))

    edited = await edit(origin)
    assert edited is not None
    assert (edited.id, edited.amount.amount_minor, edited.description) == (expense.id, 3000, "taxi home")
    async with database.read(acting(mia)) as uow:
        assert [each.category async for each in all_expenses(uow)] == ["travel"]
    assert await edit(replace(origin, message="another")) is None
    await do(database, mia, "submit", expense.id)
    again = await edit(origin)
    assert again is not None
    assert again.state is State.SUBMITTED
    async with database.write(acting(mia)) as uow:
        (await uow.session.get_one(ExpenseRow, expense.id)).state = State.APPROVED
    assert await edit(origin) is None


async def test_a_list_has_the_newest_date_first_and_what_was_deleted_is_gone(
    database: Database, builder: Builder, mia: By
) -> None:
    days = [date(2026, 3, 10), date(2026, 3, 12), date(2026, 3, 11), date(2026, 3, 12)]
    made = []
    for day in days:
        async with database.write(acting(mia)) as uow:
            made.append(await flows.record_expense(uow, mia, replace(said(), spent_on=day), None))
    await do(database, mia, "delete", made[2].id)
    async with database.read(acting(mia)) as uow:
        page, count = await own_expenses(uow, mia.member.id, offset=0, limit=2)
        rest, _ = await own_expenses(uow, mia.member.id, offset=2, limit=2)
    assert count == 3
    assert [each.number for each in (*page, *rest)] == [4, 2, 1]


async def test_long_words_are_cut_to_what_a_card_holds(database: Database, mia: By) -> None:
    long = replace(said(words="w" * 10_000), merchant="m" * 10_000)
    async with database.write(acting(mia)) as uow:
        expense = await flows.record_expense(uow, mia, long, None)
    assert len(expense.description) == DESCRIPTION_LENGTH_MAX
    assert expense.merchant is not None
    assert len(expense.merchant) == MERCHANT_LENGTH_MAX


async def test_an_unknown_category_is_refused_and_an_unguessed_one_is_other(
    database: Database, builder: Builder, mia: By
) -> None:
    expense = await builder.expense(mia)
    with pytest.raises(CategoryUnknown):
        async with database.write(acting(mia)) as uow:
            await flows.categorise_expense(uow, mia, expense.id, None, "yachts")
    async with database.write(acting(mia)) as uow:
        await flows.correct_expense(uow, mia, expense.id, None, replace(said(), category=None))
    async with database.read(acting(mia)) as uow:
        assert [each.category async for each in all_expenses(uow)] == ["other"]
        assert await uow.session.scalar(select(ExpenseRow.version)) == 2
