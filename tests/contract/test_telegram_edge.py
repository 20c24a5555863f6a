"""The Telegram edge against the emulated Bot API, through python-telegram-bot: cards out, updates in, faults on both ways."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.intake import Accepted, Delivery, IntakeUnavailable
from bot.platform import AccountKind, Destination, MessageGone, MessageRef, Refused, TryLater, Unreachable
from bot.playground.state import Fault, Rule
from bot.telegram.driver import CONFLICT_REMEMBERED_S, POLL_SILENCE_S_MAX, TelegramDriver
from bot.telegram.menu import default_menus, menu_for_chat
from bot.telegram.platform import TelegramPlatform, TokenRefused
from bot.translation import Catalogues, Translator
from core.identity.rules import PERMISSIONS, Permission, Role
from core.kernel.guards import SlowWorkInTransactionError, write_transaction_marked
from handlers.events import ButtonTapped, CommandInvoked, Event, TextReceived
from handlers.outcome import Outcome
from handlers.registry import Registry, Where
from handlers.replies import Button, Card, Fields, Lines, Paragraph, Row, Style, say
from handlers.text import Text, Verbatim
from tests.fixtures.telegram_emulator import TOKEN, TelegramServer

INSTALLATION = "01JGFJJZ00TELEGRAM00000000"
ULID = "01JGFJJZ00ABCDEFGHJKMNPQRS"
WAIT_S = 10.0
STOP_S_MAX = 5.0


class Inbox:
    """An intake in memory: what a driver sees of one. `gate` holds commits up, `failures` are raised by the next ones."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.failures: list[BaseException] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked = asyncio.Event()
        self._changed = asyncio.Condition()

    async def accept(self, installation_id: str, delivery: Delivery) -> Accepted:
        assert installation_id == INSTALLATION
        self.asked.set()
        await self.gate.wait()
        if self.failures:
            raise self.failures.pop(0)
        new = all(known.event_key != delivery.event_key for known in self.deliveries)
        async with self._changed:
            if new:
                self.deliveries.append(delivery)
            self._changed.notify_all()
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        outcome.set_result(Outcome(language="en"))
        return Accepted(delivery.event_key, new, outcome)

    async def wait_for(self, count: int) -> list[Delivery]:
        async with asyncio.timeout(WAIT_S), self._changed:
            await self._changed.wait_for(lambda: len(self.deliveries) >= count)
        return self.deliveries


@pytest.fixture
async def platform(telegram_server: TelegramServer) -> AsyncIterator[TelegramPlatform]:
    platform = TelegramPlatform(TOKEN, f"{telegram_server.url}/telegram")
    await platform.identify()
    yield platform
    await platform.close()


@asynccontextmanager
async def running(platform: TelegramPlatform, inbox: Inbox) -> AsyncIterator[TelegramDriver]:
    driver = TelegramDriver(platform, inbox)
    await driver.start(INSTALLATION)
    try:
        yield driver
    finally:
        await driver.stop()


@pytest.fixture
def words() -> Translator:
    return Translator("en")


async def next_event(platform: TelegramPlatform, inbox: Inbox, count: int) -> Event:
    event = platform.parse((await inbox.wait_for(count))[count - 1].payload, INSTALLATION)
    assert event is not None
    return event


def private_chat(server: TelegramServer) -> Destination:
    return Destination(channel=None, user=str(server.anna.id))


# Who the bot is


async def test_the_bot_knows_its_name_and_makes_links(
    telegram_server: TelegramServer, platform: TelegramPlatform
) -> None:
    assert platform.identity.username == "expense_test_bot"
    inbox = Inbox()
    async with running(platform, inbox):
        await telegram_server.anna.open_link(platform.deep_link("7KQ2M-XWPA9T"))
        event = await next_event(platform, inbox, 1)
    assert isinstance(event, CommandInvoked)
    assert (event.name, event.rest) == ("start", "7KQ2M-XWPA9T")
    profile = await platform.profile(event.source, inbox.deliveries[0].payload)
    assert (profile.name, profile.kind, profile.language) == ("Anna", AccountKind.PERSON, "en")
    with pytest.raises(ValueError, match="deep link"):
        platform.deep_link("not ok")


