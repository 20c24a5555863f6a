"""Real slack-bolt and slack_sdk against the emulated Slack: nothing is acknowledged that is not committed."""

import asyncio
import logging
from typing import get_args

import pytest

from bot.intake import Delivery
from bot.playground.slack.deliveries import Outcome as Attempt
from bot.playground.slack.deliveries import TransportName
from bot.playground.state import Fault, Rule
from bot.slack.transport import SlackSettingsError
from bot.translation import Translator
from handlers.events import ButtonTapped, CommandInvoked, MessageEdited, TextReceived
from handlers.replies import Button, Card
from handlers.text import Verbatim
from tests.bot.slack.conftest import driver_of, socket_of
from tests.bot.slack.slack_inbox import INSTALLATION, Edge, Inbox, disk_is_full
from tests.fixtures.slack_emulator import SlackServer

ACKNOWLEDGED, TIMED_OUT = Attempt.ACKNOWLEDGED.value, Attempt.TIMED_OUT.value
NOT_ACKNOWLEDGED = {"socket": Attempt.TIMED_OUT, "http": Attempt.SERVICE_ERROR}
WORDS = Translator("en")


@pytest.fixture(params=get_args(TransportName))
def transport(request: pytest.FixtureRequest) -> TransportName:
    """Each of these tests holds for both ways in."""
    name: TransportName = request.param
    return name


async def test_a_message_is_committed_and_acknowledged_once(edge: Edge) -> None:
    edge.server.slack.person("UANN").send_text("dm", "taxi 23,50 € <gestern>")
    event = await edge.next_event()
    await edge.server.slack.wait_idle()
    assert isinstance(event, TextReceived)
    assert event.text == "taxi 23,50 € <gestern>"
    assert event.source.private
    assert edge.outcomes("message") == [ACKNOWLEDGED]


async def test_nothing_is_acknowledged_before_its_commit(edge: Edge) -> None:
    edge.inbox.door.clear()
    edge.server.slack.person("UANN").send_text("dm", "taxi 23")
    await edge.server.slack.wire.wait_for(lambda entry: entry.name == "message", timeout_s=5)
    assert edge.outcomes("message") == [TIMED_OUT]
    assert edge.inbox.committed == {}
    edge.inbox.door.set()
    await edge.server.slack.wait_idle()
    assert edge.outcomes("message")[-1] == ACKNOWLEDGED
    assert len(edge.inbox.committed) == 1


@pytest.mark.parametrize("failure", [disk_is_full(), RuntimeError("a fault of ours")])
async def test_what_could_not_be_committed_comes_again(
    edge: Edge, failure: Exception, caplog: pytest.LogCaptureFixture, transport: TransportName
) -> None:
    edge.inbox.failures = [failure]
    edge.server.slack.person("UANN").send_text("dm", "taxi 23")
    await edge.inbox.wait_for_commits(1)
    await edge.server.slack.wait_idle()
    assert edge.outcomes("message") == [NOT_ACKNOWLEDGED[transport].value, ACKNOWLEDGED]
    assert len(edge.inbox.attempts) == 2
    assert "taxi 23" not in caplog.text


async def test_a_command_that_could_not_be_committed_is_seen_by_the_person(
    edge: Edge, transport: TransportName
) -> None:
    edge.inbox.failures = [disk_is_full()]
    ann = edge.server.slack.person("UANN")
    failed = await ann.command("/expense", "new")
    assert failed.outcome is NOT_ACKNOWLEDGED[transport]
    worked = await ann.command("/expense", "New car 23")
    assert worked.outcome is Attempt.ACKNOWLEDGED
    assert worked.payload is None
    event = await edge.next_event()
    assert isinstance(event, CommandInvoked)
    assert (event.name, event.rest, event.free_text) == ("new", "car 23", "New car 23")


async def test_a_mention_is_delivered_twice_and_committed_once(edge: Edge) -> None:
    edge.server.slack.person("UANN").send_text("#expenses", f"<@{edge.identity.bot_user_id}> taxi 23")
    event = await edge.next_event()
    await edge.server.slack.wait_idle()
    assert isinstance(event, TextReceived)
    assert event.text == "taxi 23"
    assert edge.outcomes("message") + edge.outcomes("app_mention") == [ACKNOWLEDGED] * 2
    assert len(edge.inbox.committed) == 1


async def test_other_peoples_talk_is_acknowledged_and_not_kept(edge: Edge) -> None:
    edge.server.slack.person("UANN").send_text("#expenses", "my salary is 4000")
    await edge.server.slack.wait_idle()
    assert edge.outcomes("message") == [ACKNOWLEDGED]
    assert edge.inbox.attempts == []


async def test_an_edit_names_the_message_that_it_changes(edge: Edge) -> None:
    ann = edge.server.slack.person("UANN")
    ts = ann.send_text("dm", "taxi 23")
    await edge.next_event()
    ann.edit_text("dm", ts, "taxi 24")
    event = await edge.next_event()
    assert isinstance(event, MessageEdited)
    assert (event.text, event.source.message) == ("taxi 24", ts)


async def test_an_edited_mention_is_told_twice_and_committed_once(edge: Edge) -> None:
    ann = edge.server.slack.person("UANN")
    ts = ann.send_text("#expenses", f"<@{edge.identity.bot_user_id}> taxi 23")
    await edge.next_event()
    ann.edit_text("#expenses", ts, f"<@{edge.identity.bot_user_id}> taxi 24")
    event = await edge.next_event()
    await edge.server.slack.wait_idle()
    assert isinstance(event, MessageEdited)
    assert event.text == "taxi 24"
    assert len(edge.outcomes("app_mention")) == 2
    assert len(edge.inbox.committed) == 2


