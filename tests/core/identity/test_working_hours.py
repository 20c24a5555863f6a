"""Working hours: what lies within, and what nobody can work."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from core.identity.rules import Notifications, WorkingHours

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("local", "covered"),
    [
        (datetime(2026, 3, 9, 9, 0, tzinfo=BERLIN), True),  # a Monday, as it begins
        (datetime(2026, 3, 13, 16, 59, tzinfo=BERLIN), True),  # a Friday, the last minute
        (datetime(2026, 3, 13, 17, 0, tzinfo=BERLIN), False),
        (datetime(2026, 3, 12, 8, 59, tzinfo=BERLIN), False),
        (datetime(2026, 3, 14, 12, 0, tzinfo=BERLIN), False),  # a Saturday
    ],
)
def test_the_usual_week_is_monday_to_friday_from_nine_to_five(local: datetime, covered: bool) -> None:
    assert WorkingHours().cover(local) is covered


def test_a_day_may_be_worked_from_midnight_to_midnight() -> None:
    assert WorkingHours(days=frozenset({7}), starts_minute=0, ends_minute=1440).cover(
        datetime(2026, 3, 15, 23, 59, tzinfo=BERLIN)
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"days": frozenset[int]()},
        {"days": frozenset({0})},
        {"days": frozenset({8})},
        {"starts_minute": 540, "ends_minute": 540},
        {"starts_minute": -1},
        {"ends_minute": 1441},
    ],
)
def test_hours_that_nobody_can_work_are_no_value(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"no days of a week|no part of a day"):
        WorkingHours(**wrong)  # type: ignore[arg-type]  # what a fault would hand over


def test_notifications_let_pass_what_was_asked_for() -> None:
    let_pass = {each: (each.allow(needs_me=True), each.allow(needs_me=False)) for each in Notifications}
    assert let_pass == {
        Notifications.ALL: (True, True),
        Notifications.NEEDED: (True, False),
        Notifications.NONE: (False, False),
    }