async def test_a_wrong_token_is_said_clearly_and_not_shown(telegram_server: TelegramServer) -> None:
    platform = TelegramPlatform("123456789:AAWrong", f"{telegram_server.url}/telegram")
    with pytest.raises(TokenRefused, match="EXPENSEFLOW_TELEGRAM_TOKEN") as refusal:
        await platform.identify()
    assert "AAWrong" not in str(refusal.value)
    await platform.close()


async def test_a_start_waits_for_telegram_but_not_for_ever(telegram_server: TelegramServer) -> None:
    platform = TelegramPlatform(TOKEN, f"{telegram_server.url}/telegram")
    rule = telegram_server.telegram.misbehaviour.add(Rule(fault=Fault.SERVER_ERROR, method="getMe", remaining=1))
    assert (await platform.identify()).username == "expense_test_bot"
    assert rule.hits == 1
    await platform.close()
    away = TelegramPlatform(TOKEN, "http://127.0.0.1:9/telegram")
    with pytest.raises(TryLater):
        await away.identify(within_s=0.1)
    await away.close()


# Cards out


async def test_a_card_is_sent_edited_and_taken_away(
    telegram_server: TelegramServer, platform: TelegramPlatform, words: Translator
) -> None:
    anna = telegram_server.anna
    await anna.start()
    card = Card(
        title=Verbatim("Taxi <b>"),
        body=(Fields((Row(Verbatim("Label"), Verbatim("23 & 50"), doubtful=True),)), Paragraph(Verbatim("q"), quiet=True)),  # type: ignore[arg-type]  # any words do
        buttons=((Button(action="expense.submit", label=Verbatim("Submit"), subject_id=ULID, version=1, style=Style.PRIMARY),),),
    )  # fmt: skip
    sent = await platform.send(private_chat(telegram_server), card, words)
    assert sent.channel == str(anna.id)
    assert sent.message is not None
    shown = await anna.wait_for_message(lambda message: message.id == int(sent.message or 0))
    assert shown.text == "Taxi <b>\n\nLabel: 23 & 50 ❓\n\nq"
    assert [(entity["type"], entity["offset"], entity["length"]) for entity in shown.entities] == [
        ("bold", 0, 8),
        ("bold", 10, 6),
        ("italic", 28, 1),
    ]
    assert shown.buttons[0][0].data == f"expense.submit:{ULID}:1"

    await platform.edit(sent, say(Verbatim("done")), words)
    await platform.edit(sent, say(Verbatim("done")), words)  # not modified: no error
    edited = anna.message(shown.id)
    assert edited.text == "done"
    assert not edited.buttons

    await platform.remove(sent)
    await platform.remove(sent)
    await platform.remove(MessageRef(sent.channel, None))
    assert all(message.id != shown.id for message in anna.messages())
    with pytest.raises(MessageGone):
        await platform.edit(sent, say(Verbatim("again")), words)


async def test_whoever_cannot_be_written_to_is_unreachable(
    telegram_server: TelegramServer, platform: TelegramPlatform, words: Translator
) -> None:
    with pytest.raises(Unreachable):
        await platform.send(private_chat(telegram_server), say(Verbatim("never started")), words)
    await telegram_server.anna.start()
    await telegram_server.anna.block()
    with pytest.raises(Unreachable):
        await platform.send(private_chat(telegram_server), say(Verbatim("blocked")), words)
    with pytest.raises(Unreachable):
        await platform.send(Destination(channel="-100424242"), say(Verbatim("no such group")), words)


