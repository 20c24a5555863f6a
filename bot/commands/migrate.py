"""`expenseflow migrate`: brings the database to the newest revision, or checks the migrations themselves."""

from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.store import with_database

if TYPE_CHECKING:
    from bot.settings import Settings
    from core.store.database import Database

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def migrate(
    check: Annotated[
        bool,
        typer.Option("--check", help="Change nothing: compare what the migrations make with what the code declares."),
    ] = False,
) -> None:
    """Bring the database up to date. It is also done by `run` and `init`.

    --check needs no settings: it migrates a new SQLite file in a temporary folder, and ends with exit status 1 when that
    differs from the tables which the code declares. The tests do the same on PostgreSQL.
    """
    if check:
        raise typer.Exit(_check())
    changed, revision = with_database(_migrate)
    typer.echo(f"The database is {'now' if changed else 'already'} at revision {revision}.")


async def _migrate(_settings: "Settings", database: "Database") -> tuple[bool, str]:
    from core.store.migrate import migrate, newest_revision

    return await migrate(database), newest_revision()


def _check() -> int:
    import asyncio

    found = asyncio.run(_differences())
    for difference in found:
        typer.echo(difference, err=True)
    if found:
        typer.echo("The migrations do not make the tables that the code declares; one is missing or wrong.", err=True)
    return 1 if found else 0


async def _differences() -> list[str]:
    import tempfile
    from pathlib import Path

    from core.kernel.clock import SystemClock
    from core.schema import metadata
    from core.store.database import open_database
    from core.store.migrate import differences, migrate

    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'check.db'}", SystemClock())
        try:
            await migrate(database)
            return await differences(database, metadata)
        finally:
            await database.close()
