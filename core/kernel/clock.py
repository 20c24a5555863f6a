"""The only place that asks the machine what time it is."""

from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

CLOCKS_APART = timedelta(minutes=1)
"""How far the clocks of replicas may be apart. What was made further in the future was made by a clock that has been put back."""
PUT_OFF_MAX = timedelta(hours=1)
"""The longest that work is put off at a time: what is due later than that was put off by a clock that has been put back."""


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


def due_at(due: datetime, now: datetime, *, made: datetime) -> datetime:
    """Return when work is due that was made at `made` and is due at `due`: now, where a clock that ran ahead has said so."""
    return now if made > now + CLOCKS_APART or due > now + PUT_OFF_MAX else due


def local_date(instant: datetime, time_zone: str) -> date:
    """Return the calendar date of an aware instant in an IANA time zone such as "Europe/Berlin"."""
    return instant.astimezone(ZoneInfo(time_zone)).date()
