"""The manifest asks for what the bot uses, in words that Slack takes."""

import ast
import json
from pathlib import Path
from typing import Any, TypeGuard

import pytest

import bot.slack
from bot.playground.slack.scopes import METHOD_RULES
from bot.playground.slack.settings import SCOPE_OF_EVENT
from bot.slack import limits
from bot.slack.calls import SCOPES, Method
from bot.slack.incoming import COMMAND_PREFIX
from bot.slack.manifest import COMMAND_SCOPE, EVENT_SCOPES, FILES_SCOPE, bot_scopes, manifest
from bot.translation import Catalogues, Translator
from handlers.catalogue import registry
from handlers.registry import Registry
from handlers.replies import Replies

CATALOGUES = Catalogues(strict=True)


async def _handle() -> Replies:
    return ()


def a_registry(*names: str) -> Registry:
    registry = Registry()
    for name in names:
        registry.command(name)(_handle)
    return registry


@pytest.mark.parametrize("words", [CATALOGUES.translator(each) for each in CATALOGUES.languages])
def test_its_words_fit(words: Translator) -> None:
    made = manifest(a_registry(*(f"command{number}" for number in range(200))), words)
    shown = made["display_information"]
    assert len(shown["name"]) <= limits.APP_NAME_CHARACTERS_MAX
    assert 0 < len(shown["description"]) <= limits.APP_SUMMARY_CHARACTERS_MAX
    assert (
        limits.APP_DESCRIPTION_CHARACTERS_MIN <= len(shown["long_description"]) <= limits.APP_DESCRIPTION_CHARACTERS_MAX
    )
    (command,) = made["features"]["slash_commands"]
    assert len(command["usage_hint"]) == limits.COMMAND_HINT_CHARACTERS_MAX


# What stands where, and how long it may be: facts of https://github.com/slackapi/manifest-schema (schemas/2.0.0), which
# knows no other names. A number is the longest text; two are the least and the most entries, and what each of them is.
FIELDS: dict[str, Any] = {
    "_metadata": {"major_version": int, "minor_version": int},
    "display_information": {"name": 35, "description": 140, "long_description": 4_000},
    "features": {
        "app_home": {"home_tab_enabled": bool, "messages_tab_enabled": bool, "messages_tab_read_only_enabled": bool},
        "bot_user": {"display_name": 80, "always_online": bool},
        "shortcuts": (1, 10, {"type": 7, "callback_id": 255, "name": 24, "description": 150}),
        "slash_commands": (
            1,
            50,
            {"command": 32, "url": 3_000, "description": 2_000, "usage_hint": 1_000, "should_escape": bool},
        ),
    },
    "oauth_config": {"scopes": {"bot": (1, 255, 255)}},
    "settings": {
        "event_subscriptions": {"request_url": 3_000, "bot_events": (1, 100, 255)},
        "interactivity": {"is_enabled": bool, "request_url": 3_000},
        "org_deploy_enabled": bool,
        "socket_mode_enabled": bool,
        "token_rotation_enabled": bool,
    },
}


def faults_of(given: Any, known: Any, place: str = "") -> list[str]:
    """Return where a manifest is not as Slack's schema wants it."""
    if isinstance(known, dict):
        unknown = [f"{place}.{name} is unknown" for name in given if name not in known]
        return unknown + [
            fault
            for name, each in given.items()
            if name in known
            for fault in faults_of(each, known[name], f"{place}.{name}")
        ]
    if isinstance(known, tuple):
        least, most, of_each = known
        wrong = [] if least <= len(given) <= most else [f"{place} has {len(given)} entries"]
        return wrong + [fault for each in given for fault in faults_of(each, of_each, place)]
    if isinstance(known, int):
        return [] if 1 <= len(given) <= known else [f"{place} has {len(given)} characters"]
    return [] if isinstance(given, known) else [f"{place} is {given!r}"]


@pytest.mark.parametrize("request_url", [None, "https://expenses.example.com/webhooks/slack"])
@pytest.mark.parametrize("words", [CATALOGUES.translator(each) for each in CATALOGUES.languages])
@pytest.mark.parametrize(
    "commands", [registry, a_registry("help"), a_registry(*(f"command{number}" for number in range(200)))]
)
def test_slack_takes_it(commands: Registry, words: Translator, request_url: str | None) -> None:
    assert faults_of(manifest(commands, words, request_url), FIELDS) == []


def test_over_http_everything_goes_to_one_address() -> None:
    address = "https://expenses.example.com/webhooks/slack"
    made = manifest(registry, Translator("en"), address)
    assert made["settings"]["socket_mode_enabled"] is False
    assert [
        made["settings"]["event_subscriptions"]["request_url"],
        made["settings"]["interactivity"]["request_url"],
        *(command["url"] for command in made["features"]["slash_commands"]),
    ] == [address] * 3
    assert address not in json.dumps(manifest(registry, Translator("en")))


