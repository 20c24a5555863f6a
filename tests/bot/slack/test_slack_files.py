"""Pictures in cards, files sent and fetched, and the Home tab, as the people of the emulated Slack see them."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.platform import Attachment, Destination, MessageGone, Refused, TryLater
from bot.playground.slack.forms import visible_text
from bot.playground.slack.people import Person
from bot.playground.state import Fault, Rule
from bot.slack.calls import PictureNotReady, SlackCalls
from bot.slack.platform import PICTURE_ATTEMPTS_MAX
from bot.translation import Translator
from core.kernel.guards import SlowWorkInTransactionError, write_transaction_marked
from handlers.events import ButtonTapped, FilesReceived, HomeOpened, IncomingFile, ShortcutInvoked
from handlers.replies import Button, Card, Paragraph, Picture, say
from handlers.text import Verbatim
from tests.bot.slack.slack_inbox import Edge
from tests.fixtures.slack_emulator import SlackServer
from tests.fixtures.telegram_emulator import png

WORDS = Translator("en")
PICTURE = Attachment(id="F1", name="receipt.png", media_type="image/png", content=png())
ANOTHER = Attachment(id="F2", name="receipt.png", media_type="image/png", content=png(8, 6))
TO_ANN = Destination(channel=None, user="UANN")
BARE = Card(title=Verbatim("Taxi"), body=(Paragraph(Verbatim("23.50")),))
SHOWN = replace(BARE, body=(Picture("F", Verbatim("the receipt")), *BARE.body))


def received(file: dict[str, Any]) -> IncomingFile:
    """Return Slack's file object as an event has it."""
    return IncomingFile(
        name=file["name"],
        media_type=file["mimetype"],
        size_bytes=file["size"],
        reference={"id": file["id"], "url": file["url_private_download"]},
    )


def pictures(message: dict[str, Any]) -> list[str]:
    """Return the ids of the files that a message's blocks show."""
    return [block["slack_file"]["id"] for block in message["blocks"] if block["type"] == "image"]


def ann_of(edge: Edge) -> Person:
    return edge.server.slack.person("UANN")


# Cards with pictures


async def test_a_card_shows_its_picture_and_the_same_one_is_uploaded_once(edge: Edge) -> None:
    sent = await edge.platform.send(TO_ANN, SHOWN, WORDS, PICTURE)
    assert sent.picture_id == PICTURE.id
    await edge.platform.send(TO_ANN, SHOWN, WORDS, PICTURE)
    first, second = ann_of(edge).messages()
    assert pictures(first) == pictures(second) != []
    image = next(block for block in first["blocks"] if block["type"] == "image")
    assert image["alt_text"] == "the receipt"
    assert edge.server.slack.state.files[image["slack_file"]["id"]].content == PICTURE.content
    assert edge.calls("files.completeUploadExternal") == 1


async def test_a_message_changes_in_its_place_with_a_picture_and_without(edge: Edge) -> None:
    sent = await edge.platform.send(TO_ANN, BARE, WORDS)
    shown: list[int] = []
    for card, picture in ((SHOWN, PICTURE), (BARE, None), (SHOWN, PICTURE), (SHOWN, PICTURE)):
        await edge.platform.edit(sent, card, WORDS, picture)
        (message,) = ann_of(edge).messages()
        shown.append(len(pictures(message)))
    assert shown == [1, 0, 1, 1]
    await edge.platform.edit(sent, SHOWN, WORDS, ANOTHER)
    (file_id,) = pictures(ann_of(edge).messages()[0])
    assert edge.server.slack.state.files[file_id].content == ANOTHER.content
    await edge.platform.remove(sent)
    with pytest.raises(MessageGone):
        await edge.platform.edit(sent, SHOWN, WORDS, PICTURE)


async def test_a_card_waits_for_slack_to_have_looked_at_its_picture(edge: Edge, server: SlackServer) -> None:
    server.slack.settings = server.slack.files.settings = replace(server.settings, file_processing_s=3600)
    with pytest.raises(PictureNotReady) as later:
        await edge.platform.send(TO_ANN, SHOWN, WORDS, PICTURE)
    assert later.value.after_s == 1
    for file in server.slack.state.files.values():
        file.shown_from = 0.0  # Slack has looked
    await edge.platform.send(TO_ANN, SHOWN, WORDS, PICTURE)
    assert len(pictures(ann_of(edge).messages()[0])) == 1
    assert edge.calls("files.completeUploadExternal") == 1