async def test_a_reply_under_our_message_reaches_us(edge: Edge) -> None:
    ann = edge.server.slack.person("UANN")
    ann.send_text("#expenses", f"<@{edge.identity.bot_user_id}> hello")
    asked = await edge.next_event()
    ours = await edge.platform.send(edge.here(asked), Card(title=Verbatim("Yes?")), WORDS)
    assert ours.message is not None
    ann.send_text("#expenses", "taxi 23", thread_ts=ours.message)
    event = await edge.next_event()
    assert isinstance(event, TextReceived)
    assert event.source.thread == ours.message


async def test_a_tap_brings_back_what_the_button_was_given(edge: Edge) -> None:
    ann = edge.server.slack.person("UANN")
    ann.send_text("dm", "taxi 23")
    asked = await edge.next_event()
    button = Button(action="expense.submit", label=Verbatim("Submit"), subject_id="01JEXPENSE", version=3)
    sent = await edge.platform.send(edge.here(asked), Card(title=Verbatim("Taxi"), buttons=((button,),)), WORDS)
    assert sent.message is not None
    answer = await ann.tap("dm", sent.message, "Submit")
    assert answer.outcome is Attempt.ACKNOWLEDGED
    event = await edge.next_event()
    assert isinstance(event, ButtonTapped)
    assert (event.action, event.subject_id, event.version) == ("expense.submit", "01JEXPENSE", 3)
    assert event.source.message == sent.message
    assert event.source.channel == sent.channel


async def test_repeated_deliveries_are_one(edge: Edge) -> None:
    edge.server.slack.misbehaviour.add(Rule(fault=Fault.DUPLICATE, method="message", copies=4))
    edge.server.slack.person("UANN").send_text("dm", "taxi 23")
    await edge.inbox.wait_for_attempts(2)
    await edge.server.slack.wait_idle()
    assert set(edge.outcomes("message")) == {ACKNOWLEDGED}
    assert len(edge.inbox.committed) == 1


async def test_of_one_conversation_one_is_committed_after_the_other_and_others_go_ahead(edge: Edge) -> None:
    """A database with several connections would take what arrives together in any order."""
    ann, ben = (edge.server.slack.person(name) for name in ("UANN", "UBEN"))
    edge.inbox.door.clear()
    for number in range(3):
        ann.send_text("dm", f"taxi {number}")
    await edge.inbox.wait_for_attempts(1)
    ben.send_text("dm", "hotel 80")
    await edge.inbox.wait_for_attempts(2)
    texts = [delivery.payload["payload"]["event"]["text"] for delivery in edge.inbox.attempts]
    assert texts[1] == "hotel 80"
    edge.inbox.door.set()
    await edge.inbox.wait_for_commits(4)
    await edge.server.slack.wait_idle()


async def test_stopping_acknowledges_what_is_committed_and_takes_nothing_new(edge: Edge) -> None:
    slack, ann = edge.server.slack, edge.server.slack.person("UANN")
    edge.inbox.door.clear()
    ann.send_text("dm", "under way")
    await edge.inbox.wait_for_attempts(1)
    stopping = asyncio.create_task(edge.driver.stop())
    await asyncio.sleep(0)
    edge.inbox.door.set()
    async with asyncio.timeout(5):
        await stopping
    await slack.wait_idle()
    assert edge.outcomes("message") == [ACKNOWLEDGED]
    assert slack.hub.connections == []


async def test_stopping_is_bounded_although_a_commit_hangs(edge: Edge) -> None:
    edge.inbox.door.clear()
    edge.server.slack.person("UANN").send_text("dm", "under way")
    await edge.inbox.wait_for_attempts(1)
    async with asyncio.timeout(6):
        await edge.driver.stop()
    assert edge.inbox.committed == {}


async def test_who_we_are(edge: Edge) -> None:
    assert edge.identity.team_id == "T0PLAYGROUND"
    assert edge.identity.bot_user_id == "U0BOT"
    assert edge.driver.healthy() is None


async def test_a_wrong_token_is_named_by_its_setting(server: SlackServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    wrong_bot = driver_of(server, Inbox(), bot_token="xoxb-wrong-secret")
    with pytest.raises(SlackSettingsError, match=r"EXPENSEFLOW_SLACK_BOT_TOKEN: .*invalid_auth"):
        await wrong_bot.identify()
    await wrong_bot.close()
    wrong_app = driver_of(server, Inbox(), transport=socket_of(server, "xapp-wrong-secret"))
    await wrong_app.identify()
    with pytest.raises(SlackSettingsError, match="EXPENSEFLOW_SLACK_APP_TOKEN"):
        await wrong_app.start(INSTALLATION)
    await wrong_app.close()
    assert "secret" not in caplog.text


async def test_slack_being_busy_at_the_start_is_waited_out(server: SlackServer) -> None:
    server.slack.misbehaviour.add(Rule(fault=Fault.SERVER_ERROR, method="auth.test", remaining=1))
    driver = driver_of(server, Inbox())
    assert (await driver.identify()).team_name == "Playground"
    await driver.close()


async def test_every_secret_stays_out_of_what_is_kept(edge: Edge) -> None:
    ann = edge.server.slack.person("UANN")
    ann.send_text("dm", "taxi 23")
    await ann.command("/expense", "help")
    await edge.inbox.wait_for_commits(2)
    kept: list[Delivery] = list(edge.inbox.committed.values())
    secrets = (edge.server.settings.verification_token, edge.server.settings.bot_token, edge.server.settings.app_token)
    assert not [secret for secret in secrets if secret in repr(kept)]