def test_what_slack_would_not_take_and_nobody_may_cut_is_a_fault() -> None:
    crowded = a_registry("help")
    for number in range(limits.SHORTCUTS_MAX + 1):
        crowded.shortcut(f"s{number}")(_handle)
    with pytest.raises(ValueError, match="shortcuts"):
        manifest(crowded, Translator("en"))
    with pytest.raises(ValueError, match="3000"):
        manifest(registry, Translator("en"), "https://" + "x" * limits.REQUEST_URL_CHARACTERS_MAX)


def test_the_commands_hint_is_the_registry() -> None:
    made: dict[str, Any] = json.loads(json.dumps(manifest(a_registry("help", "new", "start"), Translator("en"))))
    (command,) = made["features"]["slash_commands"]
    assert (command["command"], command["usage_hint"]) == ("/expense", "help | new | start")


def test_it_runs_in_socket_mode_and_people_may_write_to_it() -> None:
    made = manifest(a_registry("help"), Translator("en"))
    assert made["settings"]["socket_mode_enabled"]
    assert made["settings"]["interactivity"]["is_enabled"]
    assert made["features"]["app_home"]["messages_tab_enabled"]
    assert not made["features"]["app_home"]["messages_tab_read_only_enabled"]


@pytest.mark.parametrize("words", [CATALOGUES.translator(each) for each in CATALOGUES.languages])
def test_a_messages_menu_and_the_home_tab_are_asked_for(words: Translator) -> None:
    made = manifest(registry, words)
    (entry,) = made["features"]["shortcuts"]
    assert (entry["type"], entry["callback_id"]) == ("message", "expense.add")
    assert 0 < len(entry["name"]) <= limits.SHORTCUT_NAME_CHARACTERS_MAX
    assert not entry["name"].endswith(limits.ELLIPSIS)
    assert 0 < len(entry["description"]) <= limits.SHORTCUT_DESCRIPTION_CHARACTERS_MAX
    assert made["features"]["app_home"]["home_tab_enabled"]
    assert "app_home_opened" in made["settings"]["event_subscriptions"]["bot_events"]


def test_every_command_of_the_bot_is_named_beside_it() -> None:
    (command,) = manifest(registry, Translator("en"))["features"]["slash_commands"]
    assert command["command"] == COMMAND_PREFIX.strip()
    assert command["usage_hint"].split(" | ") == list(registry.commands)


def test_every_shortcut_of_the_bot_is_in_slacks_menu() -> None:
    made = manifest(registry, Translator("en"))
    assert [each["callback_id"] for each in made["features"]["shortcuts"]] == list(registry.shortcuts)


def test_both_transcriptions_of_slacks_scopes_agree() -> None:
    for method, scope in SCOPES.items():
        rule = METHOD_RULES[method]
        assert rule.app_level or (scope in rule.scopes if scope else not rule.scopes), method
    assert {event: scope for event, scope in EVENT_SCOPES.items() if event in SCOPE_OF_EVENT} == {
        event: scope for event, scope in SCOPE_OF_EVENT.items() if event in EVENT_SCOPES
    }


def calls_made() -> set[Method]:
    """Return the methods that the code of the edge calls, by what stands in it."""
    found = set()
    for file in sorted(Path(bot.slack.__file__).parent.glob("*.py")):
        used = {node.attr for node in ast.walk(ast.parse(file.read_text())) if is_method(node)}
        found |= {Method[name] for name in used} if file.name not in DECLARING else set()
    return found


DECLARING = {"calls.py"}
OF_UPLOADS = {Method.FILES_UPLOAD_URL, Method.FILES_COMPLETE_UPLOAD}
"""Called where methods are declared."""


def is_method(node: ast.AST) -> TypeGuard[ast.Attribute]:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Method"


def test_what_is_called_what_slack_asks_for_it_and_what_the_manifest_grants_agree() -> None:
    """By the emulator's own transcription of Slack's pages: what is called is allowed, and nothing else is asked for."""
    assert calls_made() | OF_UPLOADS == set(Method)
    granted = set(manifest(registry, Translator("en"))["oauth_config"]["scopes"]["bot"])
    rules = [METHOD_RULES[method] for method in Method if not METHOD_RULES[method].app_level]
    assert [rule for rule in rules if rule.scopes and granted.isdisjoint(rule.scopes)] == []
    for_events = {SCOPE_OF_EVENT.get(event, scope) for event, scope in EVENT_SCOPES.items()}
    useful = {scope for rule in rules for scope in rule.scopes} | for_events | {COMMAND_SCOPE, FILES_SCOPE}
    assert granted <= useful


def test_it_asks_for_no_more_than_it_uses() -> None:
    assert bot_scopes() == [
        "app_mentions:read",
        "channels:history",
        "chat:write",
        "commands",
        "files:read",
        "files:write",
        "groups:history",
        "im:history",
        "im:write",
        "mpim:history",
        "users:read",
    ]
