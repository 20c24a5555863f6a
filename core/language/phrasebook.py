"""The words of one language as the grammars need them; the grammars themselves know no language."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class DateKind(StrEnum):
    """What a date template means; the slots that a template of the kind may use stand beside it."""

    RELATIVE_DAY = "relative_day"  # {relative_day}: a word of its own, for every language
    DAY_OF_MONTH = "day_of_month"  # {day}: the latest such day of a month, today included
    DAY_AND_MONTH = "day_and_month"  # {day} {month} [{year}], or {month_number} for languages that count months
    DAY_RANGE = "day_range"  # {day} [{month}] {last_day} {month} [{year}]: both ends included
    UNITS_AGO = "units_ago"  # [{count}] {unit}: without a count it is one
    PAST_WEEKDAY = "past_weekday"  # {weekday}: the latest one before today
    WEEKDAY_OF_THIS_WEEK = "weekday_of_this_week"  # {weekday}: the latest one, today included
    WEEKDAY_OF_LAST_WEEK = "weekday_of_last_week"  # {weekday}: of the calendar week before, which begins on Monday
    LAST_WEEK = "last_week"  # the calendar week before, as a range
    LAST_WEEKEND = "last_weekend"  # the latest Saturday and Sunday that have begun, as a range
    LAST_MONTH = "last_month"  # the calendar month before, as a range
    LAST_UNITS = "last_units"  # [{count}] {unit}: so many whole ones before the current one, as a range
    NEXT_UNITS = "next_units"  # [{count}] {unit}: so many whole ones after the current one, as a range
    START_OF_MONTH = "start_of_month"  # [{month}]: its first ten days; without a month the current one's
    MIDDLE_OF_MONTH = "middle_of_month"  # [{month}]: its second ten days
    END_OF_MONTH = "end_of_month"  # [{month}]: its last days, from the 21st on
    MONTH_RANGE = "month_range"  # {first_month} {month} [{year}], or by number: whole months
    WEEKDAY_OF_MONTH = "weekday_of_month"  # {ordinal} {weekday} [{month}]: the first Monday of a month
    WEEKDAY_AND_DAY = "weekday_and_day"  # {weekday} {day}: the latest such day that is such a weekday


@dataclass(frozen=True, slots=True, kw_only=True)
class DateTemplate:
    """A way to write a date: literal words, `{slots}`, `[optional parts]` and `(one|or another)`."""

    kind: DateKind
    pattern: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Phrasebook:
    """What people of one locale write in a message about an expense.

    Words are matched without regard to case and accents. A phrasebook is compared by identity: the grammars compiled
    from it are kept for as long as it is used. Mappings go from a word to its meaning; where a word has several, the
    likeliest comes first.
    """

    locale: str
    # Numbers
    decimal_separator: str
    groups_by_space: bool
    counts: Mapping[str, int]
    """Number words as they stand before a unit of time ("two weeks ago")."""
    multipliers: Mapping[str, int]
    """What follows a number and multiplies it: "k", "million", a Chinese ten thousand."""
    multiplier_prefixes: Mapping[str, int]
    """Letters before a code that multiply the number: "30 MUSD"."""
    fractions: Mapping[str, Decimal]
    """What stands for a part of one, or for one and a part: "half a", "anderthalb"."""
    number_joiners: tuple[str, ...]
    """Words and signs inside a number that is said: "two hundred and five", "twenty-five"."""
    decimal_words: tuple[str, ...]
    """A decimal point that is said."""
    # Currencies
    currency_words: Mapping[str, tuple[str, ...]]
    """Signs, names and codes -> codes of ISO 4217, the likeliest first."""
    minor_unit_words: Mapping[str, str | None]
    """Names of the hundredth part -> its currency, or None where several share the name."""
    nationalities: Mapping[str, str]
    """Words that tell whose dollar or crown it is -> territory: "Canadian", "de Hong Kong"."""
    coins: Mapping[str, tuple[str, Decimal]]
    """Coins with a name of their own -> a sign or name in `currency_words`, and their part of one: "dime"."""
    cased_currency_words: frozenset[str]
    """Codes and signs that are common words too, and are currencies only when written like this ("TRY", "KM", "Le")."""
    territory_currencies: Mapping[str, str]
    """Territory -> the currency that is used there now."""
    amount_joiners: tuple[str, ...]
    """Words between the major and the minor part ("5 euros and 20 cents")."""
    # Numbers that are not amounts, and those that are
    quantity_after: tuple[str, ...]
    quantity_before: tuple[str, ...]
    sharing_before: tuple[str, ...]
    """Words before a number of people or an amount alike ("for")."""
    amount_before: tuple[str, ...]
    amount_after: tuple[str, ...]
    # Dates
    date_order: str
    """Order of day, month and year in numeric dates: "DMY", "MDY" or "YMD"."""
    date_separators: str
    """What stands between the numbers of a short date without doubt."""
    months: Mapping[str, int]
    """Names and abbreviations -> 1 to 12."""
    weekdays: Mapping[str, int]
    """Full names -> 0 (Monday) to 6; each alone is a date."""
    weekday_abbreviations: Mapping[str, int]
    """Short names -> 0 to 6; a date only in a template or beside a date."""
    relative_days: Mapping[str, int]
    """ "yesterday" and the like -> days from today."""
    units: Mapping[str, str]
    """Units of time -> "day", "week", "month" or "year"."""
    ordinal_suffixes: tuple[str, ...]
    date_templates: tuple[DateTemplate, ...]
    day_words: Mapping[str, int]
    """Words for days of a month, "third" and "twenty-third" -> 1 to 31."""
    range_joiners: tuple[str, ...]
    """What stands between the first and the last day of a range: "to", "until"."""
    date_before: tuple[str, ...]
    """Prepositions and articles that belong to the date after them."""
    date_after: tuple[str, ...]
    """Particles that belong to the date before them."""
    # People
    split_templates: tuple[str, ...]
    """Ways to name whom an expense is shared with; the slot is `{people}`."""
    name_separators: tuple[str, ...]
    not_names: frozenset[str]
    # Words around what was bought
    fillers: tuple[str, ...]
    """Words at either end of a message that say nothing of what was bought ("I paid … for")."""
    leading_fillers: tuple[str, ...]
    trailing_fillers: tuple[str, ...]
    proper_names: tuple[str, ...]
    """Names that hold a number or a word for a day, and are neither amount nor date."""
    merchant_before: tuple[str, ...]
    """Prepositions before a shop's name."""
    company_before: tuple[str, ...]
    """Prepositions before a company's name, which is told from a person's by its capitals."""
    merchants: Mapping[str, str]
    """Well-known merchants -> category key."""
    category_words: Mapping[str, str]
    """Words for goods and services -> category key; a word that ends in `*` is a beginning of words."""
