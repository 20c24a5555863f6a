"""The socket: opened in spite of everything, kept open, and in the order in which Slack sends."""

import asyncio
import itertools

import pytest

from bot.playground.slack.limits import SOCKET_TICKET_LIFE_S
from bot.playground.state import Fault, Rule
from handlers.events import TextReceived
from tests.bot.slack.conftest import driver_of
from tests.bot.slack.slack_inbox import INSTALLATION, Edge, Inbox
from tests.fixtures.slack_emulator import SlackServer


@pytest.mark.parametrize("lost_by", ["cut", "refresh"])
async def test_a_new_connection_loses_nothing(edge: Edge, lost_by: str) -> None:
    slack, ann = edge.server.slack, edge.server.slack.person("UANN")
    opened = slack.hub.connections_opened
    if lost_by == "cut":
        slack.hub.cut()
    else:
        await slack.hub.disconnect("refresh_requested")
    for number in range(5):
        ann.send_text("dm", f"taxi {number}")
    await edge.inbox.wait_for_commits(5)
    await slack.bus.wait_until(
        lambda: slack.hub.connections_opened > opened or None, timeout_s=5, what="another connection"
    )
    ann.send_text("dm", "taxi 5")
    await edge.inbox.wait_for_commits(6)
    await slack.wait_idle()
    assert slack.deliveries.lost == []
    words = [event.text for event in [await edge.next_event() for _ in range(6)] if isinstance(event, TextReceived)]
    assert sorted(words) == [f"taxi {number}" for number in range(6)]


async def test_a_connection_comes_about_although_slack_is_away_at_first(server: SlackServer) -> None:
    """The library alone would go on with an address whose ticket is used up; `healthy` complains until it works."""
    inbox = Inbox()
    driver = driver_of(server, inbox)
    await driver.identify()
    assert driver.healthy() == "slack: not started"
    server.slack.misbehaviour.add(Rule(fault=Fault.SERVER_ERROR, method="apps.connections.open", remaining=3))
    starting = asyncio.create_task(driver.start(INSTALLATION))
    await server.slack.wait_connected(timeout_s=10)
    await starting
    assert driver.healthy() is None
    server.slack.person("UANN").send_text("dm", "taxi 23")
    await inbox.wait_for_commits(1)
    await driver.stop()
    assert driver.healthy() == "slack: not started"
    await driver.close()


async def test_an_address_that_has_expired_is_not_tried_for_ever(server: SlackServer) -> None:
    """The library repeats a failed connection with the address that it has; a ticket is good once, and for seconds."""
    inbox = Inbox()
    driver = driver_of(server, inbox)
    await driver.identify()
    ticks_s = itertools.chain([0.0, SOCKET_TICKET_LIFE_S + 1], itertools.repeat(1_000.0))
    server.slack.hub.clock = lambda: next(ticks_s)
    await driver.start(INSTALLATION)
    assert driver.healthy() is None
    await driver.stop()
    await driver.close()


async def test_deliveries_reach_the_inbox_in_the_order_in_which_they_were_sent(edge: Edge) -> None:
    ann = edge.server.slack.person("UANN")
    for number in range(30):
        ann.send_text("dm", f"taxi {number}")
    await edge.inbox.wait_for_commits(30)
    words = [event.text for event in [await edge.next_event() for _ in range(30)] if isinstance(event, TextReceived)]
    assert words == [f"taxi {number}" for number in range(30)]
