"""Every key that the bot may say stands in the catalogues, and nothing stands there that nobody says."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from core.categories.rules import DEFAULTS
from core.expenses.rules import State
from core.identity.rules import Role
from core.reports.rules import Scope
from handlers.catalogue import declared_keys
from jobs.report_files import COLUMNS

ROOT = Path(__file__).parents[2]
LANGUAGES = sorted(path.parent.parent.name for path in ROOT.glob("locales/*/LC_MESSAGES/expenseflow.po"))
CARD_BUTTONS = ("submit", "edit", "category", "receipts", "take-back", "delete", "restore")
SPEAKING = ("text", "Text", "words")
KEY = re.compile(r"[a-z]+(\.[a-z0-9-]+)+")


def spoken_literals() -> Iterator[str]:
    """Yield the keys that stand as literals where something is said, also behind an `if` or in a variable named `key`."""
    for path in (*ROOT.glob("handlers/**/*.py"), *ROOT.glob("bot/**/*.py"), *ROOT.glob("jobs/**/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            said: list[ast.expr] = []
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SPEAKING:
                said = node.args[:1]
            elif isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == ["key"]:
                said = [node.value]
            for part in (part for expression in said for part in ast.walk(expression)):
                if isinstance(part, ast.Constant) and isinstance(part.value, str) and KEY.fullmatch(part.value):
                    yield part.value


def families() -> set[str]:
    """Return the keys that are put together from values."""
    return (
        {f"role.{role}" for role in Role}
        | {f"expense.state.{state}" for state in State}
        | {f"category.{key}" for key, _, _ in DEFAULTS}
        | {f"button.expense.{name}" for name in CARD_BUTTONS}
        | {f"report.scope.{scope}" for scope in Scope}
        | {f"export.column.{name}" for name in COLUMNS}
    )


def named_elsewhere() -> set[str]:
    """Return keys that are held in constants: the help's examples, a sentence's refusals, a card's hints."""
    return {
        "help.example.1",
        "help.example.2",
        "help.example.3",
        "expense.no-amount",
        "expense.impossible-amount",
        "outage.comes-again",
        "outage.try-again",
        "start.back",
        "start.welcome",
    }


def catalogue(language: str) -> set[str]:
    """Return the keys of a catalogue."""
    path = ROOT / "locales" / language / "LC_MESSAGES" / "expenseflow.po"
    with path.open("rb") as file:
        return {message.id if isinstance(message.id, str) else message.id[0] for message in read_po(file) if message.id}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_catalogue_holds_exactly_what_is_said(language: str) -> None:
    said = declared_keys() | set(spoken_literals()) | families() | named_elsewhere()
    known = catalogue(language)
    assert said - known == set(), "said, but not in the catalogue"
    assert known - said == set(), "in the catalogue, but never said"
