"""Groups on Telegram, with privacy mode on: what reaches the bot there, and a group that becomes a supergroup."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.platform import MessageGone, MessageRef
from bot.playground.state import Fault, Rule
from bot.playground.telegram.people import Person
from bot.playground.telegram.state import Chat
from bot.playground.telegram.uploads import Uploads
from bot.telegram.platform import TelegramPlatform
from bot.translation import Translator
from core.identity.rules import Role
from core.identity.service import move_group_chat
from core.identity.tables import GroupChatRow
from core.store.unit_of_work import Actor
from core.tenancy.tables import InstallationRow
from handlers.replies import say
from handlers.text import Verbatim
from tests.faults.books import Books
from tests.fixtures.clock import FakeClock
from tests.fixtures.databases import Template
from tests.fixtures.service import RunningService, running_service
from tests.fixtures.telegram_emulator import TelegramServer

POINTER = "I have answered you in our private chat."
ACTOR = Actor(platform="system", operation="test")


class Trip:
    """A bot, and a group that Mia, Ben and the bot are in; Mia is an employee, Ben a stranger."""

    mia: Person
    ben: Person
    group: Chat

    def __init__(self, running: RunningService) -> None:
        self.running = running

    async def form(self) -> None:
        telegram = self.running.telegram
        await self.running.make_workspace()
        self.mia, self.ben = telegram.add_person("Mia"), telegram.add_person("Ben")
        await self.mia.start(await self.running.make_code(Role.EMPLOYEE))
        self.group = telegram.create_group("Trip", creator_id=self.mia.id)
        assert telegram.state.only_bot().privacy
        for newcomer in (self.ben.id, telegram.state.only_bot().id):
            await self.mia.add_to_group(self.group.id, newcomer)
        await self.running.settled()

    @property
    def books(self) -> Books:
        return Books(url=self.running.database_url)

    def delivered(self) -> int:
        return int(self.books.value("SELECT count(*) FROM inbox"))

    async def say(self, person: Person, words: str, **at: int) -> None:
        await person.send_text(words, **({"chat": self.group.id} | at))
        await self.running.settled()

    async def pass_time(self, seconds: float) -> None:
        """Move the clock on, and have the bot send what is due now."""
        assert isinstance(self.running.clock, FakeClock)
        self.running.clock.advance(timedelta(seconds=seconds))
        await self.running.service.delivery.sweep()
        await self.running.settled()

    def heard(self, chat: int | None = None) -> list[str]:
        """What the bot wrote to the group, or to Mia where no chat is given."""
        return [message.text.partition("\n")[0] for message in self.mia.messages(chat) if message.from_bot]


@pytest.fixture
async def trip(tmp_path: Path, template: Template, clock: FakeClock) -> AsyncIterator[Trip]:
    async with running_service(tmp_path / "bot", template, ("telegram",), clock) as running:
        trip = Trip(running)
        await trip.form()
        yield trip


async def test_only_what_is_meant_for_the_bot_reaches_it_and_only_that_is_answered(trip: Trip) -> None:
    before = trip.delivered()
    for person in (trip.mia, trip.ben):
        await trip.say(person, "lunch 12 €")
        await trip.say(person, "/help@another_bot")
        await trip.say(person, "@someone_else lunch 12 €")
    assert trip.delivered() == before, "privacy mode keeps it from the bot altogether"
    assert trip.heard(trip.group.id) == []
    await trip.say(trip.mia, "@expense_test_bot lunch 12 €")
    await trip.say(trip.mia, "/expenses@expense_test_bot")
    await trip.say(trip.mia, "/expenses")
    answered = next(message for message in trip.mia.messages(trip.group.id) if message.from_bot)
    await trip.say(trip.mia, "taxi 5 €", reply_to=answered.id)
    assert trip.delivered() == before + 4
    assert trip.heard(trip.group.id) == [POINTER] * 4, "no amount is shown to the others"
    assert trip.heard()[1:] == ["lunch · €12.00", "1 expense", "1 expense", "taxi · €5.00"]


async def test_without_privacy_mode_the_bot_is_told_everything_and_is_as_quiet(trip: Trip) -> None:
    trip.running.telegram.state.only_bot().privacy = False
    before = trip.delivered()
    await trip.say(trip.mia, "lunch 12 €")
    await trip.say(trip.ben, "lunch 14 €")
    mine = await trip.mia.send_text("lunch 16 €", chat=trip.group.id)
    await trip.mia.edit_text(mine.id, "lunch 18 €", chat=trip.group.id)
    await trip.running.settled()
    assert trip.delivered() == before + 4
    assert trip.heard(trip.group.id) == []
    assert trip.books.value("SELECT count(*) FROM expenses") == 0
    assert trip.books.value("SELECT count(*) FROM accounts") == 2  # Ben is known; nobody has greeted him


async def _group_of_the_store(trip: Trip) -> GroupChatRow:
    """The group as a later version notes it: by an id of our own."""
    async with trip.running.service.database.write(ACTOR) as uow:
        installation = (await uow.session.scalars(select(InstallationRow))).one()
        row = GroupChatRow(
            id=uow.new_id(),
            installation_id=installation.id,
            channel=str(trip.group.id),
            workspace_id=trip.running.workspace_id,
            created_at=uow.now,
        )
        uow.session.add(row)
    return row


async def test_a_group_that_becomes_a_supergroup_keeps_its_id_with_us_and_what_waits_follows_it(trip: Trip) -> None:
    known = await _group_of_the_store(trip)
    rule = trip.running.telegram.misbehaviour.add(
        Rule(fault=Fault.TOO_MANY_REQUESTS, method="sendMessage", retry_after_s=7, remaining=2)
    )
    await trip.mia.send_text("@expense_test_bot lunch 12 €", chat=trip.group.id)
    async with asyncio.timeout(10):
        while rule.hits < 2:  # noqa: ASYNC110 - a refused call tells nobody; both answers wait then
            await asyncio.sleep(0.01)
    supergroup = await trip.mia.upgrade_group(trip.group.id)
    # Their queue waits by the test's clock, which is moved once both are known to wait.
    async with asyncio.timeout(10):
        while trip.books.value("SELECT count(*) FROM work_queue WHERE done_at IS NULL AND due_at > created_at") < 2:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.01)
    await trip.pass_time(7)
    assert trip.heard(supergroup.id) == [POINTER]
    assert trip.books.rows("SELECT id, channel FROM group_chats") == [{"id": known.id, "channel": str(supergroup.id)}]
    await trip.mia.send_text("@expense_test_bot taxi 5 €", chat=supergroup.id)
    await trip.running.settled()
    assert trip.heard(supergroup.id) == [POINTER] * 2
    assert trip.heard()[1:] == ["lunch · €12.00", "taxi · €5.00"]
    assert trip.books.left_over() == []


async def test_what_was_noted_of_the_supergroup_before_its_history_was_told_gives_way(trip: Trip) -> None:
    """Two chats are two lanes: a word in the new one may be handled before the news from the old one."""
    known = await _group_of_the_store(trip)
    service = trip.running.service
    async with service.database.write(ACTOR) as uow:
        newer = GroupChatRow(
            id=uow.new_id(),
            installation_id=known.installation_id,
            channel="-1000000000777",
            workspace_id=None,
            created_at=uow.now,
        )
        uow.session.add(newer)
    for _ in range(2):
        async with service.database.write(ACTOR) as uow:
            await move_group_chat(uow, known.installation_id, known.channel, newer.channel)
    assert trip.books.rows("SELECT id, channel FROM group_chats") == [{"id": known.id, "channel": newer.channel}]


async def test_a_card_in_a_group_that_has_become_a_supergroup_is_gone(
    telegram_server: TelegramServer, platform: TelegramPlatform, words: Translator
) -> None:
    anna = telegram_server.anna
    group = telegram_server.telegram.create_group("Trip", creator_id=anna.id)
    await anna.add_to_group(group.id, telegram_server.account.id)
    shown = await telegram_server.telegram.call(
        telegram_server.account, "sendMessage", {"chat_id": group.id, "text": "card"}, Uploads()
    )
    await anna.upgrade_group(group.id)
    message = MessageRef(str(group.id), str(shown["message_id"]))
    with pytest.raises(MessageGone):
        await platform.edit(message, say(Verbatim("changed")), words)
    await platform.remove(message)
