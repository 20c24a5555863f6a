"""Calendar arithmetic of the date grammar: an expense lies in the past, so what is unclear is the latest past day."""

from datetime import date, timedelta

RANGE_AHEAD_DAYS_MAX = 274  # nine months: a stay may be paid ahead, while ten months ahead is rather the last one
YEARS_AHEAD_MAX = 20
YEARS_BACK_MAX = 8  # 29 February recurs after eight years at most


def valid_date(year: int, month: int, day: int) -> date | None:
    """The date, or None where the calendar has no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def full_year(year: int, today: date) -> int:
    """A year of two digits is of this century unless that lies far ahead: '95 is past, and what is booked for '28 is not."""
    if year >= 100:
        return year
    century = today.year - today.year % 100
    return century + year if century + year <= today.year + YEARS_AHEAD_MAX else century - 100 + year


def latest_day_and_month(month: int, day: int, today: date) -> date | None:
    """The latest such day that is not after today; None where no year has it."""
    for year in range(today.year, max(today.year - YEARS_BACK_MAX, 1) - 1, -1):
        found = valid_date(year, month, day)
        if found is not None and found <= today:
            return found
    return None


def year_of_range(month: int, day: int, today: date) -> int:
    """The year of a range that names none: today's, or the one before where that would lie too far ahead.

    Other than a single expense, a stay is often paid before it begins.
    """
    this_year = valid_date(today.year, month, day)
    is_far = this_year is not None and this_year - today > timedelta(days=RANGE_AHEAD_DAYS_MAX)
    return today.year - is_far


def latest_weekday_and_day(weekday: int, day: int, today: date) -> date | None:
    """The latest day of that number, not after today, that is the weekday (0 is Monday); None within four years."""
    for months_back in range(48):
        year, month = shifted_month(today.year, today.month, -months_back)
        found = valid_date(year, month, day) if year > 0 else None
        if found is not None and found <= today and found.weekday() == weekday:
            return found
    return None


def nth_weekday_of_month(nth: int, weekday: int, year: int, month: int) -> date | None:
    """The first, second … fifth such weekday (0 is Monday) of a month; None where it has not so many."""
    first = date(year, month, 1)
    return valid_date(year, month, 1 + (weekday - first.weekday()) % 7 + 7 * (nth - 1))


def month_end(year: int, month: int) -> date:
    """The last day of a month."""
    following = shifted_month(year, month, 1)
    return date(*following, 1) - timedelta(days=1)


def whole_units(count: int, unit: str, today: date, *, ahead: bool) -> tuple[date, date] | None:
    """First and last day of so many whole days, weeks (from Monday) or months before or after the current one.

    None for other units, and outside of the calendar.
    """
    if unit in {"day", "week"}:
        length = count * (7 if unit == "week" else 1)
        begins = today - timedelta(days=today.weekday()) if unit == "week" else today
        first = begins + timedelta(days=7 if unit == "week" else 1) if ahead else begins - timedelta(days=length)
        return first, first + timedelta(days=length - 1)
    if unit != "month":
        return None
    start = shifted_month(today.year, today.month, 1 if ahead else -count)
    end = shifted_month(*start, count - 1)
    return date(*start, 1), month_end(*end)


def latest_day_of_month(day: int, today: date) -> date | None:
    """The latest month's day of that number that is not after today; None below 1 and above 31."""
    for months_back in range(12):
        year, month = shifted_month(today.year, today.month, -months_back)
        found = valid_date(year, month, day)
        if found is not None and found <= today:
            return found
    return None


def latest_weekday_before(weekday: int, today: date) -> date:
    """The weekday (0 is Monday) one to seven days ago: who names today's weekday means a week ago, else "today"."""
    return today - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1)


def latest_weekday(weekday: int, today: date) -> date:
    """The weekday (0 is Monday) up to six days ago, today included."""
    return today - timedelta(days=(today.weekday() - weekday) % 7)


def monday_of_last_week(today: date) -> date:
    """The first day of the calendar week before today's; weeks begin on Monday (ISO 8601)."""
    return today - timedelta(days=today.weekday() + 7)


def shifted_month(year: int, month: int, months: int) -> tuple[int, int]:
    """Year and month that lie so many months later, or earlier when negative."""
    index = year * 12 + month - 1 + months
    return index // 12, index % 12 + 1


def units_before(count: int, unit: str, today: date) -> date | None:
    """So many days, weeks, months or years before today, a day that the month lacks becoming its last.

    None where that lies before the calendar begins.
    """
    if unit in {"day", "week"}:
        days = count * (7 if unit == "week" else 1)
        return today - timedelta(days=days) if days < today.toordinal() else None
    year, month = shifted_month(today.year, today.month, -count * (12 if unit == "year" else 1))
    days_of_month = (valid_date(year, month, day) for day in range(today.day, max(today.day - 4, 0), -1))
    return next(filter(None, days_of_month), None)
