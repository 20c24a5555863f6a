"""Socket Mode: the app's websockets, and how a delivery goes out over one of them.

Source: https://docs.slack.dev/apis/events-api/using-socket-mode. A delivery goes to exactly one connection.
"""

import asyncio
import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from aiohttp import WSCloseCode, WSMsgType, web

from bot.playground.slack import limits
from bot.playground.slack.deliveries import Answer, Attempt, Delivery, Outcome, TransportName
from bot.playground.slack.settings import SlackSettings
from bot.playground.state import Bus, Clock, Json
from bot.playground.wire import WireLog

CLOSE_TIMEOUT_S = 1.0
"""How long a closing server waits for the app to say goodbye, too."""


@dataclass(slots=True, kw_only=True, eq=False)
class Connection:
    """One open websocket of the app."""

    id: int
    socket: web.WebSocketResponse
    request: web.Request
    is_draining: bool = False
    waiting: dict[str, asyncio.Future[Answer]] = field(default_factory=dict)


class SocketHub:
    """Owns the connections. `close` ends them at once."""

    name: TransportName = "socket"

    def __init__(self, settings: SlackSettings, *, wire: WireLog, bus: Bus, clock: Clock) -> None:
        self.settings = settings
        self.wire = wire
        self.bus = bus
        self.clock = clock
        self.connections: list[Connection] = []
        self._tickets: dict[str, float] = {}
        self.connections_opened = 0
        self._connected = asyncio.Event()
        self.is_on = True
        """Whether the app's operator has Socket Mode on."""
        self._closed = False

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
            while self.is_on and not self._ready():
                self._connected.clear()
                await self._connected.wait()

    async def turn_off(self) -> None:
        """Tells every connection that it is over; what waits for one waits no longer."""
        self.is_on = False
        self._connected.set()
        await self.disconnect("link_disabled")

    # --- deliveries ---

    async def attempt(self, delivery: Delivery, *, loses_answer: bool) -> Attempt:
        """One envelope to one connection, and what became of it.

        With `loses_answer` the connection is cut when the app has answered: the answer never arrives.
        """
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
            return Attempt(request=frame, answer=Answer(outcome=Outcome.NO_CONNECTION))
        answer = await self._exchange(connection, frame)
        if loses_answer:
            answer = Answer(outcome=Outcome.CONNECTION_LOST)
            self.cut(connection)
        return Attempt(request=frame, answer=answer)

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

    async def close(self) -> None:
        """Ends every connection at once."""
        self._closed = True
        goodbyes = [
            connection.socket.close(code=WSCloseCode.GOING_AWAY, message=b"playground stops")
            for connection in self.connections
        ]
        await asyncio.gather(*goodbyes, return_exceptions=True)
