"""Durable work: once per key, in the order of commits within a lane, by one owner at a time."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from core.kernel.errors import DomainError
from core.queue import queries, service
from core.queue.queries import Work
from core.queue.tables import WorkRow
from core.store.database import Database
from tests.fixtures.clock import FakeClock
from tests.fixtures.people import actor


async def enqueue(database: Database, lane: str, *words: str, dedupe_key: str | None = None) -> None:
    async with database.write(actor(trace_id="7f3a")) as uow:
        for word in words:
            await service.enqueue(uow, "message", lane, {"word": word}, dedupe_key=dedupe_key)


async def first(database: Database, lane: str) -> Work:
    async with database.read(actor()) as uow:
        work = await queries.first_open(uow, lane)
    assert work is not None
    return work


async def drain(database: Database, lane: str) -> list[str]:
    """Do everything in a lane, one after the other; return the words in the order in which they were done."""
    done: list[str] = []
    while True:
        async with database.write(actor()) as uow:
            work = await queries.first_open(uow, lane)
            if work is None:
                return done
            assert await service.finish(uow, work.id)
        done.append(work.payload["word"])


async def test_a_lane_is_worked_off_in_order_and_lanes_do_not_mix(database: Database) -> None:
    heard: list[str] = []
    database.listen("message", heard.append)
    await enqueue(database, "mia", "one", "two", "three")
    await enqueue(database, "tom", "other")
    assert heard == ["mia", "tom"]
    async with database.read(actor()) as uow:
        assert sorted(await queries.open_lanes(uow, "message")) == ["mia", "tom"]
        assert await queries.open_lanes(uow, "job") == []
    assert (await first(database, "mia")).trace_id == "7f3a"
    assert await drain(database, "mia") == ["one", "two", "three"]
    async with database.read(actor()) as uow:
        assert await queries.open_lanes(uow, "message") == ["tom"]


async def test_finding_the_next_work_does_not_pass_all_that_a_lane_ever_did(sqlite_database: Database) -> None:
    """A chat's lane holds everything that was ever sent there: at 10,000 messages, 2 ms a look against 0.005 ms."""
    found = "SELECT * FROM work_queue WHERE lane = 'mia' AND done_at IS NULL ORDER BY position LIMIT 1"
    async with sqlite_database.reader.connect() as connection:
        plan = (await connection.execute(text(f"EXPLAIN QUERY PLAN {found}"))).all()
    assert [row.detail for row in plan] == [
        "SEARCH work_queue USING INDEX ix_work_queue_lane_open (lane=? AND done_at=?)"
    ]


async def test_the_same_key_is_queued_once_also_when_the_first_is_done(database: Database) -> None:
    await enqueue(database, "mia", "first", dedupe_key="reminder 1")
    await enqueue(database, "mia", "again", dedupe_key="reminder 1")
    await enqueue(database, "mia", "other", dedupe_key="reminder 2")
    assert await drain(database, "mia") == ["first", "other"]
    await enqueue(database, "mia", "again", dedupe_key="reminder 1")
    assert await drain(database, "mia") == []


async def test_the_same_key_from_many_at_once_is_queued_once(database: Database) -> None:
    words = [f"replica {number}" for number in range(8)]
    await asyncio.gather(*(enqueue(database, "mia", word, dedupe_key="tick") for word in words))
    assert len(await drain(database, "mia")) == 1


@pytest.mark.postgres
async def test_positions_follow_the_order_of_commits_and_not_of_beginnings(postgresql_database: Database) -> None:
    """Who asks for a place first and commits last stands last, or else a message would overtake an earlier one."""
    committed: list[str] = []
    both_began = asyncio.Barrier(2)

    async def queue(word: str, slow: asyncio.Event) -> None:
        async with postgresql_database.write(actor()) as uow:
            await uow.session.execute(text("SELECT 1"))  # the transaction has begun
            await both_began.wait()
            await slow.wait()
            await service.enqueue(uow, "message", "mia", {"word": word})
        committed.append(word)

    begin_first, begin_second = asyncio.Event(), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(queue("began first", begin_first))
        second = tasks.create_task(queue("began second", begin_second))
        begin_second.set()
        await second
        begin_first.set()
    assert committed == ["began second", "began first"]
    assert await drain(postgresql_database, "mia") == committed


