"""Processor time and wait of a text expense, from the update to its card, against a bare echo of the same words."""

import asyncio
import contextlib
import sqlite3
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

from scripts.bench.bots import deploy, echo, expenseflow
from scripts.bench.emulated import Chats, emulators
from scripts.bench.figures import Conditions, Figure
from scripts.bench.programs import Program

PEOPLE = 32
ROUNDS = 3
UPDATES_A_ROUND = 320
WARM_UP_UPDATES = 64
RATIO_MAX = 5.0
COMMITS = 3
"""What an update commits: that it came in, what became of it, that its card was sent."""
BARE_COMMITS = 300


@dataclass(frozen=True, slots=True)
class Spent:
    """What one round of updates took."""

    cpu_ms: float
    """Of the bot's process and its children, an update."""
    wall_ms: float
    """From the sending to the hearing of the answer, an update, by the median."""


async def measure(conditions: Conditions) -> list[Figure]:
    """Give the processor time of an update, and its ratio to the echo's. Rounds alternate, so that noise meets both."""
    rounds = 1 if conditions.quick else ROUNDS
    async with emulators(conditions.folder) as chats:
        deployment = await deploy(conditions.folder, chats)
        async with expenseflow(deployment):
            admin = await chats.newcomer("Ada")
            await chats.start(admin, deployment.admin_code)
            people = await chats.invited(admin, PEOPLE)
        echoes, ours = [], []
        for _ in range(rounds):
            async with echo(conditions.folder, chats, admin) as program:
                echoes.append(await _spend(program, chats, people))
            async with expenseflow(deployment) as program:
                ours.append(await _spend(program, chats, people))
    ratio = _cpu(ours) / _cpu(echoes)
    commit_ms = await asyncio.to_thread(_commit_ms, conditions.folder / "bare.db")
    floor_ms = _wall(echoes) + COMMITS * commit_ms
    return [
        Figure(
            name="CPU of a text expense, to its card, durable",
            measured=f"{_cpu(ours):.2f} ms an update ({ratio:.2f} times the echo)",
            beside=f"bare echo {_cpu(echoes):.2f} ms",
            aim=f"at most {RATIO_MAX:g} times",
            reached=ratio <= RATIO_MAX,
        ),
        Figure(
            name="Wait for the card of a text expense, one at a time",
            measured=f"{_wall(ours):.1f} ms ({_wall(ours) / floor_ms:.2f} times the floor)",
            beside=f"echo {_wall(echoes):.1f} ms and {COMMITS} bare commits of {commit_ms:.1f} ms: {floor_ms:.1f} ms",
        ),
    ]


async def _spend(program: Program, chats: Chats, people: list[int]) -> Spent:
    """Have people write in turn, each waiting for the answer; what comes first, and is done once, is not counted."""
    for number in range(WARM_UP_UPDATES):
        await chats.say(people[number % len(people)], words(number))
    before = program.cpu_s()
    waited = [await chats.wait_ms(people[number % len(people)], words(number)) for number in range(UPDATES_A_ROUND)]
    cpu_s = program.cpu_s() - before
    return Spent(cpu_s * 1000 / UPDATES_A_ROUND, statistics.median(waited))


def words(number: int) -> str:
    """Return the sentence of an update; the amounts differ, as they do in life."""
    return f"taxi {number % 90 + 10},50 € yesterday"


def _commit_ms(file: Path) -> float:
    """Return what a bare transaction of one row takes, written through to the disk as ours are, by the median."""
    took_ms = []
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE bare (words TEXT)")
        for number in range(BARE_COMMITS):
            began = time.perf_counter()
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO bare VALUES (?)", (words(number),))
            connection.execute("COMMIT")
            took_ms.append((time.perf_counter() - began) * 1000)
    return statistics.median(took_ms)


def _wall(rounds: list[Spent]) -> float:
    return statistics.median(each.wall_ms for each in rounds)


def _cpu(rounds: list[Spent]) -> float:
    return statistics.median(each.cpu_ms for each in rounds)
