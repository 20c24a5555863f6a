"""Expenses in chat: a sentence becomes one, buttons and a form change it, a list shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from core.approvals.queries import newest_approval
from core.categories.service import categories, category
from core.conversations.outgoing import show
from core.conversations.subjects import Private, Subject
from core.expenses import queries
from core.expenses.errors import ExpenseNotFound
from core.expenses.rules import DESCRIPTION_LENGTH_MAX, MERCHANT_LENGTH_MAX, Expense, State
from core.expenses.service import Origin
from core.flows import own_expenses as flows
from core.flows.capture_receipt import record_for_receipts
from core.flows.own_expenses import Said
from core.identity.rules import Permission
from core.language import parse_amount, parse_date, understand
from core.money import Money, MoneyError
from core.receipts import queries as receipts
from core.store.unit_of_work import UnitOfWork
from handlers.events import MessageEdited, TextReceived
from handlers.forms import Choice, Field, FieldRefused, Form, FormStart, Input, Reading, as_typed
from handlers.registry import button, command, form, listens, shows
from handlers.replies import Card, OpenForm, Replace, Replies, Send, Toast, say
from handlers.text import text
from handlers.turn import Asker, Reader, Turn
from handlers.views import expenses as views

OWN = Permission.OWN_EXPENSES
EXAMPLE_DAY = date(2026, 3, 25)
"""Shows how dates are written in the reader's language: its day is no month."""


