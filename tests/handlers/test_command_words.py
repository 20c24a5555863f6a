"""The words for commands in the catalogues name commands that there are, and each word names one."""

from collections import Counter

import pytest

from bot.translation import Catalogues
from handlers.catalogue import registry
from handlers.routing import STEP_COMMANDS
from handlers.text import text

CATALOGUES = Catalogues(strict=True)


def words_of(language: str) -> list[tuple[str, str]]:
    """Return each word of a catalogue with the command that it names."""
    entries = CATALOGUES.translator(language).translate(text("command.words")).split(";")
    pairs = [entry.partition(":") for entry in entries]
    return [(word.strip(), name.strip()) for name, _, words in pairs for word in words.split(",")]


@pytest.mark.parametrize("language", CATALOGUES.languages)
def test_each_word_names_a_command(language: str) -> None:
    found = words_of(language)
    assert found
    for word, name in found:
        assert name in registry.commands, (word, name)
        assert word == " ".join(word.casefold().split()) != "", "as what people say is compared with it"
        assert word not in registry.commands, "names are understood anyway"
        assert word not in STEP_COMMANDS


def test_a_word_names_the_same_command_in_every_language() -> None:
    named = {pair for language in CATALOGUES.languages for pair in words_of(language)}
    assert [word for word, count in Counter(word for word, _ in named).items() if count > 1] == []
