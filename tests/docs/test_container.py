"""The image and its compose file, held to the project without a Docker engine: paths, commands, variables, ports."""

import asyncio
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.__main__ import VERBS
from bot.commands import playground
from bot.settings import FILE_SUFFIX, PREFIX, Settings, load_settings, variable_of
from bot.web.app import web_app
from bot.web.health import health_routes
from bot.web.server import serving
from bot.wiring import STOP_S_MAX
from core.receipts.tesseract import LANGUAGES
from tests.docs.copies import copy_tree, lend_environment
from tests.docs.dockerfile import Stage, read_dockerfile

ROOT = Path(__file__).resolve().parents[2]
BUILD, FINAL = read_dockerfile(ROOT / "Dockerfile")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service["image"] == "expenseflow"]
TREE = "/opt/expenseflow"


def copied_from_here(stage: Stage) -> list[str]:
    return [source for each in stage.all("COPY") if "from" not in each.flags for source in each.words[:-1]]


def settings_of(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(PREFIX)}


# ---- the image ----


def test_what_is_copied_exists_and_is_all_that_a_running_bot_needs() -> None:
    copied = copied_from_here(BUILD)
    assert [path for path in copied if not (ROOT / path).exists()] == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = {pattern.rstrip("*") for pattern in project["tool"]["setuptools"]["packages"]["find"]["include"]}
    assert packages <= set(copied)
    assert "locales" in copied
    assert copied_from_here(FINAL) == [], "the second stage takes everything from the first"
    (tree,) = FINAL.all("COPY")
    assert (tree.flags, tree.words) == ({"from": BUILD.name}, [TREE, TREE])
    assert BUILD.only("WORKDIR").rest == TREE


def test_nothing_else_is_sent_to_the_engine() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*", "what nobody named stays outside: databases, .env, history"
    assert {rule.removeprefix("!") for rule in rules if rule.startswith("!")} == set(copied_from_here(BUILD))


def test_both_stages_have_one_python_that_the_project_is_for_and_the_lock_has_wheels_for() -> None:
    assert BUILD.image == FINAL.image
    found = re.fullmatch(r"python:3\.(\d+)-slim-bookworm", FINAL.image)
    assert found is not None
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    assert int(found[1]) >= int(wanted.removeprefix(">=3."))
    lock = (ROOT / "uv.lock").read_text(encoding="utf-8")
    assert f"cp3{found[1]}-manylinux" in lock
    (installed,) = [each.rest for each in BUILD.all("RUN") if " install " in each.rest and "pip" in each.rest]
    assert {"--require-hashes", "--no-deps", "--without-pip"} <= set(installed.split())
    assert "--only-binary :all:" in installed
    assert not re.search(r"gcc|build-essential|-dev\b", " ".join(each.rest for each in BUILD.all("RUN")))
    assert "pip uninstall" in FINAL.only("RUN").rest


def test_tesseract_reads_the_languages_that_the_bot_knows_and_make_installs() -> None:
    packages = set(FINAL.only("RUN").rest.partition("--no-install-recommends")[2].partition("&&")[0].split())
    script = (ROOT / "scripts" / "system_packages.sh").read_text(encoding="utf-8")
    made = re.search(r"^TESSERACT_LANGUAGES=\(([a-z ]+)\)$", script, re.MULTILINE)
    assert made is not None
    assert set(made[1].split()) == set(LANGUAGES.values())
    assert packages == {"tini", "tesseract-ocr", *(f"tesseract-ocr-{language}" for language in made[1].split())}
    assert "rm -rf /var/lib/apt/lists/*" in FINAL.only("RUN").rest


def test_its_variables_are_settings_that_load_and_its_ports_are_the_programs_own() -> None:
    settings = load_settings(settings_of(FINAL.environment), Path("/nonexistent"))
    assert settings.data_dir == Path(FINAL.only("VOLUME").rest) == Path(FINAL.only("WORKDIR").rest)
    assert f"install --directory --mode 700 --owner expenseflow --group expenseflow {settings.data_dir}" in (
        FINAL.only("RUN").rest
    )
    assert settings.http_host == "0.0.0.0"  # noqa: S104 - a container's own network
    assert settings.http_port == Settings.model_fields["http_port"].default
    assert FINAL.only("EXPOSE").words == [str(settings.http_port), str(playground.PORT_DEFAULT)]


