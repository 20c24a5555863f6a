"""What people type after the command of their list, in any language and any order: pure."""

from datetime import date
from decimal import Decimal
from functools import partial
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.phrasebook import phrasebook_for
from bot.translation import Catalogues
from core.categories.rules import DEFAULTS
from core.expenses.filters import (
    EVERYTHING,
    TYPED_LENGTH_MAX,
    WORDS_MAX,
    Bound,
    Filters,
    Sign,
    Vocabulary,
    parse_filters,
    with_category,
    with_month,
    with_state,
)
from core.expenses.rules import State
from core.kernel.months import Month
from core.language import parse_amount
from handlers.text import Text

TODAY = date(2026, 3, 12)
CATALOGUES = Catalogues(strict=True)


def vocabulary(language: str) -> Vocabulary:
    """Return a language's vocabulary, as the handler makes it."""
    words, phrasebook = CATALOGUES.translator(language), phrasebook_for(language)
    return Vocabulary(
        states={state.value: state for state in State}
        | {words.translate(Text(f"expense.state.{state}")): state for state in State},
        categories={key: key for key, _, _ in DEFAULTS}
        | {words.translate(Text(f"category.{key}")): key for key, _, _ in DEFAULTS}
        | {"Client dinners": "clients"},
        months=phrasebook.months,
        joiners=frozenset((*phrasebook.date_before, *phrasebook.trailing_fillers)),
        amount=partial(parse_amount, locale=language, phrasebook=phrasebook),
    )


ENGLISH, GERMAN = vocabulary("en"), vocabulary("de")


def bound(sign: Sign, value: str, currency: str | None, typed: str) -> Bound:
    return Bound(sign=sign, value=Decimal(value), currency=currency, typed=typed)


@pytest.mark.parametrize(
    ("typed", "filters"),
    [
        ("", EVERYTHING),
        ("   ", EVERYTHING),
        ("submitted march", Filters(states=(State.SUBMITTED,), months=(Month(2026, 3),))),
        ("SUBMITTED, March!", Filters(states=(State.SUBMITTED,), months=(Month(2026, 3),))),
        ("april", Filters(months=(Month(2025, 4),))),
        ("march 2024", Filters(months=(Month(2024, 3),))),
        ("2024 march", Filters(months=(Month(2024, 3),))),
        ("2024-03", Filters(months=(Month(2024, 3),))),
        ("03/2024", Filters(months=(Month(2024, 3),))),
        ("2024 march 2025", Filters(years=(2024,), months=(Month(2025, 3),))),
        ("2024", Filters(years=(2024,))),
        ("taxi in march", Filters(words=("taxi",), months=(Month(2026, 3),))),
        ("in rome", Filters(words=("in", "rome"))),
        ("draft submitted", Filters(states=(State.DRAFT, State.SUBMITTED))),
        ("client dinners draft", Filters(categories=("clients",), states=(State.DRAFT,))),
        ("client", Filters(words=("client",))),
        ("transport Transport", Filters(categories=("transport",))),
        ('"march" taxi', Filters(words=("march", "taxi"))),
        ("“client dinners”", Filters(words=("client dinners",))),
        ("taxi >20", Filters(words=("taxi",), bounds=(bound(Sign.MORE, "20", None, "20"),))),
        ("> 20 EUR", Filters(bounds=(bound(Sign.MORE, "20", "EUR", "20 EUR"),))),
        (">=20 <= 1,000", Filters(bounds=(bound(Sign.AT_LEAST, "20", None, "20"), bound(Sign.AT_MOST, "1000", None, "1,000")))),
        ("≥20.50€", Filters(bounds=(bound(Sign.AT_LEAST, "20.50", "EUR", "20.50€"),))),
        ("20-50", Filters(bounds=(bound(Sign.AT_LEAST, "20", None, "20"), bound(Sign.AT_MOST, "50", None, "50")))),
        ("20–50€", Filters(bounds=(bound(Sign.AT_LEAST, "20", "EUR", "20"), bound(Sign.AT_MOST, "50", "EUR", "50€")))),
        ("50-20", Filters(words=("50-20",))),
        ("23.50", Filters(bounds=(bound(Sign.EQUAL, "23.50", None, "23.50"),))),
        ("taxi 20 EUR", Filters(words=("taxi",), bounds=(bound(Sign.EQUAL, "20", "EUR", "20 EUR"),))),
        ("> taxi", Filters(words=(">", "taxi"))),
        ("b&b", Filters(words=("b&b",))),
        ("100%", Filters(words=("100%",))),
    ],
)  # fmt: skip
def test_english(typed: str, filters: Filters) -> None:
    assert parse_filters(typed, ENGLISH, TODAY) == filters


