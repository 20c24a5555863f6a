"""The Telegram edge behind a webhook, served over HTTP and delivered to by the emulator: what is taken, and what is not."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import structlog.testing

from bot.intake import IntakeUnavailable
from bot.platform import Refused, TryLater
from bot.playground.state import Fault, Rule
from bot.telegram.driver import TelegramDriver
from bot.telegram.platform import TelegramPlatform
from bot.telegram.webhook import (
    SECRET_HEADER,
    SILENCE_S_MAX,
    STRANGERS_LOGGED_EVERY_S,
    TelegramWebhook,
    webhook_secret,
)
from bot.web.app import web_app
from bot.web.server import serving
from bot.web.webhooks import webhook_routes
from handlers.events import CommandInvoked, TextReceived
from tests.contract.telegram_inbox import INSTALLATION, WAIT_S, Inbox, next_event
from tests.fixtures.telegram_emulator import TelegramServer

SECRET = webhook_secret("the secret key of a deployment")
PATH = "/webhooks/telegram"


class Behind:
    """A webhook at its address, and a client of it for what somebody else might post."""

    def __init__(self, webhook: TelegramWebhook, client: httpx.AsyncClient) -> None:
        self.webhook = webhook
        self._client = client

    async def post(self, body: bytes, secret: str | None = SECRET) -> httpx.Response:
        headers = {} if secret is None else {SECRET_HEADER.encode(): secret.encode()}
        return await self._client.post(PATH, content=body, headers=headers)


@asynccontextmanager
async def served(
    platform: TelegramPlatform, inbox: Inbox, monotonic: Callable[[], float] = lambda: 0.0
) -> AsyncIterator[Behind]:
    """A webhook that is reachable and not set yet."""
    receivers: dict[str, Any] = {}
    async with (
        serving(web_app((), webhook_routes(("telegram",), receivers)), "127.0.0.1", 0) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        webhook = TelegramWebhook(
            platform, inbox, url=f"http://127.0.0.1:{port}{PATH}", secret=SECRET, monotonic=monotonic
        )
        receivers["telegram"] = webhook.receive
        try:
            yield Behind(webhook, client)
        finally:
            await webhook.stop()


@pytest.fixture
async def behind(telegram_server: TelegramServer, platform: TelegramPlatform, inbox: Inbox) -> AsyncIterator[Behind]:
    telegram_server.telegram.webhooks.pause_s = 0.02
    async with served(platform, inbox) as behind:
        yield behind


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


def update(number: int, **content: Any) -> bytes:
    return json.dumps({"update_id": number} | content).encode()


MESSAGE = {"message_id": 1, "date": 0, "chat": {"id": 1001, "type": "private"}, "from": {"id": 1001, "is_bot": False}}


async def test_updates_are_confirmed_only_when_they_are_committed(
    telegram_server: TelegramServer, platform: TelegramPlatform, inbox: Inbox, behind: Behind
) -> None:
    inbox.gate.clear()
    await behind.webhook.start(INSTALLATION)
    await telegram_server.anna.start()
    await asyncio.wait_for(inbox.asked.wait(), WAIT_S)
    assert len(telegram_server.account.pending) == 1
    assert telegram_server.telegram.wire.entries(direction="server-to-bot") == []
    inbox.gate.set()
    assert isinstance(await next_event(platform, inbox, 1), CommandInvoked)
    await telegram_server.telegram.wait_idle()
    assert telegram_server.account.pending == []
    (entry,) = telegram_server.telegram.wire.entries(direction="server-to-bot")
    assert entry.status == 200


async def test_what_was_polled_for_before_and_what_is_later_comes_and_all_kinds_that_are_read(
    telegram_server: TelegramServer, inbox: Inbox, behind: Behind
) -> None:
    mine = await telegram_server.anna.start()
    await telegram_server.anna.edit_text(mine.id, "taxi 5 eur")
    await behind.webhook.start(INSTALLATION)
    await telegram_server.anna.block()  # not asked for: whoever blocks the bot is found out by a 403
    await telegram_server.anna.start()
    await inbox.wait_for(3)
    await telegram_server.telegram.wait_idle()
    assert [set(delivery.payload) - {"update_id"} for delivery in inbox.deliveries] == [
        {"message"},
        {"edited_message"},
        {"message"},
    ]


async def test_a_store_that_does_not_commit_has_the_update_again(
    telegram_server: TelegramServer, platform: TelegramPlatform, inbox: Inbox, behind: Behind
) -> None:
    inbox.failures = [IntakeUnavailable("disk full"), ValueError("a fault")]
    await behind.webhook.start(INSTALLATION)
    await telegram_server.anna.start()
    await telegram_server.anna.send_text("taxi 23")
    await inbox.wait_for(2)
    await telegram_server.telegram.wait_idle()
    events = [platform.parse(delivery.payload, INSTALLATION) for delivery in inbox.deliveries]
    assert [type(event) for event in events] == [CommandInvoked, TextReceived]
    entries = telegram_server.telegram.wire.entries(direction="server-to-bot")
    assert [entry.status for entry in entries] == [503, 500, 200, 200]


async def test_what_is_told_of_a_store_that_does_not_commit(inbox: Inbox, behind: Behind) -> None:
    await behind.webhook.start(INSTALLATION)
    inbox.failures = [IntakeUnavailable("disk full")]
    answer = await behind.post(update(1, message=MESSAGE | {"text": "taxi 5"}))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "disk" not in answer.text


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET[:-1], SECRET.upper(), "ü", webhook_secret("another key")])
async def test_whoever_does_not_know_the_secret_reaches_nothing_and_leaves_no_trace(
    inbox: Inbox, behind: Behind, secret: str | None
) -> None:
    await behind.webhook.start(INSTALLATION)
    with structlog.testing.capture_logs() as logged:
        answer = await behind.post(update(1, message=MESSAGE | {"text": "forged words"}), secret)
    assert answer.status_code == 403
    assert inbox.deliveries == []
    assert not inbox.asked.is_set()
    assert "forged" not in str(logged)
    assert SECRET not in str(logged)


async def test_many_posts_without_the_secret_do_not_fill_the_log(platform: TelegramPlatform, inbox: Inbox) -> None:
    now = 1000.0
    async with served(platform, inbox, lambda: now) as behind:
        with structlog.testing.capture_logs() as logged:
            for _ in range(5):
                await behind.post(b"{}", "wrong")
            now += STRANGERS_LOGGED_EVERY_S + 1
            await behind.post(b"{}", "wrong")
    assert [entry["times"] for entry in logged if "without its secret" in entry["event"]] == [1, 5]


async def test_a_replay_is_taken_and_changes_nothing(inbox: Inbox, behind: Behind) -> None:
    await behind.webhook.start(INSTALLATION)
    for _ in range(3):
        assert (await behind.post(update(7, message=MESSAGE | {"text": "taxi 5"}))).status_code == 200
    assert [delivery.event_key for delivery in inbox.deliveries] == ["7"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"taxi 5",
        b"\xff\xfe\x00",
        b"[]",
        b"null",
        b'"update_id"',
        b'{"message": {}}',
        b'{"update_id": 1, "message": {"chat": 5}}',
        b"[" * 100_000,
        b"9" * 100_000,
    ],
    ids=lambda body: repr(body[:20]),
)
async def test_what_is_no_update_is_refused(inbox: Inbox, behind: Behind, body: bytes) -> None:
    await behind.webhook.start(INSTALLATION)
    answer = await behind.post(body)
    assert answer.status_code == 400
    assert inbox.deliveries == []


async def test_an_update_of_tomorrow_is_taken_and_means_nothing(
    platform: TelegramPlatform, inbox: Inbox, behind: Behind
) -> None:
    await behind.webhook.start(INSTALLATION)
    unknown: tuple[dict[str, Any], ...] = ({"a_thing_of_tomorrow": {"chat": {"id": 5}}}, {"poll": {"id": "1"}}, {})
    for number, content in enumerate(unknown):
        assert (await behind.post(update(number, **content))).status_code == 200
    parsed = [platform.parse(delivery.payload, INSTALLATION) for delivery in inbox.deliveries]
    assert parsed == [None, None, None]


async def test_before_the_start_and_after_the_stop_telegram_is_to_come_again(inbox: Inbox, behind: Behind) -> None:
    written = update(1, message=MESSAGE | {"text": "taxi 5"})
    assert (await behind.post(written)).status_code == 503
    await behind.webhook.start(INSTALLATION)
    assert (await behind.post(written)).status_code == 200
    await behind.webhook.stop()
    assert (await behind.post(written)).status_code == 503
    assert len(inbox.deliveries) == 1


async def test_a_stop_waits_for_a_commit_and_leaves_the_webhook(
    telegram_server: TelegramServer, inbox: Inbox, behind: Behind
) -> None:
    inbox.gate.clear()
    await behind.webhook.start(INSTALLATION)
    await telegram_server.anna.start()
    await asyncio.wait_for(inbox.asked.wait(), WAIT_S)
    stopping = asyncio.create_task(behind.webhook.stop())
    await asyncio.sleep(0)
    assert not stopping.done()
    inbox.gate.set()
    await asyncio.wait_for(stopping, WAIT_S)
    assert len(inbox.deliveries) == 1
    assert telegram_server.account.webhook["url"].endswith(PATH)


# Health


async def test_another_process_that_polls_is_said_clearly(
    telegram_server: TelegramServer, platform: TelegramPlatform, inbox: Inbox, behind: Behind
) -> None:
    assert behind.webhook.healthy() == "Telegram: the webhook is not set"
    await behind.webhook.start(INSTALLATION)
    assert behind.webhook.healthy() is None
    other = await telegram_server.ptb()
    await other.delete_webhook()
    await behind.webhook.look()
    assert behind.webhook.healthy() == (
        "Telegram: this bot is polled by another process; stop one of the two, and start this one again"
    )
    await other.set_webhook("http://127.0.0.1:9/elsewhere")
    await behind.webhook.look()
    assert "posts to http://127.0.0.1:9/elsewhere" in (behind.webhook.healthy() or "")
    assert len(telegram_server.telegram.wire.entries(name="setWebhook")) == 2, "it does not fight for it"


async def test_a_poll_beside_a_webhook_is_said_clearly(
    telegram_server: TelegramServer, platform: TelegramPlatform, inbox: Inbox
) -> None:
    polling = TelegramDriver(platform, inbox)
    await polling.start(INSTALLATION)
    await telegram_server.telegram.wait_for_poll(telegram_server.account)
    other = await telegram_server.ptb()
    await other.set_webhook("http://127.0.0.1:9/hook")
    await telegram_server.telegram.wire.wait_for(lambda entry: entry.status == 409, timeout_s=WAIT_S)
    await telegram_server.telegram.wait_idle()
    assert polling.healthy() == (
        "Telegram: another process receives this bot's updates, by polling or by a webhook (409); stop one of the two"
    )
    await polling.stop()


async def test_silence_of_telegram_is_noticed(telegram_server: TelegramServer, platform: TelegramPlatform) -> None:
    now = 1000.0
    async with served(platform, Inbox(), lambda: now) as behind:
        await behind.webhook.start(INSTALLATION)
        now += SILENCE_S_MAX + 1
        assert behind.webhook.healthy() == f"Telegram: no answer for {SILENCE_S_MAX + 1:.0f} s"
        telegram_server.telegram.misbehaviour.add(Rule(fault=Fault.SERVER_ERROR, method="getWebhookInfo"))
        await behind.webhook.look()
        assert behind.webhook.healthy() is not None
        await behind.webhook.look()
        assert behind.webhook.healthy() is None


async def test_a_webhook_that_telegram_cannot_reach_is_logged_once_and_the_process_stays_ready(
    telegram_server: TelegramServer, inbox: Inbox, behind: Behind
) -> None:
    """A balancer sends nothing to who is not ready: counting this would keep it so for ever."""
    await behind.webhook.start(INSTALLATION)
    inbox.failures = [IntakeUnavailable("disk full")]
    await telegram_server.anna.start()
    await inbox.wait_for(1)
    with structlog.testing.capture_logs() as logged:
        await behind.webhook.look()
        await behind.webhook.look()
        assert behind.webhook.healthy() is None
    (entry,) = (entry for entry in logged if "delivered to" in entry["event"])
    assert entry["why"] == "Wrong response from the webhook: 503 Service Unavailable"


@pytest.mark.parametrize(
    ("url", "error"),
    [("https://bot.example.com/webhooks/telegram", Refused), ("ftp://127.0.0.1/webhooks/telegram", Refused)],
)
async def test_an_address_that_telegram_does_not_take_is_said(
    platform: TelegramPlatform, inbox: Inbox, url: str, error: type[Exception]
) -> None:
    webhook = TelegramWebhook(platform, inbox, url=url, secret=SECRET)
    with pytest.raises(error, match="EXPENSEFLOW_TELEGRAM_WEBHOOK_URL: Telegram does not take this address"):
        await webhook.start(INSTALLATION)
    await webhook.stop()


async def test_a_telegram_that_is_away_is_for_later(
    telegram_server: TelegramServer, platform: TelegramPlatform, behind: Behind
) -> None:
    telegram_server.telegram.misbehaviour.add(Rule(fault=Fault.SERVER_ERROR, method="setWebhook", status=502))
    with pytest.raises(TryLater):
        await behind.webhook.start(INSTALLATION)
    await behind.webhook.start(INSTALLATION)
    assert behind.webhook.healthy() is None
