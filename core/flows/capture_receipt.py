"""A photographed receipt becomes an expense: taken in at once, read by a durable job, booked in one transaction."""

from collections.abc import Sequence

from core.approvals.queries import newest_approval
from core.approvals.rules import ApprovalState
from core.categories.service import category_by_key
from core.conversations import queries as conversations
from core.conversations.outgoing import remove, show
from core.conversations.subjects import Private, Subject
from core.expenses import queries as expenses
from core.expenses import service as books
from core.expenses.errors import ExpenseNotFound
from core.expenses.rules import (
    DESCRIPTION_LENGTH_MAX,
    EXPENSE_MINOR_MAX,
    MERCHANT_LENGTH_MAX,
    Details,
    Expense,
    may_change,
)
from core.files.service import record_file
from core.flows.ask_approval import show_approval
from core.flows.own_expenses import EXPENSE, By, Said, record_expense
from core.flows.show_home import refresh_homes
from core.identity import queries as identity
from core.kernel.errors import DomainError
from core.queue.queries import known_keys
from core.queue.service import enqueue
from core.receipts import queries, service
from core.receipts.errors import ReceiptNotFound, ReceiptTaken, ReceiptTooLate
from core.receipts.port import Reading
from core.receipts.record import Receipt, ReceiptState
from core.receipts.service import Sent
from core.store.unit_of_work import UnitOfWork

READING_JOB = "read-receipt"
RECEIPT = "receipt"
ALBUM = "album"


async def capture_receipts(uow: UnitOfWork, by: By, files: Sequence[Sent]) -> None:
    """Take in what somebody sent. Several at once are asked about: one expense, or as many as there are?"""
    taken = await service.take_in(uow, by.member, by.account, files)
    if len(taken) > 1:
        await show(uow, Subject(ALBUM, taken[0].batch_id), Private(by.account.id), fresh=True)
        return
    await _read(uow, by.account.id, taken)


async def attach_receipts(uow: UnitOfWork, by: By, files: Sequence[Sent], expense_id: str) -> Expense:
    """Put what somebody sent behind an expense of theirs. Raises ExpenseNotFound."""
    expense = await expenses.own_expense(uow, by.member.id, expense_id)
    if expense is None or expense.deleted:
        raise ExpenseNotFound
    for receipt in await service.take_in(uow, by.member, by.account, files, expense_id=expense.id):
        await _queue_reading(uow, receipt)
    await _show_evidence(uow, expense.id, Private(by.account.id))
    return expense


async def _show_evidence(uow: UnitOfWork, expense_id: str, owner: Private) -> None:
    """Bring the expense's card up to date, and that of whoever decides about it: they see what stands behind it now."""
    await show(uow, Subject(EXPENSE, expense_id), owner)
    approval = await newest_approval(uow, expense_id)
    if approval is not None and approval.state is ApprovalState.PENDING:
        await show_approval(uow, approval)


async def settle_album(uow: UnitOfWork, by: By, batch_id: str, *, together: bool) -> bool:
    """Read an album as one expense, or each picture as one. False where it was settled already. Raises ReceiptNotFound."""
    batch = await queries.batch(uow, batch_id)
    if not batch or batch[0].owner_id != by.member.id:
        raise ReceiptNotFound
    if len(batch) < 2:
        return False
    await service.hold_batch(uow, batch_id)
    # Two quick taps: an album was settled when its readings are queued, long before the first of them is done.
    if await known_keys(uow, [_job_key(each.id) for each in batch]):
        return False
    taken = batch if together else await service.separate(uow, batch_id)
    await remove(uow, Subject(ALBUM, batch_id), Private(by.account.id))
    await _read(uow, by.account.id, taken)
    return True


async def _read(uow: UnitOfWork, account_id: str, receipts: Sequence[Receipt]) -> None:
    for receipt in receipts:
        if receipt.id == receipt.batch_id:
            await show(uow, Subject(RECEIPT, receipt.id), Private(account_id), fresh=True)
        await _queue_reading(uow, receipt)


async def _queue_reading(uow: UnitOfWork, receipt: Receipt) -> None:
    key = _job_key(receipt.id)
    await enqueue(uow, READING_JOB, key, {"receipt": receipt.id}, dedupe_key=key)


def _job_key(receipt_id: str) -> str:
    return f"{READING_JOB}:{receipt_id}"


async def book_reading(
    uow: UnitOfWork, receipt_id: str, reading: Reading, *, content_hash: str, media_type: str, size_bytes: int
) -> None:
    """Book what was read: the file, the reading, and a draft when the last receipt of its expense was read."""
    await service.hold_batch(uow, receipt_id)
    file = await record_file(uow, content_hash=content_hash, media_type=media_type, size_bytes=size_bytes)
    seen = bool(await queries.same_content(uow, content_hash, receipt_id))
    receipt = await service.note_reading(uow, receipt_id, reading=reading, file_id=file.id, seen_before=seen)
    await _after_reading(uow, receipt)


