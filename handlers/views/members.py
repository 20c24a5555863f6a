"""How members look to those who look after them."""

from functools import reduce

from core.conversations.subjects import Subject
from core.identity.rules import Colleague
from handlers.replies import Button, Card, Fields, Lines, Paragraph, Row, Style
from handlers.text import Text, Verbatim, Words, text
from handlers.views.expenses import page_buttons

PAGE_SIZE = 8
OPENS_IN_A_ROW = 2


def member_list_card(list_id: str, members: tuple[Colleague, ...], count: int, page: int) -> Card:
    """Return a page of the members, each with a button that opens the card."""
    opens = [Button(action="member.open", label=Verbatim(each.name), subject_id=each.id) for each in members]
    rows = [tuple(opens[at : at + OPENS_IN_A_ROW]) for at in range(0, len(opens), OPENS_IN_A_ROW)]
    return Card(
        title=text("members.title", count=count),
        body=(Lines(tuple(_line(each) for each in members)),),
        buttons=(*rows, *page_buttons("members.page", list_id, count, page, PAGE_SIZE)),
        subject=Subject("member-list", list_id),
    )


def _line(member: Colleague) -> Text:
    facts: list[Text | str] = [Text(f"role.{member.role}")]
    if member.manager is not None:
        facts.append(text("members.reports-to", manager=member.manager))
    if member.department:
        facts.append(member.department)
    facts.append(_platforms(member))
    joined = reduce(lambda first, second: text("members.facts", first=first, second=second), facts)
    return text("members.line", name=member.name, facts=joined)


def member_card(member: Colleague, *, may_change: bool, oneself: bool) -> Card:
    """Return a member's card; nobody is offered to remove themselves."""
    if member.removed:
        return _removed(member, may_change=may_change)
    manager: Words = text("member.no-manager") if member.manager is None else Verbatim(member.manager)
    rows = [Row(text("member.role"), Text(f"role.{member.role}")), Row(text("member.manager"), manager)]
    if member.department:
        rows.append(Row(text("member.department"), Verbatim(member.department)))
    rows.append(Row(text("member.accounts"), Verbatim(_platforms(member))))
    row = [_button(member, "member.edit", text("button.member.edit"), Style.PRIMARY)]
    if not oneself:
        row.append(_button(member, "member.remove", text("button.member.remove"), Style.DANGER))
    return Card(
        title=Verbatim(member.name),
        body=(Fields(tuple(rows)),),
        buttons=(tuple(row),) if may_change else (),
        subject=Subject("member", member.id),
    )


def _removed(member: Colleague, *, may_change: bool) -> Card:
    undo = _button(member, "member.restore", text("button.member.restore"))
    return Card(
        body=(Paragraph(text("member.removed", name=member.name)), Paragraph(text("member.books-stay"), quiet=True)),
        buttons=((undo,),) if may_change else (),
        subject=Subject("member", member.id),
    )


def _platforms(member: Colleague) -> str:
    return ", ".join(platform.capitalize() for platform in member.platforms)


def _button(member: Colleague, action: str, label: Text, style: Style = Style.PLAIN) -> Button:
    return Button(action=action, label=label, subject_id=member.id, version=member.version, style=style)
