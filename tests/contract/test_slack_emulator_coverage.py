"""The list of what is emulated is the truth: nothing is served that it does not name, and each named test exists."""

import ast
from pathlib import Path
from typing import get_args

from aiohttp import web

from bot.playground.slack.control import ACTIONS
from bot.playground.slack.coverage import COVERAGE, Part
from bot.playground.slack.deliveries import TransportName
from bot.playground.slack.emulator import SlackEmulator, add_routes
from bot.playground.slack.interactions import InteractionKind
from bot.playground.slack.settings import SCOPE_OF_EVENT

TESTS = Path(__file__).parent.parent


def named(part: Part) -> list[str]:
    return [covered.name for covered in COVERAGE if covered.part == part]


def test_what_is_served_is_listed() -> None:
    slack = SlackEmulator()
    app = web.Application()
    add_routes(app, slack)
    routes = {resource.canonical for resource in app.router.resources()}

    assert named("method") == sorted(slack.api.methods)
    assert named("event") == sorted(SCOPE_OF_EVENT)
    assert named("interaction") == sorted(get_args(InteractionKind))
    assert named("transport") == sorted(get_args(TransportName))
    assert named("route") == sorted(routes)
    assert named("control") == sorted(ACTIONS)


def test_each_named_test_exists() -> None:
    functions: dict[str, set[str]] = {}
    for covered in COVERAGE:
        file, _, function = covered.test.partition("::")
        if file not in functions:
            tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
            functions[file] = {
                node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            }
        assert function in functions[file], covered
