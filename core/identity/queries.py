"""Reads of accounts and members."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import aliased

from core.identity.rules import Account, Colleague, Member, Role, WorkingHours, reports_to
from core.identity.tables import AccountMemberRow, AccountRow, CodeAttemptRow, MemberRow
from core.kernel.clock import CLOCKS_APART
from core.store.statements import prepared
from core.store.unit_of_work import UnitOfWork
from core.tenancy.tables import BusinessRow, InstallationRow, WorkspaceRow

_ACCOUNTS = select(
    AccountRow.id, InstallationRow.platform, AccountRow.installation_id, AccountRow.user, AccountRow.channel,
    AccountRow.name, AccountRow.language,
).join(InstallationRow, InstallationRow.id == AccountRow.installation_id)  # fmt: skip
_ACCOUNT_BY_ID = prepared(_ACCOUNTS.where(AccountRow.id == bindparam("account_id")))
_ACCOUNT_BY_USER = prepared(
    _ACCOUNTS.where(AccountRow.installation_id == bindparam("installation_id"), AccountRow.user == bindparam("user"))
)


async def find_account(uow: UnitOfWork, installation_id: str, user: str) -> Account | None:
    """Return the account of a platform's user on an installation."""
    row = (await _ACCOUNT_BY_USER.run(uow, installation_id=installation_id, user=user)).mappings().first()
    return None if row is None else Account(**row)


async def account(uow: UnitOfWork, account_id: str) -> Account | None:
    """Return an account by our id."""
    row = (await _ACCOUNT_BY_ID.run(uow, account_id=account_id)).mappings().first()
    return None if row is None else Account(**row)


_CURRENT_WORKSPACES = prepared(
    select(AccountMemberRow.workspace_id)
    .join(AccountRow, AccountRow.id == AccountMemberRow.account_id)
    .where(AccountMemberRow.account_id == bindparam("account_id"), AccountMemberRow.ended_at.is_(None))
    .order_by((AccountMemberRow.workspace_id == AccountRow.current_workspace_id).desc(), AccountMemberRow.created_at)
)


async def current_workspaces(uow: UnitOfWork, account_id: str) -> list[str]:
    """Return the workspaces of an account, the one that it works in first: the chosen one, else the first that it joined."""
    return list((await _CURRENT_WORKSPACES.run(uow, account_id=account_id)).scalars())


async def current_workspace(uow: UnitOfWork, account_id: str) -> str | None:
    """Return the workspace that an account works in; None for a stranger."""
    found = await current_workspaces(uow, account_id)
    return found[0] if found else None


async def workspaces_of_account(uow: UnitOfWork, account_id: str) -> list[tuple[str, str]]:
    """Return the workspaces that an account belongs to, the one that it joined first first: their ids and names."""
    statement = (
        select(WorkspaceRow.id, WorkspaceRow.name)
        .join(AccountMemberRow, AccountMemberRow.workspace_id == WorkspaceRow.id)
        .where(AccountMemberRow.account_id == account_id, AccountMemberRow.ended_at.is_(None))
        .order_by(AccountMemberRow.created_at, WorkspaceRow.id)
    )
    return [(workspace_id, name) for workspace_id, name in await uow.session.execute(statement)]


async def was_member(uow: UnitOfWork, account_id: str, workspace_id: str) -> bool:
    """Tell whether an account belongs to a workspace, or did before its member was removed."""
    statement = select(AccountMemberRow.account_id).where(
        AccountMemberRow.account_id == account_id, AccountMemberRow.workspace_id == workspace_id
    )
    return (await uow.session.scalars(statement)).first() is not None


_MEMBERS = select(
    MemberRow.id, MemberRow.workspace_id, MemberRow.business_id, MemberRow.name, MemberRow.role, MemberRow.language,
    MemberRow.time_zone, BusinessRow.currency, MemberRow.manager_id, MemberRow.department, MemberRow.working_days,
    MemberRow.work_starts_minute, MemberRow.work_ends_minute, MemberRow.notifications, MemberRow.removed_at,
).join(BusinessRow, BusinessRow.id == MemberRow.business_id)  # fmt: skip
_MEMBER_BY_ID = prepared(_MEMBERS.where(MemberRow.id == bindparam("member_id")))
_ACTED_FOR = _MEMBERS.join(AccountMemberRow, AccountMemberRow.member_id == MemberRow.id).where(
    AccountMemberRow.account_id == bindparam("account_id"), MemberRow.removed_at.is_(None)
)
_MEMBER_OF_ACCOUNT = prepared(_ACTED_FOR)
_HELD_MEMBER_OF_ACCOUNT = prepared(_ACTED_FOR.with_for_update(read=True, key_share=True, of=MemberRow))