@pytest.mark.postgres
async def test_who_writes_to_two_people_in_another_order_waits_for_nobody(postgresql_database: Database) -> None:
    """Taking places at once, one of the two was ended by PostgreSQL each time: deadlock detected."""
    both_queued = asyncio.Barrier(2)

    async def queue(*lanes: str) -> None:
        async with postgresql_database.write(actor()) as uow:
            for lane in lanes:
                await service.enqueue(uow, "message", lane, {"word": lane})
                await both_queued.wait()

    await asyncio.gather(queue("mia", "tom"), queue("tom", "mia"))
    assert await drain(postgresql_database, "mia") == ["mia"] * 2
    assert await drain(postgresql_database, "tom") == ["tom"] * 2


async def test_many_writers_leave_no_two_in_the_same_place(database: Database) -> None:
    words = [str(number) for number in range(40)]
    await asyncio.gather(*(enqueue(database, "mia", word) for word in words))
    async with database.read(actor()) as uow:
        positions = list(await uow.session.scalars(select(WorkRow.position).order_by(WorkRow.position)))
    assert positions == list(range(1, 41))
    assert sorted(await drain(database, "mia")) == sorted(words)


async def test_a_piece_of_work_has_one_owner_until_its_lease_runs_out(database: Database, clock: FakeClock) -> None:
    await enqueue(database, "mia", "one")
    work = await first(database, "mia")

    async def claim(owner: str) -> bool:
        async with database.write(actor()) as uow:
            return await service.claim(uow, work.id, owner)

    assert await claim("a")
    assert not await claim("b")
    assert await claim("a")  # the same owner may go on
    clock.advance(timedelta(seconds=service.LEASE_S))
    assert not await claim("b")
    clock.advance(timedelta(microseconds=1))
    assert await claim("b")
    assert not await claim("a")


async def test_of_many_who_claim_at_once_one_gets_it(database: Database) -> None:
    await enqueue(database, "mia", "one")
    work = await first(database, "mia")

    async def claim(owner: str) -> bool:
        async with database.write(actor()) as uow:
            return await service.claim(uow, work.id, owner)

    assert sorted(await asyncio.gather(*(claim(f"replica {number}") for number in range(8)))) == [False] * 7 + [True]


async def test_work_ends_once(database: Database, clock: FakeClock) -> None:
    await enqueue(database, "mia", "one")
    work = await first(database, "mia")
    async with database.write(actor()) as uow:
        assert await service.finish(uow, work.id, failure="blocked")
    async with database.write(actor()) as uow:
        assert not await service.finish(uow, work.id)
        assert not await service.claim(uow, work.id, "a")
        await service.postpone(uow, work.id, clock.now())
    async with database.read(actor()) as uow:
        row = (await uow.session.scalars(select(WorkRow))).one()
    assert (row.done_at, row.failure, row.attempts, row.lease_until) == (clock.now(), "blocked", 1, None)


async def test_postponed_work_keeps_its_place_and_is_anybodys(database: Database, clock: FakeClock) -> None:
    await enqueue(database, "mia", "one", "two")
    work = await first(database, "mia")
    later = clock.now() + timedelta(minutes=1)
    async with database.write(actor()) as uow:
        assert await service.claim(uow, work.id, "a")
        await service.postpone(uow, work.id, later)
    waiting = await first(database, "mia")
    assert (waiting.id, waiting.due_at, waiting.attempts, waiting.owner) == (work.id, later, 1, None)
    async with database.write(actor()) as uow:
        assert await service.claim(uow, work.id, "b")


async def test_a_process_that_starts_alone_frees_every_lease(database: Database) -> None:
    await enqueue(database, "mia", "one")
    work = await first(database, "mia")
    async with database.write(actor()) as uow:
        assert await service.claim(uow, work.id, "the one that was killed")
    async with database.write(actor()) as uow:
        await queries.release_all(uow)
        assert await service.claim(uow, work.id, "b")


async def test_what_is_rolled_back_was_never_queued(database: Database) -> None:
    heard: list[str] = []
    database.listen("message", heard.append)

    async def queue_and_refuse() -> None:
        async with database.write(actor()) as uow:
            await service.enqueue(uow, "message", "mia", {"word": "lost"}, dedupe_key="x")
            raise DomainError

    with pytest.raises(DomainError):
        await queue_and_refuse()
    assert heard == []
    await enqueue(database, "mia", "kept", dedupe_key="x")
    assert await drain(database, "mia") == ["kept"]
