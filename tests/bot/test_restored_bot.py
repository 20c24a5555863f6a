"""A bot is backed up in a burst, stopped, restored elsewhere and started: old cards work, on both platforms.

The books move from either database into an SQLite file; tests/jobs/test_backup.py moves rows from each kind to each.
"""

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.playground.slack.forms import visible_text
from bot.playground.slack.people import Person as SlackPerson
from bot.playground.telegram.people import Person
from core.expenses.queries import all_expenses
from core.identity.rules import Role
from core.store.unit_of_work import Actor
from tests.core.receipts import drawn_receipts as drawn
from tests.fixtures.command_line import CommandLine
from tests.fixtures.service import RunningService

BURST = 20
READ_S_MAX = 60.0


async def states_of(bot: RunningService) -> dict[str, str]:
    """Return the state of each expense, by its amount."""
    actor = Actor(platform="test", operation="look", workspace_id=bot.workspace_id)
    async with bot.service.database.read(actor) as uow:
        return {each.expense.amount.decimal_string(): str(each.expense.state) async for each in all_expenses(uow)}


async def burst(person: Person) -> None:
    """Write one expense after the other, without waiting for answers."""
    for number in range(BURST):
        await person.send_text(f"coffee {number + 1}.01")
        await asyncio.sleep(0.02)


@dataclass(frozen=True, kw_only=True)
class Before:
    """What people had before the backup: Emma a card on Telegram, with a receipt; Mara, the admin, one on Slack."""

    emma: Person
    mara: SlackPerson
    card: int
    parking: str


async def life_before(bot: RunningService) -> Before:
    code = await bot.make_workspace()
    bot.slack.add_person("UMARA", "mara", "Mara Berg")
    mara = bot.slack.person("UMARA")
    await mara.command("/expense", f"start {code}")
    emma = bot.telegram.add_person("Emma")
    await emma.start(await bot.make_code(Role.EMPLOYEE))
    await emma.send_photo(drawn.encoded(drawn.picture_of(drawn.FRENCH)))
    mara.send_text("dm", "parking 5.00")
    await bot.settled(READ_S_MAX)
    (card,) = [message.id for message in emma.messages() if "€45.00" in message.text]
    (parking,) = [message["ts"] for message in mara.messages("dm") if "€5.00" in visible_text(message)]
    return Before(emma=emma, mara=mara, card=card, parking=parking)


async def run(folder: Path, environment: dict[str, str], *verb: str) -> None:
    """Run a verb in a process of its own, as an operator does."""
    command_line = CommandLine(folder.parent, environment | {"EXPENSEFLOW_DATA_DIR": str(folder)})
    done = await asyncio.to_thread(command_line.process, *verb)
    assert (done.status, done.errors) == (0, "")


async def restored(bot: RunningService, archive: Path, folder: Path) -> None:
    """Stop the bot for good, restore the backup into another folder, and start a bot there."""
    await bot.service.stop()
    await run(folder, {}, "restore", str(archive))
    bot.folder = folder
    bot.configure(EXPENSEFLOW_DATABASE_URL=None)
    bot.service = bot._made()
    await bot.start()


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="needs Tesseract")
async def test_a_tap_on_an_old_card_works_after_the_bot_was_restored_elsewhere(
    running_bot: RunningService, tmp_path: Path
) -> None:
    before = await life_before(running_bot)
    archive, elsewhere = tmp_path / "backup.zip", tmp_path / "elsewhere"
    writing = asyncio.create_task(burst(before.emma))
    await run(running_bot.folder, running_bot.environment, "backup", str(archive))
    await writing
    await running_bot.settled()
    assert len(await states_of(running_bot)) == BURST + 2

    await restored(running_bot, archive, elsewhere)

    await before.emma.tap(before.card, "Receipt")
    await running_bot.settled()
    assert "photo" in before.emma.messages()[-1].content, "the receipt's file did not come along"
    await before.emma.tap(before.card, "Submit")
    await before.mara.tap("dm", before.parking, "Delete")
    await running_bot.settled()
    states = await states_of(running_bot)
    assert states["45.00"] == "submitted"
    assert "5.00" not in states
    assert any("€45.00" in visible_text(message) for message in before.mara.messages("dm")), "the admin was not asked"


async def test_a_code_that_was_given_out_before_the_backup_works_after_it(
    running_bot: RunningService, tmp_path: Path
) -> None:
    code = await running_bot.make_workspace()
    await run(running_bot.folder, running_bot.environment, "backup", str(tmp_path / "backup.zip"))
    await restored(running_bot, tmp_path / "backup.zip", tmp_path / "elsewhere")
    ida = running_bot.telegram.add_person("Ida")
    await ida.start(code)
    await running_bot.settled()
    assert "Acme" in ida.messages()[-1].text