def test_it_runs_as_somebody_without_rights_who_is_made_before() -> None:
    instructions = [each.name for each in FINAL.instructions]
    assert FINAL.only("USER").rest == "expenseflow"
    assert re.search(r"useradd --system --uid \d{5} --user-group .* expenseflow &&", FINAL.only("RUN").rest)
    assert instructions.index("RUN") < instructions.index("USER") < instructions.index("ENTRYPOINT")


def test_what_the_first_stage_makes_of_the_tree_runs_by_its_command(tmp_path: Path) -> None:
    """Its second RUN is run as it stands, in a tree of what was copied before; the environment is a lent one. 4 s."""
    tree = tmp_path / TREE.lstrip("/")
    copy_tree(tree, set(copied_from_here(BUILD)) - {"requirements.txt"})
    lend_environment(tree)
    for catalogue in tree.glob("locales/*/LC_MESSAGES/*.mo"):
        catalogue.unlink()
    subprocess.run(["sh", "-euc", BUILD.all("RUN")[1].rest], cwd=tree, check=True, capture_output=True)
    assert not (tree / "scripts").exists()
    catalogues = list(tree.glob("locales/*/LC_MESSAGES/*.po"))
    assert catalogues
    assert [path for path in catalogues if not path.with_suffix(".mo").stat().st_size] == []
    assert list(tree.glob("bot/__pycache__/wiring.*.pyc"))

    *starter, program = FINAL.only("ENTRYPOINT").words
    assert starter == ["tini", "--"]
    assert FINAL.environment["PATH"] == f"{TREE}/.venv/bin:$PATH"
    for verb in ([], FINAL.only("CMD").words):
        command = [str(tree / ".venv" / "bin" / program), *verb, "--help"]
        said = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
        assert "Usage: expenseflow" in said
    assert FINAL.only("CMD").words[0] in VERBS


# ---- health ----


async def _well() -> str | None:
    return None


async def _ill() -> str | None:
    return "the database does not answer"


def ask(test: list[str], port: int, asked: int) -> int:
    """Run a health check's command against another port; return its exit status."""
    command = [word.replace(f":{asked}/", f":{port}/") for word in test[1:]]
    environment = os.environ | {variable_of("http_port"): str(port), "PATH": f"{Path(sys.executable).parent}:/bin"}
    return subprocess.run(command, env=environment, check=False, capture_output=True, timeout=20).returncode


@pytest.mark.parametrize(
    ("test", "check", "status"),
    [
        (["CMD", *FINAL.only("HEALTHCHECK").words], _well, 0),
        (["CMD", *FINAL.only("HEALTHCHECK").words], _ill, 0),
        (SERVICES["bot"]["healthcheck"]["test"], _well, 0),
        (SERVICES["bot"]["healthcheck"]["test"], _ill, 1),
    ],
    ids=["image-well", "image-ill-but-alive", "compose-well", "compose-ill"],
)
async def test_a_health_check_tells_what_it_is_for(
    test: list[str], check: Callable[[], Awaitable[str | None]], status: int
) -> None:
    async with serving(web_app(health_routes({"database": check})), "127.0.0.1", 0) as port:
        assert await asyncio.to_thread(ask, test, port, 8080) == status
    assert await asyncio.to_thread(ask, test, port, 8080) == 1, "nobody is there any more"


# ---- compose ----


def test_without_a_word_compose_opens_the_playground_on_this_machine() -> None:
    assert [name for name, service in SERVICES.items() if "profiles" not in service] == ["playground"]
    service = SERVICES["playground"]
    assert service["command"][0] in VERBS
    assert "--host" in service["command"], "nothing outside would reach a loopback address inside"
    assert int(service["command"][-1]) == playground.PORT_DEFAULT
    assert "env_file" not in service, "the tokens of a real bot are none of its business"


def test_every_profile_brings_what_it_needs() -> None:
    profiles = {name: set(service.get("profiles", [])) for name, service in SERVICES.items()}
    assert {profile for each in profiles.values() for profile in each} == {"bot", "postgresql"}
    for name, service in SERVICES.items():
        for needed, how in service.get("depends_on", {}).items():
            assert profiles[name] <= profiles[needed]
            if how["condition"] == "service_healthy":
                assert SERVICES[needed]["healthcheck"]["test"]


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_open_to_this_machine_alone(name: str) -> None:
    for published in SERVICES[name].get("ports", []):
        host, outside, inside = published.split(":")
        assert host == "127.0.0.1"
        assert outside == inside
        assert inside in FINAL.only("EXPOSE").words


