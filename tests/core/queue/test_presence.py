"""Several processes over one PostgreSQL database: what one that is gone had begun is taken over, what one that lives is not."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from structlog.testing import capture_logs

from core.kernel.clock import Clock
from core.queue.presence import ABSENT_LOOKS, Presence
from core.queue.queries import first_open
from core.queue.service import claim, enqueue
from core.store.database import Database, open_database
from tests.fixtures.clock import FakeClock
from tests.fixtures.people import actor
from tests.fixtures.postgresql import PostgresqlServer

pytestmark = pytest.mark.postgres
A, B = "a" * 16, "b" * 16


@asynccontextmanager
async def process(url: str, clock: Clock, owner: str) -> AsyncIterator[tuple[Database, Presence]]:
    """One process's doors: they are closed at the end, as the kernel closes those of a process that is killed."""
    database = open_database(url, clock)
    presence = Presence(database, owner)
    try:
        await presence.start()
        yield database, presence
    finally:
        await presence.stop()
        await database.close()


async def begin_work(database: Database, owner: str) -> None:
    async with database.write(actor()) as uow:
        await enqueue(uow, "message", f"lane of {owner}", {})
    async with database.write(actor()) as uow:
        work = await first_open(uow, f"lane of {owner}")
        assert work is not None
        assert await claim(uow, work.id, owner)


async def owner_of_work(database: Database, owner: str) -> str | None:
    async with database.read(actor()) as uow:
        work = await first_open(uow, f"lane of {owner}")
    assert work is not None
    return work.owner


async def test_who_starts_takes_over_at_once_from_who_is_gone_and_nothing_from_who_lives(
    postgresql_database_url: str, clock: FakeClock
) -> None:
    async with AsyncExitStack() as living:
        database_a, _ = await living.enter_async_context(process(postgresql_database_url, clock, A))
        await begin_work(database_a, A)
        async with process(postgresql_database_url, clock, B) as (database_b, _):
            await begin_work(database_b, B)
            assert await owner_of_work(database_b, A) == A
        async with process(postgresql_database_url, clock, "c" * 16) as (database_c, _):
            assert await owner_of_work(database_c, A) == A
            assert await owner_of_work(database_c, B) is None


async def test_who_runs_already_takes_over_after_having_missed_somebody_for_a_while(
    postgresql_database_url: str, clock: FakeClock
) -> None:
    async with process(postgresql_database_url, clock, B) as (database_b, presence_b):
        async with process(postgresql_database_url, clock, A) as (database_a, _):
            await begin_work(database_a, A)
            for _ in range(ABSENT_LOOKS):
                await presence_b.look()
        for _ in range(ABSENT_LOOKS - 1):
            await presence_b.look()
            assert await owner_of_work(database_b, A) == A
        with capture_logs() as log:
            await presence_b.look()
        assert [line["processes"] for line in log] == [1]
        assert await owner_of_work(database_b, A) is None


async def test_who_was_cut_off_is_present_again_before_anybody_misses_them(
    postgresql_server: PostgresqlServer, migrated_postgresql_name: str, postgresql_database_url: str, clock: FakeClock
) -> None:
    async with (
        process(postgresql_database_url, clock, A) as (database_a, presence_a),
        process(postgresql_database_url, clock, B) as (database_b, presence_b),
    ):
        await begin_work(database_a, A)
        with postgresql_server.closed(migrated_postgresql_name):
            pass  # everybody was thrown out, as by a server that restarts
        for presence in (presence_a, presence_b, presence_a, presence_b):
            with capture_logs():
                await presence.look_again()
        assert await owner_of_work(database_b, A) == A
        for _ in range(ABSENT_LOOKS):
            await presence_b.look()
        assert await owner_of_work(database_b, A) == A