async def test_a_picture_that_slack_never_shows_is_said_in_words(edge: Edge) -> None:
    broken = replace(PICTURE, content=b"no picture at all")
    for _ in range(PICTURE_ATTEMPTS_MAX - 1):
        with pytest.raises(TryLater):
            await edge.platform.send(TO_ANN, SHOWN, WORDS, broken)
    sent = await edge.platform.send(TO_ANN, SHOWN, WORDS, broken)
    await edge.platform.edit(sent, SHOWN, WORDS, broken)
    (message,) = ann_of(edge).messages()
    assert pictures(message) == []
    assert "the receipt" in visible_text(message)


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
async def test_an_upload_that_breaks_is_tried_later(edge: Edge, method: str) -> None:
    edge.server.slack.misbehaviour.add(Rule(fault=Fault.SERVER_ERROR, method=method, status=503))
    with pytest.raises(TryLater):
        await edge.platform.send(TO_ANN, SHOWN, WORDS, PICTURE)
    await edge.platform.send(TO_ANN, SHOWN, WORDS, PICTURE)
    assert len(ann_of(edge).messages()) == 1


# Files


async def test_a_file_is_sent_into_the_private_chat_with_its_words(edge: Edge) -> None:
    rows = Attachment(id="F3", name="expenses.csv", media_type="text/csv", content=b"no,amount")
    sent = await edge.platform.send_file(TO_ANN, rows, "March <!channel> & April")
    await edge.platform.send_file(TO_ANN, rows, "")
    assert sent.channel == ann_of(edge).channel("dm").id
    first, second = ann_of(edge).messages()
    assert (first["files"][0]["name"], first["text"]) == ("expenses.csv", "March &lt;!channel&gt; &amp; April")
    assert second["text"] == ""


async def test_a_file_is_sent_into_a_thread(edge: Edge) -> None:
    ts = ann_of(edge).send_text("dm", "the report, please")
    event = await edge.next_event()
    await edge.platform.send_file(Destination(channel=event.source.channel, thread=ts), PICTURE, "")
    assert ann_of(edge).messages()[-1]["thread_ts"] == ts


async def a_file(edge: Edge, content: bytes = PICTURE.content) -> IncomingFile:
    """Return a file that Ann has sent."""
    ann_of(edge).send_files("dm", [("receipt.png", content)], text="taxi")
    event = await edge.next_event()
    assert isinstance(event, FilesReceived)
    return event.files[0]


async def test_several_files_of_a_message_are_one_event_and_come_back(edge: Edge) -> None:
    contents = [png(4 + number) for number in range(3)]
    ts = ann_of(edge).send_files("dm", [(f"{at}.png", each) for at, each in enumerate(contents)], text="dinner")
    event = await edge.next_event()
    assert isinstance(event, FilesReceived)
    assert (event.names, event.text, event.source.message) == (("0.png", "1.png", "2.png"), "dinner", ts)
    assert [await edge.platform.download(file, 1000) for file in event.files] == contents


async def test_a_file_in_a_thread_says_what_it_answers(edge: Edge) -> None:
    card = await edge.platform.send(TO_ANN, BARE, WORDS)
    ann = ann_of(edge)
    ann.send_text("dm", "here is the receipt", thread_ts=card.message)
    event = await edge.next_event()
    assert (event.source.reply_to, event.source.thread) == (card.message, card.message)
    root = ann.send_text("dm", "a word")
    assert (await edge.next_event()).source.reply_to is None
    ann.send_text("dm", "an answer to it", thread_ts=root)
    assert (await edge.next_event()).source.reply_to == root


async def test_the_bound_of_a_download_holds_whatever_the_event_says(edge: Edge) -> None:
    file = await a_file(edge, b"x" * 1_000_000)
    assert len(await edge.platform.download(file, 1_000_000)) == 1_000_000
    with pytest.raises(Refused, match="1000000 bytes"):
        await edge.platform.download(file, 999_999)
    with pytest.raises(Refused, match="1000000 bytes"):  # what the answer's head says
        await edge.platform.download(replace(file, size_bytes=None), 999_999)


async def test_a_file_that_is_gone_is_refused(edge: Edge) -> None:
    file = await a_file(edge)
    edge.server.slack.state.files.clear()
    with pytest.raises(Refused, match="404"):
        await edge.platform.download(file, 1000)


