"""What reports need of the outside: words in a language, and somebody who draws."""

from dataclasses import dataclass
from typing import Any, Protocol


class Words(Protocol):
    """The words of one reader, as they are shown."""

    decimal_comma: bool

    def __call__(self, key: str, **arguments: Any) -> str:
        """Return the words of a key of the catalogue; arguments as a Text takes them."""
        ...


class Speaker(Protocol):
    """Finds the words of a reader."""

    def words(self, language: str, time_zone: str) -> Words:
        """Return the words of a language, with times in a zone."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar of a chart. `share`: its length against the longest, in thousandths; `colour` is "#rrggbb"."""

    label: str
    value: str
    share_thousandths: int
    colour: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart of bars, with rendered labels: whoever draws knows no language."""

    title: str
    subtitle: str
    bars: tuple[Bar, ...]


class ChartDrawer(Protocol):
    """Draws charts."""

    async def draw(self, chart: Chart) -> bytes:
        """Return a PNG on white. Raises UNAVAILABLE errors of workers as they are: the caller tries again later."""
        ...
