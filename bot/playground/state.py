"""What both emulators share: news of changes, faults on demand, and snapshots for `--keep`.

Everything here lives in one event loop and holds no locks: a change is made and published without an await between.
"""

import asyncio
import itertools
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

Json = dict[str, Any]
"""A JSON object, as `json.loads` gives it."""

Clock = Callable[[], float]
"""Seconds since the Unix epoch. Handed in, so that tests decide what time it is."""

SUBSCRIBER_QUEUE_MAX = 10_000
"""A reader that falls further behind than this is cut off, so that it cannot fill the emulator's memory."""

Item = TypeVar("Item")
Found = TypeVar("Found")


class Subscription(AsyncIterator[Item], Generic[Item]):
    """What is published from now on, in order. It ends when it is closed or when its reader falls too far behind."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Item | None] = asyncio.Queue()
        self._closed = False

    def push(self, item: Item) -> None:
        if self._closed:
            return
        if self._queue.qsize() >= SUBSCRIBER_QUEUE_MAX:
            self.close()
        else:
            self._queue.put_nowait(item)

    def close(self) -> None:
        """Ends the iteration after what is already waiting has been read."""
        if not self._closed:
            self._closed = True
            self._queue.put_nowait(None)

    async def __anext__(self) -> Item:
        item = await self._queue.get()
        if item is None:
            # It goes back, so that whoever asks again is told the end again.
            self._queue.put_nowait(None)
            raise StopAsyncIteration
        return item


class Publisher(Generic[Item]):
    """Hands each published item to everyone who is subscribed at that moment."""

    def __init__(self) -> None:
        self._subscriptions: list[Subscription[Item]] = []

    def publish(self, item: Item) -> None:
        for subscription in self._subscriptions:
            subscription.push(item)

    @contextmanager
    def subscribe(self) -> Iterator[Subscription[Item]]:
        """Usage: `with publisher.subscribe() as news: async for item in news: …`."""
        subscription: Subscription[Item] = Subscription()
        self._subscriptions.append(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.remove(subscription)

    def close(self) -> None:
        """Ends every subscription: for the shutdown of the server."""
        for subscription in self._subscriptions:
            subscription.close()

    async def wait_until(self, look: Callable[[], Found | None], *, timeout_s: float, what: str = "") -> Found:
        """Returns what `look` finds, now or after one of the next publications.

        `look` returns None while there is nothing to find. Raises TimeoutError, naming `what` was waited for.
        """
        with self.subscribe() as news:
            try:
                async with asyncio.timeout(timeout_s):
                    while (found := look()) is None:
                        await anext(news)
            except (TimeoutError, StopAsyncIteration) as error:
                raise TimeoutError(f"waited {timeout_s} s in vain for {what or 'an event'}") from error
        return found


class Bus(Publisher[Json]):
    """Tells the page "something changed".

    An event is a JSON object with at least `platform` ("telegram" or "slack"), `chat` (the chat's or channel's id as
    a string, or None when the change belongs to none) and `kind` (such as "message", "edit", "toast").
    """

    def changed(self, platform: str, chat: str | int | None, kind: str, **details: Any) -> None:
        self.publish({"platform": platform, "chat": None if chat is None else str(chat), "kind": kind, **details})


class Fault(StrEnum):
    """How an emulator misbehaves. The first five answer a call, the next three deliver, the last two are Slack's."""

    TOO_MANY_REQUESTS = "too-many-requests"
    """429 with `retry_after_s`; the call has no effect."""
    SERVER_ERROR = "server-error"
    """`status` (5xx); the call has no effect."""
    DROP_BEFORE = "drop-before"
    """The connection is cut; the call has no effect."""
    DROP_AFTER = "drop-after"
    """The call takes effect, then the connection is cut: the caller cannot know."""
    SLOW = "slow"
    """The call takes effect; its answer comes after `delay_s`."""
    DUPLICATE = "duplicate"
    """A delivery is made `copies` times, repeats shuffled by `seed`."""
    REORDER = "reorder"
    """What waits to be delivered is delivered in another order (drawn by `seed`)."""
    DROP_THEN_REPEAT = "drop-then-repeat"
    """A delivery's connection is cut, and the same is delivered again later."""
    EXPIRED_TRIGGER = "expired-trigger"
    """A trigger id counts as expired, however young it is."""
    REFUSED = "refused"
    """The call is answered with the error code `error`, and has no effect."""


CALL_FAULTS = frozenset({Fault.TOO_MANY_REQUESTS, Fault.SERVER_ERROR, Fault.DROP_BEFORE, Fault.DROP_AFTER, Fault.SLOW})
DELIVERY_FAULTS = frozenset({Fault.DUPLICATE, Fault.REORDER, Fault.DROP_THEN_REPEAT})


@dataclass(slots=True, kw_only=True)
class Rule:
    """One order to misbehave: the next `remaining` matching calls. Mutable, since it counts.

    `method` is a method's or an event's name, or "*" for any. Unused numbers of a fault are ignored.
    """

    fault: Fault
    method: str = "*"
    remaining: int = 1
    retry_after_s: int = 1
    status: int = 500
    delay_s: float = 0.0
    error: str = "internal_error"
    copies: int = 2
    seed: int = 0
    id: int = 0
    hits: int = 0


class Misbehaviour:
    """The rules that wait for their calls, in the order in which they were added. Each emulator has its own."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._ids = itertools.count(1)

    def add(self, rule: Rule) -> Rule:
        """Queues a rule and returns it; its `hits` tells later how often it struck."""
        rule.id = next(self._ids)
        self._rules.append(rule)
        return rule

    def take(self, method: str, faults: frozenset[Fault]) -> Rule | None:
        """The first rule for this method and one of these faults, counted as hit; None when all goes well."""
        for rule in self._rules:
            if rule.remaining > 0 and rule.method in (method, "*") and rule.fault in faults:
                rule.remaining -= 1
                rule.hits += 1
                return rule
        return None

    def rules(self) -> list[Rule]:
        """Every rule that was added since the last `clear`, used up or not."""
        return list(self._rules)

    def clear(self) -> None:
        self._rules.clear()


class Snapshotting(Protocol):
    """What keeps its state over a restart: both emulators."""

    def snapshot(self) -> Json:
        """The whole state as JSON, counters included, so that no update id or message id is ever given twice."""
        ...

    def restore(self, snapshot: Json) -> None:
        """Takes the place of the present state. Raises ValueError for a snapshot of an unknown version."""
        ...


def save_snapshots(path: Path, parts: Mapping[str, Snapshotting]) -> None:
    """Writes every part's snapshot into one file, in whole or not at all."""
    content = json.dumps({name: part.snapshot() for name, part in parts.items()}, ensure_ascii=False)
    unfinished = path.with_name(path.name + ".new")
    with unfinished.open("w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def load_snapshots(path: Path, parts: Mapping[str, Snapshotting]) -> bool:
    """Restores every part that the file knows. False when there is no such file."""
    if not path.exists():
        return False
    kept: dict[str, Json] = json.loads(path.read_text(encoding="utf-8"))
    for name, part in parts.items():
        if name in kept:
            part.restore(kept[name])
    return True
