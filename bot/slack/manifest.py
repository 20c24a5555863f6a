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


def manifest(registry: Registry, words: Translator) -> Json:
    """Return the manifest of an app in Socket Mode; its words are those of one language, as Slack shows one to all."""
    summary = cut(words.translate(Text("app.summary")), limits.APP_SUMMARY_CHARACTERS_MAX)
    hint = " | ".join(registry.commands)
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
            "shortcuts": [_shortcut(spec, words) for spec in registry.shortcuts.values()],
            "slash_commands": [
                {
                    "command": COMMAND,
                    "description": cut(summary, limits.COMMAND_DESCRIPTION_CHARACTERS_MAX),
                    "usage_hint": cut(hint, limits.COMMAND_HINT_CHARACTERS_MAX),
                    "should_escape": True,  # mentions of people arrive with their ids
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": bot_scopes()}},
        "settings": {
            "event_subscriptions": {"bot_events": sorted(EVENT_SCOPES)},
            "interactivity": {"is_enabled": True},
            "org_deploy_enabled": False,
            "socket_mode_enabled": True,
            "token_rotation_enabled": False,
        },
    }


def _shortcut(spec: ShortcutSpec, words: Translator) -> Json:
    return {
        "type": "message",
        "callback_id": whole(spec.name, limits.SHORTCUT_CALLBACK_ID_CHARACTERS_MAX),
        "name": cut(words.translate(spec.title), limits.SHORTCUT_NAME_CHARACTERS_MAX),
        "description": cut(words.translate(spec.summary), limits.SHORTCUT_DESCRIPTION_CHARACTERS_MAX),
    }
