"""Socket Mode with the real slack_bolt: delivery, acknowledgement, and what is repeated and what is not."""

import asyncio
import sys
from dataclasses import replace

import pytest

from bot.playground.slack.deliveries import Outcome
from bot.playground.state import Fault, Json, Rule
from tests.fixtures.slack_emulator import QUICK, RecordingApp, SlackServer, peopled, running_slack

BUTTON = {
    "type": "actions",
    "block_id": "row",
    "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Submit"}, "action_id": "submit"}],
}


async def test_a_direct_message_reaches_the_app_and_its_answer_the_person(slack_server: SlackServer) -> None:
    async def say(body: Json) -> None:
        if "bot_id" not in body["event"]:
            await app.bolt.client.chat_postMessage(channel=body["event"]["channel"], text="Noted.")

    app = RecordingApp(slack_server, message=say)
    await slack_server.connect(app)
    ann = slack_server.slack.person("UANN")
    ts = ann.send_text("dm", "taxi 23,50 € <yesterday> & more")
    answer = await ann.wait_for_message("dm", "Noted.")
    first, own = await app.wait_for("message", 2)
    await slack_server.slack.wait_idle(quiet_s=0)

    assert first["text"] == "taxi 23,50 € &lt;yesterday&gt; &amp; more"
    assert (first["channel_type"], first["ts"], first["user"]) == ("im", ts, "UANN")
    assert first["client_msg_id"]
    assert app.bodies[0]["authorizations"][0]["user_id"] == slack_server.settings.bot_user_id
    assert app.bodies[0]["event_context"]
    assert answer["bot_id"] == own["bot_id"] == slack_server.settings.bot_id


async def test_a_mention_arrives_as_two_events_of_one_message(slack_server: SlackServer) -> None:
    app = RecordingApp(slack_server)
    await slack_server.connect(app)
    ts = slack_server.slack.person("UANN").send_text("expenses", "@expenseflow lunch 12")
    (mention,) = await app.wait_for("app_mention")
    (message,) = await app.wait_for("message")

    assert mention["text"] == message["text"] == f"<@{slack_server.settings.bot_user_id}> lunch 12"
    assert (mention["channel"], mention["ts"]) == (message["channel"], message["ts"])
    assert message["ts"] == ts
    assert app.bodies[0]["event_id"] != app.bodies[1]["event_id"]


async def test_an_edited_mention_is_told_once_more(slack_server: SlackServer) -> None:
    app = RecordingApp(slack_server)
    await slack_server.connect(app)
    ann = slack_server.slack.person("UANN")
    ts = ann.send_text("expenses", "@expenseflow lunch 12")
    ann.edit_text("expenses", ts, "@expenseflow lunch 13")
    first, again = await app.wait_for("app_mention", 2)

    assert "edited" not in first
    assert again["edited"]["user"] == "UANN"
    assert (again["ts"], again["text"]) == (ts, f"<@{slack_server.settings.bot_user_id}> lunch 13")


async def test_the_app_hears_no_channel_that_it_is_not_in(slack_server: SlackServer) -> None:
    app = RecordingApp(slack_server)
    await slack_server.connect(app)
    ann = slack_server.slack.person("UANN")
    ann.send_text("random", "@expenseflow are you here?")
    ann.send_text("dm", "the only one")
    await app.wait_for("message")
    await slack_server.slack.wait_idle(quiet_s=0)

    assert [event["text"] for event in app.of("message")] == ["the only one"]


async def test_a_private_channel_is_told_as_such(slack_server: SlackServer) -> None:
    app = RecordingApp(slack_server)
    await slack_server.connect(app)
    slack_server.slack.add_channel("board", members=["UANN"], kind="group")
    slack_server.slack.person("UANN").send_text("board", "lunch 12")
    (message,) = await app.wait_for("message")

    assert message["channel_type"] == "group"


