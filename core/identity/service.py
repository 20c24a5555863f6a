"""Accounts, members and codes: the use cases."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from core.identity import codes, queries
from core.identity.errors import AlreadyMember, CodeUnknown, TooManyCodes
from core.identity.rules import Account, Member, Role
from core.identity.tables import AccountMemberRow, AccountRow, CodeAttemptRow, CodeRow, MemberRow, PersonRow
from core.store.statements import insert_into
from core.store.unit_of_work import UnitOfWork
from core.tenancy import queries as tenancy

MENU = "menu"
"""The topic that tells an edge, by account, that the commands on offer or their language have changed."""
LAST_SEEN_STEP = timedelta(minutes=1)
"""How exact "used last" is: writing it at every message would cost each one a row."""


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


async def see_account(uow: UnitOfWork, account: Account, *, private_channel: str | None) -> None:
    """Note that an account was heard from: it can be reached again, and in which private chat."""
    row = await uow.session.get_one(AccountRow, account.id)
    if uow.now - row.last_seen_at > LAST_SEEN_STEP:
        row.last_seen_at = uow.now
    if row.unreachable_since is not None:
        row.unreachable_since = None
    if private_channel is not None and row.channel != private_channel:
        row.channel = private_channel


async def may_join(uow: UnitOfWork, account_id: str) -> bool:
    """Tell whether an account is of an ordinary person of the installed team, who becomes an employee by writing.

    The account stays locked until the commit: who writes in two chats at once for the first time joins once.
    """
    return (await uow.session.get_one(AccountRow, account_id, with_for_update=True)).may_join


async def join(uow: UnitOfWork, account: Account, role: Role, *, time_zone: str | None = None) -> Member:
    """Make the account's person a member of the unit's workspace. Raises AlreadyMember."""
    workspace = await tenancy.workspace(uow)
    taken = select(AccountMemberRow).where(
        AccountMemberRow.account_id == account.id, AccountMemberRow.workspace_id == workspace.id
    )
    if (await uow.session.scalars(taken)).first() is not None:
        raise AlreadyMember(workspace=workspace.name)
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
    (await uow.session.get_one(AccountRow, account.id)).current_workspace_id = workspace.id
    uow.signal(MENU, account.id)
    await uow.session.flush()
    joined = await queries.member(uow, row.id)
    if joined is None:
        raise LookupError(f"member {row.id} vanished inside its own transaction")
    return joined


async def _account_time_zone(uow: UnitOfWork, account_id: str) -> str | None:
    return (await uow.session.get_one(AccountRow, account_id)).time_zone


async def issue_code(uow: UnitOfWork, role: Role, key: bytes) -> str:
    """Return a new one-time code for a role in the unit's workspace, valid for codes.CODE_VALID."""
    code = codes.new_code()
    uow.session.add(
        CodeRow(
            id=uow.new_id(), digest=codes.code_digest(code, key), workspace_id=uow.workspace_id, role=role,
            created_at=uow.now, expires_at=uow.now + codes.CODE_VALID,
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


async def use_code(uow: UnitOfWork, account: Account, digest: str) -> tuple[str, Role]:
    """Use up a code and enter its workspace; return both the workspace and the role.

    Raises TooManyCodes before it looks, and CodeUnknown with a trace. Two at once: the row's version lets one through.
    """
    attempts, first = await queries.attempts_since(uow, account.id, uow.now - codes.ATTEMPTS_WINDOW)
    if attempts >= codes.ATTEMPTS_MAX and first is not None:
        wait = first + codes.ATTEMPTS_WINDOW - uow.now
        raise TooManyCodes(minutes=max(1, -(-int(wait.total_seconds()) // 60)))
    row = (await uow.session.scalars(select(CodeRow).where(CodeRow.digest == digest))).first()
    if row is None or row.used_at is not None or row.expires_at <= uow.now:
        error = CodeUnknown()
        error.traces.append(FailedCode(account.id))
        raise error
    uow.enter(row.workspace_id)
    row.used_at, row.used_by_account_id = uow.now, account.id
    return row.workspace_id, row.role


async def set_language(uow: UnitOfWork, account: Account, member: Member | None, language: str) -> None:
    """Speak another language to a person: to the member on every platform, or to the account of a stranger."""
    if member is not None:
        (await uow.session.get_one(MemberRow, member.id)).language = language
    (await uow.session.get_one(AccountRow, account.id)).language = language
    uow.signal(MENU, account.id)
