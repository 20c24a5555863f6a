"""What was decided, asked and answered: the parts that the owner's card and the approver's have in common."""

from core.approvals.rules import Approval, ApprovalState, Question
from handlers.replies import Block, Button, Lines, Paragraph, Style
from handlers.text import Text, text

QUESTIONS_SHOWN_MAX = 3
"""The newest questions stand on a card; all of them are kept."""


def outcome(approval: Approval) -> tuple[Block, ...]:
    """Return how a request ended, by whom and when; nothing while it waits."""
    decision = approval.decision
    if decision is not None and approval.state is ApprovalState.APPROVED:
        return (Paragraph(text("approval.approved-by", name=decision.name, at=decision.at)),)
    if decision is not None and approval.state is ApprovalState.REJECTED:
        reason = decision.reason or ""
        return (Paragraph(text("approval.rejected-by", name=decision.name, at=decision.at, reason=reason)),)
    return ()


def questions(approval: Approval) -> tuple[Block, ...]:
    """Return the newest questions with their answers."""
    lines = [line for each in approval.questions[-QUESTIONS_SHOWN_MAX:] for line in _lines(each)]
    return (Lines(tuple(lines)),) if lines else ()


def _lines(question: Question) -> tuple[Text, Text]:
    asked = text("approval.asked-line", name=question.asked_by, question=question.question)
    if question.answer is None:
        return asked, text("approval.unanswered-line")
    return asked, text("approval.answered-line", answer=question.answer)


def answer_button(question: Question) -> Button:
    """Return the button that opens the form of an answer."""
    return Button(
        action="approval.answer", label=text("button.approval.answer"), subject_id=question.id, style=Style.PRIMARY
    )


def answer_buttons(approval: Approval) -> tuple[tuple[Button, ...], ...]:
    """Return the button for the newest question that waits for an answer, while the request is open."""
    waiting = [each for each in approval.questions if each.answer is None]
    if not waiting or approval.state is not ApprovalState.PENDING:
        return ()
    return ((answer_button(waiting[-1]),),)