@pytest.mark.parametrize(
    ("rule", "after_s"),
    [
        (Rule(fault=Fault.TOO_MANY_REQUESTS, method="sendMessage", retry_after_s=7), 7),
        (Rule(fault=Fault.SERVER_ERROR, method="sendMessage", status=502), None),
        (Rule(fault=Fault.SERVER_ERROR, method="sendMessage", status=404), None),
        (Rule(fault=Fault.DROP_BEFORE, method="sendMessage"), None),
        (Rule(fault=Fault.DROP_AFTER, method="sendMessage"), None),
    ],
    ids=lambda value: str(value.fault) if isinstance(value, Rule) else "",
)
async def test_what_passes_is_tried_later(
    telegram_server: TelegramServer, platform: TelegramPlatform, words: Translator, rule: Rule, after_s: float | None
) -> None:
    await telegram_server.anna.start()
    telegram_server.telegram.misbehaviour.add(rule)
    with pytest.raises(TryLater) as later:
        await platform.send(private_chat(telegram_server), say(Verbatim("hi")), words)
    assert later.value.after_s == after_s
    assert rule.hits == 1


async def test_a_card_of_ours_that_cannot_be_is_refused(
    telegram_server: TelegramServer, platform: TelegramPlatform, words: Translator
) -> None:
    await telegram_server.anna.start()
    broken = Card(buttons=((Button(action="x" * 65, label=Verbatim("x")),),))
    with pytest.raises(Refused):
        await platform.send(private_chat(telegram_server), broken, words)


async def test_nothing_is_sent_inside_a_write_transaction(
    telegram_server: TelegramServer, platform: TelegramPlatform, words: Translator
) -> None:
    with write_transaction_marked(), pytest.raises(SlowWorkInTransactionError):
        await platform.send(private_chat(telegram_server), say(Verbatim("hi")), words)


LONG = {
    "latin": "word " * 2000,
    "right to left": "تاكسي من المطار " * 600,
    "zalgo": ("Z" + "\u0337\u0322\u0301" * 60) * 60,
    "html": "<b>&amp;</b></i><script>" * 400,
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈" * 600,
    "blank": "\u2800 \n" * 3000,
    "half surrogates": "\ud83d x" * 3000,
}


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("long", LONG.values(), ids=LONG)
async def test_telegram_takes_every_card(
    telegram_server: TelegramServer, platform: TelegramPlatform, long: str, language: str
) -> None:
    await telegram_server.anna.start()
    text = Text("card.label", {"label": long})
    button = Button(action="expense.category", label=Verbatim(long), subject_id=ULID, version=99999, choice="groceries")
    cards = (
        say(Verbatim(long)),
        Card(title=Verbatim(long), body=(Lines((Verbatim(long), text, Verbatim("1"))),)),
        Card(title=text, body=(Paragraph(text, quiet=True), Paragraph(Verbatim(long)))),
        Card(
            body=(Fields(tuple(Row(text, Verbatim(long), doubtful=True) for _ in range(3))),), buttons=((button,) * 9,)
        ),
        Card(body=(Fields(tuple(Row(Text("card.label", {"label": "x"}), Verbatim(str(n))) for n in range(3000))),)),
    )
    for card in cards:
        sent = await platform.send(private_chat(telegram_server), card, Translator(language))
        await platform.edit(
            sent, Card(title=Verbatim("edited"), body=card.body, buttons=card.buttons), Translator(language)
        )


# Taps


async def test_a_tap_comes_in_and_is_answered(
    telegram_server: TelegramServer, platform: TelegramPlatform, words: Translator
) -> None:
    anna, inbox = telegram_server.anna, Inbox()
    button = Button(action="expense.delete", label=Verbatim("Delete"), subject_id=ULID, version=3, choice="a:b")
    async with running(platform, inbox):
        await anna.start()
        sent = await platform.send(
            private_chat(telegram_server), Card(title=Verbatim("x"), buttons=((button,),)), words
        )
        query = await anna.tap(int(sent.message or 0), "Delete")
        event = await next_event(platform, inbox, 2)
        assert isinstance(event, ButtonTapped)
        assert (event.action, event.subject_id, event.version, event.choice) == ("expense.delete", ULID, 3, "a:b")
        assert event.source.message == sent.message
        assert anna.loading() == [query]
        await platform.answer(event.source, "Deleted <b>")
        assert (await anna.wait_for_toast(query)).text == "Deleted <b>"
        assert anna.loading() == []
        await platform.answer(event.source, "much too late")  # answered already: no error


