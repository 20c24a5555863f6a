"""Approve and reject in the same instant, by two people: exactly one decision each time, and the other is told whose it was."""

import asyncio
from collections import Counter
from datetime import timedelta

from sqlalchemy import func, select

from core.approvals.errors import AlreadyApproved, AlreadyRejected, ApprovalWithdrawn
from core.approvals.queries import newest_approval
from core.approvals.rules import Approval, ApprovalState, Verdict
from core.approvals.tables import DecisionRow
from core.audit.tables import AuditRow
from core.conversations.outgoing import codec
from core.conversations.subjects import Notice
from core.expenses.rules import Expense
from core.expenses.tables import ExpenseRow
from core.flows.decide_approval import decide_approval
from core.flows.own_expenses import By, correct_expense, submit_expense
from core.identity.rules import Role
from core.queue.tables import WorkRow
from core.store.database import Database
from tests.fixtures.clock import FakeClock
from tests.fixtures.people import Builder, acting, actor, said

RACES = 200
TOO_LATE = (AlreadyApproved, AlreadyRejected, ApprovalWithdrawn)


async def submitted(database: Database, builder: Builder, owner: By) -> tuple[Expense, Approval]:
    draft = await builder.expense(owner)
    async with database.write(acting(owner)) as uow:
        expense = await submit_expense(uow, owner, draft.id, None)
        asked = await newest_approval(uow, expense.id)
    assert asked is not None
    return expense, asked


async def decided(
    database: Database, by: By, approval: Approval, verdict: Verdict, barrier: asyncio.Barrier
) -> Approval | Exception:
    """Decide as soon as everybody is ready; return what came of it."""
    await barrier.wait()
    try:
        async with database.write(acting(by)) as uow:
            return await decide_approval(uow, by, approval.id, approval.version, verdict, "because")
    except TOO_LATE as refusal:
        return refusal


async def test_of_two_in_the_same_instant_one_decides_and_the_other_learns_who_and_when(
    database: Database, builder: Builder, clock: FakeClock
) -> None:
    """200 races on each database."""
    workspace_id = (await builder.workspace()).workspace_id
    mia = await builder.member(workspace_id, name="Mia")
    mara = await builder.member(workspace_id, Role.FINANCE, name="Mara")
    finn = await builder.member(workspace_id, Role.FINANCE, name="Finn", platform="slack")
    winners: Counter[str] = Counter()
    for race in range(RACES):
        clock.advance(timedelta(seconds=1))
        expense, asked = await submitted(database, builder, mia)
        barrier = asyncio.Barrier(2)
        pair = [(mara, Verdict.APPROVED), (finn, Verdict.REJECTED)]
        # Who is woken up first is a matter of the order in which they came to the barrier: each has it half of the time.
        acts = [decided(database, by, asked, verdict, barrier) for by, verdict in pair]
        ends = await asyncio.gather(*(acts if race % 2 else reversed(acts)))
        (won,) = [end for end in ends if isinstance(end, Approval)]
        (lost,) = [end for end in ends if not isinstance(end, Approval)]
        assert won.decision is not None
        expected = AlreadyApproved if won.state is ApprovalState.APPROVED else AlreadyRejected
        assert isinstance(lost, expected)
        assert (lost.name, lost.number, lost.at) == (won.decision.name, expense.number, clock.now())
        winners[won.decision.name] += 1
    assert set(winners) == {"Mara", "Finn"}

    async with database.read(acting(mia)) as uow:
        per_request = select(func.count()).select_from(DecisionRow).group_by(DecisionRow.approval_id)
        assert list(await uow.session.scalars(per_request)) == [1] * RACES
        states = Counter(await uow.session.scalars(select(ExpenseRow.state)))
        assert states == {"approved": winners["Mara"], "rejected": winners["Finn"]}
        of_expenses = (
            select(func.count())
            .select_from(AuditRow)
            .where(AuditRow.subject_kind == "expenses")
            .group_by(AuditRow.subject_id)
        )
        assert list(await uow.session.scalars(of_expenses)) == [3] * RACES  # created, submitted, decided
    async with database.read(actor()) as uow:
        lane = select(WorkRow.payload).where(WorkRow.lane == f"private:{mia.account.id}")
        told = [codec.unpack(payload).get("tell") for payload in await uow.session.scalars(lane)]
        assert len([notice for notice in told if isinstance(notice, Notice)]) == RACES


async def test_a_change_and_an_approval_in_the_same_instant_never_approve_what_nobody_saw(
    database: Database, builder: Builder
) -> None:
    """50 races on each database: approved as it was seen, or changed and asked about again."""
    workspace_id = (await builder.workspace()).workspace_id
    mia = await builder.member(workspace_id, name="Mia")
    mara = await builder.member(workspace_id, Role.FINANCE, name="Mara")

    async def changed(expense: Expense, barrier: asyncio.Barrier) -> Expense | Exception:
        await barrier.wait()
        try:
            async with database.write(acting(mia)) as uow:
                return await correct_expense(uow, mia, expense.id, expense.version, said("99"))
        except Exception as refusal:  # noqa: BLE001 - looked at below
            return refusal

    outcomes: Counter[str] = Counter()
    for race in range(50):
        expense, asked = await submitted(database, builder, mia)
        barrier = asyncio.Barrier(2)
        acts = [decided(database, mara, asked, Verdict.APPROVED, barrier), changed(expense, barrier)]
        ends = await asyncio.gather(*(acts if race % 2 else reversed(acts)))
        won = [end for end in ends if not isinstance(end, Exception)]
        assert len(won) == 1, ends
        async with database.read(acting(mia)) as uow:
            row = await uow.session.get_one(ExpenseRow, expense.id)
            request = await newest_approval(uow, expense.id)
        assert request is not None
        if row.state == "approved":
            assert (row.amount_minor, request.id) == (2350, asked.id)
        else:
            assert (row.state, row.amount_minor) == ("submitted", 9900)
            assert (request.state, request.expense_version) == (ApprovalState.PENDING, row.version)
            assert request.id != asked.id
        outcomes[row.state] += 1
    assert sum(outcomes.values()) == 50
