"""The driver against the emulated Slack, with exactly the scopes and events that our manifest asks for."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.playground.slack.settings import SCOPE_OF_EVENT
from bot.slack.driver import SlackDriver
from bot.slack.manifest import EVENT_SCOPES, bot_scopes
from bot.translation import Catalogues
from tests.bot.slack.slack_inbox import INSTALLATION, Edge, Inbox
from tests.fixtures.slack_emulator import QUICK, SlackServer, peopled, running_slack

OURS = replace(
    QUICK,
    acknowledge_timeout_s=1.0,  # so that a busy machine is not taken for an app that does not answer
    scopes=frozenset(bot_scopes()) | {"connections:write"},
    subscriptions=frozenset(EVENT_SCOPES) & frozenset(SCOPE_OF_EVENT),  # groups of direct messages are not emulated
)


OUTCOME_TIMEOUT_S = 0.3


def driver_of(
    server: SlackServer, inbox: Inbox, *, bot_token: str | None = None, app_token: str | None = None
) -> SlackDriver:
    return SlackDriver(
        bot_token=bot_token or server.settings.bot_token,
        app_token=app_token or server.settings.app_token,
        api_url=server.api_url,
        accepts=inbox,
        catalogues=Catalogues(strict=True),
        ping_interval_s=0.2,
        outcome_timeout_s=OUTCOME_TIMEOUT_S,
        moment_after_s=OUTCOME_TIMEOUT_S,
    )


@pytest.fixture
async def server() -> AsyncIterator[SlackServer]:
    async with running_slack(peopled(OURS)) as running:
        yield running


@pytest.fixture
async def edge(server: SlackServer) -> AsyncIterator[Edge]:
    inbox = Inbox()
    driver = driver_of(server, inbox)
    identity = await driver.identify()
    await driver.start(INSTALLATION)
    yield Edge(server, driver, inbox, identity)
    inbox.door.set()
    await driver.stop()
    await driver.close()
