"""`expenseflow understand`: sentences in, what they say out."""

import json
import os
import subprocess
import sys

import pytest

from tests.fixtures.command_line import ROOT, TIMEOUT_S, CommandLine

SENTENCE = {"locale": "de", "reference_time": "2026-03-12T09:30:00"}


def understand_lines(command_line: CommandLine, lines: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-P", "-m", "bot", "understand", "--jsonl"],
        cwd=command_line.folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "LC_ALL": "C"},
        input=lines,
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=TIMEOUT_S,
    )


def test_each_line_is_answered_with_what_it_names_and_null_for_the_rest(command_line: CommandLine) -> None:
    lines = [
        {"id": "a", "text": "Taxi 23,50 € gestern #reise mit Ana geteilt"} | SENTENCE,
        {"id": 2, "text": "hallo"} | SENTENCE,
        {"id": "c", "text": "hotel 90 USD 3.-5. März"} | SENTENCE,
    ]
    done = understand_lines(command_line, "\n".join(json.dumps(line) for line in lines) + "\n\n")
    assert (done.returncode, done.stderr) == (0, "")
    first, second, third = (json.loads(line) for line in done.stdout.splitlines())
    assert first.pop("seconds") >= 0
    assert first == {
        "id": "a",
        "amount": "23.50",
        "currency": "EUR",
        "date": "2026-03-11",
        "date_end": None,
        "merchant": None,
        "item": "Taxi",
        "category": "transport",
        "tags": ["reise"],
        "participants": ["Ana"],
    }
    assert [second[key] for key in ("id", "amount", "currency", "date", "category")] == [2, None, None, None, None]
    assert (third["date"], third["date_end"], third["item"]) == ("2026-03-03", "2026-03-05", "hotel")


def test_a_malformed_line_is_named_and_the_others_are_answered(command_line: CommandLine) -> None:
    good = json.dumps({"id": 1, "text": "tea 3"})
    done = understand_lines(command_line, f'{good}\nnonsense\n{{"id": 2}}\n{good}\n')
    assert done.returncode == 1
    assert [json.loads(line)["amount"] for line in done.stdout.splitlines()] == ["3", "3"]
    first, second = done.stderr.splitlines()
    assert first.startswith("line 2: ")
    assert second.startswith("line 3: text")


def test_a_sentence_is_answered_readably(command_line: CommandLine) -> None:
    answer = command_line.answer("understand", "taxi 23,50 € on 2026-03-11 split with @ana and Ben", "--locale", "de")
    assert answer.splitlines() == [
        "amount        23.50",
        "currency      EUR",
        "date          2026-03-11",
        "item          taxi",
        "category      transport",
        "participants  ana, Ben",
    ]


@pytest.mark.parametrize("arguments", [(), ("tea 3", "--jsonl")])
def test_either_a_sentence_or_lines(command_line: CommandLine, arguments: tuple[str, ...]) -> None:
    assert "--jsonl" in command_line.refusal("understand", *arguments)[0]
