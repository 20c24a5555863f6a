"""What the bot says, as the people of the emulated Slack see it, and what its failures mean."""

import asyncio

import pytest

from bot.platform import AccountKind, Destination, MessageGone, MessageRef, RateLimited, Refused, TryLater, Unreachable
from bot.playground.slack.forms import visible_text
from bot.playground.slack.limits import RESPONSE_URL_LIFE_S
from bot.playground.state import Fault, Rule
from bot.slack.calls import SCOPES, Method, SlackCalls, TokenRefused
from bot.slack.incoming import Home
from bot.slack.people import profile_of
from bot.slack.platform import SlackPlatform
from bot.slack.response_urls import ResponseUrls
from bot.slack.views import form_view
from bot.slack.windows import Windows
from bot.translation import Catalogues, Translator
from core.kernel.guards import SlowWorkInTransactionError, write_transaction_marked
from handlers.events import CommandInvoked, Event
from handlers.replies import Button, Card, say
from handlers.text import Text, Verbatim
from tests.bot.slack.slack_inbox import Edge
from tests.bot.slack.test_slack_files import PICTURE, received
from tests.bot.slack.test_slack_forms import OPENED
from tests.fixtures.slack_emulator import SlackServer

WORDS = Translator("en")
HELLO = say(Verbatim("Hello <!channel> & *all*"))
QUICK_TIMEOUT_S = 0.5
TO_ANN = Destination(channel=None, user="UANN")


async def command_in(edge: Edge, channel: str, user: str = "UANN") -> Event:
    await edge.server.slack.person(user).command("/expense", "help", channel=channel)
    return await edge.next_event()


def calls_with(edge: Edge, token: str) -> SlackCalls:
    return SlackCalls(token=token, api_url=edge.server.api_url, proxy=None)


async def test_the_first_private_message_opens_the_chat_once(edge: Edge) -> None:
    ann = edge.server.slack.person("UANN")
    await edge.platform.send(TO_ANN, HELLO, WORDS)
    sent = await edge.platform.send(TO_ANN, HELLO, WORDS)
    assert sent.channel == ann.channel("dm").id
    assert [visible_text(each) for each in ann.messages()] == ["Hello <!channel> & *all*"] * 2
    assert ann.messages()[0]["text"] == "Hello &lt;!channel&gt; &amp; *all*"
    assert edge.calls("conversations.open") == 1


async def test_a_message_is_edited_in_place_also_into_the_same(edge: Edge) -> None:
    ann = edge.server.slack.person("UANN")
    card = Card(title=Verbatim("Draft"), buttons=((Button(action="a", label=Verbatim("Submit")),),))
    sent = await edge.platform.send(TO_ANN, card, WORDS)
    for _ in range(2):
        await edge.platform.edit(sent, Card(title=Verbatim("Submitted")), WORDS)
    (seen,) = ann.messages()
    assert visible_text(seen) == "Submitted"


async def test_what_is_gone_is_gone(edge: Edge) -> None:
    sent = await edge.platform.send(TO_ANN, HELLO, WORDS)
    await edge.platform.remove(sent)
    assert edge.server.slack.person("UANN").messages() == []
    await edge.platform.remove(sent)
    with pytest.raises(MessageGone):
        await edge.platform.edit(sent, HELLO, WORDS)
    with pytest.raises(MessageGone):
        await edge.platform.edit(MessageRef(sent.channel, None), HELLO, WORDS)
    await edge.platform.remove(MessageRef(sent.channel, None))


async def test_a_foreign_message_is_neither_edited_nor_removed(edge: Edge) -> None:
    ann = edge.server.slack.person("UANN")
    theirs = MessageRef(ann.channel("dm").id, ann.send_text("dm", "mine"))
    with pytest.raises(MessageGone):
        await edge.platform.edit(theirs, HELLO, WORDS)
    await edge.platform.remove(theirs)
    assert ann.message("dm", str(theirs.message))["text"] == "mine"


async def test_an_answer_in_a_thread_stays_in_it(edge: Edge) -> None:
    ann = edge.server.slack.person("UANN")
    ts = ann.send_text("#expenses", f"<@{edge.identity.bot_user_id}> hello")
    event = await edge.next_event()
    to = Destination(channel=event.source.channel, thread=ts)
    sent = await edge.platform.send(to, HELLO, WORDS)
    assert ann.message("#expenses", str(sent.message))["thread_ts"] == ts


