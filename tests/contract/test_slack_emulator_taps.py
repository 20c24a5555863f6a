"""Commands, triggers, taps, shortcuts, Home tabs and response URLs, with the real slack_bolt and slack_sdk."""

from dataclasses import replace

import pytest
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.playground.slack.errors import ControlError
from bot.playground.slack.people import Person
from bot.playground.state import Fault, Json, Rule
from tests.fixtures.slack_blocks import CARD, form, plain, refusal
from tests.fixtures.slack_emulator import QUICK, RecordingApp, SlackServer, peopled, running_slack

# --- commands and triggers ---


async def test_a_command_carries_who_and_where_and_its_answer_is_seen_by_one(slack_server: SlackServer) -> None:
    async def answer(_body: Json) -> Json:
        return {"text": "Noted.", "response_type": "ephemeral"}

    app = RecordingApp(slack_server)
    app.replies["/expense"] = answer
    await slack_server.connect(app)
    ann, ben = slack_server.slack.person("UANN"), slack_server.slack.person("UBEN")
    await ann.command("/expense", "taxi <23> @ben #random", "expenses")
    (body,) = app.bodies

    random = next(each.id for each in slack_server.slack.state.channels.values() if each.name == "random")
    assert body["command"] == "/expense"
    assert body["text"] == f"taxi &lt;23&gt; <@UBEN|ben> <#{random}|random>"
    assert (body["user_id"], body["user_name"], body["channel_name"]) == ("UANN", "ann", "expenses")
    assert (body["team_id"], body["team_domain"], body["is_enterprise_install"]) == (
        slack_server.settings.team_id,
        "playground",
        "false",
    )
    assert [message["text"] for message in ann.messages("expenses")] == ["Noted."]
    assert ben.messages("expenses") == []
    with pytest.raises(ControlError, match="not a valid command"):
        await ann.command("/elsewhere")


async def test_a_command_can_answer_everybody(slack_server: SlackServer) -> None:
    async def answer(_body: Json) -> Json:
        return {"text": "Ann splits the bill.", "response_type": "in_channel"}

    app = RecordingApp(slack_server)
    app.replies["/expense"] = answer
    await slack_server.connect(app)
    await slack_server.slack.person("UANN").command("/expense", "split", "expenses")

    assert slack_server.slack.person("UBEN").messages("expenses")[0]["text"] == "Ann splits the bill."


async def test_a_trigger_works_once_and_not_for_long() -> None:
    async with running_slack(peopled(replace(QUICK, trigger_life_s=60.0))) as server:
        app = RecordingApp(server)
        await server.connect(app)
        ann, client = server.slack.person("UANN"), server.client()
        await ann.command("/expense", "one")
        await ann.command("/expense", "two")
        first, second = (body["trigger_id"] for body in app.bodies)
        await client.views_open(trigger_id=first, view=form())

        assert await refusal(client.views_open(trigger_id=first, view=form())) == "exchanged_trigger_id"
        server.slack.views.expire_triggers()
        assert await refusal(client.views_open(trigger_id=second, view=form())) == "expired_trigger_id"
        assert await refusal(client.views_open(trigger_id="nonsense", view=form())) == "invalid_arguments"


async def test_a_trigger_expires_on_demand_and_by_the_clock(slack_server: SlackServer) -> None:
    app = RecordingApp(slack_server)
    await slack_server.connect(app)
    client, ann = slack_server.client(), slack_server.slack.person("UANN")
    slack_server.slack.misbehaviour.add(Rule(fault=Fault.EXPIRED_TRIGGER, method="views.open"))
    await ann.command("/expense", "one")
    assert await refusal(client.views_open(trigger_id=app.bodies[0]["trigger_id"], view=form())) == "expired_trigger_id"
    await ann.command("/expense", "two")
    now = slack_server.slack.clock()
    slack_server.slack.state.clock = lambda: now + slack_server.settings.trigger_life_s + 1
    assert await refusal(client.views_open(trigger_id=app.bodies[1]["trigger_id"], view=form())) == "expired_trigger_id"


