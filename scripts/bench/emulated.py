"""The emulated platforms, a process of their own, and the people who write there."""

import asyncio
import base64
import json
import re
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bot.playground.supervisor import end_program, start_program
from scripts.bench.programs import ROOT, STOP_S_MAX

ANSWER_S_MAX = 30.0
_CODE = re.compile(r"[?&]start=([A-Za-z0-9_-]+)")


@dataclass(frozen=True, slots=True)
class Said:
    """A message as it came into a chat, and when we heard of it: seconds of a clock that only goes on."""

    message_id: int
    heard_at: float


class Chats:
    """What the people of an emulated Telegram do, and hear, over the emulators' own HTTP interface."""

    def __init__(self, session: aiohttp.ClientSession, url: str, settings: dict[str, str]) -> None:
        self._session = session
        self._url = url
        self._heard: dict[str, asyncio.Queue[Said]] = {}
        self.settings = settings

    async def act(self, action: str, **body: Any) -> dict[str, Any]:
        """Have a person do something: an action of bot/playground/telegram/control.py. Raises RuntimeError when refused."""
        async with self._session.post(f"{self._url}/control/telegram/{action}", json=body) as answer:
            said: dict[str, Any] = await answer.json()
            if answer.status != 200:
                raise RuntimeError(f"{action}: {said.get('error')}")
            return said

    async def on_slack(self, action: str, **body: Any) -> dict[str, Any]:
        """Have a person do something on the emulated Slack. Raises RuntimeError when refused."""
        async with self._session.post(f"{self._url}/control/slack/{action}", json=body) as answer:
            said: dict[str, Any] = await answer.json()
            if answer.status != 200:
                raise RuntimeError(f"{action}: {said.get('error')}")
            return said

    async def sample(self) -> str:
        """Return the first of the playground's sample receipts, in base 64."""
        async with self._session.get(f"{self._url}/control/playground/samples") as listed:
            key = (await listed.json())[0]["key"]
        async with self._session.get(f"{self._url}/control/playground/samples/{key}") as picture:
            return base64.b64encode(await picture.read()).decode()

    async def newcomer(self, name: str) -> int:
        """Return the id of a person who was not there before."""
        return int((await self.act("person", first_name=name))["id"])

    async def say(self, person: int, text: str) -> Said:
        """Send a text to the bot and return the bot's next message. Raises TimeoutError after ANSWER_S_MAX."""
        heard = self._forget(person)
        sent = int((await self.act("send", person=person, text=text))["id"])
        return await self._answer_after(heard, sent)

    async def wait_ms(self, person: int, text: str) -> float:
        """Send a text to the bot and return how many milliseconds its answer takes."""
        began = time.perf_counter()
        return ((await self.say(person, text)).heard_at - began) * 1000

    async def start(self, person: int, code: str | None = None) -> Said:
        """Press Start, with the code of an invitation, and return the bot's answer."""
        heard = self._forget(person)
        sent = int((await self.act("start", person=person, payload=code))["id"])
        return await self._answer_after(heard, sent)

    async def text_of(self, person: int, message_id: int) -> str:
        """Return a message of a person's chat with the bot, as words and links."""
        async with self._session.get(f"{self._url}/control/telegram/chat", params={"person": str(person)}) as answer:
            messages = (await answer.json())["messages"]
        return json.dumps(next(message for message in messages if message["id"] == message_id), ensure_ascii=False)

    async def invited(self, admin: int, count: int) -> list[int]:
        """Return so many new people, each let in as an employee by an invitation of the admin's."""
        people = []
        for number in range(count):
            answer = await self.say(admin, "/invite employee")
            code = _CODE.search(await self.text_of(admin, answer.message_id))
            if code is None:
                raise RuntimeError("the bot answered an /invite without a link")
            person = await self.newcomer(f"Person {number + 1}")
            await self.start(person, code.group(1))
            people.append(person)
        return people

    def _forget(self, person: int) -> "asyncio.Queue[Said]":
        self._heard[str(person)] = asyncio.Queue()
        return self._heard[str(person)]

    async def _answer_after(self, heard: "asyncio.Queue[Said]", sent: int) -> Said:
        async with asyncio.timeout(ANSWER_S_MAX):
            while (said := await heard.get()).message_id <= sent:
                pass
        return said

    async def listen(self, listening: asyncio.Event) -> None:
        """Hear of every new message until this is cancelled."""
        timeout = aiohttp.ClientTimeout(total=None)
        async with self._session.get(f"{self._url}/control/playground/events", timeout=timeout) as stream:
            async for line in stream.content:
                if line.startswith(b"event: ready"):
                    listening.set()
                if not line.startswith(b'data: {"platform": "telegram"'):
                    continue
                self._hear(json.loads(line.removeprefix(b"data: ")))

    def _hear(self, change: dict[str, Any]) -> None:
        heard = self._heard.get(str(change.get("chat")))
        if heard is not None and change.get("kind") == "message":
            heard.put_nowait(Said(int(change["message_id"]), time.perf_counter()))


@asynccontextmanager
async def emulators(folder: Path) -> AsyncIterator[Chats]:
    """Run the emulators while the block runs."""
    arguments = [sys.executable, "-P", "-m", "bot.playground", "--port", "0"]
    process = await start_program(
        arguments, environment={"PYTHONPATH": str(ROOT)}, folder=folder, stdout=asyncio.subprocess.PIPE
    )
    try:
        if process.stdout is None:
            raise RuntimeError("the emulators were started without a pipe")
        ready = json.loads(await process.stdout.readline())
        settings = {name: ready[name] for name in ready if name.startswith(("telegram_", "slack_"))}
        async with aiohttp.ClientSession() as session:
            chats = Chats(session, ready["url"], settings)
            listening = asyncio.Event()
            hearing = asyncio.create_task(chats.listen(listening))
            await listening.wait()
            try:
                yield chats
            finally:
                hearing.cancel()
                await asyncio.gather(hearing, return_exceptions=True)
    finally:
        await end_program(process, within_s=STOP_S_MAX)
