"""A transaction: all of it or nothing, nobody waits for slow work inside it, and listeners hear of what is committed."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import select

from core.kernel.errors import DomainError
from core.kernel.guards import SlowWorkInTransactionError, refuse_in_write_transaction
from core.store.database import Database
from core.store.unit_of_work import UnitOfWork
from core.tenancy.queries import workspace_names
from core.tenancy.tables import WorkspaceRow
from tests.fixtures.clock import FakeClock
from tests.fixtures.people import actor


class Refused(DomainError):
    """What a rule says no with."""


def add_workspace(uow: UnitOfWork, name: str) -> None:
    workspace_id = uow.new_id()
    uow.enter(workspace_id)
    uow.session.add(WorkspaceRow(id=workspace_id, name=name, language="en", time_zone="UTC", created_at=uow.now))


async def names(database: Database) -> list[str]:
    async with database.read(actor()) as uow:
        return list((await workspace_names(uow)).values())


async def write_and_raise(database: Database, error: BaseException) -> None:
    async with database.write(actor()) as uow:
        add_workspace(uow, "lost")
        await uow.session.flush()
        uow.signal("queue", "lost")
        raise error


async def test_the_end_commits_and_an_exception_rolls_back(database: Database) -> None:
    async with database.write(actor()) as uow:
        add_workspace(uow, "kept")
    for error in (Refused(), RuntimeError("a fault"), KeyboardInterrupt()):
        with pytest.raises(type(error)):
            await write_and_raise(database, error)
    assert await names(database) == ["kept"]


async def test_listeners_hear_each_key_once_after_the_commit_and_nothing_of_a_rollback(database: Database) -> None:
    heard: list[str] = []
    database.listen("queue", heard.append)
    database.listen("other", lambda key: heard.append(f"other {key}"))
    async with database.write(actor()) as uow:
        for key in ("b", "a", "b"):
            uow.signal("queue", key)
        assert heard == []
    assert heard == ["a", "b"]
    with pytest.raises(Refused):
        await write_and_raise(database, Refused())
    assert heard == ["a", "b"]


async def test_a_listener_finds_in_the_store_what_it_hears_of(sqlite_database: Database) -> None:
    found: list[str] = []

    def look(_key: str) -> None:
        with closing(sqlite3.connect(str(sqlite_database.writer.url.database))) as connection:
            found.extend(name for (name,) in connection.execute("SELECT name FROM workspaces"))

    sqlite_database.listen("queue", look)
    async with sqlite_database.write(actor()) as uow:
        add_workspace(uow, "Acme")
        uow.signal("queue", "x")
    assert found == ["Acme"]


async def test_slow_work_is_refused_while_a_transaction_writes(database: Database) -> None:
    refuse_in_write_transaction("a call")
    async with database.read(actor()):
        refuse_in_write_transaction("a call")
    async with database.write(actor()):
        with pytest.raises(SlowWorkInTransactionError, match="a call"):
            refuse_in_write_transaction("a call")
    refuse_in_write_transaction("a call")
    with pytest.raises(Refused):
        await write_and_raise(database, Refused())
    refuse_in_write_transaction("a call")


async def test_time_stands_still_inside_a_transaction(database: Database, clock: FakeClock) -> None:
    began = clock.now()
    async with database.write(actor()) as uow:
        add_workspace(uow, "Acme")
        clock.time = began.replace(year=2030)
        assert uow.now == began
    async with database.read(actor()) as uow:
        assert uow.now.year == 2030
        assert await uow.session.scalar(select(WorkspaceRow.created_at)) == began