# --- taps ---


async def card_for(server: SlackServer, person: Person) -> str:
    posted = await server.client().chat_postMessage(channel=person.id, text="Taxi", blocks=CARD)
    return str(posted["ts"])


async def test_a_tap_carries_the_message_and_answers_by_its_address(slack_server: SlackServer) -> None:
    app = RecordingApp(slack_server)
    await slack_server.connect(app)
    ann = slack_server.slack.person("UANN")
    ts = await card_for(slack_server, ann)
    await ann.tap("dm", ts, "Submit")
    (body,) = app.of("block_actions")
    webhook = AsyncWebhookClient(body["response_url"])
    sent = await webhook.send(text="Submitted", blocks=[CARD[0]], replace_original=True)

    assert (body["actions"][0]["action_id"], body["actions"][0]["value"]) == ("submit", "e1.1")
    assert body["actions"][0]["block_id"] == "row"
    assert body["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": ann.channel("dm").id,
        "is_ephemeral": False,
    }
    assert body["message"]["ts"] == ts
    assert body["channel"]["name"] == "directmessage"
    assert (body["user"]["id"], body["team"]["id"], body["enterprise"]) == ("UANN", slack_server.settings.team_id, None)
    assert sent.status_code == 200
    assert [block["type"] for block in ann.message("dm", ts)["blocks"]] == ["section"]


async def test_choices_carry_the_option_and_the_state(slack_server: SlackServer) -> None:
    app = RecordingApp(slack_server)
    await slack_server.connect(app)
    ann = slack_server.slack.person("UANN")
    ts = await card_for(slack_server, ann)
    await ann.choose("dm", ts, "category", "Dining")
    await ann.choose("dm", ts, "more", "Delete")
    await ann.tap("dm", ts, "edit")
    chosen, more, tapped = app.of("block_actions")

    assert chosen["actions"][0]["selected_option"]["value"] == "dining"
    assert more["actions"][0]["selected_option"]["value"] == "delete"
    assert tapped["state"]["values"]["row"]["category"]["selected_option"]["value"] == "dining"
    with pytest.raises(ControlError, match="not offered"):
        await ann.choose("dm", ts, "category", "Yachts")
    with pytest.raises(ControlError, match="There is no “Approve”"):
        await ann.tap("dm", ts, "Approve")


async def test_of_an_ephemeral_message_the_app_gets_the_place_alone(slack_server: SlackServer) -> None:
    app = RecordingApp(slack_server)
    await slack_server.connect(app)
    ann = slack_server.slack.person("UANN")
    channel = ann.channel("expenses").id
    answer = await slack_server.client().chat_postEphemeral(channel=channel, user="UANN", text="Taxi", blocks=CARD)
    await ann.tap("expenses", answer["message_ts"], "Submit")
    (body,) = app.of("block_actions")
    await AsyncWebhookClient(body["response_url"]).send_dict({"delete_original": True})

    assert body["container"]["is_ephemeral"]
    assert "message" not in body
    assert ann.messages("expenses") == []


async def test_an_address_for_answers_serves_five_times_for_half_an_hour(slack_server: SlackServer) -> None:
    app = RecordingApp(slack_server)
    await slack_server.connect(app)
    ann = slack_server.slack.person("UANN")
    await ann.command("/expense", "x")
    await ann.command("/expense", "y")
    first, second = (AsyncWebhookClient(body["response_url"]) for body in app.bodies)
    assert (await first.send(text="")).status_code == 400
    assert (await first.send(text="x", blocks=[{"type": "banner"}])).body == "invalid_blocks"
    statuses = [(await first.send(text=f"answer {number}")).status_code for number in range(5)]
    sixth = await first.send(text="too much")
    now = slack_server.slack.clock()
    slack_server.slack.state.clock = lambda: now + 1801
    late = await second.send(text="too late")

    assert statuses == [200] * 5
    assert (sixth.status_code, sixth.body) == (404, "used_url")
    assert (late.status_code, late.body) == (404, "expired_url")
    assert len(ann.messages()) == 5


