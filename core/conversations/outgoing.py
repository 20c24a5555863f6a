"""What goes out: one queued row is one message to one recipient. Chat, REST, jobs and the command line all queue here."""

from typing import Any

from core.conversations.subjects import Chat, Home, Notice, Private, Recipient, Subject
from core.kernel.codec import Codec, Packer
from core.kernel.months import Month
from core.money import Currency, Money
from core.queue.service import enqueue
from core.store.unit_of_work import UnitOfWork

MESSAGE = "message"

_MONEY = Packer(
    lambda money: [money.amount_minor, money.currency.code],
    lambda stored: Money(amount_minor=stored[0], currency=Currency.of(stored[1])),
)
VALUES = {
    "subject.1": Subject,
    "private.1": Private,
    "chat.1": Chat,
    "home.1": Home,
    "notice.1": Notice,
    "month.1": Month,
}
PACKERS: dict[type, tuple[str, Packer]] = {Money: ("money", _MONEY)}
codec = Codec(VALUES, PACKERS)


async def show(
    uow: UnitOfWork,
    subject: Subject,
    recipient: Recipient,
    *,
    fresh: bool = False,
    instead_of: Subject | None = None,
) -> None:
    """Have the recipient see the subject as it will stand when the message is sent.

    Messages that show it there already are brought up to date; `fresh` asks for a new one at the end of the chat as well.
    `instead_of`: messages that show this one show the subject from then on (a receipt that was read becomes its expense).
    """
    await _queue(uow, recipient, {"show": subject, "fresh": fresh, "instead_of": instead_of})


async def tell(uow: UnitOfWork, notice: Notice, recipient: Recipient, *, dedupe_key: str | None = None) -> None:
    """Have the recipient told; the same `dedupe_key` is told once."""
    await _queue(uow, recipient, {"tell": notice}, dedupe_key=dedupe_key)


async def answer(uow: UnitOfWork, packed_card: Any, recipient: Recipient, *, instead_of: Subject | None = None) -> None:
    """Have a card that a handler made sent to the recipient, in the place of what shows `instead_of` where given."""
    await _queue(uow, recipient, {"card": packed_card, "instead_of": instead_of})


async def send_file(uow: UnitOfWork, file_id: str, name: str, packed_words: Any, recipient: Recipient) -> None:
    """Have a file of the file store sent to the recipient, under a name and with some words."""
    await _queue(uow, recipient, {"file": file_id, "name": name, "words": packed_words})


async def remove(uow: UnitOfWork, subject: Subject, recipient: Recipient) -> None:
    """Have the messages that show the subject to the recipient taken away."""
    await _queue(uow, recipient, {"remove": subject})


async def _queue(
    uow: UnitOfWork, recipient: Recipient, message: dict[str, Any], *, dedupe_key: str | None = None
) -> None:
    payload = codec.pack({"to": recipient} | message)
    await enqueue(uow, MESSAGE, lane_of(recipient), payload, dedupe_key=dedupe_key)


def lane_of(recipient: Recipient) -> str:
    """Return what keeps the order of messages: a person's private chat, or a channel."""
    if isinstance(recipient, Private):
        return f"private:{recipient.account_id}"
    if isinstance(recipient, Home):
        return f"home:{recipient.account_id}"
    return f"chat:{recipient.installation_id}:{recipient.channel}"
