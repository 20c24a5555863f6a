"""Forms of the emulated Slack, with the real slack_bolt and slack_sdk: opened, filled, refused, sent, closed."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from bot.playground.slack.interactions import TROUBLE
from bot.playground.state import Json
from tests.fixtures.slack_blocks import CARD, amount_input, app_that_opens, form, plain, refusal
from tests.fixtures.slack_emulator import RecordingApp, SlackServer


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