@pytest.mark.parametrize(
    ("typed", "filters"),
    [
        ("eingereicht märz", Filters(states=(State.SUBMITTED,), months=(Month(2026, 3),))),
        ("EINGEREICHT im MARZ", Filters(states=(State.SUBMITTED,), months=(Month(2026, 3),))),
        ("submitted Mrz.", Filters(states=(State.SUBMITTED,), months=(Month(2026, 3),))),
        ("Taxi >20,50", Filters(words=("Taxi",), bounds=(bound(Sign.MORE, "20.50", None, "20,50"),))),
        (">1.000 €", Filters(bounds=(bound(Sign.MORE, "1000", "EUR", "1.000 €"),))),
    ],
)
def test_german(typed: str, filters: Filters) -> None:
    assert parse_filters(typed, GERMAN, TODAY) == filters


@pytest.mark.parametrize("language", CATALOGUES.languages)
def test_every_name_that_a_person_reads_can_be_typed(language: str) -> None:
    known = vocabulary(language)
    for name, state in known.states.items():
        assert parse_filters(name.upper(), known, TODAY) == Filters(states=(state,)), name
    for name, key in known.categories.items():
        assert parse_filters(name.lower(), known, TODAY) == Filters(categories=(key,)), name
    for name, number in known.months.items():
        assert [each.number for each in parse_filters(f"{name} 2024", known, TODAY).months] == [number], name


TOKENS = st.sampled_from(
    [
        "submitted",
        "paid",
        "march",
        "dining",
        "client dinners",
        "taxi",
        "Müller",
        ">20",
        "<= 5 €",
        "20-50",
        "2024-05",
        "x",
    ]
)
PIECES = st.lists(TOKENS, max_size=6)


@given(PIECES, st.randoms())
def test_the_order_in_which_they_are_typed_does_not_matter(pieces: list[str], random: Random) -> None:
    shuffled = list(pieces)
    random.shuffle(shuffled)
    first, second = (parse_filters(" ".join(each), ENGLISH, TODAY) for each in (pieces, shuffled))
    for name in ("states", "categories", "months", "years", "words", "bounds"):
        assert set(getattr(first, name)) == set(getattr(second, name))


@given(st.text(max_size=300))
def test_whatever_is_typed_is_taken_kept_and_bounded(typed: str) -> None:
    filters = parse_filters(typed, ENGLISH, TODAY)
    assert Filters.from_json(filters.as_json()) == filters
    assert len(filters.words) <= WORDS_MAX
    assert sum(map(len, filters.words)) <= TYPED_LENGTH_MAX
    assert all(word.strip() == word != "" for word in filters.words)


@given(st.lists(st.from_regex(r"[b-df-hj-np-tv-z]{5,9}", fullmatch=True), min_size=1, max_size=WORDS_MAX, unique=True))
def test_words_that_name_nothing_are_looked_for_as_they_are(words: list[str]) -> None:
    assert parse_filters(" ".join(words), ENGLISH, TODAY) == Filters(words=tuple(words))


@given(st.integers(1, 12), st.dates(date(1991, 1, 1), date(2199, 12, 31)))
def test_a_month_without_a_year_is_the_latest_that_has_begun(number: int, today: date) -> None:
    name = next(name for name, month in ENGLISH.months.items() if month == number)
    (month,) = parse_filters(name, ENGLISH, today).months
    assert month.number == number
    assert 0 <= (today.year - month.year) * 12 + today.month - number < 12


def test_a_tap_chooses_one_of_a_kind_and_the_second_takes_it_back() -> None:
    typed = parse_filters("draft submitted 2024 taxi", ENGLISH, TODAY)
    once = with_state(typed, State.PAID)
    assert once.states == (State.PAID,)
    assert with_state(once, State.PAID).states == ()
    march = with_month(once, Month(2026, 3))
    assert (march.months, march.years, march.words) == ((Month(2026, 3),), (), ("taxi",))
    assert with_category(with_category(march, "dining"), "dining") == march
    assert not with_month(with_month(EVERYTHING, Month(2026, 3)), Month(2026, 3))
