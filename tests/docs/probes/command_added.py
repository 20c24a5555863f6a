"""Looks at a tree to which docs/add-a-command.md was applied: the command stands in Telegram's menu and Slack's manifest."""

from pathlib import Path

import pytest

from bot.slack.manifest import manifest
from bot.translation import Catalogues
from handlers.catalogue import registry
from tests.fixtures.clock import FakeClock
from tests.fixtures.databases import SqliteTemplate
from tests.fixtures.service import running_service


@pytest.mark.parametrize(
    ("language", "line"),
    [("en", "What I have spent this month"), ("de", "Was ich diesen Monat ausgegeben habe")],
)
async def test_telegram_shows_it_in_its_menu(
    language: str, line: str, tmp_path: Path, sqlite_template: SqliteTemplate, clock: FakeClock
) -> None:
    async with running_service(tmp_path / "bot", sqlite_template, ("telegram",), clock) as bot:
        person = bot.telegram.person(bot.telegram.add_person("Nina", language_code=language).id)
        await person.start()
        wanted = {"command": "total", "description": line}
        await bot.telegram.bus.wait_until(lambda: wanted in person.commands() or None, timeout_s=15, what="the menu")


def test_slack_hints_at_it_in_its_manifest() -> None:
    (command,) = manifest(registry, Catalogues(strict=True).translator("en"))["features"]["slash_commands"]
    assert "total" in command["usage_hint"].split(" | ")
