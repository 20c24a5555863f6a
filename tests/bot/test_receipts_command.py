"""`expenseflow receipts read`: files in, lines out."""

import json
import shutil
from pathlib import Path

import pytest

from tests.core.receipts import drawn_receipts as drawn
from tests.fixtures.command_line import CommandLine

if shutil.which("tesseract") is None:
    pytest.skip("needs Tesseract (scripts/system_packages.sh installs it)", allow_module_level=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Receipts of two countries, and a file that is none."""
    made = tmp_path / "receipts"
    made.mkdir()
    (made / "a.png").write_bytes(drawn.encoded(drawn.picture_of(drawn.AMERICAN), "PNG"))
    (made / "b.pdf").write_bytes(drawn.pdf_of([drawn.GERMAN]))
    (made / "c.jpg").write_bytes(b"<svg/>")
    (made / ".hidden").write_bytes(b"x")
    return made


def test_each_file_of_a_folder_is_a_line_in_order_and_a_refusal_is_a_sentence(
    command_line: CommandLine, folder: Path
) -> None:
    done = command_line("receipts", "read", str(folder), "--jsonl")
    assert (done.status, done.errors) == (1, "")
    first, second, third = (json.loads(line) for line in done.answer.splitlines())
    assert first.pop("seconds") > 0
    confidence = first.pop("confidence")
    assert first == {
        "image": "a.png",
        "merchant": "Blue Anchor Diner",
        "date": "2026-03-04",
        "total": "41.95",
        "currency": "USD",
        "tax": "3.20",
    }
    assert confidence.keys() == {"merchant", "date", "total", "currency", "tax"}
    assert all(0 < value <= 1 for value in confidence.values())
    assert (second["image"], second["total"], second["currency"]) == ("b.pdf", "16.00", "EUR")
    assert third.keys() == {"image", "error"}
    assert "JPEG" in third["error"]


def test_a_file_is_shown_readably(command_line: CommandLine, folder: Path) -> None:
    shown = command_line.answer("receipts", "read", str(folder / "b.pdf")).splitlines()
    assert shown[0] == "b.pdf:"
    assert shown[1].split()[:3] == ["merchant", "Bäckerei", "Morgenrot"]
    assert any(line.split()[:2] == ["total", "16.00"] for line in shown)


def test_hints_decide_what_a_receipt_leaves_open(command_line: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "open.pdf").write_bytes(drawn.pdf_of(["Corner Shop\nDate: 03/04/2026\nApples 3.50\nTotal 3.50"]))
    american = command_line.answer("receipts", "read", str(tmp_path / "open.pdf"), "--jsonl", "--locale", "en-US")
    british = command_line.answer(
        "receipts", "read", str(tmp_path / "open.pdf"), "--jsonl", "--locale", "en-GB", "--currency", "gbp"
    )
    assert (json.loads(american)["date"], json.loads(american)["currency"]) == ("2026-03-04", "USD")
    assert (json.loads(british)["date"], json.loads(british)["currency"]) == ("2026-04-03", "GBP")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("missing.jpg",), "missing.jpg is neither a file nor a folder."),
        ((".",), "No files there"),
        ((__file__, "--currency", "XYZ"), "'XYZ' is not a currency code"),
    ],
)
def test_what_a_person_can_mend_is_said_in_a_sentence(
    command_line: CommandLine, arguments: tuple[str, ...], said: str
) -> None:
    assert said in command_line.refusal("receipts", "read", *arguments)[0]
