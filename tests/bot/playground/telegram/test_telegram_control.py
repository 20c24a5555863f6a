import datetime
from typing import Any

import pytest
from aiohttp import FormData
from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import RetryAfter

from bot.playground.samples.catalogue import BY_KEY
from bot.playground.samples.gallery import draw
from bot.playground.samples.photograph import PHOTO_SIZE
from bot.playground.telegram.control import ACTIONS
from tests.fixtures.telegram_emulator import TelegramServer, png

TODAY = datetime.date(2026, 3, 20)


async def post(server: TelegramServer, action: str, body: Any, *, status: int = 200) -> Any:
    session = await server.session()
    as_form = isinstance(body, FormData)
    async with session.post(
        f"{server.url}/control/telegram/{action}", data=body if as_form else None, json=None if as_form else body
    ) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


async def get(server: TelegramServer, path: str, *, status: int = 200) -> Any:
    session = await server.session()
    async with session.get(f"{server.url}/control/telegram/{path}") as answer:
        assert answer.status == status
        return await answer.json()


async def test_the_page_writes_edits_and_deletes(telegram_server: TelegramServer) -> None:
    bot = await telegram_server.ptb()
    carla = (await post(telegram_server, "person", {"first_name": "Carla", "language_code": "de"}))["id"]
    await post(telegram_server, "start", {"person": carla, "payload": "CODE"})
    sent = await post(telegram_server, "send", {"person": carla, "text": "taxi 23"})
    await post(telegram_server, "edit", {"person": carla, "message_id": sent["id"], "text": "taxi 32"})
    second = await post(telegram_server, "send", {"person": carla, "text": "oops", "reply_to": sent["id"]})
    await post(telegram_server, "delete", {"person": carla, "message_id": second["id"]})
    chat = await get(telegram_server, f"chat?person={carla}")
    assert [message["text"] for message in chat["messages"]] == ["/start CODE", "taxi 32"]
    assert (chat["started"], chat["blocked"], chat["bot_id"]) == (True, False, telegram_server.account.id)
    [start, *_] = await telegram_server.next_updates(bot)
    assert start.effective_user is not None
    assert start.effective_user.language_code == "de"


async def test_the_page_taps_and_sees_the_answer(telegram_server: TelegramServer) -> None:
    bot = await telegram_server.ptb()
    await telegram_server.anna.start()
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("Go", callback_data="go")]])
    card = await bot.send_message(1001, "card", reply_markup=markup)
    await bot.send_chat_action(1001, "typing")
    tapped = await post(telegram_server, "tap", {"person": 1001, "message_id": card.message_id, "button": "Go"})
    chat = await get(telegram_server, "chat?person=1001")
    assert chat["messages"][-1]["buttons"][0][0] == {"label": "Go", "data": "go", "url": None, "loading": True}
    assert (chat["loading"], chat["action"]) == ([tapped["query_id"]], "typing")
    await bot.answer_callback_query(tapped["query_id"], "Done")
    chat = await get(telegram_server, "chat?person=1001")
    assert (chat["loading"], chat["toasts"][0]["text"]) == ([], "Done")


async def test_the_page_sends_files_and_shows_them(telegram_server: TelegramServer) -> None:
    await telegram_server.anna.start()
    form = FormData({"person": "1001", "caption": "receipt"})
    form.add_field("file", png(), filename="receipt.png", content_type="image/png")
    photo = await post(telegram_server, "photo", form)
    form = FormData({"person": "1001"})
    form.add_field("file", b"%PDF-", filename="bill.pdf", content_type="application/pdf")
    document = await post(telegram_server, "document", form)
    assert (photo["text"], document["content"]["document"]["file_name"]) == ("receipt", "bill.pdf")
    session = await telegram_server.session()
    file_id = photo["content"]["photo"][0]["file_id"]
    async with session.get(f"{telegram_server.url}/control/telegram/file/{file_id}") as answer:
        assert await answer.read() == png()


