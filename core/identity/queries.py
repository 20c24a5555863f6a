"""Reads of accounts and members."""

from datetime import datetime

from sqlalchemy import func, select

from core.identity.rules import Account, Member, WorkingHours
from core.identity.tables import AccountMemberRow, AccountRow, CodeAttemptRow, MemberRow
from core.store.unit_of_work import UnitOfWork
from core.tenancy.tables import BusinessRow, InstallationRow


async def find_account(uow: UnitOfWork, installation_id: str, user: str) -> Account | None:
    """Return the account of a platform's user on an installation."""
    return await _account(uow, AccountRow.installation_id == installation_id, AccountRow.user == user)


async def account(uow: UnitOfWork, account_id: str) -> Account | None:
    """Return an account by our id."""
    return await _account(uow, AccountRow.id == account_id)


async def _account(uow: UnitOfWork, *where: object) -> Account | None:
    statement = select(AccountRow, InstallationRow.platform).join(
        InstallationRow, InstallationRow.id == AccountRow.installation_id
    )
    found = (await uow.session.execute(statement.where(*where))).first()  # type: ignore[arg-type]  # columns' comparisons
    if found is None:
        return None
    row, platform = found
    return Account(
        id=row.id, platform=platform, installation_id=row.installation_id, user=row.user, channel=row.channel,
        name=row.name, language=row.language,
    )  # fmt: skip


async def current_workspace(uow: UnitOfWork, account_id: str) -> str | None:
    """Return the workspace that an account works in: the chosen one, else the first that it joined; None for a stranger."""
    statement = (
        select(AccountMemberRow.workspace_id)
        .join(AccountRow, AccountRow.id == AccountMemberRow.account_id)
        .where(AccountMemberRow.account_id == account_id)
        .order_by(
            (AccountMemberRow.workspace_id == AccountRow.current_workspace_id).desc(), AccountMemberRow.created_at
        )
        .limit(1)
    )
    return (await uow.session.scalars(statement)).first()


async def member_of_account(uow: UnitOfWork, account_id: str) -> Member | None:
    """Return the member that an account acts for in the unit's workspace; None where it was removed."""
    statement = (
        select(MemberRow, BusinessRow.currency)
        .join(AccountMemberRow, AccountMemberRow.member_id == MemberRow.id)
        .join(BusinessRow, BusinessRow.id == MemberRow.business_id)
        .where(AccountMemberRow.account_id == account_id, MemberRow.removed_at.is_(None))
    )
    found = (await uow.session.execute(statement)).first()
    return None if found is None else _member(found[0], found[1])


async def member(uow: UnitOfWork, member_id: str) -> Member | None:
    """Return a member of the unit's workspace by id, removed or not."""
    statement = select(MemberRow, BusinessRow.currency).join(BusinessRow, BusinessRow.id == MemberRow.business_id)
    found = (await uow.session.execute(statement.where(MemberRow.id == member_id))).first()
    return None if found is None else _member(found[0], found[1])


async def manager_of(uow: UnitOfWork, member_id: str) -> Member | None:
    """Return the member to whom a member reports; None where nobody is named, or who was has been removed."""
    found = await member(uow, member_id)
    if found is None or found.manager_id is None:
        return None
    manager = await member(uow, found.manager_id)
    return None if manager is None or manager.removed else manager


async def accounts_of_member(uow: UnitOfWork, member_id: str) -> list[str]:
    """Return the ids of a member's accounts that can be written to, the one used last first."""
    statement = (
        select(AccountRow.id)
        .join(AccountMemberRow, AccountMemberRow.account_id == AccountRow.id)
        .where(AccountMemberRow.member_id == member_id, AccountRow.unreachable_since.is_(None))
        .order_by(AccountRow.last_seen_at.desc())
    )
    return list(await uow.session.scalars(statement))


async def attempts_since(uow: UnitOfWork, account_id: str, since: datetime) -> tuple[int, datetime | None]:
    """Return how many wrong codes an account tried since then, and when the first of these was."""
    statement = select(func.count(), func.min(CodeAttemptRow.at)).where(
        CodeAttemptRow.account_id == account_id, CodeAttemptRow.at > since
    )
    count, first = (await uow.session.execute(statement)).one()
    return int(count), first


def _member(row: MemberRow, currency: str) -> Member:
    return Member(
        id=row.id, workspace_id=row.workspace_id, business_id=row.business_id, name=row.name, role=row.role,
        language=row.language, time_zone=row.time_zone, currency=currency, manager_id=row.manager_id,
        department=row.department, working_hours=_working_hours(row), notifications=row.notifications,
        removed=row.removed_at is not None,
    )  # fmt: skip


def _working_hours(row: MemberRow) -> WorkingHours:
    return WorkingHours(
        days=frozenset(int(day) for day in row.working_days),
        starts_minute=row.work_starts_minute,
        ends_minute=row.work_ends_minute,
    )
