"""Each import contract is broken by the import that it is there to forbid, and by nothing in a sound tree."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# Where an import is written, the import, and the contract that it breaks: None for what is allowed.
IMPORTS = [
    ("core/flows/record_expense.py", "import core.expenses", None),
    ("core/store/types.py", "import sqlalchemy", None),
    ("handlers/expenses.py", "import core.flows", None),  # and with it, indirectly, sqlalchemy
    ("bot/telegram/driver.py", "import telegram", None),
    ("bot/playground/emulator.py", "import aiogram", None),
    ("bot/wiring.py", "import bot.slack", None),
    ("handlers/expenses.py", "import bot.settings", "edges over conversation"),
    ("handlers/expenses.py", "import jobs", "edges over conversation"),
    ("core/money/money.py", "import handlers", "edges over conversation"),
    ("bot/slack/driver.py", "import bot.telegram", "inside bot"),
    ("bot/telegram/driver.py", "import bot.playground", "inside bot"),
    ("bot/surprise.py", "", "inside bot"),
    ("core/kernel/ids.py", "import core.money", "inside core"),
    ("core/expenses/service.py", "import core.flows", "inside core"),
    ("core/surprise.py", "", "inside core"),
    ("bot/playground/emulator.py", "import bot.settings", "the playground"),
    ("bot/playground/emulator.py", "import core.money", "the playground"),
    ("core/store/types.py", "import telegram", "no platform"),
    ("jobs/reminders.py", "import slack_sdk", "no platform"),
    ("handlers/expenses.py", "import fastapi", "no platform"),
    ("handlers/expenses.py", "import sqlalchemy", "handlers speak"),
    ("bot/telegram/driver.py", "import aiogram", "aiogram in the playground alone"),
]


@pytest.mark.parametrize(("file", "statement", "contract"), IMPORTS)
def test_a_contract_is_broken_by_what_it_forbids(
    tmp_path: Path, file: str, statement: str, contract: str | None
) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    _empty_house(tmp_path)
    (tmp_path / "core" / "expenses" / "tables.py").write_text("import sqlalchemy\n", encoding="utf-8")
    (tmp_path / file).write_text(f"{statement}\n", encoding="utf-8")

    linter = str(Path(sys.executable).parent / "lint-imports")
    command = [sys.executable, linter, "--no-cache", "--no-logo"]
    checked = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)
    broken = [line for line in checked.stdout.splitlines() if line.endswith("BROKEN")]
    if contract is None:
        assert (checked.returncode, broken) == (0, [])
    else:
        assert checked.returncode == 1
        assert [line for line in broken if line.startswith(contract)]


def _empty_house(folder: Path) -> None:
    """Make the rooms of this house, two storeys deep, with nothing in them."""
    for package in ("bot", "handlers", "jobs", "core"):
        (folder / package).mkdir()
        for found in (ROOT / package).iterdir():
            if found.suffix == ".py":
                (folder / package / found.name).touch()
            elif (found / "__init__.py").exists():
                (folder / package / found.name).mkdir()
                (folder / package / found.name / "__init__.py").touch()
