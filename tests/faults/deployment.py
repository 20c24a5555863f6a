"""A deployment of the bot: its folder, its settings, a workspace, and codes for people."""

from dataclasses import dataclass, field
from pathlib import Path

import core.schema  # noqa: F401 - a process that writes knows all tables, and with them the audit trail
from bot.settings import Settings, load_or_create_secret_key, load_settings
from core.flows.start_workspace import start_workspace
from core.identity.codes import code_key
from core.identity.rules import Role
from core.identity.service import issue_code
from core.kernel.clock import SystemClock
from core.store.database import open_database
from core.store.unit_of_work import Actor
from tests.faults.books import Books
from tests.fixtures.databases import Template


@dataclass(kw_only=True)
class Deployment:
    """Where the bot keeps what is its own."""

    folder: Path
    environment: dict[str, str]
    admin_code: str = ""
    employee_codes: list[str] = field(default_factory=list)
    finance_codes: list[str] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        return load_settings(self.environment, self.folder)

    @property
    def books(self) -> Books:
        return Books(url=self.settings.database_url)


async def deploy(
    folder: Path, template: Template, environment: dict[str, str], *, employees: int = 0, finance: int = 0
) -> Deployment:
    """Make the folder, a workspace in euros, its admin's code and so many others' codes. `template`: puts the database."""
    made = _prepared(folder, template, environment)
    settings = made.settings
    key = code_key(load_or_create_secret_key(settings).get_secret_value())
    database = open_database(settings.database_url, SystemClock())
    actor = Actor(platform="command-line", operation="test")
    async with database.write(actor) as uow:
        started = await start_workspace(
            uow, name="Acme", currency="EUR", time_zone="Europe/Berlin", language="en", code_key=key
        )
        made.admin_code = started.admin_code
        made.employee_codes = [await issue_code(uow, Role.EMPLOYEE, key) for _ in range(employees)]
        made.finance_codes = [await issue_code(uow, Role.FINANCE, key) for _ in range(finance)]
    await database.close()
    return made


def _prepared(folder: Path, template: Template, environment: dict[str, str]) -> Deployment:
    own = template.put(folder) | {
        "EXPENSEFLOW_DATA_DIR": str(folder),
        "EXPENSEFLOW_HTTP_PORT": "0",
        "EXPENSEFLOW_LOG_LEVEL": "WARNING",
    }
    return Deployment(folder=folder, environment=own | environment)