async def test_edits_and_deletions_are_told_with_what_was_there_before(slack_server: SlackServer) -> None:
    app = RecordingApp(slack_server)
    await slack_server.connect(app)
    ben = slack_server.slack.person("UBEN")
    ts = ben.send_text("dm", "taxi 23")
    ben.edit_text("dm", ts, "taxi 25")
    ben.delete_message("dm", ts)
    (changed,) = await app.wait_for("message_changed")
    (deleted,) = await app.wait_for("message_deleted")

    assert (changed["previous_message"]["text"], changed["message"]["text"]) == ("taxi 23", "taxi 25")
    assert changed["message"]["ts"] == ts != changed["ts"]
    assert changed["message"]["edited"]["user"] == "UBEN"
    assert deleted["deleted_ts"] == ts
    assert deleted["previous_message"]["text"] == "taxi 25"
    assert ben.messages() == []


async def test_an_unacknowledged_event_comes_again_three_times_and_is_then_lost(slack_server: SlackServer) -> None:
    app = RecordingApp(slack_server, silent=True)
    await slack_server.connect(app)
    slack_server.slack.person("UANN").send_text("dm", "hello?")
    await app.wait_for("message", 4)
    await slack_server.slack.wait_idle(quiet_s=0)

    assert len({body["event_id"] for body in app.bodies}) == 1
    assert len(slack_server.slack.deliveries.lost) == 1
    frames = [entry.request for entry in slack_server.slack.wire.entries(name="message")]
    assert [frame["retry_attempt"] for frame in frames] == [0, 1, 2, 3]
    assert [frame["retry_reason"] for frame in frames] == ["", "timeout", "timeout", "timeout"]
    assert len({frame["envelope_id"] for frame in frames}) == 4


async def test_an_event_whose_connection_is_lost_comes_again_over_the_next_one(slack_server: SlackServer) -> None:
    stuck = asyncio.Event()

    async def hang(_body: Json) -> None:
        await stuck.wait()

    dying, next_app = RecordingApp(slack_server, message=hang), RecordingApp(slack_server)
    handler = await slack_server.connect(dying)
    slack_server.slack.person("UANN").send_text("dm", "taxi 23")
    await dying.wait_for("message")
    await slack_server.disconnect(handler)
    await slack_server.connect(next_app)
    await next_app.wait_for("message")
    await slack_server.slack.wait_idle(quiet_s=0)
    stuck.set()

    assert dying.bodies[0]["event_id"] == next_app.bodies[0]["event_id"]
    assert slack_server.slack.deliveries.lost == []


async def test_a_command_is_not_repeated_and_the_person_sees_that_nobody_answered(slack_server: SlackServer) -> None:
    app = RecordingApp(slack_server, silent=True)
    await slack_server.connect(app)
    ann = slack_server.slack.person("UANN")
    answer = await ann.command("/expense", "taxi 23")
    await slack_server.slack.wait_idle(quiet_s=0)

    assert answer.outcome is Outcome.TIMED_OUT
    assert len(app.of("/expense")) == 1
    assert "operation_timeout" in ann.messages()[-1]["text"]
    assert slack_server.slack.person("UBEN").messages() == []


async def test_a_tap_is_not_repeated_when_the_connection_is_lost(slack_server: SlackServer) -> None:
    ann = slack_server.slack.person("UANN")
    posted = await slack_server.client().chat_postMessage(channel="UANN", text="card", blocks=[BUTTON])
    await slack_server.slack.retry_now()
    stuck = asyncio.Event()

    async def hang(_body: Json) -> None:
        await stuck.wait()

    dying, next_app = RecordingApp(slack_server, block_actions=hang), RecordingApp(slack_server)
    handler = await slack_server.connect(dying)
    tapping = asyncio.create_task(ann.tap("dm", posted["ts"], "Submit"))
    await dying.wait_for("block_actions")
    await slack_server.disconnect(handler)
    answer = await tapping
    await slack_server.connect(next_app)
    await slack_server.slack.wait_idle(quiet_s=0)
    stuck.set()

    assert answer.outcome is Outcome.CONNECTION_LOST
    assert next_app.of("block_actions") == []


async def test_without_a_connection_a_command_fails_at_once(slack_server: SlackServer) -> None:
    ann = slack_server.slack.person("UANN")
    answer = await ann.command("/expense", "help")

    assert answer.outcome is Outcome.NO_CONNECTION
    assert "dispatch_failed" in ann.messages()[-1]["text"]


