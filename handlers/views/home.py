"""How the bot's own page looks: what is open, what waits for a decision, and what was spent this month."""

from collections.abc import Mapping, Sequence

from core.categories.rules import Category
from core.expenses.rules import Expense
from core.identity.rules import Member
from core.kernel.months import Month
from core.money import Money
from handlers.replies import Block, Button, Card, Divider, Fields, Lines, Paragraph, Row, Style
from handlers.text import Text, text
from handlers.views.expenses import open_buttons
from handlers.views.lists import expense_line

OPEN_SHOWN_MAX = 5


def home_card(
    member: Member,
    month: Month,
    totals: Sequence[Money],
    newest: Sequence[Expense],
    open_count: int,
    waiting_count: int | None,
    categories: Mapping[str, Category],
    *,
    first: bool = False,
) -> Card:
    """Return a member's page. `totals`: of the month, per currency. `newest`: of the `open_count` that are open.

    `waiting_count`: what waits for the member's decision, None for who decides nothing. `categories`: by id. `first`: greet.
    """
    spent = text("home.total", amounts=tuple(totals)) if totals else text("home.nothing-spent")
    body: list[Block] = [Paragraph(text("home.about"))] if first else []
    body.append(Fields((Row(text("home.spent", month=month), spent),)))
    if waiting_count is not None:
        body.append(
            Paragraph(text("home.waiting", count=waiting_count) if waiting_count else text("home.none-waiting"))
        )
    body += [Divider(), Paragraph(_open(len(newest), open_count))]
    if newest:
        body.append(Lines(tuple(expense_line(each, categories) for each in newest)))
    return Card(
        title=text("home.welcome", name=member.name) if first else text("home.title"),
        body=tuple(body),
        buttons=(
            *open_buttons("expense.open", [(each.id, each.number) for each in newest]),
            *_to_all(len(newest), open_count),
            _ways(waiting_count or 0),
        ),
    )


def _open(shown: int, total: int) -> Text:
    if total > shown:
        return text("home.open-newest", shown=shown, total=total)
    return text("home.open", count=total) if total else text("home.none-open")


def _to_all(shown: int, total: int) -> tuple[tuple[Button, ...], ...]:
    """Return the way to all open expenses, where the page holds fewer."""
    return ((_button("home.open", text("button.all-open", total=total)),),) if total > shown else ()


def _ways(waiting_count: int) -> tuple[Button, ...]:
    ways = [
        _button("home.new", text("button.new-expense"), style=Style.PRIMARY),
        _button("expenses.list", text("button.my-expenses")),
    ]
    if waiting_count:
        ways.append(_button("home.approvals", text("button.waiting")))
    return tuple(ways)


def _button(action: str, label: Text, *, style: Style = Style.PLAIN) -> Button:
    return Button(action=action, label=label, style=style)
