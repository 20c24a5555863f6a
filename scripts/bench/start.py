"""How long `expenseflow run` takes to serve both platforms, and how much memory it holds when nobody writes."""

import asyncio
import statistics

from scripts.bench.bots import SLACK, TELEGRAM, deploy
from scripts.bench.emulated import emulators
from scripts.bench.figures import Conditions, Figure
from scripts.bench.programs import running, until_ready

STARTS = 5
IDLE_S = 3.0
START_S_MAX = 3.0
MEMORY_MIB_MAX = 160.0


async def measure(conditions: Conditions) -> list[Figure]:
    """Give the time from the start of the process to its being ready, and its resident memory a moment later."""
    seconds, memory_mib = [], []
    async with emulators(conditions.folder) as chats:
        deployment = await deploy(conditions.folder, chats, TELEGRAM + SLACK)
        for _ in range(1 if conditions.quick else STARTS):
            async with running(["bot", "run"], deployment.folder, deployment.settings) as program:
                seconds.append(await until_ready(program, deployment.ready_url))
                await asyncio.sleep(IDLE_S)
                memory_mib.append(program.memory_mib())
    took_s, held_mib = statistics.median(seconds), statistics.median(memory_mib)
    return [
        Figure(
            name="Start of both platforms, to ready",
            measured=f"{took_s:.2f} s",
            aim=f"at most {START_S_MAX:g} s",
            reached=took_s <= START_S_MAX,
        ),
        Figure(
            name="Memory when idle, both platforms",
            measured=f"{held_mib:.0f} MiB",
            aim=f"at most {MEMORY_MIB_MAX:g} MiB",
            reached=held_mib <= MEMORY_MIB_MAX,
        ),
    ]
