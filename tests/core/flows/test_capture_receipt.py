"""Receipts taken in, settled, attached and claimed: by whom they are, once, on both databases."""

import asyncio
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from core.conversations.outgoing import MESSAGE, codec
from core.conversations.queries import note_copy
from core.conversations.subjects import Private, Subject
from core.expenses.errors import ExpenseNotFound
from core.expenses.rules import Expense
from core.flows import capture_receipt as flows
from core.flows.own_expenses import By, submit_expense
from core.identity.rules import Role
from core.queue.tables import WorkRow
from core.receipts.errors import ReceiptNoText, ReceiptNotFound, ReceiptTaken
from core.receipts.port import Field, Reading
from core.receipts.queries import receipt_of
from core.receipts.record import Receipt
from core.receipts.service import Sent
from core.receipts.tables import ReceiptRow
from core.store.database import Database
from tests.fixtures.people import Builder, acting, actor, said

JOB = flows.READING_JOB


@dataclass
class Desk:
    database: Database
    builder: Builder
    mia: By
    noah: By

    async def album(self, by: By, pictures: int) -> str:
        """Have somebody send pictures together; return the batch's id."""
        files = [Sent(name=f"{at}.jpg", reference={"file": str(at)}) for at in range(pictures)]
        async with self.database.write(acting(by)) as uow:
            await flows.capture_receipts(uow, by, files)
        return (await self.receipts())[-1].batch_id

    async def settle(self, by: By, batch_id: str, *, together: bool) -> bool:
        async with self.database.write(acting(by)) as uow:
            return await flows.settle_album(uow, by, batch_id, together=together)

    async def receipts(self) -> list[Receipt]:
        async with self.database.read(actor(self.mia.member.workspace_id)) as uow:
            rows = select(ReceiptRow).order_by(ReceiptRow.created_at, ReceiptRow.id)
            return [receipt_of(row) for row in await uow.session.scalars(rows)]

    async def jobs(self) -> int:
        async with self.database.read(actor()) as uow:
            return len(list(await uow.session.scalars(select(WorkRow).where(WorkRow.kind == JOB))))

    async def told(self, by: By) -> list[dict[str, object]]:
        async with self.database.read(actor()) as uow:
            lane = f"private:{by.account.id}"
            rows = select(WorkRow).where(WorkRow.lane == lane, WorkRow.kind == MESSAGE).order_by(WorkRow.position)
            return [codec.unpack(row.payload) for row in await uow.session.scalars(rows)]

    async def read(self, receipt: Receipt, content: str, reading: Reading | None = None) -> None:
        async with self.database.write(actor(self.mia.member.workspace_id)) as uow:
            await flows.book_reading(
                uow,
                receipt.id,
                reading or Reading(merchant=Field(value="Cafe", confidence=0.9)),
                content_hash=content,
                media_type="image/jpeg",
                size_bytes=len(content),
            )


@pytest.fixture
async def desk(database: Database, builder: Builder) -> Desk:
    workspace_id = (await builder.workspace()).workspace_id
    mia, noah = await builder.member(workspace_id, name="Mia"), await builder.member(workspace_id, name="Noah")
    return Desk(database=database, builder=builder, mia=mia, noah=noah)


async def test_one_picture_is_read_at_once_and_several_are_asked_about(desk: Desk) -> None:
    alone = await desk.album(desk.mia, 1)
    assert (await desk.told(desk.mia))[-1]["show"] == Subject("receipt", alone)
    assert await desk.jobs() == 1
    album = await desk.album(desk.mia, 3)
    assert (await desk.told(desk.mia))[-1]["show"] == Subject("album", album)
    assert await desk.jobs() == 1


@pytest.mark.parametrize(("together", "shown"), [(True, 1), (False, 3)])
async def test_a_settled_album_shows_that_each_expense_of_it_is_read(desk: Desk, together: bool, shown: int) -> None:
    album = await desk.album(desk.mia, 3)
    assert await desk.settle(desk.mia, album, together=together)
    assert await desk.jobs() == 3
    assert len({receipt.batch_id for receipt in await desk.receipts()}) == shown
    told = await desk.told(desk.mia)
    assert [message.get("remove") for message in told].count(Subject("album", album)) == 1
    assert len([message for message in told if getattr(message.get("show"), "kind", "") == "receipt"]) == shown


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("second", [True, False])
async def test_what_was_settled_stays_as_it_is(desk: Desk, first: bool, second: bool) -> None:
    """Two quick taps, on the same button or on both."""
    album = await desk.album(desk.mia, 3)
    assert await desk.settle(desk.mia, album, together=first)
    before, told = await desk.receipts(), len(await desk.told(desk.mia))
    assert not await desk.settle(desk.mia, album, together=second)
    assert await desk.receipts() == before
    assert len(await desk.told(desk.mia)) == told


async def test_of_two_answers_in_the_same_instant_one_counts(desk: Desk) -> None:
    for _ in range(10):
        album = await desk.album(desk.mia, 2)
        settled = await asyncio.gather(*(desk.settle(desk.mia, album, together=together) for together in (True, False)))
        assert sorted(settled) == [False, True]
        batches = {receipt.batch_id for receipt in (await desk.receipts())[-2:]}
        assert len(batches) == (1 if settled[0] else 2)


