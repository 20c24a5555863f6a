"""Bots on other people's libraries, from npm: installed from their lock, run by Node, ended with the test.

The installation is kept in pytest's cache until the lock changes: the first costs about 14 s, the others nothing.
"""

import asyncio
import fcntl
import hashlib
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

BOTS = Path(__file__).parent / "bots"
INSTALL_TIMEOUT_S = 300
END_TIMEOUT_S = 20

# What npm says when nobody answers where packages are fetched from.
UNREACHABLE = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "ERR_SOCKET_TIMEOUT")

RunBot = Callable[[str, dict[str, str]], AbstractAsyncContextManager[None]]
"""Runs a file of bots/ with these variables until the block ends."""


@pytest.fixture(scope="session")
def installed_bots(request: pytest.FixtureRequest) -> Path:
    """The folder of bots/ with the packages of its lock."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("needs Node.js and npm (scripts/system_packages.sh installs them)")
    assert request.config.cache is not None
    cache = request.config.cache.mkdir("foreign-bots")
    version = hashlib.sha256((BOTS / "package-lock.json").read_bytes()).hexdigest()[:16]
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the other workers' tests wait for the one installation
        folder = cache / version
        if not folder.is_dir():
            _install(cache / "unfinished", folder)
    shutil.copytree(BOTS, folder, dirs_exist_ok=True)
    return folder


def _install(working: Path, folder: Path) -> None:
    shutil.rmtree(working, ignore_errors=True)
    shutil.copytree(BOTS, working)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
    made = subprocess.run(command, cwd=working, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S, check=False)
    if made.returncode and any(reason in made.stderr for reason in UNREACHABLE):
        pytest.skip("needs the packages of tests/foreign/bots, and npm cannot fetch them from here")
    assert made.returncode == 0, made.stderr
    working.rename(folder)


@pytest.fixture
def run_bot(installed_bots: Path) -> RunBot:
    """Each bot ends by itself when its standard input does, also when the tests are killed; it must end well.

    What it writes is shown with the test that fails: pytest captures what the processes below it write.
    """

    @asynccontextmanager
    async def run(file: str, environment: dict[str, str]) -> AsyncIterator[None]:
        node = shutil.which("node") or "node"
        bot = await asyncio.create_subprocess_exec(
            node, installed_bots / file, env=environment, stdin=asyncio.subprocess.PIPE
        )
        assert bot.stdin is not None
        try:
            yield
            bot.stdin.close()
            async with asyncio.timeout(END_TIMEOUT_S):
                status = await bot.wait()
        finally:
            if bot.returncode is None:
                bot.kill()
                await bot.wait()
        assert status == 0, f"{file} ended with status {status}; what it said stands below"

    return run
