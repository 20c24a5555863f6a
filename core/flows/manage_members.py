"""What those who look after members do: every card that shows the member follows, and who is concerned is told."""

from dataclasses import dataclass

from core.conversations import queries as conversations
from core.conversations.outgoing import show, tell
from core.conversations.subjects import Notice, Private, Subject
from core.flows.own_expenses import By
from core.flows.pass_on_approvals import pass_on_approvals
from core.flows.show_home import refresh_homes
from core.identity import queries, service
from core.identity.rules import Member, Role
from core.store.unit_of_work import UnitOfWork

MEMBER = "member"
ROLE_CHANGED = "role-changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a member stands: role, whom they report to (a member's id), department."""

    role: Role
    manager_id: str | None
    department: str | None


async def change_member(
    uow: UnitOfWork, by: By, member_id: str, version: int, place: Place, *, fresh: bool = False
) -> None:
    """Put a member into another place; who gets another role is told. `fresh`: show the card at the end of the chat as well.

    Raises MemberNotFound, MemberChanged, LastAdmin, ManagerNotFound, ManagerImpossible.
    """
    before = await queries.member(uow, member_id)
    await service.change_member(
        uow, member_id, version, role=place.role, manager_id=place.manager_id, department=place.department
    )
    if before is not None and before.role is not place.role and member_id != by.member.id:
        await _tell(uow, before, Notice(ROLE_CHANGED, arguments={"role": place.role.value}))
    await _shown(uow, by, member_id, fresh=fresh)
    await refresh_homes(uow, member_id)
    await pass_on_approvals(uow, member_id)


async def remove_member(uow: UnitOfWork, by: By, member_id: str, version: int | None) -> None:
    """Remove a member; the card offers to undo it. Raises MemberNotFound, MemberChanged, NotOneself, LastAdmin."""
    await refresh_homes(uow, member_id)  # first, while the member's accounts are known as theirs
    await service.remove_member(uow, by.member.id, member_id, version)
    await _shown(uow, by, member_id)
    await pass_on_approvals(uow, member_id)


async def restore_member(uow: UnitOfWork, by: By, member_id: str, version: int | None) -> None:
    """Undo a removal. Raises MemberNotFound, MemberChanged."""
    await service.restore_member(uow, member_id, version)
    await refresh_homes(uow, member_id)
    await _shown(uow, by, member_id)


async def _tell(uow: UnitOfWork, member: Member, notice: Notice) -> None:
    """Tell a member where they were last, unless they want to hear only of what needs them."""
    accounts = await queries.accounts_of_member(uow, member.id)
    if accounts and member.notifications.allow(needs_me=False):
        await tell(uow, notice, Private(accounts[0]))


async def _shown(uow: UnitOfWork, by: By, member_id: str, *, fresh: bool = False) -> None:
    subject = Subject(MEMBER, member_id)
    watchers = {by.account.id} | set(await conversations.accounts_that_see(uow, subject))
    for account_id in sorted(watchers):
        await show(uow, subject, Private(account_id), fresh=fresh and account_id == by.account.id)