async def test_a_tap_is_answered_without_words_and_a_lost_answer_is_no_error(
    telegram_server: TelegramServer, platform: TelegramPlatform, words: Translator
) -> None:
    anna, inbox = telegram_server.anna, Inbox()
    async with running(platform, inbox):
        await anna.start()
        card = Card(title=Verbatim("x"), buttons=((Button(action="a", label=Verbatim("A")),),))
        sent = await platform.send(private_chat(telegram_server), card, words)
        query = await anna.tap(int(sent.message or 0), "A")
        event = await next_event(platform, inbox, 2)
        rule = telegram_server.telegram.misbehaviour.add(Rule(fault=Fault.SERVER_ERROR, method="answerCallbackQuery"))
        await platform.answer(event.source, None)
        assert rule.hits == 1
        await platform.answer(event.source, None)
        assert not (await anna.wait_for_toast(query)).text
        assert anna.loading() == []


# Updates in


async def test_an_update_is_confirmed_only_when_it_is_committed(
    telegram_server: TelegramServer, platform: TelegramPlatform
) -> None:
    inbox = Inbox()
    inbox.gate.clear()
    async with running(platform, inbox):
        await telegram_server.anna.start()
        await asyncio.wait_for(inbox.asked.wait(), WAIT_S)
        offsets = [entry.request.get("offset") for entry in telegram_server.telegram.wire.entries(name="getUpdates")]
        inbox.gate.set()
        (delivery,) = await inbox.wait_for(1)
        await telegram_server.telegram.wait_idle()
    assert all(int(offset or 0) <= int(delivery.event_key) for offset in offsets)
    assert delivery.conversation == str(telegram_server.anna.id)


@pytest.mark.parametrize(
    "failure", [IntakeUnavailable("disk full"), ValueError("a fault"), asyncio.CancelledError(), KeyError("update_id")]
)
async def test_whatever_a_commit_raises_the_update_comes_again(
    telegram_server: TelegramServer, platform: TelegramPlatform, failure: BaseException
) -> None:
    inbox = Inbox()
    inbox.failures = [failure]
    async with running(platform, inbox) as driver:
        await telegram_server.anna.start()
        await telegram_server.anna.send_text("taxi 23")
        await inbox.wait_for(2)
        assert driver.healthy() is None
        await telegram_server.telegram.wait_idle()
    events = [platform.parse(delivery.payload, INSTALLATION) for delivery in inbox.deliveries]
    assert [type(event) for event in events] == [CommandInvoked, TextReceived]


async def test_while_nothing_can_be_committed_the_bot_is_not_well(
    telegram_server: TelegramServer, platform: TelegramPlatform
) -> None:
    inbox = Inbox()
    inbox.failures = [IntakeUnavailable("disk full")] * 100
    async with running(platform, inbox) as driver:
        await telegram_server.anna.start()
        await asyncio.wait_for(inbox.asked.wait(), WAIT_S)
        inbox.asked.clear()
        await asyncio.wait_for(inbox.asked.wait(), WAIT_S)  # again: so that it has been refused once
        assert "disk full" in (driver.healthy() or "")
    assert inbox.deliveries == []


