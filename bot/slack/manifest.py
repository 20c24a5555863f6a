"""The app's manifest: what an operator pastes into Slack to make the app. Source: https://docs.slack.dev/reference/app-manifest"""

from collections.abc import Mapping

from bot.slack import limits
from bot.slack.calls import SCOPES
from bot.slack.limits import cut, whole
from bot.slack.render import Json
from bot.translation import Translator
from handlers.registry import Registry, ShortcutSpec
from handlers.text import Text

APP_NAME = "ExpenseFlow"
COMMAND = "/expense"

# What is listened to, and the scope that each event needs, if any. Source: https://docs.slack.dev/reference/events
EVENT_SCOPES: Mapping[str, str | None] = {
    "app_home_opened": None,
    "app_mention": "app_mentions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
}
COMMAND_SCOPE = "commands"
FILES_SCOPE = "files:read"  # what the address of a file that somebody sent asks for


def bot_scopes() -> list[str]:
    """Return the bot token's scopes: what our calls, the events and the command need, and nothing else."""
    needed = {*SCOPES.values(), *EVENT_SCOPES.values(), COMMAND_SCOPE, FILES_SCOPE}
    return sorted(scope for scope in needed if scope is not None)


def manifest(registry: Registry, words: Translator, request_url: str | None = None) -> Json:
    """Return the manifest of an app that Slack delivers to at `request_url`, or in Socket Mode where there is none.

    Its words are those of one language, as Slack shows one to all. Raises ValueError for what Slack would not take and
    nobody may cut: a shortcut's id, one shortcut too many, an address that is too long.
    """
    summary = cut(words.translate(Text("app.summary")), limits.APP_SUMMARY_CHARACTERS_MAX)
    address = {} if request_url is None else {"request_url": whole(request_url, limits.REQUEST_URL_CHARACTERS_MAX)}
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": APP_NAME,
            "description": summary,
            "long_description": cut(words.translate(Text("app.description")), limits.APP_DESCRIPTION_CHARACTERS_MAX),
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": APP_NAME, "always_online": True},
            **_shortcuts(registry, words),
            "slash_commands": [_command(registry, summary, request_url)],
        },
        "oauth_config": {"scopes": {"bot": bot_scopes()}},
        "settings": {
            "event_subscriptions": {**address, "bot_events": sorted(EVENT_SCOPES)},
            "interactivity": {"is_enabled": True, **address},
            "org_deploy_enabled": False,
            "socket_mode_enabled": request_url is None,
            "token_rotation_enabled": False,
        },
    }


def _command(registry: Registry, summary: str, request_url: str | None) -> Json:
    """Return the one command; the registry's are the words after it."""
    url = {} if request_url is None else {"url": request_url}
    return {
        "command": COMMAND,
        **url,
        "description": cut(summary, limits.COMMAND_DESCRIPTION_CHARACTERS_MAX),
        "usage_hint": cut(" | ".join(registry.commands), limits.COMMAND_HINT_CHARACTERS_MAX),
        "should_escape": True,  # mentions of people arrive with their ids
    }


def _shortcuts(registry: Registry, words: Translator) -> Json:
    shortcuts = [_shortcut(spec, words) for spec in registry.shortcuts.values()]
    if len(shortcuts) > limits.SHORTCUTS_MAX:
        raise ValueError(f"Slack takes {limits.SHORTCUTS_MAX} shortcuts, and the bot has {len(shortcuts)}")
    return {"shortcuts": shortcuts} if shortcuts else {}


def _shortcut(spec: ShortcutSpec, words: Translator) -> Json:
    return {
        "type": "message",
        "callback_id": whole(spec.name, limits.SHORTCUT_CALLBACK_ID_CHARACTERS_MAX),
        "name": cut(words.translate(spec.title), limits.SHORTCUT_NAME_CHARACTERS_MAX),
        "description": cut(words.translate(spec.summary), limits.SHORTCUT_DESCRIPTION_CHARACTERS_MAX),
    }
