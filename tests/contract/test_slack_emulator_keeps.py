"""What a restart of the emulator keeps, and what it forgets as Slack does."""

import json

import pytest

from bot.playground.slack.emulator import SlackEmulator
from bot.playground.state import Json
from tests.fixtures.slack_emulator import QUICK, RecordingApp, SlackServer, peopled, running_slack

FORM: Json = {
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


def reopened(slack: SlackEmulator) -> SlackEmulator:
    """Another emulator with this one's snapshot, which passes through JSON as it does through the file."""
    kept = json.loads(json.dumps(slack.snapshot()))
    another = SlackEmulator(QUICK)
    another.restore(kept)
    return another


async def test_messages_people_and_forms_stay_and_ephemeral_messages_go(slack_server: SlackServer) -> None:
    async def open_form(body: Json) -> None:
        await app.bolt.client.views_open(trigger_id=body["trigger_id"], view=FORM)

    app = RecordingApp(slack_server)
    app.replies["/expense"] = open_form
    await slack_server.connect(app)
    ann = slack_server.slack.person("UANN")
    ts = ann.send_files("dm", [("receipt.png", b"\x89PNG")], text="taxi 23")
    await slack_server.client().chat_postEphemeral(channel=ann.channel("dm").id, user="UANN", text="Only now.")
    await ann.command("/expense", "new")
    await (await ann.wait_for_modal()).fill({"Amount": "23"})

    after = reopened(slack_server.slack).person("UANN")
    (message,) = after.messages()
    assert (message["ts"], message["text"]) == (ts, "taxi 23")
    assert after.slack.state.files[message["files"][0]["id"]].content == b"\x89PNG"
    assert after.modal is not None
    assert after.modal.value("Amount") == "23"
    assert after.user.real_name == "Ann Anders"


async def test_no_id_and_no_timestamp_is_given_twice(slack_server: SlackServer) -> None:
    before = slack_server.slack
    before.state.clock = lambda: 2_000_000_000.0
    ts = before.person("UANN").send_text("dm", "before")
    number = before.state.next_number()
    after = reopened(before)
    after.state.clock = lambda: 1_000_000_000.0  # a clock that was set back
    later = after.person("UANN").send_text("dm", "after")

    assert later > ts
    assert after.state.next_number() > number
    await after.close()


async def test_an_event_that_was_not_acknowledged_comes_after_the_restart() -> None:
    before = peopled()
    async with running_slack(before) as server:
        silent = RecordingApp(server, silent=True)
        await server.connect(silent)
        before.person("UANN").send_text("dm", "taxi 23")
        await silent.wait_for("message")
        after = reopened(before)
    async with running_slack(after) as server:
        app = RecordingApp(server)
        await server.connect(app)
        (event,) = await app.wait_for("message")
        await after.wait_idle(quiet_s=0)

    assert event["text"] == "taxi 23"
    assert silent.bodies[0]["event_id"] == app.bodies[0]["event_id"]


def test_a_snapshot_of_another_version_is_refused() -> None:
    kept = peopled().snapshot()
    kept["state"]["version"] = 99
    with pytest.raises(ValueError, match="version 99"):
        peopled().restore(kept)
