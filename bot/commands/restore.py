"""`expenseflow restore`: puts a backup into an empty place, as a whole or not at all."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.backup import trail_told
from bot.commands.refusals import CommandRefused
from bot.commands.store import database_troubles_told

if TYPE_CHECKING:
    from bot.settings import Settings
    from jobs.backup_archive import Manifest

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def restore(
    archive: Annotated[Path, typer.Argument(metavar="FILE", help="What `expenseflow backup` wrote.")],
) -> None:
    """Restore a backup into DATA_DIR, which must be empty, and into the database, which must be empty as well.

    Example: EXPENSEFLOW_DATA_DIR=/var/lib/expenseflow expenseflow restore expenseflow-20260312T093000Z.zip

    The file is checked as a whole before anything is written. A backup of SQLite may be restored into PostgreSQL, and the
    other way round: EXPENSEFLOW_DATABASE_URL decides.
    """
    import asyncio

    from bot.logging import configure_logging
    from bot.settings import load_settings

    settings = load_settings()
    configure_logging("WARNING", settings.secret_values())
    manifest = asyncio.run(_restored(settings, archive))
    typer.echo(_told(settings, manifest))


async def _restored(settings: "Settings", archive: Path) -> "Manifest":
    import core.schema  # noqa: F401 - the rows of all tables are read
    from bot.settings import SECRET_KEY_FILE_NAME
    from core.kernel.clock import SystemClock
    from jobs.backup_archive import ArchiveRefused
    from jobs.restore import Place, PlaceNotEmpty, restore_backup

    key = settings.secret_key
    place = Place(
        database_url=settings.database_url,
        data_folder=settings.data_dir,
        files_folder=settings.data_dir / "files",
        secret_key_file=settings.data_dir / SECRET_KEY_FILE_NAME if key is None else None,
        secret_key=None if key is None else key.get_secret_value(),
    )
    with database_troubles_told():
        try:
            return await restore_backup(archive, place, SystemClock())
        except ArchiveRefused as refused:
            raise CommandRefused(f"{archive} was not restored: {refused}.") from None
        except PlaceNotEmpty as full:
            raise CommandRefused(
                f"{archive} was not restored: {full}. A backup is restored into an empty place."
            ) from None
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            raise CommandRefused(f"{archive} was not restored: {where}{error.strerror or error}.") from None


def _told(settings: "Settings", manifest: "Manifest") -> str:
    lines = [
        f"{settings.data_dir}: restored as of {manifest.made_at}, by version {manifest.version}, from {manifest.database}",
        f"  {manifest.rows.get('expenses', 0):,} expenses, {sum(manifest.rows.values()):,} rows of {len(manifest.rows)} tables,"
        f" {manifest.files:,} files; counted again, and {trail_told(manifest)}",
        "  Messages that waited to be sent at that time are sent when the bot starts.",
        "  Start it with: expenseflow run. The one that was backed up must not run any more: the two would take each",
        "  other's messages.",
    ]
    if manifest.missing:
        lines.append(
            f"  {len(manifest.missing)} files were lost before the backup was made: {', '.join(manifest.missing)}"
        )
    return "\n".join(lines)
