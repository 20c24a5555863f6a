"""/health/ready of the whole process: 503 with sentences while the store is not migrated or a platform is away."""

import asyncio
import sys
from pathlib import Path

import aiohttp

from bot.settings import load_settings
from bot.wiring import Service
from tests.fixtures.service import RunningService

ROOT = Path(__file__).parents[2]
AWAY = "http://127.0.0.1:9"  # the discard port: nobody listens there


async def test_a_store_that_is_not_migrated_and_platforms_that_are_not_up_are_said(tmp_path: Path) -> None:
    service = Service(
        load_settings(
            {"EXPENSEFLOW_DATA_DIR": str(tmp_path), "EXPENSEFLOW_TELEGRAM_TOKEN": "123456789:" + "A" * 35}, tmp_path
        )
    )
    assert await service.trouble_with_database() == "the database is not at the newest migration"
    assert await service.trouble_with_platforms() == "not started yet"
    await service.stop()


async def test_a_bot_that_serves_is_well(running_bot: RunningService) -> None:
    assert await running_bot.service.trouble_with_database() is None
    assert await running_bot.service.trouble_with_platforms() is None


async def test_the_process_answers_503_while_its_platform_is_away(tmp_path: Path, unused_tcp_port: int) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "run",
        cwd=tmp_path,
        stderr=asyncio.subprocess.DEVNULL,
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "EXPENSEFLOW_DATA_DIR": str(tmp_path / "data"),
            "EXPENSEFLOW_TELEGRAM_TOKEN": "123456789:" + "A" * 35,
            "EXPENSEFLOW_TELEGRAM_API_URL": AWAY,
            "EXPENSEFLOW_HTTP_PORT": str(unused_tcp_port),
        },
    )
    try:
        status, answer = await _ready(unused_tcp_port, until="platforms")
        assert status == 503
        assert set(answer["failed"]) == {"platforms"}
    finally:
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 10) == 0


async def _ready(port: int, *, until: str) -> tuple[int, dict[str, dict[str, str]]]:
    """Ask until the process listens, and nothing but `until` is wrong."""
    async with asyncio.timeout(30), aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}/health/ready") as response:
                    answer = await response.json()
                    if set(answer.get("failed", {})) == {until}:
                        return response.status, answer
            except aiohttp.ClientConnectorError:
                pass  # it does not listen yet
            await asyncio.sleep(0.1)