async def test_anothers_album_cannot_be_settled(desk: Desk) -> None:
    album = await desk.album(desk.mia, 2)
    with pytest.raises(ReceiptNotFound):
        await desk.settle(desk.noah, album, together=True)
    assert await desk.jobs() == 0


async def test_a_receipt_goes_behind_an_expense_of_ones_own_alone(desk: Desk) -> None:
    expense = await desk.builder.expense(desk.mia)
    with pytest.raises(ExpenseNotFound) as refused:
        async with desk.database.write(acting(desk.noah)) as uow:
            await flows.attach_receipts(uow, desk.noah, [Sent(name="a.jpg", reference={})], expense.id)
    assert len(refused.value.traces) == 1
    with pytest.raises(ExpenseNotFound):
        async with desk.database.read(acting(desk.noah)) as uow:
            await flows.own_receipts(uow, desk.noah, expense.id)
    assert await desk.receipts() == []
    async with desk.database.write(acting(desk.mia)) as uow:
        await flows.attach_receipts(uow, desk.mia, [Sent(name="a.jpg", reference={})], expense.id)
    async with desk.database.read(acting(desk.mia)) as uow:
        assert len(await flows.own_receipts(uow, desk.mia, expense.id)) == 1


async def test_a_receipt_that_answers_a_card_finds_its_expense_while_it_can_change(desk: Desk) -> None:
    expense = await desk.builder.expense(desk.mia)
    place = (desk.mia.account.installation_id, desk.mia.account.user, "77")
    async with desk.database.write(acting(desk.mia)) as uow:
        await note_copy(
            uow,
            Subject("expense", expense.id),
            account_id=desk.mia.account.id,
            installation_id=place[0],
            channel=place[1],
            message=place[2],
        )

    async def behind(by: By) -> str | None:
        async with desk.database.read(acting(by)) as uow:
            return await flows.expense_behind(uow, by, *place)

    assert await behind(desk.mia) == expense.id
    assert await behind(desk.noah) is None
    async with desk.database.write(acting(desk.mia)) as uow:
        await submit_expense(uow, desk.mia, expense.id, None)
    assert await behind(desk.mia) == expense.id, "what waits for approval can be mended, and is asked about anew"


async def test_the_same_bytes_are_recognised_across_people_of_a_workspace(desk: Desk) -> None:
    mine, his, other = [await desk.album(by, 1) for by in (desk.mia, desk.noah, desk.noah)]
    by_id = {receipt.id: receipt for receipt in await desk.receipts()}
    await desk.read(by_id[mine], "same")
    await desk.read(by_id[his], "same")
    await desk.read(by_id[other], "different")
    seen = {receipt.id: receipt.seen_before for receipt in await desk.receipts()}
    assert seen == {mine: False, his: True, other: False}
    assert len({receipt.file_id for receipt in await desk.receipts()}) == 2, "the same bytes are one file"


async def test_receipts_without_a_total_are_claimed_by_the_expense_that_is_typed_for_them(desk: Desk) -> None:
    batch_id = await desk.album(desk.mia, 1)
    async with desk.database.write(acting(desk.mia)) as uow:
        await flows.book_refusal(uow, batch_id, ReceiptNoText())
    async with desk.database.write(acting(desk.noah)) as uow:
        await flows.record_for_receipts(uow, desk.noah, said(), batch_id)
    assert (await desk.receipts())[0].expense_id is None, "another's receipt does not follow"
    async with desk.database.write(acting(desk.mia)) as uow:
        hers = await flows.record_for_receipts(uow, desk.mia, said(), batch_id)
    assert (await desk.receipts())[0].expense_id == hers.id
    last = (await desk.told(desk.mia))[-1]
    assert (last["remove"], last["to"]) == (Subject("receipt", batch_id), Private(desk.mia.account.id))


async def test_a_form_that_is_sent_again_for_the_same_receipt_makes_no_second_expense(desk: Desk) -> None:
    """10 races on each database, after one form that comes late: two windows were open."""
    for _ in range(10):
        batch_id = await desk.album(desk.mia, 1)
        async with desk.database.write(acting(desk.mia)) as uow:
            await flows.book_refusal(uow, batch_id, ReceiptNoText())

        async def sent(batch_id: str = batch_id) -> Expense | ReceiptTaken:
            try:
                async with desk.database.write(acting(desk.mia)) as uow:
                    return await flows.record_for_receipts(uow, desk.mia, said(), batch_id)
            except ReceiptTaken as refusal:
                return refusal

        ends = await asyncio.gather(sent(), sent())
        (made,) = [each for each in ends if isinstance(each, Expense)]
        late = await sent()
        assert isinstance(late, ReceiptTaken)
        assert late.number == made.number


async def test_who_decides_sees_a_receipt_that_came_after_the_submission(desk: Desk) -> None:
    boss = await desk.builder.member(desk.mia.member.workspace_id, Role.FINANCE, name="Mara")
    expense = await desk.builder.expense(desk.mia)
    async with desk.database.write(acting(desk.mia)) as uow:
        await submit_expense(uow, desk.mia, expense.id, None)
    before = len(await desk.told(boss))
    async with desk.database.write(acting(desk.mia)) as uow:
        await flows.attach_receipts(uow, desk.mia, [Sent(name="late.jpg", reference={"file": "1"})], expense.id)
    [shown] = (await desk.told(boss))[before:]
    assert isinstance(shown["show"], Subject)
    assert shown["show"].kind == "approval"
