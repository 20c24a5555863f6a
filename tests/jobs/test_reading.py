"""The reading job with fakes behind its ports: each receipt is booked once or refused with a sentence, whatever happens."""

import datetime
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from core.conversations.subjects import Subject
from core.expenses.tables import ExpenseRow
from core.flows.capture_receipt import READING_JOB, attach_receipts, settle_album
from core.flows.own_expenses import delete_expense
from core.identity.rules import Role
from core.identity.service import remove_member
from core.queue.queries import release_all
from core.queue.tables import WorkRow
from core.receipts.errors import ReceiptNoText
from core.receipts.port import ReadingStopped, Stopped
from core.receipts.queries import receipts_of
from core.receipts.record import Receipt, ReceiptState
from core.receipts.service import Sent
from core.receipts.source import ContentGone, ContentLater
from core.store.database import Database
from jobs.reading import LEASE_S
from tests.fixtures.clock import FakeClock
from tests.fixtures.people import Builder, acting, actor
from tests.jobs.reading_office import JPEG, WAIT_S, Office, told


@pytest.fixture
async def office(database: Database, builder: Builder, clock: FakeClock, tmp_path: Path) -> Office:
    mia = await builder.member((await builder.workspace()).workspace_id, name="Mia")
    return Office(database=database, builder=builder, clock=clock, folder=tmp_path / "files", mia=mia)


# ---- once ----


async def test_a_receipt_becomes_one_draft_in_the_place_of_what_said_that_it_is_read(office: Office) -> None:
    await office.send(office.comes_to("lunch", told("16.70")))
    await office.attempt()
    await office.attempt()
    (expense,) = await office.expenses()
    assert (expense.amount.decimal_string(), expense.spent_on, expense.merchant, expense.state) == (
        "16.70",
        datetime.date(2026, 3, 10),
        "Cafe Central",
        "draft",
    )
    (receipt,) = await office.receipts()
    assert (receipt.state, receipt.expense_id) == (ReceiptState.READ, expense.id)
    assert len(office.reader.seen) == 1
    assert office.activity.shown == [office.mia.account.id]
    assert [(hint.today, hint.currency) for hint in office.reader.hints] == [(datetime.date(2026, 3, 12), "EUR")]
    last = (await office.cards())[-1]
    assert (last["show"], last["instead_of"]) == (Subject("expense", expense.id), Subject("receipt", receipt.id))
    assert receipt.file_id is not None
    [kept] = [file for file in office.folder.rglob("*") if file.is_file()]
    assert kept.read_bytes() == JPEG + b"lunch"


async def test_of_two_processes_that_both_read_it_one_books(office: Office) -> None:
    """The first one is slower than its lease: another takes over, and both come to an end."""
    await office.send(office.comes_to("lunch", told("16.70")))
    office.reader.opened.clear()
    slow, other = office.process(), office.process()
    await slow.start()
    await office.until(lambda _: len(office.reader.seen) == 1)
    office.clock.advance(timedelta(seconds=LEASE_S + 1))
    await other.start()
    await office.until(lambda _: len(office.reader.seen) == 2)
    office.reader.opened.set()
    await office.until(lambda _: office.reader.at_work == 0)
    await slow.stop(within_s=WAIT_S)
    await other.stop(within_s=WAIT_S)
    assert [expense.amount.decimal_string() for expense in await office.expenses()] == ["16.70"]
    assert len([card for card in await office.cards() if card.get("instead_of")]) == 1


async def test_a_lease_keeps_others_away_until_it_ends(office: Office) -> None:
    await office.send(office.comes_to("lunch", told("16.70")))
    office.reader.opened.clear()
    first, second = office.process(), office.process()
    await first.start()
    await office.until(lambda _: len(office.reader.seen) == 1)
    await second.start()
    await second.stop(within_s=WAIT_S)
    assert len(office.reader.seen) == 1
    office.reader.opened.set()
    await first.stop(within_s=WAIT_S)
    assert len(await office.expenses()) == 1


async def test_two_are_read_at_a_time(office: Office) -> None:
    for at in range(5):
        await office.send(office.comes_to(f"receipt {at}", told(f"{at + 1}.00")))
    office.reader.opened.clear()
    process = office.process()
    await process.start()
    await office.until(lambda _: office.reader.at_work == 2)
    office.reader.opened.set()
    await office.until(lambda jobs: all(job.done_at for job in jobs))
    await process.stop(within_s=WAIT_S)
    assert office.reader.at_work_most == 2
    assert sorted(expense.amount.decimal_string() for expense in await office.expenses()) == [
        f"{at + 1}.00" for at in range(5)
    ]


# ---- when it does not go well ----


async def test_a_reader_that_died_is_followed_by_another(office: Office) -> None:
    await office.send(office.comes_to("lunch", ReadingStopped(Stopped.CRASH), told("16.70")))
    await office.attempt()
    assert (await office.receipts())[0].state is ReceiptState.WAITING
    await office.attempt()
    assert [expense.amount.decimal_string() for expense in await office.expenses()] == ["16.70"]


