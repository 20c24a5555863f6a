"""The set-up keeps its promises: complete catalogues, files that follow from one another, and no silent skips."""

import gettext
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import Settings
from scripts import check_catalogues, compile_catalogues, env_example, lock_files

ROOT = Path(__file__).resolve().parent.parent


def write_catalogue(locales: Path, language: str, entries: str) -> Path:
    file = locales / language / "LC_MESSAGES" / "expenseflow.po"
    file.parent.mkdir(parents=True, exist_ok=True)
    header = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    plurals = '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
    file.write_text(header + plurals + entries, encoding="utf-8")
    return file


def entry(key: str, words: str) -> str:
    return f'msgid "{key}"\nmsgstr "{words}"\n\n'


def plural(key: str, one: str, many: str) -> str:
    return f'msgid "{key}"\nmsgid_plural "{key}"\nmsgstr[0] "{one}"\nmsgstr[1] "{many}"\n\n'


ENGLISH = entry("saved", "Saved {amount}.") + plural("found", "One expense of {name}", "{count} expenses of {name}")
GERMAN = entry("saved", "{amount} gespeichert.") + plural("found", "Eine Ausgabe von {name}", "{count} von {name}")


def test_complete_catalogues_have_no_problem(tmp_path: Path) -> None:
    write_catalogue(tmp_path, "en", ENGLISH)
    write_catalogue(tmp_path, "de", GERMAN)
    assert check_catalogues.problems_of(tmp_path) == []
    assert check_catalogues.main([str(tmp_path)]) == 0


@pytest.mark.parametrize(
    ("german", "problem"),
    [
        (GERMAN + entry("extra", "Mehr"), "en: extra: is missing; de has it"),
        (plural("found", "Eine von {name}", "{count} von {name}"), "de: saved: is missing; en has it"),
        (GERMAN.replace("{amount} gespeichert.", ""), "de: saved: is not translated"),
        (GERMAN.replace("{count} von {name}", ""), "de: found: is not translated (2 plural forms)"),
        ("#, fuzzy\n" + GERMAN, "de: saved: is marked fuzzy: somebody has to look at it"),
        (GERMAN.replace("{amount}", "{betrag}"), "de: saved: lacks {amount}, which another language has"),
        (
            GERMAN.replace("{amount}", "{}"),
            "de: saved: has a placeholder that cannot be filled: {} is not a plain name",
        ),
        (GERMAN.replace("{amount}", "{amount.minor}"), "{amount.minor} is not a plain name"),
        (GERMAN.replace("Eine Ausgabe von {name}", "Eine Ausgabe"), "de: found: leaves {name} out of 'Eine Ausgabe'"),
        (GERMAN + entry("saved", "Nochmal {amount}"), "de: saved: stands there twice"),
        (
            entry("saved", "{amount}") + entry("found", "{count} von {name}"),
            "de, en: found: has plural forms in one language and none in another",
        ),
    ],
)
def test_an_incomplete_catalogue_is_found(tmp_path: Path, german: str, problem: str) -> None:
    write_catalogue(tmp_path, "en", ENGLISH)
    write_catalogue(tmp_path, "de", german)
    assert any(problem in each for each in check_catalogues.problems_of(tmp_path))
    assert check_catalogues.main([str(tmp_path)]) == 1


def test_no_catalogue_at_all_is_a_problem(tmp_path: Path) -> None:
    assert check_catalogues.problems_of(tmp_path) == [f"{tmp_path.name}: no catalogue expenseflow.po"]


def test_a_compiled_catalogue_speaks(tmp_path: Path) -> None:
    source = write_catalogue(tmp_path, "de", GERMAN)
    compile_catalogues.main([str(source), str(source.with_suffix(".mo"))])
    words = gettext.translation("expenseflow", tmp_path, ["de"])
    assert words.gettext("saved") == "{amount} gespeichert."
    assert words.ngettext("found", "found", 3) == "{count} von {name}"


def test_the_example_of_settings_follows_from_the_class(tmp_path: Path) -> None:
    assert env_example.main(["--check"]) == 0
    drifted = tmp_path / ".env.example"
    assert env_example.main(["--check"], drifted) == 1
    assert env_example.main([], drifted) == 0
    assert env_example.main(["--check"], drifted) == 0
    drifted.write_text(drifted.read_text(encoding="utf-8").replace("8080", "8081"), encoding="utf-8")
    assert env_example.main(["--check"], drifted) == 1


def test_the_example_names_every_setting_and_sets_none() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    assert all(line.startswith("#") or not line for line in lines)
    named = {match[1] for line in lines if (match := re.match(r"#EXPENSEFLOW_(\w+)=", line))}
    assert named == {name.upper() for name in Settings.model_fields}


