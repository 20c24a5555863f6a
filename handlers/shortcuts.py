"""Entries in the menu of every message: its words become an expense of one's own, as if one had written them."""

from dataclasses import dataclass, replace

from core.conversations.outgoing import show
from core.conversations.subjects import Private, Subject
from core.expenses.queries import expense_from_message
from core.expenses.rules import DESCRIPTION_LENGTH_MAX
from core.expenses.service import Origin
from core.flows.own_expenses import EXPENSE, Said, record_expense
from core.identity.rules import Permission
from handlers.events import ShortcutInvoked
from handlers.expenses import NEW, understand_words
from handlers.receipts import Received, look_at_files, receive
from handlers.registry import shortcut
from handlers.replies import OpenForm, Replies, Send, say
from handlers.text import text
from handlers.turn import Reader, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A message that was chosen. `said`: what its words say of an expense; `start`: what a form begins with where they do not.

    `received`: its files, sorted; None where it has none.
    """

    said: Said | None
    start: dict[str, str]
    received: Received | None


async def understand_message(reader: Reader) -> Chosen:
    """Understand somebody's message in the language and the zone of who chose it, as of when it was written."""
    event = reader.event
    if not isinstance(event, ShortcutInvoked):
        raise TypeError("only a shortcut leads here")
    written_at = event.written_at or reader.uow.now
    day = reader.member.local(written_at).date()
    said = (await understand_words(reader, event.text, written_at)).said if event.text else None
    if said is not None and said.spent_on is None:
        said = replace(said, spent_on=day)
    description = " ".join(event.text.split())[:DESCRIPTION_LENGTH_MAX]
    return Chosen(
        said=said,
        start={"description": description, "date": reader.tools.typed(day, reader.member.language)},
        received=replace(await look_at_files(reader), said=said) if event.files else None,
    )


@shortcut("expense.add", needs=Permission.OWN_EXPENSES, prepare=understand_message, opens_form=True)
async def add_expense(turn: Turn[Chosen]) -> Replies:
    """Make a draft of a message; without an amount in it, ask for what is missing. The same message makes one draft."""
    chosen, source = turn.arguments, turn.source
    if chosen.received is not None:
        return await receive(_with_files(turn, chosen.received))
    origin = None
    if source.message is not None:
        origin = Origin(installation_id=source.installation_id, channel=source.channel, message=source.message)
        known = await expense_from_message(
            turn.uow, turn.member.id, origin.installation_id, origin.channel, origin.message
        )
        if known is not None and not known.deleted:
            await show(turn.uow, Subject(EXPENSE, known.id), Private(turn.who.account.id), fresh=True)
            return (Send(say(text("shortcut.known", number=known.number))),)
    if chosen.said is None:
        return (OpenForm(NEW.key, chosen.start),)
    await record_expense(turn.uow, turn.by, chosen.said, origin)
    return ()


def _with_files(turn: Turn[Chosen], received: Received) -> Turn[Received]:
    """Return the turn as that of a message with files."""
    return Turn(uow=turn.uow, who=turn.who, event=turn.event, arguments=received, tools=turn.tools)
