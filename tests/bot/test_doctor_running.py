"""`expenseflow doctor` beside a running bot: all is well; what was given up is listed, tried again, and then answered."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.playground.state import Fault, Rule
from bot.playground.telegram.people import Person
from core.identity.rules import Role
from core.kernel.clock import SystemClock
from core.store.alone import ENDING, ServedAlready, alone_with, served_by
from handlers.registry import Handler, registry
from handlers.replies import Replies, Send, say
from handlers.text import text
from handlers.turn import Turn
from tests.fixtures.clock import FakeClock
from tests.fixtures.command_line import ROOT, CommandLine
from tests.fixtures.databases import Template
from tests.fixtures.doctor import Visit, visit_of
from tests.fixtures.service import RunningService, running_service
from tests.fixtures.web_front import served_over_http

TRIES_S_MAX = 20.0


class Patient:
    """A running bot whose operator has a doctor: the clock is the machine's, and moves on when a test says."""

    def __init__(self, running: RunningService, clock: FakeClock, address: str) -> None:
        self.running = running
        self.clock = clock
        environment = {
            "EXPENSEFLOW_DATA_DIR": str(running.folder),
            "EXPENSEFLOW_HTTP_PORT": address.rpartition(":")[2],
        }
        self.command_line = CommandLine(running.folder, running.environment | environment)

    async def visit(self) -> Visit:
        return visit_of(await asyncio.to_thread(self.command_line.process, "doctor", "--json"))

    async def run(self, *arguments: str) -> str:
        done = await asyncio.to_thread(self.command_line.process, "doctor", *arguments)
        assert (done.status, done.errors) == (0, "")
        return done.answer

    async def employee(self, name: str) -> Person:
        person = self.running.telegram.add_person(name)
        await person.start(await self.running.make_code(Role.EMPLOYEE))
        await self.running.settled()
        return person


@asynccontextmanager
async def doctored(folder: Path, template: Template) -> AsyncIterator[Patient]:
    clock = FakeClock(SystemClock().now())
    async with (
        running_service(folder, template, clock=clock) as running,
        served_over_http(running) as address,
    ):
        await running.make_workspace()
        yield Patient(running, clock, address)


@pytest.fixture
async def patient(tmp_path: Path, template: Template) -> AsyncIterator[Patient]:
    """A running bot with a workspace, that serves its pages; on either database in turn."""
    async with doctored(tmp_path / "bot", template) as made:
        yield made


async def test_a_running_bot_is_well(patient: Patient) -> None:
    mia = await patient.employee("Mia")
    await mia.send_text("taxi 23.50")
    await patient.running.settled()
    found = await patient.visit()
    assert found.status == "ok", found
    assert found["running-bot"]["found"].startswith("ready at http://127.0.0.1:")
    assert found["settings"]["found"].endswith("served: telegram, slack")
    assert {"telegram-token", "slack-scopes", "tesseract", "audit-trail", "queues"} <= set(found.checks)
    assert (await patient.run()).splitlines()[-1] == "All is well."


async def test_a_bot_that_is_not_ready_says_why(patient: Patient) -> None:
    await patient.running.service.connections[0].stop()
    found = await patient.visit()
    found.says("running-bot", "failing", "not ready, by its own word", "see to what it says")
    assert found["running-bot"]["details"] == ["platforms: Telegram: not polling"]


@contextmanager
def declared(name: str, handler: Handler) -> Iterator[None]:
    registry.command(name)(handler)
    try:
        yield
    finally:
        del registry.commands[name]


async def poison(turn: Turn[Any]) -> Replies:
    raise ZeroDivisionError("the poison of a test")


async def cure(turn: Turn[Any]) -> Replies:
    return (Send(say(text("form.cancelled"))),)


