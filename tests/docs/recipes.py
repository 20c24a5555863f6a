"""Reads a recipe (docs/add-*.md) and does what it says, block by block, in a copy of the tree.

What is done with a block is said by the line above it, as a reader understands it:

    Write `handlers/total.py`:                       a new file
    Add to the end of `locales/en/….po`:             an addition to a file that is there
    Change `handlers/catalogue.py`:                  a block of the language diff: its lines without a sign are looked for,
                                                     those with - go, those with + come
    (any other line) and a block of the language sh  is run in the copy, and must succeed
    Which says: (or "says:" at the end of a line)    what the command before has printed; a line that is "…" stands for
                                                     any lines

Anything else is refused: no block of a recipe is left untried.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.docs.copies import copy_tree, lend_environment

TREE = (
    *("bot", "core", "handlers", "jobs", "locales", "scripts", "tests", "docs"),
    *("Makefile", "README.md", "pyproject.toml", "requirements.txt", "requirements-dev.txt", ".env.example"),
)
COMMAND_TIMEOUT_S = 300
FENCE = re.compile(r"```(\w*)$")
LEAD = re.compile(r"(?P<how>Write|Add to the end of|Change) `(?P<path>[^`]+)`:$")
ELLIPSIS = "…"


class RecipeError(Exception):
    """A block that cannot be followed, with its line."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code, and the line of prose above it."""

    line: int
    language: str
    lead: str
    content: str


def read_recipe(path: Path) -> Iterator[Block]:
    """Yield the blocks of a page, in order."""
    lines = path.read_text(encoding="utf-8").splitlines()
    lead, at = "", 0
    while at < len(lines):
        fence = FENCE.match(lines[at])
        if fence is None:
            lead = lines[at].strip() or lead
            at += 1
            continue
        end = lines.index("```", at + 1)
        yield Block(at + 1, fence[1], lead, "\n".join(lines[at + 1 : end]) + "\n")
        lead, at = "", end + 1


class Attempt:
    """A copy of the tree in which a recipe is followed."""

    def __init__(self, folder: Path) -> None:
        """Copy the tree into `folder`."""
        self.folder = folder
        copy_tree(folder, TREE)
        lend_environment(folder)
        shutil.copy2(folder / "scripts" / "expenseflow.sh", folder / ".venv" / "bin" / "expenseflow")  # as `make` does
        self._before = self._files()
        self._said = ""

    def follow(self, recipe: Path) -> None:
        """Do all that it says. Raises RecipeError for what cannot be done, or does not come out as it says."""
        for block in read_recipe(recipe):
            try:
                self._do(block)
            except RecipeError as error:
                raise RecipeError(f"{recipe.name}:{block.line}: {error}") from None

    def changed(self) -> set[str]:
        """Return the files that are new or other than in the tree, by their paths in it."""
        after = self._files()
        return {path for path, content in after.items() if self._before.get(path) != content}

    def run(self, command: str) -> str:
        """Run a command in the copy, as a person would in a shell of their own. Returns what it printed."""
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTEST_", "EXPENSEFLOW_", "COVERAGE_")) and name not in ("PYTHONPATH", "MAKEFLAGS")
        }
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=self.folder,
            env=clean,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=COMMAND_TIMEOUT_S,
        )
        if done.returncode:
            raise RecipeError(f"{command!r} ended with {done.returncode}:\n{done.stdout[-6000:]}")
        return done.stdout

    def _do(self, block: Block) -> None:
        lead = LEAD.search(block.lead)
        if lead is not None:
            self._edit(lead["how"], self.folder / lead["path"], block)
        elif block.language == "sh":
            self._said = self.run(block.content)
        elif block.lead.endswith("says:"):
            _compare(block.content, self._said)
        else:
            raise RecipeError(f"nobody says what is to be done with this block: {block.lead!r}")

    def _edit(self, how: str, file: Path, block: Block) -> None:
        if (how == "Write") == file.exists():
            raise RecipeError(f"{file.name} is {'there already' if file.exists() else 'not there'}")
        if how == "Write":
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.content, encoding="utf-8")
            return
        present = file.read_text(encoding="utf-8")
        changed = patched(present, block.content) if how == "Change" else f"{present.rstrip()}\n\n{block.content}"
        file.write_text(changed, encoding="utf-8")

    def _files(self) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for folder in (self.folder / name for name in TREE)
            for path in ([folder] if folder.is_file() else sorted(folder.rglob("*")))
            if path.is_file() and path.suffix not in (".pyc", ".mo") and "__pycache__" not in path.parts
        }


def patched(present: str, diff: str) -> str:
    """Return `present` as the diff changes it. Raises RecipeError when its lines do not stand there exactly once."""
    lines = diff.splitlines()
    if unsigned := [line for line in lines if line and line[0] not in " +-"]:
        raise RecipeError(f"a line of a diff begins with a space, + or -: {unsigned[0]!r}")
    old = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("+"))
    new = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("-"))
    if f"\n{present}".count(f"\n{old}") != 1:
        raise RecipeError(f"these lines do not stand there exactly once:\n{old}")
    return f"\n{present}".replace(f"\n{old}", f"\n{new}", 1)[1:]


def _compare(expected: str, said: str) -> None:
    """Raise RecipeError unless the expected lines were printed one after the other, with anything for "…"."""
    parts = [re.escape(part.strip("\n")) for part in re.split(rf"^{ELLIPSIS}$", expected, flags=re.MULTILINE)]
    pattern = r"(?:.*\n)*?".join(f"{part}\n" if part else "" for part in parts)
    if not re.search(rf"(?m)^{pattern}", said):
        raise RecipeError(f"expected:\n{expected}\nprinted:\n{said[-3000:]}")
