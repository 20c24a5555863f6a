"""Each rule of the house finds what it is there for, and leaves good code alone."""

from pathlib import Path

import pytest

from scripts.house_engine import RULES, check_tree
from scripts.house_rules import FILE_LINES_MAX, FUNCTION_LINES_MAX, main

# rule, file, a bad example, a good one
EXAMPLES = [
    (
        "one-event-one-transaction",
        "core/expenses/service.py",
        "async def submit(uow):\n    await uow.session.commit()\n",
        "async def submit(uow):\n    uow.session.add(1)\n",
    ),
    (
        "one-event-one-transaction",
        "handlers/expenses.py",
        "async def submit(engine):\n    async with engine.begin():\n        pass\n",
        "def submit(commit):\n    return commit\n",
    ),
    ("no-float-in-money", "core/money/money.py", "HALF = 0.5\n", "HALF = '0.5'\n"),
    ("no-float-in-money", "core/money/money.py", "def f(x): return float(x)\n", "def f(x): return int(x)\n"),
    ("no-float-in-money", "core/money/money.py", "def f(x: float): return x\n", "def f(x: int): return x\n"),
    ("no-float-near-money", "core/splits/rules.py", "half = amount_minor / 2\n", "half = amount_minor // 2\n"),
    ("no-float-near-money", "core/splits/rules.py", "tip = bill.total * 0.1\n", "tip = total * Decimal('0.1')\n"),
    ("no-float-near-money", "handlers/expenses.py", "shown = float(expense.amount)\n", "shown = float(seconds)\n"),
    ("no-float-near-money", "jobs/digest.py", "def f(rate: float): ...\n", "def f(timeout_s: float): ...\n"),
    ("no-float-near-money", "core/rates/rules.py", "total_minor = 0.0\n", "pause_s = 0.5\n"),
    ("no-float-near-money", "core/rates/rules.py", "record(rate=1.1)\n", "record(rate='1.1', timeout_s=1.1)\n"),
    ("no-float-near-money", "core/rates/rules.py", "ok = price > 9.99\n", "ok = confidence > 0.8\n"),
    (
        "one-clock",
        "core/expenses/service.py",
        "from datetime import datetime\ncreated = datetime.now()\n",
        "from datetime import datetime\ndef f(clock): return clock.now()\n",
    ),
    (
        "one-clock",
        "jobs/reminders.py",
        "import datetime as dt\ntoday = dt.date.today()\n",
        "import time\nstarted = time.monotonic()\n",
    ),
    ("one-clock", "bot/intake.py", "from time import time\nnow = time()\n", "from time import perf_counter\n"),
    ("one-clock", "core/x/tables.py", "from datetime import datetime\nnow = dict(default=datetime.now)\n", "now = 1\n"),
    (
        "column-types-from-one-module",
        "core/expenses/tables.py",
        "from sqlalchemy import ForeignKey, Integer\n",
        "from sqlalchemy import ForeignKey, Index, select\nfrom core.store.types import MinorUnits\n",
    ),
    (
        "column-types-from-one-module",
        "core/expenses/tables.py",
        "import sqlalchemy as sa\nx = sa.Numeric(10, 2)\n",
        "import sqlalchemy as sa\nx = sa.ForeignKey('a.id')\n",
    ),
    (
        "column-types-from-one-module",
        "core/expenses/tables.py",
        "from sqlalchemy.dialects.postgresql import JSONB\n",
        "from sqlalchemy.orm import Mapped\n",
    ),
    (
        "raw-statements-in-queries",
        "core/expenses/service.py",
        "from sqlalchemy import insert\ninsert(Expense)\n",
        "items = []\nitems.insert(0, 1)\n",
    ),
    (
        "raw-statements-in-queries",
        "core/flows/record_expense.py",
        "import sqlalchemy as sa\nsa.text('SELECT 1')\n",
        "from handlers.text import text\ntext('a.b')\n",
    ),
    (
        "raw-statements-in-queries",
        "core/flows/record_expense.py",
        "from sqlalchemy.dialects.sqlite import insert\ninsert(Expense)\n",
        "from sqlalchemy import select\nselect(Expense)\n",
    ),
    (
        "raw-statements-in-queries",
        "core/flows/record_expense.py",
        "statement = Expense.__table__.insert()\n",
        "statement = Expense.__table__\n",
    ),
    ("no-user-text", "handlers/expenses.py", "text('Saved it.')\n", "text('expense.saved', name='Saved')\n"),
    ("no-user-text", "handlers/expenses.py", "Text('Saved')\n", "Text('expense.saved')\n"),
    ("no-user-text", "handlers/expenses.py", "text(f'category.{name} Ü')\n", "text(f'category.{name}')\n"),
    (
        "no-user-text",
        "handlers/views/expenses.py",
        "Button(action='submit', label='Send in')\n",
        "Button(action='expense.submit', label=text('expense.submit'))\n",
    ),
    (
        "no-user-text",
        "core/expenses/notices.py",
        "Card(body=(Paragraph(Verbatim(f'{name} is gone')),))\n",
        "Card(body=(Paragraph(Verbatim(name)),))\n",
    ),
    ("no-platform-words", "handlers/start.py", "if source.platform == 'slack': pass\n", "'''As Slack does.'''\n"),
    ("no-platform-words", "core/identity/rules.py", "telegram_id = 1\n", "account_key = 1  # Telegram's\n"),
    ("no-platform-words", "jobs/schedule.py", "from bot.telegram import driver\n", "from core.queue import port\n"),
    (
        "settings-are-read-once",
        "bot/wiring.py",
        "import os\nhome = os.environ['HOME']\n",
        "import os\nx = os.getpid()\n",
    ),
    ("settings-are-read-once", "core/files/store.py", "from os import getenv\ngetenv('A')\n", "getenv = 1\n"),
    (
        "small-files-and-functions",
        "tests/test_x.py",
        "x = 1\n" * (FILE_LINES_MAX + 1),
        "x = 1\n" * FILE_LINES_MAX,
    ),
    (
        "small-files-and-functions",
        "bot/wiring.py",
        "def f():\n" + "    x = 1\n" * FUNCTION_LINES_MAX,
        "def f():\n    '''\n" + "    more\n" * 9 + "    '''\n" + "    x = 1\n" * (FUNCTION_LINES_MAX - 1),
    ),
]


