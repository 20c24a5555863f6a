"""The Telegram edge, menus: by language, by chat and by person."""

import shutil
from pathlib import Path

import pytest

from bot.telegram.menu import default_menus, menu_for_chat
from bot.telegram.platform import TelegramPlatform
from bot.translation import Catalogues
from core.identity.rules import PERMISSIONS, Permission, Role
from handlers.registry import Registry, Where
from tests.fixtures.telegram_emulator import TelegramServer


@pytest.fixture
def registry() -> Registry:
    registry = Registry()

    @registry.command("expenses", needs=Permission.OWN_EXPENSES)
    @registry.command("new", needs=Permission.OWN_EXPENSES, where=Where.PRIVATE)
    @registry.command("invite", needs=Permission.MEMBERS_INVITE)
    async def handle(turn: object) -> tuple[()]:
        return ()

    return registry


@pytest.fixture
def locales(tmp_path: Path) -> Path:
    folder = tmp_path / "locales"
    for language, lines in (("en", ("Mine", "A new one", "Invite")), ("de", ("Meine", "Eine neue", "Einladen"))):
        file = folder / language / "LC_MESSAGES" / "expenseflow.po"
        file.parent.mkdir(parents=True)
        entries = zip(("expenses", "new", "invite"), lines, strict=True)
        file.write_text(
            'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
            + "".join(f'msgid "command.{name}.summary"\nmsgstr "{line}"\n' for name, line in entries),
            encoding="utf-8",
        )
    return folder


@pytest.fixture
def catalogues(locales: Path) -> Catalogues:
    return Catalogues(locales, strict=True)


async def test_menus_by_language_chat_and_person_and_a_restart_changes_nothing(
    telegram_server: TelegramServer, platform: TelegramPlatform, registry: Registry, catalogues: Catalogues
) -> None:
    anna, ben = telegram_server.anna, telegram_server.ben
    await anna.start()
    await ben.start()
    menus = default_menus(registry, catalogues)
    assert [await platform.set_menu(menu) for menu in menus] == [True] * 4
    assert [await platform.set_menu(menu) for menu in menus] == [False] * 4
    assert len(telegram_server.telegram.wire.entries(name="setMyCommands")) == 4

    def lines(of: list[dict[str, str]]) -> dict[str, str]:
        return {entry["command"]: entry["description"] for entry in of}

    assert lines(anna.commands()) == {"expenses": "Mine", "new": "A new one"}
    assert lines(ben.commands()) == {"expenses": "Meine", "new": "Eine neue"}
    group = telegram_server.telegram.create_group("Offsite", creator_id=ben.id)
    await ben.add_to_group(group.id, telegram_server.account.id)
    assert lines(ben.commands(group.id)) == {"expenses": "Meine"}

    own = menu_for_chat(registry, str(anna.id), PERMISSIONS[Role.ADMIN], catalogues.translator("de"))
    assert await platform.set_menu(own)
    assert lines(anna.commands()) == {"expenses": "Meine", "new": "Eine neue", "invite": "Einladen"}
    assert lines(ben.commands()) == {"expenses": "Meine", "new": "Eine neue"}


def test_a_language_with_a_territory_has_its_menu_under_the_two_letters_that_telegram_takes(
    registry: Registry, locales: Path
) -> None:
    shutil.copytree(locales / "de", locales / "pt_BR")
    shutil.copytree(locales / "de", locales / "de_AT")
    more = Catalogues(locales, strict=True)
    assert more.languages == ("de", "de_AT", "en", "pt_BR")
    assert [menu.language for menu in default_menus(registry, more)] == ["de", "de", None, None, "pt", "pt"]
