"""What is delivered to the app: once, again, in another order, or in vain. How it gets there is a transport's.

Source: https://docs.slack.dev/apis/events-api (retries) and https://docs.slack.dev/interactivity. An event that is not
acknowledged in time is delivered again up to three times. Commands and interactions are delivered once: the person who
caused them sees that nobody answered.
"""

import asyncio
import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, Protocol

from bot.playground.slack.settings import SlackSettings
from bot.playground.state import Bus, Clock, Fault, Json, Misbehaviour, Publisher, Rule
from bot.playground.wire import WireLog

DeliveryKind = Literal["events_api", "interactive", "slash_commands"]
TransportName = Literal["socket", "http"]


class Outcome(StrEnum):
    """How one attempt to deliver ended; what is none of these words to a person is "operation_timeout" to them.

    Sources of the last two: https://github.com/Netflix/dispatch/issues/495, https://github.com/slackapi/bolt-python/issues/951
    """

    ACKNOWLEDGED = "acknowledged"
    TIMED_OUT = "operation_timeout"
    CONNECTION_LOST = "connection_lost"
    NO_CONNECTION = "dispatch_failed"
    CLIENT_ERROR = "http_client_error"
    SERVICE_ERROR = "http_service_error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: the outcome, and what the app put into its acknowledgement.

    `forbids_retries`: the app has said that it does not want to be asked again.
    """

    outcome: Outcome
    payload: Json | None = None
    forbids_retries: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class Delivery:
    """One event, command or interaction on its way to the app, with the outcome of each attempt."""

    kind: DeliveryKind
    name: str
    payload: Json
    chat: str | None
    accepts_payload: bool = False
    outcomes: list[Outcome] = field(default_factory=list)
    is_settled: bool = False

    @property
    def is_acknowledged(self) -> bool:
        return Outcome.ACKNOWLEDGED in self.outcomes


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt, for the wire log: what was sent, what came back, and the HTTP status where there is one."""

    request: Json
    answer: Answer
    status: int | None = None


class Transport(Protocol):
    """A way to the app."""

    name: TransportName

    async def attempt(self, delivery: Delivery, *, loses_answer: bool) -> Attempt:
        """Send a delivery once. `loses_answer`: the connection is lost when the app has answered."""
        ...

    async def wait_connected(self, *, timeout_s: float) -> None:
        """Wait until the app can be reached. Raises TimeoutError."""
        ...


