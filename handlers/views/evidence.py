"""What receipts add to the card of their expense: doubts, a count, a warning. Pure."""

from collections.abc import Sequence

from core.expenses.rules import Expense
from core.receipts.record import Receipt, ReceiptState
from handlers.replies import SHOWN_MEDIA_TYPES, Block, Paragraph, Picture, Row
from handlers.text import text


def doubts(expense: Expense, receipts: Sequence[Receipt]) -> frozenset[str]:
    """Return the fields that stand as they were read, without certainty; a value that was corrected is no doubt."""
    found: set[str] = set()
    for receipt in receipts:
        if receipt.fields is None:
            continue
        amount = receipt.fields.amount(expense.amount.currency.code)
        stands = {
            "total": amount == expense.amount,
            "currency": amount == expense.amount,
            "date": receipt.fields.date == expense.spent_on,
            "merchant": receipt.fields.merchant == expense.merchant,
        }
        found |= {name for name in receipt.fields.doubtful if stands.get(name)}
    return frozenset(found)


def receipt_rows(receipts: Sequence[Receipt]) -> tuple[Row, ...]:
    """Return how many receipts stand behind an expense."""
    if not receipts:
        return ()
    waits = any(receipt.state is ReceiptState.WAITING for receipt in receipts)
    count = text("receipt.being-read" if waits else "receipt.count", count=len(receipts))
    return (Row(text("receipt.row"), count),)


def remarks(expense: Expense, receipts: Sequence[Receipt]) -> tuple[Block, ...]:
    """Return what the owner should look at."""
    said: list[Block] = []
    if doubts(expense, receipts):
        said.append(Paragraph(text("receipt.doubtful"), quiet=True))
    return (*said, *warnings(receipts))


def warnings(receipts: Sequence[Receipt]) -> tuple[Block, ...]:
    """Return what everybody who sees the expense should know of its receipts."""
    if any(receipt.seen_before for receipt in receipts):
        return (Paragraph(text("receipt.seen-before")),)
    return ()


def picture(receipts: Sequence[Receipt]) -> tuple[Block, ...]:
    """Return the first receipt that can be shown inside a card."""
    for receipt in receipts:
        if receipt.file_id is not None and receipt.media_type in SHOWN_MEDIA_TYPES:
            return (Picture(receipt.file_id, text("receipt.shown")),)
    return ()
