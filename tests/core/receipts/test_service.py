"""Rows of receipts: each change is audited without what was read, the picture's way is forgotten, tenants are apart."""

import json

import pytest
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound

from core.audit.tables import AuditRow
from core.files.service import record_file
from core.flows.own_expenses import By
from core.receipts import queries, service
from core.receipts.errors import ReceiptTooLarge
from core.receipts.port import Field, Reading
from core.receipts.record import ReceiptState
from core.receipts.service import Sent
from core.store.database import Database
from tests.fixtures.people import Builder, acting, actor

REFERENCE = {"file": "a secret handle of the platform"}
READING = Reading(merchant=Field(value="Cafe Central", confidence=0.9))


@pytest.fixture
async def mia(builder: Builder) -> By:
    return await builder.member((await builder.workspace()).workspace_id, name="Mia")


async def taken(database: Database, by: By, count: int = 1, expense_id: str | None = None) -> list[str]:
    files = [Sent(name=f"{at}.jpg", reference=REFERENCE) for at in range(count)]
    async with database.write(acting(by)) as uow:
        return [each.id for each in await service.take_in(uow, by.member, by.account, files, expense_id=expense_id)]


async def test_receipts_that_were_sent_together_stay_in_their_order(database: Database, mia: By) -> None:
    ids = await taken(database, mia, 5)
    async with database.read(acting(mia)) as uow:
        batch = await queries.batch(uow, ids[0])
    assert [each.id for each in batch] == ids
    assert [each.name for each in batch] == [f"{at}.jpg" for at in range(5)]
    assert {each.state for each in batch} == {ReceiptState.WAITING}


async def test_separated_receipts_belong_each_to_itself(database: Database, mia: By) -> None:
    ids = await taken(database, mia, 3)
    async with database.write(acting(mia)) as uow:
        assert [each.batch_id for each in await service.separate(uow, ids[0])] == ids
    async with database.read(acting(mia)) as uow:
        assert [len(await queries.batch(uow, each)) for each in ids] == [1, 1, 1]


async def test_a_reading_forgets_how_the_picture_was_fetched_and_a_refusal_does_not(
    database: Database, mia: By
) -> None:
    read, refused = await taken(database, mia, 2)
    async with database.write(acting(mia)) as uow:
        file = await record_file(uow, content_hash="ab", media_type="image/jpeg", size_bytes=3)
        noted = await service.note_reading(uow, read, reading=READING, file_id=file.id, seen_before=False)
        assert noted.fields is not None
        assert noted.fields.merchant == "Cafe Central"
        noted = await service.note_refusal(uow, refused, ReceiptTooLarge(megabytes_max=20))
        assert (noted.refusal, noted.refusal_arguments) == ("error.receipt-too-large", {"megabytes_max": 20})
    async with database.read(acting(mia)) as uow:
        assert await service.reference_of(uow, read) == {}
        assert await service.reference_of(uow, refused) == REFERENCE


async def test_the_trail_has_every_change_and_neither_handles_nor_what_was_read(database: Database, mia: By) -> None:
    (receipt_id,) = await taken(database, mia)
    async with database.write(acting(mia)) as uow:
        file = await record_file(uow, content_hash="ab", media_type="image/jpeg", size_bytes=3)
        await service.note_reading(uow, receipt_id, reading=READING, file_id=file.id, seen_before=False)
    async with database.read(acting(mia)) as uow:
        rows = list(
            await uow.session.scalars(
                select(AuditRow).where(AuditRow.subject_id == receipt_id).order_by(AuditRow.subject_version)
            )
        )
    assert [(row.action, row.subject_version) for row in rows] == [("created", 1), ("changed", 2)]
    trail = json.dumps([[row.before, row.after] for row in rows])
    assert "secret handle" not in trail
    assert "Cafe Central" not in trail


async def test_receipts_are_counted_by_expense(database: Database, builder: Builder, mia: By) -> None:
    one, two = await builder.expense(mia), await builder.expense(mia)
    await taken(database, mia, 2, one.id)
    (loose,) = await taken(database, mia)
    async with database.write(acting(mia)) as uow:
        await service.attach(uow, loose, two.id)
        await service.attach(uow, loose, one.id)  # what stands behind an expense stays there
    async with database.read(acting(mia)) as uow:
        assert await queries.receipt_counts(uow) == {one.id: 2, two.id: 1}


async def test_another_workspace_finds_none_of_them(database: Database, builder: Builder, mia: By) -> None:
    expense = await builder.expense(mia)
    (receipt_id,) = await taken(database, mia, 1, expense.id)
    otto = await builder.member((await builder.workspace("Other")).workspace_id, name="Otto")
    async with database.read(acting(otto)) as uow:
        assert await queries.receipt(uow, receipt_id) is None
        assert await queries.batch(uow, receipt_id) == ()
        assert await queries.receipts_of(uow, expense.id) == ()
        assert await queries.receipt_counts(uow) == {}
    async with database.write(actor(otto.member.workspace_id)) as uow:
        with pytest.raises(NoResultFound):
            await service.hold_batch(uow, receipt_id)
