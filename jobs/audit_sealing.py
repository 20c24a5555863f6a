"""Seals the audit trail of every workspace."""

from core.audit.sealing import BATCH, seal_rows
from core.store.database import Database
from core.store.unit_of_work import Actor
from core.tenancy.queries import workspace_names


async def seal_audit(database: Database) -> None:
    """Seal what is not sealed, a workspace and BATCH rows at a time, each in a transaction of its own."""
    async with database.read(Actor(platform="system", operation="audit-sealing")) as uow:
        workspaces = list(await workspace_names(uow))
    for workspace_id in workspaces:
        actor = Actor(platform="system", operation="audit-sealing", workspace_id=workspace_id)
        sealed = BATCH
        while sealed == BATCH:
            async with database.write(actor) as uow:
                sealed = await seal_rows(uow)
