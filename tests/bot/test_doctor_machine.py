"""What `expenseflow doctor` finds on a machine: each thing is broken for real."""

import shutil
import socket
import threading
from pathlib import Path

import pytest

from bot.commands.checks.machine import FREE_WARNING_BYTES, folder_findings
from bot.settings import load_settings
from tests.fixtures.command_line import CommandLine
from tests.fixtures.doctor import visit

INIT = ("init", "--name", "Acme", "--currency", "EUR", "--timezone", "Europe/Berlin", "--language", "en")
NOWHERE = {  # nobody answers there, which is another check's business
    "EXPENSEFLOW_TELEGRAM_TOKEN": "7000000001:AAEmulatedTokenOfATest",
    "EXPENSEFLOW_TELEGRAM_API_URL": "http://127.0.0.1:9",
}
ELSEWHERE = ("telegram-token",)


@pytest.fixture
def acme(prepared_command_line: CommandLine) -> CommandLine:
    """A deployment with a workspace, on Telegram; its port is its own."""
    prepared_command_line.answer(*INIT)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    prepared_command_line.environment |= NOWHERE | {"EXPENSEFLOW_HTTP_PORT": str(port)}
    return prepared_command_line


def test_a_deployment_that_nobody_has_hurt_is_well(acme: CommandLine, tmp_path: Path) -> None:
    found = visit(acme)
    assert found.states(*ELSEWHERE) == {}
    assert "served: telegram" in found["settings"]["found"]
    assert str(tmp_path / "data" / "secret_key") in found["secret-key"]["found"]
    assert "nobody answers at" in found["running-bot"]["found"]


def test_the_doctor_changes_nothing(command_line: CommandLine, tmp_path: Path) -> None:
    command_line.environment |= NOWHERE
    found = visit(command_line)
    assert not (tmp_path / "data").exists()
    found.says("data-folder", "warning", "is not there yet", "`expenseflow init` makes it")
    found.says("database", "failing", "there is no database at", "`expenseflow init` makes one")
    assert found["secret-key"]["found"].startswith("none yet")
    assert [name for name, check in found.checks.items() if check["state"] == "skipped"] == [
        "audit-trail", "files", "failed-events", "failed-work", "queues", "telegram-webhook", "telegram-privacy",
    ]  # fmt: skip


def test_settings_that_cannot_be_used_are_told_one_by_one(acme: CommandLine) -> None:
    acme.environment |= {"EXPENSEFLOW_HTTP_PORT": "http", "EXPENSEFLOW_DATABSE_URL": "x"}
    found = visit(acme)
    found.says("settings", "failing", "cannot be used", ".env.example")
    assert sorted(line.partition(":")[0] for line in found["settings"]["details"]) == [
        "EXPENSEFLOW_DATABSE_URL",
        "EXPENSEFLOW_HTTP_PORT",
    ]


def test_without_a_platform_nothing_can_be_served(prepared_command_line: CommandLine) -> None:
    found = visit(prepared_command_line)
    found.says("settings", "failing", "no platform is set up", "set EXPENSEFLOW_TELEGRAM_TOKEN or EXPENSEFLOW_SLACK")


def test_folders_that_cannot_be_written(acme: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "data" / "files").symlink_to("/proc")  # in which even root makes no file
    visit(acme).says("files-folder", "failing", "cannot be written", "make it writable for the user that runs the bot")
    acme.environment["EXPENSEFLOW_DATA_DIR"] = "/proc"
    visit(acme).says("data-folder", "failing", "/proc cannot be written", "set EXPENSEFLOW_DATA_DIR")
    acme.environment["EXPENSEFLOW_DATA_DIR"] = str(tmp_path / "data" / "secret_key" / "below-a-file")
    visit(acme).says("data-folder", "failing", "cannot be written", "set EXPENSEFLOW_DATA_DIR")


