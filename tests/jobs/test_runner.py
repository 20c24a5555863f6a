"""The runner on both databases: work is done once, tried again with pauses that grow, given up with a word, never lost."""

import asyncio
import errno
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from core.queue.queries import Work
from core.queue.service import enqueue, finish
from core.queue.tables import WorkRow
from core.store.database import Database
from jobs.runner import RETRY_FIRST_S, RETRY_MAX_S, EmbeddedRunner, Job, TryAgain
from tests.fixtures.clock import FakeClock
from tests.fixtures.people import actor

KIND = "count"
WAIT_S = 30.0
LEASE_S = 60
ATTEMPTS_MAX = 8


@dataclass
class Factory:
    """A kind of work that is counted. `trouble`: what its attempts end with, one after the other, then it is done."""

    database: Database
    clock: FakeClock
    trouble: list[Exception] = field(default_factory=list)
    acts: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    cannot_tell: bool = False
    acted: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.opened.set()

    async def act(self, work: Work) -> None:
        name = str(work.payload["name"])
        self.acts.append(name)
        self.acted.set()
        await self.opened.wait()
        if self.trouble:
            raise self.trouble.pop(0)
        async with self.database.write(actor(operation="act")) as uow:
            if await finish(uow, work.id):
                self.done.append(name)

    async def give_up(self, _work: Work, why: str) -> None:
        self.given_up.append(why)
        if self.cannot_tell:
            raise LookupError("nobody is left to tell")

    def process(self) -> EmbeddedRunner:
        job = Job(act=self.act, give_up=self.give_up, lease_s=LEASE_S, attempts_max=ATTEMPTS_MAX, at_once_max=3)
        return EmbeddedRunner(self.database, {KIND: job})

    async def order(self, *names: str) -> None:
        async with self.database.write(actor(operation="order")) as uow:
            for name in names:
                await enqueue(uow, KIND, f"{KIND}:{name}", {"name": name}, dedupe_key=name)

    async def rows(self) -> list[WorkRow]:
        async with self.database.read(actor()) as uow:
            return list(await uow.session.scalars(select(WorkRow).order_by(WorkRow.lane)))

    async def until(self, look: Callable[[list[WorkRow]], bool]) -> None:
        async with asyncio.timeout(WAIT_S):
            while not look(await self.rows()):  # noqa: ASYNC110 - a commit sets no event that a test could wait for
                await asyncio.sleep(0.005)

    async def attempt(self) -> datetime:
        """Have a process try the one work once, as soon as it is due; return when it is due next."""
        (before,) = await self.rows()
        self.clock.time = max(self.clock.time, before.due_at)
        process = self.process()
        await process.start()
        await self.until(lambda rows: bool(rows[0].done_at or rows[0].due_at != before.due_at))
        await process.stop(within_s=0)
        return (await self.rows())[0].due_at


@pytest.fixture
def factory(database: Database, clock: FakeClock) -> Factory:
    return Factory(database=database, clock=clock)


async def test_two_processes_do_each_work_once_between_them(factory: Factory) -> None:
    names = [f"{number:02}" for number in range(30)]
    first, second = factory.process(), factory.process()
    await asyncio.gather(first.start(), second.start())
    await factory.order(*names)
    await factory.until(lambda rows: all(row.done_at for row in rows))
    await asyncio.gather(first.stop(WAIT_S), second.stop(WAIT_S))
    assert sorted(factory.acts) == sorted(factory.done) == names


async def test_the_same_order_twice_is_one_work(factory: Factory) -> None:
    await factory.order("once")
    await factory.order("once")
    assert len(await factory.rows()) == 1