async def test_a_stop_in_the_middle_of_a_commit_loses_nothing_and_takes_seconds(
    telegram_server: TelegramServer, platform: TelegramPlatform
) -> None:
    first, second = Inbox(), Inbox()
    first.gate.clear()
    driver = TelegramDriver(platform, first)
    await driver.start(INSTALLATION)
    await telegram_server.anna.start()
    await asyncio.wait_for(first.asked.wait(), WAIT_S)
    async with asyncio.timeout(STOP_S_MAX):
        await driver.stop()
    assert first.deliveries == []
    first.gate.set()  # what was under way may still come to its end: then it is a repetition, and known as one
    async with running(platform, second):
        event = await next_event(platform, second, 1)
    assert isinstance(event, CommandInvoked)


async def test_a_stop_ends_the_pause_after_an_error(
    telegram_server: TelegramServer, platform: TelegramPlatform
) -> None:
    telegram_server.telegram.misbehaviour.add(Rule(fault=Fault.SERVER_ERROR, method="getUpdates", remaining=1000))
    driver = TelegramDriver(platform, Inbox())
    await driver.start(INSTALLATION)
    wire = telegram_server.telegram.wire
    await wire.wait_for(lambda entry: entry.name == "getUpdates" and entry.status == 500, timeout_s=WAIT_S)
    async with asyncio.timeout(STOP_S_MAX):
        await driver.stop()
    assert driver.healthy() == "Telegram: not polling"
    await driver.stop()  # once more is no error


async def test_after_a_stop_another_driver_goes_on(telegram_server: TelegramServer, platform: TelegramPlatform) -> None:
    inbox = Inbox()
    async with running(platform, inbox):
        await telegram_server.anna.start()
        await inbox.wait_for(1)
    await telegram_server.anna.send_text("taxi 23")
    async with running(platform, inbox) as driver:
        deliveries = await inbox.wait_for(2)
        assert driver.healthy() is None
    assert len({delivery.event_key for delivery in deliveries}) == 2


# Health


async def test_a_second_poller_is_said_clearly(telegram_server: TelegramServer, platform: TelegramPlatform) -> None:
    now = 1000.0
    driver = TelegramDriver(platform, Inbox(), monotonic=lambda: now)
    assert driver.healthy() == "Telegram: not polling"
    await driver.start(INSTALLATION)
    wire = telegram_server.telegram.wire
    other = await telegram_server.ptb()
    await wire.wait_for(lambda entry: entry.name == "deleteWebhook", timeout_s=WAIT_S)
    for _ in range(20):  # the first may come before ours, and be the one that is thrown out
        await other.get_updates(timeout=0)
        if driver.healthy() is not None:
            break
        await asyncio.sleep(0)
    assert "409" in (driver.healthy() or "")
    now += CONFLICT_REMEMBERED_S + 1
    assert driver.healthy() is None
    await driver.stop()


async def test_silence_is_noticed(telegram_server: TelegramServer, platform: TelegramPlatform) -> None:
    now = 1000.0
    driver = TelegramDriver(platform, Inbox(), monotonic=lambda: now)
    await driver.start(INSTALLATION)
    assert driver.healthy() is None
    now += POLL_SILENCE_S_MAX + 1
    assert driver.healthy() == f"Telegram: no answer for {POLL_SILENCE_S_MAX + 1:.0f} s"
    await driver.stop()


async def test_a_polling_task_that_ends_is_noticed(telegram_server: TelegramServer, platform: TelegramPlatform) -> None:
    driver = TelegramDriver(platform, Inbox())
    await driver.start(INSTALLATION)
    (polling,) = (task for task in asyncio.all_tasks() if task.get_name() == "Updater:start_polling:polling_task")
    polling.cancel()
    await asyncio.wait({polling})
    assert driver.healthy() == "Telegram: polling has ended (cancelled); restart the process"
    await driver.stop()


async def test_a_token_that_is_refused_for_a_moment_does_not_end_polling(
    telegram_server: TelegramServer, platform: TelegramPlatform
) -> None:
    inbox = Inbox()
    rule = telegram_server.telegram.misbehaviour.add(
        Rule(fault=Fault.SERVER_ERROR, status=404, method="getUpdates", remaining=1)
    )
    async with running(platform, inbox) as driver:
        await telegram_server.anna.start()
        await inbox.wait_for(1)
        assert rule.hits == 1
        assert driver.healthy() is None


