import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import ChatMigrated

from bot.playground.telegram.errors import PersonError
from bot.playground.telegram.state import Chat
from tests.fixtures.telegram_emulator import TelegramServer, png, unknown_to_ptb


@pytest.fixture
async def bot(telegram_server: TelegramServer) -> Bot:
    return await telegram_server.ptb()


async def group_with_bot(server: TelegramServer, bot: Bot) -> Chat:
    """Anna's group with Ben and the bot, whose service messages are read already."""
    group = server.telegram.create_group("Trip", creator_id=server.anna.id)
    await server.anna.add_to_group(group.id, server.ben.id)
    await server.anna.add_to_group(group.id, server.account.id)
    await server.next_updates(bot)
    return group


async def test_in_a_group_a_bot_hears_only_what_is_addressed_to_it(telegram_server: TelegramServer, bot: Bot) -> None:
    group = await group_with_bot(telegram_server, bot)
    ben = telegram_server.ben
    answer = await bot.send_message(group.id, "I am here")
    not_for_it = ["lunch 23,50", "/help@other_bot", "and/or /help", "mail me@expense_test_bot.example", "@anna 5 €"]
    for text in not_for_it:
        await ben.send_text(text, chat=group.id)
    for_it = ["/help", "/help@expense_test_bot", "@Expense_Test_Bot taxi 23", "hey @expense_test_bot"]
    for text in for_it:
        await ben.send_text(text, chat=group.id)
    await ben.send_text("thanks", chat=group.id, reply_to=answer.message_id)
    heard = [update.message.text for update in await telegram_server.next_updates(bot) if update.message]
    assert heard == [*for_it, "thanks"]
    assert len(telegram_server.anna.messages(group.id)) == 2 + 1 + len(not_for_it) + len(for_it) + 1


async def test_without_privacy_or_as_an_administrator_a_bot_hears_everything(
    telegram_server: TelegramServer, bot: Bot
) -> None:
    group = await group_with_bot(telegram_server, bot)
    await telegram_server.ben.send_text("unheard", chat=group.id)
    telegram_server.account.privacy = False
    await telegram_server.ben.send_text("heard", chat=group.id)
    telegram_server.account.privacy = True
    group.members[telegram_server.account.id] = "administrator"
    await telegram_server.ben.send_text("heard, too", chat=group.id)
    heard = [update.message.text for update in await telegram_server.next_updates(bot) if update.message]
    assert heard == ["heard", "heard, too"]


async def test_messages_between_people_and_edits_out_of_earshot_stay_private(
    telegram_server: TelegramServer, bot: Bot
) -> None:
    group = await group_with_bot(telegram_server, bot)
    message = await telegram_server.ben.send_text("lunch 23,50", chat=group.id)
    await telegram_server.ben.edit_text(message.id, "lunch 32,50", chat=group.id)
    assert await telegram_server.next_updates(bot) == []
    await telegram_server.ben.edit_text(message.id, "/new lunch 32,50", chat=group.id)
    [update] = await telegram_server.next_updates(bot)
    assert update.edited_message is not None


async def test_a_group_becomes_a_supergroup_under_another_id(telegram_server: TelegramServer, bot: Bot) -> None:
    group = await group_with_bot(telegram_server, bot)
    anna, ben = telegram_server.anna, telegram_server.ben
    before = await bot.send_message(group.id, "in the group")
    supergroup = await anna.upgrade_group(group.id)
    told = [update.message for update in await telegram_server.next_updates(bot) if update.message]
    assert [(each.chat.id, each.migrate_to_chat_id, each.migrate_from_chat_id) for each in told] == [
        (group.id, supergroup.id, None),
        (supergroup.id, None, group.id),
    ]
    assert unknown_to_ptb(told) == []
    for call in (bot.send_message(group.id, "x"), bot.edit_message_text("x", group.id, before.message_id)):
        with pytest.raises(ChatMigrated) as moved:
            await call
        assert moved.value.new_chat_id == supergroup.id
    await bot.send_message(supergroup.id, "in the supergroup")
    assert [message.text for message in ben.messages(supergroup.id) if message.from_bot] == ["in the supergroup"]
    with pytest.raises(PersonError):
        await ben.send_text("anybody here?", chat=group.id)
    with pytest.raises(PersonError, match="Only a group"):
        await anna.upgrade_group(supergroup.id)


async def test_a_bot_is_not_told_of_deletions(telegram_server: TelegramServer, bot: Bot) -> None:
    anna = telegram_server.anna
    await anna.start()
    message = await anna.send_text("taxi")
    await telegram_server.next_updates(bot)
    await anna.delete(message.id)
    assert await telegram_server.next_updates(bot) == []
    assert [view.text for view in anna.messages()] == ["/start"]


