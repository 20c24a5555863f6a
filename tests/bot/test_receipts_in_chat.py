"""Receipts in chat, with the real reader: a photo becomes an expense, once, and stands behind it."""

import io
from datetime import timedelta

import pytest
from PIL import Image, ImageDraw, ImageFont

from bot.intake import ALBUM_S
from bot.playground.slack.forms import visible_text
from bot.playground.slack.people import Person as SlackPerson
from bot.playground.telegram.people import Person
from core.expenses.queries import all_expenses
from core.identity.rules import Role
from core.receipts.queries import receipts_of
from core.store.unit_of_work import Actor
from tests.fixtures.clock import FakeClock
from tests.fixtures.service import RunningService

CAFE = ("CAFE CENTRAL", "Herrengasse 14, 1010 Wien", "", "11.03.2026 12:41", "", "2 Melange 9,80", "1 Strudel 6,90")
READ_S_MAX = 60.0


def receipt(*lines: str, total: str = "SUMME EUR 16,70") -> bytes:
    """Draw a receipt as a JPEG."""
    picture = Image.new("RGB", (700, 860), "white")
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=34)
    for row, line in enumerate((*(lines or CAFE), total, "10% MwSt 1,52")):
        draw.text((40, 40 + row * 60), line, fill="black", font=font)
    content = io.BytesIO()
    picture.save(content, "JPEG")
    return content.getvalue()


@pytest.fixture
async def emma(running_bot: RunningService) -> Person:
    """An employee on Telegram."""
    await running_bot.make_workspace()
    person = running_bot.telegram.add_person("Emma")
    await person.start(await running_bot.make_code(Role.EMPLOYEE))
    await running_bot.settled()
    return person


async def booked(bot: RunningService) -> list[tuple[str, str, int]]:
    """Return amount, merchant and number of receipts of each expense."""
    actor = Actor(platform="test", operation="look", workspace_id=bot.workspace_id)
    async with bot.service.database.read(actor) as uow:
        return [
            (
                each.expense.amount.decimal_string(),
                each.expense.merchant or "",
                len(await receipts_of(uow, each.expense.id)),
            )
            async for each in all_expenses(uow)
        ]


def newest(person: Person) -> str:
    """Return what the bot said last."""
    return [message for message in person.messages() if message.from_bot][-1].text


async def test_a_photo_becomes_an_expense_in_the_place_of_its_first_answer(
    running_bot: RunningService, emma: Person
) -> None:
    await emma.send_photo(receipt())
    reading = await emma.wait_for_message(lambda message: "Reading your receipt" in message.text)
    await running_bot.settled(READ_S_MAX)
    card = emma.message(reading.id)
    assert "€16.70" in card.text
    assert "Mar 11, 2026" in card.text
    assert "Receipts: 1" in card.text
    assert await booked(running_bot) == [("16.70", "CAFE CENTRAL", 1)]
    await emma.tap(reading.id, "Receipt")
    await running_bot.settled()
    assert "photo" in emma.messages()[-1].content


async def test_an_album_is_asked_about_once_and_is_what_one_says(
    running_bot: RunningService, emma: Person, clock: FakeClock
) -> None:
    pictures = [receipt(total=f"SUMME EUR {amount},00") for amount in (11, 12, 13)]
    await emma.send_album(pictures)
    await running_bot.telegram.wait_idle()  # all three are committed
    clock.advance(timedelta(seconds=2 * ALBUM_S))
    question = await emma.wait_for_message(lambda message: "3 pictures" in message.text)
    await emma.tap(question.id, "3 expenses")
    await running_bot.settled(READ_S_MAX)
    assert sorted(amount for amount, _, _ in await booked(running_bot)) == ["11.00", "12.00", "13.00"]
    await emma.send_album(pictures)
    await running_bot.telegram.wait_idle()  # all three are committed
    clock.advance(timedelta(seconds=2 * ALBUM_S))
    again = await emma.wait_for_message(lambda message: "3 pictures" in message.text, after=question.id)
    await emma.tap(again.id, "One expense")
    await running_bot.settled(READ_S_MAX)
    assert [receipts for _, _, receipts in await booked(running_bot)] == [1, 1, 1, 3]


async def test_the_same_picture_from_somebody_else_is_recognised_without_a_name(
    running_bot: RunningService, emma: Person
) -> None:
    jonas = running_bot.telegram.add_person("Jonas")
    await jonas.start(await running_bot.make_code(Role.EMPLOYEE))
    picture = receipt()
    await emma.send_photo(picture)
    await running_bot.settled(READ_S_MAX)
    assert "handed in before" not in newest(emma)
    await jonas.send_photo(picture)
    await running_bot.settled(READ_S_MAX)
    assert "handed in before" in newest(jonas)
    assert "Emma" not in newest(jonas)


