"""Accounts, members and codes: the use cases."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, func, or_, select, update

from core.identity import codes, queries
from core.identity.errors import (
    AlreadyLinked,
    AlreadyMember,
    CodeUnknown,
    LastAdmin,
    LinkCodeUnknown,
    ManagerImpossible,
    ManagerNotFound,
    MemberChanged,
    MemberNotFound,
    NotOneself,
    TooManyCodes,
    WorkspaceNotYours,
)
from core.identity.rules import Account, Member, Role, Settings, reports_to
from core.identity.tables import (
    AccountMemberRow,
    AccountRow,
    CodeAttemptRow,
    CodePurpose,
    CodeRow,
    GroupChatRow,
    MemberRow,
    PersonRow,
)
from core.kernel.clock import CLOCKS_APART
from core.store.statements import insert_into, prepared
from core.store.unit_of_work import UnitOfWork
from core.tenancy import queries as tenancy

MENU = "menu"
"""The topic that tells an edge, by account, that the commands on offer or their language have changed."""
LAST_SEEN_STEP = timedelta(seconds=1)
"""How exact "used last" is: what somebody is told goes to where they wrote last, and people change platforms quickly."""


async def meet_account(
    uow: UnitOfWork, *, installation_id: str, user: str, name: str, language: str, time_zone: str | None, may_join: bool
) -> str:
    """Note an account that was not known; return its id, also when somebody was faster."""
    values = {
        "id": uow.new_id(), "installation_id": installation_id, "user": user, "name": name, "language": language,
        "time_zone": time_zone, "may_join": may_join, "last_seen_at": uow.now, "created_at": uow.now,
    }  # fmt: skip
    unique = [AccountRow.installation_id, AccountRow.user]
    made = insert_into(uow, AccountRow).values(**values).on_conflict_do_nothing(index_elements=unique)
    await uow.session.execute(made)
    met = select(AccountRow.id).where(AccountRow.installation_id == installation_id, AccountRow.user == user)
    return (await uow.session.scalars(met)).one()


_CHANNEL = func.coalesce(bindparam("private_channel", type_=AccountRow.channel.type), AccountRow.channel)
_SEE = prepared(
    update(AccountRow)
    .where(
        AccountRow.id == bindparam("account_id"),
        or_(
            AccountRow.last_seen_at < bindparam("long_ago"),
            AccountRow.last_seen_at > bindparam("ahead"),  # the clock was put back
            AccountRow.unreachable_since.is_not(None),
            AccountRow.channel.is_distinct_from(_CHANNEL),
        ),
    )
    .values(last_seen_at=bindparam("now"), unreachable_since=None, channel=_CHANNEL)
)


async def see_account(uow: UnitOfWork, account: Account, *, private_channel: str | None) -> None:
    """Note that an account was heard from: it can be reached again, and in which private chat."""
    await _SEE.run(
        uow,
        account_id=account.id,
        now=uow.now,
        long_ago=uow.now - LAST_SEEN_STEP,
        ahead=uow.now + LAST_SEEN_STEP,
        private_channel=private_channel,
    )


async def move_group_chat(uow: UnitOfWork, installation_id: str, old_channel: str, new_channel: str) -> None:
    """Note that a group goes on under another id of the platform's; what refers to it does so by our id, and stands.

    Platforms tell it more than once. Where somebody wrote in the new chat before it was told, that row gives way.
    """
    group = select(GroupChatRow).where(GroupChatRow.installation_id == installation_id)
    known = (await uow.session.scalars(group.where(GroupChatRow.channel == old_channel))).first()
    if known is None:
        return
    newer = (await uow.session.scalars(group.where(GroupChatRow.channel == new_channel))).first()
    if newer is not None:
        await uow.session.delete(newer)
        await uow.session.flush()
    known.channel = new_channel


async def may_join(uow: UnitOfWork, account_id: str) -> bool:
    """Tell whether an account is of an ordinary person of the installed team, who becomes an employee by writing.

    The account stays locked until the commit: who writes in two chats at once for the first time joins once.
    """
    return (await uow.session.get_one(AccountRow, account_id, with_for_update=True)).may_join


async def join(uow: UnitOfWork, account: Account, role: Role, *, time_zone: str | None = None) -> Member:
    """Make the account's person a member of the unit's workspace.

    Who was removed comes back as the member that they were, with their books; who is a member is raised to a higher role.
    Raises AlreadyMember where the role is no higher.
    """
    workspace = await tenancy.workspace(uow)
    taken = select(AccountMemberRow).where(
        AccountMemberRow.account_id == account.id, AccountMemberRow.workspace_id == workspace.id
    )
    known = (await uow.session.scalars(taken)).first()
    if known is not None:
        uow.enter(workspace.id, member_id=known.member_id)
        await _take_role(uow, known.member_id, role, workspace.name)
        return await _settled(uow, account, known.member_id)
    row = MemberRow(
        id=uow.new_id(), business_id=workspace.business_id, name=account.name, role=role, language=account.language,
        time_zone=time_zone or await _account_time_zone(uow, account.id) or workspace.time_zone, created_at=uow.now,
    )  # fmt: skip
    uow.enter(workspace.id, member_id=row.id)
    uow.session.add(row)
    await uow.session.flush()
    uow.session.add(
        PersonRow(id=uow.new_id(), name=row.name, member_id=row.id, account_id=account.id, created_at=uow.now)
    )
    uow.session.add(
        AccountMemberRow(account_id=account.id, member_id=row.id, workspace_id=workspace.id, created_at=uow.now)
    )
    return await _settled(uow, account, row.id)


async def _take_role(uow: UnitOfWork, member_id: str, role: Role, workspace: str) -> None:
    row = await uow.session.get_one(MemberRow, member_id)
    if row.removed_at is not None:
        row.role = role
        await put_back(uow, row)
    elif role.rank > row.role.rank:
        row.role = role
    else:
        raise AlreadyMember(workspace=workspace)
    await uow.session.flush()
    await signal_menus(uow, member_id)


async def _settled(uow: UnitOfWork, account: Account, member_id: str) -> Member:
    """Let the account work where it has just come in, and return the member that it acts for."""
    (await uow.session.get_one(AccountRow, account.id)).current_workspace_id = uow.workspace_id
    uow.signal(MENU, account.id)
    await uow.session.flush()
    joined = await queries.member(uow, member_id)
    if joined is None:
        raise LookupError(f"member {member_id} vanished inside its own transaction")
    return joined


async def put_back(uow: UnitOfWork, row: MemberRow) -> None:
    """Take a removal back: the member's accounts act for it again."""
    row.removed_at = None
    for link in await uow.session.scalars(select(AccountMemberRow).where(AccountMemberRow.member_id == row.id)):
        link.ended_at = None


