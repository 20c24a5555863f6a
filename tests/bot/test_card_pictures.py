"""A card shows the picture that its expense shows now, in its place, on both platforms."""

from datetime import timedelta

from sqlalchemy import select

from bot.playground.slack.people import Person as SlackPerson
from bot.playground.telegram.people import Person
from core.approvals.queries import pending_approvals
from core.flows.ask_approval import show_approval
from core.identity.rules import Role
from core.receipts.tables import ReceiptRow
from core.store.unit_of_work import Actor
from tests.core.receipts import drawn_receipts as drawn
from tests.fixtures.service import RunningService

READ_S_MAX = 60.0


def on_telegram(bot: RunningService, person: Person) -> tuple[int, bytes]:
    """Return the newest message with a picture, and the picture."""
    message = [each for each in person.messages() if "photo" in each.content][-1]
    return message.id, bot.telegram.state.files[message.content["photo"][-1]["file_id"]].content


def on_slack(bot: RunningService, person: SlackPerson) -> tuple[str, bytes]:
    found = [
        (str(message["ts"]), block["slack_file"]["id"])
        for message in person.messages("dm")
        for block in message.get("blocks", [])
        if block["type"] == "image"
    ]
    ts, file_id = found[-1]
    content = bot.slack.state.files[file_id].content
    assert content is not None
    return ts, content


async def test_another_first_receipt_is_shown_in_the_place_of_the_one_before(running_bot: RunningService) -> None:
    bot = running_bot
    await bot.make_workspace()
    emma, finn = bot.telegram.add_person("Emma"), bot.telegram.add_person("Finn")
    fatma = bot.slack.add_person("UFATMA", "fatma", "Fatma")
    await emma.start(await bot.make_code(Role.EMPLOYEE))
    await finn.start(await bot.make_code(Role.FINANCE))
    await fatma.command("/expense", f"start {await bot.make_code(Role.FINANCE)}")
    await emma.send_text("lunch 16.70")
    card = await emma.wait_for_message(lambda each: "lunch ·" in each.text)
    await emma.tap(card.id, "Submit")
    await bot.settled()
    asked = [message for message in finn.messages() if message.from_bot][-1]

    for paper in (drawn.BRITISH, drawn.FRENCH):
        await emma.send_photo(drawn.encoded(drawn.picture_of(paper)), reply_to=card.id)
        await bot.settled(READ_S_MAX)
    first = on_telegram(bot, finn), on_slack(bot, fatma)
    assert first[0][0] == asked.id, "the message that stood there has become one with a picture"
    actor = Actor(platform="test", operation="test", workspace_id=bot.workspace_id)
    async with bot.service.database.write(actor) as uow:
        rows = list(await uow.session.scalars(select(ReceiptRow).order_by(ReceiptRow.created_at, ReceiptRow.id)))
        rows[1].created_at = rows[0].created_at - timedelta(seconds=1)
        (approval,) = await pending_approvals(uow)
        await show_approval(uow, approval)
    await bot.settled()
    second = on_telegram(bot, finn), on_slack(bot, fatma)
    assert [ids for ids, _ in second] == [ids for ids, _ in first], "in their places"
    assert all(after[1] != before[1] for before, after in zip(first, second, strict=True))

    calls = [entry.name for entry in bot.telegram.wire.entries(direction="bot-to-server")]
    async with bot.service.database.write(actor) as uow:
        await show_approval(uow, approval)
    await bot.settled()
    again = [entry.name for entry in bot.telegram.wire.entries(direction="bot-to-server")][len(calls) :]
    assert "editMessageMedia" not in again, "a picture that is shown already is not sent again"
    assert "editMessageCaption" in again
