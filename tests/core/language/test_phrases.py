"""Phrases as files: their errors name file and key, and the more specific file wins."""

import subprocess
import sys
from pathlib import Path

import pytest

from bot.phrasebook import LOCALES_PATH, InvalidPhrases, phrasebook_for


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("months: {13: [undecember]}", "months.13"),
        ("colours: [red]", "colours"),
        ("currencies: {EURO: [euro]}", "currencies"),
        ("merchants: {dining: ['99']}", "merchants.dining.0"),
        ("dates: {some_day: ['{day}']}", "dates.some_day"),
        ("dates: {past_weekday: ['last {day}']}", "{weekday} or {weekday_name}"),
        ("dates: {units_ago: ['a while ago[ {unit}]']}", "needs {unit}"),
        ("dates: {last_week: ['last {week}']}", "no slot {week}"),
        ("dates: {last_week: ['last [week']}", "dates"),
        ("split: ['split evenly']", "split.0"),
        ("fillers: [", "line 2"),
    ],
)
def test_a_wrong_file_is_refused_with_its_name_and_the_key(tmp_path: Path, content: str, told: str) -> None:
    file = tmp_path / "en" / "phrases.yaml"
    file.parent.mkdir()
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidPhrases) as caught:
        phrasebook_for("en", locales_path=tmp_path)
    assert str(file) in str(caught.value)
    assert told in str(caught.value)


def _write(folder: Path, name: str, content: str) -> None:
    (folder / name).mkdir()
    (folder / name / "phrases.yaml").write_text(content, encoding="utf-8")


def test_the_more_specific_file_wins_and_english_is_mixed_in(tmp_path: Path) -> None:
    _write(tmp_path, "en", "relative_days: {0: [today, now], -1: [yesterday]}\nfillers: [paid, 'on']")
    _write(tmp_path, "de", "ignore: ['on', now]\nrelative_days: {1: [morgen]}\nfillers: [bezahlt]")
    _write(tmp_path, "de_AT", "relative_days: {-2: [yesterday]}\nfillers: ['on']")
    austria = phrasebook_for("de-AT", locales_path=tmp_path)
    assert austria.relative_days == {"today": 0, "yesterday": -2, "morgen": 1}
    assert austria.fillers == ("paid", "bezahlt", "on")
    assert phrasebook_for("de", locales_path=tmp_path).fillers == ("paid", "bezahlt")
    assert phrasebook_for("fr", locales_path=tmp_path).fillers == ("paid", "on")


@pytest.mark.parametrize(
    ("locale", "served_by"), [("pt_PT", "pt_BR"), ("zh", "zh_CN"), ("zh_SG", "zh_CN"), ("de_LI", "de")]
)
def test_a_language_serves_its_other_territories(locale: str, served_by: str) -> None:
    assert phrasebook_for(served_by).relative_days.items() <= phrasebook_for(locale).relative_days.items()


def test_a_phrasebook_is_loaded_once() -> None:
    assert phrasebook_for("pt-BR") is phrasebook_for("pt_BR")


def test_importing_reads_no_phrases() -> None:
    """A start must not pay for fourteen languages."""
    program = (
        "import sys; opened = []\n"
        "sys.addaudithook(lambda event, arguments: event == 'open' and opened.append(str(arguments[0])))\n"
        "import bot.phrasebook\n"
        "print([path for path in opened if path.endswith('phrases.yaml')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=LOCALES_PATH.parent, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
