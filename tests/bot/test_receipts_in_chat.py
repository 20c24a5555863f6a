"""A bot that dies while workers of its own read a receipt. What people see of receipts stands in tests/conversations."""

import shutil

import pytest

from core.expenses.queries import all_expenses
from core.identity.rules import Role
from core.receipts.queries import receipts_of
from core.store.unit_of_work import Actor
from tests.core.receipts import drawn_receipts as drawn
from tests.fixtures.service import RunningService

READ_S_MAX = 60.0


@pytest.mark.skipif(
    shutil.which("tesseract") is None, reason="needs Tesseract (scripts/system_packages.sh installs it)"
)
async def test_a_bot_that_dies_while_it_reads_reads_once_more_and_books_once(running_bot: RunningService) -> None:
    await running_bot.make_workspace()
    emma = running_bot.telegram.add_person("Emma")
    await emma.start(await running_bot.make_code(Role.EMPLOYEE))
    await running_bot.settled()
    await emma.send_photo(drawn.encoded(drawn.picture_of(drawn.FRENCH)))
    await emma.wait_for_message(lambda message: "Reading your receipt" in message.text)
    await running_bot.kill()
    await running_bot.settled(READ_S_MAX)
    # A death between a send and its mark repeats that message: the expense need not stand in the place of the first one.
    assert "€45.00" in emma.messages()[-1].text
    assert await booked(running_bot) == [("45.00", 1)]


async def booked(bot: RunningService) -> list[tuple[str, int]]:
    """Return amount and number of receipts of each expense."""
    actor = Actor(platform="test", operation="look", workspace_id=bot.workspace_id)
    async with bot.service.database.read(actor) as uow:
        expenses = [each.expense async for each in all_expenses(uow)]
        return [(each.amount.decimal_string(), len(await receipts_of(uow, each.id))) for each in expenses]
