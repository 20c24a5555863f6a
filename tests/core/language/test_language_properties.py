"""What holds of the grammars for any text, any amount and any date, in every language that has phrases."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from time import process_time

import pytest
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal
from hypothesis import example, given
from hypothesis import strategies as st

from bot.phrasebook import LOCALES_PATH, phrasebook_for
from core.language import parse_amount, parse_date, understand
from core.language.text import TEXT_CHARS_MAX

LOCALES = sorted(file.parent.name for file in LOCALES_PATH.glob("*/phrases.yaml"))
REFERENCE = datetime(2026, 3, 12, 9, 30)  # noqa: DTZ001 - a Thursday, local to whoever writes

READING_S_MAX = 0.5

locales = st.sampled_from(LOCALES)
FRAGMENTS = [
    "12",
    "3,50",
    "1.000",
    "€",
    "$",
    "EUR",
    "kr",
    "@ana",
    "#q1",
    "3/5",
    "12.3.",
    "5-2",
    "May",
    "Mar",
    "yesterday",
    "split",
    "with",
    "last",
    "friday",
    "nights",
    "ago",
    "-",
    ",",
    "円",
    "3月",
    "昨日",
    "İ",
    "٣",
    "k",
]
fragments = st.sampled_from([*FRAGMENTS, "split with", "Mar 3", "2 nights", "\x00", "\u202f"])
texts = st.one_of(st.text(max_size=80), st.lists(st.one_of(fragments, st.text(max_size=4)), max_size=12).map(" ".join))
past_days = st.dates(min_value=date(2001, 1, 1), max_value=REFERENCE.date())


def test_every_language_of_the_product_has_phrases() -> None:
    expected = {"en", "en_GB", "de", "es", "fr", "it", "pt_BR", "pl", "ru", "tr", "ja", "zh_CN", "uk", "nl"}
    assert expected <= set(LOCALES)


@given(locale=locales, text=texts, reference=st.datetimes())
@example(locale="en", text="9999 years ago", reference=datetime(1, 1, 1))  # noqa: DTZ001 - local, as above
@example(locale="en", text="tomorrow, last week, the weekend", reference=datetime(9999, 12, 31))  # noqa: DTZ001 - local, as above
def test_no_text_makes_it_fail(locale: str, text: str, reference: datetime) -> None:
    book = phrasebook_for(locale)
    found = understand(text, locale=locale, reference=reference, phrasebook=book)
    parse_amount(text, locale=locale, phrasebook=book)
    parse_date(text, locale=locale, reference=reference, phrasebook=book)
    assert found.amount is None or found.amount >= 0
    assert found.date_end is None or (found.date is not None and found.date < found.date_end)


@pytest.mark.parametrize("locale", LOCALES)
@given(amount=st.decimals(min_value="0.01", max_value="9999999.99", places=2))
def test_amounts_round_trip_through_the_writing_of_the_locale(locale: str, amount: Decimal) -> None:
    book = phrasebook_for(locale)
    plain = parse_amount(format_decimal(amount, "#,##0.00", locale=locale), locale=locale, phrasebook=book)
    assert plain is not None
    assert (plain.amount, plain.currency) == (amount, None)
    for code, shown in (("EUR", amount), ("USD", amount), ("JPY", amount // 1 + 1), ("KWD", amount)):
        written = format_currency(shown, code, locale=locale)
        found = parse_amount(written, locale=locale, phrasebook=book)
        assert found is not None, written
        assert (found.amount, found.currency) == (shown, code), written


@pytest.mark.parametrize("locale", LOCALES)
@given(day=past_days)
def test_dates_round_trip_through_the_writing_of_the_locale(locale: str, day: date) -> None:
    book = phrasebook_for(locale)
    for width in ("short", "medium", "long", "full"):
        written = format_date(day, width, locale=locale)
        assert parse_date(written, locale=locale, reference=REFERENCE, phrasebook=book) == day, written
    assert parse_date(day.isoformat(), locale=locale, reference=REFERENCE, phrasebook=book) == day


@given(day=st.integers(0, 300).map(lambda days: REFERENCE.date() - timedelta(days=days)), locale=locales)
def test_a_day_without_its_year_is_the_latest_past_one(day: date, locale: str) -> None:
    found = parse_date(f"{day.day} {day:%B}", locale=locale, reference=REFERENCE, phrasebook=phrasebook_for(locale))
    assert found == day


@given(
    locale=locales,
    words=st.lists(
        st.sampled_from(["Zug", "blue", "кран", "quux", "Ömer", "本屋"]), min_size=1, max_size=4, unique=True
    ),
    amount=st.decimals(min_value="3", max_value="99999", places=2),
    day=past_days,
    order=st.permutations(["item", "amount", "date"]),
)
def test_what_is_cut_out_leaves_the_words_alone(
    locale: str, words: list[str], amount: Decimal, day: date, order: list[str]
) -> None:
    item = " ".join(words)
    parts = {"item": item, "amount": f"{amount} EUR", "date": day.isoformat()}
    text = " ".join(parts[part] for part in order)
    found = understand(text, locale=locale, reference=REFERENCE, phrasebook=phrasebook_for(locale))
    assert (found.item, found.amount, found.currency, found.date) == (item, amount, "EUR", day), text
    again = understand(found.item or "", locale=locale, reference=REFERENCE, phrasebook=phrasebook_for(locale))
    assert again.item == item


@pytest.mark.parametrize(
    "repeated", ["与小明", "@a @b ", "split with ", "1 000", "3/5 ", "two ", "12,50 € ", "yesterday "]
)
def test_the_longest_text_is_read_in_a_fraction_of_a_second(repeated: str) -> None:
    """Whoever writes a wall of text must not stop the others' messages."""
    text = repeated * (TEXT_CHARS_MAX // len(repeated))
    for locale in ("en", "tr", "zh_CN"):
        book = phrasebook_for(locale)
        understand("warm", locale=locale, reference=REFERENCE, phrasebook=book)
        started_s = process_time()
        understand(text, locale=locale, reference=REFERENCE, phrasebook=book)
        assert process_time() - started_s < READING_S_MAX, (locale, repeated)