class Deliveries:
    """Everything that is under way to the app, over whichever transport the app is set to. `close` ends it at once."""

    def __init__(
        self,
        settings: SlackSettings,
        transport: Transport,
        *,
        wire: WireLog,
        bus: Bus,
        misbehaviour: Misbehaviour,
        clock: Clock,
    ) -> None:
        self.settings = settings
        self.transport = transport
        """Which way the next attempt goes, also of what is under way already."""
        self.wire = wire
        self.bus = bus
        self.misbehaviour = misbehaviour
        self.clock = clock
        self.pending: list[Delivery] = []
        """Not settled yet, oldest first."""
        self.lost: list[Delivery] = []
        """Events that were given up after their last retry, or because the app wants no retry."""
        self.activity: Publisher[str] = Publisher()
        """Says that something was sent, answered or given up."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._retry_now = asyncio.Event()
        self._held: list[tuple[Rule, Callable[[], None]]] = []

    def deliver_event(self, name: str, payload: Json, *, chat: str | None, attempts_made: int = 0) -> Delivery:
        """Starts the delivery of an event and returns at once."""
        delivery = Delivery(kind="events_api", name=name, payload=payload, chat=chat)
        delivery.outcomes = [Outcome.CONNECTION_LOST] * attempts_made
        self.pending.append(delivery)
        rule = self.misbehaviour.take(name, frozenset({Fault.DUPLICATE, Fault.REORDER, Fault.DROP_THEN_REPEAT}))
        if rule is not None and rule.fault is Fault.REORDER:
            self._hold(rule, lambda: self._start(self._deliver_until_acknowledged(delivery, None)))
        else:
            self._start(self._deliver_until_acknowledged(delivery, rule))
        return delivery

    async def ask(self, kind: DeliveryKind, name: str, payload: Json, *, chat: str | None) -> Answer:
        """Delivers a command or an interaction once and returns the acknowledgement, or why there was none.

        A duplicating rule repeats it all the same, which the real Slack does not; a dropping one loses the answer.
        """
        delivery = Delivery(kind=kind, name=name, payload=payload, chat=chat, accepts_payload=True)
        self.pending.append(delivery)
        rule = self.misbehaviour.take(name, frozenset({Fault.DUPLICATE, Fault.REORDER, Fault.DROP_THEN_REPEAT}))
        if rule is not None and rule.fault is Fault.DUPLICATE:
            self._start(self._repeat(delivery, rule))
        try:
            if rule is not None and rule.fault is Fault.REORDER:
                await self._turn(rule)
            return await self._attempt(delivery, loses_answer=_drops(rule))
        finally:
            self._settle(delivery)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _hold(self, rule: Rule, send: Callable[[], None]) -> None:
        """Keeps deliveries back until the rule has all that it wants, then sends them in a drawn order."""
        self._held.append((rule, send))
        if rule.remaining == 0:
            self.release_held()

    async def _turn(self, rule: Rule) -> None:
        """Waits for one's place in the drawn order."""
        turn = asyncio.Event()
        self._hold(rule, turn.set)
        await turn.wait()

    def release_held(self) -> None:
        """Sends what a reordering rule still keeps back."""
        held, self._held = self._held, []
        if held:
            random.Random(held[0][0].seed).shuffle(held)  # noqa: S311 - an order, not a secret
        for _rule, send in held:
            send()

    async def _repeat(self, delivery: Delivery, rule: Rule) -> None:
        """The further copies of a duplicated delivery, at drawn moments, so that they mix with what else goes out."""
        draw = random.Random(f"{rule.seed}-{rule.hits}")  # noqa: S311 - a delay, not a secret
        # From two copies to as many as the rule allows.
        for _ in range(draw.randint(1, max(1, rule.copies - 1))):
            await asyncio.sleep(draw.uniform(0, 0.05))
            copy = Delivery(kind=delivery.kind, name=delivery.name, payload=delivery.payload, chat=delivery.chat)
            copy.accepts_payload = delivery.accepts_payload
            self.pending.append(copy)
            try:
                await self._attempt(copy)
            finally:
                self._settle(copy)

    async def _deliver_until_acknowledged(self, delivery: Delivery, rule: Rule | None) -> None:
        if rule is not None and rule.fault is Fault.DUPLICATE:
            self._start(self._repeat(delivery, rule))
        loses_answer = _drops(rule)
        attempts_max = 1 + len(self.settings.retry_delays_s)
        while len(delivery.outcomes) < attempts_max:
            if delivery.outcomes:
                await self._pause(self.settings.retry_delays_s[len(delivery.outcomes) - 1])
            answer = await self._attempt(delivery, loses_answer=loses_answer)
            loses_answer = False
            if answer.outcome is Outcome.ACKNOWLEDGED:
                break
            if answer.forbids_retries:
                self.lost.append(delivery)
                break
        else:
            self.lost.append(delivery)
        self._settle(delivery)

    async def _attempt(self, delivery: Delivery, *, loses_answer: bool = False) -> Answer:
        started = self.clock()
        made = await self.transport.attempt(delivery, loses_answer=loses_answer)
        delivery.outcomes.append(made.answer.outcome)
        self.wire.record(
            platform="slack",
            direction="server-to-bot",
            name=delivery.name,
            request=made.request,
            answer={"outcome": made.answer.outcome.value, "payload": made.answer.payload},
            status=made.status,
            started=started,
            duration_ms=(self.clock() - started) * 1000,
            chat=delivery.chat,
        )
        return made.answer

    def _settle(self, delivery: Delivery) -> None:
        delivery.is_settled = True
        if delivery in self.pending:
            self.pending.remove(delivery)
        self.bus.changed("slack", delivery.chat, "delivered", name=delivery.name)
        self.activity.publish(delivery.name)

    async def _pause(self, delay_s: float) -> None:
        """Waits before a retry, or less when `retry_now` is called."""
        try:
            async with asyncio.timeout(delay_s):
                await self._retry_now.wait()
        except TimeoutError:
            return

    async def retry_now(self) -> None:
        """What waits for its next retry is delivered at once."""
        self._retry_now.set()
        await asyncio.sleep(0)
        self._retry_now.clear()
        self._retry_now = asyncio.Event()

    async def close(self) -> None:
        """Ends every delivery at once."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def unsettled_events(self) -> list[Json]:
        """The events that still wait for an acknowledgement, for a snapshot."""
        return [
            {"name": each.name, "payload": each.payload, "chat": each.chat, "attempts_made": len(each.outcomes)}
            for each in self.pending
            if each.kind == "events_api"
        ]


def _drops(rule: Rule | None) -> bool:
    return rule is not None and rule.fault is Fault.DROP_THEN_REPEAT