async def test_a_picture_that_answers_a_card_goes_with_its_expense(running_bot: RunningService, emma: Person) -> None:
    await emma.send_text("taxi 23.50")
    card = await emma.wait_for_message(lambda message: "taxi ·" in message.text)
    await emma.send_photo(receipt(), reply_to=card.id)
    await running_bot.settled(READ_S_MAX)
    assert await booked(running_bot) == [("23.50", "", 1)]
    assert "Receipts: 1" in emma.message(card.id).text


async def test_words_under_a_picture_count_more_than_what_is_read(running_bot: RunningService, emma: Person) -> None:
    await emma.send_photo(receipt(), caption="dinner with a customer 20 EUR")
    await running_bot.settled(READ_S_MAX)
    assert [(amount, receipts) for amount, _, receipts in await booked(running_bot)] == [("20.00", 1)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "cannot open this"),
        (receipt()[:400], "damaged"),
    ],
    ids=["nothing", "svg", "truncated"],
)
async def test_what_cannot_be_read_is_said_and_can_be_typed(
    running_bot: RunningService, emma: Person, content: bytes, said: str
) -> None:
    await emma.send_document(content, name="receipt.jpg", mime_type="image/jpeg")
    refused = await emma.wait_for_message(lambda message: said in message.text, timeout_s=READ_S_MAX)
    await emma.tap(refused.id, "Fill in")
    for answer in ("12.50", "yesterday", "parking"):
        await running_bot.settled()
        await emma.send_text(answer)
    await running_bot.settled()
    await emma.tap(emma.messages()[-1].id, "Leave empty")
    await running_bot.settled()
    await emma.tap(emma.messages()[-1].id, "Transport")
    await running_bot.settled()
    assert [(amount, receipts) for amount, _, receipts in await booked(running_bot)] == [("12.50", 1)]


async def test_a_file_that_is_no_picture_at_all_is_answered_at_once(running_bot: RunningService, emma: Person) -> None:
    await emma.send_document(b"PK", name="books.zip", mime_type="application/zip")
    await emma.wait_for_message(lambda message: "I read photos" in message.text)
    await running_bot.settled()
    assert await booked(running_bot) == []


async def test_a_bot_that_dies_while_it_reads_reads_once_more_and_books_once(
    running_bot: RunningService, emma: Person
) -> None:
    await emma.send_photo(receipt())
    await emma.wait_for_message(lambda message: "Reading your receipt" in message.text)
    await running_bot.kill()
    await running_bot.settled(READ_S_MAX)
    assert await booked(running_bot) == [("16.70", "CAFE CENTRAL", 1)]


async def test_on_slack_a_picture_in_the_private_chat_is_read(running_bot: RunningService) -> None:
    code = await running_bot.make_workspace()
    slack = running_bot.slack
    slack.add_person("UEMMA", "emma", "Emma Weiss")
    person: SlackPerson = slack.person("UEMMA")
    await person.command("/expense", f"start {code}")
    person.send_files("dm", [("receipt.jpg", receipt())])
    await running_bot.settled(READ_S_MAX)
    assert any("€16.70" in visible_text(message) for message in person.messages("dm"))
    assert await booked(running_bot) == [("16.70", "CAFE CENTRAL", 1)]


async def test_of_several_files_what_cannot_be_read_is_said_and_the_rest_is_read(running_bot: RunningService) -> None:
    code = await running_bot.make_workspace()
    slack = running_bot.slack
    slack.add_person("UEMMA", "emma", "Emma Weiss")
    person: SlackPerson = slack.person("UEMMA")
    await person.command("/expense", f"start {code}")
    person.send_files("dm", [("notes.txt", b"taxi"), ("receipt.jpg", receipt())])
    await running_bot.settled(READ_S_MAX)
    said = [visible_text(message) for message in person.messages("dm")]
    assert any("€16.70" in words for words in said)
    assert any("I read photos" in words for words in said)


async def test_a_report_comes_as_text_and_picture_and_its_rows_as_a_file(
    running_bot: RunningService, emma: Person
) -> None:
    await emma.send_text("taxi 23.50 yesterday")
    await emma.send_text("lunch 18 on 5 February")
    await running_bot.settled()
    await emma.send_text("/report")
    await running_bot.settled(READ_S_MAX)
    texts = [message.text for message in emma.messages()]
    assert any("March 2026: My expenses" in text and "€5.50 more than the month before" in text for text in texts)
    assert any("photo" in message.content for message in emma.messages())
    await emma.send_text("/export")
    await running_bot.settled(READ_S_MAX)
    [document] = [message.content["document"] for message in emma.messages() if "document" in message.content]
    assert document["file_name"] == "expenses-2026-03.csv"
