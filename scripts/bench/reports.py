"""The month's report over 200,000 of 1,000,000 expenses of one workspace, against its two queries in raw SQL, on SQLite."""

import contextlib
import sqlite3
import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import core.schema  # noqa: F401 - whoever migrates knows all tables
from core.flows.start_workspace import start_workspace
from core.identity.rules import Member, Role
from core.kernel.clock import SystemClock
from core.kernel.months import Month
from core.reports.queries import month_report
from core.reports.rules import Scope
from core.store.database import open_database
from core.store.migrate import migrate
from core.store.unit_of_work import Actor
from scripts.bench.figures import Conditions, Figure

EXPENSES = 1_000_000
MONTHS = 5
"""A fifth of all is in the month that is looked at, and a fifth in the month before, which the report stands beside."""
TIMES = 7
RATIO_MAX = 1.5
MONTH = Month(2026, 5)

_FILL = """
WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < :expenses)
INSERT INTO expenses (
    id, workspace_id, business_id, number, owner_id, state, amount_minor, currency, base_amount_minor, base_currency,
    spent_on, description, category_id, platform, created_at, version)
SELECT printf('E%025d', n), :workspace, (SELECT id FROM businesses), n, printf('M%025d', n % 50), 'approved',
    100 + n % 9000, 'EUR', 100 + n % 9000, 'EUR', printf('2026-%02d-%02d', 1 + n % :months, 1 + n % 28), 'taxi',
    (SELECT id FROM categories WHERE position = n % 14), 'telegram', n, 1
FROM counted
"""
_SUMS = """
SELECT category_id, coalesce(base_currency, currency), sum(coalesce(base_amount_minor, amount_minor)), count(*)
FROM expenses WHERE workspace_id = ? AND spent_on >= ? AND spent_on <= ? AND deleted_at IS NULL
    AND state IN ('submitted', 'approved', 'paid')
GROUP BY category_id, coalesce(base_currency, currency)
"""


async def measure(conditions: Conditions) -> list[Figure]:
    """Give the report's time and its ratio to that of raw SQL in the same process."""
    file = conditions.folder / "books.db"
    expenses = EXPENSES // 50 if conditions.quick else EXPENSES
    database = open_database(f"sqlite:///{file}", SystemClock())
    try:
        await migrate(database)
        async with database.write(Actor(platform="command-line", operation="bench")) as uow:
            started = await start_workspace(
                uow, name="Acme", currency="EUR", time_zone="Europe/Berlin", language="en", code_key=b"bench"
            )
        workspace_id = started.workspace_id
        _fill(file, workspace_id, expenses)
        reader = Member(
            id="M", workspace_id=workspace_id, business_id="B", name="Felix", role=Role.FINANCE, language="en",
            time_zone="Europe/Berlin", currency="EUR",
        )  # fmt: skip

        async def report() -> None:
            async with database.read(Actor(platform="x", operation="bench", workspace_id=workspace_id)) as uow:
                await month_report(uow, reader, Scope.ALL, MONTH)

        report_ms, raw_ms = await _median_ms(report), await _median_ms(_raw(file, workspace_id))
    finally:
        await database.close()
    ratio = report_ms / raw_ms
    return [
        Figure(
            name=f"The month's report, {expenses // MONTHS:,} of {expenses:,} expenses, one workspace, SQLite",
            measured=f"{report_ms:.0f} ms ({ratio:.2f} times raw SQL)",
            beside=f"its two queries in raw SQL {raw_ms:.0f} ms",
            aim=f"at most {RATIO_MAX:g} times",
            reached=ratio <= RATIO_MAX,
        )
    ]


def _fill(file: Path, workspace_id: str, expenses: int) -> None:
    with contextlib.closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(_FILL, {"expenses": expenses, "workspace": workspace_id, "months": MONTHS})
        connection.execute("ANALYZE")


def _raw(file: Path, workspace_id: str) -> Callable[[], Awaitable[None]]:
    connection = sqlite3.connect(file)

    async def ask() -> None:
        for month in (MONTH, MONTH.previous):
            connection.execute(_SUMS, (workspace_id, month.first.isoformat(), month.last.isoformat())).fetchall()

    return ask


async def _median_ms(work: Callable[[], Awaitable[None]]) -> float:
    took_ms = []
    for _ in range(TIMES):
        began = time.perf_counter()
        await work()
        took_ms.append((time.perf_counter() - began) * 1000)
    return statistics.median(took_ms)
