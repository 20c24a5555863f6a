"""The programs that are measured, each a process of its own, and what the operating system says of them."""

import asyncio
import json
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import psutil

from bot.playground.supervisor import end_program, start_program
from bot.settings import environment_for

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
READY_S_MAX = 60.0
READY_INTERVAL_S = 0.02
STOP_S_MAX = 10.0
LAST_WORDS_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class Program:
    """A running program."""

    process: psutil.Process
    log: Path

    def cpu_s(self) -> float:
        """Return the processor seconds, user and system, that it and all its children have taken until now."""
        own = self.process.cpu_times()
        spent = own.user + own.system + own.children_user + own.children_system
        for child in self.process.children(recursive=True):
            try:
                times = child.cpu_times()
            except psutil.NoSuchProcess:  # it has ended just now, and stands in its parent's account
                continue
            spent += times.user + times.system
        return float(spent)

    def memory_mib(self) -> float:
        """Return the resident memory of it and all its children."""
        programs = [self.process, *self.process.children(recursive=True)]
        return float(sum(program.memory_info().rss for program in programs)) / 2**20


@asynccontextmanager
async def running(
    arguments: Sequence[str], folder: Path, settings: Mapping[str, str] | None = None
) -> AsyncIterator[Program]:
    """Run a Python module while the block runs: its output goes to a file in `folder`. `settings`: of ExpenseFlow."""
    log = folder / "log"
    with log.open("wb") as output:
        process = await start_program(
            _python(arguments),
            environment=_environment(settings or {}),
            folder=folder,
            stdout=output.fileno(),
            stderr=output.fileno(),
        )
    try:
        yield Program(psutil.Process(process.pid), log)
    finally:
        await end_program(process, within_s=STOP_S_MAX)


async def said_by(arguments: Sequence[str], folder: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """Run a Python module to its end and return the JSON object that is the last line it prints."""
    process = await start_program(
        _python(arguments), environment=_environment(settings), folder=folder, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments)} ended with {process.returncode}")
    last: dict[str, str] = json.loads(output.decode().strip().splitlines()[-1])
    return last


async def until_ready(program: Program, url: str) -> float:
    """Return how many seconds it takes from now until a program's page answers 200. Raises TimeoutError, RuntimeError."""
    began = time.perf_counter()
    async with asyncio.timeout(READY_S_MAX), aiohttp.ClientSession() as session:
        while True:
            if not program.process.is_running():
                raise RuntimeError(
                    f"the program ended: {program.log.read_text(encoding='utf-8')[-LAST_WORDS_CHARACTERS:]}"
                )
            try:
                async with session.get(url) as answer:
                    if answer.status == 200:
                        return time.perf_counter() - began
            except aiohttp.ClientConnectionError:
                pass  # it does not listen yet
            await asyncio.sleep(READY_INTERVAL_S)


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _python(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-P", "-m", *arguments]


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    return environment_for(settings) | {"PYTHONPATH": str(ROOT)}