def test_the_locks_follow_from_one_another(tmp_path: Path) -> None:
    assert lock_files.drifted(ROOT) == []
    for name in ("pyproject.toml", "uv.lock", *lock_files.EXPORTS):
        shutil.copy(ROOT / name, tmp_path / name)
    project = tmp_path / "pyproject.toml"
    project.write_text(project.read_text(encoding="utf-8").replace('"tzdata>=', '"tzdata>=9'), encoding="utf-8")
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(requirements.read_text(encoding="utf-8").replace("==", "==1", 1), encoding="utf-8")
    assert lock_files.drifted(tmp_path) == [
        "uv.lock does not follow from pyproject.toml",
        "requirements.txt does not follow from uv.lock",
    ]


@pytest.mark.parametrize("name", lock_files.EXPORTS)
def test_every_requirement_is_pinned_with_hashes_and_names_no_index(name: str) -> None:
    requirements = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in requirements
    assert "--find-links" not in requirements
    blocks = re.findall(r"^\S+==\S+(?: ; .+?)?(?: \\\n +--hash=sha256:[0-9a-f]{64})+$", requirements, re.MULTILINE)
    assert len(blocks) == len(re.findall(r"^[a-z]", requirements, re.MULTILINE))


def run_pytest(folder: Path, tests: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in `folder` on `tests`, with this repository's configuration and conftest.py."""
    (folder / "tests").mkdir(exist_ok=True)
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copy(ROOT / "tests" / "conftest.py", folder / "tests")
    (folder / "tests" / "test_it.py").write_text(tests, encoding="utf-8")
    clean = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_SKIPS")}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist"]
    return subprocess.run(
        command, cwd=folder, env=clean | {"COLUMNS": "300"} | environment, check=False, capture_output=True, text=True
    )


SKIPPED = """
import pytest

def test_that_runs(): pass

@pytest.mark.skip(reason="no server here")
def test_that_needs_a_server(): pass

@pytest.mark.needs_shared
def test_that_needs_the_material(): pass

@pytest.mark.xfail(reason="known", strict=True)
def test_that_is_expected_to_fail(): assert False
"""


def test_skips_are_counted_with_their_reason(tmp_path: Path) -> None:
    result = run_pytest(tmp_path, SKIPPED)
    assert result.returncode == 0
    assert "1 passed, 2 skipped, 1 xfailed" in result.stdout
    assert "no server here" in result.stdout
    assert "needs ../shared" in result.stdout


@pytest.mark.parametrize("environment", [{"CI": "true"}, {"NO_SKIPS": "1"}])
def test_in_ci_a_skip_is_a_failure_except_for_want_of_the_material(tmp_path: Path, environment: dict[str, str]) -> None:
    result = run_pytest(tmp_path, SKIPPED, **environment)
    assert result.returncode == 1
    assert "1 passed, 1 skipped, 1 xfailed, 1 error" in result.stdout
    assert "no server here -- here a skipped test is a failure" in result.stdout


def test_in_ci_a_file_that_skips_itself_is_a_failure(tmp_path: Path) -> None:
    tests = "import pytest\n\npytest.importorskip('there_is_no_such_module')\n"
    assert run_pytest(tmp_path, tests).returncode == 5  # pytest's word for: nothing was run
    result = run_pytest(tmp_path, tests, CI="true")
    assert result.returncode == 2
    assert "there_is_no_such_module" in result.stdout


NETWORK = """
import asyncio, contextlib, socket
import pytest

def test_itself():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()

async def test_itself_by_name():
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "localhost", 0)
    reader, writer = await asyncio.open_connection("localhost", server.sockets[0].getsockname()[1])
    writer.close()
    await writer.wait_closed()
    server.close()
    await server.wait_closed()

def test_an_address():
    socket.create_connection(("192.0.2.1", 80), timeout=1)

def test_a_swallowed_refusal():
    with contextlib.suppress(Exception):
        socket.getaddrinfo("example.org", 443)
"""


def test_a_test_that_leaves_this_machine_fails(tmp_path: Path) -> None:
    result = run_pytest(tmp_path, NETWORK)
    assert result.returncode == 1
    assert re.search(r"FAILED .*test_an_address", result.stdout)
    assert re.search(r"ERROR .*test_a_swallowed_refusal.* tried to leave this machine", result.stdout)
    assert "1 failed, 3 passed, 2 errors" in result.stdout


def test_make_help_lists_every_public_target() -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    targets = re.findall(r"^  make (\S+)", listed, re.MULTILINE)
    assert targets == ["help", "run", "install", "test", "faults", "check", "format", "lock", "screenshots", "bench"]