async def test_each_event_goes_to_exactly_one_of_several_connections(slack_server: SlackServer) -> None:
    apps = [RecordingApp(slack_server) for _ in range(3)]
    for app in apps:
        await slack_server.connect(app)
    ann = slack_server.slack.person("UANN")
    for number in range(9):
        ann.send_text("dm", f"message {number}")
    await slack_server.slack.wait_idle(quiet_s=0)

    heard = sorted(event["text"] for app in apps for event in app.of("message"))
    assert heard == [f"message {number}" for number in range(9)]
    assert all(app.bodies for app in apps)


async def test_an_eleventh_connection_is_sent_away(slack_server: SlackServer) -> None:
    session = await slack_server.session()
    client = slack_server.client(slack_server.settings.app_token)
    sockets = []
    for _ in range(11):
        opened = await client.apps_connections_open(app_token=slack_server.settings.app_token)
        sockets.append(await session.ws_connect(opened["url"]))
    firsts = [await socket.receive_json(timeout=5) for socket in sockets]
    for socket in sockets:
        await socket.close()

    assert [frame["type"] for frame in firsts] == ["hello"] * 10 + ["disconnect"]
    assert firsts[10]["reason"] == "too_many_websockets"
    assert firsts[9]["num_connections"] == 10
    assert firsts[0]["connection_info"] == {"app_id": slack_server.settings.app_id}


async def test_a_ticket_opens_one_connection_only(slack_server: SlackServer) -> None:
    session = await slack_server.session()
    opened = await slack_server.client().apps_connections_open(app_token=slack_server.settings.app_token)
    async with session.ws_connect(opened["url"]) as socket:
        await socket.receive_json(timeout=5)
        async with session.get(opened["url"].replace("ws", "http", 1)) as second:
            assert second.status == 400


async def test_a_refresh_makes_the_client_connect_anew_and_nothing_is_lost(slack_server: SlackServer) -> None:
    app = RecordingApp(slack_server)
    await slack_server.connect(app)
    opened = slack_server.slack.hub.connections_opened
    await slack_server.slack.hub.disconnect("refresh_requested")
    slack_server.slack.person("UANN").send_text("dm", "taxi 23")
    await app.wait_for("message")
    await slack_server.slack.bus.wait_until(
        lambda: slack_server.slack.hub.connections_opened > opened or None, timeout_s=5
    )
    await slack_server.slack.wait_idle(quiet_s=0)

    assert slack_server.slack.deliveries.lost == []


async def test_duplicates_and_lost_connections_on_demand(slack_server: SlackServer) -> None:
    app = RecordingApp(slack_server)
    await slack_server.connect(app)
    slack_server.slack.misbehaviour.add(Rule(fault=Fault.DUPLICATE, method="message", copies=2))
    slack_server.slack.person("UANN").send_text("dm", "twice")
    await app.wait_for("message", 2)
    slack_server.slack.misbehaviour.add(Rule(fault=Fault.DROP_THEN_REPEAT, method="message"))
    slack_server.slack.person("UANN").send_text("dm", "unheard")
    await app.wait_for("message", 4)
    await slack_server.slack.wait_idle(quiet_s=0)

    assert len({body["event_id"] for body in app.bodies[:2]}) == 1
    assert [event["text"] for event in app.of("message")] == ["twice", "twice", "unheard", "unheard"]
    assert app.bodies[2]["event_id"] == app.bodies[3]["event_id"]


async def test_a_lost_answer_to_a_command_leaves_the_person_without_one(slack_server: SlackServer) -> None:
    app = RecordingApp(slack_server)
    await slack_server.connect(app)
    slack_server.slack.misbehaviour.add(Rule(fault=Fault.DROP_THEN_REPEAT, method="/expense"))
    answer = await slack_server.slack.person("UANN").command("/expense", "taxi 23")

    assert answer.outcome is Outcome.CONNECTION_LOST
    assert len(app.of("/expense")) == 1
    assert "operation_timeout" in slack_server.slack.person("UANN").messages()[-1]["text"]


