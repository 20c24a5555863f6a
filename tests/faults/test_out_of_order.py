"""Taps that come in another order than they were made, twice, and on cards that are long out of date: one truth, told to all.

Slack's own are in tests/contract/test_slack_misbehaviour.py. About 15 s.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from bot.playground.state import Fault, Rule
from core.approvals.queries import newest_approval
from core.approvals.rules import ApprovalState
from core.approvals.tables import ApprovalRow, DecisionRow
from core.expenses.rules import State
from core.expenses.tables import ExpenseRow
from core.flows.own_expenses import By
from core.identity.rules import Role
from core.store.database import Database, open_database
from handlers.events import TextReceived
from tests.faults.books import Books
from tests.faults.conftest import Desk, ask
from tests.fixtures.clock import FakeClock
from tests.fixtures.people import Builder, acting
from tests.hostile.ground import Ground


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_taps_that_overtake_each_other_on_telegram_leave_one_truth(desk: Desk, seed: int) -> None:
    """Submit, Submit again and Delete in one batch, shuffled: each is answered, and the card shows what the books say."""
    card = await ask(desk.mia, "taxi 5 eur", "€5.00")
    await desk.running.settled()
    room = desk.mia.chat()
    shuffled = desk.running.telegram.misbehaviour.add(Rule(fault=Fault.REORDER, method="getUpdates", seed=seed))
    for label in ("Submit", "Submit", "Delete"):
        button = card.button(label)
        assert button is not None
        desk.mia._tap(room, room.messages[card.id], button.data or "")  # all three before the bot polls again
    await desk.running.settled()
    assert shuffled.hits == 1
    assert len(desk.mia.toasts()) == 3
    (row,) = desk.books.rows("SELECT state, deleted_at FROM expenses")
    seen = desk.mia.message(card.id)
    assert seen.text.startswith("Deleted") == (row["deleted_at"] is not None)
    assert ("Submitted" in seen.text) == (row["deleted_at"] is None)
    assert desk.books.left_over() == []
    assert desk.books.untraced() == []


# ---- any taps in any order ----

OWNERS = ("expense.submit", "expense.take-back", "expense.delete", "expense.restore", "expense.set", "expense.show")
APPROVERS = ("approval.approve", "approval.open", "approval.reject", "approval.ask", "approval.receipts")
ALLOWED = {
    State.DRAFT: {State.DRAFT, State.SUBMITTED},
    State.SUBMITTED: {State.SUBMITTED, State.APPROVED, State.DRAFT},
    State.APPROVED: {State.APPROVED},
}
"""What a tap may make of an expense; a rejection needs a reason, which no tap gives."""
taps = st.lists(
    st.tuples(st.sampled_from(["mia", "finn", "fay"]), st.sampled_from([*OWNERS, *APPROVERS]), st.integers(0, 6)),
    min_size=4,
    max_size=14,
)


@pytest.fixture
async def table(sqlite_database_url: str, clock: FakeClock, tmp_path: Path) -> AsyncIterator["Table"]:
    database = open_database(sqlite_database_url, clock)
    try:
        yield await Table.laid(Ground(database=database, folder=tmp_path), sqlite_database_url)
    finally:
        await database.close()


class Table:
    """Mia, and Finn and Fay of finance, before one expense of Mia's at a time."""

    def __init__(self, ground: Ground, url: str, people: dict[str, By]) -> None:
        self.ground = ground
        self.books = Books(url=url)
        self.people = people

    @classmethod
    async def laid(cls, ground: Ground, url: str) -> "Table":
        builder = Builder(ground.database)
        workspace_id = (await builder.workspace()).workspace_id
        roles = {"mia": Role.EMPLOYEE, "finn": Role.FINANCE, "fay": Role.FINANCE}
        people = {name: await builder.member(workspace_id, role, name=name.title()) for name, role in roles.items()}
        return cls(ground, url, people)

    @property
    def database(self) -> Database:
        return self.ground.database

    async def newest(self) -> ExpenseRow:
        async with self.database.read(acting(self.people["mia"])) as uow:
            return (await uow.session.scalars(select(ExpenseRow).order_by(ExpenseRow.number.desc()).limit(1))).one()

    async def tapped(self, name: str, action: str, version: int) -> None:
        """Have somebody tap a card of some version, whichever it shows."""
        expense = await self.newest()
        async with self.database.read(acting(self.people["mia"])) as uow:
            approval = await newest_approval(uow, expense.id)
        subject = expense.id if action.startswith("expense.") else approval.id if approval else expense.id
        event = self.ground.tap(self.people[name].account, action, subject_id=subject, version=version, choice="travel")
        fired = await self.ground.fire(event)
        assert fired.outcome.failed is None
        assert fired.outcome.toast is not None or fired.outcome.form is not None or fired.lanes, (
            "no tap goes unanswered"
        )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=taps)
async def test_any_taps_in_any_order_on_cards_of_any_age(table: Table, made: list[tuple[str, str, int]]) -> None:
    mia = table.people["mia"]
    await table.ground.fire(TextReceived(source=table.ground.source(mia.account), text="taxi 5 eur"))
    before = await table.newest()
    for name, action, version in made:
        await table.tapped(name, action, version)
        after = await table.newest()
        assert after.state in ALLOWED[before.state], (name, action, version)
        assert before.state is not State.APPROVED or after.version == before.version, "what is approved stays as it is"
        assert action not in APPROVERS or after.deleted_at == before.deleted_at
        before = after
    async with table.database.read(acting(mia)) as uow:
        rounds = select(ApprovalRow.id).where(ApprovalRow.expense_id == before.id)
        decisions = await uow.session.scalar(select(func.count()).where(DecisionRow.approval_id.in_(rounds)))
        pending = await uow.session.scalar(
            select(func.count()).where(ApprovalRow.expense_id == before.id, ApprovalRow.state == ApprovalState.PENDING)
        )
    assert decisions == (1 if before.state is State.APPROVED else 0)
    assert pending == (1 if before.state is State.SUBMITTED else 0)
    assert table.books.untraced() == []
