"""How expenses look."""

from collections.abc import Sequence

from core.approvals.rules import Approval
from core.categories.rules import Category
from core.conversations.subjects import Subject
from core.expenses.rules import Expense, State, may_change, may_delete, may_submit, may_take_back
from core.money import Money
from core.receipts.record import Receipt
from handlers.replies import Block, Button, Card, Fields, Paragraph, Row, Style
from handlers.text import Text, Verbatim, Words, text
from handlers.views import decisions, evidence

CATEGORIES_IN_A_ROW = 2
OPENS_IN_A_ROW = 4
PAGE_SIZE = 8
_STATE_KEYS = {state: f"expense.state.{state}" for state in State}


def category_words(category: Category) -> Words:
    """Return a category's icon and name."""
    name = Verbatim(category.name) if category.name else Text(f"category.{category.key}")
    return text("category.shown", icon=category.icon, name=_argument(name))


def expense_card(
    expense: Expense, category: Category, approval: Approval | None = None, receipts: Sequence[Receipt] = ()
) -> Card:
    """Return the card of an expense: what it says, what became of the request about it, and what may be done with it now."""
    if expense.deleted:
        return _deleted(expense)
    return Card(
        title=title_of(expense),
        body=(
            _fields(expense, category, receipts),
            *_request(approval),
            *evidence.remarks(expense, receipts),
            *_hint(expense, approval),
        ),
        buttons=(*_buttons(expense, receipts), *(decisions.answer_buttons(approval) if approval else ())),
        subject=Subject("expense", expense.id),
    )


def title_of(expense: Expense) -> Text:
    """Return what an expense is called: its words, if there are any, and its amount."""
    return titled(expense.description, expense.amount)


def titled(description: str, amount: Money) -> Text:
    """Return what an expense of these words and this amount is called."""
    if not description:
        return text("expense.title-bare", amount=amount)
    return text("expense.title", description=description, amount=amount)


def _fields(expense: Expense, category: Category, receipts: Sequence[Receipt]) -> Fields:
    unsure = evidence.doubts(expense, receipts)
    rows = [
        Row(
            text("expense.amount"),
            text("value.money", amount=expense.amount),
            doubtful=not unsure.isdisjoint({"total", "currency"}),
        ),
        Row(text("expense.date"), text("value.date", date=expense.spent_on), doubtful="date" in unsure),
    ]
    if expense.merchant and (expense.merchant != expense.description or "merchant" in unsure):
        rows.append(Row(text("expense.merchant"), Verbatim(expense.merchant), doubtful="merchant" in unsure))
    rows.append(Row(text("expense.category"), category_words(category)))
    rows.append(Row(text("expense.state"), Text(_STATE_KEYS[expense.state])))
    return Fields((*rows, *evidence.receipt_rows(receipts)))


def _request(approval: Approval | None) -> tuple[Block, ...]:
    return () if approval is None else (*decisions.questions(approval), *decisions.outcome(approval))


def _hint(expense: Expense, approval: Approval | None) -> tuple[Block, ...]:
    hint = text("expense.number", number=expense.number)
    if expense.state is State.SUBMITTED:
        hint = text("expense.waits-for-nobody", number=expense.number)
        if approval is not None and approval.approvers:
            hint = text("expense.waits-for", number=expense.number, names=names_of(approval))
    return (Paragraph(hint, quiet=True),)


def names_of(approval: Approval) -> tuple[str, ...]:
    """Return the names of those who were asked."""
    return tuple(each.name for each in approval.approvers)


def _buttons(expense: Expense, receipts: Sequence[Receipt]) -> tuple[tuple[Button, ...], ...]:
    first, second = [], []
    if may_submit(expense.state):
        first.append(_submit(expense))
    if may_change(expense.state):
        first.append(_button(expense, "expense.edit"))
        second.append(_button(expense, "expense.category"))
    if receipts:
        second.append(_button(expense, "expense.receipts"))
    if may_take_back(expense.state):
        second.append(_button(expense, "expense.take-back"))
    if may_delete(expense.state):
        second.append(_button(expense, "expense.delete", style=Style.DANGER))
    return tuple(tuple(row) for row in (first, second) if row)


def _submit(expense: Expense) -> Button:
    again = expense.state is State.REJECTED
    label = text("button.expense.submit-again") if again else text("button.expense.submit")
    return Button(
        action="expense.submit", label=label, subject_id=expense.id, version=expense.version, style=Style.PRIMARY
    )


def _button(expense: Expense, action: str, *, style: Style = Style.PLAIN) -> Button:
    return Button(
        action=action, label=Text(f"button.{action}"), subject_id=expense.id, version=expense.version, style=style
    )


def _deleted(expense: Expense) -> Card:
    return Card(
        body=(Paragraph(text("expense.deleted", what=title_of(expense))),),
        buttons=((_button(expense, "expense.restore"),),),
        subject=Subject("expense", expense.id),
    )


def edit_of_deleted_card(expense: Expense) -> Card:
    """Say that a message was changed whose expense is deleted, and offer it back."""
    return Card(
        body=(Paragraph(text("expense.edit-of-deleted", number=expense.number)),),
        buttons=((_button(expense, "expense.restore"),),),
    )


def category_card(expense: Expense, categories: tuple[Category, ...]) -> Card:
    """Return the choice of a category, in the place of the expense's card."""
    buttons = [
        Button(
            action="expense.set",
            label=category_words(category),
            subject_id=expense.id,
            version=expense.version,
            choice=category.key,
        )
        for category in categories
    ]
    rows = [tuple(buttons[at : at + CATEGORIES_IN_A_ROW]) for at in range(0, len(buttons), CATEGORIES_IN_A_ROW)]
    back = Button(action="expense.show", label=text("button.back"), subject_id=expense.id, version=expense.version)
    return Card(
        title=title_of(expense),
        body=(Paragraph(text("expense.choose-category")),),
        buttons=(*rows, (back,)),
        subject=Subject("expense", expense.id),
    )


def open_buttons(action: str, numbered: Sequence[tuple[str, int]]) -> tuple[tuple[Button, ...], ...]:
    """Return a button for each subject of a list, by id and number, OPENS_IN_A_ROW a row."""
    opens = [
        Button(action=action, label=text("expenses.open", number=number), subject_id=subject_id)
        for subject_id, number in numbered
    ]
    return tuple(tuple(opens[at : at + OPENS_IN_A_ROW]) for at in range(0, len(opens), OPENS_IN_A_ROW))


def page_buttons(
    action: str, list_id: str, count: int, page: int, page_size: int = PAGE_SIZE
) -> tuple[tuple[Button, ...], ...]:
    """Return the buttons to the pages before and after one of a stored list, counted from 0."""
    row = []
    if page > 0:
        row.append(Button(action=action, label=text("button.previous"), subject_id=list_id, choice=str(page - 1)))
    if (page + 1) * page_size < count:
        row.append(Button(action=action, label=text("button.next"), subject_id=list_id, choice=str(page + 1)))
    return (tuple(row),) if row else ()


def _argument(words: Words) -> Text | str:
    return words.words if isinstance(words, Verbatim) else words
