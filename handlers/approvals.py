"""Approvals in chat: a card with all that is needed to decide, one tap or a reason, a question and its answer, a list."""

from collections.abc import Mapping

from core.approvals import queries
from core.approvals.notices import APPROVED, REJECTED, REMINDER
from core.approvals.rules import (
    ANSWER_LENGTH_MAX,
    QUESTION_LENGTH_MAX,
    REASON_LENGTH_MAX,
    Verdict,
    may_decide,
    may_see,
)
from core.approvals.service import open_request, question_to, visible_approval
from core.categories.service import category
from core.conversations.lists import find_list, set_page, store_list
from core.conversations.outgoing import show
from core.conversations.subjects import Private, Subject
from core.expenses.queries import find_expense
from core.flows.approval_questions import QUESTION, answer_question, ask_question
from core.flows.ask_approval import APPROVAL
from core.flows.decide_approval import decide_approval
from core.identity.rules import Permission
from core.receipts.queries import receipts_of
from handlers.forms import Field, Form, FormStart, Input, as_typed
from handlers.registry import button, command, form, registry, shows
from handlers.replies import Card, OpenForm, Replies, SendFile, Toast
from handlers.text import Text, Verbatim, text
from handlers.turn import Asker, Reader, Turn
from handlers.views import approvals as views
from handlers.views.expenses import PAGE_SIZE

DECIDE, OWN = Permission.APPROVALS_DECIDE, Permission.OWN_EXPENSES
registry.telling(APPROVED)(views.approved_card)
registry.telling(REJECTED)(views.rejected_card)
registry.telling(REMINDER)(views.reminder_card)


# ---- the card ----


@shows(APPROVAL)
async def show_approval(asker: Asker, approval_id: str) -> Card | None:
    """Show a request to whoever was asked, or oversees all. Its owner has a card of their own."""
    member = asker.who.member
    approval = await queries.find_approval(asker.uow, approval_id)
    if member is None or approval is None or member.id == approval.owner_id:
        return None
    expense = await find_expense(asker.uow, approval.expense_id)
    if expense is None or not may_see(member, approval.owner_id, approval.asked):
        return None
    return views.approval_card(
        approval,
        expense,
        await category(asker.uow, expense.category_id),
        await receipts_of(asker.uow, expense.id),
        may_decide=may_decide(member, approval.owner_id, approval.asked),
    )


@button("approval.receipts", needs=DECIDE, subject=APPROVAL)
async def show_pictures(turn: Turn[None]) -> Replies:
    """Send all receipts of what is to be decided, to whoever may see it."""
    approval = await visible_approval(turn.uow, turn.member, turn.tap.subject_id or "")
    behind = await receipts_of(turn.uow, approval.expense_id)
    files = [receipt for receipt in behind if receipt.file_id is not None]
    return tuple(SendFile(str(receipt.file_id), receipt.name, text("receipt.shown")) for receipt in files)


@button("approval.approve", needs=DECIDE, subject=APPROVAL)
async def approve(turn: Turn[None]) -> Replies:
    """Approve."""
    tap = turn.tap
    await decide_approval(turn.uow, turn.by, tap.subject_id or "", tap.version or 0, Verdict.APPROVED)
    return (Toast(text("approval.approved-toast")),)


# ---- reject with a reason, ask ----


def _one_field(key: str, title: Text, submit: Text, label: Text, length_max: int) -> Form[str]:
    field = Field(name="words", label=label, parse=as_typed, input=Input.PARAGRAPH, length_max=length_max)
    return Form(key=key, title=title, submit=submit, fields=(field,), build=lambda values: str(values["words"]))


async def start_about_approval(reader: Reader, arguments: Mapping[str, str]) -> FormStart:
    """Start with nothing but what is to be decided: the words are the person's own. Raises ApprovalNotFound."""
    approval = await visible_approval(reader.uow, reader.member, arguments["approval"])
    expense = await find_expense(reader.uow, approval.expense_id)
    return FormStart(about=(views.called(approval, expense),) if expense else ())


async def start_about_question(reader: Reader, arguments: Mapping[str, str]) -> FormStart:
    """Start with nothing but the question. Raises QuestionNotFound, QuestionAnswered."""
    approval = await question_to(reader.uow, reader.member, arguments["question"])
    question = await queries.find_question(reader.uow, arguments["question"])
    expense = await find_expense(reader.uow, approval.expense_id)
    if question is None or expense is None:
        return FormStart()
    return FormStart(about=(views.question_title(question, expense), Verbatim(question.question)))


REJECT = _one_field(
    "approval.reject",
    text("form.reject"),
    text("button.approval.reject"),
    text("approval.reason"),
    REASON_LENGTH_MAX,
)
ASK = _one_field(
    "approval.ask", text("form.ask"), text("button.approval.ask"), text("approval.question"), QUESTION_LENGTH_MAX
)
ANSWER = _one_field(
    "approval.answer", text("form.answer"), text("form.send"), text("approval.answer"), ANSWER_LENGTH_MAX
)


