"""Commands, taps, forms, shortcuts, Home tabs and response URLs, with the real slack_bolt and slack_sdk."""

from dataclasses import replace
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.playground.slack.errors import ControlError
from bot.playground.slack.interactions import TROUBLE
from bot.playground.slack.people import Person
from bot.playground.state import Fault, Json, Rule
from tests.fixtures.slack_emulator import QUICK, RecordingApp, SlackServer, peopled, running_slack


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(text: str, value: str) -> Json:
    return {"text": plain(text), "value": value}


CATEGORIES = [option("Travel", "travel"), option("Dining", "dining")]


def amount_input(**changes: Any) -> Json:
    element = {"type": "plain_text_input", "action_id": "value", "max_length": 20}
    return {"type": "input", "block_id": "amount", "label": plain("Amount"), "element": element} | changes


def form(**changes: Any) -> Json:
    """A form like the bot's: an amount, a date, a category, a note that may stay empty."""
    blocks = [
        amount_input(),
        {
            "type": "input",
            "block_id": "date",
            "label": plain("Date"),
            "element": {"type": "datepicker", "action_id": "value", "initial_date": "2026-03-01"},
        },
        {
            "type": "input",
            "block_id": "category",
            "label": plain("Category"),
            "element": {
                "type": "static_select",
                "action_id": "value",
                "options": CATEGORIES,
                "initial_option": CATEGORIES[0],
            },
        },
        {
            "type": "input",
            "block_id": "note",
            "optional": True,
            "label": plain("Note"),
            "element": {"type": "plain_text_input", "action_id": "value", "multiline": True},
        },
    ]
    view: Json = {"type": "modal", "callback_id": "expense", "private_metadata": "dialog-1", "title": plain("Expense")}
    return view | {"submit": plain("Save"), "close": plain("Cancel"), "blocks": blocks} | changes


CARD: list[Json] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "*Taxi* 23,50 €"}},
    {
        "type": "actions",
        "block_id": "row",
        "elements": [
            {"type": "button", "text": plain("Submit"), "action_id": "submit", "value": "e1.1", "style": "primary"},
            {"type": "button", "text": plain("Edit"), "action_id": "edit", "value": "e1.1"},
            {"type": "static_select", "action_id": "category", "placeholder": plain("Category"), "options": CATEGORIES},
            {"type": "overflow", "action_id": "more", "options": [option("Delete", "delete")]},
        ],
    },
]


async def app_that_opens(server: SlackServer, view: Json, **replies: Any) -> RecordingApp:
    """An app whose /expense opens this form."""

    async def open_form(body: Json) -> None:
        await app.bolt.client.views_open(trigger_id=body["trigger_id"], view=view)

    app = RecordingApp(server, **replies)
    app.replies["/expense"] = open_form
    await server.connect(app)
    return app


async def refusal(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


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


# --- forms ---


async def test_a_form_is_filled_and_sent(slack_server: SlackServer) -> None:
    app = await app_that_opens(slack_server, form())
    ann = slack_server.slack.person("UANN")
    await ann.command("/expense", "new")
    modal = await ann.wait_for_modal()
    await modal.fill({"Amount": "23,50", "Category": "Dining", "date": "2026-03-02"})
    sent = await modal.submit()
    (body,) = app.of("view_submission")
    values = body["view"]["state"]["values"]

    assert values["amount"]["value"] == {"type": "plain_text_input", "value": "23,50"}
    assert values["date"]["value"]["selected_date"] == "2026-03-02"
    assert values["category"]["value"]["selected_option"]["value"] == "dining"
    assert values["note"]["value"]["value"] is None
    assert (body["view"]["private_metadata"], body["view"]["callback_id"]) == ("dialog-1", "expense")
    assert body["view"]["id"] == modal.id
    assert body["view"]["hash"]
    assert body["trigger_id"]
    assert not sent.is_open
    assert ann.modal is None


async def test_slacks_client_holds_back_what_is_empty_or_too_long(slack_server: SlackServer) -> None:
    app = await app_that_opens(slack_server, form())
    ann = slack_server.slack.person("UANN")
    await ann.command("/expense", "new")
    modal = await ann.wait_for_modal()
    empty = await modal.submit()
    await modal.fill({"Amount": "9" * 21})
    too_long = await modal.submit()

    assert list(empty.errors) == ["amount"]
    assert "20 characters" in too_long.errors["amount"]
    assert app.of("view_submission") == []
    assert modal.is_open


async def test_the_apps_field_errors_stand_under_their_inputs(slack_server: SlackServer) -> None:
    async def refuse(_body: Json) -> Json:
        return {"response_action": "errors", "errors": {"amount": "That is not an amount."}}

    app = await app_that_opens(slack_server, form(), view_submission=refuse)
    ann = slack_server.slack.person("UANN")
    await ann.command("/expense", "new")
    modal = await ann.wait_for_modal()
    await modal.fill({"Amount": "many"})
    refused = await modal.submit()
    del app.replies["view_submission"]
    kept = modal.value("Amount")
    accepted = await modal.submit()

    assert refused.errors == {"amount": "That is not an amount."}
    assert refused.is_open
    assert kept == "many"
    assert (accepted.errors, accepted.is_open) == ({}, False)


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"nowhere": "No such input."}},
        {"response_action": "errors", "errors": {}},
        {"response_action": "update", "view": {"type": "modal"}},
        {"response_action": "explode"},
    ],
    ids=["errors of no input", "no errors", "a broken view", "an unknown action"],
)
async def test_an_answer_that_makes_no_sense_is_trouble_for_the_person(slack_server: SlackServer, answer: Json) -> None:
    async def reply(_body: Json) -> Json:
        return answer

    await app_that_opens(slack_server, form(), view_submission=reply)
    ann = slack_server.slack.person("UANN")
    await ann.command("/expense", "new")
    modal = await ann.wait_for_modal()
    await modal.fill({"Amount": "1"})
    sent = await modal.submit()

    assert (sent.notice, sent.is_open) == (TROUBLE, True)