async def test_an_event_that_was_given_up_is_answered_once_it_is_tried_again(patient: Patient) -> None:
    mia = await patient.employee("Mia")
    with declared("poison", poison):
        await mia.send_text("/poison")
        async with asyncio.timeout(TRIES_S_MAX):
            while not mia.messages()[-1].from_bot:
                await asyncio.sleep(0.02)  # nothing tells when an attempt has failed
                patient.clock.advance(timedelta(seconds=1))
                await patient.running.service.intake.sweep()
        await patient.running.settled()
    (told,) = [message.text for message in mia.messages() if message.from_bot and "error" in message.text.lower()]
    found = await patient.visit()
    found.says("failed-events", "failing", "1 event given up", "expenseflow doctor --retry ID")
    failure_id = found["failed-events"]["details"][0].split()[0]
    assert failure_id in told

    with declared("poison", cure):
        assert "is tried again" in await patient.run("--retry", failure_id)
        patient.clock.advance(timedelta(seconds=60))
        await patient.running.service.intake.sweep()
        await patient.running.settled()
    assert mia.messages()[-1].from_bot
    assert mia.messages()[-1].text != told
    assert (await patient.visit()).states() == {}


async def test_a_message_that_was_refused_is_sent_once_it_is_tried_again(patient: Patient) -> None:
    mia = await patient.employee("Mia")
    patient.running.telegram.misbehaviour.add(Rule(method="sendMessage", fault=Fault.SERVER_ERROR, status=400))
    await mia.send_text("taxi 23.50")
    await patient.running.settled()
    found = await patient.visit()
    found.says("failed-work", "warning", "1 message or job given up", "expenseflow doctor --retry ID")
    work_id = found["failed-work"]["details"][0].split()[0]
    await patient.run("--retry", work_id)
    patient.clock.advance(timedelta(seconds=60))
    await patient.running.service.delivery.sweep()
    await patient.running.settled()
    assert "€23.50" in mia.messages()[-1].text
    assert (await patient.visit()).states() == {}


def run_bot(folder: Path, environment: dict[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "bot", "run"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_second_process_on_the_same_file_is_refused_and_the_doctor_knows_the_first(
    sqlite_command_line: CommandLine, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = sqlite_command_line.environment | {
        "EXPENSEFLOW_TELEGRAM_TOKEN": "7000000001:AAEmulatedTokenOfATest",
        "EXPENSEFLOW_TELEGRAM_API_URL": "http://127.0.0.1:9",  # nobody: it waits for Telegram for as long as it runs
        "EXPENSEFLOW_HTTP_PORT": str(port),
    }
    sqlite_command_line.environment |= environment | {"EXPENSEFLOW_HTTP_PORT": "0"}
    file = tmp_path / "data" / "expenseflow.db"
    bot = run_bot(tmp_path, environment)
    try:
        assert bot.stderr is not None
        assert json.loads(bot.stderr.readline())  # it has begun
        assert served_by(file) == str(bot.pid)
        assert sqlite_command_line.process("run").errors.splitlines()[-1] == (
            f"EXPENSEFLOW_DATA_DIR: {file} is served by another process already ({bot.pid})."
            " Stop it, or set another folder."
        )
        elsewhere = CommandLine(tmp_path, environment | {"EXPENSEFLOW_HTTP_PORT": str(port + 1)})
        found = visit_of(elsewhere.process("doctor", "--json"))
        found.says("running-bot", "warning", f"process {bot.pid} serves the database", "another EXPENSEFLOW_HTTP_PORT")
        bot.send_signal(signal.SIGKILL)
        bot.wait()
        assert served_by(file) is None
    finally:
        bot.kill()
        bot.communicate()


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_served(command_line: CommandLine) -> None:
    command_line.environment |= {
        "EXPENSEFLOW_TELEGRAM_TOKEN": "7000000001:AAEmulatedTokenOfATest",
        "EXPENSEFLOW_DATA_DIR": "/proc/1",
    }
    done = command_line.process("run")
    assert done.status == 2
    assert done.errors.startswith("EXPENSEFLOW_DATA_DIR: /proc/1/expenseflow.db.lock cannot be written")


def test_the_lock_is_let_go_of_and_tells_who_holds_it(tmp_path: Path) -> None:
    file = tmp_path / "books.db"
    assert served_by(file) is None
    assert not file.with_name(file.name + ENDING).exists(), "looking made something"
    with alone_with(file):
        assert served_by(file) == str(os.getpid())
        with pytest.raises(ServedAlready, match=str(os.getpid())), alone_with(file):
            pytest.fail("two hold it")
    assert served_by(file) is None
    with alone_with(file):
        pass
