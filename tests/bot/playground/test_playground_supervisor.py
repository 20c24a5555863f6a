"""The bot's supervision, with a small program in the bot's place that says when it is well."""

import asyncio
import contextlib
import os
import select
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from bot.playground.state import Publisher
from bot.playground.status import BotState, Order
from bot.playground.supervisor import SupervisedBot

PATIENT = "import signal; signal.pause()"
FAILING = "import sys; sys.exit('no such luck')"
ROOT = Path(__file__).resolve().parents[3]


class Supervision:
    """A supervised program, and what was reported of it."""

    def __init__(self) -> None:
        self.reports: list[tuple[BotState, str]] = []
        self.news: Publisher[str] = Publisher()
        self.bot: SupervisedBot

    def report(self, state: BotState, sentence: str) -> None:
        self.reports.append((state, sentence))
        self.news.publish(state)

    async def reported(self, *states: BotState) -> list[str]:
        """Waits until these states were reported in this order, forgets them, and returns their sentences."""

        def look() -> list[str] | None:
            seen = iter(self.reports)
            sentences = [next((text for state, text in seen if state == wanted), None) for wanted in states]
            return None if None in sentences else [text or "" for text in sentences]

        sentences = await self.news.wait_until(look, timeout_s=20, what=f"{states} among {self.reports}")
        self.reports.clear()
        return sentences


@asynccontextmanager
async def supervised(program: str, folder: Path) -> AsyncIterator[Supervision]:
    async def health(_: web.Request) -> web.Response:
        return web.Response()

    app = web.Application()
    app.router.add_get("/health/ready", health)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    supervision = Supervision()
    supervision.bot = SupervisedBot(
        [sys.executable, "-S", "-c", program],
        environment={},
        folder=folder,
        log=folder / "bot.log",
        health_url=f"http://127.0.0.1:{runner.addresses[0][1]}/health/ready",
        report=supervision.report,
    )
    running = asyncio.create_task(supervision.bot.run())
    try:
        yield supervision
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await runner.cleanup()


async def test_a_killed_bot_is_started_again(tmp_path: Path) -> None:
    async with supervised(PATIENT, tmp_path) as supervision:
        await supervision.reported("starting", "running")
        supervision.bot.obey(Order.KILL)
        sentences = await supervision.reported("restarting", "running")
        assert sentences[0] == "The bot was killed. It is started again in a moment."


async def test_a_stopped_bot_stays_down_until_it_is_started(tmp_path: Path) -> None:
    async with supervised(PATIENT, tmp_path) as supervision:
        await supervision.reported("starting", "running")
        supervision.bot.obey(Order.STOP)
        await supervision.reported("stopping", "stopped")
        supervision.bot.obey(Order.KILL)  # There is nothing to kill.
        supervision.bot.obey(Order.START)
        await supervision.reported("starting", "running")


async def test_a_bot_that_ends_by_itself_is_started_again_and_its_last_words_are_told(tmp_path: Path) -> None:
    async with supervised(FAILING, tmp_path) as supervision:
        told, again = await supervision.reported("restarting", "restarting")
        assert told == "The bot ended by itself (exit status 1), saying “no such luck”; it is started again."
        assert again == "The bot is starting…"


PARENT = """
import asyncio, sys
from pathlib import Path
from bot.playground.supervisor import start_program

async def main():
    process = await start_program([sys.executable, "-S", "-c", "import signal; signal.pause()"], environment={}, folder=Path())
    print(process.pid, flush=True)
    await process.wait()

asyncio.run(main())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel's tie between parent and child is Linux's")
async def test_no_program_outlives_its_supervisor_however_that_dies() -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    child = os.pidfd_open(int(await parent.stdout.readline()))
    try:
        parent.send_signal(signal.SIGKILL)
        await parent.wait()
        assert await asyncio.to_thread(_ends_within, child, 10_000)
    finally:
        os.close(child)


def _ends_within(process: int, timeout_ms: int) -> bool:
    """Whether the process behind this descriptor has ended, or does within the time."""
    poll = select.poll()
    poll.register(process, select.POLLIN)
    return bool(poll.poll(timeout_ms))