async def signal_menus(uow: UnitOfWork, member_id: str) -> None:
    """Tell the edges that what a member is offered, or in which language, has changed."""
    for account_id in await queries.all_accounts(uow, member_id):
        uow.signal(MENU, account_id)


async def _account_time_zone(uow: UnitOfWork, account_id: str) -> str | None:
    return (await uow.session.get_one(AccountRow, account_id)).time_zone


async def issue_code(uow: UnitOfWork, role: Role, key: bytes) -> str:
    """Return a new one-time code for a role in the unit's workspace, valid for codes.CODE_VALID."""
    return _issue(uow, key, codes.CODE_VALID, purpose=CodePurpose.INVITE, role=role)


async def issue_link_code(uow: UnitOfWork, member: Member, key: bytes) -> str:
    """Return a one-time code by which another account of this person joins the member, valid for codes.LINK_CODE_VALID.

    A member has one such code at a time: the one before stops working.
    """
    await void_link_codes(uow, member.id)
    return _issue(uow, key, codes.LINK_CODE_VALID, purpose=CodePurpose.LINK, member_id=member.id)


async def void_link_codes(uow: UnitOfWork, member_id: str) -> None:
    """Have the codes expire that would link an account to this member."""
    waiting = select(CodeRow).where(
        CodeRow.member_id == member_id, CodeRow.used_at.is_(None), CodeRow.expires_at > uow.now
    )
    for row in await uow.session.scalars(waiting):
        row.expires_at = uow.now


