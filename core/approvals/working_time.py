"""How long something waits, counted in the working hours of whom it waits for. Pure."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.identity.rules import WorkingHours
from core.kernel.clock import local_date


def working_day(hours: WorkingHours) -> timedelta:
    """Return how long a working day is on the clock of the wall."""
    return timedelta(minutes=hours.ends_minute - hours.starts_minute)


def after_working_time(since: datetime, amount: timedelta, hours: WorkingHours, time_zone: str) -> datetime:
    """Return the first instant at which `amount` of working time has passed since an aware instant.

    Time outside of `hours` does not count; each working day counts as long as it really was, also when the clocks change in
    it. `amount` is positive; `time_zone` is an IANA name.
    """
    left = amount
    for starts, ends in _working_days(since, hours, time_zone):
        worked = ends - max(starts, since)
        if worked >= left:
            return max(starts, since) + left
        left -= max(worked, timedelta(0))
    raise OverflowError("no working day is left before the end of the calendar")


def _working_days(since: datetime, hours: WorkingHours, time_zone: str) -> Iterator[tuple[datetime, datetime]]:
    """Yield beginning and end of each working day, from the one that `since` may lie in."""
    day = local_date(since, time_zone)
    while day < date.max:
        if day.isoweekday() in hours.days:
            yield _instant(day, hours.starts_minute, time_zone), _instant(day, hours.ends_minute, time_zone)
        day += timedelta(days=1)


def _instant(day: date, minute: int, time_zone: str) -> datetime:
    wall = datetime.combine(day, time(), ZoneInfo(time_zone)) + timedelta(minutes=minute)
    return wall.astimezone(UTC)
