"""The recipes of docs/ are followed as they stand, in a copy of the tree, and what they promise is looked at.

They run commands, tests and checks as a reader does: 30, 17 and 26 s of processor time.
"""

from pathlib import Path

import pytest

import scripts.house_rules  # noqa: F401 - it registers the rules
from scripts.house_engine import check_tree
from tests.docs.copies import ROOT
from tests.docs.recipes import Attempt, RecipeError, patched

DOCS = ROOT / "docs"
PYTHON = ".venv/bin/python"
PROBES = "tests/docs/probes"


@pytest.fixture
def attempt(tmp_path: Path) -> Attempt:
    return Attempt(tmp_path / "tree")


def programs(changed: set[str]) -> set[str]:
    """Return the parts of the program that were changed: Python that is no test."""
    return {path.split("/")[0] for path in changed if path.endswith(".py") and not path.startswith("tests/")}


def probe(attempt: Attempt, name: str) -> None:
    """Run a test that looks at what the recipe has made, in the copy."""
    attempt.run(f"{PYTHON} -m pytest -q -p no:cacheprovider {PROBES}/{name}.py")


def check(attempt: Attempt) -> None:
    """Run what `make check` runs, on the files that were changed."""
    files = sorted(path for path in attempt.changed() if path.endswith(".py"))
    attempt.run("make check-imports check-catalogues")
    if files:
        for tool in ("ruff format --check", "ruff check", "mypy"):
            attempt.run(f"{PYTHON} -m {tool} {' '.join(files)}")
    assert [finding for finding in check_tree(attempt.folder) if finding.split(":")[0] in files] == []


def test_add_a_command(attempt: Attempt) -> None:
    """It is in both menus and in help, and is answered on both platforms, with handlers/ as the only Python touched."""
    attempt.follow(DOCS / "add-a-command.md")
    assert programs(attempt.changed()) == {"handlers"}
    probe(attempt, "command_added")
    check(attempt)


def test_add_a_language(attempt: Attempt) -> None:
    """It is understood, and answered in chat on both platforms, with no Python touched at all."""
    attempt.follow(DOCS / "add-a-language.md")
    assert programs(attempt.changed()) == set()
    assert {path.split("/")[0] for path in attempt.changed()} == {"locales", "tests"}
    check(attempt)


def test_add_a_platform(attempt: Attempt) -> None:
    """A text, a button and a form are served, and no file of handlers/ or core/ is touched."""
    attempt.follow(DOCS / "add-a-platform.md")
    assert programs(attempt.changed()) == {"bot"}
    check(attempt)


@pytest.mark.parametrize(
    ("diff", "problem"),
    [
        (" one\n+three\n two\n", None),
        (" one\n+three\n", "exactly once"),
        (" nine\n+three\n", "exactly once"),
        ("one\n+three\n", "begins with a space"),
    ],
)
def test_a_diff_is_applied_where_it_fits_and_nowhere_else(diff: str, problem: str | None) -> None:
    present = "one\ntwo\nlone\none\n"
    if problem is None:
        assert patched(present, diff) == "one\nthree\ntwo\nlone\none\n"
    else:
        with pytest.raises(RecipeError, match=problem):
            patched(present, diff)


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        ("Look:\n\n```python\nprint()\n```\n", "nobody says what is to be done"),
        ("Write `Makefile`:\n\n```make\nall:\n```\n", "there already"),
        ("Change `handlers/nothing.py`:\n\n```diff\n+all\n```\n", "not there"),
        ("Try:\n\n```sh\nfalse\n```\n", "ended with 1"),
        ("Try:\n\n```sh\necho one two\n```\n\nwhich says:\n\n```text\ntwo\n```\n", "expected"),
    ],
)
def test_a_recipe_that_cannot_be_followed_fails(attempt: Attempt, tmp_path: Path, page: str, problem: str) -> None:
    recipe = tmp_path / "page.md"
    recipe.write_text(page, encoding="utf-8")
    with pytest.raises(RecipeError, match=problem):
        attempt.follow(recipe)
