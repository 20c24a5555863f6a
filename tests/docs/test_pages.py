"""What the README and the pages of docs/ name exists: links, files, commands and their options, variables, make's targets."""

import re
import subprocess
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import typer
from typer.core import TyperGroup

from bot import __main__ as command_line
from bot.settings import FILE_SUFFIX, Settings, load_settings, variable_of
from bot.wiring import STOP_S_MAX
from handlers.catalogue import registry
from tests.docs.copies import ROOT

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
UNIT = ROOT / "docs" / "expenseflow.service"
TOP = ("bot", "handlers", "core", "jobs", "locales", "tests", "scripts", "docs")
PATH = re.compile(rf"(?:{'|'.join(TOP)})/[\w./<>*-]*|[\w-]+\.(?:toml|yaml|example|service|lock)")
INVOCATION = re.compile(
    r"(?:^|[\s/(])(?:expenseflow|(?:run --rm|exec) bot(?:-on-postgresql)?)(?P<words>(?: [^\s|&>;#)]+)+)"
)
MADE_BY_RECIPES = re.compile(r"(?:Write|Change) `([^`]+)`:$", re.MULTILINE)
METRICS = ("core/kernel/metrics.py", "bot/web/metrics.py")


def prose_of(page: Path) -> str:
    """The text without blocks of code."""
    return re.sub(r"^( *)```.*?^\1```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def code_of(page: Path) -> list[str]:
    """Everything that is set as code: the lines of blocks, and what stands between backticks in a line."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"^( *)```\w*\n(.*?)^\1```$", text, re.MULTILINE | re.DOTALL)
    joined = [re.sub(r"\\\n\s*", " ", block) for _, block in blocks]
    return [line.strip() for block in joined for line in block.splitlines()] + re.findall(
        r"`([^`\n]+)`", prose_of(page)
    )


def anchors_of(page: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", prose_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pages
def test_links_lead_to_files_and_headings_that_are_there(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose_of(page)):
        if re.match(r"https?://", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{target} is not there"
        assert not anchor or anchor in anchors_of(file), f"{target} names no heading"


def test_every_picture_is_shown_and_is_one_that_make_screenshots_takes() -> None:
    taken = set(re.findall(r'"([\w-]+\.png)"', (ROOT / "scripts" / "screenshots.py").read_text(encoding="utf-8")))
    kept = {picture.name for picture in (ROOT / "docs" / "screenshots").iterdir()}
    shown = set()
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r"!\[[^\]]{20,}\]\(([^)]+)\)", text) + re.findall(
            r'<img src="([^"]+)" alt="[^"]{20,}"', text
        ):
            shown.add((page.parent / target).resolve().name)
    assert shown == kept == taken


@pages
def test_files_that_are_named_are_there(page: Path) -> None:
    made = set(MADE_BY_RECIPES.findall(page.read_text(encoding="utf-8")))
    for named in re.findall(r"`([^`\n]+)`", prose_of(page)):
        path = named.partition(":")[0]
        if PATH.fullmatch(path) and path not in made:
            pattern = re.sub(r"<[^>]+>", "*", path.rstrip("/"))
            found = list(ROOT.glob(pattern)) or list(ROOT.glob(f"*/{pattern}")) or list(page.parent.glob(pattern))
            assert found or "/" not in path, f"{named} is not there"


@pages
def test_names_after_a_file_stand_in_it(page: Path) -> None:
    """`bot/intake.py: accept` names something of that file."""
    for path, name in re.findall(r"`([\w/]+\.py): (\w+)`", prose_of(page)):
        assert re.search(
            rf"\b(?:def|class) {name}\b|^{name}\b", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE
        )


def options_of(verb: str, rest: list[str]) -> set[str]:
    """The options of a verb, or of the one below it that the words name."""
    group = typer.main.get_command(command_line.app)
    assert isinstance(group, TyperGroup)
    context = group.make_context("expenseflow", [], resilient_parsing=True)
    _, command, words = group.resolve_command(context, [verb, *rest])
    assert command is not None
    if isinstance(command, TyperGroup) and words and words[0] in command.commands:
        command = command.commands[words[0]]
    parameters: list[Any] = command.params
    return {"--help"} | {name for each in parameters for name in (*each.opts, *each.secondary_opts)}


def invocations(code: list[str]) -> Iterator[list[str]]:
    """The words after each `expenseflow`, up to what ends a command."""
    for line in code:
        for found in INVOCATION.finditer(line):
            words = [word.strip("`,.") for word in found["words"].split()]
            if words[0] == "expenseflow":
                words = words[1:]
            if words and re.fullmatch(r"[a-z][a-z-]+", words[0]):
                yield words


@pages
def test_commands_and_their_options_exist(page: Path) -> None:
    for verb, *rest in invocations([line for line in code_of(page) if not line.startswith(("useradd", "systemd-run"))]):
        if verb in ("mkdir", "Acme"):
            continue
        assert verb in command_line.VERBS, f"expenseflow {verb}"
        known = options_of(verb, rest)
        assert {word.partition("=")[0] for word in rest if word.startswith("--")} <= known, [verb, *rest]


def test_every_verb_is_in_the_readme_or_a_page() -> None:
    named = {words[0] for page in PAGES for words in invocations(code_of(page))}
    assert set(command_line.VERBS) <= named


@pages
def test_variables_are_settings(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    known = {variable_of(field) for field in Settings.model_fields}
    if page.name == "add-a-platform.md":
        known.add(variable_of("sms_spool"))
    named = set(re.findall(r"\bEXPENSEFLOW_[A-Z_]+[A-Z]", text))
    assert {name.removesuffix(FILE_SUFFIX) for name in named} <= known


@pages
def test_examples_of_variables_are_taken(page: Path) -> None:
    """Where a value is given in full, without "…" or a password to fill in, the setting takes it."""
    for name, value in re.findall(r"\b(EXPENSEFLOW_[A-Z_]+)=(\S+)", page.read_text(encoding="utf-8")):
        field = name.removesuffix(FILE_SUFFIX).removeprefix("EXPENSEFLOW_").lower()
        if (
            "…" in value
            or name.endswith(FILE_SUFFIX)
            or field not in ("telegram_webhook_url", "database_url", "data_dir")
        ):
            continue
        load_settings({name: value.strip("`,")}, Path("/nonexistent"))  # raises SettingsError


@pages
def test_targets_of_make_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {found for line in code_of(page) for found in re.findall(r"(?:^|&& )make ([a-z-]+)", line)}
    assert named <= targets


@pages
def test_services_and_profiles_of_compose_exist(page: Path) -> None:
    compose = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    for line in code_of(page):
        if line.startswith("docker compose"):
            for service in re.findall(r"\b(?:bot|playground|postgresql|bot-on-postgresql)(?=[\s:]|$)", line):
                assert re.search(rf"^  {service}:$", compose, re.MULTILINE)


@pages
def test_commands_of_the_chat_exist(page: Path) -> None:
    """`/expenses` and `/expense members` are the bot's; what BotFather or Slack itself knows is not."""
    others = {
        "newbot",
        "setuserpic",
        "setdescription",
        "setcommands",
        "setprivacy",
        "revoke",
        "start",
        "back",
        "cancel",
    }
    made = {"total"} if page.name == "add-a-command.md" else set()
    for spoken in re.findall(r"`/([a-z]+(?: [a-z]+)?)[^`/]*`", prose_of(page)):
        name, _, sub = spoken.partition(" ")
        if name == "expense":
            assert not sub or sub in registry.commands.keys() | {"taxi"}, spoken
        elif name not in ("health", "metrics", "webhooks", "tmp", "etc", "opt"):
            assert name in registry.commands.keys() | others | made, spoken


def test_metrics_that_are_named_are_counted() -> None:
    counted = "".join((ROOT / path).read_text(encoding="utf-8") for path in METRICS)
    page = (ROOT / "docs" / "keep-it-running.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\bexpenseflow_[a-z_]+", page))
    assert named
    assert [name for name in named if f'"{name.removesuffix("_total")}"' not in counted] == []


