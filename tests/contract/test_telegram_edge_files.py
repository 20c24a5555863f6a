"""The Telegram edge, files: cards with pictures, files sent and fetched, the sign of typing."""

from dataclasses import replace

import pytest

from bot.platform import Attachment, Destination, MessageGone, MessageRef, Refused, TryLater
from bot.playground.state import Fault, Rule
from bot.telegram.limits import CAPTION_UNITS_MAX, PHOTO_BYTES_MAX
from bot.telegram.platform import TelegramPlatform
from bot.telegram.text import units
from bot.translation import Translator
from handlers.events import FilesReceived, IncomingFile
from handlers.replies import Button, Card, Fields, Paragraph, Picture, Row, say
from handlers.text import Text, Verbatim
from tests.contract.telegram_inbox import Inbox, next_event, private_chat, running
from tests.fixtures.telegram_emulator import TelegramServer, png

PNG = png()
RECEIPT = Attachment(id="F1", name="receipt.png", media_type="image/png", content=PNG)
ANOTHER = Attachment(id="F2", name="receipt.png", media_type="image/png", content=png(8, 6))
SHOWN = Card(
    title=Verbatim("Taxi"),
    body=(Picture("F", Verbatim("the receipt")), Paragraph(Verbatim("23.50"))),
    buttons=((Button(action="expense.submit", label=Verbatim("Submit")),),),
)
BARE = Card(title=Verbatim("Taxi"), body=(Paragraph(Verbatim("23.50")),))
MEGABYTES_20 = 20_000_000


def methods(server: TelegramServer) -> list[str]:
    """Return what the bot has called, without polls and set-up."""
    names = [entry.name for entry in server.telegram.wire.entries(direction="bot-to-server")]
    return [name for name in names if name not in ("getMe", "getUpdates", "deleteWebhook")]


# Cards with pictures


async def test_a_card_with_a_picture_is_sent_and_its_words_change(
    telegram_server: TelegramServer, platform: TelegramPlatform, words: Translator
) -> None:
    anna = telegram_server.anna
    await anna.start()
    sent = await platform.send(private_chat(telegram_server), SHOWN, words, RECEIPT)
    assert sent.picture_id == RECEIPT.id
    shown = anna.message(int(sent.message or 0))
    assert shown.content["photo"][0]["width"] == 4
    assert shown.content["caption"] == "Taxi\n\n23.50"
    assert shown.labels == ["Submit"]

    changed = Card(title=Verbatim("Taxi, submitted"), body=SHOWN.body)
    await platform.edit(sent, changed, words, RECEIPT)
    await platform.edit(sent, changed, words, RECEIPT)  # not modified: no error
    shown = anna.message(int(sent.message or 0))
    assert shown.content["caption"] == "Taxi, submitted\n\n23.50"
    assert shown.content["photo"][0]["width"] == 4
    assert shown.labels == []
    assert methods(telegram_server) == ["sendPhoto", "editMessageCaption", "editMessageCaption"]


async def test_another_picture_takes_the_place_of_the_first(
    telegram_server: TelegramServer, platform: TelegramPlatform, words: Translator
) -> None:
    anna = telegram_server.anna
    await anna.start()
    sent = await platform.send(private_chat(telegram_server), SHOWN, words, RECEIPT)
    await platform.edit(sent, SHOWN, words, ANOTHER)
    shown = anna.message(int(sent.message or 0))
    assert shown.content["photo"][0]["width"] == 8
    assert shown.content["caption"] == "Taxi\n\n23.50"
    assert shown.labels == ["Submit"]
    assert methods(telegram_server) == ["sendPhoto", "editMessageMedia"]


async def test_a_text_becomes_a_message_with_a_picture(
    telegram_server: TelegramServer, platform: TelegramPlatform, words: Translator
) -> None:
    anna = telegram_server.anna
    await anna.start()
    sent = await platform.send(private_chat(telegram_server), BARE, words)
    await platform.edit(sent, SHOWN, words, RECEIPT)
    shown = anna.message(int(sent.message or 0))
    assert shown.content["photo"][0]["width"] == 4
    assert "text" not in shown.content
    assert shown.content["caption"] == "Taxi\n\n23.50"


