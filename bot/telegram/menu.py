"""The menus that Telegram shows beside the text field, from the registry: per language, per kind of chat, per person.

Telegram shows the most specific one: the chat's, then that of the person's app language, then the one without language.
https://core.telegram.org/bots/api#determining-list-of-commands
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.telegram.limits import COMMAND_PATTERN, COMMAND_SUMMARY_CHARACTERS_MAX, COMMANDS_MAX
from bot.telegram.text import one_line, shorten
from bot.translation import FALLBACK_LANGUAGE, Catalogues, Translator
from core.identity.rules import PERMISSIONS, Permission, Role
from handlers.registry import CommandSpec, Registry, Where


class Scope(StrEnum):
    """Where a menu is shown; the values are the Bot API's BotCommandScope types."""

    PRIVATE_CHATS = "all_private_chats"
    GROUPS = "all_group_chats"
    CHAT = "chat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """One menu. `language` is an ISO 639-1 code or None for everybody else; `commands` are names and their lines."""

    scope: Scope
    commands: tuple[tuple[str, str], ...]
    chat: str | None = None
    language: str | None = None


def default_menus(registry: Registry, catalogues: Catalogues) -> tuple[Menu, ...]:
    """Return the menus of those who have none of their own: what an employee may do, in every language.

    The fallback language's stands for all languages that the bot does not speak. Telegram's languages have two letters:
    one that stands under a territory (pt_BR) has its menu under those. Raises ValueError for a command's name that
    Telegram does not take.
    """
    commands = registry.commands_for(PERMISSIONS[Role.EMPLOYEE])
    everywhere = tuple(spec for spec in commands if spec.where is Where.ANYWHERE)
    codes = dict.fromkeys(language.partition("_")[0] for language in catalogues.languages)
    return tuple(
        Menu(
            scope=scope,
            language=None if code == FALLBACK_LANGUAGE else code,
            commands=_lines(specs, catalogues.translator(code)),
        )
        for code in codes
        for scope, specs in ((Scope.PRIVATE_CHATS, commands), (Scope.GROUPS, everywhere))
    )


def menu_for_chat(registry: Registry, chat: str, permissions: frozenset[Permission], words: Translator) -> Menu:
    """Return the menu of one member's private chat: what they may do, in the language that they chose."""
    return Menu(scope=Scope.CHAT, chat=chat, commands=_lines(registry.commands_for(permissions), words))


def _lines(specs: tuple[CommandSpec, ...], words: Translator) -> tuple[tuple[str, str], ...]:
    for spec in specs:
        if not re.fullmatch(COMMAND_PATTERN, spec.name, re.ASCII):
            raise ValueError(f"Telegram takes no command of the name {spec.name!r}")
    return tuple(
        (spec.name, shorten(one_line(words.translate(spec.summary)), COMMAND_SUMMARY_CHARACTERS_MAX))
        for spec in specs[:COMMANDS_MAX]
    )