# ---- a sentence ----


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A message as it was understood; `said` None: no amount was found in it, or not one that can be booked."""

    said: Said | None
    refusal: str | None = None


async def understand_sentence(reader: Reader) -> Sentence:
    """Understand a message of words, before the transaction."""
    event = reader.event
    if not isinstance(event, TextReceived):
        raise TypeError("only words can be understood")
    return await understand_words(reader, event.text)


async def understand_edit(reader: Reader) -> Sentence:
    """Understand what a message says now, as of when it was written: its "yesterday" is not that of the correction."""
    event = reader.event
    if not isinstance(event, MessageEdited):
        raise TypeError("only an edit can be understood")
    known = await _made_from(reader.uow, reader.member.id, event)
    return await understand_words(reader, event.text, known.created_at if known else None)


async def _made_from(uow: UnitOfWork, member_id: str, event: MessageEdited) -> Expense | None:
    origin = _origin(event)
    return await queries.expense_from_message(uow, member_id, origin.installation_id, origin.channel, origin.message)


def _origin(event: MessageEdited) -> Origin:
    source = event.source
    return Origin(installation_id=source.installation_id, channel=source.channel, message=source.message or "")


async def understand_words(reader: Reader, words: str, written_at: datetime | None = None) -> Sentence:
    """Understand what somebody wrote, wherever it stood. `written_at`: what its "yesterday" is counted from, if not from now."""
    reading = await reader.reading()
    understood = understand(
        words,
        locale=reading.locale,
        reference=reading.now if written_at is None else reader.member.local(written_at),
        phrasebook=reading.phrasebook,
        default_currency=reading.currency,
    )
    if understood.amount is None:
        return Sentence(said=None, refusal="expense.no-amount")
    try:
        amount = Money.of(understood.amount, understood.currency or reading.currency)
    except MoneyError:
        return Sentence(said=None, refusal="expense.impossible-amount")
    description = understood.item or understood.merchant or ""
    return Sentence(
        said=Said(
            amount=amount,
            spent_on=understood.date,
            merchant=understood.merchant,
            description=description,
            category=understood.category,
        )
    )


@listens(TextReceived, needs=OWN, prepare=understand_sentence)
async def record_sentence(turn: Turn[Sentence]) -> Replies:
    """Make a draft of a sentence; what is none is answered with what would be one."""
    if turn.arguments.said is None:
        return (Send(say(text(turn.arguments.refusal or "expense.no-amount"))),)
    source = turn.source
    origin = None
    if source.message is not None:
        origin = Origin(installation_id=source.installation_id, channel=source.channel, message=source.message)
    await flows.record_expense(turn.uow, turn.by, turn.arguments.said, origin)
    return ()


@listens(MessageEdited, needs=OWN, prepare=understand_edit)
async def follow_edit(turn: Turn[Sentence]) -> Replies:
    """Let an expense follow its message, as long as it may be changed; where it does not, say so, and what would help."""
    event, said = turn.event, turn.arguments.said
    if not isinstance(event, MessageEdited):
        raise TypeError("only an edit leads here")
    known = await _made_from(turn.uow, turn.member.id, event)
    if known is None:
        return (Send(say(text("expense.edit-makes-none"))),) if event.source.private and said is not None else ()
    if known.deleted:
        return (Send(views.edit_of_deleted_card(known)),)
    if said is None:
        return (Send(say(text("expense.edit-not-understood", number=known.number))),)
    changed = await flows.correct_from_message(turn.uow, turn.by, _origin(event), said)
    if changed is None:
        return (Send(say(text("expense.edit-too-late", number=known.number))),)
    return await _asked_again(turn, changed, known.version)


async def _asked_again(turn: Turn[Any], changed: Expense, version_before: int) -> Replies:
    """Say who was asked anew, where a change was one of what had been handed in."""
    asked = await newest_approval(turn.uow, changed.id)
    if (
        changed.state is not State.SUBMITTED
        or changed.version == version_before
        or asked is None
        or not asked.approvers
    ):
        return ()
    return (Send(say(text("expense.asked-again", number=changed.number, names=views.names_of(asked)))),)


# ---- its card ----


@shows("expense")
async def show_expense(asker: Asker, expense_id: str) -> Card | None:
    """Show an expense to its owner."""
    if asker.who.member is None:
        return None
    expense = await queries.own_expense(asker.uow, asker.who.member.id, expense_id)
    if expense is None:
        return None
    approval = await newest_approval(asker.uow, expense.id)
    behind = await receipts.receipts_of(asker.uow, expense.id)
    return views.expense_card(expense, await category(asker.uow, expense.category_id), approval, behind)


@button("expense.submit", needs=OWN, subject="expense")
async def submit(turn: Turn[None]) -> Replies:
    """Hand the expense in, and say who was asked."""
    tap = turn.tap
    expense = await flows.submit_expense(turn.uow, turn.by, tap.subject_id or "", tap.version)
    asked = await newest_approval(turn.uow, expense.id)
    if asked is None or not asked.approvers:
        return (Toast(text("expense.submitted-to-nobody")),)
    return (Toast(text("expense.submitted", names=views.names_of(asked))),)


@button("expense.take-back", needs=OWN, subject="expense")
async def take_back(turn: Turn[None]) -> Replies:
    """Take back what was handed in, while nobody has decided."""
    tap = turn.tap
    await flows.take_back_expense(turn.uow, turn.by, tap.subject_id or "", tap.version)
    return (Toast(text("expense.taken-back")),)


@button("expense.delete", needs=OWN, subject="expense")
async def delete(turn: Turn[None]) -> Replies:
    """Delete the expense; its card offers to undo it."""
    tap = turn.tap
    await flows.delete_expense(turn.uow, turn.by, tap.subject_id or "", tap.version)
    return (Toast(text("expense.deleted-toast")),)


@button("expense.restore", needs=OWN, subject="expense")
async def restore(turn: Turn[None]) -> Replies:
    """Undo the deletion."""
    tap = turn.tap
    await flows.restore_expense(turn.uow, turn.by, tap.subject_id or "", tap.version)
    return (Toast(text("expense.restored")),)


@button("expense.category", needs=OWN, subject="expense")
async def choose_category(turn: Turn[None]) -> Replies:
    """Show the categories in the place of the card."""
    expense = await _own(turn)
    card = views.category_card(expense, await categories(turn.uow))
    return (Replace(Subject("expense", expense.id), card),)


@button("expense.set", needs=OWN, subject="expense")
async def categorise(turn: Turn[None]) -> Replies:
    """Take the category that was chosen."""
    tap = turn.tap
    await flows.categorise_expense(turn.uow, turn.by, tap.subject_id or "", tap.version, tap.choice or "")
    return ()


@button("expense.show", needs=OWN, subject="expense")
async def show_again(turn: Turn[None]) -> Replies:
    """Put the expense's own card back."""
    expense = await _own(turn)
    await show(turn.uow, Subject("expense", expense.id), Private(turn.who.account.id))
    return ()


# ---- its form ----


def parse_money(typed: str, reading: Reading) -> Money:
    """Return an amount as a person types it; without a currency, it is in theirs. Raises FieldRefused."""
    parsed = parse_amount(
        typed, locale=reading.locale, phrasebook=reading.phrasebook, default_currency=reading.currency
    )
    if parsed is None:
        raise FieldRefused(text("form.no-amount", typed=typed))
    try:
        amount = Money.of(parsed.amount, parsed.currency or reading.currency)
    except MoneyError as error:
        raise FieldRefused(text("form.impossible-amount", typed=typed)) from error
    if amount.amount_minor <= 0:
        raise FieldRefused(text("error.amount-not-positive"))
    return amount


def parse_day(typed: str, reading: Reading) -> date:
    """Return a date as a person types it. Raises FieldRefused."""
    day = parse_date(typed, locale=reading.locale, reference=reading.now, phrasebook=reading.phrasebook)
    if day is None:
        raise FieldRefused(text("form.no-date", typed=typed, example=EXAMPLE_DAY))
    return day


def _said(values: Mapping[str, Any]) -> Said:
    return Said(
        amount=values["amount"],
        spent_on=values["date"],
        description=values["description"],
        merchant=values["merchant"],
        category=values["category"],
    )


