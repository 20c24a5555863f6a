"""How lists of one's own expenses look: a page, and the choice of what they show."""

from collections.abc import Mapping, Sequence

from core.categories.rules import Category
from core.conversations.subjects import Subject
from core.expenses.filters import Bound, Filters
from core.expenses.rules import Expense, State
from core.kernel.months import Month
from handlers.replies import Button, Card, Lines, Paragraph
from handlers.text import Text, Verbatim, text
from handlers.views.expenses import (
    CATEGORIES_IN_A_ROW,
    category_words,
    open_buttons,
    page_buttons,
    title_of,
)

LIST = "expense-list"
STATE, CATEGORY, MONTH = "s", "c", "m"
"""What a button's choice begins with: short, as a button of Telegram carries 64 bytes."""
MONTHS_OFFERED = 4
STATES_IN_A_ROW, MONTHS_IN_A_ROW = 3, 2


def list_card(
    list_id: str,
    expenses: Sequence[Expense],
    count: int,
    page: int,
    filters: Filters,
    categories: Mapping[str, Category],
) -> Card:
    """Return a page of somebody's expenses, each with a button that opens it. `categories`: by id."""
    shown = filter_words(filters, {each.key: each for each in categories.values()})
    subject = Subject(LIST, list_id)
    if count == 0 and shown is None:
        return Card(body=(Paragraph(text("expenses.none")),), subject=subject)
    if count == 0:
        body = (Paragraph(text("expenses.none-matching", filters=shown)),)
        return Card(body=body, buttons=(_ways(list_id, filters),), subject=subject)
    title = text("expenses.title", count=count)
    rows = open_buttons("expense.open", [(each.id, each.number) for each in expenses])
    pages = page_buttons("expenses.page", list_id, count, page)
    return Card(
        title=title if shown is None else _joined(title, shown),
        body=(Lines(tuple(expense_line(each, categories) for each in expenses)),),
        buttons=(*rows, *pages, _ways(list_id, filters)),
        subject=subject,
    )


def expense_line(expense: Expense, categories: Mapping[str, Category]) -> Text:
    """Return an expense as one line of a list. `categories`: by id."""
    category = categories.get(expense.category_id)
    return text(
        "expenses.line",
        number=str(expense.number),
        icon=category.icon if category else "",
        what=title_of(expense),
        date=expense.spent_on,
        state=state_words(expense.state),
    )


def state_words(state: State) -> Text:
    """Return a state's name."""
    return Text(f"expense.state.{state}")


def category_name(category: Category) -> Text | Verbatim:
    """Return a category's name, without its icon."""
    return Verbatim(category.name) if category.name else Text(f"category.{category.key}")


def filter_words(filters: Filters, categories: Mapping[str, Category]) -> Text | None:
    """Return what filters say, in the order in which people ask; None for none. `categories`: by key."""
    parts = [
        _any_of([state_words(each) for each in filters.states]),
        _any_of([text("value.month", month=each) for each in filters.months] + [_year(each) for each in filters.years]),
        _any_of([category_words(categories[key]) for key in filters.categories if key in categories]),
        *(text("filter.word", word=word) for word in filters.words),
        *(_bound(each) for each in filters.bounds),
    ]
    joined: Text | None = None
    for part in parts:
        if part is not None:
            joined = part if joined is None else _joined(joined, part)
    return joined


def _any_of(alternatives: Sequence[Text | Verbatim]) -> Text | None:
    return text("filter.any", alternatives=tuple(alternatives)) if alternatives else None


def _year(year: int) -> Text:
    return text("filter.year", year=str(year))


def _bound(bound: Bound) -> Text:
    return text("filter.bound", sign=bound.sign.value, amount=bound.typed)


def _joined(first: Text, second: Text) -> Text:
    return text("filter.joined", first=first, second=second)


def _ways(list_id: str, filters: Filters) -> tuple[Button, ...]:
    choose = Button(action="expenses.filter", label=text("button.filter"), subject_id=list_id)
    if not filters:
        return (choose,)
    return choose, Button(action="expenses.all", label=text("button.show-all"), subject_id=list_id)


def filter_card(list_id: str, filters: Filters, this_month: Month, typed: str) -> Card:
    """Return the choice of what a list shows, in its place; a tap is enough. `typed`: the command that does the same."""
    states = [_choice(list_id, f"{STATE}:{each}", state_words(each), each in filters.states) for each in State]
    months = [this_month]
    while len(months) < MONTHS_OFFERED:
        months.append(months[-1].previous)
    month_buttons = [
        _choice(list_id, f"{MONTH}:{each}", text("value.month", month=each), each in filters.months) for each in months
    ]
    by_category = Button(action="expenses.categories", label=text("button.by-category"), subject_id=list_id)
    return Card(
        title=text("filter.title"),
        body=(Paragraph(text("filter.typed-hint", command=typed), quiet=True),),
        buttons=(
            *_rows(states, STATES_IN_A_ROW),
            *_rows(month_buttons, MONTHS_IN_A_ROW),
            (by_category,),
            _way_back(list_id),
        ),
        subject=Subject(LIST, list_id),
    )


def filter_categories_card(list_id: str, filters: Filters, categories: Sequence[Category]) -> Card:
    """Return the choice of a category for a list, in its place."""
    buttons = [
        _choice(list_id, f"{CATEGORY}:{each.key}", category_words(each), each.key in filters.categories)
        for each in categories
    ]
    return Card(
        title=text("filter.title-category"),
        buttons=(*_rows(buttons, CATEGORIES_IN_A_ROW), _way_back(list_id)),
        subject=Subject(LIST, list_id),
    )


def _choice(list_id: str, choice: str, label: Text | Verbatim, chosen: bool) -> Button:
    shown = text("filter.chosen", what=label) if chosen else label
    return Button(action="expenses.choose", label=shown, subject_id=list_id, choice=choice)


def _way_back(list_id: str) -> tuple[Button, ...]:
    return (Button(action="expenses.back", label=text("button.back"), subject_id=list_id),)


def _rows(buttons: Sequence[Button], in_a_row: int) -> tuple[tuple[Button, ...], ...]:
    return tuple(tuple(buttons[at : at + in_a_row]) for at in range(0, len(buttons), in_a_row))