@pytest.mark.parametrize("name", SERVICES)
def test_volumes_are_declared_and_every_one_is_used(name: str) -> None:
    used = {mounted.split(":")[0] for mounted in SERVICES[name].get("volumes", [])}
    assert used <= set(COMPOSE["volumes"])
    everybody = {each.split(":")[0] for service in SERVICES.values() for each in service.get("volumes", [])}
    assert everybody == set(COMPOSE["volumes"])


@pytest.mark.parametrize("name", [name for name in OURS if "env_file" in SERVICES[name]])
def test_the_bots_variables_are_settings_and_its_data_lie_in_a_volume(name: str) -> None:
    service = SERVICES[name]
    fields = {variable_of(field) for field in Settings.model_fields}
    assert {variable.removesuffix(FILE_SUFFIX) for variable in service["environment"]} <= fields
    mounted = dict(each.split(":")[:2][::-1] for each in service["volumes"])
    assert service["environment"][variable_of("data_dir")] in mounted
    named = [path for variable, path in service["environment"].items() if variable.endswith(FILE_SUFFIX)]
    assert all(str(Path(path).parent) in mounted for path in named)
    assert service["env_file"] == [{"path": ".env", "required": False}]
    assert service["read_only"]
    assert "/tmp" in service["tmpfs"]  # noqa: S108 - workers keep pages there
    assert f":{service['environment'][variable_of('http_port')]}/health/" in service["healthcheck"]["test"][-1]


def test_a_variable_of_the_machines_env_file_does_not_collide_with_the_one_that_names_a_file(tmp_path: Path) -> None:
    environment: dict[str, str] = SERVICES["bot-on-postgresql"]["environment"]
    secret = tmp_path / "database_url"
    secret.write_text("postgresql://expenseflow:a@postgresql/expenseflow", encoding="utf-8")
    of_env_file = {variable_of("database_url"): "sqlite:////elsewhere.db", variable_of("http_host"): "127.0.0.1"}
    given = of_env_file | environment | {f"{variable_of('database_url')}{FILE_SUFFIX}": str(secret)}
    settings = load_settings(given, tmp_path)
    assert settings.database_url == "postgresql+psycopg://expenseflow:a@postgresql/expenseflow"
    assert settings.http_host == "0.0.0.0"  # noqa: S104 - a container's own network


def test_the_password_of_postgresql_is_made_once_and_is_the_one_that_the_bot_uses(tmp_path: Path) -> None:
    service = SERVICES["secrets"]
    (folder,) = service["environment"].values()
    assert [mounted.split(":")[1] for mounted in service["volumes"]] == [folder]

    def make() -> tuple[str, str]:
        script = service["command"][0].replace("$$", "$")
        subprocess.run(
            [*service["entrypoint"], script], env={"SECRETS": str(tmp_path), "PATH": "/usr/bin:/bin"}, check=True
        )
        return (tmp_path / "postgresql_password").read_text(), (tmp_path / "database_url").read_text()

    password, url = make()
    assert re.fullmatch("[0-9a-f]{48}", password)
    assert make() == (password, url), "a second start keeps it"
    settings = load_settings({variable_of("database_url"): url}, tmp_path)
    postgresql = SERVICES["postgresql"]["environment"]
    user, database = postgresql["POSTGRES_USER"], postgresql["POSTGRES_DB"]
    assert settings.database_url == f"postgresql+psycopg://{user}:{password}@postgresql/{database}"
    assert postgresql["POSTGRES_PASSWORD_FILE"] == f"{folder}/postgresql_password"
    assert SERVICES["bot-on-postgresql"]["environment"][f"{variable_of('database_url')}{FILE_SUFFIX}"] == (
        f"{folder}/database_url"
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["database_url", "postgresql_password"]


def test_a_stop_waits_until_the_bot_has_stopped() -> None:
    for name in OURS:
        if "env_file" in SERVICES[name]:
            assert int(SERVICES[name]["stop_grace_period"].removesuffix("s")) > STOP_S_MAX + 2
