"""The two bots that are held against each other: ExpenseFlow as it is deployed, and a bare echo."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from scripts.bench.emulated import Chats
from scripts.bench.programs import HOST, Program, free_port, running, said_by, until_ready

WORKSPACE = ("--name", "Acme", "--currency", "EUR", "--timezone", "Europe/Berlin", "--language", "en", "--json")
TELEGRAM = ("telegram_token", "telegram_api_url")
SLACK = ("slack_bot_token", "slack_app_token", "slack_api_url")
ECHO_WORDS = "Good morning"


@dataclass(frozen=True, slots=True)
class Deployment:
    """A folder with ExpenseFlow's data, its settings, and the code of its admin."""

    folder: Path
    settings: dict[str, str]
    admin_code: str

    @property
    def ready_url(self) -> str:
        """Return the page that tells whether the bot serves everybody."""
        return f"http://{HOST}:{self.settings['http_port']}/health/ready"

    @property
    def database(self) -> Path:
        """Return the SQLite file."""
        return self.folder / "data" / "expenseflow.db"


async def deploy(folder: Path, chats: Chats, names: tuple[str, ...] = TELEGRAM) -> Deployment:
    """Make a workspace. `names`: the emulators' settings that the bot is given, and so the platforms that it serves."""
    folder = Path(tempfile.mkdtemp(prefix="expenseflow-", dir=folder))
    settings = {name: chats.settings[name] for name in names}
    settings |= {"data_dir": str(folder / "data"), "http_host": HOST, "http_port": str(free_port())}
    made = await said_by(["bot", "init", *WORKSPACE], folder, settings)
    return Deployment(folder, settings, made["admin_code"])


@asynccontextmanager
async def expenseflow(deployment: Deployment) -> AsyncIterator[Program]:
    """Run `expenseflow run`, and begin when it is ready."""
    async with running(["bot", "run"], deployment.folder, deployment.settings) as program:
        await until_ready(program, deployment.ready_url)
        yield program


@asynccontextmanager
async def echo(folder: Path, chats: Chats, person: int) -> AsyncIterator[Program]:
    """Run the bare echo, and begin when it has answered somebody."""
    folder = Path(tempfile.mkdtemp(prefix="echo-", dir=folder))
    arguments = ["scripts.bench.echo_bot", *(chats.settings[name] for name in TELEGRAM)]
    async with running(arguments, folder) as program:
        await chats.say(person, ECHO_WORDS)
        yield program