async def test_a_picture_becomes_no_text_so_that_the_message_goes(
    telegram_server: TelegramServer, platform: TelegramPlatform, words: Translator
) -> None:
    anna = telegram_server.anna
    await anna.start()
    sent = await platform.send(private_chat(telegram_server), SHOWN, words, RECEIPT)
    for _ in range(2):  # the second time as after a crash: the message is gone, and that is no error
        with pytest.raises(MessageGone):
            await platform.edit(sent, BARE, words)
    assert [message for message in anna.messages() if message.from_bot] == []


async def test_a_caption_keeps_the_title_and_every_label_and_gives_way_at_peoples_words(
    telegram_server: TelegramServer, platform: TelegramPlatform, words: Translator
) -> None:
    anna = telegram_server.anna
    await anna.start()
    rows = tuple(Row(Text("expense.merchant"), Verbatim("👩‍👩‍👧‍👦 & Söhne " * 40)) for _ in range(4))
    card = Card(
        title=Verbatim("Taxi · €23.50"),
        body=(Picture("F", Verbatim("x")), Fields(rows), Paragraph(Text("expense.number", {"number": 7}))),
    )
    sent = await platform.send(private_chat(telegram_server), card, words, RECEIPT)
    caption = anna.message(int(sent.message or 0)).content["caption"]
    assert units(caption) <= CAPTION_UNITS_MAX
    lines = caption.split("\n")
    assert lines[0] == "Taxi · €23.50"
    assert [line[:6] for line in lines[2:6]] == ["Where:"] * 4
    assert all(line.endswith("…") for line in lines[2:6])
    assert lines[-1] == "No. 7"
    bare = await platform.send(private_chat(telegram_server), card, words)  # without its picture there is more room
    assert units(anna.message(int(bare.message or 0)).text) > CAPTION_UNITS_MAX


@pytest.mark.parametrize(
    "content",
    [png(9_999, 2), b"\xff\xd8 no picture at all", PNG + b"\x00" * PHOTO_BYTES_MAX],
    ids=["too long a strip", "broken", "too large"],
)
async def test_what_telegram_takes_for_no_photo_goes_as_a_document(
    telegram_server: TelegramServer, platform: TelegramPlatform, words: Translator, content: bytes
) -> None:
    anna = telegram_server.anna
    await anna.start()
    picture = Attachment(id="F", name="receipt.png", media_type="image/png", content=content)
    sent = await platform.send(private_chat(telegram_server), SHOWN, words, picture)
    assert sent.picture_id == picture.id
    await platform.edit(sent, Card(title=Verbatim("Submitted"), body=SHOWN.body), words, picture)
    shown = anna.message(int(sent.message or 0))
    assert shown.content["document"]["file_name"] == "receipt.png"
    assert shown.content["caption"] == "Submitted\n\n23.50"
    await platform.edit(sent, SHOWN, words, ANOTHER)
    assert anna.message(int(sent.message or 0)).content["photo"][0]["width"] == 8
    await platform.edit(replace(sent, picture_id=ANOTHER.id), SHOWN, words, picture)
    assert "document" in anna.message(int(sent.message or 0)).content


async def test_a_broken_telegram_is_for_later_also_with_a_picture(
    telegram_server: TelegramServer, platform: TelegramPlatform, words: Translator
) -> None:
    await telegram_server.anna.start()
    telegram_server.telegram.misbehaviour.add(Rule(fault=Fault.SERVER_ERROR, method="sendPhoto", status=502))
    with pytest.raises(TryLater):
        await platform.send(private_chat(telegram_server), SHOWN, words, RECEIPT)
    assert methods(telegram_server) == ["sendPhoto"]


# Files


async def test_files_are_sent_pictures_to_be_seen_and_the_rest_as_documents(
    telegram_server: TelegramServer, platform: TelegramPlatform
) -> None:
    anna = telegram_server.anna
    await anna.start()
    to = private_chat(telegram_server)
    table = Attachment(id="F3", name="expenses.csv", media_type="text/csv", content=b"\xef\xbb\xbfno,amount")
    for file, words in ((table, "March <2026> & more"), (RECEIPT, ""), (table, "x" * 2000)):
        await platform.send_file(to, file, words)
    csv, picture, long = (message.content for message in anna.messages() if message.from_bot)
    assert (csv["document"]["file_name"], csv["caption"]) == ("expenses.csv", "March <2026> & more")
    assert "photo" in picture
    assert "caption" not in picture
    assert len(long["caption"]) == CAPTION_UNITS_MAX


