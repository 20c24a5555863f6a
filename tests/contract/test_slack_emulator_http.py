"""Deliveries over HTTP with the real slack_bolt: signed, verified, repeated as Slack repeats them, and only to this machine."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp import web

from bot.playground.slack.deliveries import Outcome
from bot.playground.slack.errors import ControlError
from bot.playground.state import Fault, Json, Rule
from tests.fixtures.slack_emulator import QUICK, RecordingApp, SlackServer, free_port, peopled, running_slack

BUTTON = {
    "type": "actions",
    "block_id": "row",
    "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Submit"}, "action_id": "submit"}],
}
FORM = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "Expense"},
    "submit": {"type": "plain_text", "text": "Save"},
    "blocks": [
        {
            "type": "input",
            "block_id": "amount",
            "label": {"type": "plain_text", "text": "Amount"},
            "element": {"type": "plain_text_input", "action_id": "value"},
        }
    ],
}


def button(label: str) -> Json:
    return {"type": "button", "text": {"type": "plain_text", "text": label}, "action_id": label}


class Listener:
    """An app of no library: it keeps the headers of each request, and answers as it is told."""

    def __init__(self) -> None:
        self.headers: list[dict[str, str]] = []
        self.bodies: list[str] = []
        self.answer = web.Response()
        self.patience = asyncio.Event()
        self.patience.set()

    async def listen(self, request: web.Request) -> web.StreamResponse:
        self.headers.append(dict(request.headers))
        self.bodies.append(await request.text())
        await self.patience.wait()
        return web.Response(status=self.answer.status, headers=self.answer.headers, text=self.answer.text)


@pytest.fixture
async def listener(slack_server: SlackServer) -> AsyncIterator[Listener]:
    """A listener that Slack delivers to."""
    made = Listener()
    application = web.Application()
    application.router.add_post("/", made.listen)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await slack_server.slack.use_http(f"http://127.0.0.1:{runner.addresses[0][1]}/", is_known=True)
    yield made
    made.patience.set()
    await runner.cleanup()


async def test_what_people_do_reaches_the_app_signed(slack_server: SlackServer) -> None:
    """An app that was given another secret hears nothing of it."""

    async def open_form(body: Json) -> None:
        await app.bolt.client.views_open(trigger_id=body["trigger_id"], view=FORM)

    app = RecordingApp(slack_server, shortcut=open_form)
    await slack_server.slack.use_http(await slack_server.serve(app))
    ann = slack_server.slack.person("UANN")
    ann.send_text("dm", "taxi 23,50 € & <more>")
    (event,) = await app.wait_for("message")
    posted = await slack_server.client().chat_postMessage(channel="UANN", text="card", blocks=[BUTTON])
    tapped = await ann.tap("dm", posted["ts"], "Submit")
    commanded = await ann.command("/expense", "héllo & more +1")
    await ann.shortcut("new")
    modal = await ann.wait_for_modal()
    await modal.fill({"amount": "23 €"})
    sent = await modal.submit()
    await slack_server.slack.wait_idle(quiet_s=0)

    assert event["text"] == "taxi 23,50 € &amp; &lt;more&gt;"
    assert [tapped.outcome, commanded.outcome] == [Outcome.ACKNOWLEDGED] * 2
    assert app.of("/expense")[0]["text"] == "héllo &amp; more +1"
    assert app.of("view_submission")[0]["view"]["state"]["values"]["amount"]["value"]["value"] == "23 €"
    assert (sent.is_open, sent.errors) == (False, {})
    assert slack_server.slack.hub.connections == []


async def test_an_answer_in_the_acknowledgement_is_shown(slack_server: SlackServer) -> None:
    async def open_form(body: Json) -> None:
        await app.bolt.client.views_open(trigger_id=body["trigger_id"], view=FORM)

    async def refuse(_body: Json) -> Json:
        return {"response_action": "errors", "errors": {"amount": "No such amount."}}

    async def answer(_body: Json) -> Json:
        return {"text": "Noted."}

    replies = {"shortcut": open_form, "view_submission": refuse, "/expense": answer}
    app = RecordingApp(slack_server)
    app.replies.update(replies)
    await slack_server.slack.use_http(await slack_server.serve(app))
    ann = slack_server.slack.person("UANN")
    await ann.command("/expense", "help")
    await ann.shortcut("new")
    modal = await ann.wait_for_modal()
    await modal.fill({"amount": "x"})
    sent = await modal.submit()

    assert ann.messages()[-1]["text"] == "Noted."
    assert sent.errors == {"amount": "No such amount."}
    assert sent.is_open


async def test_a_secret_that_does_not_match_is_refused_by_the_app(slack_server: SlackServer) -> None:
    async with running_slack(peopled(replace(QUICK, signing_secret="f" * 32))) as other:
        app = RecordingApp(slack_server)
        url = await slack_server.serve(app)
        with pytest.raises(ControlError, match="challenge"):
            await other.slack.use_http(url)
        await other.slack.use_http(url, is_known=True)
        told = await other.slack.person("UANN").command("/expense", "help")

    assert told.outcome is Outcome.CLIENT_ERROR
    assert app.bodies == []


async def test_an_address_is_verified_before_it_is_used(slack_server: SlackServer) -> None:
    app = RecordingApp(slack_server)
    await slack_server.connect(app)
    with pytest.raises(ControlError, match="challenge"):
        await slack_server.slack.use_http(f"{slack_server.url}/nobody")
    slack_server.slack.person("UANN").send_text("dm", "over the socket")
    await app.wait_for("message")

    assert slack_server.slack.deliveries.transport.name == "socket"


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1/slack", "http://example.com/", "http://192.0.2.1/", "http://10.0.0.1:8080/", "file:///etc"],
)
async def test_nothing_leaves_this_machine(slack_server: SlackServer, url: str) -> None:
    for is_known in (True, False):
        with pytest.raises(ControlError, match="on this machine"):
            await slack_server.slack.use_http(url, is_known=is_known)


async def test_an_event_comes_again_three_times_with_the_reason(slack_server: SlackServer, listener: Listener) -> None:
    listener.answer = web.Response(status=500)
    slack_server.slack.person("UANN").send_text("dm", "hello?")
    await slack_server.slack.wait_idle(quiet_s=0)

    assert [headers.get("X-Slack-Retry-Num") for headers in listener.headers] == [None, "1", "2", "3"]
    assert [headers.get("X-Slack-Retry-Reason") for headers in listener.headers] == [None, *["http_error"] * 3]
    assert len(set(listener.bodies)) == 1
    assert len(slack_server.slack.deliveries.lost) == 1


async def test_who_does_not_answer_in_time_is_asked_again_although_the_first_request_goes_on(
    slack_server: SlackServer, listener: Listener
) -> None:
    listener.patience.clear()
    slack_server.slack.person("UANN").send_text("dm", "hello?")
    second = await slack_server.slack.wire.wait_for(lambda entry: entry.request.get("retry_attempt") == 1, timeout_s=5)
    listener.patience.set()
    await slack_server.slack.wait_idle(quiet_s=0)

    assert second.request["retry_reason"] == "http_timeout"
    assert slack_server.slack.deliveries.lost == []


async def test_an_app_may_forbid_retries(slack_server: SlackServer, listener: Listener) -> None:
    listener.answer = web.Response(status=403, headers={"X-Slack-No-Retry": "1"})
    slack_server.slack.person("UANN").send_text("dm", "hello?")
    await slack_server.slack.wait_idle(quiet_s=0)

    assert len(listener.bodies) == 1
    assert len(slack_server.slack.deliveries.lost) == 1


@pytest.mark.parametrize(
    ("status", "shown"), [(500, "http_service_error"), (404, "http_client_error"), (302, "http_client_error")]
)
async def test_a_command_is_asked_once_and_the_person_is_told(
    slack_server: SlackServer, listener: Listener, status: int, shown: str
) -> None:
    listener.answer = web.Response(status=status, headers={"Location": "/elsewhere"})
    ann = slack_server.slack.person("UANN")
    await ann.command("/expense", "help")
    await slack_server.slack.wait_idle(quiet_s=0)

    assert len(listener.bodies) == 1
    assert shown in ann.messages()[-1]["text"]


async def test_a_command_that_nobody_answers_times_out(slack_server: SlackServer, listener: Listener) -> None:
    listener.patience.clear()
    ann = slack_server.slack.person("UANN")
    answer = await ann.command("/expense", "help")

    assert answer.outcome is Outcome.TIMED_OUT
    assert "operation_timeout" in ann.messages()[-1]["text"]


async def test_without_anybody_at_the_address_a_command_fails_and_an_event_waits(slack_server: SlackServer) -> None:
    app = RecordingApp(slack_server)
    url = await slack_server.serve(app)
    nobody = f"http://127.0.0.1:{free_port()}/"
    await slack_server.slack.use_http(nobody, is_known=True)
    ann = slack_server.slack.person("UANN")
    answer = await ann.command("/expense", "help")
    with pytest.raises(TimeoutError):
        await slack_server.slack.wait_connected(timeout_s=0.1)
    ann.send_text("dm", "taxi 23")
    await slack_server.slack.wire.wait_for(lambda entry: entry.name == "message", timeout_s=5)
    await slack_server.slack.use_http(url)
    await slack_server.slack.wait_connected()
    await app.wait_for("message")

    assert answer.outcome is Outcome.NO_CONNECTION


async def test_a_lost_answer_repeats_an_event_and_no_command(slack_server: SlackServer) -> None:
    app = RecordingApp(slack_server)
    await slack_server.slack.use_http(await slack_server.serve(app))
    for name in ("message", "/expense"):
        slack_server.slack.misbehaviour.add(Rule(fault=Fault.DROP_THEN_REPEAT, method=name))
    ann = slack_server.slack.person("UANN")
    ann.send_text("dm", "taxi 23")
    await app.wait_for("message", 2)
    answer = await ann.command("/expense", "help")
    await slack_server.slack.wait_idle(quiet_s=0)

    assert app.bodies[0]["event_id"] == app.bodies[1]["event_id"]
    assert (answer.outcome, len(app.of("/expense"))) == (Outcome.CONNECTION_LOST, 1)


async def test_a_cut_network_repeats_what_was_under_way(slack_server: SlackServer, listener: Listener) -> None:
    listener.patience.clear()
    slack_server.slack.person("UANN").send_text("dm", "taxi 23")
    async with asyncio.timeout(5):
        while not listener.bodies:  # noqa: ASYNC110 - a request that hangs sets no event
            await asyncio.sleep(0.01)
    slack_server.slack.cut()
    listener.patience.set()
    await slack_server.slack.wait_idle(quiet_s=0)

    assert listener.headers[1]["X-Slack-Retry-Reason"] == "connection_failed"
    assert slack_server.slack.deliveries.lost == []


async def test_taps_come_in_another_order_on_demand(slack_server: SlackServer) -> None:
    app = RecordingApp(slack_server)
    await slack_server.slack.use_http(await slack_server.serve(app))
    buttons = {"type": "actions", "elements": [button(label) for label in "abcdef"]}
    posted = await slack_server.client().chat_postMessage(channel="UANN", text="card", blocks=[buttons])
    slack_server.slack.misbehaviour.add(Rule(fault=Fault.REORDER, method="block_actions", remaining=6, seed=4))
    ann = slack_server.slack.person("UANN")
    answers = await asyncio.gather(*(ann.tap("dm", posted["ts"], label) for label in "abcdef"))
    heard = [body["actions"][0]["action_id"] for body in app.of("block_actions")]

    assert {answer.outcome for answer in answers} == {Outcome.ACKNOWLEDGED}
    assert sorted(heard) == list("abcdef")
    assert heard != list("abcdef")


async def test_socket_mode_and_http_take_turns(slack_server: SlackServer) -> None:
    over_socket, over_http = RecordingApp(slack_server), RecordingApp(slack_server)
    await slack_server.connect(over_socket)
    url = await slack_server.serve(over_http)
    ann = slack_server.slack.person("UANN")
    ann.send_text("dm", "one")
    await over_socket.wait_for("message")
    await slack_server.slack.use_http(url)
    ann.send_text("dm", "two")
    await over_http.wait_for("message")
    slack_server.slack.use_socket()
    ann.send_text("dm", "three")
    await over_socket.wait_for("message", 2)
    await slack_server.slack.wait_idle(quiet_s=0)

    assert [event["text"] for event in over_socket.of("message")] == ["one", "three"]
    assert [event["text"] for event in over_http.of("message")] == ["two"]


async def test_the_page_sets_the_address(slack_server: SlackServer) -> None:
    session = await slack_server.session()
    url = await slack_server.serve()

    async def ask(**body: str) -> int:
        async with session.post(f"{slack_server.url}/control/slack/transport", json=body) as response:
            return response.status

    async def shown() -> str:
        async with session.get(f"{slack_server.url}/control/slack/state") as response:
            return str((await response.json())["transport"])

    assert await ask(request_url="http://example.com/") == 400
    assert (await ask(request_url=url), await shown()) == (200, "http")
    assert (await ask(), await shown()) == (200, "socket")
