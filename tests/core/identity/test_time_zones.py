"""Time zones and working hours as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.identity.rules import WorkingHours
from core.identity.time_zones import find_time_zone, time_zone_words
from core.identity.working_hours import read_working_hours, write_working_hours

LANGUAGES = ("en", "de", "fr", "es", "pl", "ja", "pt_BR", "tr")


@pytest.mark.parametrize(
    ("typed", "language", "zone"),
    [
        ("Europe/Berlin", "en", "Europe/Berlin"),
        ("europe/berlin", "de", "Europe/Berlin"),
        (" Berlin ", "en", "Europe/Berlin"),
        ("Wien", "de", "Europe/Vienna"),
        ("Vienna", "de", "Europe/Vienna"),
        ("tokio", "de", "Asia/Tokyo"),
        ("new york", "en", "America/New_York"),
        ("New_York", "de", "America/New_York"),
        ("Sao Paulo", "en", "America/Sao_Paulo"),
        ("São Paulo", "de", "America/Sao_Paulo"),
        ("UTC", "en", "UTC"),
        ("gmt", "en", "GMT"),
        ("CET", "en", "CET"),
        ("UTC+2", "en", "Etc/GMT-2"),
        ("utc +02:00", "en", "Etc/GMT-2"),
        ("GMT-5", "en", "Etc/GMT+5"),
        ("UTC−3", "en", "Etc/GMT+3"),
        ("+0", "en", "Etc/UTC"),
        ("UTC+5:30", "en", "Asia/Kolkata"),
        ("+0545", "en", "Asia/Kathmandu"),
        ("UTC+14", "en", "Etc/GMT-14"),
        ("UTC+15", "en", None),
        ("UTC-13", "en", None),
        ("UTC+5:17", "en", None),
        ("Wien", "en", None),
        ("Nowhere", "en", None),
        ("7", "en", None),
    ],
)
def test_a_time_zone_is_understood(typed: str, language: str, zone: str | None) -> None:
    assert find_time_zone(typed, language) == zone


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Etc/GMT-2", "Etc/GMT+5", "UTC", "Europe/Kyiv", "CET"]
)
def test_what_a_form_begins_with_is_read_back(zone: str, language: str) -> None:
    assert find_time_zone(time_zone_words(zone, language), language) == zone


@given(st.text(max_size=60), st.sampled_from(LANGUAGES))
def test_any_text_is_a_zone_that_exists_or_none(typed: str, language: str) -> None:
    found = find_time_zone(typed, language)
    assert found is None or find_time_zone(found, language) == found


@pytest.mark.parametrize(
    ("typed", "language", "days", "hours"),
    [
        ("Mo-Fr 9-17", "de", "12345", "9:00-17:00"),
        ("Mon–Fri 9:00–17:30", "en", "12345", "9:00-17:30"),
        ("Monday to Thursday, 8:30 to 5 pm", "en", "1234", "8:30-17:00"),
        ("Montag bis Freitag von 9 bis 17 Uhr", "de", "12345", "9:00-17:00"),
        ("Mo, Di, Do 8-16", "de", "124", "8:00-16:00"),
        ("Mo und Fr 9-17", "de", "15", "9:00-17:00"),
        ("mon & wed 9am-5pm", "en", "13", "9:00-17:00"),
        ("Mo. - Do. 8.30-17.00", "de", "1234", "8:30-17:00"),
        ("So-Do 10-18", "de", "12347", "10:00-18:00"),
        ("Mon-Fri 9-5", "en", "12345", "9:00-17:00"),
        ("lundi-vendredi 9h-17h30", "fr", "12345", "9:00-17:30"),
        ("lun a vie 9-17", "es", "12345", "9:00-17:00"),
        ("Sat 0-24", "en", "6", "0:00-24:00"),
        ("Mon 9 a.m. to 12 p.m.", "en", "1", "9:00-12:00"),
        ("9-17", "en", None, "9:00-17:00"),
    ],
)
def test_working_hours_are_understood(typed: str, language: str, days: str | None, hours: str) -> None:
    found = read_working_hours(typed, language)
    assert found is not None
    assert found.days == (None if days is None else frozenset(map(int, days)))
    shown = f"{found.starts_minute // 60}:{found.starts_minute % 60:02}-{found.ends_minute // 60}:{found.ends_minute % 60:02}"
    assert shown == hours


@pytest.mark.parametrize(
    "typed",
    ["", "Mon-Fri", "9", "whenever", "Mon-Fri 22-6", "Mon-Fri 9-25", "Mon-Fri 9:70-17", "Mxnday 9-17", "Sonntg-Fr 9-17",
     "Mon 13pm-5pm", "Mon-Fri 9-17, Sat 9-12"],
)  # fmt: skip
def test_what_is_not_clear_is_asked_again(typed: str) -> None:
    assert read_working_hours(typed, "de") is None


def test_hours_without_days_leave_the_days_as_they_are() -> None:
    present = WorkingHours(days=frozenset({2, 4}))
    found = read_working_hours("10-16", "en")
    assert found is not None
    assert found.over(present) == WorkingHours(days=frozenset({2, 4}), starts_minute=600, ends_minute=960)


weeks = st.builds(
    lambda days, minutes: WorkingHours(days=days, starts_minute=min(minutes), ends_minute=max(minutes)),
    st.frozensets(st.integers(1, 7), min_size=1),
    st.sets(st.integers(0, 1440), min_size=2, max_size=2),
)


@given(weeks, st.sampled_from(LANGUAGES))
def test_hours_that_are_shown_are_read_back(hours: WorkingHours, language: str) -> None:
    found = read_working_hours(write_working_hours(hours, language), language)
    assert found is not None
    assert found.over(WorkingHours()) == hours


@given(st.text(max_size=80), st.sampled_from(LANGUAGES))
def test_any_text_is_hours_that_can_be_worked_or_none(typed: str, language: str) -> None:
    found = read_working_hours(typed, language)
    if found is not None:
        found.over(WorkingHours())
