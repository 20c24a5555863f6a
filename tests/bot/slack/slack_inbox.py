"""An inbox in memory, for tests of the driver alone: what is accepted is kept, as the real one keeps it in SQL."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.intake import Accepted, Delivery, IntakeUnavailable
from bot.platform import Destination
from bot.slack.driver import Identity, SlackDriver
from bot.slack.platform import SlackPlatform
from handlers.events import Event
from handlers.outcome import Outcome
from tests.fixtures.slack_emulator import SlackServer

INSTALLATION = "installation"
NOTHING_TO_SAY = Outcome(language="en")


async def _done(_delivery: Delivery) -> Outcome:
    return NOTHING_TO_SAY


class Inbox:
    """Accepts deliveries once each. `door` shut: the commit takes as long as it is; `failures`: so many commits fail."""

    def __init__(self) -> None:
        self.committed: dict[str, Delivery] = {}
        self.attempts: list[Delivery] = []
        self.door = asyncio.Event()
        self.door.set()
        self.failures: list[Exception] = []
        self.handle: Callable[[Delivery], Awaitable[Outcome]] = _done
        self._outcomes: dict[str, asyncio.Future[Outcome]] = {}
        self._news = asyncio.Condition()

    async def accept(self, installation_id: str, delivery: Delivery) -> Accepted:
        assert installation_id == INSTALLATION
        self.attempts.append(delivery)
        await self._tell()
        await self.door.wait()
        if self.failures:
            raise self.failures.pop(0)
        new = delivery.event_key not in self.committed
        if new:
            self.committed[delivery.event_key] = delivery
            self._outcomes[delivery.event_key] = asyncio.ensure_future(self.handle(delivery))
        await self._tell()
        return Accepted(delivery.event_key, new, self._outcomes[delivery.event_key])

    def put_off(self, installation_id: str, delivery: Delivery) -> None:  # noqa: ARG002 - the protocol's
        raise AssertionError("Slack's deliveries come one by one: none waits behind another")

    async def wait_for_attempts(self, count: int) -> None:
        async with asyncio.timeout(5), self._news:
            await self._news.wait_for(lambda: len(self.attempts) >= count)

    async def wait_for_commits(self, count: int) -> None:
        async with asyncio.timeout(5), self._news:
            await self._news.wait_for(lambda: len(self.committed) >= count)

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()


def disk_is_full() -> IntakeUnavailable:
    return IntakeUnavailable("disk full")


@dataclass(slots=True)
class Edge:
    """A connected driver, its inbox, and the emulated Slack that it talks to."""

    server: SlackServer
    driver: SlackDriver
    inbox: Inbox
    identity: Identity
    seen: int = field(default=0)

    @property
    def platform(self) -> SlackPlatform:
        return self.driver.platform

    async def next_event(self) -> Event:
        """Return the next committed delivery as an event, as the dispatcher would read it."""
        await self.inbox.wait_for_commits(self.seen + 1)
        delivery = list(self.inbox.committed.values())[self.seen]
        self.seen += 1
        event = self.platform.parse(delivery.payload, INSTALLATION)
        assert event is not None
        return event

    def outcomes(self, name: str) -> list[str]:
        """Return how each attempt to deliver something of this name ended."""
        return [entry.answer["outcome"] for entry in self.server.slack.wire.entries(name=name) if entry.answer]

    def calls(self, method: str) -> int:
        return len(self.server.slack.wire.entries(name=method, direction="bot-to-server"))

    def here(self, event: Event, *, only: bool = False) -> Destination:
        source = event.source
        return Destination(channel=source.channel, user=source.user, only_for_user=source.user if only else None)