async def test_the_page_sends_an_album_and_a_photo_in_several_sizes(telegram_server: TelegramServer) -> None:
    bot = await telegram_server.ptb()
    await telegram_server.anna.start()
    form = FormData({"person": "1001", "caption": "two receipts"})
    for name in ("berlin-cafe", "vienna-inn"):
        form.add_field("files", draw(BY_KEY[name], TODAY).photo, filename=f"{name}.jpg", content_type="image/jpeg")
    album = (await post(telegram_server, "album", form))["messages"]
    assert [message["text"] for message in album] == ["two receipts", ""]
    assert len({message["content"]["media_group_id"] for message in album}) == 1
    _start, first, _second = await telegram_server.next_updates(bot)
    assert first.message is not None
    sizes = [(size.width, size.height) for size in first.message.photo]
    assert sizes == [(75, 100), (240, 320), (600, 800), PHOTO_SIZE]
    largest = await first.message.photo[-1].get_file()
    assert bytes(await largest.download_as_bytearray()) == draw(BY_KEY["berlin-cafe"], TODAY).photo


async def test_the_page_changes_groups_language_and_blocks(telegram_server: TelegramServer) -> None:
    bot = await telegram_server.ptb()
    bot_id = telegram_server.account.id
    await post(telegram_server, "open-link", {"person": 1001, "url": "https://t.me/expense_test_bot?start=X"})
    group = (await post(telegram_server, "group", {"person": 1001, "title": "Trip"}))["id"]
    await post(telegram_server, "add-to-group", {"person": 1001, "group": group, "member": bot_id})
    await post(telegram_server, "send", {"person": 1001, "chat": group, "text": "/help"})
    await post(telegram_server, "remove-from-group", {"person": 1001, "group": group, "member": bot_id})
    assert len((await get(telegram_server, f"chat?person=1001&chat={group}"))["messages"]) == 3
    supergroup = (await post(telegram_server, "upgrade-group", {"person": 1001, "group": group}))["id"]
    assert [each["id"] for each in (await get(telegram_server, "state"))["groups"]] == [supergroup]
    await post(telegram_server, "language", {"person": 1001, "language_code": "fr"})
    await post(telegram_server, "block", {"person": 1001})
    assert (await get(telegram_server, "chat?person=1001"))["blocked"]
    await post(telegram_server, "unblock", {"person": 1001})
    state = await get(telegram_server, "state")
    assert (state["groups"][0]["title"], state["people"][0]["language_code"]) == ("Trip", "fr")
    assert state["bots"][0]["id"] == bot_id
    changes = [update.my_chat_member for update in await telegram_server.next_updates(bot) if update.my_chat_member]
    assert [change.new_chat_member.status for change in changes] == ["member", "kicked", "kicked", "member"]


async def test_the_page_orders_faults(telegram_server: TelegramServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # The older form of retry_after warns, and here a warning fails.
    bot = await telegram_server.ptb()
    await telegram_server.anna.start()
    await post(telegram_server, "misbehave", {"fault": "too-many-requests", "method": "sendMessage"})
    with pytest.raises(RetryAfter):
        await bot.send_message(1001, "x")
    assert (await get(telegram_server, "state"))["rules"][0]["hits"] == 1


async def test_refusals_are_sentences(telegram_server: TelegramServer) -> None:
    refusals = [
        await post(telegram_server, "send", {"person": 1001, "text": "x"}, status=400),
        await post(telegram_server, "send", {"person": 9, "text": "x"}, status=400),
        await post(telegram_server, "send", {"person": 1001}, status=400),
        await post(telegram_server, "send", [], status=400),
        await post(telegram_server, "fly", {}, status=404),
        await get(telegram_server, "chat", status=400),
        await get(telegram_server, "chat?person=1001&chat=-1", status=400),
        await get(telegram_server, "file/none", status=404),
    ]
    assert [refusal["error"] for refusal in refusals] == [
        "Press Start first.",
        "There is no person with the id 9.",
        "text: Field required.",
        "person: Field required.",
        f"There is no action 'fly'; there are {', '.join(ACTIONS)}.",
        "Say whose chat, as person=<id>.",
        "Anna is in no group -1.",
        "There is no such file.",
    ]
