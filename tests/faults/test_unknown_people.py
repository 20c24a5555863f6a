"""Whoever writes for the first time while the platform cannot say who they are is answered when it can."""

import asyncio
from datetime import timedelta

from bot.intake import RETRY_AFTER_S
from bot.playground.slack.forms import visible_text
from bot.playground.state import Fault, Rule
from tests.fixtures.clock import FakeClock
from tests.fixtures.service import RunningService

WAIT_S = 30.0


async def test_first_words_outlast_an_outage_of_the_list_of_people(
    running_bot: RunningService, clock: FakeClock
) -> None:
    code = await running_bot.make_workspace()
    slack = running_bot.slack
    slack.add_person("UADMIN", "admin", "Ada")
    await slack.person("UADMIN").command("/expense", f"start {code}")
    await running_bot.settled()
    slack.add_person("UEMMA", "emma", "Emma Weiss")
    emma = slack.person("UEMMA")
    failures = len(RETRY_AFTER_S) + 3
    outage = slack.misbehaviour.add(Rule(fault=Fault.SERVER_ERROR, method="users.info", remaining=failures))
    emma.send_text("dm", "taxi 5 eur")
    async with asyncio.timeout(WAIT_S):
        while not any("€5.00" in visible_text(message) for message in emma.messages("dm")):
            clock.advance(timedelta(minutes=1))
            await running_bot.service.intake.sweep()
            await running_bot.service.delivery.sweep()
            await asyncio.sleep(0.02)  # the outage ends after so many calls, which nothing tells of
    assert outage.hits == failures
