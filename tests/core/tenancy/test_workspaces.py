"""Workspaces, their numbers, and the installations of the bot."""

import asyncio
from datetime import timedelta

import pytest

from core.categories.rules import DEFAULTS
from core.categories.service import categories
from core.kernel.errors import DomainError
from core.store.database import Database
from core.tenancy.queries import next_number, workspace, workspace_names
from core.tenancy.service import bind_installation, installation
from tests.fixtures.clock import FakeClock
from tests.fixtures.people import Builder, actor


async def test_a_workspace_starts_with_a_business_and_the_default_categories(
    database: Database, builder: Builder
) -> None:
    acme = await builder.workspace("Acme", currency="JPY", time_zone="Asia/Tokyo", language="de")
    async with database.read(actor(acme.workspace_id)) as uow:
        made = await workspace(uow)
        assert (made.name, made.currency, made.time_zone, made.language) == ("Acme", "JPY", "Asia/Tokyo", "de")
        kept = [(each.key, each.icon, each.colour, each.name) for each in await categories(uow)]
    assert kept == [(*default, None) for default in DEFAULTS]
    assert len(kept) == 14


async def test_workspaces_are_listed_oldest_first(database: Database, builder: Builder, clock: FakeClock) -> None:
    for name in ("first", "second", "third"):
        await builder.workspace(name)
        clock.advance(timedelta(seconds=1))
    async with database.read(actor()) as uow:
        assert list((await workspace_names(uow)).values()) == ["first", "second", "third"]


async def test_numbers_have_no_gaps_and_no_doubles_whoever_fails_in_between(
    database: Database, builder: Builder
) -> None:
    acme = (await builder.workspace()).workspace_id
    other = (await builder.workspace()).workspace_id
    taken: list[int] = []

    async def take(attempt: int) -> None:
        async with database.write(actor(acme)) as uow:
            number = await next_number(uow, "expense")
            if attempt % 3 == 0:
                raise DomainError
        taken.append(number)

    await asyncio.gather(*(take(attempt) for attempt in range(45)), return_exceptions=True)
    assert sorted(taken) == list(range(1, 31))
    async with database.write(actor(other)) as uow:
        assert [await next_number(uow, "expense") for _ in range(2)] == [1, 2]
        assert await next_number(uow, "invoice") == 1


async def test_an_installation_is_one_row_whose_name_follows_the_platforms(
    database: Database, builder: Builder
) -> None:
    first = await builder.installation("telegram", "123")
    again = await builder.installation("telegram", "123")
    other = await builder.installation("slack", "123")
    assert first == again
    assert other.id != first.id
    assert (first.workspace_id, first.is_team, other.is_team) == (None, False, True)


async def test_a_team_is_bound_once(database: Database, builder: Builder) -> None:
    team = await builder.installation("slack")
    acme, other = [(await builder.workspace()).workspace_id for _ in range(2)]
    for workspace_id in (acme, other):
        async with database.write(actor(workspace_id)) as uow:
            await bind_installation(uow, team.id)
    async with database.read(actor()) as uow:
        assert (await installation(uow, team.id)).workspace_id == acme


@pytest.mark.parametrize("platform", ["telegram", "slack"])
async def test_two_replicas_that_start_together_know_one_installation(
    database: Database, builder: Builder, platform: str
) -> None:
    found = await asyncio.gather(*(builder.installation(platform) for _ in range(4)))
    assert len({each.id for each in found}) == 1
