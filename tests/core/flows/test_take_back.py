"""Taking back what was submitted: while nobody has decided, by its owner alone, and never against a decision."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from core.approvals.errors import AlreadyApproved, AlreadyRejected, ApprovalTakenBack
from core.approvals.queries import waiting_for
from core.approvals.rules import ApprovalState, Verdict
from core.conversations.subjects import Subject
from core.expenses.errors import ExpenseChanged, ExpenseNotFound, NotSubmitted
from core.expenses.rules import State
from core.flows.decide_approval import decide_approval
from core.flows.own_expenses import By, correct_expense, submit_expense, take_back_expense
from core.identity.rules import Role
from core.kernel.errors import DomainError
from core.store.database import Database
from core.store.unit_of_work import UnitOfWork
from tests.fixtures.office import Office
from tests.fixtures.people import Builder, acting, said

RACES = 50


@pytest.fixture
async def office(database: Database, builder: Builder) -> Office:
    return Office(database, builder, (await builder.workspace()).workspace_id)


async def test_it_is_a_draft_again_and_waits_for_nobody(office: Office) -> None:
    mia, finn = await office.person("Mia"), await office.person("Finn", Role.FINANCE)
    expense, approval = await office.submitted(mia)
    await office.sees(finn, Subject("approval", approval.id))
    async with office.database.write(acting(mia)) as uow:
        taken = await take_back_expense(uow, mia, expense.id, expense.version)
    assert (taken.state, taken.version) == (State.DRAFT, expense.version + 1)
    closed = await office.now(approval)
    assert (closed.state, closed.decision) == (ApprovalState.TAKEN_BACK, None)
    async with office.database.read(acting(finn)) as uow:
        assert await waiting_for(uow, finn.member, offset=0, limit=9) == ((), 0)
    assert (await office.queued(finn))[-1]["show"] == Subject("approval", approval.id)
    refusal = await office.refused(
        finn, lambda uow: decide_approval(uow, finn, approval.id, approval.version, Verdict.APPROVED)
    )
    assert isinstance(refusal, ApprovalTakenBack)
    assert (refusal.name, refusal.number) == ("Mia", 1)

    async with office.database.write(acting(mia)) as uow:
        again = await submit_expense(uow, mia, expense.id, taken.version)
    asked_again = await office.newest(mia, again)
    await office.decide(finn, asked_again, Verdict.APPROVED)
    assert (await office.expense(mia, expense)).state is State.APPROVED


async def test_nobody_else_takes_it_back_and_not_what_was_never_submitted(office: Office) -> None:
    mia, eve = await office.person("Mia"), await office.person("Eve", Role.ADMIN)
    expense, approval = await office.submitted(mia)
    refusal = await office.refused(eve, lambda uow: take_back_expense(uow, eve, expense.id, expense.version))
    assert isinstance(refusal, ExpenseNotFound)
    assert await office.attempts(eve) == ["expense"]
    assert (await office.now(approval)).state is ApprovalState.PENDING
    draft = await office.builder.expense(mia, words="lunch")
    refusal = await office.refused(mia, lambda uow: take_back_expense(uow, mia, draft.id, draft.version))
    assert isinstance(refusal, NotSubmitted)


async def test_a_card_of_an_older_version_takes_nothing_back(office: Office) -> None:
    mia = await office.person("Mia")
    await office.person("Finn", Role.FINANCE)
    expense, _ = await office.submitted(mia)
    async with office.database.write(acting(mia)) as uow:
        await correct_expense(uow, mia, expense.id, expense.version, said("99"))
    refusal = await office.refused(mia, lambda uow: take_back_expense(uow, mia, expense.id, expense.version))
    assert isinstance(refusal, ExpenseChanged)


@pytest.mark.parametrize(
    ("verdict", "error"), [(Verdict.APPROVED, AlreadyApproved), (Verdict.REJECTED, AlreadyRejected)]
)
async def test_who_is_too_late_is_told_who_decided(office: Office, verdict: Verdict, error: type[DomainError]) -> None:
    mia, finn = await office.person("Mia"), await office.person("Finn", Role.FINANCE)
    expense, approval = await office.submitted(mia)
    await office.decide(finn, approval, verdict, "because")
    refusal = await office.refused(mia, lambda uow: take_back_expense(uow, mia, expense.id, expense.version))
    assert type(refusal) is error
    assert refusal.arguments()["name"] == "Finn"


async def test_of_a_decision_and_a_taking_back_in_the_same_instant_one_counts(office: Office) -> None:
    """50 races on each database."""
    mia, finn = await office.person("Mia"), await office.person("Finn", Role.FINANCE)
    winners: Counter[str] = Counter()

    async def at_once(by: By, barrier: asyncio.Barrier, act: Callable[[UnitOfWork], Awaitable[object]]) -> object:
        await barrier.wait()
        try:
            async with office.database.write(acting(by)) as uow:
                return await act(uow)
        except DomainError as refusal:
            return refusal

    for race in range(RACES):
        expense, approval = await office.submitted(mia)
        barrier = asyncio.Barrier(2)

        async def decide(uow: UnitOfWork, about: str = approval.id, version: int = approval.version) -> object:
            return await decide_approval(uow, finn, about, version, Verdict.APPROVED)

        async def take_back(uow: UnitOfWork, about: str = expense.id, version: int = expense.version) -> object:
            return await take_back_expense(uow, mia, about, version)

        acts = [at_once(finn, barrier, decide), at_once(mia, barrier, take_back)]
        ends = await asyncio.gather(*(acts if race % 2 else reversed(acts)))
        (refusal,) = [end for end in ends if isinstance(end, DomainError)]
        state = (await office.expense(mia, expense)).state
        request = (await office.now(approval)).state
        if isinstance(refusal, ApprovalTakenBack):
            assert (state, request) == (State.DRAFT, ApprovalState.TAKEN_BACK)
        else:
            assert isinstance(refusal, AlreadyApproved)
            assert (state, request) == (State.APPROVED, ApprovalState.APPROVED)
        winners[state] += 1
    assert sum(winners.values()) == RACES