async def test_one_person_alone_sees_it_in_the_channel(edge: Edge) -> None:
    event = await command_in(edge, "#expenses")
    assert isinstance(event, CommandInvoked)
    sent = await edge.platform.send(edge.here(event, only=True), HELLO, WORDS)
    assert sent == MessageRef(event.source.channel, None)
    ann, ben = edge.server.slack.person("UANN"), edge.server.slack.person("UBEN")
    assert [visible_text(each) for each in ann.messages("#expenses")] == ["Hello <!channel> & *all*"]
    assert ben.messages("#expenses") == []


async def test_in_a_channel_without_the_bot_it_is_seen_through_the_commands_address(edge: Edge) -> None:
    event = await command_in(edge, "#random")
    for _ in range(5):
        sent = await edge.platform.send(edge.here(event, only=True), HELLO, WORDS)
        assert sent == MessageRef(event.source.channel, None)
    ann, ben = edge.server.slack.person("UANN"), edge.server.slack.person("UBEN")
    assert len(ann.messages("#random")) == 5
    assert ben.messages("#random") == []
    sent = await edge.platform.send(edge.here(event, only=True), HELLO, WORDS)
    assert sent.channel == ann.channel("dm").id
    assert [visible_text(each) for each in ann.messages()] == ["Hello <!channel> & *all*"]


async def test_without_an_address_it_goes_to_the_private_chat(edge: Edge) -> None:
    ann = edge.server.slack.person("UANN")
    random = ann.channel("#random").id
    sent = await edge.platform.send(Destination(channel=random, only_for_user="UANN"), HELLO, WORDS)
    assert sent.channel == ann.channel("dm").id
    assert sent.message is not None


async def test_a_command_in_somebody_elses_chat_is_answered_in_ours(edge: Edge) -> None:
    event = await command_in(edge, "@ben")
    assert event.source.private
    await edge.platform.send(Destination(channel=event.source.channel), HELLO, WORDS)
    ann = edge.server.slack.person("UANN")
    assert len(ann.messages("dm")) == 1
    assert ann.messages("@ben") == []


async def test_an_answer_to_a_tap_is_seen_by_that_person_and_never_raises(edge: Edge) -> None:
    event = await command_in(edge, "#expenses")
    await edge.platform.answer(event.source, None)
    await edge.platform.answer(event.source, "Done & dusted")
    ann = edge.server.slack.person("UANN")
    assert [visible_text(each) for each in ann.messages("#expenses")] == ["Done & dusted"]
    edge.server.slack.misbehaviour.add(Rule(fault=Fault.SERVER_ERROR, method="chat.postEphemeral"))
    await edge.platform.answer(event.source, "lost")


async def test_a_form_opens_within_its_triggers_life_and_no_later(edge: Edge) -> None:
    event = await command_in(edge, "dm")
    await edge.platform.open_form(event.source, OPENED, WORDS)
    assert edge.server.slack.person("UANN").modal is not None
    late = await command_in(edge, "dm")
    edge.server.slack.misbehaviour.add(Rule(fault=Fault.EXPIRED_TRIGGER, method="views.open"))
    with pytest.raises(Refused, match="expired_trigger_id"):
        await edge.platform.open_form(late.source, OPENED, WORDS)


async def test_a_message_has_no_trigger_to_open_a_form_with(edge: Edge) -> None:
    edge.server.slack.person("UANN").send_text("dm", "new")
    event = await edge.next_event()
    with pytest.raises(Refused):
        await edge.platform.open_form(event.source, OPENED, WORDS)


async def test_slacks_wish_to_wait_holds_for_the_method_and_the_channel(edge: Edge) -> None:
    """Who goes on calling is refused for longer: https://docs.slack.dev/apis/web-api/rate-limits."""
    rule = Rule(fault=Fault.TOO_MANY_REQUESTS, method="chat.postMessage", retry_after_s=1)
    edge.server.slack.misbehaviour.add(rule)
    to_ben = Destination(channel=None, user="UBEN")
    with pytest.raises(RateLimited) as limited:
        await edge.platform.send(TO_ANN, HELLO, WORDS)
    assert limited.value.after_s == 1
    with pytest.raises(RateLimited) as paused:
        await edge.platform.send(TO_ANN, HELLO, WORDS)
    assert edge.calls("chat.postMessage") == 1, "a paused method is not called"
    assert 0 < (paused.value.after_s or 0) <= 1
    await edge.platform.publish_home("UANN", HELLO, WORDS)
    await edge.platform.send(to_ben, HELLO, WORDS)
    await asyncio.sleep(paused.value.after_s or 0)
    await edge.platform.send(TO_ANN, HELLO, WORDS)
    assert [len(edge.server.slack.person(name).messages()) for name in ("UANN", "UBEN")] == [1, 1]


