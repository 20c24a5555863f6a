"""Processor time of a text expense, from the update to its card, against a bare echo of the same words."""

import statistics
from dataclasses import dataclass

from scripts.bench.bots import deploy, echo, expenseflow
from scripts.bench.emulated import Chats, emulators
from scripts.bench.figures import Conditions, Figure
from scripts.bench.programs import Program

PEOPLE = 32
ROUNDS = 3
UPDATES_A_ROUND = 320
WARM_UP_UPDATES = 64
RATIO_MAX = 5.0


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
    return [
        Figure(
            name="CPU of a text expense, to its card, durable",
            measured=f"{_cpu(ours):.2f} ms an update ({ratio:.2f} times the echo)",
            beside=f"bare echo {_cpu(echoes):.2f} ms",
            aim=f"at most {RATIO_MAX:g} times",
            reached=ratio <= RATIO_MAX,
        )
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


def _cpu(rounds: list[Spent]) -> float:
    return statistics.median(each.cpu_ms for each in rounds)
