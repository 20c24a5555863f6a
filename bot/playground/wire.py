"""The log of every call and every delivery between the bot and the emulated platforms, and how the server is run.

The page's inspector shows it, and tests count from it: it outlives the bot, so it knows what a killed bot has sent.
"""

import itertools
import re
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from typing import Any, Literal

from aiohttp import web

from bot.playground.state import Clock, Json, Publisher, Subscription

Platform = Literal["telegram", "slack"]
Direction = Literal["bot-to-server", "server-to-bot"]

ENTRIES_MAX = 5_000
"""How many entries the page's log holds before it forgets the oldest."""

MASK = "***"

_TOKENS = re.compile(
    r"""
      (?<=bot)\d{3,}:[A-Za-z0-9_-]{3,}      # a Bot API token in a URL's path
    | \b\d{6,}:[A-Za-z0-9_-]{20,}           # a Bot API token elsewhere
    | \bx(?:ox[a-z]|app)-[A-Za-z0-9-]{3,}   # Slack's tokens: xoxb-, xoxp-, xapp-
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WireEntry:
    """One call with its answer, or one delivery with its acknowledgement. Tokens are masked already."""

    sequence: int
    platform: Platform
    direction: Direction
    name: str
    """The method ("sendMessage", "chat.postMessage") or the kind of event ("message", "block_actions")."""
    request: Json
    answer: Json
    status: int | None
    """The HTTP status; None when the connection was cut, or for a delivery that has none of its own."""
    started: float
    """Seconds since the Unix epoch."""
    duration_ms: float
    chat: str | None

    def as_json(self) -> Json:
        return asdict(self)


class WireLog:
    """Append-only. `max_entries=None` forgets nothing, for tests that count."""

    def __init__(self, *, clock: Clock = time.time, max_entries: int | None = ENTRIES_MAX) -> None:
        self.clock = clock
        self._entries: deque[WireEntry] = deque(maxlen=max_entries)
        self._sequence = itertools.count(1)
        self._secrets: set[str] = set()
        self._publisher: Publisher[WireEntry] = Publisher()

    def add_secret(self, secret: str) -> None:
        """From now on this string is masked wherever it appears (tokens of a known shape always are)."""
        if secret:
            self._secrets.add(secret)

    def mask(self, value: Any) -> Any:
        """A copy of a JSON value in which every token, also one inside a longer string or a key, is `***`."""
        if isinstance(value, str):
            for secret in self._secrets:
                value = value.replace(secret, MASK)
            return _TOKENS.sub(MASK, value)
        if isinstance(value, dict):
            return {self.mask(key): self.mask(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.mask(item) for item in value]
        return value

    def record(
        self,
        *,
        platform: Platform,
        direction: Direction,
        name: str,
        request: Json,
        answer: Json | None = None,
        status: int | None = None,
        started: float | None = None,
        duration_ms: float = 0.0,
        chat: str | int | None = None,
    ) -> WireEntry:
        """Appends one entry and tells everyone who listens. `started` is now unless it is given."""
        entry = WireEntry(
            sequence=next(self._sequence),
            platform=platform,
            direction=direction,
            name=self.mask(name),
            request=self.mask(request),
            answer=self.mask(answer or {}),
            status=status,
            started=self.clock() if started is None else started,
            duration_ms=duration_ms,
            chat=None if chat is None else str(chat),
        )
        self._entries.append(entry)
        self._publisher.publish(entry)
        return entry

    def entries(
        self,
        *,
        after_sequence: int = 0,
        platform: Platform | None = None,
        direction: Direction | None = None,
        name: str | None = None,
    ) -> list[WireEntry]:
        """What is remembered, oldest first, narrowed by what is given."""
        return [
            entry
            for entry in self._entries
            if entry.sequence > after_sequence
            and platform in (None, entry.platform)
            and direction in (None, entry.direction)
            and name in (None, entry.name)
        ]

    def subscribe(self) -> AbstractContextManager[Subscription[WireEntry]]:
        """Usage: `with log.subscribe() as live: async for entry in live: …`."""
        return self._publisher.subscribe()

    def close(self) -> None:
        """Ends every subscription: for the shutdown of the server."""
        self._publisher.close()

    async def wait_for(
        self, predicate: Callable[[WireEntry], bool], *, timeout_s: float, after_sequence: int = 0
    ) -> WireEntry:
        """The first entry after `after_sequence` that the predicate accepts, remembered or still to come.

        Raises TimeoutError.
        """
        seen = after_sequence

        def look() -> WireEntry | None:
            nonlocal seen
            for entry in self._newer(seen):
                seen = entry.sequence
                if predicate(entry):
                    return entry
            return None

        return await self._publisher.wait_until(look, timeout_s=timeout_s, what="a wire entry")

    def _newer(self, sequence: int) -> Iterator[WireEntry]:
        """Entries after this one, oldest first, without walking over the older ones each time."""
        newer = list(itertools.takewhile(lambda entry: entry.sequence > sequence, reversed(self._entries)))
        return reversed(newer)


def cut_connection(request: web.Request) -> web.Response:
    """Cuts the connection under a request, as a failing network does. The returned answer never reaches anybody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def make_runner(app: web.Application) -> web.AppRunner:
    """How the emulators' server must be run, in the playground and in tests.

    A long poll must end at once when its client goes away. aiohttp cancels the handler of a lost connection only when
    it is asked to, so this asks. At the shutdown the emulators end their polls themselves (`on_shutdown`).
    """
    return web.AppRunner(app, handler_cancellation=True, shutdown_timeout=2.0, access_log=None)
