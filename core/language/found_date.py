"""A date that was found in a text."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDate:
    """A date in a text: its place, its first and last day (equal for a single day), and how sure it is.

    Attributes:
        weak: it could be an amount as well ("5.02"), and is a date only where something else is the amount.
        names_month: whether it names day and month, so that it can be the end of a range.
        names_year: whether it names its year.
    """

    start: int
    end: int
    first: date
    last: date
    weak: bool = False
    names_month: bool = False
    names_year: bool = False

    def overlaps(self, start: int, end: int) -> bool:
        """Whether the date shares a character with the place."""
        return self.start < end and start < self.end
