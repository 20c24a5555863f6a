"""Writes down what a stranger tried: they have no workspace of their own, so it stands in the trail of whose bot it is."""

from datetime import timedelta

import structlog

from core.audit.attempts import ForbiddenAttempt, attempts_since
from core.identity.rules import Account
from core.store.unit_of_work import UnitOfWork
from core.tenancy.queries import workspace_names
from core.tenancy.service import installation

WRITTEN_A_DAY_MAX = 500
"""How many attempts of one account are written in a day: a script must not fill the trail."""

logger = structlog.get_logger()


async def note_strangers_attempt(uow: UnitOfWork, account: Account, what: str) -> None:
    """Write the attempt into the trail of the team's workspace, or of the deployment's first one where the bot is for all.

    It binds the unit of work to that workspace: the last thing that is done for a stranger. Who became a member in the
    same instant is none any more. Beyond WRITTEN_A_DAY_MAX an account's attempts stand in the log alone.
    """
    if uow.actor.workspace_id is not None:
        return
    logger.info("a stranger tried something", what=what, account_id=account.id)
    workspace_id = (await installation(uow, account.installation_id)).workspace_id
    if workspace_id is None:
        workspace_id = next(iter(await workspace_names(uow)), None)
    if workspace_id is None:
        return
    uow.enter(workspace_id)
    if await attempts_since(uow, account.id, uow.now - timedelta(days=1)) < WRITTEN_A_DAY_MAX:
        await ForbiddenAttempt(what).write(uow)
