"""How reports look."""

from collections.abc import Mapping

from core.categories.rules import Category
from core.conversations.subjects import Subject
from core.kernel.months import Month
from core.money import Money
from core.reports.rules import Report, Scope
from handlers.replies import Button, Card, Lines, Paragraph, Style
from handlers.text import Text, text
from handlers.views.expenses import category_words


def report_card(
    list_id: str, report: Report, categories: Mapping[str, Category], scopes: tuple[Scope, ...], this_month: Month
) -> Card:
    """Return a month's report: totals against the month before, then the categories; ways to other months and scopes."""
    title = text("report.title", month=report.month, scope=Text(f"report.scope.{report.scope}"))
    if not report.totals:
        body = (Paragraph(text("report.nothing")),)
        return Card(
            title=title, body=body, buttons=_ways(list_id, report, scopes, this_month), subject=_subject(list_id)
        )
    return Card(
        title=title,
        body=(
            Lines(tuple(_total(code, total, report.before) for code, total in report.totals.items())),
            Lines(
                tuple(
                    text("report.line", category=category_words(categories[each.category_id]), amount=each.amount)
                    for each in report.sums
                    if each.category_id in categories
                )
            ),
            Paragraph(text("report.count", count=report.count), quiet=True),
        ),
        buttons=(_files(list_id, report), *_ways(list_id, report, scopes, this_month)),
        subject=_subject(list_id),
    )


def _subject(list_id: str) -> Subject:
    return Subject("report", list_id)


def _total(code: str, total: Money, before: Mapping[str, Money]) -> Text:
    if code not in before:
        return text("report.total", amount=total)
    difference = total.amount_minor - before[code].amount_minor
    key = "report.total-same" if difference == 0 else "report.total-more" if difference > 0 else "report.total-less"
    change = Money(amount_minor=abs(difference), currency=total.currency)
    return text(key, amount=total, change=change, before=before[code])


def _files(list_id: str, report: Report) -> tuple[Button, ...]:
    about = f"{report.scope}:{report.month}"
    return (
        Button(action="report.chart", label=text("report.chart"), subject_id=list_id, choice=about),
        Button(action="report.export", label=text("report.export"), subject_id=list_id, choice=about),
    )


def _ways(list_id: str, report: Report, scopes: tuple[Scope, ...], this_month: Month) -> tuple[tuple[Button, ...], ...]:
    """Return the buttons to the months around, and to the other scopes."""

    def way(label: Text, scope: Scope, month: Month, style: Style = Style.PLAIN) -> Button:
        return Button(action="report.show", label=label, subject_id=list_id, choice=f"{scope}:{month}", style=style)

    months = [way(text("report.earlier", month=report.month.previous), report.scope, report.month.previous)]
    if report.month.first < this_month.first:
        months.append(way(text("report.later", month=report.month.following), report.scope, report.month.following))
    others = tuple(
        way(Text(f"report.scope.{scope}"), scope, report.month) for scope in scopes if scope is not report.scope
    )
    return (tuple(months), others) if others else (tuple(months),)
