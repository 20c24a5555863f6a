"""A date that was found in a text."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDate:
    """A date in a text: its place, its first and last day (equal for a single day), and how sure it is.

    A weak one could be an amount as well ("5.02"), and is a date only where something else is the amount.
    """

    start: int
    end: int
    first: date
    last: date
    weak: bool = False

    def overlaps(self, start: int, end: int) -> bool:
        """Whether the date shares a character with the place."""
        return self.start < end and start < self.end
