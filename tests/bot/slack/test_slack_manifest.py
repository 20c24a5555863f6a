"""The manifest asks for what the bot uses, in words that Slack takes."""

import json
from typing import Any

import pytest

from bot.playground.slack.scopes import METHOD_RULES
from bot.playground.slack.settings import SCOPE_OF_EVENT
from bot.slack import limits
from bot.slack.calls import SCOPES
from bot.slack.manifest import EVENT_SCOPES, bot_scopes, manifest
from bot.translation import Catalogues, Translator
from handlers.catalogue import registry
from handlers.registry import Registry
from handlers.replies import Replies

CATALOGUES = Catalogues(strict=True)


def a_registry(*names: str) -> Registry:
    async def handle() -> Replies:
        return ()

    registry = Registry()
    for name in names:
        registry.command(name)(handle)
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


def test_both_transcriptions_of_slacks_scopes_agree() -> None:
    for method, scope in SCOPES.items():
        rule = METHOD_RULES[method]
        assert rule.app_level or (scope in rule.scopes if scope else not rule.scopes), method
    assert {event: scope for event, scope in EVENT_SCOPES.items() if event in SCOPE_OF_EVENT} == {
        event: scope for event, scope in SCOPE_OF_EVENT.items() if event in EVENT_SCOPES
    }


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