async def member_of_account(uow: UnitOfWork, account_id: str, *, hold: bool = False) -> Member | None:
    """Return the member that an account acts for in the unit's workspace; None where it was removed.

    `hold`: the member stays who it is until the commit. Without that, an event that is handled while the account is linked
    on another platform would write rows for a member who is gone (PostgreSQL; SQLite has one writer anyway).
    """
    statement = _HELD_MEMBER_OF_ACCOUNT if hold else _MEMBER_OF_ACCOUNT
    row = (await statement.run(uow, account_id=account_id)).first()
    if row is None and hold:
        # Who waited for a link finds the row of the other member gone, and looks again for the one that is kept.
        row = (await statement.run(uow, account_id=account_id)).first()
    return None if row is None else _member(row)


async def hold_members(uow: UnitOfWork, member_ids: Sequence[str]) -> None:
    """Wait for every transaction that acts for these members, and let none begin before the commit."""
    statement = select(MemberRow).where(MemberRow.id.in_(member_ids)).order_by(MemberRow.id).with_for_update()
    await uow.session.execute(statement.execution_options(populate_existing=True))


async def member(uow: UnitOfWork, member_id: str) -> Member | None:
    """Return a member of the unit's workspace by id, removed or not."""
    row = (await _MEMBER_BY_ID.run(uow, member_id=member_id)).first()
    return None if row is None else _member(row)


async def manager_of(uow: UnitOfWork, member_id: str) -> Member | None:
    """Return the member to whom a member reports; None where nobody is named, or who was has been removed."""
    found = await member(uow, member_id)
    if found is None or found.manager_id is None:
        return None
    manager = await member(uow, found.manager_id)
    return None if manager is None or manager.removed else manager


async def accounts_of_member(uow: UnitOfWork, member_id: str) -> list[str]:
    """Return the ids of a member's accounts that can be written to, the one used last first.

    What was used in the future was used before the clock was put back.
    """
    statement = (
        select(AccountRow.id)
        .join(AccountMemberRow, AccountMemberRow.account_id == AccountRow.id)
        .where(
            AccountMemberRow.member_id == member_id,
            AccountMemberRow.ended_at.is_(None),
            AccountRow.unreachable_since.is_(None),
        )
        .order_by(AccountRow.last_seen_at > uow.now + CLOCKS_APART, AccountRow.last_seen_at.desc())
    )
    return list(await uow.session.scalars(statement))


_ALL_ACCOUNTS = prepared(
    select(AccountMemberRow.account_id)
    .where(AccountMemberRow.member_id == bindparam("member_id"), AccountMemberRow.ended_at.is_(None))
    .order_by(AccountMemberRow.created_at)
)


async def all_accounts(uow: UnitOfWork, member_id: str) -> list[str]:
    """Return the ids of all accounts that act for a member, those that cannot be written to among them."""
    return list((await _ALL_ACCOUNTS.run(uow, member_id=member_id)).scalars())


async def colleague(uow: UnitOfWork, member_id: str) -> Colleague | None:
    """Return a member as those see it who look after members, removed or not; not one that became part of another."""
    statement = _colleagues().where(MemberRow.id == member_id, MemberRow.merged_into_id.is_(None))
    found = await _as_colleagues(uow, statement)
    return found[0] if found else None


async def colleagues(uow: UnitOfWork, *, offset: int, limit: int) -> tuple[tuple[Colleague, ...], int]:
    """Return a page of the members who are not removed, by name, and how many there are in all."""
    count = await uow.session.scalar(select(func.count()).select_from(MemberRow).where(MemberRow.removed_at.is_(None)))
    statement = _colleagues().where(MemberRow.removed_at.is_(None)).order_by(func.lower(MemberRow.name), MemberRow.id)
    return tuple(await _as_colleagues(uow, statement.offset(offset).limit(limit))), int(count or 0)


