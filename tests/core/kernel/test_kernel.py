"""What everything stands on: time, ids, errors that speak by key, points to crash at."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

import core.schema  # noqa: F401 - brings along the modules that declare errors
from core.kernel.clock import SystemClock, local_date
from core.kernel.codec import Codec
from core.kernel.errors import DomainError, Kind
from core.kernel.guards import on_points, point
from core.kernel.ids import new_id


def test_the_clock_tells_an_instant_in_utc() -> None:
    assert SystemClock().now().tzinfo is UTC


@pytest.mark.parametrize(
    ("zone", "day"),
    [("UTC", 28), ("Europe/Berlin", 29), ("America/New_York", 28), ("Pacific/Kiritimati", 29)],
)
def test_a_date_depends_on_where_one_is(zone: str, day: int) -> None:
    # The night in which Berlin goes over to summer time.
    assert local_date(datetime(2026, 3, 28, 23, 30, tzinfo=UTC), zone) == date(2026, 3, day)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1)), st.integers(1, 10**9))  # noqa: DTZ001 - the zone is added
def test_ids_sort_by_the_time_of_their_making(naive: datetime, later_ms: int) -> None:
    made = naive.replace(tzinfo=UTC)
    first, second = new_id(made), new_id(made + timedelta(milliseconds=later_ms))
    assert first < second
    assert len(first) == 26


def test_ids_of_one_instant_differ() -> None:
    now = datetime(2026, 3, 12, tzinfo=UTC)
    assert len({new_id(now) for _ in range(1000)}) == 1000


@dataclass(eq=False)
class BudgetClosedForGood(DomainError):
    """A refusal as capabilities declare them."""

    number: int
    kind: ClassVar[Kind] = Kind.CONFLICT


def test_an_error_names_its_sentence_and_fills_it() -> None:
    error = BudgetClosedForGood(number=7)
    assert (error.key(), error.arguments(), error.kind) == (
        "error.budget-closed-for-good",
        {"number": 7},
        Kind.CONFLICT,
    )
    assert BudgetClosedForGood in DomainError.all_classes
    assert error.traces == []
    error.traces.append(object())  # type: ignore[arg-type]  # whatever it is, the next error does not share it
    assert BudgetClosedForGood(number=8).traces == []


def test_every_error_of_the_core_says_what_kind_it_is_and_has_a_key_of_its_own() -> None:
    ours = [each for each in DomainError.all_classes if each.__module__.startswith("core.")]
    assert len(ours) > 5
    assert len({each.key() for each in ours}) == len(ours)
    assert all(isinstance(each.kind, Kind) for each in ours)


def test_a_fault_test_is_told_of_every_point() -> None:
    passed: list[str] = []
    on_points(passed.append)
    try:
        point("here")
    finally:
        on_points(lambda _name: None)
    point("there")
    assert passed == ["here"]


def test_a_class_stands_under_one_tag() -> None:
    with pytest.raises(ValueError, match="two tags"):
        Codec({"a.1": BudgetClosedForGood, "b.1": BudgetClosedForGood})
