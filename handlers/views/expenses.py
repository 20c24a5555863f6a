"""How expenses look."""

from core.categories.rules import Category
from core.conversations.subjects import Subject
from core.expenses.rules import Expense, State, may_change, may_delete, may_submit
from handlers.replies import Block, Button, Card, Fields, Lines, Paragraph, Row, Style
from handlers.text import Text, Verbatim, Words, text

CATEGORIES_IN_A_ROW = 2
PAGE_SIZE = 8
_STATE_KEYS = {state: f"expense.state.{state}" for state in State}


def category_words(category: Category) -> Words:
    """Return a category's icon and name."""
    name = Verbatim(category.name) if category.name else Text(f"category.{category.key}")
    return text("category.shown", icon=category.icon, name=_argument(name))


def expense_card(expense: Expense, category: Category) -> Card:
    """Return the card of an expense: what it says, and what may be done with it now."""
    if expense.deleted:
        return _deleted(expense)
    return Card(
        title=_title(expense),
        body=(_fields(expense, category), *_hint(expense)),
        buttons=_buttons(expense),
        subject=Subject("expense", expense.id),
    )


def _title(expense: Expense) -> Text:
    if not expense.description:
        return text("expense.title-bare", amount=expense.amount)
    return text("expense.title", description=expense.description, amount=expense.amount)


def _fields(expense: Expense, category: Category) -> Fields:
    rows = [
        Row(text("expense.amount"), text("value.money", amount=expense.amount)),
        Row(text("expense.date"), text("value.date", date=expense.spent_on)),
    ]
    if expense.merchant and expense.merchant != expense.description:
        rows.append(Row(text("expense.merchant"), Verbatim(expense.merchant)))
    rows.append(Row(text("expense.category"), category_words(category)))
    rows.append(Row(text("expense.state"), Text(_STATE_KEYS[expense.state])))
    return Fields(tuple(rows))


def _hint(expense: Expense) -> tuple[Block, ...]:
    key = "expense.submitted-hint" if expense.state is State.SUBMITTED else "expense.number"
    return (Paragraph(text(key, number=expense.number), quiet=True),)


def _buttons(expense: Expense) -> tuple[tuple[Button, ...], ...]:
    first, second = [], []
    if may_submit(expense.state):
        first.append(_button(expense, "expense.submit", style=Style.PRIMARY))
    if may_change(expense.state):
        first.append(_button(expense, "expense.edit"))
        second.append(_button(expense, "expense.category"))
    if may_delete(expense.state):
        second.append(_button(expense, "expense.delete", style=Style.DANGER))
    return tuple(tuple(row) for row in (first, second) if row)


def _button(expense: Expense, action: str, *, style: Style = Style.PLAIN) -> Button:
    return Button(
        action=action, label=Text(f"button.{action}"), subject_id=expense.id, version=expense.version, style=style
    )


def _deleted(expense: Expense) -> Card:
    return Card(
        body=(Paragraph(text("expense.deleted", what=_title(expense))),),
        buttons=((_button(expense, "expense.restore"),),),
        subject=Subject("expense", expense.id),
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
        title=_title(expense),
        body=(Paragraph(text("expense.choose-category")),),
        buttons=(*rows, (back,)),
        subject=Subject("expense", expense.id),
    )


def list_card(list_id: str, expenses: tuple[Expense, ...], count: int, page: int, icons: dict[str, str]) -> Card:
    """Return a page of somebody's expenses, each with a button that opens it. `icons`: by category id."""
    if count == 0:
        return Card(body=(Paragraph(text("expenses.none")),), subject=Subject("expense-list", list_id))
    opens = [
        Button(action="expense.open", label=text("expenses.open", number=each.number), subject_id=each.id)
        for each in expenses
    ]
    rows = [tuple(opens[at : at + 4]) for at in range(0, len(opens), 4)]
    return Card(
        title=text("expenses.title", count=count),
        body=(Lines(tuple(_line(each, icons) for each in expenses)),),
        buttons=(*rows, *_pages(list_id, count, page)),
        subject=Subject("expense-list", list_id),
    )


def _line(expense: Expense, icons: dict[str, str]) -> Text:
    return text(
        "expenses.line",
        number=str(expense.number),
        icon=icons.get(expense.category_id, ""),
        what=_title(expense),
        date=expense.spent_on,
        state=Text(_STATE_KEYS[expense.state]),
    )


def _pages(list_id: str, count: int, page: int) -> tuple[tuple[Button, ...], ...]:
    row = []
    if page > 0:
        row.append(Button(action="expenses.page", label=text("button.newer"), subject_id=list_id, choice=str(page - 1)))
    if (page + 1) * PAGE_SIZE < count:
        row.append(Button(action="expenses.page", label=text("button.older"), subject_id=list_id, choice=str(page + 1)))
    return (tuple(row),) if row else ()


def _argument(words: Words) -> Text | str:
    return words.words if isinstance(words, Verbatim) else words
