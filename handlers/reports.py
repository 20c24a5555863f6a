"""Reports in chat: a month by category, against the month before; as a picture, and as rows for the accountant."""

from dataclasses import dataclass

from core.categories.service import categories
from core.conversations.lists import store_list
from core.conversations.subjects import Notice, Subject
from core.expenses.filters import parse_month
from core.flows.request_report import REPORT_FAILED, report_refused, request_chart, request_export
from core.identity.rules import Permission
from core.kernel.months import Month
from core.language import Understood, understand
from core.reports.queries import month_report
from core.reports.rules import NEEDS, Scope, scopes_of
from handlers import lists
from handlers.events import ButtonTapped
from handlers.forms import Reading
from handlers.registry import button, command, tells
from handlers.replies import Card, Replace, Replies, Send, Toast, say
from handlers.text import Text, text
from handlers.turn import Reader, Turn
from handlers.views.reports import report_card

LIST = "report"
OWN = Permission.OWN_EXPENSES


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a report is asked about; `month` None: what was typed is no month."""

    scope: Scope
    month: Month | None


async def asked_by_words(reader: Reader) -> Asked:
    """Return the month that follows the command: "march", "2026-03", "last month", or none for this one."""
    words = reader.rest
    this_month = Month.of(reader.member.local(reader.uow.now).date())
    scope = scopes_of(reader.member)[0]
    if not words:
        return Asked(scope=scope, month=this_month)
    reading = await reader.reading()
    months, today = reading.phrasebook.months, reading.now.date()
    month = parse_month(words, months=months, joiners=lists.joiners(reading.phrasebook), today=today)
    return Asked(scope=scope, month=month or _month_of_days(words, reading))


def _month_of_days(words: str, reading: Reading) -> Month | None:
    """Return the month of the days that are meant by words and nothing else ("last month", "yesterday")."""
    found = understand(words, locale=reading.locale, reference=reading.now, phrasebook=reading.phrasebook)
    if found.date is None or found != Understood(date=found.date, date_end=found.date_end):
        return None
    month = Month.of(found.date)
    return month if found.date_end is None or Month.of(found.date_end) == month else None


async def asked_by_tap(reader: Reader) -> Asked:
    """Return what a button asks about; whether one may ask for it is looked at again when it is answered."""
    choice = reader.event.choice if isinstance(reader.event, ButtonTapped) else None
    scope, _, month = (choice or "").partition(":")
    try:
        return Asked(scope=Scope(scope), month=Month.parsed(month))
    except ValueError:
        return Asked(scope=Scope.OWN, month=None)


@command("report", needs=OWN, prepare=asked_by_words)
async def report(turn: Turn[Asked]) -> Replies:
    """Show a month's report as text, and have its picture drawn."""
    if turn.arguments.month is None:
        return (Send(say(text("report.no-month", example=turn.source.command("report", "2026-03")))),)
    if await _is_to_come(turn, turn.arguments.scope, turn.arguments.month):
        return (Send(say(_to_come(turn, "report"))),)
    list_id = await store_list(turn.uow, account_id=turn.who.account.id, kind=LIST)
    await request_chart(turn.uow, turn.member, turn.who.account, turn.arguments.scope, turn.arguments.month)
    return (Send(await _card(turn, list_id, turn.arguments.scope, turn.arguments.month)),)


@button("report.show", needs=OWN, prepare=asked_by_tap)
async def other_report(turn: Turn[Asked]) -> Replies:
    """Show another month or scope in the place of the report."""
    if turn.arguments.month is None:
        return (Toast(text("button.unknown")),)
    list_id = turn.tap.subject_id or ""
    return (Replace(Subject(LIST, list_id), await _card(turn, list_id, turn.arguments.scope, turn.arguments.month)),)


@button("report.chart", needs=OWN, prepare=asked_by_tap)
async def chart(turn: Turn[Asked]) -> Replies:
    """Have the picture of a report drawn and sent."""
    if turn.arguments.month is None:
        return (Toast(text("button.unknown")),)
    await request_chart(turn.uow, turn.member, turn.who.account, turn.arguments.scope, turn.arguments.month)
    return (Toast(text("report.coming")),)


@button("report.export", needs=OWN, prepare=asked_by_tap)
async def rows(turn: Turn[Asked]) -> Replies:
    """Have the rows of a report written and sent."""
    if turn.arguments.month is None:
        return (Toast(text("button.unknown")),)
    await request_export(turn.uow, turn.member, turn.who.account, turn.arguments.scope, turn.arguments.month)
    return (Toast(text("report.coming")),)


@command("export", needs=OWN, prepare=asked_by_words)
async def export(turn: Turn[Asked]) -> Replies:
    """Send a month's expenses as a spreadsheet: one's own, or all for who may see them."""
    if turn.arguments.month is None:
        return (Send(say(text("report.no-month", example=turn.source.command("export", "2026-03")))),)
    scope = scopes_of(turn.member)[-1]
    if await _is_to_come(turn, scope, turn.arguments.month):
        return (Send(say(_to_come(turn, "export"))),)
    await request_export(turn.uow, turn.member, turn.who.account, scope, turn.arguments.month)
    return (Send(say(text("export.coming", scope=text(f"report.scope.{scope}")))),)


async def _is_to_come(turn: Turn[Asked], scope: Scope, month: Month) -> bool:
    """Tell whether a month has not begun, and nothing is booked in it."""
    if month.first <= turn.today:
        return False
    return not (await month_report(turn.uow, turn.member, scope, month)).totals


def _to_come(turn: Turn[Asked], command_name: str) -> Text:
    return text("report.to-come", month=turn.arguments.month, command=turn.source.command(command_name))


async def _card(turn: Turn[Asked], list_id: str, scope: Scope, month: Month) -> Card:
    if not turn.member.may(NEEDS[scope]):
        raise report_refused(scope)
    found = await month_report(turn.uow, turn.member, scope, month)
    known = {each.id: each for each in await categories(turn.uow)}
    return report_card(list_id, found, known, scopes_of(turn.member), Month.of(turn.today))


@tells(REPORT_FAILED)
def failed(notice: Notice) -> Card:
    """Say that a file did not come, and what to do."""
    return say(text("report.failed", month=notice.arguments["month"]))
