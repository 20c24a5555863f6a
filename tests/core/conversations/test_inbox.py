"""The inbox: a delivery is kept once, handled in the order of its arrival, and never loses those behind it."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.conversations import queries
from core.conversations.tables import InboxRow, InboxState
from core.store.database import Database
from tests.fixtures.clock import FakeClock
from tests.fixtures.people import Builder, actor


@pytest.fixture
async def bot(builder: Builder) -> str:
    """The id of an installation."""
    return (await builder.installation()).id


async def deliver(database: Database, bot: str, key: str, lane: str = "mia") -> tuple[str, bool]:
    async with database.write(actor()) as uow:
        return await queries.insert_delivery(
            uow, installation_id=bot, event_key=key, lane=lane, payload={"text": f"delivery {key}"}
        )


async def waiting(database: Database, lane: str = "mia") -> str | None:
    async with database.read(actor()) as uow:
        found = await queries.next_waiting(uow, lane)
    return None if found is None else found.event_key


async def close(database: Database, inbox_id: str) -> bool:
    async with database.write(actor()) as uow:
        return await queries.close_delivery(uow, inbox_id)


async def test_a_repeated_delivery_is_known_by_its_key(database: Database, bot: str, builder: Builder) -> None:
    inbox_id, new = await deliver(database, bot, "update 1")
    assert new
    assert await deliver(database, bot, "update 1") == (inbox_id, False)
    other_bot = (await builder.installation(external_id="another bot")).id
    assert (await deliver(database, other_bot, "update 1"))[1]
    assert await close(database, inbox_id)
    assert await deliver(database, bot, "update 1") == (inbox_id, False)  # also after it was handled


async def test_the_same_delivery_many_times_at_once_is_kept_once(database: Database, bot: str) -> None:
    accepted = await asyncio.gather(*(deliver(database, bot, "update 1") for _ in range(8)))
    assert len({inbox_id for inbox_id, _ in accepted}) == 1
    assert sorted(new for _, new in accepted) == [False] * 7 + [True]


async def test_deliveries_are_handled_in_the_order_of_their_arrival_in_each_lane(database: Database, bot: str) -> None:
    arrived = [await deliver(database, bot, f"{lane} {number}", lane) for number in range(3) for lane in ("mia", "tom")]
    async with database.read(actor()) as uow:
        assert sorted(await queries.waiting_lanes(uow, bot)) == ["mia", "tom"]
    handled = []
    while (key := await waiting(database)) is not None:
        handled.append(key)
        (inbox_id,) = [each for each, _ in arrived if await _key_of(database, each) == key]
        assert await close(database, inbox_id)
    assert handled == ["mia 0", "mia 1", "mia 2"]
    async with database.read(actor()) as uow:
        assert await queries.waiting_lanes(uow, bot) == ["tom"]
    assert await waiting(database, "nobody") is None


async def _key_of(database: Database, inbox_id: str) -> str:
    async with database.read(actor()) as uow:
        return (await uow.session.get_one(InboxRow, inbox_id)).event_key


async def test_arrival_follows_the_order_of_commits_when_many_deliver_at_once(database: Database, bot: str) -> None:
    committed: list[str] = []

    async def accept(key: str) -> None:
        await deliver(database, bot, key)
        committed.append(key)

    await asyncio.gather(*(accept(str(number)) for number in range(20)))
    async with database.read(actor()) as uow:
        rows = await uow.session.execute(select(InboxRow.arrival, InboxRow.event_key).order_by(InboxRow.arrival))
        arrivals = [arrival for arrival, _ in rows]
    assert arrivals == list(range(1, 21))
    assert len(committed) == 20


async def test_a_delivery_is_closed_by_one(database: Database, bot: str, clock: FakeClock) -> None:
    inbox_id, _ = await deliver(database, bot, "1")
    assert sorted(await asyncio.gather(*(close(database, inbox_id) for _ in range(4)))) == [False] * 3 + [True]
    async with database.read(actor()) as uow:
        row = await uow.session.get_one(InboxRow, inbox_id)
    assert (row.state, row.done_at) == (InboxState.DONE, clock.now())


async def test_one_that_failed_waits_while_those_behind_it_go_on(
    database: Database, bot: str, clock: FakeClock
) -> None:
    poison, _ = await deliver(database, bot, "poison")
    good, _ = await deliver(database, bot, "good")
    async with database.write(actor()) as uow:
        await queries.postpone_delivery(uow, (poison,), timedelta(seconds=30))
    assert await waiting(database) == "good"
    assert await close(database, good)
    assert await waiting(database) == "poison"  # it is next, though not due: whoever waits learns until when
    async with database.read(actor()) as uow:
        found = await queries.next_waiting(uow, "mia")
    assert found is not None
    assert (found.attempts, found.due_at, found.payloads[0]) == (
        1,
        clock.now() + timedelta(seconds=30),
        {"text": "delivery poison"},
    )
    later, _ = await deliver(database, bot, "later")
    assert await waiting(database) == "later"
    clock.advance(timedelta(seconds=30))
    assert await waiting(database) == "poison"
    assert later != poison


async def test_one_that_was_given_up_stays_with_the_id_that_the_person_was_told(
    database: Database, bot: str, clock: FakeClock
) -> None:
    poison, _ = await deliver(database, bot, "poison")
    async with database.write(actor()) as uow:
        assert await queries.fail_delivery(uow, (poison,), "7f3a91c0")
    async with database.write(actor()) as uow:
        assert not await queries.fail_delivery(uow, (poison,), "other")
        assert not await queries.close_delivery(uow, poison)
        await queries.postpone_delivery(uow, (poison,), timedelta(seconds=1))
    async with database.read(actor()) as uow:
        row = await uow.session.get_one(InboxRow, poison)
    assert (row.state, row.failure_id, row.attempts, row.done_at) == (InboxState.FAILED, "7f3a91c0", 1, clock.now())
    assert await waiting(database) is None
