"""The file that a backup is."""

import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from jobs.backup_archive import ArchiveRefused, ArchiveWriter, ChainState, Manifest, opened_archive

WORKSPACE, HASH = "01KKGP3AE0H5GYG2EQKYJ6F9B1", "ab" * 32


def manifest(**changed: Any) -> Manifest:
    known: dict[str, Any] = {
        "format": 1, "version": "0.1.0", "made_at": "2026-03-12T09:30:00+00:00", "database": "sqlite",
        "revision": "0001", "rows": {"expenses": 1}, "files": 1, "files_bytes": 7,
        "chains": {WORKSPACE: ChainState(length=3, head="c0ffee")},
    }  # fmt: skip
    return Manifest(**known | changed)


def write(path: Path, rows: list[tuple[Any, ...]] | None = None, **changed: Any) -> Path:
    archive = ArchiveWriter(path)
    archive.add_secret_key("s3cret")
    with archive.table("expenses", ["id", "amount_minor"]) as written:
        written.write([("E1", 2350)] if rows is None else rows)
    archive.add_file(WORKSPACE, HASH, b"picture")
    archive.finish(manifest(**changed))
    archive.close()
    return path


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip")
    assert path.stat().st_mode & 0o777 == 0o600
    with opened_archive(path) as archive:
        assert archive.manifest == manifest()
        assert archive.secret_key() == "s3cret"
        assert list(archive.rows("expenses")) == [[{"id": "E1", "amount_minor": 2350}]]
        assert archive.file(WORKSPACE, HASH) == b"picture"


def test_any_zip_program_opens_it(tmp_path: Path) -> None:
    with zipfile.ZipFile(write(tmp_path / "a.zip")) as opened:
        assert opened.testzip() is None
        assert opened.namelist() == ["secret_key", "rows/expenses.jsonl", f"files/{WORKSPACE}/{HASH}", "manifest.json"]


stored = some.one_of(
    some.none(),
    some.integers(-(2**63), 2**63 - 1),
    some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    some.binary(),
)


@given(rows=some.lists(some.tuples(stored, stored)))
def test_every_value_that_a_database_stores_comes_back_as_it_was(
    rows: list[tuple[Any, ...]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = write(tmp_path_factory.mktemp("rows") / "a.zip", rows)
    with opened_archive(path) as archive:
        read = [(row["id"], row["amount_minor"]) for batch in archive.rows("expenses") for row in batch]
    assert read == rows


def refusal(path: Path) -> str:
    with pytest.raises(ArchiveRefused) as refused, opened_archive(path):
        pytest.fail("it was opened")
    return str(refused.value)


def test_an_archive_in_which_any_byte_is_another_is_refused(tmp_path: Path) -> None:
    whole = write(tmp_path / "a.zip").read_bytes()
    altered = tmp_path / "altered.zip"
    for place in range(len(whole)):
        altered.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert refusal(altered) in (
            "it was altered or damaged: its checksum does not hold",
            "it is no backup of ExpenseFlow, or its end is missing",
        )


def test_an_archive_that_was_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    whole = write(tmp_path / "a.zip").read_bytes()
    cut = tmp_path / "cut.zip"
    for length in range(len(whole)):
        cut.write_bytes(whole[:length])
        assert refusal(cut) == "it is no backup of ExpenseFlow, or its end is missing"


def test_another_zip_file_and_a_newer_format_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as opened:
        opened.writestr("holiday.jpg", b"x" * 1000)
    assert refusal(other) == "it is no backup of ExpenseFlow, or its end is missing"
    newer = write(tmp_path / "newer.zip", format=2)
    assert refusal(newer) == "a newer version of ExpenseFlow has made it (format 2)"


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "", "a/b", "a\x00", "é"])
def test_no_name_in_an_archive_leads_out_of_it(tmp_path: Path, name: str) -> None:
    with opened_archive(write(tmp_path / "a.zip")) as archive:
        with pytest.raises(ArchiveRefused, match="a name in it is none"):
            archive.file(name, HASH)
        with pytest.raises(ArchiveRefused, match="a name in it is none"):
            next(archive.rows(name))
