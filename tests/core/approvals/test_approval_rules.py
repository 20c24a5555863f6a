"""Who is asked and who decides, for any workspace that one can think of; what follows from any row of decisions."""

from hypothesis import given
from hypothesis import strategies as st

from core.approvals.rules import (
    ApprovalState,
    Candidate,
    Policy,
    Verdict,
    may_decide,
    may_see,
    next_step,
    whom_to_ask,
)
from core.identity.rules import Member, Role

IDS = ("owner", "a", "b", "c", "d")


def member(member_id: str, role: Role, manager_id: str | None = None, *, removed: bool = False) -> Member:
    return Member(
        id=member_id,
        workspace_id="w",
        business_id="b",
        name=member_id,
        role=role,
        language="en",
        time_zone="UTC",
        currency="EUR",
        manager_id=manager_id,
        removed=removed,
    )


members = st.builds(member, st.sampled_from(IDS[1:]), st.sampled_from(Role), removed=st.booleans())
colleagues = st.lists(
    st.builds(Candidate, member=members, account_id=st.sampled_from(["account", None])),
    unique_by=lambda each: each.member.id,
)
owners = st.builds(member, st.just("owner"), st.sampled_from(Role), st.sampled_from([*IDS, None]))


@given(owner=owners, known=colleagues)
def test_who_is_asked_can_decide_can_be_reached_and_is_never_the_owner(owner: Member, known: list[Candidate]) -> None:
    known = [*known, Candidate(member=owner, account_id="account")]
    asked = whom_to_ask(owner, known)
    ids = {each.member.id for each in asked}
    for each in asked:
        assert each.account_id is not None
        assert may_decide(each.member, owner.id, ids)
        assert each.member.id != owner.id
    able = [
        each
        for each in known
        if each.member.role is not Role.EMPLOYEE
        and not each.member.removed
        and each.account_id
        and each.member != owner
    ]
    if any(each.member.id == owner.manager_id for each in able):
        assert ids == {owner.manager_id}
    else:
        finance = {each.member.id for each in able if each.member.role is Role.FINANCE}
        assert ids == (finance or {each.member.id for each in able if each.member.role is Role.ADMIN})


@given(who=members, owner_id=st.sampled_from(IDS), asked=st.sets(st.sampled_from(IDS)))
def test_who_decides_also_sees_and_nobody_decides_on_their_own(who: Member, owner_id: str, asked: set[str]) -> None:
    decides, sees = may_decide(who, owner_id, asked), may_see(who, owner_id, asked)
    assert sees or not decides
    if who.removed:
        assert not sees
    elif who.id == owner_id:
        assert sees
        assert not decides
    elif who.role is Role.EMPLOYEE:
        assert not decides
        assert sees is (who.id in asked)
    elif who.role is Role.MANAGER:
        assert sees is decides is (who.id in asked)
    else:
        assert sees
        assert decides


verdicts = st.lists(st.sampled_from(Verdict), max_size=6)


@given(tiers=st.integers(1, 4), decisions=verdicts)
def test_one_rejection_ends_it_and_as_many_approvals_as_there_are_tiers_approve(
    tiers: int, decisions: list[Verdict]
) -> None:
    step = next_step(Policy(tiers=tiers), decisions)
    counting = decisions[:tiers]
    if Verdict.REJECTED in counting:
        assert (step.state, step.tier) == (ApprovalState.REJECTED, None)
    elif len(counting) == tiers:
        assert (step.state, step.tier) == (ApprovalState.APPROVED, None)
    else:
        assert (step.state, step.tier) == (ApprovalState.PENDING, len(decisions))


@given(tiers=st.integers(1, 4), decisions=verdicts, later=verdicts)
def test_what_has_ended_stays_as_it_is(tiers: int, decisions: list[Verdict], later: list[Verdict]) -> None:
    step = next_step(Policy(tiers=tiers), decisions)
    if step.tier is None:
        assert next_step(Policy(tiers=tiers), [*decisions, *later]) == step


@given(tiers=st.integers(max_value=0))
def test_a_policy_that_approves_what_nobody_saw_is_refused(tiers: int) -> None:
    try:
        Policy(tiers=tiers)
    except ValueError as error:
        assert str(tiers) in str(error)  # noqa: PT017 - hypothesis reports the tiers that were let through
    else:
        raise AssertionError(f"{tiers} tiers were let through")
