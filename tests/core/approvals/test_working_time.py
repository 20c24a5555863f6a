"""Working time against a walk through the minutes; weekends and changes of the clock by hand."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.approvals.working_time import after_working_time, working_day
from core.identity.rules import WorkingHours

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC")
NIGHT_ENDS_MINUTE = 4 * 60
"""Clocks change at night in these zones: hours of the day lie on one side of the change, as a person's do."""
MINUTE = timedelta(minutes=1)

all_hours = st.builds(
    lambda days, starts, length: WorkingHours(
        days=frozenset(days), starts_minute=starts, ends_minute=min(starts + length, 1440)
    ),
    st.sets(st.integers(1, 7), min_size=1),
    st.integers(NIGHT_ENDS_MINUTE, 1439),
    st.integers(1, 600),
)
instants = st.integers(0, 330 * 1440).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + minutes * MINUTE)


def worked_minutes(since: datetime, until: datetime, hours: WorkingHours, zone: str) -> int:
    """Count the minutes that the hours cover, one by one."""
    minutes = range(round((until - since) / MINUTE))
    return sum(hours.cover((since + MINUTE * at).astimezone(ZoneInfo(zone))) for at in minutes)


@settings(max_examples=60)
@given(since=instants, minutes=st.integers(1, 900), hours=all_hours, zone=st.sampled_from(ZONES))
def test_as_much_working_time_passes_as_was_asked_for_and_no_more(
    since: datetime, minutes: int, hours: WorkingHours, zone: str
) -> None:
    minutes = min(minutes, 3 * (hours.ends_minute - hours.starts_minute))  # or the walk through the minutes takes long
    due = after_working_time(since, minutes * MINUTE, hours, zone)
    assert worked_minutes(since, due, hours, zone) == minutes
    assert hours.cover((due - MINUTE).astimezone(ZoneInfo(zone)))  # it ends with work, not with a rest


@given(
    since=instants, later=st.timedeltas(timedelta(0), timedelta(days=9)), hours=all_hours, zone=st.sampled_from(ZONES)
)
def test_what_began_later_is_never_due_earlier(
    since: datetime, later: timedelta, hours: WorkingHours, zone: str
) -> None:
    amount = working_day(hours)
    assert after_working_time(since, amount, hours, zone) <= after_working_time(since + later, amount, hours, zone)


BERLIN = [
    ("in the morning", "2026-03-12 10:30", "2026-03-13 10:30"),
    ("before work", "2026-03-12 05:00", "2026-03-12 17:00"),
    ("at the end of work", "2026-03-12 17:00", "2026-03-13 17:00"),
    ("on Friday afternoon", "2026-03-13 15:00", "2026-03-16 15:00"),
    ("on Saturday", "2026-03-14 12:00", "2026-03-16 17:00"),
    ("over the night in which an hour is missing", "2026-03-27 16:00", "2026-03-30 16:00"),
    ("over the night with an hour twice", "2026-10-23 10:00", "2026-10-26 10:00"),
]


@pytest.mark.parametrize(("since", "due"), [case[1:] for case in BERLIN], ids=[case[0] for case in BERLIN])
def test_a_working_day_of_an_office_in_berlin(since: str, due: str) -> None:
    zone, hours = ZoneInfo("Europe/Berlin"), WorkingHours()
    asked = datetime.fromisoformat(since).replace(tzinfo=zone)
    found = after_working_time(asked.astimezone(UTC), working_day(hours), hours, "Europe/Berlin")
    assert found.astimezone(zone) == datetime.fromisoformat(due).replace(tzinfo=zone)


def test_who_works_around_the_clock_has_a_shorter_day_when_an_hour_is_missing() -> None:
    hours = WorkingHours(days=frozenset(range(1, 8)), starts_minute=0, ends_minute=1440)
    midnight = datetime(2026, 3, 28, 23, 0, tzinfo=UTC)  # in Berlin the 29th begins, which has 23 hours
    assert after_working_time(midnight, timedelta(hours=23), hours, "Europe/Berlin") == midnight + timedelta(hours=23)
    assert after_working_time(midnight, working_day(hours), hours, "Europe/Berlin") == midnight + timedelta(hours=24)
