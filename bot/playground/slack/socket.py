"""Socket Mode: the app's websockets, and what is delivered over them.

Source: https://docs.slack.dev/apis/events-api/using-socket-mode and …/events-api (retries). An event goes to exactly
one connection. One that is not acknowledged in time, or whose connection is lost before that, is delivered again up to
three times. Commands and interactions are delivered once: the person who caused them sees that nobody answered.
"""

import asyncio
import json
import random
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Literal

from aiohttp import WSCloseCode, WSMsgType, web

from bot.playground.slack import limits
from bot.playground.slack.settings import SlackSettings
from bot.playground.state import Bus, Clock, Fault, Json, Misbehaviour, Publisher, Rule
from bot.playground.wire import WireLog

CLOSE_TIMEOUT_S = 1.0
"""How long a closing server waits for the app to say goodbye, too."""

EnvelopeKind = Literal["events_api", "interactive", "slash_commands"]


class Outcome(StrEnum):
    """How one attempt to deliver ended."""

    ACKNOWLEDGED = "acknowledged"
    TIMED_OUT = "operation_timeout"
    CONNECTION_LOST = "connection_lost"
    NO_CONNECTION = "dispatch_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: the outcome, and what the app put into its acknowledgement."""

    outcome: Outcome
    payload: Json | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Connection:
    """One open websocket of the app."""

    id: int
    socket: web.WebSocketResponse
    request: web.Request
    is_draining: bool = False
    waiting: dict[str, asyncio.Future[Answer]] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True, eq=False)
class Delivery:
    """One event, command or interaction on its way to the app, with the outcome of each attempt."""

    kind: EnvelopeKind
    name: str
    payload: Json
    chat: str | None
    accepts_payload: bool = False
    outcomes: list[Outcome] = field(default_factory=list)
    is_settled: bool = False

    @property
    def is_acknowledged(self) -> bool:
        return Outcome.ACKNOWLEDGED in self.outcomes


