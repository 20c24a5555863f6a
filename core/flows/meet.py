"""Finds out who is behind an account, and lets ordinary people of a bound team in."""

from core.identity import queries
from core.identity.rules import Account, Member, Role
from core.identity.service import join, may_join, meet_account
from core.store.unit_of_work import UnitOfWork
from core.tenancy.service import installation


async def find_who(uow: UnitOfWork, installation_id: str, user: str) -> tuple[Account | None, Member | None]:
    """Return the account and the member it acts for, if they are known; binds the unit of work to the member's workspace."""
    account = await queries.find_account(uow, installation_id, user)
    return account, await enter_current_workspace(uow, account)


async def enter_current_workspace(
    uow: UnitOfWork, account: Account | None, *, workspace_id: str | None = None, hold: bool = False
) -> Member | None:
    """Bind the unit of work to the workspace that the account acts in, and return its member; None for a stranger.

    `workspace_id`: that workspace, where it is known already. `hold`: the account acts for this member until the commit,
    whatever happens elsewhere meanwhile.
    """
    if account is None:
        return None
    workspace_id = workspace_id or account.acts_in or await queries.current_workspace(uow, account.id)
    if workspace_id is None:
        return None
    uow.enter(workspace_id)
    member = await queries.member_of_account(uow, account.id, hold=hold)
    if member is not None:
        uow.enter(workspace_id, member_id=member.id)
    return member


async def find_member_of_one(uow: UnitOfWork, installation_id: str, user: str) -> tuple[Account | None, Member | None]:
    """Return what `find_who` does, for a member of one workspace alone; who is in several may act in any of them."""
    account = await queries.find_account(uow, installation_id, user)
    workspaces = [] if account is None else await queries.current_workspaces(uow, account.id)
    if len(workspaces) != 1:
        return account, None
    return account, await enter_current_workspace(uow, account, workspace_id=workspaces[0])


async def meet(
    uow: UnitOfWork,
    *,
    installation_id: str,
    user: str,
    name: str,
    language: str,
    time_zone: str | None,
    team_member: bool,
) -> None:
    """Note an account that writes for the first time. An ordinary person of a bound team becomes an employee."""
    account_id = await meet_account(
        uow,
        installation_id=installation_id,
        user=user,
        name=name,
        language=language,
        time_zone=time_zone,
        may_join=team_member,
    )
    await let_in(uow, account_id)


async def let_in(uow: UnitOfWork, account_id: str) -> None:
    """Make an ordinary person of a bound team an employee, unless they are a member already."""
    account = await queries.account(uow, account_id)
    if account is None or not await may_join(uow, account_id):
        return
    team = await installation(uow, account.installation_id)
    if team.workspace_id is None or await queries.current_workspace(uow, account_id) is not None:
        return
    if await queries.was_member(uow, account_id, team.workspace_id):
        return  # removed: only an invitation leads back
    uow.enter(team.workspace_id)
    await join(uow, account, Role.EMPLOYEE)
