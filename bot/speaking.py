"""The words that jobs need: catalogues behind the port of core."""

from typing import Any

from bot.translation import Catalogues, Translator
from handlers.text import Text


class TranslatedWords:
    """The words of one reader."""

    def __init__(self, translator: Translator) -> None:
        """Take the translator; whether its language writes a decimal comma is Babel's to say."""
        from babel.numbers import get_decimal_symbol

        self._translator = translator
        self.decimal_comma = get_decimal_symbol(translator.language) == ","

    def __call__(self, key: str, **arguments: Any) -> str:
        """Return the words of a key."""
        return self._translator.translate(Text(key, arguments))


class CatalogueSpeaker:
    """Finds the words of a reader in the catalogues."""

    def __init__(self, catalogues: Catalogues) -> None:
        """Take the catalogues."""
        self._catalogues = catalogues

    def words(self, language: str, time_zone: str) -> TranslatedWords:
        """Return the words of a language."""
        return TranslatedWords(self._catalogues.translator(language, time_zone))
