"""Parts of a currency that have a name of their own: "pence", "kopecks", "dimes"."""

from dataclasses import dataclass
from decimal import Decimal

from core.language.phrasebook import Phrasebook
from core.language.text import Lexicon

_HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundUnit:
    """A part of a currency in a text: where it ends, how much of one it is, the codes that its currency may be."""

    end: int
    factor: Decimal
    codes: tuple[str, ...]


class CurrencyUnits:
    """The parts of currencies of one phrasebook, compiled."""

    def __init__(self, phrasebook: Phrasebook) -> None:
        signs = phrasebook.currency_words
        self._units = Lexicon(
            {word: (_HUNDREDTH, (code,) if code else ()) for word, code in phrasebook.minor_unit_words.items()}
            | {word: (value, signs.get(sign, ())) for word, (sign, value) in phrasebook.coins.items()}
        )

    def starting(self, folded: str, start: int) -> FoundUnit | None:
        """The longest name that starts at the position."""
        found = self._units.starting(folded, start)
        return FoundUnit(end=found[0], factor=found[1][0], codes=found[1][1]) if found else None
