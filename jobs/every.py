"""How APScheduler is told "every so many seconds". Imported when the ticking begins, and the library with it."""

from datetime import datetime, timedelta

from apscheduler.triggers.base import BaseTrigger
from typing_extensions import override


class Every(BaseTrigger):  # type: ignore[misc]  # the library carries no types
    """Fires once in each interval, counted from now.

    The library's own interval counts from the time before: when the clock jumps a year ahead, it goes through half a million
    minutes one by one, while nothing else in the process runs.
    """

    def __init__(self, interval: timedelta) -> None:
        """Take the interval."""
        self._interval = interval

    @override
    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        return now + self._interval