async def _open(turn: Turn[None], opened: Form[str]) -> Replies:
    """Open a form about a request that can still be decided: who is too late learns it before they write."""
    tap = turn.tap
    request = await open_request(turn.uow, turn.member, tap.subject_id or "", tap.version or 0)
    return (OpenForm(opened.key, {"approval": request.approval.id, "version": str(request.approval.version)}),)


@button("approval.reject", needs=DECIDE, subject=APPROVAL, opens_form=True)
async def open_reject(turn: Turn[None]) -> Replies:
    """Ask for the reason of a rejection."""
    return await _open(turn, REJECT)


@form(REJECT, start=start_about_approval, needs=DECIDE)
async def reject(turn: Turn[str]) -> Replies:
    """Reject, for the reason that was given."""
    opened = turn.dialog_arguments
    await decide_approval(
        turn.uow,
        turn.by,
        opened["approval"],
        int(opened["version"]),
        Verdict.REJECTED,
        turn.arguments,
        fresh=turn.fresh,
    )
    return ()


@button("approval.ask", needs=DECIDE, subject=APPROVAL, opens_form=True)
async def open_ask(turn: Turn[None]) -> Replies:
    """Ask what the approver wants to know."""
    return await _open(turn, ASK)


@form(ASK, start=start_about_approval, needs=DECIDE)
async def ask(turn: Turn[str]) -> Replies:
    """Put the question to the owner."""
    opened = turn.dialog_arguments
    await ask_question(turn.uow, turn.by, opened["approval"], int(opened["version"]), turn.arguments, fresh=turn.fresh)
    return ()


# ---- the owner's answer ----


@shows(QUESTION)
async def show_question(asker: Asker, question_id: str) -> Card | None:
    """Show a question to the owner of the expense."""
    question = await queries.find_question(asker.uow, question_id)
    approval = await queries.find_approval(asker.uow, question.approval_id) if question else None
    member = asker.who.member
    if question is None or approval is None or member is None or member.id != approval.owner_id:
        return None
    expense = await find_expense(asker.uow, approval.expense_id)
    return None if expense is None else views.owner_question_card(question, expense)


@button("approval.answer", needs=OWN, opens_form=True)
async def open_answer(turn: Turn[None]) -> Replies:
    """Open the form of an answer."""
    question_id = turn.tap.subject_id or ""
    await question_to(turn.uow, turn.member, question_id)
    return (OpenForm(ANSWER.key, {"question": question_id}),)


@form(ANSWER, start=start_about_question, needs=OWN)
async def answer(turn: Turn[str]) -> Replies:
    """Give the answer to who asked."""
    await answer_question(turn.uow, turn.by, turn.dialog_arguments["question"], turn.arguments, fresh=turn.fresh)
    return ()


# ---- what waits for me ----


@command("approvals", needs=DECIDE)
async def list_approvals(turn: Turn[None]) -> Replies:
    """List what waits for this person's decision, oldest first."""
    list_id = await store_list(turn.uow, account_id=turn.who.account.id, kind=views.LIST)
    await show(turn.uow, Subject(views.LIST, list_id), Private(turn.who.account.id), fresh=True)
    return ()


@button("approvals.page", needs=DECIDE, subject=views.LIST)
async def turn_page(turn: Turn[None]) -> Replies:
    """Go to another page of the list."""
    tap = turn.tap
    page = int(tap.choice) if tap.choice and tap.choice.isdecimal() else 0
    if not await set_page(turn.uow, tap.subject_id or "", turn.who.account.id, page):
        return (Toast(text("button.unknown")),)
    await show(turn.uow, Subject(views.LIST, tap.subject_id or ""), Private(turn.who.account.id))
    return ()


@shows(views.LIST)
async def show_list(asker: Asker, list_id: str) -> Card | None:
    """Show a page of what waits for the person whose list it is."""
    stored = await find_list(asker.uow, list_id, asker.who.account.id)
    if stored is None or asker.who.member is None:
        return None
    found, count = await queries.waiting_for(
        asker.uow, asker.who.member, offset=stored.page * PAGE_SIZE, limit=PAGE_SIZE
    )
    waiting = [(each, await find_expense(asker.uow, each.expense_id)) for each in found]
    known = tuple((approval, expense) for approval, expense in waiting if expense is not None)
    return views.waiting_card(list_id, known, count, stored.page)


@button("approval.open", needs=DECIDE)
async def open_approval(turn: Turn[None]) -> Replies:
    """Show a request as a new message."""
    approval = await visible_approval(turn.uow, turn.member, turn.tap.subject_id or "")
    await show(turn.uow, Subject(APPROVAL, approval.id), Private(turn.who.account.id), fresh=True)
    return ()
