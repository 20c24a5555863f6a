"""The Telegram edge against the emulated Bot API, through python-telegram-bot: cards out, taps in, groups."""

import pytest

from bot.platform import AccountKind, Destination, MessageGone, MessageRef, Refused, TryLater, Unreachable
from bot.playground.state import Fault, Rule
from bot.telegram.platform import TelegramPlatform, TokenRefused
from bot.translation import Translator
from bot.wiring import EDGES
from core.identity.codes import new_code
from core.kernel.guards import SlowWorkInTransactionError, write_transaction_marked
from handlers.events import ButtonTapped, CommandInvoked, TextReceived
from handlers.replies import Button, Card, Fields, Lines, Paragraph, Row, Style, say
from handlers.text import Text, Verbatim
from tests.contract.telegram_inbox import INSTALLATION, Inbox, next_event, private_chat, running
from tests.fixtures.telegram_emulator import TOKEN, TelegramServer

ULID = "01JGFJJZ00ABCDEFGHJKMNPQRS"


# Who the bot is


async def test_the_bot_knows_its_name_and_a_link_with_a_code_leads_to_it(
    telegram_server: TelegramServer, platform: TelegramPlatform
) -> None:
    (edge,) = [each for each in EDGES if each.name == platform.name]
    code = new_code()
    assert platform.identity.username == "expense_test_bot"
    inbox = Inbox()
    async with running(platform, inbox):
        await telegram_server.anna.open_link(edge.invitation(platform.identity.username, code))
        event = await next_event(platform, inbox, 1)
    assert isinstance(event, CommandInvoked)
    assert (event.name, event.rest) == ("start", code)
    profile = await platform.profile(event.source, inbox.deliveries[0].payload)
    assert (profile.name, profile.kind, profile.language) == ("Anna", AccountKind.PERSON, "en")


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