async def book_refusal(
    uow: UnitOfWork,
    receipt_id: str,
    refusal: DomainError,
    *,
    stored: tuple[str, str, int] | None = None,
) -> None:
    """Book that nothing could be read. `stored`: hash, media type and bytes of a picture that is kept all the same."""
    await service.hold_batch(uow, receipt_id)
    file = None
    if stored is not None:
        content_hash, media_type, size_bytes = stored
        file = await record_file(uow, content_hash=content_hash, media_type=media_type, size_bytes=size_bytes)
    receipt = await service.note_refusal(uow, receipt_id, refusal, file_id=None if file is None else file.id)
    await _after_reading(uow, receipt)


async def _after_reading(uow: UnitOfWork, receipt: Receipt) -> None:
    """Bring the cards up to date; make the draft when nothing of its batch is still being read."""
    to = Private(receipt.account_id)
    if receipt.expense_id is not None:
        await _show_evidence(uow, receipt.expense_id, to)
        return
    batch = await queries.batch(uow, receipt.batch_id)
    if any(each.state is ReceiptState.WAITING for each in batch):
        return
    draft = await _draft(uow, batch)
    if draft is None:
        await show(uow, Subject(RECEIPT, receipt.batch_id), to)
        return
    await service.attach(uow, receipt.batch_id, draft.id)
    await show(uow, Subject(EXPENSE, draft.id), to, instead_of=Subject(RECEIPT, receipt.batch_id))
    await refresh_homes(uow, draft.owner_id)


async def _draft(uow: UnitOfWork, batch: Sequence[Receipt]) -> Expense | None:
    """Return a new draft of the first receipt that tells an amount; None where none does, as no amount is invented."""
    owner = await identity.member(uow, batch[0].owner_id)
    account = await identity.account(uow, batch[0].account_id)
    if owner is None or account is None:
        raise LookupError("a receipt outlived its owner")
    for receipt in batch:
        amount = receipt.fields.amount(owner.currency) if receipt.fields else None
        if receipt.fields is None or amount is None or not 0 < amount.amount_minor <= EXPENSE_MINOR_MAX:
            continue
        merchant = receipt.fields.merchant
        details = Details(
            amount=amount,
            spent_on=receipt.fields.date or owner.local(uow.now).date(),
            merchant=merchant[:MERCHANT_LENGTH_MAX] if merchant else None,
            description=(merchant or "")[:DESCRIPTION_LENGTH_MAX],
            category_id=(await category_by_key(uow, None)).id,
        )
        return await books.record(uow, owner, details, platform=account.platform, origin=None)
    return None


async def expense_behind(uow: UnitOfWork, by: By, installation_id: str, channel: str, message: str) -> str | None:
    """Return the member's expense that a message of the bot shows, for a receipt that answers it. Raises ReceiptTooLate."""
    subject = await conversations.subject_at(uow, installation_id, channel, message)
    if subject is None or subject.kind != EXPENSE:
        return None
    expense = await expenses.own_expense(uow, by.member.id, subject.id)
    if expense is None or expense.deleted:
        return None
    if not may_change(expense.state):
        raise ReceiptTooLate(number=expense.number)
    return expense.id


async def record_for_receipts(uow: UnitOfWork, by: By, said: Said, batch_id: str) -> Expense:
    """Make a draft of what was typed for receipts of one's own that told no total; they stand behind it then, once.

    Raises ReceiptTaken, AmountNotPositive.
    """
    batch = [each for each in await queries.batch(uow, batch_id) if each.owner_id == by.member.id]
    if batch:
        await service.hold_batch(uow, batch_id)
        await _refuse_taken(uow, await queries.batch(uow, batch_id))
    expense = await record_expense(uow, by, said, None)
    if batch:
        await service.attach(uow, batch_id, expense.id)
        await remove(uow, Subject(RECEIPT, batch_id), Private(by.account.id))
    return expense


async def _refuse_taken(uow: UnitOfWork, batch: Sequence[Receipt]) -> None:
    """Raise ReceiptTaken where a form was sent twice: a second expense of the same receipts would be paid twice."""
    taken = next((each.expense_id for each in batch if each.expense_id is not None), None)
    expense = await expenses.find_expense(uow, taken) if taken is not None else None
    if expense is not None:
        raise ReceiptTaken(number=expense.number)


async def own_receipts(uow: UnitOfWork, by: By, expense_id: str) -> tuple[Receipt, ...]:
    """Return the receipts of an expense of one's own. Raises ExpenseNotFound."""
    if await expenses.own_expense(uow, by.member.id, expense_id) is None:
        raise ExpenseNotFound
    return await queries.receipts_of(uow, expense_id)
