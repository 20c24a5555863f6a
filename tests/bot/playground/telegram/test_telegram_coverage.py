"""The list of what is emulated is neither longer nor shorter than what is served, and each test that it names exists."""

import ast
from pathlib import Path

from bot.playground.telegram import coverage
from bot.playground.telegram.methods import SERVED

ROOT = Path(__file__).parents[4]


def test_the_list_equals_the_methods_that_are_served() -> None:
    assert set(coverage.METHODS) == SERVED


def _tests_in(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_test_that_is_named_exists() -> None:
    named = {*coverage.METHODS.values(), *coverage.BEHAVIOUR.values()}
    files = {test_id.partition("::")[0] for test_id in named}
    existing = {f"{path}::{name}" for path in files for name in _tests_in(path)}
    assert named - existing == set()
