"""What a measurement gives: figures, each beside what it is held against in the same run."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table.

    `measured` and `beside` are written out with their units; `aim` is "" where there is none. `reached` None: no aim.
    """

    name: str
    measured: str
    beside: str = ""
    aim: str = ""
    reached: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What a measurement is given: an empty folder of its own, and whether a quick look is enough."""

    folder: Path
    quick: bool


Measurement = Callable[[Conditions], Awaitable[list[Figure]]]


def table(figures: list[Figure]) -> str:
    """Return the figures as a Markdown table, its columns aligned."""
    rows = [("Figure", "Measured", "Beside it, in the same run", "Aim", "")]
    rows += [(each.name, each.measured, each.beside, each.aim, _verdict(each)) for each in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _verdict(figure: Figure) -> str:
    return {True: "reached", False: "missed", None: ""}[figure.reached]