async def incoming(server: TelegramServer, platform: TelegramPlatform, content: bytes) -> IncomingFile:
    """Return a file that Anna has sent."""
    inbox = Inbox()
    async with running(platform, inbox):
        await server.anna.start()
        await server.anna.send_document(content, name="receipt.png", mime_type="image/png", caption="taxi")
        event = await next_event(platform, inbox, 2)
    assert isinstance(event, FilesReceived)
    (file,) = event.files
    return file


async def test_a_file_comes_back_as_it_was_sent(telegram_server: TelegramServer, platform: TelegramPlatform) -> None:
    file = await incoming(telegram_server, platform, PNG)
    assert (file.name, file.media_type, file.size_bytes) == ("receipt.png", "image/png", len(PNG))
    assert await platform.download(file, MEGABYTES_20) == PNG
    with pytest.raises(Refused, match=f"{len(PNG)} bytes"):
        await platform.download(file, len(PNG) - 1)


async def test_a_file_beyond_what_telegram_hands_out_is_refused(
    telegram_server: TelegramServer, platform: TelegramPlatform
) -> None:
    file = await incoming(telegram_server, platform, b"x" * (MEGABYTES_20 + 1))
    with pytest.raises(Refused, match="too big"):
        await platform.download(file, MEGABYTES_20 * 2)


async def test_a_file_that_is_gone_is_refused_and_no_token_is_blamed(
    telegram_server: TelegramServer, platform: TelegramPlatform
) -> None:
    file = await incoming(telegram_server, platform, PNG)
    telegram_server.telegram.misbehaviour.add(Rule(fault=Fault.SERVER_ERROR, method="file download", status=404))
    with pytest.raises(Refused, match="no longer has the file"):
        await platform.download(file, MEGABYTES_20)
    telegram_server.telegram.state.files.clear()
    with pytest.raises(Refused, match="Wrong file_id"):
        await platform.download(file, MEGABYTES_20)


@pytest.mark.parametrize("method", ["getFile", "file download"])
@pytest.mark.parametrize(
    "rule",
    [(Fault.SERVER_ERROR, 502), (Fault.SERVER_ERROR, 500), (Fault.DROP_BEFORE, 0)],
    ids=["bad gateway", "error", "cut"],
)
async def test_a_download_that_breaks_is_tried_later(
    telegram_server: TelegramServer, platform: TelegramPlatform, method: str, rule: tuple[Fault, int]
) -> None:
    file = await incoming(telegram_server, platform, PNG)
    # The client fetches a file once more by itself when its connection was cut: that changes nothing at the other end.
    times = 2 if (method, rule[0]) == ("file download", Fault.DROP_BEFORE) else 1
    misbehaviour = telegram_server.telegram.misbehaviour
    misbehaviour.add(Rule(fault=rule[0], status=rule[1], method=method, remaining=times))
    with pytest.raises(TryLater):
        await platform.download(file, MEGABYTES_20)
    assert await platform.download(file, MEGABYTES_20) == PNG


# The sign of typing


async def test_typing_is_shown_and_a_failure_is_none(
    telegram_server: TelegramServer, platform: TelegramPlatform, words: Translator
) -> None:
    await telegram_server.anna.start()
    to = private_chat(telegram_server)
    await platform.show_activity(to)
    assert telegram_server.anna.chat().action == "typing"
    sent = await platform.send(to, say(Verbatim("done")), words)
    assert telegram_server.anna.chat().action == ""
    assert isinstance(sent, MessageRef)
    for nowhere in (
        Destination(channel="-100424242"),
        Destination(channel=None, user="424242"),
        Destination(channel=None),
    ):
        await platform.show_activity(nowhere)
    telegram_server.telegram.misbehaviour.add(Rule(fault=Fault.TOO_MANY_REQUESTS, method="sendChatAction"))
    await platform.show_activity(to)
