"""Asking, deciding, asking back: who gets what, what stands in the books, and who is refused. On both databases."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from core.approvals.errors import (
    AlreadyApproved,
    AlreadyRejected,
    ApprovalNotFound,
    ApprovalWithdrawn,
    ApprovedByYou,
    OwnExpense,
    QuestionAnswered,
    QuestionNotFound,
    RejectedByYou,
)
from core.approvals.queries import waiting_for
from core.approvals.rules import Approval, ApprovalState, Verdict
from core.approvals.service import visible_approval
from core.conversations.subjects import Notice, Subject
from core.expenses.rules import State
from core.flows import own_expenses
from core.flows.approval_questions import answer_question, ask_question
from core.flows.decide_approval import decide_approval
from core.flows.own_expenses import By
from core.identity.errors import NotPermitted
from core.identity.rules import Notifications, Role
from core.identity.tables import AccountRow
from core.store.database import Database
from core.store.unit_of_work import UnitOfWork
from tests.fixtures.clock import FakeClock
from tests.fixtures.office import Office
from tests.fixtures.people import Builder, acting, actor, said


@pytest.fixture
async def office(database: Database, builder: Builder) -> Office:
    return Office(database, builder, (await builder.workspace()).workspace_id)


@pytest.fixture
async def mara(office: Office) -> By:
    return await office.person("Mara", Role.MANAGER, "slack")


@pytest.fixture
async def mia(office: Office, mara: By) -> By:
    return await office.change(await office.person("Mia"), manager_id=mara.member.id)


def shown(approval: Approval) -> dict[str, Any]:
    return {"show": Subject("approval", approval.id), "fresh": True}


async def test_submitting_asks_the_manager_where_they_wrote_last(
    office: Office, mia: By, mara: By, clock: FakeClock
) -> None:
    on_telegram = await office.builder.account("Mara", platform="telegram")
    async with office.database.write(actor(office.workspace_id)) as uow:
        from core.identity.tables import AccountMemberRow

        uow.session.add(
            AccountMemberRow(
                account_id=on_telegram.id,
                member_id=mara.member.id,
                workspace_id=office.workspace_id,
                created_at=uow.now,
            )
        )
    clock.advance(timedelta(hours=1))
    async with office.database.write(actor()) as uow:
        (await uow.session.get_one(AccountRow, mara.account.id)).last_seen_at = uow.now
    await office.person("Finn", Role.FINANCE)
    expense, approval = await office.submitted(mia)
    assert (expense.state, approval.state) == (State.SUBMITTED, ApprovalState.PENDING)
    assert [each.name for each in approval.approvers] == ["Mara"]
    (queued,) = await office.queued(mara)
    assert queued | shown(approval) == queued
    assert await office.queued(replace(mara, account=on_telegram)) == []


async def test_without_a_manager_finance_is_asked_and_without_finance_the_admins(office: Office) -> None:
    ben, ada, finn = [
        await office.person(name, role)
        for name, role in (("Ben", Role.EMPLOYEE), ("Ada", Role.ADMIN), ("Finn", Role.FINANCE))
    ]
    ann = await office.person("Ann", Role.ADMIN)

    async def asked(by: By) -> set[str]:
        _, approval = await office.submitted(by)
        return {each.name for each in approval.approvers}

    assert await asked(ben) == {"Finn"}
    assert await asked(finn) == {"Ada", "Ann"}
    assert await asked(ada) == {"Finn"}
    await office.change(finn, role=Role.EMPLOYEE)
    assert await asked(ada) == {"Ann"}
    await office.change(ann, role=Role.EMPLOYEE)
    assert await asked(ada) == set()


async def test_where_nobody_is_left_it_waits_for_who_joins_later(office: Office) -> None:
    mia = await office.person("Mia")
    expense, approval = await office.submitted(mia)
    assert (expense.state, approval.approvers) == (State.SUBMITTED, ())
    mara = await office.person("Mara", Role.MANAGER)
    finn = await office.person("Finn", Role.FINANCE)
    for by, waiting in ((mara, []), (finn, [approval.id]), (mia, [])):
        async with office.database.read(acting(by)) as uow:
            found, count = await waiting_for(uow, by.member, offset=0, limit=10)
        assert ([each.id for each in found], count) == (waiting, len(waiting))
    assert (await office.decide(finn, approval, Verdict.APPROVED)).state is ApprovalState.APPROVED


async def test_an_approval_shows_on_every_copy_and_the_owner_is_told(
    office: Office, mia: By, mara: By, clock: FakeClock
) -> None:
    ada = await office.person("Ada", Role.ADMIN)
    expense, approval = await office.submitted(mia)
    await office.sees(mia, Subject("expense", expense.id))
    await office.sees(ada, Subject("approval", approval.id))
    clock.advance(timedelta(minutes=5))
    before = {by.member.id: len(await office.queued(by)) for by in (mia, mara, ada)}
    decided = await office.decide(mara, approval, Verdict.APPROVED)
    assert decided.decision is not None
    assert (decided.decision.name, decided.decision.verdict, decided.decision.at) == (
        "Mara",
        Verdict.APPROVED,
        clock.now(),
    )
    assert (await office.expense(mia, expense)).state is State.APPROVED

    async def new(by: By) -> list[dict[str, Any]]:
        return (await office.queued(by))[before[by.member.id] :]

    for by in (mara, ada):
        assert [(each["show"], each["fresh"]) for each in await new(by)] == [(Subject("approval", approval.id), False)]
    follows, told = await new(mia)
    assert follows["show"] == Subject("expense", expense.id)
    notice = told["tell"]
    assert isinstance(notice, Notice)
    assert (notice.kind, notice.arguments["name"], notice.arguments["number"]) == ("approval.approved", "Mara", 1)


async def test_a_rejected_one_can_be_corrected_and_is_asked_about_again(
    office: Office, mia: By, mara: By, clock: FakeClock
) -> None:
    expense, approval = await office.submitted(mia)
    await office.decide(mara, approval, Verdict.REJECTED, "no receipt")
    rejected = await office.expense(mia, expense)
    assert rejected.state is State.REJECTED
    told = (await office.queued(mia))[-1]["tell"]
    assert (told.arguments["reason"], told.arguments["version"]) == ("no receipt", rejected.version)
    clock.advance(timedelta(hours=1))
    async with office.database.write(acting(mia)) as uow:
        corrected = await own_expenses.correct_expense(uow, mia, expense.id, rejected.version, said("20"))
        assert corrected.state is State.REJECTED
        await own_expenses.submit_expense(uow, mia, expense.id, corrected.version)
    again = await office.newest(mia, expense)
    assert again.id != approval.id
    assert (await office.queued(mara))[-1] | shown(again) == (await office.queued(mara))[-1]
    assert (await office.decide(mara, again, Verdict.APPROVED)).state is ApprovalState.APPROVED
    first = await office.now(approval)
    assert first.decision is not None
    assert (first.state, first.decision.reason) == (ApprovalState.REJECTED, "no receipt")


async def test_a_change_after_submission_withdraws_the_request_and_asks_again(
    office: Office, mia: By, mara: By, clock: FakeClock
) -> None:
    expense, approval = await office.submitted(mia)
    async with office.database.write(acting(mia)) as uow:  # a change that changes nothing
        await own_expenses.correct_expense(uow, mia, expense.id, expense.version, said())
    assert (await office.now(approval)).state is ApprovalState.PENDING
    clock.advance(timedelta(minutes=1))
    async with office.database.write(acting(mia)) as uow:
        changed = await own_expenses.correct_expense(uow, mia, expense.id, expense.version, said("99"))
    assert changed.state is State.SUBMITTED
    again = await office.newest(mia, expense)
    assert (again.state, again.expense_version) == (ApprovalState.PENDING, changed.version)
    refusal = await office.refused(
        mara, lambda uow: decide_approval(uow, mara, approval.id, approval.version, Verdict.APPROVED)
    )
    assert isinstance(refusal, ApprovalWithdrawn)
    assert (refusal.name, refusal.number, refusal.at) == ("Mia", 1, clock.now())
    queued = [(each["show"].id, each["fresh"]) for each in await office.queued(mara)]
    assert queued == [(approval.id, True), (approval.id, False), (again.id, True)]
    await office.decide(mara, again, Verdict.APPROVED)
    assert (await office.expense(mia, expense)).amount.amount_minor == 9900


async def test_who_comes_late_is_told_who_was_faster_and_when(
    office: Office, mia: By, mara: By, clock: FakeClock
) -> None:
    ada = await office.person("Ada", Role.ADMIN)
    for verdict, error, own in (
        (Verdict.APPROVED, AlreadyApproved, ApprovedByYou),
        (Verdict.REJECTED, AlreadyRejected, RejectedByYou),
    ):
        _, approval = await office.submitted(mia)
        await office.decide(mara, approval, verdict, "because")
        decided_at = clock.now()
        clock.advance(timedelta(minutes=3))
        for by, expected in ((ada, error), (mara, own)):
            refusal = await office.refused(by, partial(_approve, by=by, approval=approval))
            assert type(refusal) is expected
            assert refusal.arguments()["at"] == decided_at
            assert await office.attempts(by) == []  # nothing that was forbidden
        kept = (await office.now(approval)).decision
        assert kept is not None
        assert (kept.name, kept.verdict, kept.at) == ("Mara", verdict, decided_at)


async def test_nobody_decides_on_their_own_and_the_attempt_is_in_the_audit(office: Office) -> None:
    ada, ann = await office.person("Ada", Role.ADMIN), await office.person("Ann", Role.ADMIN)
    _, approval = await office.submitted(ada)
    refusal = await office.refused(ada, lambda uow: decide_approval(uow, ada, approval.id, 1, Verdict.APPROVED))
    assert isinstance(refusal, OwnExpense)
    assert await office.attempts(ada) == ["approval-of-own-expense"]
    assert await office.attempts(ann) == []
    assert (await office.now(approval)).state is ApprovalState.PENDING


@pytest.mark.parametrize("who", ["colleague", "another manager", "another workspace"])
async def test_who_has_nothing_to_do_with_it_sees_nothing_and_the_attempt_is_in_the_audit(
    office: Office, mia: By, who: str
) -> None:
    eve = {
        "colleague": lambda: office.person("Eve"),
        "another manager": lambda: office.person("Eve", Role.MANAGER),
        "another workspace": lambda: _elsewhere(office),
    }
    by = await eve[who]()
    _, approval = await office.submitted(mia)
    acts: list[Callable[[UnitOfWork], Awaitable[object]]] = [
        lambda uow: visible_approval(uow, by.member, approval.id),
        lambda uow: decide_approval(uow, by, approval.id, 1, Verdict.APPROVED),
        lambda uow: ask_question(uow, by, approval.id, 1, "why?"),
    ]
    for act in acts:
        assert isinstance(await office.refused(by, act), ApprovalNotFound)
    assert await office.attempts(by) == ["approval"] * 3
    async with office.database.read(acting(by)) as uow:
        assert await waiting_for(uow, by.member, offset=0, limit=10) == ((), 0)
    assert (await office.now(approval)).state is ApprovalState.PENDING


async def _approve(uow: UnitOfWork, by: By, approval: Approval) -> Approval:
    return await decide_approval(uow, by, approval.id, approval.version, Verdict.APPROVED)


async def _elsewhere(office: Office) -> By:
    other = await office.builder.workspace("Globex")
    return await office.builder.member(other.workspace_id, Role.ADMIN, name="Eve")


async def test_who_was_demoted_or_removed_decides_no_more(office: Office, mia: By, mara: By) -> None:
    _, approval = await office.submitted(mia)
    demoted = await office.change(mara, role=Role.EMPLOYEE)
    refusal = await office.refused(demoted, lambda uow: decide_approval(uow, demoted, approval.id, 1, Verdict.APPROVED))
    assert isinstance(refusal, NotPermitted)
    assert await office.attempts(mara) == ["approval"]
    finn = await office.person("Finn", Role.FINANCE)  # what nobody else can decide any more waits for finance
    async with office.database.read(acting(finn)) as uow:
        assert [each.id for each in (await waiting_for(uow, finn.member, offset=0, limit=10))[0]] == [approval.id]


async def test_a_question_and_its_answer_are_kept_and_reach_both(
    office: Office, mia: By, mara: By, clock: FakeClock
) -> None:
    expense, approval = await office.submitted(mia)
    async with office.database.write(acting(mara)) as uow:
        asked = await ask_question(uow, mara, approval.id, approval.version, "Which customer?")
    (question,) = asked.questions
    assert (question.asked_by, question.question, question.answer) == ("Mara", "Which customer?", None)
    assert (await office.queued(mia))[-1] | {
        "show": Subject("approval-question", question.id),
        "fresh": True,
    } == (await office.queued(mia))[-1]
    clock.advance(timedelta(minutes=1))
    eve = await office.person("Eve")
    refusal = await office.refused(eve, lambda uow: answer_question(uow, eve, question.id, "me"))
    assert isinstance(refusal, QuestionNotFound)
    assert await office.attempts(eve) == ["approval-question"]
    async with office.database.write(acting(mia)) as uow:
        answered = await answer_question(uow, mia, question.id, "Globex")
    assert [(each.answer, each.answered_at) for each in answered.questions] == [("Globex", clock.now())]
    assert (await office.queued(mara))[-1] | shown(approval) == (await office.queued(mara))[-1]
    twice = await office.refused(mia, lambda uow: answer_question(uow, mia, question.id, "Initech"))
    assert isinstance(twice, QuestionAnswered)
    await office.decide(mara, approval, Verdict.REJECTED, "too much")  # a question is no new version of the request
    async with office.database.write(acting(mia)) as uow:
        await own_expenses.submit_expense(uow, mia, expense.id, None)
    assert [each.answer for each in (await office.newest(mia, expense)).questions] == ["Globex"]


async def test_who_wants_no_notifications_finds_it_in_the_list(office: Office, mia: By, mara: By) -> None:
    quiet = await office.change(mara, notifications=Notifications.NONE)
    _, approval = await office.submitted(mia)
    assert [each.name for each in approval.approvers] == ["Mara"]
    assert await office.queued(quiet) == []
    async with office.database.read(acting(quiet)) as uow:
        assert (await waiting_for(uow, quiet.member, offset=0, limit=10))[1] == 1


async def test_a_long_list_has_pages_oldest_first(office: Office, mia: By, mara: By, clock: FakeClock) -> None:
    made = []
    for _ in range(5):
        made.append((await office.submitted(mia))[1].id)
        clock.advance(timedelta(minutes=1))
    async with office.database.read(acting(mara)) as uow:
        pages = [await waiting_for(uow, mara.member, offset=at, limit=2) for at in (0, 2, 4)]
    assert [each.id for page, _ in pages for each in page] == made
    assert {count for _, count in pages} == {5}