def findings_in(tree: Path, path: str, source: str) -> list[str]:
    file = tree / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(source, encoding="utf-8")
    return check_tree(tree)


@pytest.mark.parametrize(("rule", "path", "bad", "good"), EXAMPLES)
def test_a_rule_finds_the_bad_and_passes_the_good(tmp_path: Path, rule: str, path: str, bad: str, good: str) -> None:
    found = findings_in(tmp_path, path, bad)
    assert found
    assert all(f": {rule}: " in finding and finding.startswith(f"{path}:") for finding in found)
    assert findings_in(tmp_path, path, good) == []


def test_every_rule_has_an_example_and_says_why_it_exists() -> None:
    assert {rule for rule, *_ in EXAMPLES} == set(RULES)
    for name, rule in RULES.items():
        assert len((rule.check.__doc__ or "").split()) > 10, name


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("core/store/unit_of_work.py", "async def end(session): await session.commit()\n"),
        ("core/store/database.py", "def end(connection): connection.rollback()\n"),
        ("core/kernel/clock.py", "from datetime import datetime\nnow = datetime.now\n"),
        ("core/expenses/queries.py", "from sqlalchemy import insert\ninsert(1)\n"),
        ("bot/settings.py", "import os\nx = os.environ\n"),
        ("bot/slack/driver.py", "slack = 'slack'\n"),
        ("bot/playground/state.py", "import time\nnow = time.time()\n"),
    ],
)
def test_the_one_place_for_each_thing_is_left_alone(tmp_path: Path, path: str, source: str) -> None:
    assert findings_in(tmp_path, path, source) == []


def test_an_exemption_needs_a_reason(tmp_path: Path) -> None:
    line = "half_minor = amount_minor / 2  # house:"
    assert findings_in(tmp_path, "core/x.py", f"{line} only drawn, never stored\n") == []
    found = findings_in(tmp_path, "core/x.py", f"{line} ok\n")
    assert found == ["core/x.py:1: exemptions: `# house:` needs a reason"]


def test_the_command_fails_when_something_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    findings_in(tmp_path, "core/x.py", "x_minor = amount_minor / 2\n")
    assert main([str(tmp_path)]) == 1
    assert "core/x.py:1: no-float-near-money" in capsys.readouterr().out
    (tmp_path / "core/x.py").unlink()
    assert main([str(tmp_path)]) == 0