# --- shortcuts and the Home tab ---


async def test_shortcuts_open_forms(slack_server: SlackServer) -> None:
    async def open_form(body: Json) -> None:
        await app.bolt.client.views_open(trigger_id=body["trigger_id"], view=form())

    app = RecordingApp(slack_server, shortcut=open_form, message_action=open_form)
    await slack_server.connect(app)
    ann = slack_server.slack.person("UANN")
    await ann.shortcut("new-expense")
    await (await ann.wait_for_modal()).close()
    ts = ann.send_text("expenses", "lunch 12")
    await ann.shortcut("from-message", channel="expenses", ts=ts)
    await ann.wait_for_modal()
    (everywhere,), (on_message,) = app.of("shortcut"), app.of("message_action")

    assert everywhere["callback_id"] == "new-expense"
    assert "channel" not in everywhere
    assert (on_message["callback_id"], on_message["message"]["text"]) == ("from-message", "lunch 12")
    assert on_message["response_url"]


async def test_the_home_tab_is_published_and_used(slack_server: SlackServer) -> None:
    client, ann = slack_server.client(), slack_server.slack.person("UANN")

    async def publish(body: Json) -> None:
        home = {"type": "home", "blocks": CARD}
        await client.views_publish(user_id=body["event"]["user"], view=home)

    app = RecordingApp(slack_server, app_home_opened=publish)
    await slack_server.connect(app)
    ann.open_home()
    home = await ann.wait_for_home("Taxi")
    await ann.tap_home("Submit")
    await ann.tap_home("category", "Dining")
    tapped, chosen = app.of("block_actions")
    ann.open_home()
    second = (await app.wait_for("app_home_opened", 2))[1]

    assert (app.of("app_home_opened")[0]["tab"], "view" in app.of("app_home_opened")[0]) == ("home", False)
    assert second["view"]["id"] == home["id"]
    assert tapped["view"]["type"] == "home"
    assert chosen["view"]["state"]["values"]["row"]["category"]["selected_option"]["value"] == "dining"
    stale = client.views_publish(user_id="UANN", view={"type": "home", "blocks": CARD}, hash="1.x")
    assert await refusal(stale) == "hash_conflict"
    titled = client.views_publish(user_id="UANN", view={"type": "home", "title": plain("x"), "blocks": CARD})
    assert await refusal(titled) == "invalid_arguments"


async def test_other_apps_and_private_talks_are_what_they_are(slack_server: SlackServer) -> None:
    app = RecordingApp(slack_server)
    await slack_server.connect(app)
    slack_server.slack.add_person("UROBOT", "robot", "Robot", is_bot=True)
    robot = slack_server.slack.person("UROBOT")
    robot.join("expenses")
    ann, ben = slack_server.slack.person("UANN"), slack_server.slack.person("UBEN")
    ann.send_text("@ben", "between us")
    await ann.command("/expense", "taxi 23", "@ben")
    robot.send_text("expenses", "beep")
    (message,) = await app.wait_for("message")
    private = app.of("/expense")[0]["channel_id"]

    assert ben.messages("@ann")[0]["text"] == "between us"
    assert (message["text"], message["bot_id"]) == ("beep", "BROBOT")
    assert "client_msg_id" not in message
    assert app.of("/expense")[0]["channel_name"] == "directmessage"
    assert await refusal(slack_server.client().chat_postMessage(channel=private, text="x")) == "channel_not_found"


async def test_somebody_joins_and_a_stranger_is_marked(slack_server: SlackServer) -> None:
    app = RecordingApp(slack_server)
    await slack_server.connect(app)
    slack_server.slack.person("USTRANGER").join("expenses")
    slack_server.slack.person("USTRANGER").send_text("expenses", "hello")
    (joined,) = await app.wait_for("member_joined_channel")
    (message,) = await app.wait_for("message")

    assert (joined["user"], joined["channel_type"], joined["team"]) == ("USTRANGER", "C", "TOTHER")
    assert message["user_team"] == "TOTHER"
    assert app.bodies[-1]["is_ext_shared_channel"]
