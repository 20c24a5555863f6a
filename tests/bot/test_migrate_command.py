"""`expenseflow migrate`, and the check that `make check` runs."""

import subprocess
import sys

from core.store.migrate import newest_revision
from tests.fixtures.command_line import ROOT, CommandLine

DRIFTED = """
import sys
from sqlalchemy import Column, Table
import core.schema
from core.store.types import Words
Table("forgotten", core.schema.metadata, Column("word", Words))
core.schema.metadata.tables["workspaces"].append_column(Column("motto", Words))
sys.argv = ["expenseflow", "migrate", "--check"]
import bot.__main__
bot.__main__.main()
"""


def test_migrate_brings_an_empty_database_up_to_date_once(command_line: CommandLine, blank_database_url: str) -> None:
    command_line.environment["EXPENSEFLOW_DATABASE_URL"] = blank_database_url
    assert command_line.answer("migrate") == f"The database is now at revision {newest_revision()}.\n"
    assert command_line.answer("migrate") == f"The database is already at revision {newest_revision()}.\n"


def test_the_check_passes_and_touches_no_database_of_ours(command_line: CommandLine) -> None:
    command_line.environment["EXPENSEFLOW_DATABASE_URL"] = "not even a URL"
    assert command_line.answer("migrate", "--check") == ""
    assert not (command_line.folder.parent / "data").exists()


def test_the_check_names_what_no_migration_makes() -> None:
    checked = subprocess.run([sys.executable, "-c", DRIFTED], cwd=ROOT, check=False, capture_output=True, text=True)
    assert checked.returncode == 1
    assert "forgotten" in checked.stderr
    assert "motto" in checked.stderr
