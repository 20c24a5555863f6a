"""A webhook: what Telegram posts is committed before it is answered. https://core.telegram.org/bots/api#setwebhook"""

import asyncio
import contextlib
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import structlog
from telegram import WebhookInfo
from telegram.error import BadRequest

from bot.intake import Accepts, IntakeUnavailable
from bot.platform import HttpAnswer, HttpRequest, PlatformError, Refused, TryLater
from bot.settings import variable_of
from bot.telegram.client import platform_errors, says
from bot.telegram.incoming import ALLOWED_UPDATES, delivery_of
from bot.telegram.limits import WEBHOOK_CONNECTIONS
from bot.telegram.platform import TelegramPlatform
from core.kernel.guards import point

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the name of a header
LOOK_EVERY_S = 30.0
"""How often Telegram is asked how it fares with the webhook."""
SILENCE_S_MAX = 3 * LOOK_EVERY_S
STRANGERS_LOGGED_EVERY_S = 60.0
STOP_COMMITTING_S_MAX = 2.0
COME_AGAIN_S = 5
"""When Telegram is to try again, in seconds. Left to itself it waits longer and longer, up to two minutes
(github.com/tdlib/telegram-bot-api, WebhookActor), while the store may be back at once.
"""

TAKEN = HttpAnswer(status=200)
WRONG_SECRET = HttpAnswer(status=403, body=b"wrong secret")
NO_UPDATE = HttpAnswer(status=400, body=b"no update")
NOT_NOW = HttpAnswer(status=503, body=b"not now", retry_after_s=COME_AGAIN_S)

logger = structlog.get_logger()


def webhook_secret(secret_key: str) -> str:
    """Return what Telegram shows with each update: 64 hex digits, derived from the deployment's secret key for this alone."""
    return hmac.new(secret_key.encode(), b"expenseflow telegram webhook", hashlib.sha256).hexdigest()


class TelegramWebhook:
    """Takes the updates of one installation from `start` to `stop`, and hands each to the intake.

    An update is confirmed to Telegram by the 200, which follows its commit; anything else, and it comes again. Telegram
    delivers a chat's updates one after the other, and different chats' beside each other.
    """

    def __init__(
        self,
        platform: TelegramPlatform,
        accepts: Accepts,
        *,
        url: str,
        secret: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take an identified platform, what commits, and the public address at which `receive` is served.

        `monotonic` tells seconds for `healthy`.
        """
        self._platform = platform
        self._accepts = accepts
        self._url = url
        self._secret = secret
        self._monotonic = monotonic
        self._installation_id: str | None = None
        self._watching: asyncio.Task[None] | None = None
        self._receiving: set[asyncio.Task[Any]] = set()
        self._strangers = 0
        self._stranger_logged_at: float | None = None
        self._looked_at = 0.0
        self._found_url = ""
        self._error_date: object = None

    async def start(self, installation_id: str) -> None:
        """Have Telegram post from now on; polls end. Raises TryLater, and Refused for an address that it does not take."""
        self._installation_id = installation_id
        try:
            await self._set()
        except BaseException:
            self._installation_id = None
            raise
        self._look_was_good(await self._ask(), is_first=True)
        self._watching = asyncio.create_task(self._watch(), name="telegram:webhook")
        logger.info("telegram: webhook", bot=self._platform.identity.username, url=self._url)

    async def _set(self) -> None:
        with platform_errors():
            try:
                await self._platform.bot.set_webhook(
                    self._url,
                    secret_token=self._secret,
                    max_connections=WEBHOOK_CONNECTIONS,
                    allowed_updates=list(ALLOWED_UPDATES),
                    drop_pending_updates=False,
                )
            except BadRequest as error:
                sentence = f"{variable_of('telegram_webhook_url')}: Telegram does not take this address: {error}"
                if says(error, "failed to resolve host"):  # the name may be new, or its server away
                    raise TryLater(sentence) from error
                raise Refused(sentence) from error

    async def stop(self) -> None:
        """Take no more; what is being committed is. The webhook stays set: what comes meanwhile waits with Telegram."""
        self._installation_id = None
        watching, self._watching = self._watching, None
        if watching is not None:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        if self._receiving:
            await asyncio.wait(self._receiving, timeout=STOP_COMMITTING_S_MAX)

    async def receive(self, request: HttpRequest) -> HttpAnswer:
        """Commit what was posted, then answer 200; 403 for a wrong secret, 400 for what is no update, 503 to have it again."""
        shown = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(shown.encode("utf-8", "surrogateescape"), self._secret.encode()):
            self._note_stranger()
            return WRONG_SECRET
        task = asyncio.current_task()
        if self._installation_id is None or task is None:
            return NOT_NOW
        self._receiving.add(task)
        try:
            return await self._take(self._installation_id, request.body)
        finally:
            self._receiving.discard(task)

    def _note_stranger(self) -> None:
        """Log a post without the secret; of many, how many they were, once a while: anybody can post here."""
        self._strangers += 1
        now = self._monotonic()
        if self._stranger_logged_at is None or now - self._stranger_logged_at > STRANGERS_LOGGED_EVERY_S:
            logger.warning("telegram: somebody posted to the webhook without its secret", times=self._strangers)
            self._strangers, self._stranger_logged_at = 0, now

    async def _take(self, installation_id: str, body: bytes) -> HttpAnswer:
        try:
            delivery = delivery_of(json.loads(body))
        except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
            logger.warning("telegram: what was posted is no update", why=type(error).__name__)
            return NO_UPDATE
        try:
            await self._accepts.accept(installation_id, delivery)
        except IntakeUnavailable:
            return NOT_NOW
        point("before-acknowledgement")
        return TAKEN

    def healthy(self) -> str | None:
        """Return None while Telegram posts here, or else the sentence that says what is wrong.

        That Telegram cannot reach the address is logged and does not count: a balancer that takes a process for
        not ready sends it nothing, and so would keep it from ever being reached.
        """
        if self._watching is None:
            return "Telegram: the webhook is not set"
        if self._found_url != self._url:
            other = f"posts to {self._found_url}" if self._found_url else "is polled by another process"
            return f"Telegram: this bot {other}; stop one of the two, and start this one again"
        silence_s = self._monotonic() - self._looked_at
        return f"Telegram: no answer for {silence_s:.0f} s" if silence_s > SILENCE_S_MAX else None

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self.look()

    async def look(self) -> None:
        """Ask Telegram how it fares with the webhook, and log its failures, each once. Never raises."""
        with contextlib.suppress(PlatformError):  # silence is what `healthy` tells of
            self._look_was_good(await self._ask())

    async def _ask(self) -> WebhookInfo:
        with platform_errors():
            return await self._platform.bot.get_webhook_info()

    def _look_was_good(self, info: WebhookInfo, *, is_first: bool = False) -> None:
        self._looked_at = self._monotonic()
        self._found_url = info.url
        if info.last_error_date != self._error_date and not is_first:  # the first one is from before this start
            logger.warning(
                "telegram: the webhook could not be delivered to",
                why=info.last_error_message,
                waiting=info.pending_update_count,
            )
        self._error_date = info.last_error_date
