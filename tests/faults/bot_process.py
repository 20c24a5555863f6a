"""The bot as a process that is killed by plan and started again, and the plans."""

import asyncio
import json
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = Path(__file__).with_name("killable_bot.py")
STOP_S_MAX = 10.0

POINTS = {
    "before-inbox-commit": "before the inbox commit",
    "after-inbox-commit": "between commit and acknowledgement",
    "before-acknowledgement": "between commit and acknowledgement",
    "transaction-before-commit": "inside the transaction",
    "after-commit-before-send": "between commit and send",
    "after-send-before-mark": "between send and mark",
}
PLACES = tuple(dict.fromkeys(POINTS.values()))


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Die at a hit of a point, counted from the start of the process."""

    point: str
    hits: int


@dataclass(frozen=True, kw_only=True)
class Killed:
    """What a process said when it died. `sending`: messages that may have been sent and were not marked as sent."""

    point: str
    sending: int
    life: int


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How often a bot is killed in how many updates, of how many people."""

    kills: int
    updates: int
    people: int = 10


FULL = Scale(kills=20, updates=1000)
SHORT = Scale(kills=6, updates=250, people=5)
"""Every place once at least, in a fourth of the time: what runs with every change."""


def draw_plans(seed: int, *, kills: int, updates: int) -> list[Plan]:
    """Return as many plans, spread evenly over the places, which strike within nine tenths of the updates."""
    draw = random.Random(seed)  # noqa: S311 - plans come back with their seed
    places = [PLACES[at % len(PLACES)] for at in range(kills)]
    draw.shuffle(places)
    mean = updates * 0.75 / kills
    plans = []
    for place in places:
        point = draw.choice([point for point, name in POINTS.items() if name == place])
        plans.append(Plan(point=point, hits=draw.randint(int(mean * 0.5), int(mean * 1.5))))
    return plans


@dataclass
class KillableBot:
    """Lives of the bot, one after the other."""

    environment: dict[str, str]
    folder: Path
    killed: list[Killed] = field(default_factory=list)
    lives: int = 0
    _program: asyncio.subprocess.Process | None = None
    _pid: int = 0

    async def open(self) -> None:
        """Start the program."""
        with (self.folder / "bot.log").open("wb") as log:
            self._program = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                str(PROGRAM),
                cwd=self.folder,
                env=os.environ | {"PYTHONPATH": str(ROOT)} | self.environment,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )

    async def live(self, plan: Plan | None) -> int:
        """Run the bot until it is gone; return its exit status, or minus a signal's number."""
        assert self._program is not None
        assert self._program.stdin is not None
        self.lives += 1
        line = {"point": plan.point, "hits": plan.hits} if plan else {"point": None, "hits": 0}
        self._program.stdin.write(json.dumps(line).encode() + b"\n")
        while True:
            said = await self._next()
            if "point" in said:
                self.killed.append(Killed(point=said["point"], sending=said["sending"], life=self.lives))
            elif "pid" in said:
                self._pid = said["pid"]
            else:
                self._pid = 0
                return int(said["status"])

    async def _next(self) -> dict[str, Any]:
        assert self._program is not None
        assert self._program.stdout is not None
        line = await self._program.stdout.readline()
        assert line, f"the program ended: {self.log()[-2000:]}"
        said: dict[str, Any] = json.loads(line)
        return said

    def terminate(self) -> None:
        """Ask the living bot to stop."""
        os.kill(self._pid, signal.SIGTERM)

    def log(self) -> str:
        """Return what all lives have logged."""
        return (self.folder / "bot.log").read_text()

    async def close(self) -> None:
        """End whatever still lives."""
        if self._program is None:
            return
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
        if self._program.stdin is not None:
            self._program.stdin.close()
        await self._program.wait()

    async def lives_by(self, plans: Sequence[Plan]) -> int:
        """Live through all plans and then until it is told to stop; return the last exit status."""
        for plan in plans:
            status = await self.live(plan)
            assert status == -signal.SIGKILL, f"the bot ended with {status}: {self.log()[-2000:]}"
        return await self.live(None)

    def hits(self) -> Counter[str]:
        """Return how many kills struck at each point."""
        return Counter(killed.point for killed in self.killed)


@asynccontextmanager
async def killed_by_plan(bot: KillableBot, plans: Sequence[Plan]) -> AsyncIterator[None]:
    """Have the bot live and die while the block runs; at its end the kills are over, and the bot stops as it should."""
    await bot.open()
    living = asyncio.create_task(bot.lives_by(plans))
    try:
        working = asyncio.current_task()
        assert working is not None

        def give_up(ended: "asyncio.Task[int]") -> None:
            if not ended.cancelled() and ended.exception() is not None:
                working.cancel()

        living.add_done_callback(give_up)
        try:
            yield
        except asyncio.CancelledError:
            if living.done():
                living.result()
            raise
        living.remove_done_callback(give_up)
        assert bot.lives == len(plans) + 1, f"only {bot.lives - 1} of {len(plans)} kills struck"
        bot.terminate()
        assert await asyncio.wait_for(living, STOP_S_MAX) == 0
    finally:
        living.cancel()
        await asyncio.gather(living, return_exceptions=True)
        await bot.close()
