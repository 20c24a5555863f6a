"""python-telegram-bot, set up: two HTTP clients, updates as they came, and its errors in the words of bot.platform."""

import asyncio
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.ext import AIORateLimiter, ExtBot
from telegram.request import BaseRequest, RequestData
from typing_extensions import override

from bot.platform import LockedOut, MessageGone, RateLimited, Refused, TryLater, Unreachable
from bot.telegram.limits import MESSAGES_PER_SECOND_MAX
from bot.telegram.transport import AiohttpRequest

# The library is moving its durations from int to timedelta and warns at every 429 until one chooses: the new way.
os.environ.setdefault("PTB_TIMEDELTA", "true")  # house: the library reads it there and nowhere else

# It writes a traceback for every 429; whoever sends says in a line that the message waits, and how long.
logging.getLogger("telegram.ext.AIORateLimiter").setLevel(logging.CRITICAL)

CALL_CONNECTIONS_MAX = 16
CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 15.0
WRITE_TIMEOUT_S = 10.0
POOL_TIMEOUT_S = 20.0
"""How long a call may wait for one of the connections; those are busy for READ_TIMEOUT_S at most."""
POLL_READ_TIMEOUT_S = 10.0
"""Beyond the time for which Telegram holds a poll."""

RAW = "raw"
"""The name under which an Update carries the JSON that it came as, in its api_kwargs."""
BEHIND = "behind"
"""The name under which an Update carries the JSON of those that came behind it in the same answer."""

_GONE = (
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "there is no text in the message to edit",
    "there is no caption in the message to edit",
)
_NO_PHOTO = (
    "image_process_failed",
    "photo_invalid_dimensions",
    "photo_save_file_invalid",
    "photo_ext_invalid",
    "file is too big",
)
"""What Telegram says of a picture that it does not take for a photo; a document may be anything."""
_NOT_DELETABLE = ("message to delete not found", "message can't be deleted", "message_id_invalid")
_UNREACHABLE = (
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "not enough rights to send",
    "have no rights to send",
    "chat_write_forbidden",
    "group chat was deactivated",
)
"""What Telegram says of a chat that cannot be written to, although with 400 and not with 403. It publishes no list."""


def _no_rest(_status: int) -> float:
    """Ask for no rest: nobody polls yet."""
    return 0.0


class PollingRequest(AiohttpRequest):
    """The HTTP client of getUpdates alone.

    `parse_json_payload` and `do_request` are the library's own places to step in. Each update is handed on as the JSON
    that it came as: nothing is lost of a field that this version of the library does not know, no update that it cannot
    read can hold up the ones behind it, and nothing is parsed that the inbox is going to parse later anyway.
    """

    __slots__ = ("_total_timeout_s", "on_status")

    def __init__(self) -> None:
        """Take no arguments: the settings stand above.

        `on_status` is called with the HTTP status of every answer; it returns for how many seconds the answer is held back.
        """
        super().__init__(
            connections_max=1,  # polls follow one another; Telegram throws out the older one of two
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=POLL_READ_TIMEOUT_S,
            write_timeout=WRITE_TIMEOUT_S,
            pool_timeout=POOL_TIMEOUT_S,
        )
        self.on_status: Callable[[int], float] = _no_rest
        self._total_timeout_s: float | None = None

    def hurry(self, total_timeout_s: float | None) -> None:
        """Give every further request no more than this time as a whole, since the process wants to stop; None: no hurry."""
        self._total_timeout_s = total_timeout_s

    @override
    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        try:
            async with asyncio.timeout(self._total_timeout_s):
                status, payload = await super().do_request(
                    url, method, request_data, read_timeout, write_timeout, connect_timeout, pool_timeout
                )
        except TimeoutError as error:
            raise TimedOut from error
        rest_s = self.on_status(status)
        if rest_s > 0 and self._total_timeout_s is None:
            await asyncio.sleep(rest_s)
        if status in (401, 404):
            # The library would give up polling for good; a proxy or a server that restarts says the same for a moment.
            raise NetworkError(f"Telegram does not know this bot's token ({status})")
        return status, payload

    @staticmethod
    @override
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        answer = BaseRequest.parse_json_payload(payload)
        updates = answer.get("result")
        if isinstance(updates, list):
            try:
                answer["result"] = [
                    {"update_id": update["update_id"], RAW: update, BEHIND: updates[place:]}
                    for place, update in enumerate(updates, start=1)
                ]
            except (TypeError, KeyError) as error:
                raise NetworkError(f"getUpdates answered with something that is no update: {error!r}") from error
        return answer


def make_bot(token: str, api_url: str, polling: PollingRequest) -> ExtBot[int]:
    """Return the library's client. `api_url` is what comes before /bot<token>/ and /file/bot<token>/.

    The limiter spreads bursts over all chats. What Telegram allows for one group a minute is left to its own answer: a
    429 goes back into the queue with its delay, where waiting here would keep a sender busy.
    """
    calls = AiohttpRequest(
        connections_max=CALL_CONNECTIONS_MAX,
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        write_timeout=WRITE_TIMEOUT_S,
        pool_timeout=POOL_TIMEOUT_S,
    )
    return ExtBot(
        token=token,
        base_url=f"{api_url}/bot",
        base_file_url=f"{api_url}/file/bot",
        request=calls,
        get_updates_request=polling,
        rate_limiter=AIORateLimiter(
            overall_max_rate=MESSAGES_PER_SECOND_MAX, overall_time_period=1, group_max_rate=0, max_retries=0
        ),
    )


def says(error: TelegramError, *sentences: str) -> bool:
    """Tell whether Telegram's description holds one of the sentences, in whatever case it writes them."""
    description = error.message.lower()
    return any(sentence in description for sentence in sentences)


def is_not_deletable(error: TelegramError) -> bool:
    """Tell whether Telegram refuses to take away a message that is gone, or too old."""
    return says(error, *_NOT_DELETABLE)


def is_no_photo(error: TelegramError) -> bool:
    """Tell whether Telegram refuses a picture as a photo, and may take it as a document."""
    return says(error, *_NO_PHOTO)


@contextmanager
def platform_errors() -> Iterator[None]:
    """Turn the library's errors into those of bot.platform. ChatMigrated passes: it names the chat to use instead."""
    try:
        yield
    except ChatMigrated:
        raise
    except RetryAfter as error:
        wait = error.retry_after
        raise RateLimited(str(error), wait if isinstance(wait, int) else wait.total_seconds()) from error
    except InvalidToken:
        # Without the library's error, which can hold the token. What waits is sent once the token is right again.
        raise LockedOut("Telegram does not know this bot's token") from None
    except Forbidden as error:
        raise Unreachable(str(error)) from error
    except BadRequest as error:  # before NetworkError, of which the library makes it a kind
        if says(error, *_GONE):
            raise MessageGone(str(error)) from error
        if says(error, *_UNREACHABLE):
            raise Unreachable(str(error)) from error
        raise Refused(str(error)) from error
    except TelegramError as error:
        raise TryLater(str(error)) from error
