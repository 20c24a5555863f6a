"""What receipts add to the card of their expense: doubts, a count, a warning. Pure."""

from collections.abc import Sequence

from core.expenses.rules import Expense
from core.receipts.record import Receipt, ReceiptState
from handlers.replies import Block, Paragraph, Row
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
    if any(receipt.seen_before for receipt in receipts):
        said.append(Paragraph(text("receipt.seen-before")))
    return tuple(said)
