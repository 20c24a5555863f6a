"""Long polling: what Telegram delivers is committed before it is confirmed."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import structlog
from telegram import Update
from telegram.error import NetworkError, TelegramError
from telegram.ext import Updater
from typing_extensions import override

from bot.intake import Accepts, IntakeUnavailable
from bot.telegram.client import BEHIND, CONNECT_TIMEOUT_S, POLL_READ_TIMEOUT_S, RAW, platform_errors
from bot.telegram.incoming import ALLOWED_UPDATES, delivery_of
from bot.telegram.platform import TelegramPlatform
from core.kernel.guards import point

POLL_S = 25
"""How long Telegram holds a poll that has nothing to deliver; it allows 50 at most."""
RETRY_PAUSE_S_MAX = 30.0
"""The library's longest pause between polls that fail (telegram.ext._utils.networkloop)."""
POLL_SILENCE_S_MAX = POLL_S + POLL_READ_TIMEOUT_S + CONNECT_TIMEOUT_S + RETRY_PAUSE_S_MAX
"""Longer without a good answer, and one whole attempt has failed, its pause included."""
CONFLICT_REMEMBERED_S = 60.0
"""Two pollers throw each other out in turns, so that a good answer in between means nothing."""
CONFLICT_REST_S_MAX = 30.0
"""They would do so once a second; each rests longer and longer instead, up to this."""
BOOTSTRAP_RETRIES = 5
STOP_POLLING_S_MAX = 0.5
STOP_CONFIRMING_S_MAX = 2.0
STOP_COMMITTING_S_MAX = 2.0
"""For the poll to end; for the last poll, which confirms what is committed; for commits under way."""

_POLLING_TASK = "Updater:start_polling:polling_task"  # the name that the library gives it; a test watches over it

logger = structlog.get_logger()

Put = Callable[[Update], Coroutine[Any, Any, None]]


class CommittingQueue(asyncio.Queue[object]):
    """The queue that the library's Updater fills, one update after the other, before it confirms them by its next offset.

    `put` returns once the update is committed. All its failures become NetworkError, upon which the Updater polls again
    with the old offset, after a pause: any other exception would end its task for good. A `put` that is cancelled lets
    its commit come to an end, so that stopping never leaves a transaction in doubt.
    """

    def __init__(self, commit: Put) -> None:
        """Take what commits an update."""
        super().__init__()
        self._commit = commit
        self._committing: set[asyncio.Task[None]] = set()
        self.failure: str | None = None

    @override
    async def put(self, item: object) -> None:
        if not isinstance(item, Update):
            raise NetworkError(f"the Updater put a {type(item).__name__}")
        task = asyncio.create_task(self._commit(item))
        self._committing.add(task)
        task.add_done_callback(self._committing.discard)
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if not task.cancelled():
                raise  # it is the Updater that is cancelled
            self.failure = "the commit was cancelled"
            raise NetworkError(self.failure) from None
        except Exception as error:
            self.failure = f"{type(error).__name__}: {error}"
            logger.exception("an update could not be committed; telegram delivers it again", update_id=item.update_id)
            raise NetworkError("an update could not be committed") from error
        self.failure = None
        point("before-acknowledgement")

    @property
    def committing(self) -> frozenset[asyncio.Task[None]]:
        """Return the commits that are under way."""
        return frozenset(self._committing)


