"""Starts a workspace: its business, its categories, and the code that makes the first admin."""

from dataclasses import dataclass

from core.categories.service import create_defaults
from core.identity.rules import Role
from core.identity.service import issue_code
from core.store.unit_of_work import UnitOfWork
from core.tenancy.service import create_workspace


@dataclass(frozen=True, slots=True)
class Started:
    """A new workspace and the one-time code of its first admin."""

    workspace_id: str
    admin_code: str


async def start_workspace(
    uow: UnitOfWork, *, name: str, currency: str, time_zone: str, language: str, code_key: bytes
) -> Started:
    """Make a workspace. `currency`: ISO 4217; `time_zone`: an IANA name; `code_key`: what codes are digested with."""
    workspace_id = await create_workspace(uow, name=name, currency=currency, time_zone=time_zone, language=language)
    await create_defaults(uow)
    return Started(workspace_id, await issue_code(uow, Role.ADMIN, code_key))
