"""How soon Slack's commands are acknowledged over the socket while two receipts are being read all the time."""

import asyncio
import statistics
import time

from scripts.bench.bots import SLACK, TELEGRAM, deploy, expenseflow
from scripts.bench.emulated import Chats, emulators
from scripts.bench.figures import Conditions, Figure

ADMIN, READER, SENDERS = "U05ADA", "U03MARA", ("U01EMMA", "U02JONAS")
SECONDS = 30.0
QUICK_SECONDS = 5.0
RECEIPTS_A_PERSON = 12
"""More than are read while it is measured: two are under way all the time."""
ACKNOWLEDGED_MS_MAX = 300.0


async def measure(conditions: Conditions) -> list[Figure]:
    """Give the 99th percentile of the time to the acknowledgement."""
    lasting_s = QUICK_SECONDS if conditions.quick else SECONDS
    async with emulators(conditions.folder) as chats:
        deployment = await deploy(conditions.folder, chats, TELEGRAM + SLACK)
        async with expenseflow(deployment):
            await _command(chats, ADMIN, f"start {deployment.admin_code}")
            for person in (READER, *SENDERS):
                await _command(chats, person, "help")
            receipt = await chats.sample()
            for _ in range(RECEIPTS_A_PERSON):
                for person in SENDERS:
                    await chats.on_slack("files", person=person, files=[["receipt.jpg", receipt]], text="")
            waits, until = [], time.perf_counter() + lasting_s
            while time.perf_counter() < until:
                began = time.perf_counter()
                await _command(chats, READER, "help")
                waits.append((time.perf_counter() - began) * 1000)
                await asyncio.sleep(0.02)
    cuts = statistics.quantiles(waits, n=100)
    return [
        Figure(
            name="Slack's acknowledgement while receipts are read, p99",
            measured=f"{cuts[98]:.0f} ms of {len(waits)} commands (p50 {cuts[49]:.0f} ms)",
            beside="the emulator's own part is in it",
            aim=f"at most {ACKNOWLEDGED_MS_MAX:g} ms",
            reached=cuts[98] <= ACKNOWLEDGED_MS_MAX,
        )
    ]


async def _command(chats: Chats, person: str, text: str) -> None:
    answer = await chats.on_slack("command", person=person, command="/expense", text=text)
    if answer.get("outcome") != "acknowledged":
        raise RuntimeError(f"/expense {text}: {answer}")
