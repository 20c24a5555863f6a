"""What the ticks do: the audit trail is sealed so that no row can change unseen, and old deliveries are forgotten."""

from datetime import timedelta

import pytest
import structlog
from sqlalchemy import text

from core.audit.sealing import first_broken
from core.conversations.queries import close_delivery, insert_delivery
from core.store.database import Database
from jobs.audit_sealing import seal_audit
from jobs.retention import forget_old
from jobs.schedule import Schedule, Tick
from tests.fixtures.clock import FakeClock
from tests.fixtures.people import Builder, actor

BREAKS = {
    "a changed amount": "UPDATE audit SET after = '{}' WHERE seal_number = 3",
    "a changed digest": "UPDATE audit SET digest = 'x' WHERE seal_number = 3",
    "a row taken out": "DELETE FROM audit WHERE seal_number = 3",
}


async def broken(database: Database, workspace_id: str) -> int | None:
    async with database.read(actor(workspace_id)) as uow:
        return await first_broken(uow)


async def test_seals_hold_and_go_on_from_where_they_ended(database: Database, builder: Builder) -> None:
    started = await builder.workspace()
    await seal_audit(database)
    emma = await builder.member(started.workspace_id)
    await builder.expense(emma)
    await seal_audit(database)
    async with database.read(actor(started.workspace_id)) as uow:
        rows = (await uow.session.execute(text("SELECT seal_number FROM audit ORDER BY seal_number"))).scalars().all()
    assert rows == list(range(1, len(rows) + 1))
    assert await broken(database, started.workspace_id) is None


@pytest.mark.parametrize("change", BREAKS.values(), ids=BREAKS.keys())
async def test_a_trail_that_was_tampered_with_is_found(database: Database, builder: Builder, change: str) -> None:
    started = await builder.workspace()
    await seal_audit(database)
    async with database.writer.begin() as connection:
        await connection.execute(text(change))
    assert await broken(database, started.workspace_id) == 3


async def test_each_workspace_has_a_chain_of_its_own(database: Database, builder: Builder) -> None:
    first, second = await builder.workspace("Acme"), await builder.workspace("Globex")
    await seal_audit(database)
    async with database.writer.begin() as connection:
        await connection.execute(text("DELETE FROM audit WHERE workspace_id = :gone"), {"gone": first.workspace_id})
    assert await broken(database, second.workspace_id) is None


async def test_after_a_month_what_was_said_is_gone_and_an_event_is_still_known(
    database: Database, builder: Builder, clock: FakeClock
) -> None:
    keeps = await builder.installation("slack")
    reuses = await builder.installation("telegram")
    for installation in (keeps, reuses):
        async with database.write(actor()) as uow:
            inbox_id, _ = await insert_delivery(
                uow, installation_id=installation.id, event_key="1", lane="lane", payload={"text": "taxi 23,50"}
            )
            await close_delivery(uow, inbox_id)
    clock.advance(timedelta(days=29))
    await forget_old(database)
    assert await _payloads(database) == ['{"text":"taxi 23,50"}'] * 2
    clock.advance(timedelta(days=2))
    await forget_old(database)
    assert await _payloads(database) == ["{}"] * 2
    async with database.write(actor()) as uow:
        await insert_delivery(uow, installation_id=reuses.id, event_key="2", lane="lane", payload={"text": "today"})
    await forget_old(database)
    assert sorted(await _payloads(database)) == ['{"text":"today"}', "{}"]
    async with database.write(actor()) as uow:
        _, new = await insert_delivery(uow, installation_id=keeps.id, event_key="1", lane="lane", payload={})
        assert not new
        _, new = await insert_delivery(uow, installation_id=reuses.id, event_key="1", lane="lane", payload={})
        assert new


async def test_what_waits_is_never_forgotten(database: Database, builder: Builder, clock: FakeClock) -> None:
    installation = await builder.installation("telegram")
    async with database.write(actor()) as uow:
        await insert_delivery(
            uow, installation_id=installation.id, event_key="1", lane="lane", payload={"text": "taxi"}
        )
    clock.advance(timedelta(days=400))
    await forget_old(database)
    assert await _payloads(database) == ['{"text":"taxi"}']


async def test_what_is_forgotten_already_is_not_written_again(sqlite_database: Database, clock: FakeClock) -> None:
    installation = await Builder(sqlite_database).installation("slack")
    async with sqlite_database.write(actor()) as uow:
        inbox_id, _ = await insert_delivery(
            uow, installation_id=installation.id, event_key="1", lane="lane", payload={"text": "taxi"}
        )
        await close_delivery(uow, inbox_id)
    clock.advance(timedelta(days=31))
    await forget_old(sqlite_database)
    refused = "CREATE TRIGGER refuse BEFORE UPDATE ON inbox BEGIN SELECT RAISE(ABORT, 'written again'); END"
    async with sqlite_database.writer.begin() as connection:
        await connection.execute(text(refused))
    await forget_old(sqlite_database)
    assert await _payloads(sqlite_database) == ["{}"]


async def test_a_tick_that_fails_is_logged_and_does_not_end_the_ticking(
    sqlite_database: Database,
) -> None:
    async def fail(_database: Database) -> None:
        raise RuntimeError("the tick's own fault")

    tick = Tick(name="failing", every_s=3600, act=fail)
    schedule = Schedule(sqlite_database, (tick,))
    schedule.start()
    try:
        with structlog.testing.capture_logs() as logged:
            await schedule.act(tick)
    finally:
        schedule.stop()
    assert [(line["event"], line["tick"]) for line in logged] == [("a tick failed", "failing")]


async def _payloads(database: Database) -> list[str]:
    async with database.read(actor()) as uow:
        return list((await uow.session.execute(text("SELECT payload FROM inbox"))).scalars())
