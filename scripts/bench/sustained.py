"""How many text expenses a second go through while 32 people write at once, each as soon as the last card is there."""

import asyncio
import statistics
import time

from scripts.bench.bots import deploy, expenseflow
from scripts.bench.cpu import PEOPLE, words
from scripts.bench.emulated import Chats, emulators
from scripts.bench.figures import Conditions, Figure

SECONDS = 60.0
QUICK_SECONDS = 5.0
TELEGRAM_MESSAGES_A_SECOND_MAX = 30
"""What Telegram lets a bot send in all, and the bot keeps to: nothing goes faster."""


async def measure(conditions: Conditions) -> list[Figure]:
    """Give the rate, and how long people wait for their cards."""
    lasting_s = QUICK_SECONDS if conditions.quick else SECONDS
    async with emulators(conditions.folder) as chats:
        deployment = await deploy(conditions.folder, chats)
        async with expenseflow(deployment):
            admin = await chats.newcomer("Ada")
            await chats.start(admin, deployment.admin_code)
            people = await chats.invited(admin, PEOPLE)
            began = time.perf_counter()
            waits = await asyncio.gather(*(_write(chats, person, began + lasting_s) for person in people))
            took_s = time.perf_counter() - began
    waited_ms = [wait for of_one in waits for wait in of_one]
    cuts = statistics.quantiles(waited_ms, n=100)
    return [
        Figure(
            name=f"{PEOPLE} chats for {lasting_s:.0f} s, each waiting for its card",
            measured=f"{len(waited_ms) / took_s:.1f} updates a second; p50 {cuts[49]:.0f} ms, p95 {cuts[94]:.0f} ms,"
            f" p99 {cuts[98]:.0f} ms",
            beside=f"Telegram allows {TELEGRAM_MESSAGES_A_SECOND_MAX} messages a second",
        )
    ]


async def _write(chats: Chats, person: int, until: float) -> list[float]:
    waited_ms: list[float] = []
    while time.perf_counter() < until:
        waited_ms.append(await chats.wait_ms(person, words(len(waited_ms))))
    return waited_ms