async def test_a_form_that_nobody_answers_stays_open_and_is_not_sent_again(slack_server: SlackServer) -> None:
    app = await app_that_opens(slack_server, form())
    ann = slack_server.slack.person("UANN")
    await ann.command("/expense", "new")
    modal = await ann.wait_for_modal()
    await modal.fill({"Amount": "1"})
    app.silent = True
    sent = await modal.submit()
    await slack_server.slack.wait_idle(quiet_s=0)

    assert (sent.notice, sent.is_open) == (TROUBLE, True)
    assert len(app.of("view_submission")) == 1


async def test_a_form_opened_by_a_submission_is_seen_by_nobody(slack_server: SlackServer) -> None:
    """Slack answers ok all the same: only the acknowledgement can show the next form."""

    async def open_another(body: Json) -> None:
        answers.append(await app.bolt.client.views_open(trigger_id=body["trigger_id"], view=form()))

    answers: list[Any] = []
    app = await app_that_opens(slack_server, form(), view_submission=open_another)
    ann = slack_server.slack.person("UANN")
    await ann.command("/expense", "new")
    modal = await ann.wait_for_modal()
    await modal.fill({"Amount": "1"})
    await modal.submit()

    assert answers[0]["ok"]
    assert ann.modal is None


async def test_a_submission_updates_then_the_app_finishes_the_view(slack_server: SlackServer) -> None:
    saving: Json = {"type": "modal", "title": plain("Expense"), "blocks": [{"type": "divider"}]}

    async def reply(_body: Json) -> Json:
        return {"response_action": "update", "view": saving}

    await app_that_opens(slack_server, form(), view_submission=reply)
    ann, client = slack_server.slack.person("UANN"), slack_server.client()
    await ann.command("/expense", "new")
    modal = await ann.wait_for_modal()
    old_hash = modal.view["hash"]
    await modal.fill({"Amount": "1"})
    await modal.submit()
    shown = [block["type"] for block in modal.view["blocks"]]
    stale = client.views_update(view_id=modal.id, hash=old_hash, view=saving)
    assert await refusal(stale) == "hash_conflict"
    done = saving | {"title": plain("Saved")}
    await client.views_update(view_id=modal.id, hash=modal.view["hash"], view=done)

    assert shown == ["divider"]
    assert modal.title == "Saved"
    assert await refusal(client.views_update(view_id="V404", view=saving)) == "not_found"


async def test_an_update_keeps_what_was_typed_where_the_ids_stay(slack_server: SlackServer) -> None:
    await app_that_opens(slack_server, form(external_id="expense-1"))
    ann = slack_server.slack.person("UANN")
    await ann.command("/expense", "new")
    modal = await ann.wait_for_modal()
    await modal.fill({"Amount": "23", "Note": "with the client"})
    changed = form(external_id="expense-1", blocks=[amount_input(), amount_input(block_id="other")])
    await slack_server.client().views_update(external_id="expense-1", view=changed)

    assert modal.value("amount") == "23"
    assert modal.value("other") is None


async def test_forms_stack_three_deep_and_clear_at_once(slack_server: SlackServer) -> None:
    async def push(_body: Json) -> Json:
        return {"response_action": "push", "view": form()}

    app = await app_that_opens(slack_server, form(), view_submission=push)
    ann = slack_server.slack.person("UANN")
    await ann.command("/expense", "new")
    notices = []
    for _ in range(3):
        modal = await ann.wait_for_modal()
        await modal.fill({"Amount": "1"})
        notices.append((await modal.submit()).notice)
    depth = len(slack_server.slack.views.stack("UANN"))

    async def clear(_body: Json) -> Json:
        return {"response_action": "clear"}

    app.replies["view_submission"] = clear
    top = await ann.wait_for_modal()
    assert top.view["previous_view_id"]
    assert top.view["root_view_id"] == slack_server.slack.views.stack("UANN")[0].id
    await top.submit()

    assert (depth, notices) == (3, [None, None, TROUBLE])
    assert ann.modal is None