# Menus


@pytest.fixture
def registry() -> Registry:
    registry = Registry()

    @registry.command("expenses", needs=Permission.OWN_EXPENSES)
    @registry.command("new", needs=Permission.OWN_EXPENSES, where=Where.PRIVATE)
    @registry.command("invite", needs=Permission.MEMBERS_INVITE)
    async def handle(turn: object) -> tuple[()]:
        return ()

    return registry


@pytest.fixture
def catalogues(tmp_path_factory: pytest.TempPathFactory) -> Catalogues:
    folder = tmp_path_factory.mktemp("locales")
    for language, lines in (("en", ("Mine", "A new one", "Invite")), ("de", ("Meine", "Eine neue", "Einladen"))):
        file = folder / language / "LC_MESSAGES" / "expenseflow.po"
        file.parent.mkdir(parents=True)
        entries = zip(("expenses", "new", "invite"), lines, strict=True)
        file.write_text(
            'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
            + "".join(f'msgid "command.{name}.summary"\nmsgstr "{line}"\n' for name, line in entries),
            encoding="utf-8",
        )
    return Catalogues(folder, strict=True)


async def test_menus_by_language_chat_and_person_and_a_restart_changes_nothing(
    telegram_server: TelegramServer, platform: TelegramPlatform, registry: Registry, catalogues: Catalogues
) -> None:
    anna, ben = telegram_server.anna, telegram_server.ben
    await anna.start()
    await ben.start()
    menus = default_menus(registry, catalogues)
    assert [await platform.set_menu(menu) for menu in menus] == [True] * 4
    assert [await platform.set_menu(menu) for menu in menus] == [False] * 4
    assert len(telegram_server.telegram.wire.entries(name="setMyCommands")) == 4

    def lines(of: list[dict[str, str]]) -> dict[str, str]:
        return {entry["command"]: entry["description"] for entry in of}

    assert lines(anna.commands()) == {"expenses": "Mine", "new": "A new one"}
    assert lines(ben.commands()) == {"expenses": "Meine", "new": "Eine neue"}
    group = telegram_server.telegram.create_group("Offsite", creator_id=ben.id)
    await ben.add_to_group(group.id, telegram_server.account.id)
    assert lines(ben.commands(group.id)) == {"expenses": "Meine"}

    own = menu_for_chat(registry, str(anna.id), PERMISSIONS[Role.ADMIN], catalogues.translator("de"))
    assert await platform.set_menu(own)
    assert lines(anna.commands()) == {"expenses": "Meine", "new": "Eine neue", "invite": "Einladen"}
    assert lines(ben.commands()) == {"expenses": "Meine", "new": "Eine neue"}


# Groups


async def test_in_a_group_a_mention_is_for_the_bot(
    telegram_server: TelegramServer, platform: TelegramPlatform, words: Translator
) -> None:
    ben, inbox = telegram_server.ben, Inbox()
    group = telegram_server.telegram.create_group("Offsite", creator_id=ben.id)
    async with running(platform, inbox):
        await ben.add_to_group(group.id, telegram_server.account.id)
        await ben.send_text("see you at eight", chat=group.id)
        await ben.send_text("🍕 @Expense_Test_Bot taxi 23", chat=group.id)
        await telegram_server.telegram.wait_idle()
        parsed = [platform.parse(delivery.payload, INSTALLATION) for delivery in inbox.deliveries]
        event = next(event for event in parsed if isinstance(event, TextReceived) and event.addressed)
        assert (event.text, event.source.private, event.source.channel) == ("🍕 taxi 23", False, str(group.id))
        await platform.send(Destination(channel=event.source.channel), say(Verbatim("hello, all")), words)
        assert (await ben.wait_for_message(chat=group.id)).text == "hello, all"
