"""Runs the two programs behind the page: the emulators, and the bot, which is started again whenever it dies.

Neither may outlive this process: the emulators' program watches its input pipe, and on Linux the kernel ends both when
their parent dies, however it dies.
"""

import asyncio
import contextlib
import ctypes
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path

import aiohttp

from bot.playground.state import Json
from bot.playground.status import BotState, Order

BOT_STOP_S_MAX = 10.0
"""How long the bot may take to end when it is asked to; then it is killed. Its own promise is the same."""
EMULATORS_STOP_S_MAX = 4.0
RESTART_DELAYS_S = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Before the first, second, … start after a death. The last one is repeated."""
KILL_RESTART_DELAY_S = 2.0
"""After a kill from the page: long enough to see that the bot is gone, and to write to it meanwhile."""
STEADY_S = 20.0
"""A bot that has lived so long is well: the delays begin anew with its next death."""
READINESS_INTERVAL_S = 0.2
LAST_WORDS_CHARACTERS_MAX = 300

STOPPED = "The bot is stopped. Messages wait for it; Slack's commands and taps fail until it is back."

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def _dies_with_parent() -> Callable[[], None] | None:
    """What a child runs between fork and exec, so that the kernel kills it when this process is gone."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def tie() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # It was gone already.
            os._exit(1)

    return tie


async def start_program(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    folder: Path,
    stdin: int | None = asyncio.subprocess.DEVNULL,
    stdout: int | None = asyncio.subprocess.DEVNULL,
    stderr: int | None = None,
) -> asyncio.subprocess.Process:
    """Starts a program in a session of its own, so that Ctrl-C reaches the supervisor alone, which ends all in order.

    The folder must hold no `.env`: the bot would read it.
    """
    return await asyncio.create_subprocess_exec(
        *arguments,
        env=dict(environment),
        cwd=folder,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        start_new_session=True,
        preexec_fn=_dies_with_parent(),
    )


async def end_program(process: asyncio.subprocess.Process, *, within_s: float) -> None:
    """Asks it to end, and kills it when it does not."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(within_s):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


class Emulators:
    """The emulators' program, and the talk with it (`bot.playground.supervision`)."""

    def __init__(self, said: asyncio.StreamReader, told: asyncio.StreamWriter) -> None:
        self._said = said
        self._told = told

    @classmethod
    @contextlib.asynccontextmanager
    async def running(
        cls, arguments: Sequence[str], *, environment: Mapping[str, str], folder: Path
    ) -> AsyncIterator["Emulators"]:
        """Runs it while the block runs."""
        process = await start_program(
            arguments,
            environment=environment,
            folder=folder,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            if process.stdout is None or process.stdin is None:
                raise RuntimeError("the emulators' program was started without pipes")
            yield cls(process.stdout, process.stdin)
        finally:
            await end_program(process, within_s=EMULATORS_STOP_S_MAX)

    async def next_line(self) -> Json | None:
        """What it says next; None when it has ended."""
        line = await self._said.readline()
        said: Json | None = json.loads(line) if line else None
        return said

    def tell(self, message: Json) -> None:
        """One line to it; nothing when it has ended."""
        if not self._told.is_closing():
            self._told.write(json.dumps(message).encode() + b"\n")


class SupervisedBot:
    """The bot as a service manager runs it: started, watched, started again. Orders come from the page.

    report: is told each change as a state and a sentence. health_url: answers 200 when the bot serves everybody.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        log: Path,
        health_url: str,
        report: Callable[[BotState, str], None],
    ) -> None:
        self._arguments = arguments
        self._environment = environment
        self._folder = folder
        self._log = log
        self._health_url = health_url
        self._report = report
        self._process: asyncio.subprocess.Process | None = None
        self._wanted = asyncio.Event()
        self._wanted.set()
        self._was_killed = False

    def obey(self, order: Order) -> None:
        """Does what a person at the page wants. An order that changes nothing is no mistake."""
        match order:
            case Order.START:
                self._wanted.set()
            case Order.STOP:
                self._wanted.clear()
                self._signal(signal.SIGTERM)
                if self._process is not None:
                    self._report("stopping", "The bot finishes what it has begun…")
            case Order.KILL:
                self._was_killed = self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> bool:
        if self._process is None or self._process.returncode is not None:
            return False
        self._process.send_signal(number)
        return True

    async def run(self) -> None:
        """Runs the bot until this is cancelled; then ends it."""
        deaths = 0
        state: BotState = "starting"
        while True:
            if not self._wanted.is_set():
                self._report("stopped", STOPPED)
                await self._wanted.wait()
                deaths, state = 0, "starting"
            began = time.monotonic()
            code = await self._run_once(state)
            deaths = 1 if time.monotonic() - began > STEADY_S else deaths + 1
            state = "restarting"
            if self._wanted.is_set():
                await self._mourn(code, deaths)

    async def _mourn(self, code: int, deaths: int) -> None:
        """Tells how the bot ended, and waits before the next start."""
        if self._was_killed:
            self._was_killed = False
            self._report("restarting", "The bot was killed. It is started again in a moment.")
            await asyncio.sleep(KILL_RESTART_DELAY_S)
            return
        how = f"signal {-code}" if code < 0 else f"exit status {code}"
        said = await asyncio.to_thread(_last_words, self._log)
        self._report("restarting", f"The bot ended by itself ({how}){said}; it is started again.")
        await asyncio.sleep(RESTART_DELAYS_S[min(deaths, len(RESTART_DELAYS_S)) - 1])

    async def _run_once(self, state: BotState) -> int:
        """One life of the bot. Returns its exit status, negative for a signal."""
        self._report(state, "The bot is starting…")
        # In a thread, the file would be left open when this is cancelled meanwhile.
        with self._log.open("ab") as log:
            process = await start_program(
                self._arguments,
                environment=self._environment,
                folder=self._folder,
                stdout=log.fileno(),
                stderr=log.fileno(),
            )
        self._process = process
        readiness = asyncio.create_task(self._report_readiness())
        try:
            return await process.wait()
        finally:
            readiness.cancel()
            await end_program(process, within_s=BOT_STOP_S_MAX)
            self._process = None

    async def _report_readiness(self) -> None:
        timeout = aiohttp.ClientTimeout(total=2.0)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                    async with session.get(self._health_url) as answer:
                        if answer.status == 200:
                            self._report("running", "The bot is running.")
                            return
                await asyncio.sleep(READINESS_INTERVAL_S)


def _last_words(log: Path) -> str:
    """The end of the log in a few words, as the end of a sentence. Lines of JSON tell their event or its exception."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    if not lines:
        return ""
    words = lines[-1]
    with contextlib.suppress(json.JSONDecodeError, AttributeError):
        line = json.loads(words)
        words = str(line.get("exception") or line.get("event") or words).strip().splitlines()[-1]
    return f", saying “{words[:LAST_WORDS_CHARACTERS_MAX]}”"