async def test_a_button_in_a_form_pushes_another(slack_server: SlackServer) -> None:
    async def push(body: Json) -> None:
        await app.bolt.client.views_push(trigger_id=body["trigger_id"], view=form(title=plain("Second")))

    with_button = form()
    with_button["blocks"] = [*with_button["blocks"], CARD[1]]
    app = await app_that_opens(slack_server, with_button, block_actions=push)
    ann = slack_server.slack.person("UANN")
    await ann.command("/expense", "new")
    first = await ann.wait_for_modal(title="Expense")
    await first.tap("Edit")
    second = await ann.wait_for_modal(title="Second")
    (body,) = app.of("block_actions")
    await second.close()

    assert body["container"] == {"type": "view", "view_id": first.id}
    assert "response_url" not in body
    assert ann.modal is not None
    assert ann.modal.id == first.id


async def test_an_input_that_dispatches_tells_the_app_at_once(slack_server: SlackServer) -> None:
    app = await app_that_opens(slack_server, form(blocks=[amount_input(dispatch_action=True)]))
    ann = slack_server.slack.person("UANN")
    await ann.command("/expense", "new")
    modal = await ann.wait_for_modal()
    await modal.fill({"Amount": "23"})
    (body,) = app.of("block_actions")

    assert body["actions"][0]["value"] == "23"
    assert body["view"]["state"]["values"]["amount"]["value"]["value"] == "23"


async def test_closing_a_form_is_told_if_the_app_asked(slack_server: SlackServer) -> None:
    app = await app_that_opens(slack_server, form(notify_on_close=True))
    ann = slack_server.slack.person("UANN")
    await ann.command("/expense", "new")
    await (await ann.wait_for_modal()).close()
    await ann.command("/expense", "again")
    await (await ann.wait_for_modal()).close_all()
    cancelled, cleared = app.of("view_closed")

    assert (cancelled["is_cleared"], cleared["is_cleared"]) == (False, True)
    assert cancelled["view"]["private_metadata"] == "dialog-1"
    assert ann.modal is None


async def test_forms_that_slack_would_not_take_are_refused(slack_server: SlackServer) -> None:
    app = RecordingApp(slack_server)
    await slack_server.connect(app)
    ann, client = slack_server.slack.person("UANN"), slack_server.client()

    async def opened(view: Json) -> Any:
        await ann.command("/expense", "new")
        with pytest.raises(SlackApiError) as caught:
            await client.views_open(trigger_id=app.bodies[-1]["trigger_id"], view=view)
        return caught.value.response

    long_title = await opened(form(title=plain("x" * 25)))
    no_submit = form()
    del no_submit["submit"]

    assert long_title["error"] == "invalid_arguments"
    assert long_title["response_metadata"]["messages"] == [
        "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"
    ]
    assert "submit" in str((await opened(no_submit))["response_metadata"])
    assert "invalid additional property: colour" in str((await opened(form(colour="red")))["response_metadata"])
    assert (await opened(form(private_metadata="x" * 3001)))["error"] == "invalid_arguments"
    big = [{"type": "section", "text": plain("x" * 3000)} for _ in range(90)]
    assert (await opened(form(blocks=big)))["error"] == "view_too_large"
    assert await refusal(client.views_push(trigger_id=app.bodies[-1]["trigger_id"], view=form())) == "not_found"


async def test_an_external_id_is_used_once(slack_server: SlackServer) -> None:
    app = await app_that_opens(slack_server, form(external_id="one"))
    await slack_server.slack.person("UANN").command("/expense", "new")
    app.replies.clear()
    await slack_server.slack.person("UBEN").command("/expense", "new")
    call = slack_server.client().views_open(trigger_id=app.bodies[-1]["trigger_id"], view=form(external_id="one"))

    assert await refusal(call) == "duplicate_external_id"


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


async def test_a_file_goes_in_with_a_form(slack_server: SlackServer) -> None:
    field = {"type": "file_input", "action_id": "value", "max_files": 1}
    view = form(blocks=[amount_input(block_id="receipt", label=plain("Receipt"), element=field)])
    app = await app_that_opens(slack_server, view)
    ann = slack_server.slack.person("UANN")
    await ann.command("/expense", "new")
    modal = await ann.wait_for_modal()
    files = [ann.add_file("a.png", b"a"), ann.add_file("b.png", b"b")]
    await modal.fill({"Receipt": files})
    too_many = await modal.submit()
    await modal.fill({"Receipt": files[:1]})
    await modal.submit()
    (body,) = app.of("view_submission")

    assert list(too_many.errors) == ["receipt"]
    assert body["view"]["state"]["values"]["receipt"]["value"]["files"][0]["name"] == "a.png"


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
