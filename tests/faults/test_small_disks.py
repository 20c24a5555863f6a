"""A disk that is really full, under `expenseflow run` as a process of its own: see small_disk.py.

About 10 s a disk, half of it starting Python.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.playground.slack.emulator import SlackEmulator
from bot.playground.slack.forms import visible_text
from bot.playground.slack.settings import SlackSettings
from tests.faults.books import Books
from tests.faults.bot_process import ROOT, STOP_S_MAX
from tests.faults.deployment import deploy
from tests.faults.small_disk import SmallDisk, small_disk, ways
from tests.fixtures.databases import SqliteTemplate, sqlite_url
from tests.fixtures.slack_emulator import free_port, running_slack
from tests.fixtures.telegram_emulator import TOKEN, running_telegram

IMPATIENT = SlackSettings(acknowledge_timeout_s=1.0, retry_delays_s=(0.1, 600.0, 600.0))
WAIT_S = 60.0
LOOK_EVERY_S = 0.1
TOLD = "can’t store anything"


@dataclass(kw_only=True)
class BotOnDisk:
    """`expenseflow run` with its data on a small disk."""

    disk: SmallDisk
    folder: Path
    environment: dict[str, str]
    port: int = field(default_factory=free_port)
    log: list[dict[str, Any]] = field(default_factory=list)
    _process: asyncio.subprocess.Process | None = None

    @property
    def settings(self) -> dict[str, str]:
        own = {"EXPENSEFLOW_DATA_DIR": str(self.folder), "EXPENSEFLOW_HTTP_PORT": str(self.port)}
        return os.environ | {"PYTHONPATH": str(ROOT)} | self.environment | own

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run it until the block ends; it ends as it should."""
        command = self.disk.inside(sys.executable, "-P", "-m", "bot", "run")
        self._process = await asyncio.create_subprocess_exec(
            *command, cwd=self.folder.parent, env=self.settings, stderr=asyncio.subprocess.PIPE
        )
        reading = asyncio.create_task(self._read_log())
        try:
            yield
            self._process.terminate()
            assert await asyncio.wait_for(self._process.wait(), STOP_S_MAX) == 0
        finally:
            if self._process.returncode is None:
                self._process.kill()
            await reading

    async def _read_log(self) -> None:
        assert self._process is not None
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            self.log.append(json.loads(line))

    def verb(self, *arguments: str) -> str:
        """Run another verb on the same disk; return its answer."""
        command = self.disk.inside(sys.executable, "-P", "-m", "bot", *arguments)
        done = subprocess.run(
            command,
            cwd=self.folder.parent,
            env=self.settings,
            check=False,
            capture_output=True,
            text=True,
            timeout=WAIT_S,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    async def ready(self) -> int:
        """Return the status of /health/ready; 0 where nobody answers yet."""
        try:
            async with (
                aiohttp.ClientSession() as client,
                client.get(f"http://127.0.0.1:{self.port}/health/ready") as answer,
            ):
                return answer.status
        except aiohttp.ClientConnectionError:
            return 0

    async def until_ready_is(self, status: int) -> None:
        async with asyncio.timeout(WAIT_S):
            while await self.ready() != status:  # noqa: ASYNC110 - another process's state, asked for as others do
                await asyncio.sleep(LOOK_EVERY_S)


@pytest.mark.parametrize("way", ways())
async def test_a_full_disk_under_a_running_bot(way: str, tmp_path: Path, sqlite_template: SqliteTemplate) -> None:
    slack = SlackEmulator(IMPATIENT)
    ben = slack.add_person("UBEN", "ben", "Ben")
    async with running_telegram() as server, running_slack(slack) as slack_server:
        environment = {
            "EXPENSEFLOW_TELEGRAM_TOKEN": TOKEN,
            "EXPENSEFLOW_TELEGRAM_API_URL": f"{server.url}/telegram",
            "EXPENSEFLOW_SLACK_BOT_TOKEN": IMPATIENT.bot_token,
            "EXPENSEFLOW_SLACK_APP_TOKEN": IMPATIENT.app_token,
            "EXPENSEFLOW_SLACK_API_URL": slack_server.api_url,
        }
        deployment = await deploy(tmp_path / "prepared", sqlite_template, environment, employees=2)
        with small_disk(way) as disk:
            bot = BotOnDisk(disk=disk, folder=tmp_path / "disk", environment=deployment.environment)
            disk.prepare(bot.folder, deployment.folder)
            async with bot.running():
                await bot.until_ready_is(200)
                mia = server.anna
                await mia.start(deployment.employee_codes[0])
                await ben.command("/expense", f"start {deployment.employee_codes[1]}")
                await mia.send_text("taxi 1 eur")
                await mia.wait_for_message(lambda each: "€1.00" in each.text, timeout_s=WAIT_S)

                disk.fill(bot.folder, bot.pid)
                for amount in (2, 4):
                    await mia.send_text(f"taxi {amount} eur")
                ben.send_text("dm", "taxi 8 eur")
                await mia.wait_for_message(lambda each: TOLD in each.text, timeout_s=WAIT_S)
                await ben.wait_for_message("dm", TOLD, timeout_s=WAIT_S)
                await bot.until_ready_is(503)
                exported = await asyncio.to_thread(bot.verb, "export", "expenses")
                assert [row["amount"] for row in json.loads(exported)] == ["1.00"]
                assert "23.5" in await asyncio.to_thread(bot.verb, "understand", "taxi 23.50 eur")

                disk.clear(bot.folder, bot.pid)
                await bot.until_ready_is(200)
                await slack.retry_now()
                await mia.wait_for_message(lambda each: "€4.00" in each.text, timeout_s=WAIT_S)
                await ben.wait_for_message("dm", "€8.00", timeout_s=WAIT_S)
            told = [each.text for each in mia.messages() if TOLD in each.text]
            told += [visible_text(each) for each in ben.messages() if TOLD in visible_text(each)]
            assert len(told) == 2, "each person once"
            left = shutil.copytree(disk.seen(bot.folder), tmp_path / "left")  # SQLite itself finds nothing behind /proc
            books = Books(url=sqlite_url(left / "expenseflow.db"))
            amounts = sorted(row["amount_minor"] // 100 for row in books.rows("SELECT amount_minor FROM expenses"))
            assert amounts == [1, 2, 4, 8]
            assert books.left_over() == []
            assert books.untraced() == []