async def test_a_cut_network_repeats_what_was_under_way(slack_server: SlackServer) -> None:
    """The real client connects again by itself and hears the same event once more."""
    first = asyncio.Event()

    async def hang_once(_body: Json) -> None:
        if len(app.bodies) == 1:
            await first.wait()

    app = RecordingApp(slack_server, message=hang_once)
    await slack_server.connect(app)
    slack_server.slack.person("UANN").send_text("dm", "taxi 23")
    await app.wait_for("message")
    slack_server.slack.hub.cut()
    await app.wait_for("message", 2)
    await slack_server.slack.wait_idle(quiet_s=0)
    first.set()

    assert app.bodies[0]["event_id"] == app.bodies[1]["event_id"]
    assert slack_server.slack.deliveries.lost == []


async def test_events_come_in_another_order_on_demand(slack_server: SlackServer) -> None:
    app = RecordingApp(slack_server)
    await slack_server.connect(app)
    slack_server.slack.misbehaviour.add(Rule(fault=Fault.REORDER, method="message", remaining=6, seed=4))
    for number in range(6):
        slack_server.slack.person("UANN").send_text("dm", str(number))
    heard = [event["text"] for event in await app.wait_for("message", 6)]

    assert sorted(heard) == list("012345")
    assert heard != list("012345")


async def test_what_waits_for_a_retry_can_be_sent_at_once(slack_server: SlackServer) -> None:
    """A minute's wait between retries is Slack's; a test need not spend it."""
    app = RecordingApp(slack_server)
    ann = slack_server.slack.person("UANN")
    ann.send_text("dm", "while the app was away")
    with pytest.raises(TimeoutError):
        await slack_server.slack.wait_idle(timeout_s=0.1)
    await slack_server.connect(app)
    await slack_server.slack.retry_now()
    await app.wait_for("message")
    await slack_server.slack.wait_idle(quiet_s=0)

    assert slack_server.slack.deliveries.lost == []


async def test_the_server_stops_soon_even_when_an_app_does_not_say_goodbye(slack_server: SlackServer) -> None:
    opened = await slack_server.client().apps_connections_open(app_token=slack_server.settings.app_token)
    session = await slack_server.session()
    deaf = await session.ws_connect(opened["url"], autoclose=False, autoping=False)
    await slack_server.connect()
    started = asyncio.get_running_loop().time()
    await slack_server.slack.close()

    assert asyncio.get_running_loop().time() - started < 2.0
    assert not deaf.closed


async def test_a_connection_that_answers_no_ping_is_given_up() -> None:
    async with running_slack(peopled(replace(QUICK, ping_interval_s=0.1))) as server:
        opened = await server.client().apps_connections_open(app_token=server.settings.app_token)
        session = await server.session()
        await session.ws_connect(opened["url"], autoclose=False, autoping=False)
        await server.slack.wait_connected()
        await server.slack.bus.wait_until(
            lambda: not server.slack.hub.connections or None, timeout_s=5, what="the loss of a deaf connection"
        )


KILLED_APP = """
import asyncio, sys
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

async def main(api_url, bot_token, app_token):
    app = AsyncApp(client=AsyncWebClient(token=bot_token, base_url=api_url))

    @app.middleware
    async def take(body):
        print(body["event_id"], flush=True)
        await asyncio.sleep(60)

    await AsyncSocketModeHandler(app, app_token).connect_async()
    await asyncio.sleep(60)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_an_app_killed_before_it_acknowledges_hears_it_again_after_its_restart(
    slack_server: SlackServer,
) -> None:
    """A process of its own, killed with SIGKILL: the operating system alone tells Slack that it is gone."""
    tokens = (slack_server.settings.bot_token, slack_server.settings.app_token)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", KILLED_APP, slack_server.api_url, *tokens),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    try:
        await slack_server.slack.wait_connected(timeout_s=20)
        slack_server.slack.person("UANN").send_text("dm", "taxi 23")
        async with asyncio.timeout(10):
            heard = (await process.stdout.readline()).decode().strip()
    finally:
        process.kill()
        await process.wait()
    app = RecordingApp(slack_server)
    await slack_server.connect(app)
    await app.wait_for("message")
    await slack_server.slack.wait_idle(quiet_s=0)

    assert app.bodies[0]["event_id"] == heard
    assert slack_server.slack.deliveries.lost == []
