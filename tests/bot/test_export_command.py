"""`expenseflow export`: the books as JSON, while somebody else writes them."""

import asyncio
import json
from pathlib import Path

from core.audit.tables import AuditRow
from core.flows.own_expenses import delete_expense, record_expense, submit_expense
from core.identity.rules import Role
from core.store.database import Database
from tests.fixtures.command_line import CommandLine
from tests.fixtures.people import Builder, acting, said

EXPENSES = ("export", "expenses", "--format", "json")


async def test_expenses_are_exported_as_the_books_have_them_while_a_writer_is_at_work(
    command_line_on_both: CommandLine, database: Database, builder: Builder
) -> None:
    acme = await builder.workspace()
    mia = await builder.member(acme.workspace_id, Role.EMPLOYEE, name="Mia Müller")
    taxi = await builder.expense(mia, "23.50", "EUR", 'Taxi "Ost"')
    await builder.expense(mia, "1000", "JPY", "rāmen")
    gone = await builder.expense(mia, "1", "EUR", "by mistake")
    async with database.write(acting(mia)) as uow:
        await submit_expense(uow, mia, taxi.id, None)
        await delete_expense(uow, mia, gone.id, None)

    async with database.write(acting(mia)) as uow:  # the bot is in the middle of an event, and keeps the writer
        await submit_expense(uow, mia, (await record_expense(uow, mia, said("5"), None)).id, None)
        exported = json.loads(await asyncio.to_thread(command_line_on_both.answer, *EXPENSES))

    assert [(each["number"], each["amount"], each["currency"]) for each in exported] == [
        (1, "23.50", "EUR"),
        (2, "1000", "JPY"),
    ]
    assert exported[0] == {
        "id": taxi.id,
        "number": 1,
        "owner": "Mia Müller",
        "amount": "23.50",
        "currency": "EUR",
        "date": "2026-03-11",
        "merchant": None,
        "description": 'Taxi "Ost"',
        "category": "transport",
        "status": "submitted",
        "receipts": 0,
        "source": "telegram",
        "created_at": "2026-03-12T09:30:00+00:00",
        "version": 2,
    }


async def test_the_audit_trail_is_exported_with_every_column(
    command_line_on_both: CommandLine, database: Database, builder: Builder
) -> None:
    acme = await builder.workspace()
    mia = await builder.member(acme.workspace_id)
    taxi = await builder.expense(mia)
    async with database.write(acting(mia)) as uow:
        await submit_expense(uow, mia, taxi.id, None)
    trail = json.loads(command_line_on_both.answer("export", "audit", "--format", "json"))
    assert set(trail[0]) == {column.name for column in AuditRow.__table__.columns}
    of_taxi = sorted((row for row in trail if row["subject_id"] == taxi.id), key=lambda row: row["subject_version"])
    assert [(row["action"], row["subject_version"], row["member_id"]) for row in of_taxi] == [
        ("created", 1, mia.member.id),
        ("changed", 2, mia.member.id),
    ]
    assert of_taxi[1]["before"] == {"state": "draft", "submitted_at": None}
    assert of_taxi[1]["at"] == "2026-03-12T09:30:00+00:00"


async def test_a_workspace_is_named_only_where_there_are_several(
    command_line_on_both: CommandLine, database: Database, builder: Builder
) -> None:
    command_line = command_line_on_both
    assert command_line.refusal(*EXPENSES) == ["There is no workspace yet. `expenseflow init` makes one."]

    acme = (await builder.workspace("Acme")).workspace_id
    assert command_line.answer(*EXPENSES) == "[]\n"

    zenith = (await builder.workspace("Zenith")).workspace_id
    await builder.expense(await builder.member(zenith))
    listed = f"Choose one with --workspace: {acme} (Acme), {zenith} (Zenith)"
    assert sorted(command_line.refusal(*EXPENSES)[0].split()) == sorted(f"There are 2 workspaces. {listed}".split())
    assert json.loads(command_line.answer(*EXPENSES, "--workspace", acme)) == []
    assert len(json.loads(command_line.answer(*EXPENSES, "--workspace", zenith))) == 1
    assert command_line.refusal(*EXPENSES, "--workspace", "x")[0].startswith("There is no workspace x.")


def test_an_export_of_no_database_makes_none(command_line: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "data" / "expenseflow.db"
    assert command_line.refusal("export", "audit") == [f"There is no database at {file}. `expenseflow init` makes one."]
    assert not file.exists()