class SocketHub:
    """Owns the connections and everything that is under way. `close` ends both at once."""

    def __init__(
        self, settings: SlackSettings, *, wire: WireLog, bus: Bus, misbehaviour: Misbehaviour, clock: Clock
    ) -> None:
        self.settings = settings
        self.wire = wire
        self.bus = bus
        self.misbehaviour = misbehaviour
        self.clock = clock
        self.connections: list[Connection] = []
        self.pending: list[Delivery] = []
        """Not settled yet, oldest first."""
        self.lost: list[Delivery] = []
        """Events that were given up after their last retry."""
        self._tickets: dict[str, float] = {}
        self.connections_opened = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._retry_now = asyncio.Event()
        self._connected = asyncio.Event()
        self.activity: Publisher[str] = Publisher()
        """Says that something was sent, answered or given up."""
        self._held: list[tuple[Rule, Delivery]] = []
        self._closed = False

    # --- connections ---

    def open_ticket(self) -> str:
        """A ticket for one connection. It must be used soon."""
        ticket = uuid.uuid4().hex
        self._tickets[ticket] = self.clock() + limits.SOCKET_TICKET_LIFE_S
        return ticket

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """The handler of the websocket's route. It runs as long as the connection lives."""
        valid_until = self._tickets.pop(request.match_info["ticket"], None)
        if valid_until is None or valid_until < self.clock() or self._closed:
            return web.json_response({"ok": False, "error": "invalid_ticket"}, status=400)
        socket = web.WebSocketResponse(heartbeat=self.settings.ping_interval_s, timeout=CLOSE_TIMEOUT_S)
        await socket.prepare(request)
        self.connections_opened += 1
        connection = Connection(id=self.connections_opened, socket=socket, request=request)
        if len(self.connections) >= limits.SOCKET_CONNECTIONS_MAX:
            await self._send(connection, "disconnect", self._disconnect_frame("too_many_websockets"))
            await socket.close()
            return socket
        self.connections.append(connection)
        try:
            await self._send(connection, "hello", self._hello_frame())
            self._connected.set()
            self.bus.changed("slack", None, "connected", connections=len(self.connections))
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._receive(connection, message.data)
        except ConnectionError:
            # The app went away while it was greeted: the same as any other loss, which `_forget` handles.
            pass
        finally:
            self._forget(connection)
        return socket

    def _hello_frame(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.connections),
            "debug_info": {
                "host": "playground",
                "started": datetime.fromtimestamp(self.clock(), UTC).strftime("%Y-%m-%d %H:%M:%S.000"),
                "build_number": 1,
                "approximate_connection_time": 18060,
            },
            "connection_info": {"app_id": self.settings.app_id},
        }

    def _disconnect_frame(self, reason: str) -> Json:
        return {"type": "disconnect", "reason": reason, "debug_info": {"host": "playground"}}

    async def _send(self, connection: Connection, name: str, frame: Json) -> None:
        self.wire.record(platform="slack", direction="server-to-bot", name=name, request=frame)
        await connection.socket.send_str(json.dumps(frame))

    def _receive(self, connection: Connection, text: str) -> None:
        """An acknowledgement. What is not one, or comes too late, changes nothing."""
        try:
            frame = json.loads(text)
        except ValueError:
            return
        if not isinstance(frame, dict):
            return
        waiting = connection.waiting.pop(str(frame.get("envelope_id")), None)
        if waiting is not None and not waiting.done():
            waiting.set_result(Answer(outcome=Outcome.ACKNOWLEDGED, payload=frame.get("payload")))

    def _forget(self, connection: Connection) -> None:
        if connection in self.connections:
            self.connections.remove(connection)
        for waiting in connection.waiting.values():
            if not waiting.done():
                waiting.set_result(Answer(outcome=Outcome.CONNECTION_LOST))
        connection.waiting.clear()
        self.bus.changed("slack", None, "disconnected", connections=len(self.connections))

    async def disconnect(self, reason: Literal["warning", "refresh_requested", "link_disabled"]) -> None:
        """Tells every connection that it will be closed. Until then it serves only if there is no other."""
        for connection in list(self.connections):
            connection.is_draining = True
            await self._send(connection, "disconnect", self._disconnect_frame(reason))

    def cut(self, connection: Connection | None = None) -> None:
        """Cuts one connection, or all, as a failing network does."""
        for each in [connection] if connection is not None else list(self.connections):
            if each.request.transport is not None:
                each.request.transport.abort()

    async def wait_connected(self, *, timeout_s: float) -> None:
        """Until the app has a connection. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while not self._ready():
                self._connected.clear()
                await self._connected.wait()

    # --- deliveries ---

    def deliver_event(self, name: str, payload: Json, *, chat: str | None, attempts_made: int = 0) -> Delivery:
        """Starts the delivery of an event and returns at once."""
        delivery = Delivery(kind="events_api", name=name, payload=payload, chat=chat)
        delivery.outcomes = [Outcome.CONNECTION_LOST] * attempts_made
        self.pending.append(delivery)
        rule = self.misbehaviour.take(name, frozenset({Fault.DUPLICATE, Fault.REORDER, Fault.DROP_THEN_REPEAT}))
        if rule is not None and rule.fault is Fault.REORDER:
            self._hold(rule, delivery)
        else:
            self._start(self._deliver_until_acknowledged(delivery, rule))
        return delivery

    async def ask(self, kind: EnvelopeKind, name: str, payload: Json, *, chat: str | None) -> Answer:
        """Delivers a command or an interaction once and returns the acknowledgement, or why there was none.

        A duplicating rule repeats it all the same, which the real Slack does not; a dropping one loses the answer.
        """
        delivery = Delivery(kind=kind, name=name, payload=payload, chat=chat, accepts_payload=True)
        self.pending.append(delivery)
        rule = self.misbehaviour.take(name, frozenset({Fault.DUPLICATE, Fault.DROP_THEN_REPEAT}))
        if rule is not None and rule.fault is Fault.DUPLICATE:
            self._start(self._repeat(delivery, rule))
        try:
            return await self._attempt(delivery, loses_answer=_drops(rule))
        finally:
            self._settle(delivery)

    def _start(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _hold(self, rule: Rule, delivery: Delivery) -> None:
        """Keeps deliveries back until the rule has all that it wants, then sends them in a drawn order."""
        self._held.append((rule, delivery))
        if rule.remaining == 0:
            self.release_held()

    def release_held(self) -> None:
        """Sends what a reordering rule still keeps back."""
        held, self._held = self._held, []
        if held:
            random.Random(held[0][0].seed).shuffle(held)  # noqa: S311 - an order, not a secret
        for _rule, delivery in held:
            self._start(self._deliver_until_acknowledged(delivery, None))

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
        else:
            self.lost.append(delivery)
        self._settle(delivery)

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

    async def _attempt(self, delivery: Delivery, *, loses_answer: bool = False) -> Answer:
        """One envelope to one connection, and what became of it.

        With `loses_answer` the connection is cut when the app has answered: the answer never arrives.
        """
        started = self.clock()
        connection = await self._choose(may_wait=delivery.kind == "events_api")
        frame: Json = {
            "envelope_id": str(uuid.uuid4()),
            "type": delivery.kind,
            "accepts_response_payload": delivery.accepts_payload,
            "payload": delivery.payload,
        }
        if delivery.kind == "events_api":
            frame["retry_attempt"] = len(delivery.outcomes)
            frame["retry_reason"] = "timeout" if delivery.outcomes else ""
        if connection is None:
            answer = Answer(outcome=Outcome.NO_CONNECTION)
        else:
            answer = await self._exchange(connection, frame)
            if loses_answer:
                answer = Answer(outcome=Outcome.CONNECTION_LOST)
                self.cut(connection)
        delivery.outcomes.append(answer.outcome)
        self.wire.record(
            platform="slack",
            direction="server-to-bot",
            name=delivery.name,
            request=frame,
            answer={"outcome": answer.outcome.value, "payload": answer.payload},
            started=started,
            duration_ms=(self.clock() - started) * 1000,
            chat=delivery.chat,
        )
        return answer

    async def _exchange(self, connection: Connection, frame: Json) -> Answer:
        waiting: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        connection.waiting[frame["envelope_id"]] = waiting
        try:
            async with asyncio.timeout(self.settings.acknowledge_timeout_s):
                await connection.socket.send_str(json.dumps(frame))
                return await waiting
        except TimeoutError:
            return Answer(outcome=Outcome.TIMED_OUT)
        except ConnectionError:
            return Answer(outcome=Outcome.CONNECTION_LOST)
        finally:
            connection.waiting.pop(frame["envelope_id"], None)

    async def _choose(self, *, may_wait: bool) -> Connection | None:
        """The connection whose turn it is. Without one, an event waits as long as an acknowledgement may take."""
        if may_wait:
            try:
                await self.wait_connected(timeout_s=self.settings.acknowledge_timeout_s)
            except TimeoutError:
                return None
        ready = self._ready()
        if not ready:
            return None
        chosen = ready[0]
        self.connections.remove(chosen)
        self.connections.append(chosen)
        return chosen

    def _ready(self) -> list[Connection]:
        """The connections that may be used; those that were told to go only when there is no other."""
        usable = [connection for connection in self.connections if not connection.socket.closed]
        return [connection for connection in usable if not connection.is_draining] or usable

    # --- shutdown and snapshot ---

    async def close(self) -> None:
        """Ends every connection and every delivery at once."""
        self._closed = True
        for task in list(self._tasks):
            task.cancel()
        goodbyes = [
            connection.socket.close(code=WSCloseCode.GOING_AWAY, message=b"playground stops")
            for connection in self.connections
        ]
        await asyncio.gather(*self._tasks, *goodbyes, return_exceptions=True)

    def unsettled_events(self) -> list[Json]:
        """The events that still wait for an acknowledgement, for a snapshot."""
        return [
            {"name": each.name, "payload": each.payload, "chat": each.chat, "attempts_made": len(each.outcomes)}
            for each in self.pending
            if each.kind == "events_api"
        ]


def _drops(rule: Rule | None) -> bool:
    return rule is not None and rule.fault is Fault.DROP_THEN_REPEAT
