"""Makes workspaces and installations."""

from dataclasses import dataclass

from sqlalchemy import select, update

from core.store.statements import changed_one, insert_into
from core.store.unit_of_work import UnitOfWork
from core.tenancy.tables import BusinessRow, InstallationRow, WorkspaceRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """The bot on a platform. `name`: the bot's user name, or the team's; `workspace_id`: what a team is bound to."""

    id: str
    platform: str
    external_id: str
    name: str
    is_team: bool
    workspace_id: str | None


async def create_workspace(uow: UnitOfWork, *, name: str, currency: str, time_zone: str, language: str) -> str:
    """Make a workspace with one business, and bind the unit of work to it; return its id."""
    workspace_id = uow.new_id()
    uow.enter(workspace_id)
    uow.session.add(
        WorkspaceRow(id=workspace_id, name=name, language=language, time_zone=time_zone, created_at=uow.now)
    )
    await uow.session.flush()
    uow.session.add(BusinessRow(id=uow.new_id(), name=name, currency=currency, is_default_since=uow.now))
    await uow.session.flush()
    return workspace_id


async def ensure_installation(
    uow: UnitOfWork, *, platform: str, external_id: str, name: str, is_team: bool = False, reuses_keys: bool = False
) -> Installation:
    """Return the installation of a bot, made now if it was not known; its name follows the platform's.

    Replicas that start together find the same one.
    """
    made = insert_into(uow, InstallationRow).values(
        id=uow.new_id(),
        platform=platform,
        external_id=external_id,
        name=name,
        is_team=is_team,
        reuses_keys=reuses_keys,
        created_at=uow.now,
    )
    unique = [InstallationRow.platform, InstallationRow.external_id]
    await uow.session.execute(made.on_conflict_do_update(index_elements=unique, set_={"name": name}))
    statement = select(InstallationRow).where(
        InstallationRow.platform == platform, InstallationRow.external_id == external_id
    )
    return _installation((await uow.session.scalars(statement)).one())


async def bind_installation(uow: UnitOfWork, installation_id: str) -> bool:
    """Bind a team to this unit's workspace: its ordinary people may join from now on. False: it belongs to another one."""
    free = InstallationRow.workspace_id.is_(None) | (InstallationRow.workspace_id == uow.workspace_id)
    statement = update(InstallationRow).where(InstallationRow.id == installation_id, free)
    return await changed_one(uow, statement.values(workspace_id=uow.workspace_id))


async def installation(uow: UnitOfWork, installation_id: str) -> Installation:
    """Return an installation by our id."""
    return _installation(await uow.session.get_one(InstallationRow, installation_id))


async def installations(uow: UnitOfWork) -> list[Installation]:
    """Return all installations of the deployment."""
    return [_installation(row) for row in await uow.session.scalars(select(InstallationRow))]


def _installation(row: InstallationRow) -> Installation:
    return Installation(
        id=row.id,
        platform=row.platform,
        external_id=row.external_id,
        name=row.name,
        is_team=row.is_team,
        workspace_id=row.workspace_id,
    )
