"""How receipts look until they are expenses."""

from core.conversations.subjects import Subject
from core.receipts.record import Receipt, ReceiptState
from handlers.replies import Button, Card, Paragraph, Style
from handlers.text import Text, text


def receipt_card(receipt: Receipt) -> Card:
    """Return the card of a receipt that is no expense yet: being read, refused, or read without a total."""
    subject = Subject("receipt", receipt.id)
    if receipt.state is ReceiptState.WAITING:
        return Card(body=(Paragraph(text("receipt.reading")),), subject=subject)
    fill_in = Button(
        action="receipt.fill-in", label=text("receipt.fill-in"), subject_id=receipt.id, style=Style.PRIMARY
    )
    sentence = text("receipt.no-total")
    if receipt.state is ReceiptState.REFUSED and receipt.refusal is not None:
        sentence = Text(receipt.refusal, receipt.refusal_arguments)
    return Card(body=(Paragraph(sentence),), buttons=((fill_in,),), subject=subject)


def album_card(batch_id: str, count: int) -> Card:
    """Ask what several pictures that came together are."""
    return Card(
        body=(Paragraph(text("album.question", count=count)),),
        buttons=(
            (Button(action="album.together", label=text("album.together"), subject_id=batch_id),),
            (Button(action="album.separate", label=text("album.separate", count=count), subject_id=batch_id),),
        ),
        subject=Subject("album", batch_id),
    )