async def test_what_kills_every_reader_is_given_up_and_that_is_said(office: Office) -> None:
    await office.send(office.comes_to("bomb", ReadingStopped(Stopped.CRASH)))
    for _ in range(6):
        await office.attempt()
    assert len(office.reader.seen) == 4
    (receipt,) = await office.receipts()
    assert receipt.state is ReceiptState.REFUSED
    (job,) = await office.jobs()
    assert job.done_at is not None
    assert job.failure is not None
    assert (await office.cards())[-1]["show"] == Subject("receipt", receipt.id)
    assert await office.expenses() == []


@pytest.mark.parametrize("reason", [Stopped.TIME, Stopped.MEMORY])
async def test_what_takes_too_much_is_refused_at_once_and_the_picture_stays(office: Office, reason: Stopped) -> None:
    await office.send(office.comes_to("huge", ReadingStopped(reason)))
    await office.attempt()
    (receipt,) = await office.receipts()
    assert (receipt.state, receipt.refusal) == (ReceiptState.REFUSED, "error.receipt-too-hard")
    assert receipt.file_id is not None
    assert (await office.cards())[-1]["show"] == Subject("receipt", receipt.id)


async def test_a_refusal_says_why_and_the_picture_stays(office: Office) -> None:
    await office.send(office.comes_to("dark", ReceiptNoText()))
    await office.attempt()
    (receipt,) = await office.receipts()
    assert (receipt.state, receipt.refusal) == (ReceiptState.REFUSED, "error.receipt-no-text")
    assert receipt.file_id is not None


@pytest.mark.parametrize("total", [None, "0.00", "-16.70", "9999999999999.00", "99999999999999999999.00"])
async def test_a_receipt_without_a_total_that_can_be_booked_invents_none(office: Office, total: str | None) -> None:
    await office.send(office.comes_to("torn", told(total)))
    await office.attempt()
    (receipt,) = await office.receipts()
    assert (receipt.state, receipt.expense_id) == (ReceiptState.READ, None)
    assert await office.expenses() == []
    assert (await office.cards())[-1]["show"] == Subject("receipt", receipt.id)


async def test_a_platform_that_is_away_for_an_hour_loses_no_receipt(office: Office) -> None:
    await office.send(office.comes_to("lunch", told("16.70")))
    office.source.trouble["lunch"] = [ContentLater("no connection") for _ in range(30)]
    for _ in range(30):
        await office.attempt()
    assert (await office.receipts())[0].state is ReceiptState.WAITING
    await office.attempt()
    assert [expense.amount.decimal_string() for expense in await office.expenses()] == ["16.70"]


async def test_after_an_outage_a_reader_that_dies_is_still_followed_by_another(office: Office) -> None:
    await office.send(office.comes_to("lunch", ReadingStopped(Stopped.CRASH), told("16.70")))
    office.source.trouble["lunch"] = [ContentLater("no connection") for _ in range(10)]
    for _ in range(12):
        await office.attempt()
    assert [expense.amount.decimal_string() for expense in await office.expenses()] == ["16.70"]


async def test_nobody_waits_longer_than_a_day_for_a_platform_that_is_gone(office: Office) -> None:
    await office.send(office.comes_to("lunch", told("16.70")))
    office.source.trouble["lunch"] = [ContentLater("no connection") for _ in range(30)]
    process = office.process()
    for passed, state in (
        (timedelta(minutes=5), ReceiptState.WAITING),
        (timedelta(hours=23), ReceiptState.WAITING),
        (timedelta(hours=1), ReceiptState.REFUSED),
    ):
        office.clock.advance(passed)
        await office.attempt_by(process)
        assert (await office.receipts())[0].state is state


async def test_a_content_that_is_gone_is_said_to_be_gone(office: Office) -> None:
    await office.send(office.comes_to("lunch", told("16.70")))
    office.source.trouble["lunch"] = [ContentGone("deleted")]
    await office.attempt()
    (receipt,) = await office.receipts()
    assert (receipt.state, receipt.refusal, receipt.file_id) == (ReceiptState.REFUSED, "error.receipt-gone", None)


async def test_what_a_stop_interrupts_the_next_process_does_at_once(office: Office) -> None:
    await office.send(office.comes_to("lunch", told("16.70")))
    office.reader.opened.clear()
    stopped = office.process()
    await stopped.start()
    await office.until(lambda _: office.reader.at_work == 1)
    await stopped.stop(within_s=0)
    assert office.reader.cancelled == 1
    office.reader.opened.set()
    await office.attempt()
    assert [expense.amount.decimal_string() for expense in await office.expenses()] == ["16.70"]


