"""Makes the files of reports: charts and spreadsheets, each sent to who asked for it."""

from core.categories.rules import Category
from core.categories.service import categories
from core.conversations.outgoing import send_file, tell
from core.conversations.subjects import Notice, Private
from core.files.port import FileStore
from core.files.service import record_file
from core.flows.request_report import CHART_JOB, EXPORT_JOB, REPORT_FAILED
from core.identity import queries as identity
from core.identity.rules import Member
from core.kernel.months import Month
from core.queue.queries import Work
from core.queue.service import finish
from core.receipts.queries import receipt_counts
from core.reports.port import Bar, Chart, ChartDrawer, Speaker, Words
from core.reports.queries import month_expenses, month_report
from core.reports.rules import NEEDS, Report, Scope
from core.reports.spreadsheet import spreadsheet
from core.store.database import Database
from core.store.unit_of_work import Actor, UnitOfWork
from jobs.runner import Job

LEASE_S = 120
BARS_MAX = 12
COLUMNS = ("number", "date", "owner", "what", "where", "category", "amount", "currency", "state", "receipts")


class ReportFiles:
    """The jobs behind /report and /export, with the ports that they need."""

    def __init__(self, database: Database, files: FileStore, drawer: ChartDrawer, speaker: Speaker) -> None:
        """Take the store, where contents are kept, who draws, and the words."""
        self._database = database
        self._files = files
        self._drawer = drawer
        self._speaker = speaker

    def jobs(self) -> dict[str, Job]:
        """Return the declarations for the runner."""
        return {
            CHART_JOB: Job(act=self._draw, give_up=self._give_up, lease_s=LEASE_S, at_once_max=1),
            EXPORT_JOB: Job(act=self._write, give_up=self._give_up, lease_s=LEASE_S, at_once_max=1),
        }

    async def _draw(self, work: Work) -> None:
        async with self._database.read(_actor(work)) as uow:
            member, scope, month = await _asked(uow, work)
            report = None if member is None else await month_report(uow, member, scope, month)
            known = await categories(uow)
        if member is None or report is None or not report.totals:
            await self._end(work)
            return
        words = self._speaker.words(member.language, member.time_zone)
        chart = chart_of(report, known, words)
        content = await self._drawer.draw(chart)
        await self._send(work, content, "image/png", f"report-{month}.png", chart.title)

    async def _write(self, work: Work) -> None:
        async with self._database.read(_actor(work)) as uow:
            member, scope, month = await _asked(uow, work)
            words = None if member is None else self._speaker.words(member.language, member.time_zone)
            content = b"" if member is None or words is None else await rows_of(uow, member, scope, month, words)
        if words is None:
            await self._end(work)
            return
        await self._send(work, content, "text/csv", f"expenses-{month}.csv", words("export.ready", month=month))

    async def _send(self, work: Work, content: bytes, media_type: str, name: str, caption: str) -> None:
        content_hash = await self._files.put(str(work.workspace_id), content)
        async with self._database.write(_actor(work)) as uow:
            if await finish(uow, work.id):
                file = await record_file(uow, content_hash=content_hash, media_type=media_type, size_bytes=len(content))
                to = Private(str(work.payload["account"]))
                await send_file(uow, file.id, name, {"$": "verbatim.1", "words": caption}, to)

    async def _end(self, work: Work) -> None:
        async with self._database.write(_actor(work)) as uow:
            await finish(uow, work.id)

    async def _give_up(self, work: Work, why: str) -> None:  # noqa: ARG002 - why is in the log and in the queue's row
        """Say that it did not come, to who was told that it would."""
        about = {"month": Month.parsed(work.payload["month"])}
        async with self._database.write(_actor(work)) as uow:
            await tell(uow, Notice(REPORT_FAILED, arguments=about), Private(str(work.payload["account"])))


async def _asked(uow: UnitOfWork, work: Work) -> tuple[Member | None, Scope, Month]:
    """Return who asked for what; None where they may no longer see it."""
    scope, month = Scope(work.payload["scope"]), Month.parsed(work.payload["month"])
    member = await identity.member_of_account(uow, str(work.payload["account"]))
    if member is None or member.id != work.payload["member"] or not member.may(NEEDS[scope]):
        return None, scope, month
    return member, scope, month


def chart_of(report: Report, known: tuple[Category, ...], words: Words) -> Chart:
    """Return the chart of a report's largest currency: a bar for each category."""
    currency = report.sums[0].amount.currency.code
    sums = [each for each in report.sums if each.amount.currency.code == currency][:BARS_MAX]
    by_id = {category.id: category for category in known}
    longest = max(each.amount.amount_minor for each in sums)
    bars = []
    for each in sums:
        category = by_id.get(each.category_id or "")
        name = "" if category is None else category.name or words(f"category.{category.key}")
        bars.append(
            Bar(
                label=name,
                value=words("value.money", amount=each.amount),
                share_thousandths=max(1, each.amount.amount_minor * 1000 // longest),
                colour=category.colour if category else "#a0a0a0",
            )
        )
    return Chart(
        title=words("report.chart-title", month=report.month),
        subtitle=words("value.money", amount=report.totals[currency]),
        bars=tuple(bars),
    )


async def rows_of(uow: UnitOfWork, member: Member, scope: Scope, month: Month, words: Words) -> bytes:
    """Return the rows behind a report as CSV, with a header in the reader's language."""
    names = {each.key: each.name or words(f"category.{each.key}") for each in await categories(uow)}
    receipts = await receipt_counts(uow)
    rows = []
    async for row in month_expenses(uow, member, scope, month):
        expense = row.expense
        rows.append(
            (
                str(expense.number),
                expense.spent_on.isoformat(),
                row.owner,
                expense.description,
                expense.merchant or "",
                names.get(row.category, row.category),
                expense.amount.to_decimal(),
                expense.amount.currency.code,
                words(f"expense.state.{expense.state}"),
                str(receipts.get(expense.id, 0)),
            )
        )
    header = [words(f"export.column.{name}") for name in COLUMNS]
    return spreadsheet(header, rows, decimal_comma=words.decimal_comma)


def _actor(work: Work) -> Actor:
    return Actor(
        platform="system", operation=f"job:{work.kind}", workspace_id=work.workspace_id, trace_id=work.trace_id
    )
