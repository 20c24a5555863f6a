"""`expenseflow playground` as a person starts and ends it: the programs, the folder, what is kept."""

import asyncio
import json
import os
import re
import select
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from bot.playground.people import CAST

ROOT = Path(__file__).resolve().parents[3]
SET_UP_S_MAX = 90
STOP_S_MAX = 15
EMMA = CAST[0]


class RunningPlayground:
    def __init__(self, process: asyncio.subprocess.Process, address: str, session: ClientSession) -> None:
        self.process = process
        self.address = address
        self.session = session

    async def get(self, path: str, **query: Any) -> Any:
        async with self.session.get(f"{self.address}/control/{path}", params=query) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def post(self, path: str, **body: Any) -> None:
        async with self.session.post(f"{self.address}/control/{path}", json=body) as answer:
            assert answer.status == 200, await answer.text()

    async def texts(self) -> list[str]:
        """What stands in Emma's chat with the bot on Telegram."""
        chat = await self.get("telegram/chat", person=EMMA.telegram_id)
        return [message["text"] for message in chat["messages"]]

    async def until(self, is_so: Any) -> None:
        """Looks again with each event of the page's stream until `is_so()` is true."""
        async with (
            asyncio.timeout(SET_UP_S_MAX),
            self.session.get(f"{self.address}/control/playground/events") as stream,
        ):
            async for line in stream.content:
                if line.startswith(b"event:") and await is_so():
                    return

    async def everybody_is_in(self) -> bool:
        state = await self.get("playground/state")
        assert state["set_up"]["state"] != "failed", state["set_up"]
        return bool(state["set_up"]["state"] == "done" and state["bot"]["state"] == "running")

    def children(self) -> list[int]:
        """Descriptors of the programs that this one has started."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return [os.pidfd_open(int(pid)) for file in tasks for pid in file.read_text().split()]


@asynccontextmanager
async def playground(folder: Path, *arguments: str, **settings: str) -> AsyncIterator[RunningPlayground]:
    command = [sys.executable, "-P", "-m", "bot", "playground", "--port", "0", *arguments]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)} | settings, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        said = (await process.stdout.readline()).decode()
        address = re.search(r"http://\S+", said)
        assert address is not None, said
        async with ClientSession() as session:
            yield RunningPlayground(process, address.group(), session)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def ends_within(process: int, timeout_ms: int) -> bool:
    poll = select.poll()
    poll.register(process, select.POLLIN)
    try:
        return bool(poll.poll(timeout_ms))
    finally:
        os.close(process)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at processes as Linux shows them")
async def test_kept_chats_and_expenses_go_on_after_a_restart(tmp_path: Path) -> None:
    settings = {
        "EXPENSEFLOW_DATA_DIR": str(tmp_path / "var"),
        "EXPENSEFLOW_SECRET_KEY": "not for the playground's bot!!!!!",
    }
    async with playground(tmp_path, "--keep", **settings) as first:
        await first.until(first.everybody_is_in)
        await first.post("telegram/send", person=EMMA.telegram_id, text="taxi 23,50 € yesterday")

        async def has_card() -> bool:
            return any("€23.50" in text for text in await first.texts())

        await first.until(has_card)
        before = await first.texts()
        children = first.children()
        assert len(children) == 2
        first.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(STOP_S_MAX):
            assert await first.process.wait() == 0
        assert all(ends_within(child, 1) for child in children)

    assert not (tmp_path / "var" / "playground" / "data" / "secret_key").read_text().startswith("not for")

    async with playground(tmp_path, "--keep", **settings) as second:
        assert await second.texts() == before
        assert (await second.get("playground/state"))["set_up"]["state"] == "done"
        await second.until(second.everybody_is_in)
        await second.post("telegram/send", person=EMMA.telegram_id, text="/expenses")

        async def lists_it() -> bool:
            return any("23.50" in text for text in (await second.texts())[len(before) :])

        await second.until(lists_it)
        children = second.children()
        second.process.kill()
        await second.process.wait()
        ended = [await asyncio.to_thread(ends_within, child, 10_000) for child in children]
        assert ended == [True, True]


async def refusal(*arguments: str, settings: Mapping[str, str]) -> str:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "playground", *arguments),
        cwd=ROOT,
        env=os.environ | settings,
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    assert process.returncode == 2
    return errors.decode()


async def test_a_port_that_is_taken_is_refused_with_a_sentence() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = await refusal("--port", str(port), settings={})
    assert f"--port: {port} cannot be used" in said


async def test_an_address_that_is_not_of_this_machine_is_refused_with_a_sentence() -> None:
    said = await refusal("--host", "192.0.2.1", settings={})
    assert "--host: 192.0.2.1 is no address to listen on here" in said
    assert said.count("\n") == 1


async def test_on_every_address_as_in_a_container_the_page_still_answers_at_localhost_alone(tmp_path: Path) -> None:
    async with playground(tmp_path, "--host", "0.0.0.0") as opened:  # noqa: S104 - what a container says
        assert opened.address.startswith("http://127.0.0.1:")
        async with opened.session.get(opened.address) as page:
            assert page.status == 200
        async with opened.session.get(
            opened.address.replace("127.0.0.1", "127.0.0.2") + "/control/playground/state"
        ) as far:
            assert far.status == 403


async def test_wrong_settings_are_named() -> None:
    assert "EXPENSEFLOW_DATA_DIR" in await refusal("--keep", settings={"EXPENSEFLOW_DATA_DIR": "what?"})


async def test_the_program_of_the_emulators_tells_its_port_and_tokens_and_ends_on_sigterm(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.playground", "--port", "0", "--state", str(tmp_path / "chats.json")),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    ready = json.loads(await process.stdout.readline())
    assert ready["slack_api_url"].startswith(f"http://127.0.0.1:{ready['port']}/")
    async with ClientSession() as session:
        url = f"{ready['telegram_api_url']}/bot{ready['telegram_token']}/getMe"
        async with session.get(url) as answer:
            assert (await answer.json())["result"]["username"] == "expenseflow_bot"
        poll = asyncio.create_task(session.get(url.replace("getMe", "getUpdates?timeout=50")))
        process.terminate()
        async with asyncio.timeout(5):
            assert await process.wait() == 0
        await asyncio.gather(poll, return_exceptions=True)
    assert "telegram" in json.loads((tmp_path / "chats.json").read_text())