async def test_people_can_do_only_what_the_app_allows(telegram_server: TelegramServer, bot: Bot) -> None:
    anna, ben = telegram_server.anna, telegram_server.ben
    with pytest.raises(PersonError, match="Press Start first"):
        await anna.send_text("taxi")
    with pytest.raises(PersonError, match="up to 64 letters"):
        await anna.start("not a payload")
    with pytest.raises(PersonError, match="no link to a bot"):
        await anna.open_link("https://example.org/expense_test_bot")
    await anna.start()
    for text, refusal in (("  ", "some text"), ("💶" * 2049, "at most 4096")):
        with pytest.raises(PersonError, match=refusal):
            await anna.send_text(text)
    with pytest.raises(PersonError, match="no picture"):
        await anna.send_photo(b"text")
    with pytest.raises(PersonError, match="no message 99"):
        await anna.tap(99, "x")
    group = await group_with_bot(telegram_server, bot)
    theirs = await ben.send_text("mine", chat=group.id)
    with pytest.raises(PersonError, match="one's own"):
        await anna.edit_text(theirs.id, "not mine", chat=group.id)
    await anna.remove_from_group(group.id, ben.id)
    with pytest.raises(PersonError, match="in no group"):
        await ben.send_text("hello", chat=group.id)
    await anna.block()
    with pytest.raises(PersonError, match="blocked"):
        await anna.send_text("taxi")


async def test_buttons_are_found_by_label_part_and_data(telegram_server: TelegramServer, bot: Bot) -> None:
    await telegram_server.anna.start()
    row = [
        InlineKeyboardButton("✅ Submit", callback_data="a:1"),
        InlineKeyboardButton("Submit all", callback_data="a:2"),
    ]
    link = [InlineKeyboardButton("Web", url="https://example.org")]
    sent = await bot.send_message(1001, "x", reply_markup=InlineKeyboardMarkup([row, link]))
    anna = telegram_server.anna
    for named in ("✅ Submit", "submit", "a:2"):
        await anna.tap(sent.message_id, named)
    tapped = [update.callback_query.data for update in await telegram_server.next_updates(bot) if update.callback_query]
    assert tapped == ["a:1", "a:1", "a:2"]
    spinning = [button.label for row in anna.messages()[-1].buttons for button in row if button.loading]
    assert spinning == ["✅ Submit", "Submit all"]
    for named, refusal in (("Reject", "no button 'Reject'"), ("Web", "opens a link")):
        with pytest.raises(PersonError, match=refusal):
            await anna.tap(sent.message_id, named)


async def test_waiting_for_a_message_tells_what_came_instead(telegram_server: TelegramServer, bot: Bot) -> None:
    await telegram_server.anna.start()
    await bot.send_message(1001, "something else")
    with pytest.raises(TimeoutError, match=r"to Anna; the last ones are .*something else"):
        await telegram_server.anna.wait_for_message(lambda view: view.text == "this", timeout_s=0.05)


async def test_two_bots_have_chats_of_their_own_with_one_person(telegram_server: TelegramServer, bot: Bot) -> None:
    other_account = telegram_server.telegram.add_bot(token="7000000002:AAOther", username="other_bot")
    other = await telegram_server.ptb("7000000002:AAOther")
    anna = telegram_server.anna
    with pytest.raises(PersonError, match="2 bots"):
        await anna.start()
    await anna.start(bot="@expense_test_bot")
    await anna.start(bot=other_account.id)
    await anna.send_text("for the other", chat="@other_bot")
    assert [update.message.text for update in await other.get_updates() if update.message] == [
        "/start",
        "for the other",
    ]
    assert len(await bot.get_updates()) == 1
    assert [view.text for view in anna.messages("@expense_test_bot")] == ["/start"]


async def test_an_album_is_a_message_for_each_picture_and_the_first_has_the_words(
    telegram_server: TelegramServer, bot: Bot
) -> None:
    await telegram_server.anna.start()
    await telegram_server.anna.send_album([png(), png(), png()], caption="three of them")
    messages = [update.message for update in await telegram_server.next_updates(bot) if update.message]
    album = [message for message in messages if message.photo]
    assert [message.caption for message in album] == ["three of them", None, None]
    assert len({message.media_group_id for message in album}) == 1
    assert album[0].media_group_id
    with pytest.raises(PersonError, match="2 to 10"):
        await telegram_server.anna.send_album([png()])