def _issue(uow: UnitOfWork, key: bytes, valid: timedelta, **what_for: Any) -> str:
    code = codes.new_code()
    uow.session.add(
        CodeRow(
            id=uow.new_id(), digest=codes.code_digest(code, key), workspace_id=uow.workspace_id, created_at=uow.now,
            expires_at=uow.now + valid, **what_for,
        )
    )  # fmt: skip
    return code


@dataclass(frozen=True, slots=True)
class FailedCode:
    """The trace of a wrong code: it counts against the account although the refusal rolled everything else back."""

    account_id: str

    async def write(self, unit_of_work: Any) -> None:
        """Count it."""
        unit_of_work.session.add(
            CodeAttemptRow(id=unit_of_work.new_id(), account_id=self.account_id, at=unit_of_work.now)
        )


@dataclass(frozen=True, slots=True)
class UsedCode:
    """What a code was for: an invitation's `role`, or the member whom its account joins."""

    role: Role | None
    member_id: str | None


async def use_code(uow: UnitOfWork, account: Account, digest: str, purpose: CodePurpose) -> UsedCode:
    """Use up a code and enter its workspace.

    Raises TooManyCodes before it looks, CodeUnknown with a trace (for a code of another purpose as well), AlreadyMember and
    AlreadyLinked for one that the account itself has used. Two at once: the row's version lets one through.
    """
    await _check_attempts(uow, account)
    row = (await uow.session.scalars(select(CodeRow).where(CodeRow.digest == digest))).first()
    if row is not None and row.purpose is purpose and row.used_by_account_id == account.id:
        await _check_own_second_use(uow, row)
    if row is None or row.purpose is not purpose or row.used_at is not None or row.expires_at <= uow.now:
        error = LinkCodeUnknown() if purpose is CodePurpose.LINK else CodeUnknown()
        error.traces.append(FailedCode(account.id))
        raise error
    uow.enter(row.workspace_id)
    row.used_at, row.used_by_account_id = uow.now, account.id
    return UsedCode(role=row.role, member_id=row.member_id)


