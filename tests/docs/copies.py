"""Copies of the tree, in which what the documents say is tried without touching the repository."""

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", ".hypothesis")
STAMPS = (".requirements", ".requirements-dev")


def copy_tree(target: Path, paths: Iterable[str]) -> None:
    """Copy files and folders of the repository, with their times, so that make finds nothing to do."""
    for path in paths:
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / path).is_dir():
            shutil.copytree(ROOT / path, target / path, ignore=LEFT_OUT)
        else:
            shutil.copy2(ROOT / path, target / path)


def lend_environment(target: Path) -> None:
    """Make `target`/.venv the environment that runs the tests: nothing is installed, and its programs are the same."""
    environment, present = target / ".venv", Path(sys.prefix)
    (environment / "bin").mkdir(parents=True)
    shutil.copy2(present / "pyvenv.cfg", environment)
    (environment / "lib").symlink_to(present / "lib")
    for stamp in STAMPS:
        if (present / stamp).exists():
            shutil.copy2(present / stamp, environment)
    for program in (present / "bin").iterdir():
        if program.name != "expenseflow":  # it looks for the tree around the environment that it really stands in
            (environment / "bin" / program.name).symlink_to(program)
