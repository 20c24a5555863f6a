"""The Web API with the real slack_sdk: tokens, scopes, faults, and every method but those of forms."""

from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientError
from slack_sdk.errors import SlackApiError

from bot.playground.slack.api import Method
from bot.playground.slack.scopes import METHOD_RULES
from bot.playground.slack.settings import DEFAULT_SCOPES
from bot.playground.state import Fault, Json, Rule
from tests.fixtures.slack_emulator import QUICK, RecordingApp, SlackServer, peopled, running_slack

SECTION: Json = {"type": "section", "text": {"type": "mrkdwn", "text": "*Taxi* 23,50 €"}}


async def refusal(call: Any) -> Any:
    """The answer of a call that Slack refuses."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value.response


async def error_of(call: Any) -> str:
    return str((await refusal(call))["error"])


# --- tokens, scopes, bodies, faults ---


async def test_auth_test_says_who_the_bot_is(slack_server: SlackServer) -> None:
    answer = await slack_server.client().auth_test()

    assert answer["bot_id"] == slack_server.settings.bot_id
    assert answer["team_id"] == slack_server.settings.team_id
    assert answer["is_enterprise_install"] is False


async def test_tokens_are_looked_at(slack_server: SlackServer) -> None:
    session = await slack_server.session()
    async with session.post(slack_server.api_url + "auth.test") as response:
        nobody = await response.json()

    assert nobody == {"ok": False, "error": "not_authed"}
    assert await error_of(slack_server.client("xoxb-wrong").auth_test()) == "invalid_auth"
    assert await error_of(slack_server.client(slack_server.settings.app_token).auth_test()) == "not_allowed_token_type"
    with_bot_token = slack_server.client().apps_connections_open(app_token=slack_server.settings.bot_token)
    assert await error_of(with_bot_token) == "not_allowed_token_type"


@pytest.mark.parametrize(
    "method",
    [name for name, rule in METHOD_RULES.items() if rule.scopes and not rule.app_level],
)
async def test_a_method_without_its_scope_names_what_is_missing(method: str) -> None:
    slack = peopled(replace(QUICK, scopes=frozenset()))
    async with running_slack(slack) as server:
        answer = await refusal(server.client().api_call(method))

    assert answer["error"] == "missing_scope"
    assert answer["needed"] == ",".join(METHOD_RULES[method].scopes)
    assert answer["provided"] == ""


async def test_the_default_scopes_do_not_include_looking_at_channels() -> None:
    async with running_slack(peopled(replace(QUICK, scopes=DEFAULT_SCOPES))) as server:
        answer = await refusal(server.client().conversations_list())
        headers = {name.lower(): value for name, value in answer.headers.items()}

    assert answer["error"] == "missing_scope"
    assert "chat:write" in headers["x-oauth-scopes"]


async def test_an_unknown_method_is_named(slack_server: SlackServer) -> None:
    answer = await refusal(slack_server.client().api_call("chat.shout"))

    assert (answer["error"], answer["req_method"]) == ("unknown_method", "chat.shout")


async def test_json_and_forms_are_both_read_and_a_missing_charset_is_warned_of(slack_server: SlackServer) -> None:
    session = await slack_server.session()
    headers = {"Authorization": f"Bearer {slack_server.settings.bot_token}"}
    address = slack_server.api_url + "chat.postMessage"
    form = {"channel": "UANN", "text": "by form", "blocks": '[{"type": "divider"}]'}
    async with session.post(address, data=form, headers=headers) as response:
        by_form = await response.json()
    async with session.post(address, json={"channel": "UANN", "text": "by JSON"}, headers=headers) as response:
        by_json = await response.json()
    async with session.post(address, data=b"{", headers=headers | {"Content-Type": "application/json"}) as response:
        broken = await response.json()
    async with session.post(address, data=b"x", headers=headers | {"Content-Type": "text/csv"}) as response:
        foreign = await response.json()

    assert by_form["message"]["blocks"][0]["type"] == "divider"
    assert "warning" not in by_form
    assert by_json["warning"] == "missing_charset"
    assert broken["error"] == "invalid_json"
    assert foreign["error"] == "invalid_post_type"


async def test_too_many_requests_says_when_to_come_back(slack_server: SlackServer) -> None:
    slack_server.slack.misbehaviour.add(Rule(fault=Fault.TOO_MANY_REQUESTS, method="chat.postMessage", retry_after_s=7))
    answer = await refusal(slack_server.client().chat_postMessage(channel="UANN", text="x"))

    assert (answer.status_code, answer["error"], answer.headers["Retry-After"]) == (429, "ratelimited", "7")
    assert slack_server.slack.person("UANN").messages() == []
    assert (await slack_server.client().chat_postMessage(channel="UANN", text="x"))["ok"]


async def test_other_faults_on_demand(slack_server: SlackServer) -> None:
    ann, client = slack_server.slack.person("UANN"), slack_server.client()
    client.retry_handlers.clear()  # by default the library repeats a call whose connection was cut
    slack_server.slack.misbehaviour.add(Rule(fault=Fault.SERVER_ERROR, status=503))
    assert (await refusal(client.chat_postMessage(channel="UANN", text="refused"))).status_code == 503
    slack_server.slack.misbehaviour.add(Rule(fault=Fault.DROP_BEFORE))
    with pytest.raises(ClientError):
        await client.chat_postMessage(channel="UANN", text="never arrives")
    slack_server.slack.misbehaviour.add(Rule(fault=Fault.DROP_AFTER))
    with pytest.raises(ClientError):
        await client.chat_postMessage(channel="UANN", text="arrives unseen")
    slack_server.slack.misbehaviour.add(Rule(fault=Fault.SLOW, delay_s=0.01))
    await client.chat_postMessage(channel="UANN", text="slow")

    assert [message["text"] for message in ann.messages()] == ["arrives unseen", "slow"]


async def test_the_log_of_calls_holds_no_token(slack_server: SlackServer) -> None:
    session = await slack_server.session()
    form = {"token": slack_server.settings.bot_token, "channel": "UANN", "text": "hi"}
    async with session.post(slack_server.api_url + "chat.postMessage", data=form) as response:
        assert (await response.json())["ok"]
    (entry,) = slack_server.slack.wire.entries(name="chat.postMessage")

    assert entry.status == 200
    assert slack_server.settings.bot_token not in str(entry)


# --- messages ---


async def test_a_message_is_posted_updated_and_deleted(slack_server: SlackServer) -> None:
    app = RecordingApp(slack_server)
    await slack_server.connect(app)
    client, ann = slack_server.client(), slack_server.slack.person("UANN")
    posted = await client.chat_postMessage(channel="UANN", text="Taxi", blocks=[SECTION])
    channel, ts = posted["channel"], posted["ts"]
    updated = await client.chat_update(channel=channel, ts=ts, text="Taxi, submitted")
    kept = ann.message("dm", ts)
    bare = await client.chat_update(channel=channel, ts=ts, text="Taxi, submitted", blocks=[])
    await client.chat_delete(channel=channel, ts=ts)
    await app.wait_for("message_deleted")

    assert posted["message"]["blocks"][0]["block_id"]
    assert (posted["message"]["bot_id"], posted["message"]["user"]) == ("B0BOT", "U0BOT")
    assert updated["message"]["blocks"][0]["text"]["text"] == "*Taxi* 23,50 €"
    assert "blocks" not in bare["message"]
    assert kept["edited"]["user"] == "U0BOT"
    assert ann.messages() == []
    assert len(app.of("message_changed")) == 2


async def test_only_what_exists_and_is_ones_own_can_be_changed(slack_server: SlackServer) -> None:
    client, ann = slack_server.client(), slack_server.slack.person("UANN")
    channel = ann.channel("dm").id
    hers = ann.send_text("dm", "taxi 23")

    assert await error_of(client.chat_update(channel=channel, ts=hers, text="x")) == "cant_update_message"
    assert await error_of(client.chat_delete(channel=channel, ts=hers)) == "cant_delete_message"
    assert await error_of(client.chat_update(channel=channel, ts="1.000001", text="x")) == "message_not_found"
    assert await error_of(client.chat_delete(channel=channel, ts="1.000001")) == "message_not_found"
    assert await error_of(client.chat_update(channel="C404", ts=hers, text="x")) == "channel_not_found"


async def test_where_the_bot_is_not_it_cannot_post(slack_server: SlackServer) -> None:
    client = slack_server.client()

    assert await error_of(client.chat_postMessage(channel="#random", text="x")) == "not_in_channel"
    assert await error_of(client.chat_postMessage(channel="#secret", text="x")) == "channel_not_found"
    assert await error_of(client.chat_postMessage(channel="U404", text="x")) == "channel_not_found"
    assert await error_of(client.api_call("chat.postMessage", json={"text": "x"})) == "invalid_arguments"
    assert (await client.chat_postMessage(channel="#expenses", text="x"))["ok"]


async def test_messages_out_of_bounds_are_refused(slack_server: SlackServer) -> None:
    client = slack_server.client()
    long_blocks = [{"type": "section", "text": {"type": "plain_text", "text": "x" * 3000}}] * 5

    assert await error_of(client.api_call("chat.postMessage", json={"channel": "UANN"})) == "no_text"
    assert await error_of(client.chat_postMessage(channel="UANN", text="x" * 40_001)) == "msg_too_long"
    posted = await client.chat_postMessage(channel="UANN", text="x" * 4001)
    update = client.chat_update(channel=posted["channel"], ts=posted["ts"], text="x" * 4001)
    assert await error_of(update) == "msg_too_long"
    attachments = [{"text": "x"}] * 101
    too_many = client.chat_postMessage(channel="UANN", text="x", attachments=attachments)
    assert await error_of(too_many) == "too_many_attachments"
    too_long = client.chat_postMessage(channel="UANN", text="x", blocks=long_blocks)
    assert await error_of(too_long) == "msg_blocks_too_long"
    broken = client.api_call("chat.postMessage", params={"channel": "UANN", "text": "x", "blocks": "[{"})
    assert await error_of(broken) == "invalid_blocks_format"
    answer = await refusal(client.chat_postMessage(channel="UANN", text="x", blocks=[{"type": "banner"}]))
    assert answer["error"] == "invalid_blocks"
    assert answer["response_metadata"]["messages"] == ["[ERROR] unsupported type: banner [json-pointer:/blocks/0/type]"]


async def test_an_ephemeral_message_is_for_one_person_and_cannot_be_updated(slack_server: SlackServer) -> None:
    client = slack_server.client()
    ann, ben = slack_server.slack.person("UANN"), slack_server.slack.person("UBEN")
    channel = ann.channel("expenses").id
    answer = await client.chat_postEphemeral(channel=channel, user="UANN", text="Only you see this.")
    update = client.chat_update(channel=channel, ts=answer["message_ts"], text="x")

    assert [message["text"] for message in ann.messages("expenses")] == ["Only you see this."]
    assert ben.messages("expenses") == []
    assert await error_of(update) == "message_not_found"
    outsider = client.chat_postEphemeral(channel=channel, user="UGUEST", text="x")
    assert await error_of(outsider) == "user_not_in_channel"


async def test_replies_form_a_thread(slack_server: SlackServer) -> None:
    app = RecordingApp(slack_server)
    await slack_server.connect(app)
    client, ann = slack_server.client(), slack_server.slack.person("UANN")
    ts = ann.send_text("expenses", "lunch 12")
    reply = await client.chat_postMessage(channel="#expenses", text="Whose?", thread_ts=ts)
    ann.send_text("expenses", "mine", thread_ts=reply["ts"])
    heard = await app.wait_for("message", 3)

    assert reply["message"]["thread_ts"] == ts
    assert (heard[2]["thread_ts"], heard[2]["text"]) == (ts, "mine")
    missing = client.chat_postMessage(channel="#expenses", text="x", thread_ts="1.000001")
    assert await error_of(missing) == "thread_not_found"


async def test_a_reaction_is_added_once(slack_server: SlackServer) -> None:
    client, ann = slack_server.client(), slack_server.slack.person("UANN")
    channel, ts = ann.channel("dm").id, ann.send_text("dm", "taxi 23")
    await client.reactions_add(channel=channel, timestamp=ts, name="white_check_mark")

    assert ann.message("dm", ts)["reactions"] == [{"name": "white_check_mark", "users": ["U0BOT"], "count": 1}]
    again = client.reactions_add(channel=channel, timestamp=ts, name="white_check_mark")
    assert await error_of(again) == "already_reacted"
    assert await error_of(client.reactions_add(channel=channel, timestamp=ts, name="Not A Name")) == "invalid_name"


async def test_timestamps_grow_in_a_channel_even_when_the_clock_stands(slack_server: SlackServer) -> None:
    slack_server.slack.state.clock = lambda: 1_700_000_000.0
    client = slack_server.client()
    stamps = [(await client.chat_postMessage(channel="UANN", text=str(number)))["ts"] for number in range(3)]
    other = (await client.chat_postMessage(channel="UBEN", text="elsewhere"))["ts"]

    assert stamps == ["1700000000.000000", "1700000000.000001", "1700000000.000002"]
    assert other == stamps[0]


# --- who and where ---


async def test_conversations_are_opened_once(slack_server: SlackServer) -> None:
    client = slack_server.client()
    first = await client.conversations_open(users="UANN")
    second = await client.conversations_open(users=["UANN"], return_im=True)

    assert first["channel"]["id"].startswith("D")
    assert second["channel"]["id"] == first["channel"]["id"]
    assert second["already_open"]
    assert second["channel"]["user"] == "UANN"
    assert await error_of(client.conversations_open(users="U404")) == "user_not_found"
    assert await error_of(client.conversations_open(users="U0BOT")) == "cannot_dm_bot"
    slack_server.slack.deactivate("UBEN")
    assert await error_of(client.conversations_open(users="UBEN")) == "user_disabled"


async def test_conversations_are_listed_and_described(slack_server: SlackServer) -> None:
    client = slack_server.client()
    listed = await client.conversations_list()
    channel = next(each for each in listed["channels"] if each["name"] == "expenses")
    described = await client.conversations_info(channel=channel["id"])
    members = await client.conversations_members(channel=channel["id"])
    secret = next(each.id for each in slack_server.slack.state.channels.values() if each.name == "secret")

    assert sorted(each["name"] for each in listed["channels"]) == ["expenses", "random"]
    assert described["channel"]["is_member"]
    assert sorted(members["members"]) == ["U0BOT", "UANN", "UBEN"]
    assert await error_of(client.conversations_info(channel=secret)) == "channel_not_found"


async def test_people_are_described_with_their_language_and_team(slack_server: SlackServer) -> None:
    client = slack_server.client()
    ben = (await client.users_info(user="UBEN", include_locale=True))["user"]
    guest = (await client.users_info(user="UGUEST"))["user"]
    stranger = (await client.users_info(user="USTRANGER"))["user"]
    listed = await client.users_list()

    assert (ben["locale"], ben["tz"]) == ("de-DE", "Europe/Berlin")
    assert ben["tz_offset"] in (3600, 7200)
    assert guest["is_restricted"]
    assert "locale" not in guest
    assert stranger["team_id"] == "TOTHER"
    assert stranger["is_stranger"]
    assert "USTRANGER" not in [each["id"] for each in listed["members"]]
    assert await error_of(client.users_info(user="U404")) == "user_not_found"


async def test_the_bot_tells_of_which_app_it_is(slack_server: SlackServer) -> None:
    client = slack_server.client()
    whose = await client.auth_test()
    answer = await client.bots_info(bot=whose["bot_id"])
    assert answer["bot"]["app_id"] == slack_server.settings.app_id
    with pytest.raises(SlackApiError, match="bot_not_found"):
        await client.bots_info(bot="B404")


async def test_the_team_is_described(slack_server: SlackServer) -> None:
    team = (await slack_server.client().team_info())["team"]

    assert (team["id"], team["domain"]) == (slack_server.settings.team_id, "playground")


# --- files ---


async def test_a_file_is_uploaded_shared_described_and_downloaded(slack_server: SlackServer) -> None:
    client, ann = slack_server.client(), slack_server.slack.person("UANN")
    dm = (await client.conversations_open(users="UANN"))["channel"]["id"]
    done = await client.files_upload_v2(
        channel=dm, filename="report.pdf", content=b"%PDF-1.7", title="March", initial_comment="Here it is."
    )
    described = (await client.files_info(file=done["file"]["id"]))["file"]
    session = await slack_server.session()
    headers = {"Authorization": f"Bearer {slack_server.settings.bot_token}"}
    async with session.get(described["url_private"], headers=headers) as response:
        content = await response.read()
    async with session.get(described["url_private"]) as response:
        unsigned = (response.status, response.content_type)
    (message,) = ann.messages()

    assert content == b"%PDF-1.7"
    assert (described["title"], described["mimetype"], described["size"]) == ("March", "application/pdf", 8)
    assert unsigned == (200, "text/html")
    assert (message["subtype"], message["text"]) == ("file_share", "Here it is.")
    assert message["files"][0]["id"] == described["id"]


async def test_files_that_are_not_there_are_refused(slack_server: SlackServer) -> None:
    client = slack_server.client()
    announced = await client.files_getUploadURLExternal(filename="a.png", length=4)
    session = await slack_server.session()
    async with session.post(announced["upload_url"], data=b"too long") as response:
        wrong_length = response.status
    early = client.files_completeUploadExternal(files=[{"id": announced["file_id"], "title": "a"}])

    assert wrong_length == 400
    assert await error_of(early) == "file_not_found"
    assert await error_of(client.files_info(file="F404")) == "file_not_found"
    assert await error_of(client.files_getUploadURLExternal(filename="a", length=0)) == "invalid_arguments"


async def test_blocks_show_pictures_that_slack_has_looked_at() -> None:
    async with running_slack(peopled(replace(QUICK, file_processing_s=3600))) as server:
        client, slack = server.client(), server.slack
        dm = (await client.conversations_open(users="UANN"))["channel"]["id"]
        picture = (await client.files_upload_v2(filename="a.png", content=b"\x89PNG"))["file"]["id"]
        words = (await client.files_upload_v2(filename="b.png", content=b"words"))["file"]["id"]

        async def show(file_id: str) -> str:
            block = {"type": "image", "slack_file": {"id": file_id}, "alt_text": "a"}
            try:
                await client.chat_postMessage(channel=dm, text="a", blocks=[block])
            except SlackApiError as error:
                return str(error.response["errors"])
            return "shown"

        refused = "['invalid slack file [json-pointer:/blocks/0/slack_file]']"
        assert [await show(each) for each in (picture, words, "F404")] == [refused] * 3
        for file in slack.state.files.values():
            file.shown_from = slack.clock()
        assert [await show(each) for each in (picture, words)] == ["shown", refused]


async def test_a_persons_picture_arrives_as_a_file_share(slack_server: SlackServer) -> None:
    app = RecordingApp(slack_server)
    await slack_server.connect(app)
    ann = slack_server.slack.person("UANN")
    ts = ann.send_files("dm", [("receipt.png", b"\x89PNG")], text="lunch")
    (event,) = await app.wait_for("file_share")

    assert (event["ts"], event["text"]) == (ts, "lunch")
    assert event["files"][0]["mimetype"] == "image/png"


def test_every_method_of_the_table_has_its_rule() -> None:
    methods: dict[str, Method] = peopled().api.methods
    assert set(methods) == set(METHOD_RULES)
