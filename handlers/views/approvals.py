"""How requests for approval look: to whom decides, and what their owner is told."""

from collections.abc import Sequence
from typing import Any

from core.approvals.rules import Approval, ApprovalState, Question
from core.categories.rules import Category
from core.conversations.subjects import Notice, Subject
from core.expenses.rules import Expense
from core.receipts.record import Receipt
from handlers.replies import Block, Button, Card, Fields, Lines, Paragraph, Row, Style
from handlers.text import Text, Verbatim, text
from handlers.views import decisions, evidence
from handlers.views.expenses import category_words, open_buttons, page_buttons, title_of, titled

LIST = "approval-list"


def approval_card(
    approval: Approval,
    expense: Expense,
    category: Category,
    receipts: Sequence[Receipt] = (),
    *,
    may_decide: bool,
) -> Card:
    """Return the card of a request: all that is needed to decide, and the buttons or the outcome in their place."""
    subject = Subject("approval", approval.id)
    if approval.state in (ApprovalState.WITHDRAWN, ApprovalState.TAKEN_BACK):
        return Card(body=(Paragraph(_gone(approval, expense)),), subject=subject)
    waits = approval.state is ApprovalState.PENDING
    return Card(
        title=text("approval.title", owner=approval.owner_name, what=title_of(expense)),
        body=(
            Fields((*_facts(approval, expense, category), *evidence.receipt_rows(receipts))),
            *evidence.picture(receipts),
            *evidence.warnings(receipts),
            *decisions.questions(approval),
            *decisions.outcome(approval),
            Paragraph(text("expense.number", number=expense.number), quiet=True),
        ),
        buttons=(*(_buttons(approval) if waits and may_decide else ()), *_pictures(approval, receipts)),
        subject=subject,
    )


def _gone(approval: Approval, expense: Expense) -> Text:
    at = approval.closed_at or approval.asked_at
    key = "approval.taken-back" if approval.state is ApprovalState.TAKEN_BACK else "approval.withdrawn"
    return text(key, name=approval.owner_name, number=expense.number, at=at)


def _facts(approval: Approval, expense: Expense, category: Category) -> tuple[Row, ...]:
    rows = [
        Row(text("approval.owner"), Verbatim(approval.owner_name)),
        Row(text("expense.amount"), text("value.money", amount=expense.amount)),
    ]
    if expense.base_amount is not None and expense.base_amount != expense.amount:
        rows.append(Row(text("approval.base-amount"), text("value.money", amount=expense.base_amount)))
    rows.append(Row(text("expense.date"), text("value.date", date=expense.spent_on)))
    if expense.merchant:
        rows.append(Row(text("expense.merchant"), Verbatim(expense.merchant)))
    if expense.description and expense.description != expense.merchant:
        rows.append(Row(text("expense.description"), Verbatim(expense.description)))
    rows.append(Row(text("expense.category"), category_words(category)))
    if approval.state is ApprovalState.PENDING:
        rows.append(Row(text("approval.since"), text("value.instant", at=approval.asked_at)))
    return tuple(rows)


def _buttons(approval: Approval) -> tuple[tuple[Button, ...], ...]:
    def button(action: str, label: Text, style: Style = Style.PLAIN) -> Button:
        return Button(action=action, label=label, subject_id=approval.id, version=approval.version, style=style)

    return (
        (
            button("approval.approve", text("button.approval.approve"), Style.PRIMARY),
            button("approval.reject", text("button.approval.reject"), Style.DANGER),
        ),
        (button("approval.ask", text("button.approval.ask")),),
    )


def _pictures(approval: Approval, receipts: Sequence[Receipt]) -> tuple[tuple[Button, ...], ...]:
    """Return the way to all receipts, where the card does not show them all."""
    files = [receipt for receipt in receipts if receipt.file_id is not None]
    if not files or (len(files) == 1 and evidence.picture(files)):
        return ()
    return ((Button(action="approval.receipts", label=text("receipt.row"), subject_id=approval.id),),)


def waiting_card(list_id: str, waiting: tuple[tuple[Approval, Expense], ...], count: int, page: int) -> Card:
    """Return a page of what waits for somebody, oldest first, each with a button that opens it."""
    subject = Subject(LIST, list_id)
    if count == 0:
        return Card(body=(Paragraph(text("approvals.none")),), subject=subject)
    opens = open_buttons("approval.open", [(approval.id, expense.number) for approval, expense in waiting])
    return Card(
        title=text("approvals.title", count=count),
        body=(Lines(tuple(_line(approval, expense) for approval, expense in waiting)),),
        buttons=(*opens, *page_buttons("approvals.page", list_id, count, page)),
        subject=subject,
    )


def _line(approval: Approval, expense: Expense) -> Text:
    return text(
        "approvals.line",
        number=str(expense.number),
        owner=approval.owner_name,
        what=title_of(expense),
        since=approval.asked_at,
    )


def called(approval: Approval, expense: Expense) -> Text:
    """Return what a request is about in one line: whose expense it is, what, how much, and where."""
    said = {"number": expense.number, "owner": approval.owner_name, "what": title_of(expense)}
    if not expense.merchant or expense.merchant == expense.description:
        return text("approval.called", **said)
    return text("approval.called-at", **said, merchant=expense.merchant)


def question_title(question: Question, expense: Expense) -> Text:
    """Return who has a question, and about what."""
    return text("approval.question-title", name=question.asked_by, number=expense.number, what=title_of(expense))


def owner_question_card(question: Question, expense: Expense) -> Card:
    """Return a question as the owner sees it: with a button until it is answered."""
    body: tuple[Block, ...] = (Paragraph(Verbatim(question.question)),)
    if question.answer is not None:
        body = (*body, Paragraph(text("approval.answered-line", answer=question.answer)))
    return Card(
        title=question_title(question, expense),
        body=body,
        buttons=((decisions.answer_button(question),),) if question.answer is None else (),
        subject=Subject("approval-question", question.id),
    )


def approved_card(notice: Notice) -> Card:
    """Return the news that an expense is approved."""
    said = _said(notice)
    return Card(
        body=(Paragraph(text("approval.told-approved", name=said["name"], what=said["what"], number=said["number"])),)
    )


def rejected_card(notice: Notice) -> Card:
    """Return the news that an expense is rejected: why, and what its owner can do now."""
    said = _said(notice)
    expense_id = notice.subject.id if notice.subject else None

    def button(action: str, label: Text, style: Style = Style.PLAIN) -> Button:
        return Button(action=action, label=label, subject_id=expense_id, version=said["version"], style=style)

    return Card(
        title=text("approval.told-rejected", name=said["name"], what=said["what"], number=said["number"]),
        body=(Paragraph(Verbatim(said["reason"])),),
        buttons=(
            (
                button("expense.edit", text("button.expense.edit")),
                button("expense.submit", text("button.expense.submit-again"), Style.PRIMARY),
            ),
        ),
    )


def reminder_card(notice: Notice) -> Card:
    """Return the reminder of what waits for an approver."""
    said = _said(notice)
    approval_id = notice.subject.id if notice.subject else None
    sentence = text(
        "approval.reminder", owner=said["owner"], what=said["what"], number=said["number"], since=said["since"]
    )
    opens = Button(action="approval.open", label=text("button.approval.open"), subject_id=approval_id)
    return Card(body=(Paragraph(sentence),), buttons=((opens,),))


def _said(notice: Notice) -> dict[str, Any]:
    arguments = notice.arguments
    return arguments | {"what": titled(arguments["description"], arguments["amount"])}
