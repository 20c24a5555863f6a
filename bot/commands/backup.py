"""`expenseflow backup`: writes everything that a deployment keeps into one file, also while the bot runs."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.refusals import CommandRefused
from bot.commands.store import refuse_unless_readable, with_database

if TYPE_CHECKING:
    from bot.settings import Settings
    from core.store.database import Database
    from jobs.backup_archive import Manifest

STATUS_INCOMPLETE = 1
NAME = "expenseflow-{made_at:%Y%m%dT%H%M%SZ}.zip"
_OURS = re.compile(r"expenseflow-\d{8}T\d{6}Z\.zip")

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def backup(
    target: Annotated[
        Path, typer.Argument(metavar="FILE|FOLDER", help="A file that does not exist yet, or a folder for files.")
    ],
    keep: Annotated[
        int | None, typer.Option(min=1, help="In a folder: keep so many backups, and delete older ones.")
    ] = None,
) -> None:
    """Write one state of the database, the files that people sent, and the secret key into one ZIP file.

    The bot may go on meanwhile. The file is read again before it gets its name: counts, files and the audit trail.
    It is as secret as the books are. Tokens of Telegram and Slack are not in it: they are settings.

    Exit status 1: it was written, but something had been lost before, which is named.
    """
    if keep is not None and not target.is_dir():
        raise CommandRefused(f"--keep: {target} is no folder. Example: expenseflow backup /var/backups --keep 7")
    into_folder = target.is_dir()
    path, manifest = with_database(lambda settings, database: _made(settings, database, target, into_folder))
    deleted = _delete_older(path.parent, keep) if keep is not None else []
    typer.echo(_told(path, manifest, deleted))
    problems = _problems(manifest)
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        raise typer.Exit(STATUS_INCOMPLETE)


async def _made(settings: "Settings", database: "Database", target: Path, into_folder: bool) -> "tuple[Path, Manifest]":
    from bot.settings import SECRET_KEY_FILE_NAME, kept_secret_key
    from core.files.local import LocalFileStore, file_key
    from jobs.backup import make_backup
    from jobs.backup_archive import ArchiveRefused

    path = target / NAME.format(made_at=database.clock.now()) if into_folder else target
    _refuse_unless_new(path)
    await refuse_unless_readable(database)
    key = kept_secret_key(settings)
    if key is None:
        where = settings.data_dir / SECRET_KEY_FILE_NAME
        raise CommandRefused(f"There is no secret key: neither EXPENSEFLOW_SECRET_KEY is set nor is there {where}.")
    files = LocalFileStore(settings.data_dir / "files", file_key(key.get_secret_value()))
    try:
        return path, await make_backup(database, files, key.get_secret_value(), path)
    except ArchiveRefused as refused:
        raise CommandRefused(
            f"The backup was written and did not hold what it should, and is gone: {refused}."
        ) from None
    except OSError as error:
        raise CommandRefused(f"The backup could not be written to {path}: {error.strerror or error}.") from None


def _refuse_unless_new(path: Path) -> None:
    if path.exists():
        raise CommandRefused(f"{path} exists already, and is not written over.")
    if not path.parent.is_dir():
        raise CommandRefused(f"There is no folder {path.parent}.")


def _delete_older(folder: Path, keep: int) -> list[Path]:
    """Delete the oldest backups of a folder, by the instants in their names; return which."""
    older = sorted(each for each in folder.iterdir() if _OURS.fullmatch(each.name))[:-keep]
    for each in older:
        each.unlink()
    return older


def _told(path: Path, manifest: "Manifest", deleted: list[Path]) -> str:
    lines = [
        str(path),
        f"  {size_of(path.stat().st_size)}; {manifest.rows.get('expenses', 0):,} expenses,"
        f" {sum(manifest.rows.values()):,} rows of {len(manifest.rows)} tables at revision {manifest.revision},"
        f" {manifest.files:,} files of {size_of(manifest.files_bytes)}",
        f"  read again: counts and files hold; {trail_told(manifest)}",
        "  It holds the secret key and all books: keep it as you keep passwords. Only its owner can read it (0600).",
        "  Telegram's and Slack's tokens are not in it; they are settings.",
    ]
    if deleted:
        lines.append(f"  deleted: {', '.join(each.name for each in deleted)}")
    return "\n".join(lines)


def trail_told(manifest: "Manifest") -> str:
    """Return how the audit trails stand, as a clause."""
    sealed = sum(chain.length for chain in manifest.chains.values())
    holds = "does not hold" if any(chain.broken_at for chain in manifest.chains.values()) else "holds"
    return f"the audit trail {holds}: {manifest.rows.get('audit', 0):,} entries, {sealed:,} of them sealed"


def _problems(manifest: "Manifest") -> list[str]:
    problems = []
    if manifest.missing:
        problems.append(
            f"{len(manifest.missing)} files were gone or damaged before, and are not in it: {', '.join(manifest.missing)}"
        )
    problems += [
        f"The audit trail of workspace {workspace_id} does not hold from seal {chain.broken_at} on."
        for workspace_id, chain in manifest.chains.items()
        if chain.broken_at is not None
    ]
    return problems


def size_of(size_bytes: int) -> str:
    """Return a size as people read it: "1.2 MB"; decimal units, as disks are sold."""
    size = float(size_bytes)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