FIELDS = (
    Field(
        name="amount",
        label=text("expense.amount"),
        parse=parse_money,
        input=Input.AMOUNT,
        hint=text("form.amount-hint"),
        length_max=60,
    ),
    Field(
        name="date",
        label=text("expense.date"),
        parse=parse_day,
        input=Input.DATE,
        hint=text("form.date-hint", example=EXAMPLE_DAY),
        length_max=60,
    ),
    Field(
        name="description",
        label=text("expense.description"),
        parse=as_typed,
        hint=text("form.description-hint"),
        length_max=DESCRIPTION_LENGTH_MAX,
    ),
    Field(
        name="merchant",
        label=text("expense.merchant"),
        parse=as_typed,
        optional=True,
        length_max=MERCHANT_LENGTH_MAX,
    ),
    Field(name="category", label=text("expense.category"), parse=as_typed, input=Input.CHOICE),
)
NEW = Form(key="expense.new", title=text("form.new-expense"), submit=text("form.save"), fields=FIELDS, build=_said)
EDIT = Form(key="expense.edit", title=text("form.edit-expense"), submit=text("form.save"), fields=FIELDS, build=_said)


async def _choices(reader: Reader) -> dict[str, tuple[Choice, ...]]:
    known = await categories(reader.uow)
    return {"category": tuple(Choice(each.key, views.category_words(each)) for each in known)}


async def start_new(reader: Reader, arguments: Mapping[str, str]) -> FormStart:
    """Start with today, or with what a message said, or with what was read of receipts that told no total."""
    language = reader.member.language
    initial = {"date": reader.tools.typed(reader.member.local(reader.uow.now).date(), language)}
    initial |= {name: arguments[name] for name in ("date", "description") if arguments.get(name)}
    for receipt in await receipts.batch(reader.uow, arguments.get("receipts", "")):
        if receipt.fields is not None and receipt.owner_id == reader.member.id:
            initial |= {"description": receipt.fields.merchant or "", "merchant": receipt.fields.merchant or ""}
            initial |= {"date": reader.tools.typed(receipt.fields.date, language)} if receipt.fields.date else {}
    return FormStart(initial=initial, choices=await _choices(reader))


async def start_edit(reader: Reader, arguments: Mapping[str, str]) -> FormStart:
    """Start with what stands. Raises ExpenseNotFound."""
    expense = await queries.own_expense(reader.uow, reader.member.id, arguments["expense"])
    if expense is None:
        raise ExpenseNotFound
    language = reader.member.language
    initial = {
        "amount": reader.tools.typed(expense.amount, language),
        "date": reader.tools.typed(expense.spent_on, language),
        "description": expense.description,
        "merchant": expense.merchant or "",
        "category": (await category(reader.uow, expense.category_id)).key,
    }
    return FormStart(initial=initial, choices=await _choices(reader))


@command("new", needs=OWN, opens_form=True)
async def new(_turn: Turn[None]) -> Replies:
    """Open the form of a new expense."""
    return (OpenForm(NEW.key),)


@form(NEW, start=start_new, needs=OWN)
async def record_form(turn: Turn[Said]) -> Replies:
    """Make a draft of the form; receipts that it was opened for stand behind it."""
    batch_id = turn.dialog_arguments.get("receipts")
    if batch_id is None:
        await flows.record_expense(turn.uow, turn.by, turn.arguments, None)
    else:
        await record_for_receipts(turn.uow, turn.by, turn.arguments, batch_id)
    return ()


@button("expense.edit", needs=OWN, subject="expense", opens_form=True)
async def edit(turn: Turn[None]) -> Replies:
    """Open the form of an expense that stands."""
    expense = await _own(turn)
    return (OpenForm(EDIT.key, {"expense": expense.id, "version": str(expense.version)}),)


@form(EDIT, start=start_edit, needs=OWN)
async def correct(turn: Turn[Said]) -> Replies:
    """Take what the form says in the place of what stood when it was opened."""
    opened = turn.dialog_arguments
    version = int(opened["version"])
    changed = await flows.correct_expense(
        turn.uow, turn.by, opened["expense"], version, turn.arguments, fresh=turn.fresh
    )
    return await _asked_again(turn, changed, version)


@button("expense.open", needs=OWN)
async def open_expense(turn: Turn[None]) -> Replies:
    """Show an expense as a new message."""
    expense = await _own(turn)
    await show(turn.uow, Subject("expense", expense.id), Private(turn.who.account.id), fresh=True)
    return ()


async def _own(turn: Turn[Any]) -> Expense:
    expense = await queries.own_expense(turn.uow, turn.member.id, turn.tap.subject_id or "")
    if expense is None:
        raise ExpenseNotFound
    return expense
