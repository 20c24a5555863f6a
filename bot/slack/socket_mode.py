"""Socket Mode: a websocket to Slack, opened by us and kept open. Source: https://docs.slack.dev/apis/events-api/using-socket-mode

Bolt's adapter acknowledges after Bolt has answered, and for an answer of 200 alone. What is not acknowledged, Slack
delivers again if it is an event; whoever gave a command or tapped is told that it did not work.
"""

import asyncio
from typing import Any

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.platform import TryLater
from bot.slack.calls import Method, SlackCalls, TokenRefused
from bot.slack.transport import SlackSettingsError

PING_INTERVAL_S = 5.0  # a connection that died silently is replaced after four of them
WATCH_INTERVAL_S = 1.0
START_TIMEOUT_S = 10.0
STOP_TIMEOUT_S = 2.0  # for each of the two waits of `stop`

log = structlog.get_logger()


class SocketMode:
    """The socket and who looks after it."""

    def __init__(
        self, *, app_token: str, api_url: str, proxy: str | None = None, ping_interval_s: float = PING_INTERVAL_S
    ) -> None:
        """Take the app-level token. Makes no call yet."""
        self._calls = SlackCalls(token=app_token, api_url=api_url, proxy=proxy)
        self._app_token = app_token
        self._proxy = proxy
        self._ping_interval_s = ping_interval_s
        self._handler: _Handler | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._lost_at_s: float | None = None

    async def start(self, app: AsyncApp) -> None:
        """Connect. Raises SlackSettingsError for a wrong token.

        Returns when connected, or after START_TIMEOUT_S with `healthy` complaining while it goes on trying.
        """
        self._handler = _Handler(
            app, self._app_token, web_client=self._calls.client, ping_interval=self._ping_interval_s
        )
        socket = self._handler.client
        socket.proxy = self._proxy  # the library has looked into the environment
        try:
            socket.wss_uri = (await self._calls.call(Method.CONNECTIONS_OPEN))["url"]
        except TokenRefused as refused:
            self._handler = None
            await _close(socket)
            raise SlackSettingsError(f"EXPENSEFLOW_SLACK_APP_TOKEN: Slack refuses it ({refused})") from refused
        except TryLater as later:
            log.warning("slack socket not opened yet", why=str(later))
        self._lost_at_s = asyncio.get_running_loop().time()
        connecting = asyncio.create_task(socket.connect())  # type: ignore[no-untyped-call]  # the SDK declares no types
        self._tasks = [connecting, asyncio.create_task(self._watch(socket))]
        await asyncio.wait({connecting}, timeout=START_TIMEOUT_S)
        await self._look(socket)

    async def stop(self) -> None:
        """Acknowledge what is under way, and disconnect; what arrives meanwhile, Slack delivers again."""
        handler, self._handler = self._handler, None
        if handler is None:
            return
        if handler.under_way:
            await asyncio.wait(handler.under_way, timeout=STOP_TIMEOUT_S)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await _close(handler.client)

    async def close(self) -> None:
        """Close the connections of the Web API."""
        await self._calls.close()

    def healthy(self) -> str | None:
        """Return None while deliveries can arrive, or else one sentence that says what is wrong."""
        if self._handler is None:
            return "slack: not started"
        watch = self._tasks[-1]
        if watch.done() or self._handler.client.message_processor.done():
            return "slack: the intake has ended"
        session = self._handler.client.current_session
        if self._lost_at_s is not None or session is None or session.closed:
            return "slack: no Socket Mode connection"
        return None

    async def _watch(self, socket: SocketModeClient) -> None:
        """Look after the connection as long as it is wanted."""
        while True:
            await asyncio.sleep(WATCH_INTERVAL_S)
            await self._look(socket)

    async def _look(self, socket: SocketModeClient) -> None:
        """Notice when the connection is lost and when it is back.

        The library opens a new one by itself, but whenever its first attempt fails it goes on with the old address, whose
        ticket is used up or too old: without an address it asks for another one.
        """
        now_s = asyncio.get_running_loop().time()
        if await socket.is_connected():
            if self._lost_at_s is not None:
                log.info("slack connected", after_s=round(now_s - self._lost_at_s, 1))
            self._lost_at_s = None
        elif self._lost_at_s is None:
            self._lost_at_s = now_s
            log.warning("slack connection lost")
        elif now_s - self._lost_at_s > WATCH_INTERVAL_S:
            socket.wss_uri = None


class _Handler(AsyncSocketModeHandler):
    """Bolt's adapter, which also knows what is under way: from a delivery's arrival until its acknowledgement is sent."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self.under_way: set[asyncio.Task[Any]] = set()
        super().__init__(*arguments, **named)

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        """Handle one delivery. The set also keeps its task alive, of which the library keeps no reference."""
        task = asyncio.current_task()
        if task is not None:
            self.under_way.add(task)
            task.add_done_callback(self.under_way.discard)
        try:
            await super().handle(client, req)
        except ConnectionError as lost:
            # What was committed is handled all the same; Slack delivers an event again, which is recognised.
            log.info("slack acknowledgement lost", why=str(lost))


async def _close(socket: SocketModeClient) -> None:
    """Close the connection and end the library's tasks, also when the other side does not answer any more."""
    socket.closed = True
    socket.auto_reconnect_enabled = False
    try:
        async with asyncio.timeout(STOP_TIMEOUT_S):
            await socket.disconnect()  # type: ignore[no-untyped-call]  # the SDK declares no types
    except TimeoutError:
        log.info("slack did not answer the goodbye")
    tasks = (socket.message_processor, socket.current_session_monitor, socket.message_receiver)
    running = [task for task in tasks if task is not None]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    await socket.aiohttp_client_session.close()
