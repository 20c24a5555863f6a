"""What commands are called where people do not know their names: words of every language that the bot speaks, and slips."""

from collections.abc import Callable
from difflib import get_close_matches
from functools import lru_cache

from handlers.registry import CommandSpec, registry
from handlers.text import Words, text
from handlers.turn import Reader

ALIKE_MIN = 0.75
"""How much of a slip and a name must be the same to be asked about, from 0 to 1: "repot" and "report" are 0.91."""
_AROUND = " !?."


def command_named(reader: Reader, said: str) -> str | None:
    """Return the command that is meant by the whole of what was said, in whatever language; None for none.

    "help" alone is the command: not everybody knows about slashes, and Slack keeps "/help" for itself.
    """
    word = " ".join(said.casefold().split()).strip(_AROUND)
    if word in registry.commands:
        return word
    return _names(reader.tools.translate, reader.tools.languages).get(word)


def command_alike(reader: Reader, typed: str) -> str | None:
    """Return the command, of those that this person may use, whose name is nearly what was typed; None where none is."""
    member = reader.who.member
    usable = {spec.name for spec in registry.commands_for(member.permissions if member else frozenset())}
    usable = {name for name in usable if member is not None or _is_open(registry.commands[name])}
    names = {name: name for name in usable} | {
        word: name for word, name in _names(reader.tools.translate, reader.tools.languages).items() if name in usable
    }
    alike = get_close_matches(typed.casefold(), names, n=1, cutoff=ALIKE_MIN)
    return names[alike[0]] if alike else None


def _is_open(spec: CommandSpec) -> bool:
    return spec.for_strangers


@lru_cache(maxsize=4)
def _names(translate: Callable[[Words, str], str], languages: tuple[str, ...]) -> dict[str, str]:
    """Return words -> names of commands. An entry reads "help: hilfe, aide; expenses: auslagen"."""
    entries = [entry for language in languages for entry in translate(text("command.words"), language).split(";")]
    named = [entry.partition(":") for entry in entries]
    return {word.strip().casefold(): name.strip() for name, _, words in named for word in words.split(",")}
