"""What the page asks of the emulated Slack, over HTTP."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession

from bot.playground.slack.control import ACTIONS
from bot.playground.state import Json
from tests.fixtures.slack_emulator import RecordingApp, SlackServer, peopled, running_slack

CARD: Json = {
    "type": "actions",
    "block_id": "row",
    "elements": [
        {"type": "button", "text": {"type": "plain_text", "text": "Submit"}, "action_id": "submit"},
        {
            "type": "static_select",
            "action_id": "category",
            "options": [{"text": {"type": "plain_text", "text": "Travel"}, "value": "travel"}],
        },
    ],
}
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
        },
        CARD,
    ],
}


class Page:
    """The page's calls, as it makes them."""

    def __init__(self, server: SlackServer, session: ClientSession) -> None:
        self.server = server
        self.session = session

    async def act(self, action: str, **body: Any) -> Json:
        async with self.session.post(f"{self.server.url}/control/slack/{action}", json=body) as response:
            answer: Json = await response.json()
            assert response.status == 200, answer
            return answer

    async def refused(self, action: str, **body: Any) -> str:
        async with self.session.post(f"{self.server.url}/control/slack/{action}", json=body) as response:
            assert response.status in (400, 404)
            return str((await response.json())["error"])

    async def get(self, what: str, **query: str) -> Json:
        async with self.session.get(f"{self.server.url}/control/slack/{what}", params=query) as response:
            answer: Json = await response.json()
            return answer


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with running_slack(peopled()) as server:
        yield Page(server, await server.session())


async def test_a_person_writes_edits_and_deletes(page: Page) -> None:
    ts = (await page.act("send", person="UANN", text="taxi 23"))["ts"]
    await page.act("edit", person="UANN", channel="dm", ts=ts, text="taxi 25")
    shown = (await page.get("view", person="UANN"))["messages"]
    await page.act("delete", person="UANN", ts=ts)
    await page.act("files", person="UANN", text="lunch", files=[["r.png", base64.b64encode(b"\x89PNG").decode()]])
    (left,) = (await page.get("view", person="UANN", channel="dm"))["messages"]
    async with page.session.get(f"{page.server.url}/control/slack/file/{left['files'][0]['id']}") as response:
        picture = (response.content_type, await response.read())

    assert shown[0]["text"] == "taxi 25"
    assert picture == ("image/png", b"\x89PNG")


async def test_a_person_taps_fills_and_closes(page: Page) -> None:
    async def open_form(body: Json) -> None:
        await app.bolt.client.views_open(trigger_id=body["trigger_id"], view=FORM)

    async def publish(body: Json) -> None:
        await app.bolt.client.views_publish(user_id=body["event"]["user"], view={"type": "home", "blocks": [CARD]})

    app = RecordingApp(page.server, shortcut=open_form, app_home_opened=publish)
    await page.server.connect(app)
    posted = await page.server.client().chat_postMessage(channel="UANN", text="card", blocks=[CARD])
    assert await page.act("tap", person="UANN", ts=posted["ts"], what="Submit") == {"outcome": "acknowledged"}
    await page.act("tap", person="UANN", ts=posted["ts"], what="category", option="travel")
    await page.act("shortcut", person="UANN", callback_id="new")
    await page.server.slack.person("UANN").wait_for_modal()
    await page.act("modal-tap", person="UANN", what="row/submit")
    await page.act("modal-tap", person="UANN", what="category", option="travel")
    held = await page.act("modal-submit", person="UANN")
    await page.act("modal-fill", person="UANN", answers={"amount": "2"})
    modal = (await page.get("view", person="UANN"))["modal"]
    sent = await page.act("modal-submit", person="UANN", answers={"amount": "23"})
    await page.act("shortcut", person="UANN", callback_id="new")
    await page.server.slack.person("UANN").wait_for_modal()
    await page.act("modal-close", person="UANN", all=True)
    await page.act("home-open", person="UANN")
    await page.server.slack.person("UANN").wait_for_home("Submit")
    await page.act("home-tap", person="UANN", what="Submit")
    await page.act("command", person="UANN", command="/expense", text="help")

    assert list(held["errors"]) == ["amount"]
    assert modal["values"]["amount"]["value"]["value"] == "2"
    assert (sent["is_open"], sent["outcome"]) == (False, "acknowledged")
    assert (await page.get("view", person="UANN"))["modal"] is None
    assert len(app.of("block_actions")) == 5
    assert app.of("/expense")[0]["text"] == "help"


async def test_people_channels_and_faults_are_made(page: Page) -> None:
    await page.act("person", id="UCLEO", name="cleo", real_name="Cleo Cole")
    channel = await page.act("channel", name="trips", members=["UANN"])
    await page.act("join", person="UCLEO", channel="trips")
    rule = await page.act("misbehave", fault="too-many-requests", method="chat.postMessage", retry_after_s=3)
    state = await page.get("state")

    assert rule["retry_after_s"] == 3
    assert next(each for each in state["channels"] if each["id"] == channel["id"])["members"][-1] == "UCLEO"
    assert "UCLEO" in [each["id"] for each in state["people"]]


async def test_the_network_is_cut_and_comes_back(page: Page) -> None:
    await page.server.connect()
    opened = page.server.slack.hub.connections_opened
    await page.act("network", what="cut")
    await page.server.slack.bus.wait_until(
        lambda: page.server.slack.hub.connections_opened > opened or None, timeout_s=5
    )
    await page.act("network", what="retry")
    await page.act("network", what="warning")

    assert (await page.get("state"))["pending"] == 0


async def test_refusals_are_sentences(page: Page) -> None:
    assert await page.refused("send", person="U404", text="x") == "There is nobody with the id U404."
    assert await page.refused("send", person="UANN", text=" ") == "There is nothing to send."
    assert await page.refused("send", person="UANN", channel="secret2", text="x") == "There is no conversation secret2."
    assert "text" in await page.refused("send", person="UANN")
    assert await page.refused("modal-submit", person="UANN") == "No form is open."
    assert "There is no action" in await page.refused("dance", person="UANN")
    assert "not in #secret" in await page.refused("send", person="UBEN", channel="secret", text="x")
    assert "taken" in await page.refused("person", id="UANN", name="a", real_name="A")
    assert "base64" in await page.refused("files", person="UANN", files=[["a", "?"]])
    assert "error" in await page.get("view", person="U404")
    assert (await page.get("file/F404"))["error"] == "There is no such file."


def test_every_action_is_documented_by_its_form() -> None:
    assert all(form.model_fields for form, _action in ACTIONS.values())