def test_the_index_of_decisions_lists_all_of_them_by_their_titles() -> None:
    folder = ROOT / "docs" / "decisions"
    titles = {}
    for page in sorted(folder.glob("[0-9]*.md")):
        number, _, title = page.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ").partition(". ")
        titles[page.name] = f"{number}. [{title}]({page.name})"
        assert page.name.startswith(f"{int(number):04}-")
    listed = [line for line in (folder / "README.md").read_text(encoding="utf-8").splitlines() if re.match(r"\d", line)]
    assert listed == list(titles.values())


def test_the_table_of_contents_leads_to_every_page() -> None:
    contents = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    linked = {(ROOT / "docs" / target).resolve() for target in re.findall(r"\]\(([^)#]+)", contents)}
    assert {page for page in (ROOT / "docs").glob("*.md") if page.name != "README.md"} <= linked


def test_the_readme_counts_the_languages_that_are_understood() -> None:
    spoken = {path.parent.name.partition("_")[0] for path in ROOT.glob("locales/*/phrases.yaml")} - {"und"}
    counted = re.search(r"any of (\d+) languages", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert counted is not None
    assert int(counted[1]) == len(spoken)


def test_steps_are_numbered_from_one_without_a_gap() -> None:
    for name in ("telegram.md", "slack.md", "run-for-a-team.md", "keep-it-running.md"):
        last = 0
        for line in prose_of(ROOT / "docs" / name).splitlines():
            if line.startswith("#"):
                last = 0
            elif found := re.match(r"(\d+)\. ", line):
                assert int(found[1]) == last + 1, f"{name}: {line}"
                last += 1


def test_the_unit_runs_the_bot_and_gives_it_the_time_that_a_stop_takes() -> None:
    unit = ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's names have capitals
    unit.read(UNIT, encoding="utf-8")
    service = unit["Service"]
    program, verb = service["ExecStart"].split()
    assert program == "/opt/expenseflow/.venv/bin/expenseflow"
    assert verb in command_line.VERBS
    name, _, value = service["Environment"].partition("=")
    assert load_settings({name: value}, Path("/nonexistent")).data_dir == Path("/var/lib") / service["StateDirectory"]
    assert int(service["TimeoutStopSec"]) > STOP_S_MAX + 2
    assert int(service["RestartPreventExitStatus"]) == command_line.STATUS_REFUSED
    assert service["User"] == "expenseflow"
    page = (ROOT / "docs" / "run-for-a-team.md").read_text(encoding="utf-8")
    assert service["EnvironmentFile"] in page
    assert "git clone REPOSITORY /opt/expenseflow" in page


def test_make_finds_what_the_pages_install() -> None:
    planned = subprocess.run(["make", "--dry-run", "install"], cwd=ROOT, check=True, capture_output=True, text=True)
    assert "requirements-dev" not in planned.stdout
