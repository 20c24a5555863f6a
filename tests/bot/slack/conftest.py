"""The driver against the emulated Slack, with exactly the scopes and events that our manifest asks for."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import pytest

from bot.playground.slack.deliveries import TransportName
from bot.playground.slack.settings import SCOPE_OF_EVENT
from bot.slack.driver import SlackDriver
from bot.slack.http_mode import HttpMode
from bot.slack.manifest import EVENT_SCOPES, bot_scopes
from bot.slack.socket_mode import SocketMode
from bot.slack.transport import Transport
from bot.translation import Catalogues
from bot.web.app import web_app
from bot.web.server import serving
from bot.web.webhooks import webhook_routes
from tests.bot.slack.slack_inbox import INSTALLATION, Edge, Inbox
from tests.fixtures.slack_emulator import QUICK, SlackServer, peopled, running_slack

OURS = replace(
    QUICK,
    acknowledge_timeout_s=1.0,  # so that a busy machine is not taken for an app that does not answer
    scopes=frozenset(bot_scopes()) | {"connections:write"},
    subscriptions=frozenset(EVENT_SCOPES) & frozenset(SCOPE_OF_EVENT),  # groups of direct messages are not emulated
)


OUTCOME_TIMEOUT_S = 0.3


def socket_of(server: SlackServer, app_token: str | None = None) -> SocketMode:
    """The way in by a socket."""
    token = app_token or server.settings.app_token
    return SocketMode(app_token=token, api_url=server.api_url, ping_interval_s=0.2)


def driver_of(
    server: SlackServer, inbox: Inbox, *, bot_token: str | None = None, transport: Transport | None = None
) -> SlackDriver:
    """A driver; by a socket unless there is another way in."""
    return SlackDriver(
        bot_token=bot_token or server.settings.bot_token,
        transport=transport or socket_of(server),
        api_url=server.api_url,
        accepts=inbox,
        catalogues=Catalogues(strict=True),
        outcome_timeout_s=OUTCOME_TIMEOUT_S,
        moment_after_s=OUTCOME_TIMEOUT_S,
    )


@asynccontextmanager
async def address_of(http_mode: HttpMode) -> AsyncIterator[str]:
    """The address at which our own web application hands on what is posted."""
    app = web_app([], webhook_routes(["slack"], {"slack": http_mode.receive}))
    async with serving(app, "127.0.0.1", 0) as port:
        yield f"http://127.0.0.1:{port}/webhooks/slack"


@pytest.fixture
def transport() -> TransportName:
    """The way in; a module of tests that hold for both overrides it."""
    return "socket"


@pytest.fixture
async def server() -> AsyncIterator[SlackServer]:
    async with running_slack(peopled(OURS)) as running:
        yield running


@pytest.fixture
async def edge(server: SlackServer, transport: TransportName) -> AsyncIterator[Edge]:
    inbox = Inbox()
    http_mode = HttpMode(signing_secret=server.settings.signing_secret)
    driver = driver_of(server, inbox, transport=http_mode if transport == "http" else None)
    async with AsyncExitStack() as stack:
        identity = await driver.identify()
        await driver.start(INSTALLATION)
        if transport == "http":
            await server.slack.use_http(await stack.enter_async_context(address_of(http_mode)))
        yield Edge(server, driver, inbox, identity)
        inbox.door.set()
        await driver.stop()
        await driver.close()
