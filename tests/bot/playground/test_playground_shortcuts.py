"""What the emulated Slack app is configured with is what the bot's manifest asks for."""

from bot.playground.people import SHORTCUTS
from bot.slack.manifest import manifest
from bot.translation import Translator
from handlers.catalogue import registry


def test_the_menu_of_messages_has_the_entries_of_the_manifest() -> None:
    declared = manifest(registry, Translator("en"))["features"]["shortcuts"]
    assert [{"callback_id": each["callback_id"], "name": each["name"]} for each in declared] == list(SHORTCUTS)