class TelegramDriver:
    """Polls for one installation from `start` to `stop`, and hands each update to the intake.

    An update is confirmed to Telegram by the offset of the poll after it, which the library raises only when all updates
    of a batch are committed. A crash in between repeats updates, and the inbox knows them by their ids. What is answered
    at once (a tap) is the intake's to answer, when the event has been handled.
    """

    def __init__(
        self,
        platform: TelegramPlatform,
        accepts: Accepts,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take an identified platform, and what commits; `monotonic` tells seconds for `healthy`."""
        self._platform = platform
        self._accepts = accepts
        self._monotonic = monotonic
        self._installation_id = ""
        self._queue = CommittingQueue(self._commit)
        self._updater: Updater | None = None
        self._polling: asyncio.Task[Any] | None = None
        self._answered_at = 0.0
        self._conflict_at: float | None = None
        self._conflict_rest_s = 0.0
        self._last_status = 0

    async def start(self, installation_id: str) -> None:
        """Begin to poll. Raises TryLater when Telegram cannot be reached: a webhook, if there is one, is taken away first."""
        self._installation_id = installation_id
        self._answered_at = self._monotonic()
        self._conflict_at = None
        self._platform.polling_request.on_status = self._note_status
        self._platform.polling_request.hurry(None)
        self._updater = Updater(self._platform.bot, self._queue)
        await self._updater.initialize()
        before = asyncio.all_tasks()
        with platform_errors():
            await self._updater.start_polling(
                timeout=timedelta(seconds=POLL_S),
                bootstrap_retries=BOOTSTRAP_RETRIES,
                allowed_updates=list(ALLOWED_UPDATES),
                drop_pending_updates=False,
                error_callback=self._note_error,
            )
        # The library keeps the task to itself; one that ends must not go unnoticed, nor may one hold up the stop.
        (self._polling,) = (task for task in asyncio.all_tasks() - before if task.get_name() == _POLLING_TASK)
        logger.info("telegram: polling", bot=self._platform.identity.username, installation_id=installation_id)

    async def stop(self) -> None:
        """Stop polling, in seconds, whatever Telegram does. What is being committed is; the rest is delivered again."""
        updater, polling, self._updater = self._updater, self._polling, None
        if updater is None or polling is None:
            return
        self._platform.polling_request.hurry(STOP_CONFIRMING_S_MAX / 2)
        stopping = asyncio.create_task(updater.stop())
        await asyncio.wait({polling}, timeout=STOP_POLLING_S_MAX)
        polling.cancel()  # it may be in its pause after an error, of up to 30 s, from which nothing else wakes it
        await asyncio.wait({stopping}, timeout=STOP_CONFIRMING_S_MAX)
        if stopping.cancel():
            await asyncio.wait({stopping})
        elif (error := stopping.exception()) is not None:
            logger.warning("telegram: polling had ended before it was stopped", error=str(error))
        if self._queue.committing:
            await asyncio.wait(self._queue.committing, timeout=STOP_COMMITTING_S_MAX)

    def healthy(self) -> str | None:
        """Return None while updates come in, or else the sentence that says what is wrong."""
        polling, now = self._polling, self._monotonic()
        if self._updater is None or polling is None:
            return "Telegram: not polling"
        if polling.done():
            return f"Telegram: polling has ended ({_end_of(polling)}); restart the process"
        if self._conflict_at is not None and now - self._conflict_at < CONFLICT_REMEMBERED_S:
            return (
                "Telegram: another process receives this bot's updates, by polling or by a webhook (409);"
                " stop one of the two"
            )
        if self._last_status in (401, 404):
            return f"Telegram: it does not know this bot's token any more ({self._last_status})"
        if self._queue.failure is not None:
            return f"Telegram: updates wait, since the inbox does not take them ({self._queue.failure})"
        silence_s = now - self._answered_at
        if silence_s > POLL_SILENCE_S_MAX:
            return f"Telegram: no answer for {silence_s:.0f} s"
        return None

    async def _commit(self, update: Update) -> None:
        """Commit an update. Where it cannot be, those behind it wait as well, and their people are told."""
        try:
            await self._accepts.accept(self._installation_id, delivery_of(update.api_kwargs[RAW]))
        except IntakeUnavailable:
            for behind in update.api_kwargs[BEHIND]:
                self._accepts.put_off(self._installation_id, delivery_of(behind))
            raise

    def _note_status(self, status: int) -> float:
        """Note how a poll went; return how long to rest, in seconds."""
        self._last_status = status
        now = self._monotonic()
        if status == 200:
            self._answered_at = now
        if status != 409:
            return 0.0
        again = self._conflict_at is not None and now - self._conflict_at < CONFLICT_REMEMBERED_S
        self._conflict_at = now
        # The first one may be of a process that is about to stop, as when this one takes its place.
        self._conflict_rest_s = min(max(self._conflict_rest_s * 2, 1.0), CONFLICT_REST_S_MAX) if again else 0.0
        return self._conflict_rest_s

    def _note_error(self, error: TelegramError) -> None:
        """Log a poll that failed. It must not raise: the library would end its task."""
        logger.warning("telegram: a poll failed", error=str(error))


def _end_of(task: asyncio.Task[Any]) -> str:
    if task.cancelled():
        return "cancelled"
    return str(task.exception() or "stopped")
