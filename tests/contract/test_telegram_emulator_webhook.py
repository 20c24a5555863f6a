"""setWebhook at the emulator: what python-telegram-bot asks for, and what then arrives at a server of the test's own."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from telegram import Bot, Update
from telegram.error import BadRequest, Conflict

from bot.playground.state import Bus, Fault, Rule, load_snapshots, save_snapshots
from bot.playground.telegram.emulator import TelegramEmulator
from bot.playground.wire import WireLog
from tests.fixtures.telegram_emulator import TelegramServer, png, unknown_to_ptb

WAIT_S = 10.0
SECRET = "a_secret-Token"


class Receiver:
    """A webhook that answers as a test lays out, and 200 otherwise; `gate` holds its answers up."""

    url = ""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.answers: list[web.Response] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.at_once = 0
        self.at_once_max = 0
        self._changed = asyncio.Condition()

    async def take(self, request: web.Request) -> web.Response:
        self.at_once += 1
        self.at_once_max = max(self.at_once, self.at_once_max)
        async with self._changed:
            self.got.append(await request.json())
            self.headers.append(dict(request.headers))
            self._changed.notify_all()
        try:
            await self.gate.wait()
        finally:
            self.at_once -= 1
        return self.answers.pop(0) if self.answers else web.Response()

    async def wait_for(self, count: int) -> list[dict[str, Any]]:
        async with asyncio.timeout(WAIT_S), self._changed:
            await self._changed.wait_for(lambda: len(self.got) >= count)
        return self.got

    def texts(self) -> list[str]:
        return [update["message"]["text"] for update in self.got]


@asynccontextmanager
async def listening(receiver: Receiver, port: int = 0) -> AsyncIterator[None]:
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield
    finally:
        receiver.gate.set()
        await runner.cleanup()


@pytest.fixture
async def receiver(telegram_server: TelegramServer) -> AsyncIterator[Receiver]:
    """A webhook on a free port; the emulator's pauses are a fiftieth of Telegram's."""
    telegram_server.telegram.webhooks.pause_s = 0.02
    receiver = Receiver()
    async with listening(receiver):
        yield receiver


@pytest.fixture
async def bot(telegram_server: TelegramServer) -> Bot:
    await telegram_server.anna.start()
    bot = await telegram_server.ptb()
    await telegram_server.next_updates(bot)
    return bot


async def test_updates_come_to_the_webhook_with_its_secret(
    telegram_server: TelegramServer, bot: Bot, receiver: Receiver
) -> None:
    anna = telegram_server.anna
    await anna.send_text("before")
    assert await bot.set_webhook(receiver.url, secret_token=SECRET, max_connections=5, allowed_updates=["message"])
    await anna.send_photo(png(), caption="after")
    await receiver.wait_for(2)
    await telegram_server.telegram.wait_idle()
    assert [update["message"].get("text") for update in receiver.got] == ["before", None]
    assert {headers["X-Telegram-Bot-Api-Secret-Token"] for headers in receiver.headers} == {SECRET}
    assert {headers["Content-Type"] for headers in receiver.headers} == {"application/json"}
    assert unknown_to_ptb([Update.de_json(update) for update in receiver.got]) == []
    info = await bot.get_webhook_info()
    assert (info.url, info.pending_update_count, info.max_connections) == (receiver.url, 0, 5)
    assert (list(info.allowed_updates), info.last_error_date) == (["message"], None)
    assert unknown_to_ptb(info) == []
    shown = json.dumps([entry.as_json() for entry in telegram_server.telegram.wire.entries()])
    assert SECRET not in shown


async def test_polls_are_refused_while_there_is_a_webhook(
    telegram_server: TelegramServer, bot: Bot, receiver: Receiver
) -> None:
    waiting = asyncio.create_task(bot.get_updates(timeout=30))
    await telegram_server.telegram.wait_for_poll(telegram_server.account)
    receiver.answers = [web.Response(status=503)] * 1000
    await bot.set_webhook(receiver.url)
    with pytest.raises(Conflict, match="terminated by setWebhook"):
        await waiting
    await telegram_server.anna.send_text("taxi")
    await receiver.wait_for(1)
    with pytest.raises(Conflict, match="webhook is active"):
        await bot.get_updates()
    assert await bot.delete_webhook()
    (update,) = await bot.get_updates()
    assert update.to_dict()["update_id"] == receiver.got[0]["update_id"]
    assert (await bot.get_webhook_info()).url == ""


async def test_what_is_not_taken_comes_again_and_the_error_is_told(
    telegram_server: TelegramServer, bot: Bot, receiver: Receiver
) -> None:
    failures = [500, 302, 404]
    receiver.answers = [web.Response(status=status) for status in failures]
    await bot.set_webhook(receiver.url)
    await telegram_server.anna.send_text("first")
    await telegram_server.anna.send_text("second")
    await telegram_server.telegram.wait_idle()
    assert receiver.texts() == ["first"] * 4 + ["second"], "a chat waits for what failed in it"
    entries = telegram_server.telegram.wire.entries(direction="server-to-bot", name="message")
    assert [entry.status for entry in entries][-5:] == [*failures, 200, 200]
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 404 Not Found"
    assert info.last_error_date is not None
    assert info.last_error_date.timestamp() == int(telegram_server.clock.now)


async def test_an_answer_says_itself_when_to_come_again(
    telegram_server: TelegramServer, bot: Bot, receiver: Receiver
) -> None:
    """The first repetition would come at once; Retry-After asks for a pause before it."""
    telegram_server.telegram.webhooks.pause_s = 1000  # what a second lasts here
    receiver.answers = [web.Response(status=503, headers={"Retry-After": "1"}), web.Response(status=503)]
    await bot.set_webhook(receiver.url)
    await telegram_server.anna.send_text("taxi")
    await receiver.wait_for(1)
    await telegram_server.telegram.wire.wait_for(
        lambda entry: entry.direction == "server-to-bot" and entry.status == 503, timeout_s=WAIT_S
    )
    await bot.get_webhook_info()  # a call of its own, in which a repetition without a pause would have come
    assert len(receiver.got) == 1


async def test_an_answer_may_hold_a_call(telegram_server: TelegramServer, bot: Bot, receiver: Receiver) -> None:
    anna = telegram_server.anna
    chat_id = anna.chat().id
    receiver.answers = [
        web.json_response({"method": "sendMessage", "chat_id": chat_id, "text": "<b>Noted</b>", "parse_mode": "HTML"}),
        web.json_response({"method": "sendMessage", "chat_id": chat_id, "text": "<b>"}),
        web.json_response({"method": "sendMessage", "chat_id": chat_id, "text": "<b>", "parse_mode": "HTML"}),
        web.json_response({"said": "ok"}),
        web.Response(text="{", content_type="application/json"),
    ]
    await bot.set_webhook(receiver.url)
    for text in ("one", "two", "three", "four", "five"):
        await anna.send_text(text)
    await receiver.wait_for(5)
    await telegram_server.telegram.wait_idle(quiet_s=0)

    assert [message.text for message in anna.messages() if message.from_bot] == ["Noted", "<b>"]
    statuses = [entry.status for entry in telegram_server.telegram.wire.entries() if entry.name == "sendMessage"]
    assert statuses == [200, 200, 400]


async def test_nobody_at_the_address_is_an_error_too(
    telegram_server: TelegramServer, bot: Bot, unused_tcp_port: int
) -> None:
    telegram_server.telegram.webhooks.pause_s = 0.02
    receiver = Receiver()
    await bot.set_webhook(f"http://127.0.0.1:{unused_tcp_port}/hook")
    await telegram_server.anna.send_text("taxi")
    await telegram_server.telegram.wire.wait_for(
        lambda entry: entry.answer.get("error") == "Connection refused", timeout_s=WAIT_S
    )
    async with listening(receiver, unused_tcp_port):
        await receiver.wait_for(1)
        await telegram_server.telegram.wait_idle()
    assert (await bot.get_webhook_info()).pending_update_count == 0


async def test_chats_are_served_beside_each_other_and_each_in_its_order(
    telegram_server: TelegramServer, bot: Bot, receiver: Receiver
) -> None:
    people = [telegram_server.telegram.add_person(f"Person {number}") for number in range(6)]
    receiver.gate.clear()
    await bot.set_webhook(receiver.url, max_connections=3)
    for person in people:
        await person.start()
        for number in range(3):
            await person.send_text(f"taxi {number}")
    await receiver.wait_for(3)
    receiver.gate.set()
    await telegram_server.telegram.wait_idle()
    assert receiver.at_once_max == 3
    for person in people:
        mine = [update["message"]["text"] for update in receiver.got if update["message"]["chat"]["id"] == person.id]
        assert mine == ["/start", "taxi 0", "taxi 1", "taxi 2"]


async def test_deliveries_are_repeated_reordered_and_lost_on_demand(
    telegram_server: TelegramServer, bot: Bot, receiver: Receiver
) -> None:
    misbehaviour = telegram_server.telegram.misbehaviour
    misbehaviour.add(Rule(fault=Fault.DUPLICATE, method="message", copies=4, seed=3, remaining=10))
    lost = misbehaviour.add(Rule(fault=Fault.DROP_THEN_REPEAT, method="message"))
    reordered = misbehaviour.add(Rule(fault=Fault.REORDER, method="message", seed=1))
    for number in range(10):
        await telegram_server.anna.send_text(str(number))
    await bot.set_webhook(receiver.url)
    await telegram_server.telegram.wait_idle()
    times = Counter(receiver.texts())
    assert set(times) == {str(number) for number in range(10)}
    assert min(times.values()) >= 2
    assert max(times.values()) == 4
    assert (lost.hits, reordered.hits) == (1, 1)
    assert list(times) != sorted(times)
    assert (await bot.get_webhook_info()).last_error_message == "Webhook connection closed"


async def test_updates_of_yesterday_do_not_come(telegram_server: TelegramServer, bot: Bot, receiver: Receiver) -> None:
    await telegram_server.anna.send_text("old")
    telegram_server.clock.now += 24 * 3600 + 1
    await telegram_server.anna.send_text("new")
    await bot.set_webhook(receiver.url)
    await telegram_server.telegram.wait_idle()
    assert receiver.texts() == ["new"]


@pytest.mark.parametrize(
    ("url", "given", "refusal"),
    [
        ("https://example.org/hook", {}, "on this machine alone"),
        ("http://10.0.0.1/hook", {}, "on this machine alone"),
        ("ftp://127.0.0.1/hook", {}, "url must be provided for webhook"),
        ("http://127.0.0.1/hook", {"secret_token": "not allowed!"}, "unallowed characters"),
    ],
)
async def test_what_cannot_be_a_webhook_is_refused(bot: Bot, url: str, given: dict[str, Any], refusal: str) -> None:
    with pytest.raises(BadRequest, match=refusal):
        await bot.set_webhook(url, **given)
    assert (await bot.get_webhook_info()).url == ""


async def test_what_waits_is_dropped_when_that_is_asked_for(
    telegram_server: TelegramServer, bot: Bot, receiver: Receiver
) -> None:
    await telegram_server.anna.send_text("dropped")
    await bot.set_webhook(receiver.url, drop_pending_updates=True)
    await telegram_server.anna.send_text("kept")
    await telegram_server.telegram.wait_idle()
    assert receiver.texts() == ["kept"]


async def test_a_kept_webhook_is_delivered_to_after_a_restart(
    telegram_server: TelegramServer, bot: Bot, receiver: Receiver, tmp_path: Path
) -> None:
    receiver.answers = [web.Response(status=503)] * 1000
    await bot.set_webhook(receiver.url, secret_token=SECRET)
    await telegram_server.anna.send_text("taxi")
    await receiver.wait_for(1)
    kept = tmp_path / "chats.json"
    save_snapshots(kept, {"telegram": telegram_server.telegram})
    await telegram_server.telegram.close()
    receiver.answers, receiver.got = [], []
    after = TelegramEmulator(wire=WireLog(), bus=Bus(), clock=telegram_server.clock)
    load_snapshots(kept, {"telegram": after})
    after.resume()
    await receiver.wait_for(1)
    await after.wait_idle()
    assert receiver.texts() == ["taxi"]
    assert after.wire.mask(f"the secret is {SECRET}") == "the secret is ***"
    await after.close()
