"""Receipts in chat: a picture becomes an expense, or stands behind one; an album is asked about once."""

from dataclasses import dataclass

from core.flows import capture_receipt as flows
from core.flows.own_expenses import Said, record_expense
from core.identity.rules import Permission
from core.receipts import queries
from core.receipts.errors import ReceiptNotFound, ReceiptTooLarge
from core.receipts.record import SIZE_BYTES_MAX
from core.receipts.service import Sent
from handlers.events import FilesReceived, IncomingFile, ShortcutInvoked
from handlers.expenses import Sentence, understand_words
from handlers.registry import button, listens, shows
from handlers.replies import Card, OpenForm, Replies, Send, SendFile, Toast, say
from handlers.text import Text, text
from handlers.turn import Asker, Reader, Turn
from handlers.views import receipts as views

OWN = Permission.OWN_EXPENSES
READABLE = ("image/", "application/pdf", "application/octet-stream")


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What came with a message of files: those that may be receipts, and what its words say of an expense."""

    files: tuple[Sent, ...]
    unreadable: bool
    too_large: bool
    said: Said | None


async def look_at_files(reader: Reader) -> Received:
    """Sort what somebody sent, and understand the words that came with it, before the transaction."""
    event = reader.event
    if not isinstance(event, FilesReceived | ShortcutInvoked):
        raise TypeError("only files lead here")
    readable = [file for file in event.files if _may_be_a_receipt(file)]
    fitting = [file for file in readable if (file.size_bytes or 0) <= SIZE_BYTES_MAX]
    sentence = Sentence(said=None)
    if event.text.strip():
        sentence = await understand_words(reader, event.text)
    return Received(
        files=tuple(Sent(name=file.name, reference=file.reference) for file in fitting),
        unreadable=len(readable) < len(event.files),
        too_large=len(fitting) < len(readable),
        said=sentence.said,
    )


def _may_be_a_receipt(file: IncomingFile) -> bool:
    """Tell whether a file may be a picture or a PDF; what its sender's program does not say is looked into later."""
    return file.media_type is None or file.media_type.startswith(READABLE)


@listens(FilesReceived, needs=OWN, prepare=look_at_files)
async def receive(turn: Turn[Received]) -> Replies:
    """Take receipts in: behind the expense whose card was answered, behind the one that the words say, or as new ones."""
    received = turn.arguments
    if not received.files:
        if received.too_large:
            raise _too_large()
        return (Send(say(text("receipt.not-a-file-i-read"))),)
    acting, source = turn.by, turn.source
    if source.reply_to is not None:
        expense_id = await flows.expense_behind(
            turn.uow, acting, source.installation_id, source.channel, source.reply_to
        )
        if expense_id is not None:
            await flows.attach_receipts(turn.uow, acting, received.files, expense_id)
            return (Send(say(text("receipt.attached", count=len(received.files)))), *_left_out(received))
    if received.said is not None:
        expense = await record_expense(turn.uow, acting, received.said, None)
        await flows.attach_receipts(turn.uow, acting, received.files, expense.id)
        return _left_out(received)
    await flows.capture_receipts(turn.uow, acting, received.files)
    return _left_out(received)


def _left_out(received: Received) -> Replies:
    """Say which of several files were not taken in; the others were."""
    sentences = []
    if received.too_large:
        refusal = _too_large()
        sentences.append(Text(refusal.key(), refusal.arguments()))
    if received.unreadable:
        sentences.append(text("receipt.not-a-file-i-read"))
    return tuple(Send(say(each)) for each in sentences)


def _too_large() -> ReceiptTooLarge:
    return ReceiptTooLarge(megabytes_max=SIZE_BYTES_MAX // 10**6)


@shows("receipt")
async def show_receipt(asker: Asker, receipt_id: str) -> Card | None:
    """Show a receipt to its owner, until its expense takes its place."""
    receipt = await queries.receipt(asker.uow, receipt_id)
    if receipt is None or asker.who.member is None or receipt.owner_id != asker.who.member.id:
        return None
    return views.receipt_card(receipt)


@shows("album")
async def show_album(asker: Asker, batch_id: str) -> Card | None:
    """Ask the owner about an album."""
    batch = await queries.batch(asker.uow, batch_id)
    if not batch or asker.who.member is None or batch[0].owner_id != asker.who.member.id:
        return None
    return views.album_card(batch_id, len(batch))


@button("album.together", needs=OWN, subject="album")
async def one_expense(turn: Turn[None]) -> Replies:
    """Make one expense of an album."""
    return await _settle(turn, together=True)


@button("album.separate", needs=OWN, subject="album")
async def several_expenses(turn: Turn[None]) -> Replies:
    """Make an expense of each picture of an album."""
    return await _settle(turn, together=False)


async def _settle(turn: Turn[None], *, together: bool) -> Replies:
    settled = await flows.settle_album(turn.uow, turn.by, turn.tap.subject_id or "", together=together)
    return () if settled else (Toast(text("album.settled")),)


@button("receipt.fill-in", needs=OWN, subject="receipt", opens_form=True)
async def fill_in(turn: Turn[None]) -> Replies:
    """Open the form of a new expense with what was read; the receipt stands behind it then."""
    receipt = await queries.receipt(turn.uow, turn.tap.subject_id or "")
    if receipt is None or receipt.owner_id != turn.member.id:
        raise ReceiptNotFound
    if receipt.expense_id is not None:
        return (Toast(text("button.unknown")),)
    return (OpenForm("expense.new", {"receipts": receipt.batch_id}),)


@button("expense.receipts", needs=OWN, subject="expense")
async def show_pictures(turn: Turn[None]) -> Replies:
    """Send the receipts of an expense of one's own."""
    own = await flows.own_receipts(turn.uow, turn.by, turn.tap.subject_id or "")
    files = [receipt for receipt in own if receipt.file_id is not None]
    if not files:
        return (Toast(text("receipt.none")),)
    return tuple(SendFile(str(receipt.file_id), receipt.name, text("receipt.shown")) for receipt in files)
