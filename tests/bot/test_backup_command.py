"""`expenseflow backup` and `restore`: what an operator reads, and what is refused."""

import json
import zipfile
from pathlib import Path

import pytest

from bot.commands.backup import size_of
from tests.faults.books import Books
from tests.fixtures.command_line import CommandLine

INIT = ("init", "--name", "Acme", "--currency", "EUR", "--timezone", "Europe/Berlin", "--language", "en", "--json")


@pytest.fixture
def acme(prepared_command_line: CommandLine) -> CommandLine:
    """The command line of a deployment with a workspace."""
    prepared_command_line.answer(*INIT)
    return prepared_command_line


@pytest.fixture
def elsewhere(tmp_path: Path) -> CommandLine:
    """The command line of a machine on which there is nothing yet."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return CommandLine(folder, {"EXPENSEFLOW_DATA_DIR": str(folder / "data")})


def test_a_backup_into_a_folder_is_named_by_its_instant_and_restored_elsewhere(
    acme: CommandLine, elsewhere: CommandLine, tmp_path: Path
) -> None:
    backups = tmp_path / "backups"
    backups.mkdir()
    told = acme.answer("backup", str(backups)).splitlines()
    (archive,) = backups.iterdir()
    assert told[0] == str(archive)
    assert archive.match("expenseflow-????????T??????Z.zip")
    assert "0 expenses" in told[1]
    assert "the audit trail holds" in told[2]
    assert "It holds the secret key and all books" in told[3]

    told = elsewhere.answer("restore", str(archive)).splitlines()
    assert told[0].startswith(f"{elsewhere.folder / 'data'}: restored as of 20")
    assert "expenseflow run" in told[3]
    for verb in ("expenses", "audit"):
        export = ("export", verb, "--format", "json")
        assert elsewhere.answer(*export) == acme.answer(*export)
    again = json.loads(elsewhere.answer(*INIT))  # it can be written
    assert again["workspace_id"]


def test_books_move_from_either_database_to_either(acme: CommandLine, blank_database_url: str, tmp_path: Path) -> None:
    acme.answer("backup", str(tmp_path / "backup.zip"))
    there = CommandLine(
        tmp_path, {"EXPENSEFLOW_DATA_DIR": str(tmp_path / "there"), "EXPENSEFLOW_DATABASE_URL": blank_database_url}
    )
    there.answer("restore", str(tmp_path / "backup.zip"))
    assert there.answer("export", "audit") == acme.answer("export", "audit")
    assert there.refusal("restore", str(tmp_path / "backup.zip"))[0].endswith(
        "A backup is restored into an empty place."
    )


def test_old_backups_are_deleted_beyond_those_to_keep_and_nothing_else_is(acme: CommandLine, tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    backups.mkdir()
    old = [backups / f"expenseflow-2026010{day}T020000Z.zip" for day in range(1, 6)]
    others = [backups / name for name in ("expenseflow-20260101T020000Z.zip.part", "holiday.zip", "expenseflow.zip")]
    for each in (*old, *others):
        each.write_bytes(b"x")
    told = acme.answer("backup", str(backups), "--keep", "3")
    left = {each.name for each in backups.iterdir()}
    assert {each.name for each in others} <= left
    assert {each.name for each in old} & left == {old[3].name, old[4].name}
    assert len(left) == 3 + len(others)
    assert told.splitlines()[-1] == f"  deleted: {', '.join(each.name for each in old[:3])}"


def test_what_was_lost_before_is_named_and_the_exit_status_tells(acme: CommandLine, tmp_path: Path) -> None:
    books = Books(url=acme.database_url)
    workspace_id = books.value("SELECT id FROM workspaces")
    books.change(
        "INSERT INTO files (id, workspace_id, content_hash, media_type, size_bytes, reference_count, created_at)"
        " VALUES ('F1', ?, 'abc123', 'image/jpeg', 7, 1, 0)",
        workspace_id,
    )
    done = acme("backup", str(tmp_path / "backup.zip"))
    assert done.status == 1
    assert done.errors == f"1 files were gone or damaged before, and are not in it: {workspace_id}/abc123\n"
    assert (tmp_path / "backup.zip").exists()


def test_a_backup_is_refused_with_a_sentence(acme: CommandLine, elsewhere: CommandLine, tmp_path: Path) -> None:
    there = tmp_path / "backup.zip"
    acme.answer("backup", str(there))
    before = there.read_bytes()
    assert acme.refusal("backup", str(there)) == [f"{there} exists already, and is not written over."]
    assert there.read_bytes() == before
    nowhere = tmp_path / "nowhere" / "backup.zip"
    assert acme.refusal("backup", str(nowhere)) == [f"There is no folder {nowhere.parent}."]
    assert acme.refusal("backup", str(nowhere), "--keep", "3")[0].startswith(f"--keep: {nowhere} is no folder.")
    assert elsewhere.refusal("backup", str(tmp_path))[0].startswith("There is no database at ")
    (tmp_path / "data" / "secret_key").unlink()
    assert acme.refusal("backup", str(tmp_path))[0].startswith("There is no secret key: ")
    assert not (tmp_path / "data" / "secret_key").exists()


def test_a_restore_is_refused_with_a_sentence_and_leaves_nothing(
    acme: CommandLine, elsewhere: CommandLine, tmp_path: Path
) -> None:
    archive, cut, other = tmp_path / "backup.zip", tmp_path / "cut.zip", tmp_path / "other.zip"
    acme.answer("backup", str(archive))
    cut.write_bytes(archive.read_bytes()[:-100])
    with zipfile.ZipFile(other, "w") as opened:
        opened.writestr("holiday.txt", "sun")
    for wrong in (cut, other):
        assert elsewhere.refusal("restore", str(wrong)) == [
            f"{wrong} was not restored: it is no backup of ExpenseFlow, or its end is missing."
        ]
    gone = tmp_path / "gone.zip"
    assert elsewhere.refusal("restore", str(gone)) == [f"{gone} was not restored: {gone}: No such file or directory."]
    assert list(elsewhere.folder.iterdir()) == []
    data = tmp_path / "data"
    assert acme.refusal("restore", str(archive)) == [
        f"{archive} was not restored: {data} is not empty: there is {min(data.iterdir()).name}."
        " A backup is restored into an empty place."
    ]


@pytest.mark.parametrize(
    ("size_bytes", "words"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (1_234_567, "1.2 MB"), (10**13, "10.0 TB")],
)
def test_sizes_are_read_as_people_read_them(size_bytes: int, words: str) -> None:
    assert size_of(size_bytes) == words
