"""An app on Slack's own Bolt for JavaScript against the emulated Slack, over Socket Mode and over HTTP."""

import dataclasses
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from bot.playground.slack.emulator import SlackEmulator
from bot.playground.slack.forms import visible_text
from bot.playground.slack.limits import ACKNOWLEDGE_TIMEOUT_S
from bot.playground.state import Fault, Rule
from tests.fixtures.slack_emulator import QUICK, SlackServer, free_port, peopled, running_slack
from tests.fixtures.telegram_emulator import png

START_S = 30.0
"""Node takes a second to start, and longer on a busy machine."""


@pytest.fixture(params=["socket", "http"])
async def slack(request: pytest.FixtureRequest, run_bot: Any) -> AsyncIterator[SlackEmulator]:
    """A team whose app runs and is connected, with Slack's own patience for acknowledgements."""
    settings = dataclasses.replace(QUICK, commands=("/claim",), acknowledge_timeout_s=ACKNOWLEDGE_TIMEOUT_S)
    async with running_slack(peopled(settings)) as server:
        environment = {"BOT_TOKEN": settings.bot_token, "API_URL": server.api_url}
        port = free_port()
        if request.param == "socket":
            environment["APP_TOKEN"] = settings.app_token
        else:
            environment |= {"SIGNING_SECRET": settings.signing_secret, "PORT": str(port)}
        running: AbstractAsyncContextManager[None] = run_bot("slack_app.js", environment)
        async with running:
            await _connect(server, None if request.param == "socket" else f"http://127.0.0.1:{port}/slack/events")
            yield server.slack
            await server.slack.wait_idle(quiet_s=0)
            assert server.slack.deliveries.lost == []


async def _connect(server: SlackServer, url: str | None) -> None:
    if url is not None:
        server.slack.request_url.set(url)
        await server.slack.request_url.wait_connected(timeout_s=START_S)
        await server.slack.use_http(url)
    else:
        await server.slack.wait_connected(timeout_s=START_S)


async def test_bolt_hears_messages_and_answers_taps(slack: SlackEmulator) -> None:
    ann = slack.person("UANN")
    ann.send_text("dm", "please approve")
    card = await ann.wait_for_message("dm", "*For approval* of <@UANN>")
    answer = await ann.tap("dm", card["ts"], "Approve")
    assert answer.outcome.name == "ACKNOWLEDGED"

    thanks = await ann.wait_for_message("dm", "Thank you")
    assert thanks["is_ephemeral"]
    assert "Approved 42 by <@UANN>" in visible_text(ann.message("dm", card["ts"]))


async def test_bolt_answers_a_mention_in_its_thread(slack: SlackEmulator) -> None:
    ts = slack.person("UANN").send_text("expenses", "@expenseflow are you there?")
    reply = await slack.person("UBEN").wait_for_message("expenses", "You called")
    assert reply["thread_ts"] == ts


async def test_bolt_answers_a_command_at_once_and_by_its_address(slack: SlackEmulator) -> None:
    ann, ben = slack.person("UANN"), slack.person("UBEN")
    await ann.command("/claim", "12 taxi", channel="expenses")
    await ann.wait_for_message("expenses", "Noted: 12 taxi")
    await ben.wait_for_message("expenses", "ann claims 12 taxi")
    assert not [each for each in ben.messages("expenses") if "Noted" in visible_text(each)]


async def test_bolt_opens_a_form_and_refuses_what_is_wrong_in_it(slack: SlackEmulator) -> None:
    ann, ben = slack.person("UANN"), slack.person("UBEN")
    await ann.command("/claim", "form", channel="expenses")
    form = await ann.wait_for_modal(title="A claim")

    await form.fill({"Amount": "twelve"})
    submitted = await form.submit()
    assert (submitted.errors, submitted.notice, submitted.is_open) == ({"amount": "twelve is no number"}, None, True)

    await form.fill({"Amount": "12"})
    submitted = await form.submit()
    assert (submitted.errors, submitted.notice) == ({}, None)
    done = await ann.wait_for_modal(title="Claimed")
    assert "12" in done.text
    await ann.wait_for_message("expenses", "Only you see 12")
    assert not [each for each in ben.messages("expenses") if "Only you" in visible_text(each)]


