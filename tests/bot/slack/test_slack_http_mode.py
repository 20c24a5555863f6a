"""What is posted to us: Slack's own requests are taken once, and forged, old, foreign and broken ones leave no trace."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import ClientSession
from hypothesis import given
from hypothesis import strategies as st
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.platform import HttpRequest
from bot.playground.slack.deliveries import Outcome as Attempt
from bot.playground.slack.request_url import signed
from bot.playground.state import Fault, Rule
from bot.slack.http_mode import AGE_S_MAX, HttpMode
from handlers.events import TextReceived
from tests.bot.slack.conftest import OURS, address_of, driver_of
from tests.bot.slack.slack_inbox import INSTALLATION, Edge, Inbox
from tests.fixtures.slack_emulator import peopled, running_slack

SECRET = OURS.signing_secret
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """The address that Slack posts to, and what came in by it."""

    edge: Edge
    url: str
    http_mode: HttpMode

    async def post(
        self, body: str | bytes, *, headers: dict[str, str] | None = None, media_type: str = "application/json"
    ) -> tuple[int, str]:
        """Post as anybody can; return the status and the answer."""
        data = body.encode() if isinstance(body, str) else body
        async with (
            ClientSession() as session,
            session.post(self.url, data=data, headers={"Content-Type": media_type} | (headers or {})) as response,
        ):
            return response.status, await response.text()

    async def post_signed(
        self, body: str, *, secret: str = SECRET, at: float | None = None, media_type: str = "application/json"
    ) -> tuple[int, str]:
        """Post with a signature."""
        headers = signed(secret, int(time.time() if at is None else at), body)
        return await self.post(body, headers=headers, media_type=media_type)


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with running_slack(peopled(OURS)) as server, AsyncExitStack() as stack:
        inbox, http_mode = Inbox(), HttpMode(signing_secret=SECRET)
        driver = driver_of(server, inbox, transport=http_mode)
        identity = await driver.identify()
        url = await stack.enter_async_context(address_of(http_mode))
        await driver.start(INSTALLATION)
        await server.slack.use_http(url)
        yield Door(edge=Edge(server, driver, inbox, identity), url=url, http_mode=http_mode)
        await driver.stop()
        await driver.close()


def a_message(text: str = "taxi 23", **changes: Any) -> dict[str, Any]:
    """The body of an event, as Slack sends it."""
    event = {
        "type": "message", "channel": "D0ANN", "channel_type": "im", "user": "UANN", "text": text,
        "ts": "1700000000.000100", "event_ts": "1700000000.000100",
    }  # fmt: skip
    body = {
        "type": "event_callback", "team_id": OURS.team_id, "api_app_id": OURS.app_id, "event": event, "event_id": "Ev1",
        "event_time": 1700000000, "authorizations": [{"team_id": OURS.team_id, "enterprise_id": None, "is_bot": True}],
    }  # fmt: skip
    return body | changes


def a_command(**changes: str) -> str:
    """The body of a command, as Slack sends it."""
    fields = {
        "team_id": OURS.team_id, "api_app_id": OURS.app_id, "command": "/expense", "text": "taxi 23", "user_id": "UANN",
        "channel_id": "D0ANN", "channel_name": "directmessage", "trigger_id": "1.2.3", "response_url": "",
    }  # fmt: skip
    return urlencode(fields | changes)


async def test_what_slack_signs_is_taken_and_answered(door: Door) -> None:
    assert await door.post_signed(json.dumps(a_message())) == (200, "")
    event = await door.edge.next_event()
    assert isinstance(event, TextReceived)
    assert event.text == "taxi 23"
    assert (await door.post_signed(a_command(), media_type=FORM))[0] == 200
    assert len(door.edge.inbox.committed) == 2


async def test_the_address_is_verified_by_its_challenge(door: Door) -> None:
    body = json.dumps({"type": "url_verification", "token": "x", "challenge": "c0ffee"})
    status, answer = await door.post_signed(body)
    assert (status, json.loads(answer)) == (200, {"challenge": "c0ffee"})
    assert (await door.post(body))[0] == 401
    assert door.edge.inbox.attempts == []


def unsigned(_body: str) -> dict[str, str]:
    return {}


def without_a_time(body: str) -> dict[str, str]:
    return {"X-Slack-Signature": signed(SECRET, int(time.time()), body)["X-Slack-Signature"]}


def by_somebody_else(body: str) -> dict[str, str]:
    return signed("f" * 32, int(time.time()), body)


def of_another_body(_body: str) -> dict[str, str]:
    return signed(SECRET, int(time.time()), "{}")


def of_another_time(body: str) -> dict[str, str]:
    return signed(SECRET, int(time.time()) - 10, body) | {"X-Slack-Request-Timestamp": str(int(time.time()))}


def too_old(body: str) -> dict[str, str]:
    return signed(SECRET, int(time.time() - AGE_S_MAX - 2), body)


def from_the_future(body: str) -> dict[str, str]:
    return signed(SECRET, int(time.time() + AGE_S_MAX + 2), body)


def at_a_time_that_is_none(body: str) -> dict[str, str]:
    return signed(SECRET, int(time.time()), body) | {"X-Slack-Request-Timestamp": "yesterday"}


def at_a_negative_time(body: str) -> dict[str, str]:
    return signed(SECRET, -1, body)


def at_an_endless_time(body: str) -> dict[str, str]:
    return signed(SECRET, int(time.time()), body) | {"X-Slack-Request-Timestamp": "9" * 5_000}


def by_letters_of_no_alphabet(body: str) -> dict[str, str]:
    return signed(SECRET, int(time.time()), body) | {"X-Slack-Signature": "v0=é"}


@pytest.mark.parametrize(
    "forge",
    [
        unsigned,
        without_a_time,
        by_somebody_else,
        of_another_body,
        of_another_time,
        too_old,
        from_the_future,
        at_a_time_that_is_none,
        at_a_negative_time,
        at_an_endless_time,
        by_letters_of_no_alphabet,
    ],
)
async def test_what_slack_did_not_sign_just_now_is_refused(
    door: Door, forge: Any, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    for body, media_type in ((json.dumps(a_message("geheim")), "application/json"), (a_command(text="geheim"), FORM)):
        status, answer = await door.post(body, headers=forge(body), media_type=media_type)
        assert (status, answer) == (401, "not signed by Slack")
    assert door.edge.inbox.attempts == []
    logged = caplog.text + "".join(capsys.readouterr())
    assert "geheim" not in logged
    assert "refused" in logged


@pytest.mark.parametrize("body", [b"\xff\xfe", b"[" * 100_000, b"{", b"payload=%7B", b"ssl_check=1&token=x", b""])
async def test_what_cannot_even_be_read_is_refused_before_it_is_read(door: Door, body: bytes) -> None:
    assert (await door.post(body, headers=signed("f" * 32, int(time.time()), "")))[0] == 401
    assert door.edge.inbox.attempts == []


@given(timestamp=st.text(max_size=30), signature=st.text(max_size=80), body=st.binary(max_size=200))
def test_whatever_comes_is_refused_and_never_a_fault(timestamp: str, signature: str, body: bytes) -> None:
    async def nobody() -> AuthorizeResult:
        raise AssertionError("nothing reaches Bolt")

    async def receive() -> int:
        http_mode = HttpMode(signing_secret=SECRET)
        await http_mode.start(AsyncApp(name="none", authorize=nobody))
        headers = {"x-slack-request-timestamp": timestamp, "x-slack-signature": signature}
        return (await http_mode.receive(HttpRequest(headers=headers, body=body))).status

    assert asyncio.run(receive()) == 401


async def test_a_request_that_is_replayed_in_time_does_nothing_again(door: Door) -> None:
    body = json.dumps(a_message())
    headers = signed(SECRET, int(time.time()), body)
    assert [(await door.post(body, headers=headers))[0] for _ in range(3)] == [200] * 3
    assert len(door.edge.inbox.committed) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"team_id": "TOTHER", "authorizations": [{"team_id": "TOTHER", "enterprise_id": None}]},
        {"team_id": "TOTHER", "authorizations": []},
        {"team_id": None, "authorizations": []},
        {"api_app_id": "AOTHER"},
    ],
)
async def test_another_team_and_another_app_are_refused(
    door: Door, changes: dict[str, Any], caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (await door.post_signed(json.dumps(a_message("geheim", **changes))))[0] == 403
    assert door.edge.inbox.attempts == []
    assert "geheim" not in caplog.text + "".join(capsys.readouterr())


async def test_a_command_of_another_team_is_refused(door: Door) -> None:
    assert (await door.post_signed(a_command(team_id="TOTHER"), media_type=FORM))[0] == 403
    assert (await door.post_signed(a_command(api_app_id="AOTHER"), media_type=FORM))[0] == 403
    assert door.edge.inbox.attempts == []


async def test_an_event_of_a_shared_channel_is_ours_although_another_team_wrote_it(door: Door) -> None:
    """Source: https://docs.slack.dev/apis/slack-connect: who is authorised is told beside where it happened."""
    ours = [{"team_id": OURS.team_id, "enterprise_id": None}]
    assert (await door.post_signed(json.dumps(a_message(team_id="TOTHER", authorizations=ours))))[0] == 200
    assert len(door.edge.inbox.committed) == 1


async def test_a_repetition_is_recognised(door: Door, capsys: pytest.CaptureFixture[str]) -> None:
    door.edge.server.slack.misbehaviour.add(Rule(fault=Fault.DROP_THEN_REPEAT, method="message"))
    door.edge.server.slack.person("UANN").send_text("dm", "taxi 23")
    await door.edge.inbox.wait_for_attempts(2)
    await door.edge.server.slack.wait_idle()
    assert door.edge.outcomes("message") == [Attempt.CONNECTION_LOST, Attempt.ACKNOWLEDGED]
    assert len(door.edge.inbox.committed) == 1
    logged = capsys.readouterr()
    assert "connection_failed" in logged.out + logged.err


async def test_before_the_start_and_after_the_stop_slack_is_asked_to_come_again(door: Door) -> None:
    other = HttpMode(signing_secret=SECRET)
    assert other.healthy() == "slack: not started"
    async with address_of(other) as url:
        early = replace(door, url=url)
        assert (await early.post_signed(json.dumps(a_message())))[0] == 503
    await door.edge.driver.stop()
    assert (await door.post_signed(json.dumps(a_message())))[0] == 503
    assert door.edge.driver.healthy() == "slack: not started"
    assert door.edge.inbox.attempts == []
