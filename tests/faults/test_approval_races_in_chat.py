"""Approve and reject in the same instant through both emulators: one decides, all copies show it, within two seconds."""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.playground.slack.forms import visible_text
from bot.playground.slack.people import Person as SlackPerson
from bot.playground.telegram.people import Person as TelegramPerson
from core.approvals.tables import DecisionRow
from core.expenses.tables import ExpenseRow
from core.identity.rules import Role
from tests.fixtures.clock import FakeClock
from tests.fixtures.databases import Template
from tests.fixtures.people import actor
from tests.fixtures.service import PLATFORMS, RunningService, running_service

RACES = 200
"""On each database, each about 0.4 s long; as many run without a chat in test_approval_races.py."""
WAIT_S = 15.0
SHOWN_WITHIN_S = 2.0
"""What a person is promised on an idle bot, from the tap to the last copy; half of the races must keep it here too."""
ENDS = ("Approved by", "Rejected by")


@pytest.fixture
async def bot(tmp_path: Path, template: Template, clock: FakeClock) -> AsyncIterator[RunningService]:
    """A bot on both platforms, on either database."""
    async with running_service(tmp_path / "bot", template, PLATFORMS, clock) as running:
        yield running


class Trio:
    """Mia, who submits on Telegram, and two of finance: Finn on Telegram, Mara on Slack."""

    def __init__(self, bot: RunningService) -> None:
        self.mia: TelegramPerson = bot.telegram.add_person("Mia")
        self.finn: TelegramPerson = bot.telegram.add_person("Finn")
        self.mara: SlackPerson = bot.slack.add_person("UMARA", "mara", "Mara")

    async def join(self, bot: RunningService) -> None:
        await bot.make_workspace()
        await self.mia.start(await bot.make_code(Role.EMPLOYEE))
        await self.finn.start(await bot.make_code(Role.FINANCE))
        await self.mara.command("/expense", f"start {await bot.make_code(Role.FINANCE)}")
        await bot.settled()

    async def submit(self, amount: int) -> tuple[int, int, str]:
        """Have Mia submit an expense; return the messages that show it to Mia, to Finn, to Mara."""
        await self.mia.send_text(f"taxi {amount} eur")
        mine = await self._on_telegram(self.mia, f"€{amount:,}.00")
        await self.mia.tap(mine, "Submit")
        finns = await self._on_telegram(self.finn, f"Mia: taxi · €{amount:,}.00")
        maras = await self.mara.wait_for_message("dm", f"Mia: taxi · €{amount:,}.00", timeout_s=WAIT_S)
        return mine, finns, str(maras["ts"])

    async def _on_telegram(self, person: TelegramPerson, words: str) -> int:
        return (await person.wait_for_message(lambda each: words in each.text, timeout_s=WAIT_S)).id

    async def race(self, cards: tuple[int, int, str], *, finn_rejects: bool) -> float:
        """Have one of finance approve, and the other send the reason of a rejection, in the same instant: the one returned."""
        _, finns, maras = cards
        barrier = asyncio.Barrier(2)

        async def at_once(act: Awaitable[object]) -> None:
            await barrier.wait()
            await act

        if finn_rejects:
            await self.finn.tap(finns, "Reject")
            await self.finn.wait_for_message(lambda each: "Why?" in each.text, after=finns, timeout_s=WAIT_S)
            acts = [at_once(self.finn.send_text("because")), at_once(self.mara.tap("dm", maras, "Approve"))]
        else:
            await self.mara.tap("dm", maras, "Reject")
            modal = await self.mara.wait_for_modal(timeout_s=WAIT_S)
            await modal.fill({"words": "because"})
            acts = [at_once(modal.submit()), at_once(self.finn.tap(finns, "Approve"))]
        begun_s = time.monotonic()
        await asyncio.gather(*acts)
        return begun_s

    async def outcome(self, cards: tuple[int, int, str]) -> str:
        """Wait until all three copies show how it ended; return that, the same for all."""
        mine, finns, maras = cards
        of_mia = await self.mia.wait_for_message(
            lambda each: each.id == mine and any(end in each.text for end in ENDS), timeout_s=WAIT_S
        )
        of_finn = await self.finn.wait_for_message(
            lambda each: each.id == finns and any(end in each.text for end in ENDS), timeout_s=WAIT_S
        )
        of_mara = await self.mara.wait_for_message(
            "dm",
            lambda each: each["ts"] == maras and any(end in visible_text(each) for end in ENDS),
            timeout_s=WAIT_S,
        )
        assert of_finn.labels == [], "decided, and there are still buttons"
        ended = {
            next(end for end in ENDS if end in words) for words in (of_mia.text, of_finn.text, visible_text(of_mara))
        }
        (end,) = ended
        return end


async def test_one_decides_and_every_copy_on_both_platforms_shows_it(
    bot: RunningService, capsys: pytest.CaptureFixture[str]
) -> None:
    trio = Trio(bot)
    await trio.join(bot)
    shown_s, ends = [], Counter[str]()
    for race in range(1, RACES + 1):
        cards = await trio.submit(race)
        await bot.settled()
        begun_s = await trio.race(cards, finn_rejects=race % 2 == 0)
        ends[await trio.outcome(cards)] += 1
        shown_s.append(time.monotonic() - begun_s)
        await bot.settled()
        if trio.mara.modal is not None:
            await trio.mara.modal.close_all()
    shown_s.sort()
    async with bot.service.database.read(actor(bot.workspace_id)) as uow:
        per_request = select(func.count()).select_from(DecisionRow).group_by(DecisionRow.approval_id)
        assert list(await uow.session.scalars(per_request)) == [1] * RACES
        states = Counter(await uow.session.scalars(select(ExpenseRow.state)))
    assert states == Counter(approved=ends["Approved by"], rejected=ends["Rejected by"])
    assert shown_s[RACES // 2] < SHOWN_WITHIN_S
    with capsys.disabled():
        sys.stdout.write(
            f"\n{RACES} races on {bot.service.database.dialect}: {dict(states)}; from the tap to the last copy"
            f" {shown_s[RACES // 2]:.2f} s in the middle, {shown_s[-1]:.2f} s at worst\n"
        )