async def test_bolt_opens_a_form_by_a_shortcut(slack: SlackEmulator) -> None:
    ann = slack.person("UANN")
    await ann.shortcut("new_claim")
    form = await ann.wait_for_modal(title="A claim")
    await form.fill({"Amount": "7"})
    await form.submit()
    await ann.wait_for_message("dm", "Only you see 7")


async def test_bolt_publishes_a_home_tab_and_answers_its_button(slack: SlackEmulator) -> None:
    ann = slack.person("UANN")
    ann.open_home()
    await ann.wait_for_home("Ann Anders, at home with")
    await ann.tap_home("Refresh")
    await ann.wait_for_home("Fresh")


async def test_bolt_downloads_a_file_and_uploads_it_again(slack: SlackEmulator) -> None:
    ann, picture = slack.person("UANN"), png(32, 20)
    ann.send_files("dm", [("receipt.png", picture)])
    again = await ann.wait_for_message("dm", f"receipt.png: {len(picture)} bytes")
    [file] = again["files"]
    assert file["name"] == "again-receipt.png"
    assert slack.state.files[file["id"]].content == picture


async def test_bolt_takes_messages_away_and_reacts(slack: SlackEmulator) -> None:
    ann = slack.person("UANN")
    ts = ann.send_text("dm", "tidy up")
    private = await ann.wait_for_message("dm", "Away with it")
    assert [each["text"] for each in ann.messages("dm")] == ["tidy up", "For you"]
    assert ann.message("dm", ts)["reactions"] == [{"name": "broom", "users": ["U0BOT"], "count": 1}]

    await ann.tap("dm", private["ts"], "Away with it")
    await slack.bus.wait_until(
        lambda: [each["text"] for each in ann.messages("dm")] == ["tidy up"] or None, timeout_s=5, what="a tidy chat"
    )


async def test_bolt_turns_pages(slack: SlackEmulator) -> None:
    ann = slack.person("UANN")
    ann.send_text("dm", "who is there?")
    await ann.wait_for_message("dm", "ann, ben")


async def test_bolt_pushes_a_form_and_is_told_of_its_end(slack: SlackEmulator) -> None:
    ann = slack.person("UANN")
    await ann.command("/claim", "form", channel="expenses")
    form = await ann.wait_for_modal(title="A claim")
    await form.fill({"Amount": "3"})
    await form.tap("More")
    details = await ann.wait_for_modal(title="Details")
    await slack.wait_idle(quiet_s=0)
    await details.close()
    form = await ann.wait_for_modal(title="Claim more")
    assert form.value("Amount") == "3"
    await form.close()
    await ann.wait_for_message("dm", f"Not claimed in {ann.channel('expenses').id}")


@pytest.mark.parametrize("slack", ["socket"], indirect=True)
async def test_bolt_comes_back_when_it_is_asked_to(slack: SlackEmulator) -> None:
    """Bolt rests 5 s before it does; meanwhile Slack repeats what was not acknowledged, and loses nothing."""
    ann = slack.person("UANN")
    await slack.hub.disconnect("refresh_requested")
    ann.send_text("dm", "approve this")
    await ann.wait_for_message("dm", "For approval", timeout_s=START_S)
    assert slack.hub.connections_opened == 2


async def test_bolt_waits_as_long_as_it_is_told_to(slack: SlackEmulator) -> None:
    rule = slack.misbehaviour.add(Rule(fault=Fault.TOO_MANY_REQUESTS, method="chat.postMessage", retry_after_s=1))
    ann = slack.person("UANN")
    ann.send_text("dm", "approve this")
    await ann.wait_for_message("dm", "For approval")
    assert rule.hits == 1
