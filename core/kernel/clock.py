"""The only place that asks the machine what time it is."""

from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Tells the present instant. Passed in, so that a test can move it."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return datetime.now(UTC)


def local_date(instant: datetime, time_zone: str) -> date:
    """Return the calendar date of an aware instant in an IANA time zone such as "Europe/Berlin"."""
    return instant.astimezone(ZoneInfo(time_zone)).date()
