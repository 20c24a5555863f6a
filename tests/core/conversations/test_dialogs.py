"""Open forms as rows: kept through a restart, one's own, and closed once."""

import asyncio
from datetime import timedelta

from core.conversations import dialogs
from core.conversations.dialogs import Dialog
from core.conversations.tables import DialogState
from core.flows.own_expenses import By
from core.store.database import Database
from core.store.unit_of_work import UnitOfWork
from tests.fixtures.clock import FakeClock
from tests.fixtures.people import Builder, acting


async def open_form(uow: UnitOfWork, by: By, *, stepwise: bool = True) -> Dialog:
    return await dialogs.open_dialog(
        uow, account_id=by.account.id, form="expense", arguments={"id": "01X"}, start={"title": "ü"},
        values={"amount": "23,50"}, stepwise=stepwise,
    )  # fmt: skip


async def test_what_was_typed_is_there_after_a_restart(database: Database, builder: Builder) -> None:
    mia = await builder.member((await builder.workspace()).workspace_id)
    async with database.write(acting(mia)) as uow:
        opened = await open_form(uow, mia)
    async with database.write(acting(mia)) as uow:
        await dialogs.advance_dialog(uow, opened.id, values=opened.values | {"date": "12.3."}, position=2)
    async with database.read(acting(mia)) as uow:
        found = await dialogs.open_stepwise_dialog(uow, mia.account.id)
    assert found is not None
    assert (found.id, found.position, found.state) == (opened.id, 2, DialogState.OPEN)
    assert (found.values, found.arguments) == ({"amount": "23,50", "date": "12.3."}, {"id": "01X"})
    assert found.start == {"title": "ü"}


async def test_a_form_is_of_its_account_alone(database: Database, builder: Builder) -> None:
    acme = (await builder.workspace()).workspace_id
    mia, tom = await builder.member(acme), await builder.member(acme, name="Tom")
    eve = await builder.member((await builder.workspace()).workspace_id, name="Eve")
    async with database.write(acting(mia)) as uow:
        opened = await open_form(uow, mia)
    for by in (tom, eve):
        async with database.read(acting(by)) as uow:
            assert await dialogs.find_dialog(uow, opened.id, by.account.id) is None
            assert await dialogs.open_stepwise_dialog(uow, by.account.id) is None
    async with database.read(acting(eve)) as uow:
        assert await dialogs.find_dialog(uow, opened.id, mia.account.id) is None


async def test_a_form_is_closed_once_and_stays_to_be_recognised(database: Database, builder: Builder) -> None:
    mia = await builder.member((await builder.workspace()).workspace_id)
    async with database.write(acting(mia)) as uow:
        opened = await open_form(uow, mia)
        await dialogs.close_dialog(uow, opened.id, sent=True)
    async with database.write(acting(mia)) as uow:
        await dialogs.close_dialog(uow, opened.id, sent=False)
        await dialogs.close_dialog(uow, "no such form", sent=False)
    async with database.read(acting(mia)) as uow:
        found = await dialogs.find_dialog(uow, opened.id, mia.account.id)
        assert found is not None
        assert found.state is DialogState.SENT
        assert await dialogs.open_stepwise_dialog(uow, mia.account.id) is None


async def test_a_window_is_not_asked_field_by_field(database: Database, builder: Builder) -> None:
    mia = await builder.member((await builder.workspace()).workspace_id)
    async with database.write(acting(mia)) as uow:
        window = await open_form(uow, mia, stepwise=False)
    async with database.read(acting(mia)) as uow:
        assert await dialogs.open_stepwise_dialog(uow, mia.account.id) is None
        assert await dialogs.find_dialog(uow, window.id, mia.account.id) == window


async def test_of_two_submissions_at_the_same_instant_one_is_taken(database: Database, builder: Builder) -> None:
    started = await builder.workspace()
    mia = await builder.member(started.workspace_id)
    async with database.write(acting(mia)) as uow:
        opened = await dialogs.open_dialog(
            uow, account_id=mia.account.id, form="expense.new", arguments={}, start={}, values={}, stepwise=False
        )

    async def submit() -> bool:
        async with database.write(acting(mia)) as uow:
            return await dialogs.close_dialog(uow, opened.id, sent=True)

    assert sorted(await asyncio.gather(*(submit() for _ in range(8)))) == [False] * 7 + [True]


async def test_a_form_that_was_left_yesterday_swallows_no_answer_today(
    database: Database, builder: Builder, clock: FakeClock
) -> None:
    mia = await builder.member((await builder.workspace()).workspace_id)
    async with database.write(acting(mia)) as uow:
        await open_form(uow, mia)
    clock.advance(timedelta(hours=23))
    async with database.read(acting(mia)) as uow:
        assert await dialogs.open_stepwise_dialog(uow, mia.account.id) is not None
    clock.advance(timedelta(hours=2))
    async with database.read(acting(mia)) as uow:
        assert await dialogs.open_stepwise_dialog(uow, mia.account.id) is None
