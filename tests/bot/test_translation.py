"""Words by key, in the reader's language: what a person reads, and that nothing they typed can break a sentence."""

import io
import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from bot.translation import Catalogues, TranslationError, Translator, default_catalogues
from core.money import Currency, Money
from handlers.text import Text, Verbatim, text

HEADER = r"""msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

"""
ENGLISH = """
msgid "saved"
msgstr "Saved {amount} for {what}."
msgid "days"
msgid_plural "days"
msgstr[0] "{count} day left"
msgstr[1] "{count} days left"
msgid "only"
msgstr "Only English has {this}"
msgid "value"
msgstr "<{value}>"
"""
GERMAN = """
msgid "saved"
msgstr "{amount} für {what} gespeichert."
msgid "days"
msgid_plural "days"
msgstr[0] "noch {count} Tag"
msgstr[1] "noch {count} Tage"
msgid "value"
msgstr "<{value}>"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("locales")
    for language, entries in (("en", ENGLISH), ("de", GERMAN)):
        target = folder / language / "LC_MESSAGES" / "expenseflow.po"
        target.parent.mkdir(parents=True)
        target.write_text(HEADER + entries, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def strict(folder: Path) -> Catalogues:
    return Catalogues(folder, strict=True)


@pytest.fixture(scope="module")
def lenient(folder: Path) -> Catalogues:
    return Catalogues(folder)


def value(catalogues: Catalogues, language: str, argument: object, time_zone: str = "UTC") -> str:
    return catalogues.translator(language, time_zone).translate(text("value", value=argument))[1:-1]


def test_a_sentence_in_two_languages(strict: Catalogues) -> None:
    sentence = text("saved", amount=Money.of("1234.50", "EUR"), what=Verbatim("Taxi {amount} <b>"))
    assert strict.translator("en").translate(sentence) == "Saved €1,234.50 for Taxi {amount} <b>."
    assert (
        strict.translator("de").translate(sentence) == "1.234,50\N{NO-BREAK SPACE}€ für Taxi {amount} <b> gespeichert."
    )


@pytest.mark.parametrize(
    ("count", "english", "german"),
    [
        (1, "1 day left", "noch 1 Tag"),
        (0, "0 days left", "noch 0 Tage"),
        (1200, "1,200 days left", "noch 1.200 Tage"),
    ],
)
def test_plurals_by_count(strict: Catalogues, count: int, english: str, german: str) -> None:
    assert strict.translator("en").translate(text("days", count=count)) == english
    assert strict.translator("de").translate(text("days", count=count)) == german


@pytest.mark.parametrize(
    ("amount", "code", "english", "german"),
    [
        ("1000", "JPY", "¥1,000", "1.000\xa0¥"),
        ("1.234", "KWD", "KWD\xa01.234", "1,234\xa0KWD"),
        ("5", "UGX", "UGX\xa05", "5\xa0UGX"),
        ("5", "ISK", "ISK\xa05", "5\xa0ISK"),
        ("0.0001", "CLF", "CLF\xa00.0001", "0,0001\xa0CLF"),
        ("-12.30", "EUR", "-€12.30", "-12,30\xa0€"),
    ],
)
def test_money_has_the_decimals_of_iso_4217(
    strict: Catalogues, amount: str, code: str, english: str, german: str
) -> None:
    assert value(strict, "en", Money.of(amount, code)) == english
    assert value(strict, "de", Money.of(amount, code)) == german


def test_dates_and_instants_on_the_readers_clock(strict: Catalogues) -> None:
    assert value(strict, "en", date(2026, 3, 1)) == "Mar 1, 2026"
    assert value(strict, "de", date(2026, 3, 1)) == "01.03.2026"
    instant = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert value(strict, "en", instant) == "Mar 1, 2026, 11:30\N{NARROW NO-BREAK SPACE}PM"
    assert value(strict, "de", instant, "Europe/Berlin") == "02.03.2026, 00:30"


def test_lists_and_nested_texts(strict: Catalogues) -> None:
    people = (Verbatim("Ana"), "Ben", Text("days", {"count": 2}))
    assert value(strict, "en", people) == "Ana, Ben, and 2 days left"
    assert value(strict, "de", people) == "Ana, Ben und noch 2 Tage"
    assert value(strict, "en", ()) == ""


ARGUMENTS = st.one_of(
    st.text(),
    st.text().map(Verbatim),
    st.integers(-(10**18), 10**18),
    st.dates(),
    st.datetimes(timezones=st.just(UTC)).filter(lambda instant: 1 < instant.year < 9999),
    st.builds(
        Money,
        st.integers(-(10**15), 10**15),
        st.sampled_from(["EUR", "JPY", "KWD", "UGX", "CLF", "USD"]).map(Currency.of),
    ),
    st.text().map(lambda words: Text("value", {"value": words})),
)


@given(
    argument=st.one_of(ARGUMENTS, st.lists(ARGUMENTS, max_size=4).map(tuple)), language=st.sampled_from(["en", "de"])
)
def test_no_argument_can_break_a_sentence(strict: Catalogues, argument: object, language: str) -> None:
    sentence = strict.translator(language, "Asia/Tokyo").translate(text("value", value=argument))
    assert sentence.startswith("<")
    assert sentence.endswith(">")
    if isinstance(argument, str):
        assert sentence == f"<{argument}>"


@given(amount=st.integers(-(10**15), 10**15), language=st.sampled_from(["en", "de"]))
def test_no_digit_of_an_amount_is_lost(strict: Catalogues, amount: int, language: str) -> None:
    shown = value(strict, language, Money(amount, Currency.of("EUR")))
    assert int("".join(filter(str.isdigit, shown))) == abs(amount)


def test_a_missing_key_falls_back_to_english_then_to_the_key(lenient: Catalogues) -> None:
    german = lenient.translator("de")
    assert german.translate(text("only", this="it")) == "Only English has it"
    assert german.translate(text("nowhere")) == "nowhere"


@pytest.mark.parametrize(
    "broken",
    [
        text("nowhere"),
        text("saved", amount="1"),
        text("value", value=1.5),
        text("value", value=datetime(2026, 1, 1)),  # noqa: DTZ001 - that a naive instant is refused is the point
    ],
)
def test_faults_raise_in_tests_and_never_reach_a_person_as_an_exception(
    strict: Catalogues, lenient: Catalogues, broken: Text
) -> None:
    with pytest.raises(TranslationError):
        strict.translator("en").translate(broken)
    assert lenient.translator("en").translate(broken)


@pytest.mark.parametrize(
    ("hint", "language"),
    [("de", "de"), ("de-AT", "de"), ("DE_ch", "de"), ("en-GB", "en"), ("fr", "en"), ("", "en"), (None, "en")],
)
def test_the_language_is_negotiated(strict: Catalogues, hint: str | None, language: str) -> None:
    assert strict.negotiate(hint) == language
    assert strict.translator(hint).language == language


@pytest.mark.parametrize(
    ("hint", "language"), [("pt", "pt_BR"), ("pt-BR", "pt_BR"), ("pt-PT", "pt_BR"), ("de-AT", "de")]
)
def test_a_language_that_stands_under_a_territory_serves_the_others(tmp_path: Path, hint: str, language: str) -> None:
    for each in ("en", "de", "de_CH", "pt_BR"):
        target = tmp_path / each / "LC_MESSAGES" / "expenseflow.po"
        target.parent.mkdir(parents=True)
        target.write_text(HEADER + ENGLISH, encoding="utf-8")
    assert Catalogues(tmp_path).negotiate(hint) == language


def test_a_compiled_catalogue_is_used_unless_it_is_older_than_its_source(tmp_path: Path) -> None:
    po = tmp_path / "en" / "LC_MESSAGES" / "expenseflow.po"
    po.parent.mkdir(parents=True)
    po.write_text(HEADER + 'msgid "k"\nmsgstr "compiled"\n', encoding="utf-8")
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(po.read_bytes())))
    po.with_suffix(".mo").write_bytes(compiled.getvalue())
    os.utime(po, (1, 1))
    assert Catalogues(tmp_path, strict=True).translator("en").translate(text("k")) == "compiled"
    po.write_text(HEADER + 'msgid "k"\nmsgstr "source"\n', encoding="utf-8")
    os.utime(po.with_suffix(".mo"), (1, 1))
    assert Catalogues(tmp_path, strict=True).translator("en").translate(text("k")) == "source"


def test_a_folder_without_english_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no catalogue en"):
        Catalogues(tmp_path)


def test_the_catalogues_that_come_with_the_program_load() -> None:
    assert {"de", "en"} <= set(default_catalogues().languages)
    assert Translator("de-AT").translate(text("card.label", label="Betrag")) == "Betrag:"


OVERRIDES = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize("written", ["\u202etaxi", "ta\u2067xi\u202d", OVERRIDES + "taxi"])
def test_nobody_turns_our_words_around(folder: Path, written: str) -> None:
    words = Catalogues(folder, strict=True).translator("en")
    for value in (written, Verbatim(written)):
        assert words.translate(text("value", value=value)) == "<taxi>"
    assert words.translate(Verbatim(written)) == "taxi"


@pytest.mark.parametrize("written", ["שלום", "مرحبا", "taxi שלום 12", "١٢"])
def test_writing_from_right_to_left_stays_among_its_own(folder: Path, written: str) -> None:
    """Without isolation "שלום · €5.00" is shown with the amount in front."""
    words = Catalogues(folder, strict=True).translator("en")
    assert words.translate(text("value", value=written)) == f"<\u2068{written}\u2069>"
    assert words.translate(Verbatim(written)) == written
