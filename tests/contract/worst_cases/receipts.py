"""The worst of receipts on their way."""

from core.receipts.record import ReceiptState
from handlers.replies import Card
from handlers.views import receipts
from tests.contract.worst_cases.values import ULID, receipt

CARDS: dict[str, list[Card]] = {
    "receipt_card": [receipts.receipt_card(receipt(state)) for state in ReceiptState],
    "album_card": [receipts.album_card(ULID, 10)],
}
