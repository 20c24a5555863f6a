"""`expenseflow init`, and what holds for every verb."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.__main__ import VERBS
from core.identity.codes import CODE_LENGTH, code_digest, code_key
from core.identity.rules import Role
from core.identity.tables import CodeRow
from core.store.database import Database
from core.tenancy.queries import workspace
from tests.fixtures.command_line import ROOT, CommandLine
from tests.fixtures.people import actor

ACME = ("init", "--name", "Acme GmbH", "--currency", "eur", "--timezone", "Europe/Berlin", "--language", "de")


async def test_init_makes_a_workspace_and_answers_with_the_code_of_its_admin(
    command_line_on_both: CommandLine, database: Database, tmp_path: Path
) -> None:
    made = json.loads(command_line_on_both.answer(*ACME, "--json"))
    assert list(made) == ["workspace_id", "admin_code"]
    async with database.read(actor(made["workspace_id"])) as uow:
        acme = await workspace(uow)
        codes = list(await uow.session.scalars(select(CodeRow)))
    assert (acme.name, acme.currency, acme.time_zone, acme.language) == ("Acme GmbH", "EUR", "Europe/Berlin", "de")
    secret_key = (tmp_path / "data" / "secret_key").read_text().strip()
    assert [(code.role, code.digest) for code in codes] == [
        (Role.ADMIN, code_digest(made["admin_code"], code_key(secret_key)))
    ]


def test_init_begins_with_nothing_and_says_what_to_do_next(command_line: CommandLine, tmp_path: Path) -> None:
    answer = command_line.answer(*ACME)
    code = re.search(rf"^ +(\w{{{CODE_LENGTH}}})$", answer, re.MULTILINE)
    assert code is not None
    assert answer.startswith("Acme GmbH is ready.")
    assert f"/start {code[1]}" in answer
    assert f"/expense start {code[1]}" in answer
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0


def test_everything_that_is_wrong_is_said_at_once_with_an_example(command_line: CommandLine) -> None:
    wrong = ("init", "--name", " ", "--currency", "XYZ", "--timezone", "europe/berlim", "--language", "tlh")
    said = command_line.refusal(*wrong)
    assert [line.partition(":")[0] for line in said] == ["--name", "--currency", "--timezone", "--language"]
    assert all("Example: --" in line for line in said)
    assert said[2].endswith("--timezone Europe/Berlin")
    assert not (command_line.folder.parent / "data").exists()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"EXPENSEFLOW_HTTP_PORT": "many", "EXPENSEFLOW_LOG_LEVEL": "loud"},
            ["EXPENSEFLOW_HTTP_PORT", "EXPENSEFLOW_LOG"],
        ),
        ({"EXPENSEFLOW_DATABASE_URL": "postgresql://me:topsecret@127.0.0.1:1/books"}, ["The database cannot be used"]),
        (
            {"EXPENSEFLOW_DATABASE_URL": "sqlite:////proc/nowhere/books.db"},
            ["The database cannot be used: /proc/nowhere"],
        ),
        ({"EXPENSEFLOW_DATABASE_URL": f"sqlite:///{Path(__file__)}"}, ["The database cannot be used"]),
    ],
)
def test_what_hinders_a_verb_is_one_sentence_each_and_no_traceback(
    command_line: CommandLine, settings: dict[str, str], words: list[str]
) -> None:
    command_line.environment |= settings
    said = command_line.refusal("migrate")
    assert [line.startswith(word) for line, word in zip(said, words, strict=True)] == [True] * len(words)
    assert "topsecret" not in "".join(said)


def test_help_lists_every_verb_and_imports_none_of_what_they_need(command_line: CommandLine) -> None:
    listed = command_line.answer("--help")
    assert [verb for verb in VERBS if not re.search(rf"^  {verb} +\w.*[^.]\.$", listed, re.MULTILINE)] == []
    program = "import sys, bot.__main__; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)
    heavy = {"sqlalchemy", "pydantic", "structlog", "alembic", "telegram", "slack_bolt", "uvicorn", "core"}
    assert heavy & set(loaded.stdout.split()) == set()


def test_a_process_of_its_own_answers_and_refuses_without_a_traceback(prepared_command_line: CommandLine) -> None:
    made = prepared_command_line.process(*ACME, "--json")
    assert (made.status, made.errors) == (0, "")
    assert set(json.loads(made.answer)) == {"workspace_id", "admin_code"}
    refused = prepared_command_line.process(*ACME[:-1], "tlh")
    assert (refused.status, refused.answer, refused.errors.count("\n")) == (2, "", 1)


def test_an_unknown_verb_is_refused(command_line: CommandLine) -> None:
    assert "No such command 'mirgate'" in command_line.refusal("mirgate")[-1]
