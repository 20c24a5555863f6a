"""Reminds approvers of what has been waiting for longer than a working day."""

from core.flows import remind_approvers as flow
from core.store.database import Database
from core.store.unit_of_work import Actor
from core.tenancy.queries import workspace_names

OPERATION = "approval-reminders"


async def remind_approvers(database: Database) -> None:
    """Look in every workspace on the reader, and take the writer only where somebody is to be reminded."""
    async with database.read(Actor(platform="system", operation=OPERATION)) as uow:
        workspaces = list(await workspace_names(uow))
    for workspace_id in workspaces:
        actor = Actor(platform="system", operation=OPERATION, workspace_id=workspace_id)
        async with database.read(actor) as uow:
            due = await flow.due_reminders(uow)
        if due:
            async with database.write(actor) as uow:
                await flow.remind_approvers(uow)