async def test_a_method_without_channels_pauses_for_everybody(edge: Edge) -> None:
    sent = [await edge.platform.send(Destination(channel=None, user=user), HELLO, WORDS) for user in ("UANN", "UBEN")]
    edge.server.slack.misbehaviour.add(Rule(fault=Fault.TOO_MANY_REQUESTS, method="chat.update", retry_after_s=1))
    with pytest.raises(RateLimited):
        await edge.platform.edit(sent[0], HELLO, WORDS)
    with pytest.raises(RateLimited) as paused:
        await edge.platform.edit(sent[1], HELLO, WORDS)
    assert edge.calls("chat.update") == 1
    await asyncio.sleep(paused.value.after_s or 0)
    for message in sent:
        await edge.platform.edit(message, HELLO, WORDS)


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.DROP_BEFORE, Fault.DROP_AFTER])
async def test_a_broken_slack_is_for_later(edge: Edge, fault: Fault) -> None:
    edge.server.slack.misbehaviour.add(Rule(fault=fault, method="chat.postMessage", status=503))
    with pytest.raises(TryLater) as later:
        await edge.platform.send(TO_ANN, HELLO, WORDS)
    assert later.value.after_s is None
    await edge.platform.send(TO_ANN, HELLO, WORDS)


async def test_a_slow_slack_is_waited_for_and_then_for_later(edge: Edge) -> None:
    """Whether a message that was not answered in time has arrived nobody knows: it is sent again."""
    calls = SlackCalls(
        token=edge.server.settings.bot_token, api_url=edge.server.api_url, proxy=None, timeout_s=QUICK_TIMEOUT_S
    )
    platform = SlackPlatform(calls, Windows(calls, Catalogues()))
    platform.home = edge.platform.home
    edge.server.slack.misbehaviour.add(Rule(fault=Fault.SLOW, method="chat.postMessage", delay_s=0.05))
    await platform.send(TO_ANN, HELLO, WORDS)
    edge.server.slack.misbehaviour.add(Rule(fault=Fault.SLOW, method="chat.postMessage", delay_s=2 * QUICK_TIMEOUT_S))
    with pytest.raises(TryLater, match=r"chat\.postMessage: TimeoutError"):
        await platform.send(TO_ANN, HELLO, WORDS)
    await calls.close()


@pytest.mark.parametrize(
    "to", [Destination(channel="C0NOWHERE"), Destination(channel=None, user="UNOBODY"), Destination(channel="@UNOBODY")]
)
async def test_who_cannot_be_written_to_is_unreachable(edge: Edge, to: Destination) -> None:
    with pytest.raises(Unreachable):
        await edge.platform.send(to, HELLO, WORDS)


async def test_a_fault_of_ours_is_refused_with_slacks_words_in_the_log(
    edge: Edge, capsys: pytest.CaptureFixture[str]
) -> None:
    sent = await edge.platform.send(TO_ANN, HELLO, WORDS)
    calls = calls_with(edge, edge.server.settings.bot_token)
    with pytest.raises(Refused, match="invalid_blocks"):
        await calls.call(Method.POST, channel=sent.channel, text="x", blocks=[{"type": "header"}])
    await calls.close()
    assert "missing required field: text" in capsys.readouterr().out
    too_long = Button(action="a", label=Verbatim("A"), choice="c" * 3_000)
    with pytest.raises(Refused, match="Slack takes 2000"):
        await edge.platform.send(TO_ANN, Card(buttons=((too_long,),)), WORDS)


async def test_a_token_that_was_revoked_makes_nobody_unreachable(edge: Edge) -> None:
    calls = calls_with(edge, "xoxb-revoked")
    with pytest.raises(TokenRefused) as refused:
        await SlackPlatform(calls, Windows(calls, Catalogues())).send(TO_ANN, HELLO, WORDS)
    await calls.close()
    assert isinstance(refused.value, TryLater)
    assert refused.value.after_s == 60


async def test_no_call_is_made_inside_a_write_transaction(edge: Edge) -> None:
    with write_transaction_marked(), pytest.raises(SlowWorkInTransactionError):
        await edge.platform.send(TO_ANN, HELLO, WORDS)


