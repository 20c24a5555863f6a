"""The database, as commands open it: what is wrong with it is told in a sentence."""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from bot.commands.refusals import CommandRefused

if TYPE_CHECKING:
    from bot.settings import Settings
    from core.store.database import Database

Result = TypeVar("Result")


def with_database(work: Callable[["Settings", "Database"], Coroutine[Any, Any, Result]]) -> Result:
    """Run `work` with the settings and their database, which is closed afterwards. Raises SettingsError, CommandRefused."""
    import asyncio

    from bot.logging import configure_logging
    from bot.settings import load_settings

    settings = load_settings()
    # Warnings and worse: a command's own answer is not buried under what libraries tell of their progress.
    configure_logging("WARNING", settings.secret_values())

    async def run() -> Result:
        async with _opened(settings) as database:
            return await work(settings, database)

    return asyncio.run(run())


@asynccontextmanager
async def _opened(settings: "Settings") -> AsyncIterator["Database"]:
    import core.schema  # noqa: F401 - whoever writes knows all tables, and with them the audit trail
    from core.kernel.clock import SystemClock
    from core.store.database import open_database

    database = open_database(settings.database_url, SystemClock())
    try:
        with database_troubles_told():
            yield database
    finally:
        await database.close()


@contextmanager
def database_troubles_told() -> Iterator[None]:
    """Turn what a database that cannot be used raises into CommandRefused."""
    from sqlalchemy.exc import DatabaseError, OperationalError

    from core.store.migrate import UnknownRevisionError

    try:
        yield
    except UnknownRevisionError as error:
        raise CommandRefused(f"A newer version of ExpenseFlow has used this database: {error}.") from None
    except DatabaseError as error:
        if type(error) not in (OperationalError, DatabaseError):  # a statement of ours that is wrong: a fault
            raise
        # The driver's own words: SQLAlchemy's would add the statement, and with it what was to be written.
        raise CommandRefused(f"The database cannot be used: {' '.join(str(error.orig).split())}") from None
    except OSError as error:
        if error.filename is None:  # no file or folder of the database, but a pipe that was closed
            raise
        raise CommandRefused(f"The database cannot be used: {error.filename}: {error.strerror}") from None


async def refuse_unless_migrated(database: "Database") -> None:
    """Raise CommandRefused for a database that this version cannot use as it stands. Nothing is made where there is none."""
    from core.store.migrate import newest_revision

    if await refuse_unless_readable(database) < newest_revision():
        raise CommandRefused("The database is of an older version. `expenseflow migrate` brings it up to date.")


async def refuse_unless_readable(database: "Database") -> str:
    """Return the revision of a database, which may be an older one. Raises CommandRefused where there is none, or a newer one."""
    from core.store.migrate import current_revision, newest_revision

    _refuse_missing_file(database)
    current = await current_revision(database)
    if current is None:
        raise CommandRefused("The database is empty. `expenseflow init` prepares it and makes a workspace.")
    if current > newest_revision():
        raise CommandRefused(f"A newer version of ExpenseFlow has used this database: it is at revision {current}.")
    return current


def _refuse_missing_file(database: "Database") -> None:
    file = str(database.reader.url.database)
    if database.dialect == "sqlite" and not Path(file).exists():
        raise CommandRefused(f"There is no database at {file}. `expenseflow init` makes one.")