async def test_pauses_between_attempts_grow_and_then_it_is_given_up_once(factory: Factory) -> None:
    factory.trouble = [RuntimeError("a fault") for _ in range(20)]
    await factory.order("doomed")
    pauses = []
    for _ in range(ATTEMPTS_MAX - 1):
        due_at = await factory.attempt()
        pauses.append((due_at - factory.clock.now()).total_seconds())
    assert pauses == [min(RETRY_MAX_S, RETRY_FIRST_S * 2**at) for at in range(ATTEMPTS_MAX - 1)]
    assert factory.given_up == []
    await factory.attempt()
    process = factory.process()
    await process.start()
    await process.stop(WAIT_S)
    assert factory.given_up == ["RuntimeError"]
    assert len(factory.acts) == ATTEMPTS_MAX
    (row,) = await factory.rows()
    assert (row.failure, row.attempts) == ("RuntimeError", ATTEMPTS_MAX)


async def test_what_is_given_up_ends_also_when_nobody_can_be_told(factory: Factory) -> None:
    factory.trouble = [RuntimeError("a fault") for _ in range(20)]
    factory.cannot_tell = True
    await factory.order("doomed")
    for _ in range(ATTEMPTS_MAX):
        await factory.attempt()
    (row,) = await factory.rows()
    assert row.done_at is not None
    assert (row.failure, factory.given_up) == ("RuntimeError", ["RuntimeError"])


async def test_a_wait_is_no_attempt_and_its_pauses_grow_with_its_age(factory: Factory) -> None:
    factory.trouble = [TryAgain("away", counts=False) for _ in range(20)]
    await factory.order("patient")
    pauses = []
    for _ in range(20):
        due_at = await factory.attempt()
        pauses.append((due_at - factory.clock.now()).total_seconds())
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (RETRY_FIRST_S, RETRY_MAX_S)
    assert (await factory.rows())[0].attempts == 0
    await factory.attempt()
    assert (factory.done, factory.given_up) == (["patient"], [])


async def test_a_full_disk_is_no_attempt(factory: Factory) -> None:
    factory.trouble = [OSError(errno.ENOSPC, "No space left on device") for _ in range(2 * ATTEMPTS_MAX)]
    await factory.order("picture")
    for _ in range(2 * ATTEMPTS_MAX + 1):
        await factory.attempt()
    assert (factory.done, factory.given_up) == (["picture"], [])
    assert (await factory.rows())[0].attempts == 1, "the one that did it"


async def test_a_job_may_say_when_it_is_tried_again(factory: Factory) -> None:
    factory.trouble = [TryAgain("soon", after_s=0.5)]
    await factory.order("soon")
    due_at = await factory.attempt()
    assert due_at - factory.clock.now() == timedelta(seconds=0.5)


async def test_a_fault_in_one_work_holds_no_other(factory: Factory) -> None:
    factory.trouble = [RuntimeError("a fault")]
    await factory.order("a", "b", "c")
    process = factory.process()
    await process.start()
    await factory.until(lambda rows: sum(row.done_at is not None for row in rows) == 2)
    await process.stop(within_s=0)
    assert len(factory.done) == 2


async def test_a_stop_lets_work_finish_and_begins_nothing_new(factory: Factory) -> None:
    await factory.order("under way")
    factory.opened.clear()
    process = factory.process()
    await process.start()
    await factory.acted.wait()
    stopping = asyncio.create_task(process.stop(WAIT_S))
    await asyncio.sleep(0)
    await factory.order("later")
    factory.opened.set()
    await stopping
    assert factory.done == ["under way"]
    other = factory.process()
    await other.start()
    await factory.until(lambda rows: all(row.done_at for row in rows))
    await other.stop(WAIT_S)
    assert factory.done == ["under way", "later"]


async def test_what_a_stop_interrupts_is_done_by_another_process_at_once(factory: Factory) -> None:
    await factory.order("long")
    factory.opened.clear()
    process = factory.process()
    await process.start()
    await factory.acted.wait()
    await process.stop(within_s=0)
    factory.opened.set()
    other = factory.process()
    await other.start()
    await factory.until(lambda rows: all(row.done_at for row in rows))
    await other.stop(WAIT_S)
    assert (factory.acts, factory.done) == (["long", "long"], ["long"])