async def test_what_a_killed_process_left_is_done_when_its_lease_ends(office: Office) -> None:
    await office.send(office.comes_to("lunch", told("16.70")))
    async with office.database.write(actor()) as uow:
        (job,) = await uow.session.scalars(select(WorkRow).where(WorkRow.kind == READING_JOB))
        job.owner, job.lease_until = "killed", uow.now + timedelta(seconds=LEASE_S)
    alive = office.process()
    await alive.start()
    await alive.stop(within_s=WAIT_S)
    assert office.reader.seen == []
    if office.database.dialect == "sqlite":  # alone with its file, the bot frees all leases when it starts
        async with office.database.write(actor()) as uow:
            await release_all(uow)
    else:
        office.clock.advance(timedelta(seconds=LEASE_S + 1))
    await office.attempt()
    assert len(await office.expenses()) == 1


# ---- what happens meanwhile ----


async def test_a_receipt_whose_expense_was_deleted_meanwhile_is_kept_with_it(office: Office) -> None:
    expense = await office.builder.expense(office.mia)
    async with office.database.write(acting(office.mia)) as uow:
        await attach_receipts(uow, office.mia, [office.comes_to("late", told("99.00"))], expense.id)
    async with office.database.write(acting(office.mia)) as uow:
        await delete_expense(uow, office.mia, expense.id, None)
    await office.attempt()
    async with office.database.read(acting(office.mia)) as uow:
        row = await uow.session.get_one(ExpenseRow, expense.id)
        behind = await receipts_of(uow, expense.id)
    assert row.deleted_at is not None
    assert (row.amount_minor, [each.state for each in behind]) == (2350, [ReceiptState.READ])
    assert (await office.cards())[-1]["show"] == Subject("expense", expense.id)


async def test_a_receipt_of_a_removed_member_ends(office: Office) -> None:
    admin = await office.builder.member(office.mia.member.workspace_id, Role.ADMIN, name="Ada")
    await office.send(office.comes_to("lunch", told("16.70")))
    async with office.database.write(acting(admin)) as uow:
        await remove_member(uow, admin.member.id, office.mia.member.id, None)
    await office.attempt()
    (job,) = await office.jobs()
    assert (job.failure, job.done_at is None) == (None, False)
    (receipt,) = await office.receipts()
    assert receipt.state is ReceiptState.READ


# ---- albums ----


async def settled(office: Office, files: list[Sent], *, together: bool) -> list[Receipt]:
    await office.send(*files)
    receipts = await office.receipts()
    async with office.database.write(acting(office.mia)) as uow:
        assert await settle_album(uow, office.mia, receipts[0].batch_id, together=together)
    return receipts


async def test_an_album_whose_first_picture_says_nothing_is_booked_by_the_second(office: Office) -> None:
    pictures = [office.comes_to("dark", ReceiptNoText()), office.comes_to("clear", told("16.70"))]
    await settled(office, pictures, together=True)
    await office.attempt()
    (expense,) = await office.expenses()
    assert expense.amount.decimal_string() == "16.70"
    assert [(each.state, each.expense_id) for each in await office.receipts()] == [
        (ReceiptState.REFUSED, expense.id),
        (ReceiptState.READ, expense.id),
    ]


async def test_an_album_of_which_nothing_can_be_read_says_so(office: Office) -> None:
    receipts = await settled(
        office, [office.comes_to("dark", ReceiptNoText()), office.comes_to("black", ReceiptNoText())], together=True
    )
    await office.attempt()
    assert await office.expenses() == []
    assert (await office.cards())[-1]["show"] == Subject("receipt", receipts[0].batch_id)


async def test_an_album_as_several_expenses(office: Office) -> None:
    await settled(office, [office.comes_to(f"{at}", told(f"{at}.00")) for at in (1, 2, 3)], together=False)
    await office.attempt()
    assert sorted(each.amount.decimal_string() for each in await office.expenses()) == ["1.00", "2.00", "3.00"]


async def test_pictures_of_one_expense_that_are_read_in_the_same_instant_make_one_draft(office: Office) -> None:
    """Of two readings that end together, each must not take the other for unread: nobody would make the draft."""
    albums = 8
    for at in range(albums):
        office.reader.opened.clear()
        pictures = [office.comes_to(f"{at} {page}", told(f"{at + 1}.00")) for page in (1, 2)]
        await office.send(*pictures)
        batch_id = (await office.receipts())[-1].batch_id
        process = office.process()
        await process.start()
        async with office.database.write(acting(office.mia)) as uow:
            assert await settle_album(uow, office.mia, batch_id, together=True)
        await office.until(lambda _: office.reader.at_work == 2)
        office.reader.opened.set()
        await office.until(lambda jobs: all(job.done_at for job in jobs))
        await process.stop(within_s=WAIT_S)
        office.clock.advance(timedelta(seconds=1))
    drafts = [each.amount.decimal_string() for each in await office.expenses()]
    assert sorted(drafts) == [f"{at + 1}.00" for at in range(albums)]
    assert all(receipt.expense_id is not None for receipt in await office.receipts())