async def test_slacks_sign_in_page_is_no_file(edge: Edge, capsys: pytest.CaptureFixture[str]) -> None:
    file = await a_file(edge)
    calls = SlackCalls(token="xoxb-revoked", api_url=edge.server.api_url, proxy=None)
    with pytest.raises(Refused, match="sign-in page"):
        await calls.download(file.reference["url"], 1000)
    await calls.close()
    assert "sign-in page" in capsys.readouterr().out


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.DROP_BEFORE])
async def test_a_download_that_breaks_is_tried_later(edge: Edge, fault: Fault) -> None:
    file, misbehaviour = await a_file(edge), edge.server.slack.misbehaviour
    misbehaviour.add(Rule(fault=fault, method="download", status=502, remaining=9))  # aiohttp tries again by itself
    with pytest.raises(TryLater):
        await edge.platform.download(file, 1000)
    misbehaviour.clear()
    assert await edge.platform.download(file, 1000) == PICTURE.content


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.2:1/slack/files/F1/a.png",
        "https://drive.example/a.png",
        "https://127.0.0.1/a.png",
        "http://evil127.0.0.1/a.png",
        "file:///etc/passwd",
        "",
    ],
)
async def test_the_token_goes_to_slack_alone(edge: Edge, url: str) -> None:
    with pytest.raises(Refused, match="does not keep"):
        await edge.platform.download(
            IncomingFile(name="a", media_type=None, size_bytes=None, reference={"url": url}), 10
        )


async def test_slacks_files_may_stand_on_hosts_beside_its_api() -> None:
    calls = SlackCalls(token="xoxb-1", api_url="https://www.slack.com/api/", proxy=None)
    ours = ("https://files.slack.com/files-pri/T1-F1/a.png", "https://slack.com/a", "https://acme.slack.com/a")
    theirs = ("http://files.slack.com/a", "https://files.slack.com.evil.example/a", "https://notslack.com/a")
    assert [calls._is_slacks(url) for url in (*ours, *theirs)] == [True] * 3 + [False] * 3


async def test_nothing_is_fetched_inside_a_write_transaction(edge: Edge) -> None:
    file = await a_file(edge)
    with write_transaction_marked(), pytest.raises(SlowWorkInTransactionError):
        await edge.platform.download(file, 1000)


# The Home tab


async def test_the_home_tab_is_opened_published_and_tapped(edge: Edge) -> None:
    ann = ann_of(edge)
    ann.open_home()
    event = await edge.next_event()
    assert isinstance(event, HomeOpened)
    assert (event.source.user, event.source.private, event.source.channel) == ("UANN", True, ann.channel("dm").id)
    button = Button(action="expense.open", label=Verbatim("#7"), subject_id="S", version=2, choice="c")
    await edge.platform.publish_home("UANN", replace(BARE, buttons=((button,),)), WORDS)
    await ann.wait_for_home("23.50")
    await ann.tap_home("#7")
    tap = await edge.next_event()
    assert isinstance(tap, ButtonTapped)
    assert (tap.action, tap.subject_id, tap.version, tap.choice) == ("expense.open", "S", 2, "c")
    assert (tap.source.channel, tap.source.private, tap.source.message) == ("@UANN", True, None)
    assert tap.source.interaction
    await edge.platform.answer(tap.source, "It is open.")
    assert [visible_text(each) for each in ann.messages()] == ["It is open."]


async def test_each_opening_is_an_event_and_the_messages_tab_is_none(edge: Edge) -> None:
    ann = ann_of(edge)
    for _ in range(2):
        ann.open_home()
        await edge.next_event()
    delivery = list(edge.inbox.committed.values())[-1]
    payload = json.loads(json.dumps(delivery.payload))
    payload["payload"]["event"]["tab"] = "messages"
    assert edge.platform.parse(payload, "installation") is None


# Shortcuts


async def test_a_shortcut_brings_the_messages_words_files_and_time(edge: Edge) -> None:
    ben = edge.server.slack.person("UBEN")
    ts = ben.send_files("#random", [("receipt.png", PICTURE.content)], text="taxi 23,50 € & tip")
    await ann_of(edge).shortcut("expense.add", channel="#random", ts=ts)
    event = await edge.next_event()
    assert isinstance(event, ShortcutInvoked)
    assert (event.name, event.text) == ("expense.add", "taxi 23,50 € & tip")
    assert [file.name for file in event.files] == ["receipt.png"]
    assert event.written_at is not None
    assert event.written_at.timestamp() == pytest.approx(float(ts), abs=0.001)
    source = event.source
    assert (source.user, source.private, source.message, source.thread) == ("UANN", False, ts, None)
    assert await edge.platform.download(event.files[0], 1000) == PICTURE.content
    await edge.platform.send(edge.here(event, only=True), say(Verbatim("Answered in private.")), WORDS)
    assert [visible_text(each) for each in ann_of(edge).messages("#random")][-1] == "Answered in private."
    assert len(ben.messages("#random")) == 1


async def test_a_shortcut_in_somebodys_direct_chat_is_answered_in_ours(edge: Edge) -> None:
    ts = ann_of(edge).send_text("@ben", "lunch 12 €")
    await ann_of(edge).shortcut("expense.add", channel="@ben", ts=ts)
    event = await edge.next_event()
    assert isinstance(event, ShortcutInvoked)
    assert (event.source.channel, event.source.private, event.source.message) == ("@UANN", True, None)