def test_a_disk_that_is_nearly_full(tmp_path: Path) -> None:
    """No test may fill the disk: the bound is set beyond what is free instead."""
    settings = load_settings({"EXPENSEFLOW_DATA_DIR": str(tmp_path)}, tmp_path)
    free = shutil.disk_usage(tmp_path).free
    (disk,) = [each for each in folder_findings(settings, failing_bytes=free * 2) if each.check == "disk"]
    assert disk.state == "failing"
    assert "make room" in str(disk.mend)
    (disk,) = [each for each in folder_findings(settings) if each.check == "disk"]
    assert disk.state == ("ok" if free > FREE_WARNING_BYTES else "warning")


def test_a_secret_key_that_is_lost_open_to_others_or_no_key(acme: CommandLine, tmp_path: Path) -> None:
    key = tmp_path / "data" / "secret_key"
    key.chmod(0o644)
    visit(acme).says("secret-key", "warning", f"others may read {key} (mode 0644)", f"chmod 600 {key}")
    whole = key.read_text()
    key.write_text("short")
    found = visit(acme)
    found.says("secret-key", "failing", "holds no key", f"restore {key} from a backup")
    assert found["files"]["state"] == "skipped"
    key.unlink()
    visit(acme).says("secret-key", "failing", "there are books, and no key", "restore the file from a backup")
    acme.environment["EXPENSEFLOW_SECRET_KEY"] = whole.strip()
    assert "EXPENSEFLOW_SECRET_KEY is set" in visit(acme)["secret-key"]["found"]


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="needs Tesseract")
def test_tesseract_that_is_missing_broken_or_lacks_languages(
    acme: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = str(shutil.which("tesseract"))
    installed = next(Path("/usr/share/tesseract-ocr").rglob("eng.traineddata"))
    few = tmp_path / "tessdata"
    few.mkdir()
    (few / "eng.traineddata").symlink_to(installed)
    with monkeypatch.context() as patch:
        patch.setenv("TESSDATA_PREFIX", str(few))
        visit(acme).says("tesseract", "warning", "lacks deu", "sudo apt-get install tesseract-ocr-deu")
        (few / "eng.traineddata").rename(few / "deu.traineddata")
        visit(acme).says("tesseract", "failing", "without English no picture is read", "tesseract-ocr-eng")

    programs = tmp_path / "programs"
    programs.mkdir()
    acme.environment["PATH"] = str(programs)
    visit(acme).says("tesseract", "failing", "not on the PATH", "sudo apt-get install tesseract-ocr tesseract-ocr-eng")
    (programs / "tesseract").write_text("#!/bin/sh\nexit 1\n")
    (programs / "tesseract").chmod(0o755)
    visit(acme).says("tesseract", "failing", "does not work", "install it anew")
    (programs / "tesseract").unlink()
    (programs / "tesseract").symlink_to(here)
    assert visit(acme)["tesseract"]["state"] == "ok"


def test_a_port_that_another_program_has(acme: CommandLine) -> None:
    with socket.create_server(("127.0.0.1", int(acme.environment["EXPENSEFLOW_HTTP_PORT"]))) as other:
        other.settimeout(30)

        def answer() -> None:
            connection, _ = other.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")

        answering = threading.Thread(target=answer)
        answering.start()
        visit(acme).says("running-bot", "failing", "another program answers at", "set EXPENSEFLOW_HTTP_PORT")
        answering.join()


def test_people_read_it_as_lines(acme: CommandLine) -> None:
    done = acme("doctor")
    assert (done.status, done.errors) == (1, "")
    lines = done.answer.splitlines()
    assert lines[0] == "ok       settings          they can be used; served: telegram"
    at = next(place for place, line in enumerate(lines) if line.startswith("failing"))
    assert lines[at].startswith("failing  telegram-token    Telegram does not answer at http://127.0.0.1:9")
    assert any(line.startswith("                     mend: look at this machine's network") for line in lines[at:])
    assert lines[-1] == "1 failing, 2 skipped"
    assert max(map(len, lines)) <= 120