@pytest.mark.parametrize(
    ("user", "kind", "language"),
    [
        ("UANN", AccountKind.TEAM_MEMBER, "en-US"),
        ("UBEN", AccountKind.TEAM_MEMBER, "de-DE"),
        ("UGUEST", AccountKind.OUTSIDER, "en-US"),
        ("USTRANGER", AccountKind.OUTSIDER, "en-US"),
    ],
)
async def test_only_full_members_of_the_team_are_members(
    edge: Edge, user: str, kind: AccountKind, language: str
) -> None:
    event = await command_in(edge, "dm", user)
    await edge.platform.profile(event.source, {})
    profile = await edge.platform.profile(event.source, {})
    assert (profile.kind, profile.language) == (kind, language)
    assert profile.name == edge.server.slack.person(user).user.real_name
    assert edge.calls("users.info") == 1


async def test_a_busy_slack_makes_nobody_a_stranger(edge: Edge) -> None:
    event = await command_in(edge, "dm")
    edge.server.slack.misbehaviour.add(Rule(fault=Fault.SERVER_ERROR, method="users.info"))
    with pytest.raises(TryLater):
        await edge.platform.profile(event.source, {})
    assert (await edge.platform.profile(event.source, {})).kind is AccountKind.TEAM_MEMBER


@pytest.mark.parametrize(
    ("marks", "kind"),
    [
        ({}, AccountKind.TEAM_MEMBER),
        ({"is_bot": True}, AccountKind.OUTSIDER),
        ({"is_app_user": True}, AccountKind.OUTSIDER),
        ({"is_ultra_restricted": True}, AccountKind.OUTSIDER),
        ({"is_stranger": True}, AccountKind.OUTSIDER),
        ({"deleted": True}, AccountKind.OUTSIDER),
        ({"id": "USLACKBOT"}, AccountKind.OUTSIDER),
        ({"team_id": "T9"}, AccountKind.OUTSIDER),
        ({"team_id": "T9", "enterprise_user": {"enterprise_id": "E1"}}, AccountKind.TEAM_MEMBER),
        ({"team_id": "T9", "enterprise_user": {"enterprise_id": "E9"}}, AccountKind.OUTSIDER),
    ],
)
def test_who_is_a_full_member(marks: dict[str, object], kind: AccountKind) -> None:
    home = Home(team_id="T1", bot_user_id="UBOT", enterprise_id="E1")
    user = {"id": "U1", "name": "ann", "team_id": "T1", "profile": {"display_name": "Ann"}} | marks
    profile = profile_of(user, home)
    assert profile.kind is kind
    assert profile.name == "Ann"


def test_an_address_serves_five_times_and_half_an_hour() -> None:
    now_s = 0.0
    urls = ResponseUrls(lambda: now_s, kept_max=2)
    urls.remember("C1", "U1", "http://slack/1")
    assert [urls.take("C1", "U1") for _ in range(6)] == ["http://slack/1"] * 5 + [None]
    urls.remember("C1", "U1", "http://slack/2")
    assert urls.take("C1", "U2") is None
    now_s = RESPONSE_URL_LIFE_S
    assert urls.take("C1", "U1") is None
    for number in range(3):
        urls.remember(f"C{number}", "U1", "http://slack/3")
    assert [urls.take(f"C{number}", "U1") for number in range(3)] == [None, "http://slack/3", "http://slack/3"]


async def test_the_manifests_scopes_are_all_that_the_calls_need(edge: Edge, server: SlackServer) -> None:
    """The edge of these tests has the manifest's scopes alone: here every method is called once, and none lacks one."""
    event = await command_in(edge, "#random")
    sent = await edge.platform.send(TO_ANN, HELLO, WORDS)
    await edge.platform.edit(sent, HELLO, WORDS)
    await edge.platform.remove(sent)
    await edge.platform.answer(event.source, WORDS.translate(Text("form.saved")))
    await edge.platform.profile(event.source, {})
    await edge.platform.open_form(event.source, OPENED, WORDS)
    await edge.platform.send(TO_ANN, HELLO, WORDS, PICTURE)
    await edge.platform.send_file(TO_ANN, PICTURE, "Here it is")
    await edge.platform.publish_home("UANN", HELLO, WORDS)
    (file,) = edge.server.slack.person("UANN").messages()[-1]["files"]
    await edge.platform.download(received(file), 100)
    modal = edge.server.slack.person("UANN").modal
    assert modal is not None
    calls = calls_with(edge, edge.server.settings.bot_token)
    await calls.call(Method.VIEWS_UPDATE, view_id=modal.id, view=form_view(OPENED, WORDS))
    await calls.close()
    entries = server.slack.wire.entries(direction="bot-to-server")
    called = {entry.name for entry in entries} - {"response_url", "upload", "download"}
    assert called == set(Method) == set(SCOPES)
    assert not [entry for entry in entries if "missing_scope" in str(entry.answer)]