async def reporting_lines(uow: UnitOfWork) -> dict[str, str | None]:
    """Return who reports to whom among the members who are not removed: a manager's id or None, by member id."""
    statement = select(MemberRow.id, MemberRow.manager_id).where(MemberRow.removed_at.is_(None))
    return dict((await uow.session.execute(statement)).all())


async def possible_managers(uow: UnitOfWork, member_id: str, *, limit: int) -> list[tuple[str, str]]:
    """Return whom a member may report to, as ids and names: those who lead first (by role), then by name, `limit` at the most.

    Whom the member reports to now is always among them.
    """
    lines = await reporting_lines(uow)
    statement = select(MemberRow.id, MemberRow.name, MemberRow.role).where(MemberRow.removed_at.is_(None))
    found = [row for row in await uow.session.execute(statement) if not reports_to(row[0], member_id, lines)]
    current = lines.get(member_id)
    found.sort(key=lambda row: (row[0] != current, row[2] is Role.EMPLOYEE, row[1].casefold(), row[0]))
    return [(manager_id, name) for manager_id, name, _role in found[:limit]]


async def another_admin(uow: UnitOfWork, member_id: str) -> bool:
    """Tell whether the workspace has an admin besides this member."""
    statement = select(MemberRow.id).where(
        MemberRow.role == Role.ADMIN, MemberRow.removed_at.is_(None), MemberRow.id != member_id
    )
    return (await uow.session.scalars(statement.limit(1))).first() is not None


async def attempts_since(uow: UnitOfWork, account_id: str, since: datetime) -> tuple[int, datetime | None]:
    """Return how many wrong codes an account tried since then, and when the first of these was.

    Those of the future were tried before the clock was put back: nobody is locked out until then.
    """
    statement = select(func.count(), func.min(CodeAttemptRow.at)).where(
        CodeAttemptRow.account_id == account_id,
        CodeAttemptRow.at > since,
        CodeAttemptRow.at <= uow.now + CLOCKS_APART,
    )
    count, first = (await uow.session.execute(statement)).one()
    return int(count), first


async def attempt_before_last(uow: UnitOfWork, count: int) -> datetime | None:
    """Return when the last wrong code but `count` - 1 was tried, by whoever it was; None where there are not so many."""
    newest = select(CodeAttemptRow.at).order_by(CodeAttemptRow.id.desc()).offset(count - 1).limit(1)
    return (await uow.session.scalars(newest)).first()


def _colleagues() -> Any:
    manager = aliased(MemberRow)
    is_manager = (manager.id == MemberRow.manager_id) & manager.removed_at.is_(None)
    return select(MemberRow, manager.name).outerjoin(manager, is_manager)


async def _as_colleagues(uow: UnitOfWork, statement: Any) -> list[Colleague]:
    found = (await uow.session.execute(statement)).all()
    platforms = await _platforms(uow, [row.id for row, _manager in found])
    return [
        Colleague(
            id=row.id, version=row.version, name=row.name, role=row.role, manager_id=row.manager_id, manager=manager,
            department=row.department, platforms=tuple(platforms.get(row.id, ())), removed=row.removed_at is not None,
        )
        for row, manager in found
    ]  # fmt: skip


async def _platforms(uow: UnitOfWork, member_ids: list[str]) -> dict[str, list[str]]:
    statement = (
        select(AccountMemberRow.member_id, InstallationRow.platform)
        .join(AccountRow, AccountRow.id == AccountMemberRow.account_id)
        .join(InstallationRow, InstallationRow.id == AccountRow.installation_id)
        .where(AccountMemberRow.member_id.in_(member_ids))
        .distinct()
        .order_by(InstallationRow.platform)
    )
    found: dict[str, list[str]] = {}
    for member_id, platform in await uow.session.execute(statement):
        found.setdefault(member_id, []).append(platform)
    return found


def _member(row: Any) -> Member:
    hours = WorkingHours(
        days=frozenset(int(day) for day in row.working_days),
        starts_minute=row.work_starts_minute,
        ends_minute=row.work_ends_minute,
    )
    return Member(
        id=row.id, workspace_id=row.workspace_id, business_id=row.business_id, name=row.name, role=row.role,
        language=row.language, time_zone=row.time_zone, currency=row.currency, manager_id=row.manager_id,
        department=row.department, working_hours=hours, notifications=row.notifications,
        removed=row.removed_at is not None,
    )  # fmt: skip