async def _check_attempts(uow: UnitOfWork, account: Account) -> None:
    """Raise TooManyCodes for an account that guesses, and for all while many accounts guess together."""
    attempts, first = await queries.attempts_since(uow, account.id, uow.now - codes.ATTEMPTS_WINDOW)
    if attempts < codes.ATTEMPTS_MAX:
        first = await queries.attempt_before_last(uow, codes.ALL_ATTEMPTS_MAX)
    if first is not None and uow.now - codes.ATTEMPTS_WINDOW < first <= uow.now + CLOCKS_APART:
        wait = first + codes.ATTEMPTS_WINDOW - uow.now
        raise TooManyCodes(minutes=max(1, -(-int(wait.total_seconds()) // 60)))


async def _check_own_second_use(uow: UnitOfWork, row: CodeRow) -> None:
    """See whether a code did long ago what its person wants again: a link is tapped twice on a phone all the time.

    Raises AlreadyMember, AlreadyLinked. Neither is a wrong guess.
    """
    names = dict(await queries.workspaces_of_account(uow, row.used_by_account_id or ""))
    if row.workspace_id not in names:
        return
    if row.purpose is CodePurpose.LINK:
        raise AlreadyLinked
    raise AlreadyMember(workspace=names[row.workspace_id])


async def set_language(uow: UnitOfWork, account: Account, member: Member | None, language: str) -> None:
    """Speak another language to a person: to the member on every platform, or to the account of a stranger."""
    (await uow.session.get_one(AccountRow, account.id)).language = language
    uow.signal(MENU, account.id)
    if member is not None:
        (await uow.session.get_one(MemberRow, member.id)).language = language
        await signal_menus(uow, member.id)


async def set_settings(uow: UnitOfWork, member: Member, wanted: Settings) -> None:
    """Keep what a member wants of the bot."""
    row = await uow.session.get_one(MemberRow, member.id)
    row.language, row.time_zone, row.notifications = wanted.language, wanted.time_zone, wanted.notifications
    hours = wanted.working_hours
    row.working_days = "".join(str(day) for day in sorted(hours.days))
    row.work_starts_minute, row.work_ends_minute = hours.starts_minute, hours.ends_minute
    await signal_menus(uow, member.id)


async def work_in(uow: UnitOfWork, account: Account, workspace_id: str) -> str:
    """Have an account work in another of its workspaces from now on; return what that is called. Raises WorkspaceNotYours."""
    names = dict(await queries.workspaces_of_account(uow, account.id))
    if workspace_id not in names:
        raise WorkspaceNotYours
    (await uow.session.get_one(AccountRow, account.id)).current_workspace_id = workspace_id
    uow.signal(MENU, account.id)
    return names[workspace_id]


async def act_for(uow: UnitOfWork, account: Account, member_id: str) -> Member:
    """Have an account act for a member of the unit's workspace, and work there."""
    known = select(AccountMemberRow).where(
        AccountMemberRow.account_id == account.id, AccountMemberRow.workspace_id == uow.workspace_id
    )
    if (await uow.session.scalars(known)).first() is None:
        uow.session.add(
            AccountMemberRow(
                account_id=account.id, member_id=member_id, workspace_id=uow.workspace_id, created_at=uow.now
            )
        )
        await uow.session.flush()
    await signal_menus(uow, member_id)
    return await _settled(uow, account, member_id)


# ---- those who look after members ----


async def change_member(
    uow: UnitOfWork, member_id: str, version: int, *, role: Role, manager_id: str | None, department: str | None
) -> None:
    """Put role, manager and department in the place of a member's.

    Raises MemberNotFound, MemberChanged, LastAdmin, ManagerNotFound, ManagerImpossible.
    """
    row = await _locked(uow, member_id, version)
    if row.role is Role.ADMIN and role is not Role.ADMIN and not await queries.another_admin(uow, member_id):
        raise LastAdmin(name=row.name)
    if manager_id is not None and manager_id != row.manager_id:
        await _check_manager(uow, row, manager_id)
    row.role, row.manager_id, row.department = role, manager_id, department
    await uow.session.flush()
    await signal_menus(uow, member_id)


async def remove_member(uow: UnitOfWork, by_member_id: str, member_id: str, version: int | None) -> None:
    """Remove a member: its accounts are strangers here from their next message on, and its books stay.

    Raises MemberNotFound, MemberChanged, NotOneself, LastAdmin.
    """
    row = await _locked(uow, member_id, version)
    if member_id == by_member_id:
        raise NotOneself
    if row.role is Role.ADMIN and not await queries.another_admin(uow, member_id):
        raise LastAdmin(name=row.name)
    await signal_menus(uow, member_id)
    await void_link_codes(uow, member_id)
    row.removed_at = uow.now
    for link in await uow.session.scalars(select(AccountMemberRow).where(AccountMemberRow.member_id == member_id)):
        link.ended_at = uow.now
    await uow.session.flush()


async def restore_member(uow: UnitOfWork, member_id: str, version: int | None) -> None:
    """Undo a removal. Raises MemberNotFound, MemberChanged."""
    row = await _locked(uow, member_id, version, removed=True)
    await put_back(uow, row)
    await uow.session.flush()
    await signal_menus(uow, member_id)


async def _locked(uow: UnitOfWork, member_id: str, version: int | None, *, removed: bool = False) -> MemberRow:
    """Return a member's row, in the version that was seen (None: whichever).

    The workspace stays locked until the commit: two admins who demote each other at once, or who make two members each
    other's manager, would both be right by what they see.
    """
    await tenancy.lock_workspace(uow)
    statement = select(MemberRow).where(MemberRow.id == member_id, MemberRow.merged_into_id.is_(None))
    row = (await uow.session.scalars(statement)).first()
    if row is None:
        raise MemberNotFound
    if (row.removed_at is not None) is not removed:
        raise MemberChanged(name=row.name, version=None)
    if version is not None and row.version != version:
        raise MemberChanged(name=row.name, version=row.version)
    return row


async def _check_manager(uow: UnitOfWork, row: MemberRow, manager_id: str) -> None:
    lines = await queries.reporting_lines(uow)
    if manager_id not in lines:
        raise ManagerNotFound
    if reports_to(manager_id, row.id, lines):
        manager = await uow.session.get_one(MemberRow, manager_id)
        raise ManagerImpossible(name=manager.name)
