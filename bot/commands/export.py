"""`expenseflow export`: writes a workspace's books to standard output, row by row, also while the bot runs."""

import json
from collections.abc import AsyncIterator, Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.commands.refusals import CommandRefused
from bot.commands.store import refuse_unless_migrated, with_database

if TYPE_CHECKING:
    from bot.settings import Settings
    from core.expenses.queries import ExportedExpense
    from core.store.database import Database
    from core.store.unit_of_work import UnitOfWork

PLATFORM = "command-line"

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)


class Format(StrEnum):
    """How the rows are written."""

    JSON = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="How the rows are written: an array of JSON objects.")]
WorkspaceOption = Annotated[str | None, typer.Option("--workspace", help="Its id; needed only when there are several.")]
Rows = Callable[["UnitOfWork"], AsyncIterator[dict[str, Any]]]


@app.callback()
def export() -> None:
    """Write expenses or the audit trail to standard output."""


@app.command()
def expenses(output: FormatOption = Format.JSON, workspace: WorkspaceOption = None) -> None:
    """Write the expenses that are not deleted, by number.

    Each has id, number, owner, amount (in major units), currency, date, merchant, description, category, status,
    receipts (how many), source (the platform), created_at and version.
    """
    _export(_expenses, "export-expenses", output, workspace)


@app.command()
def audit(output: FormatOption = Format.JSON, workspace: WorkspaceOption = None) -> None:
    """Write the audit trail: who changed what, before, after, when, through which platform."""
    _export(_audit, "export-audit", output, workspace)


async def _expenses(uow: "UnitOfWork") -> AsyncIterator[dict[str, Any]]:
    from core.expenses.queries import all_expenses
    from core.receipts.queries import receipt_counts

    receipts = await receipt_counts(uow)
    async for exported in all_expenses(uow):
        yield expense_as_json(exported, receipts.get(exported.expense.id, 0))


def expense_as_json(exported: "ExportedExpense", receipts: int) -> dict[str, Any]:
    """Return an expense as it is exported; `receipts`: how many stand behind it."""
    expense = exported.expense
    return {
        "id": expense.id,
        "number": expense.number,
        "owner": exported.owner,
        "amount": expense.amount.decimal_string(),
        "currency": expense.amount.currency.code,
        "date": expense.spent_on.isoformat(),
        "merchant": expense.merchant,
        "description": expense.description,
        "category": exported.category,
        "status": str(expense.state),
        "receipts": receipts,
        "source": expense.platform,
        "created_at": expense.created_at.isoformat(),
        "version": expense.version,
    }


async def _audit(uow: "UnitOfWork") -> AsyncIterator[dict[str, Any]]:
    from core.audit.queries import all_entries

    async for entry in all_entries(uow):
        yield entry | {"at": entry["at"].isoformat()}


def _export(rows: Rows, operation: str, output: Format, workspace: str | None) -> None:
    async def write(_settings: "Settings", database: "Database") -> None:
        from core.store.unit_of_work import Actor

        await refuse_unless_migrated(database)
        workspace_id = await _chosen(database, operation, workspace)
        async with database.read(Actor(platform=PLATFORM, operation=operation, workspace_id=workspace_id)) as uow:
            await WRITERS[output](rows(uow))

    with_database(write)


async def _chosen(database: "Database", operation: str, wanted: str | None) -> str:
    """Return the workspace that was asked for, or the only one that there is. Raises CommandRefused."""
    from core.store.unit_of_work import Actor
    from core.tenancy.queries import workspace_names

    async with database.read(Actor(platform=PLATFORM, operation=operation)) as uow:
        names = await workspace_names(uow)
    if not names:
        raise CommandRefused("There is no workspace yet. `expenseflow init` makes one.")
    listed = ", ".join(f"{workspace_id} ({name})" for workspace_id, name in names.items())
    if wanted is not None and wanted not in names:
        raise CommandRefused(f"There is no workspace {wanted}. Choose one with --workspace: {listed}")
    if wanted is None and len(names) > 1:
        raise CommandRefused(f"There are {len(names)} workspaces. Choose one with --workspace: {listed}")
    return wanted or next(iter(names))


async def _write_array(rows: AsyncIterator[dict[str, Any]]) -> None:
    """Write an array of JSON, an object a line, and never more than one of them in memory."""
    before = "[\n"
    async for row in rows:
        typer.echo(before + json.dumps(row, ensure_ascii=False), nl=False)
        before = ",\n"
    typer.echo("[]" if before == "[\n" else "\n]")


WRITERS = {Format.JSON: _write_array}
