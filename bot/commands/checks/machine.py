"""What `expenseflow doctor` looks at on this machine: folders, the disk, the secret key, Tesseract."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from bot.commands.backup import size_of
from bot.findings import Finding, failing, ok, warning
from bot.settings import SECRET_KEY_FILE_NAME, Settings, SettingsError, kept_secret_key, variable_of

FREE_FAILING_BYTES = 100 * 10**6
"""Less, and a burst of receipts of up to 20 MB each ends in a full disk."""
FREE_WARNING_BYTES = 10**9
TESSERACT_TIMEOUT_S = 20


def folder_findings(settings: Settings, failing_bytes: int = FREE_FAILING_BYTES) -> list[Finding]:
    """Look whether the folders can be written, and how much room there is."""
    folders = [settings.data_dir, *(each for each in (settings.data_dir / "files",) if each.exists())]
    return [*(_folder(folder) for folder in folders), _room(settings.data_dir, failing_bytes)]


def _folder(folder: Path) -> Finding:
    check = "files-folder" if folder.name == "files" else "data-folder"
    mend = f"make it writable for the user that runs the bot: chown and chmod u+rwx {folder}; or set {variable_of('data_dir')}"
    if not folder.exists():
        parent = _nearest(folder)
        if os.access(parent, os.W_OK) and parent.is_dir():
            return warning(check, f"{folder} is not there yet", "`expenseflow init` makes it, and a workspace in it")
        return failing(check, f"{folder} is not there, and {parent} cannot be written", mend)
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as file:
            file.write(b"x")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return failing(check, f"{folder} cannot be written: {error.strerror}", mend)
    return ok(check, f"{folder} can be written")


def _room(folder: Path, failing_bytes: int) -> Finding:
    check = "disk"
    free = shutil.disk_usage(_nearest(folder)).free
    found = f"{size_of(free)} are free for {folder}"
    mend = "make room, or put the folder onto a larger disk: when it is full, nothing that people send can be taken"
    if free < failing_bytes:
        return failing(check, found, mend)
    return warning(check, found, mend) if free < FREE_WARNING_BYTES else ok(check, found)


def _nearest(folder: Path) -> Path:
    """Return the folder, or the first above it that is there."""
    return next(each for each in (folder, *folder.parents) if each.exists())


def key_finding(settings: Settings, *, has_books: bool) -> Finding:
    """Look whether the secret key is there, for its owner alone. `has_books`: something was made with one already."""
    check = "secret-key"
    path = settings.data_dir / SECRET_KEY_FILE_NAME
    try:
        key = kept_secret_key(settings)
    except SettingsError as error:
        return failing(
            check, error.problems[0], f"restore {path} from a backup, readable for the user that runs the bot"
        )
    if key is None and has_books:
        return failing(
            check,
            f"there are books, and no key: neither {variable_of('secret_key')} is set nor is there {path}",
            "restore the file from a backup: with a new key codes that were given out do not work, and the same picture is"
            " not known again",
        )
    if key is None:
        return ok(check, f"none yet; the first start makes it at {path}")
    if settings.secret_key is not None:
        return ok(check, f"{variable_of('secret_key')} is set; no backup is of use without it, and `backup` puts it in")
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        return warning(check, f"others may read {path} (mode {mode:04o})", f"chmod 600 {path}")
    return ok(check, f"{path}, for its owner alone")


def tesseract_finding(wanted: Iterable[str]) -> Finding:
    """Look whether Tesseract is there, with the languages that the locales need (its own codes: "deu")."""
    check = "tesseract"
    program = shutil.which("tesseract")
    if program is None:
        return failing(
            check,
            "Tesseract is not on the PATH: pictures of receipts are kept, and not read",
            "on Debian: sudo apt-get install tesseract-ocr" + "".join(f" tesseract-ocr-{each}" for each in wanted),
        )
    try:
        version = _said(program, "--version").splitlines()[0]
        installed = set(_said(program, "--list-langs").splitlines()[1:])
    except (OSError, subprocess.SubprocessError, IndexError) as error:
        return failing(
            check, f"{program} does not work: {error}", "install it anew: sudo apt-get install tesseract-ocr"
        )
    missing = [each for each in wanted if each not in installed]
    if not missing:
        return ok(check, f"{version} with {', '.join(sorted(set(wanted)))}")
    mend = "on Debian: sudo apt-get install " + " ".join(f"tesseract-ocr-{each}" for each in missing)
    found = f"{version} lacks {', '.join(missing)}"
    if "eng" in missing:
        return failing(check, f"{found}: without English no picture is read", mend)
    return warning(check, f"{found}: receipts in these languages are read as English", mend)


def _said(program: str, argument: str) -> str:
    done = subprocess.run(
        [program, argument], check=True, capture_output=True, text=True, timeout=TESSERACT_TIMEOUT_S, errors="replace"
    )
    return done.stdout or done.stderr  # versions before 4 say theirs on standard error
