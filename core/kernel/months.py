"""A calendar month, as reports and filters speak of it."""

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month; `number` is 1 to 12."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> "Month":
        """Return the month of a date."""
        return cls(day.year, day.month)

    @classmethod
    def parsed(cls, stored: str) -> "Month":
        """Return the month that `str` wrote: "2026-03". Raises ValueError."""
        return cls.of(date.fromisoformat(f"{stored}-01"))

    def __str__(self) -> str:
        """Return "2026-03"."""
        return f"{self.year:04d}-{self.number:02d}"

    @property
    def first(self) -> date:
        """Return the first day."""
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        """Return the last day."""
        return self.following.first - timedelta(days=1)

    @property
    def previous(self) -> "Month":
        """Return the month before."""
        return Month.of(self.first - timedelta(days=1))

    @property
    def following(self) -> "Month":
        """Return the month after."""
        return Month.of(self.first + timedelta(days=31))
