"""SlackDriver: Socket Mode's deliveries -> the inbox, and acknowledged only after the inbox has them.

Bolt answers by itself before listeners run, so that there are none: one global middleware commits and returns the
response. Bolt's dispatch awaits its middlewares in turn and returns the response of the first that does not go on; its
Socket Mode adapter sends an acknowledgement after that, and for a response of 200 alone. What is not acknowledged,
Slack delivers again if it is an event; whoever gave a command or tapped is told that it did not work.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.intake import Accepts, Delivery, IntakeUnavailable
from bot.platform import TryLater
from bot.slack.calls import Method, SlackCalls, TokenRefused
from bot.slack.incoming import PLATFORM, Home, delivery_of, enveloped
from bot.slack.platform import SlackPlatform
from bot.slack.quiet import quiet_logger
from bot.slack.submissions import OUTCOME_TIMEOUT_S, Submissions
from bot.slack.windows import MOMENT_AFTER_S, Windows
from bot.translation import Catalogues
from core.kernel.guards import point
from handlers.routing import opens_form

PING_INTERVAL_S = 5.0  # a connection that died silently is replaced after four of them
WATCH_INTERVAL_S = 1.0
START_TIMEOUT_S = 10.0
STOP_TIMEOUT_S = 2.0  # for each of the two waits of `stop`

log = structlog.get_logger()


class SlackSettingsError(Exception):
    """Slack refuses a token that the settings hold; the sentence names the variable and what Slack said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the bot's token belongs to, in Slack's own ids. An installation is known by `enterprise_id or team_id`."""

    team_id: str
    team_name: str
    bot_user_id: str
    enterprise_id: str | None = None
    app_id: str | None = None


class SlackDriver:
    """Slack by Socket Mode. `identify`, then `start`, then `stop`, then `close`, when nobody sends any more."""

    name = PLATFORM

    def __init__(
        self,
        *,
        bot_token: str,
        app_token: str,
        api_url: str,
        accepts: Accepts,
        catalogues: Catalogues,
        proxy: str | None = None,
        ping_interval_s: float = PING_INTERVAL_S,
        outcome_timeout_s: float = OUTCOME_TIMEOUT_S,
        moment_after_s: float = MOMENT_AFTER_S,
    ) -> None:
        """Take the tokens, an API URL that ends in "/api/", and whom to hand deliveries to. Makes no call yet."""
        self._calls = SlackCalls(token=bot_token, api_url=api_url, proxy=proxy)
        self._app_calls = SlackCalls(token=app_token, api_url=api_url, proxy=proxy)
        self._app_token = app_token
        self._accepts = accepts
        self._proxy = proxy
        self._ping_interval_s = ping_interval_s
        self._submissions = Submissions(self._calls, catalogues, outcome_timeout_s)
        self._installation_id = ""
        self._stopping = False
        self._handler: _Handler | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._lost_at_s: float | None = None
        self.platform = SlackPlatform(self._calls, Windows(self._calls, catalogues, moment_after_s))

    async def identify(self) -> Identity:
        """Ask Slack who the token belongs to, patiently. Raises SlackSettingsError for a wrong token, TryLater."""
        try:
            answer = await self._calls.call_patiently(Method.AUTH_TEST)
        except TokenRefused as refused:
            raise SlackSettingsError(f"EXPENSEFLOW_SLACK_BOT_TOKEN: Slack refuses it ({refused})") from refused
        found = re.match(r"xapp-\d+-(A[A-Z0-9]+)-", self._app_token)
        identity = Identity(
            team_id=answer["team_id"],
            team_name=answer.get("team") or answer["team_id"],
            bot_user_id=answer["user_id"],
            enterprise_id=answer.get("enterprise_id"),
            app_id=found.group(1) if found else None,
        )
        self.platform.home = Home(
            team_id=identity.team_id, bot_user_id=identity.bot_user_id, enterprise_id=identity.enterprise_id
        )
        return identity

    async def start(self, installation_id: str) -> None:
        """Connect, and hand over what arrives. Raises SlackSettingsError for a wrong token.

        Returns when connected, or after START_TIMEOUT_S with `healthy` complaining while it goes on trying.
        """
        self._installation_id = installation_id
        self._handler = _Handler(
            self._bolt_app(), self._app_token, web_client=self._app_calls.client, ping_interval=self._ping_interval_s
        )
        socket = self._handler.client
        socket.proxy = self._proxy  # the library has looked into the environment
        try:
            socket.wss_uri = (await self._app_calls.call(Method.CONNECTIONS_OPEN))["url"]
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
        """Take nothing new, acknowledge what has been committed, and disconnect; within five seconds or so.

        The platform can still send after this. What arrives meanwhile is not acknowledged, and Slack delivers it again.
        """
        self._stopping = True
        handler, self._handler = self._handler, None
        if handler is None:
            return
        if handler.under_way:
            await asyncio.wait(handler.under_way, timeout=STOP_TIMEOUT_S)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._submissions.stop(STOP_TIMEOUT_S)
        await self.platform.windows.stop()
        await _close(handler.client)

    async def close(self) -> None:
        """Close the connections of the Web API. Nobody sends any more."""
        await self._calls.close()
        await self._app_calls.close()

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

    def _bolt_app(self) -> AsyncApp:
        """Return Bolt with nothing in it but our middleware; its client is never used, and has no token."""
        app = AsyncApp(
            name="expenseflow",
            logger=quiet_logger,
            client=AsyncWebClient(logger=quiet_logger),
            authorize=_authorize(lambda: self.platform.home),
            ignoring_self_events_enabled=False,  # `delivery_of` knows them
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
        app.use(_Middleware(self._take))
        return app

    async def _take(self, body: Mapping[str, Any]) -> BoltResponse:
        """Commit a delivery, then return its acknowledgement; without a commit, a response that is none."""
        if self._stopping:
            return BoltResponse(status=503)
        delivery = delivery_of(enveloped(body), self.platform.home)
        if delivery is None:
            return BoltResponse(status=200)
        arrived_s = asyncio.get_running_loop().time()
        try:
            accepted = await self._accepts.accept(self._installation_id, delivery)
        except IntakeUnavailable as unavailable:
            log.warning("slack delivery not acknowledged", event_key=delivery.event_key, why=str(unavailable))
            return BoltResponse(status=503)
        answer = BoltResponse(status=200)
        spent_s = asyncio.get_running_loop().time() - arrived_s
        if accepted.new and self._opens_form(delivery):
            self.platform.windows.expect(body["trigger_id"], accepted.outcome, spent_s)
        if body.get("type") == "view_submission":
            answer = await self._submissions.acknowledgement(body["view"], accepted.outcome, spent_s)
        point("before-acknowledgement")
        return answer

    def _opens_form(self, delivery: Delivery) -> bool:
        """Tell whether a delivery asks for a form, which must stand before its trigger has expired."""
        event = self.platform.parse(delivery.payload, self._installation_id)
        return event is not None and event.source.interaction is not None and opens_form(event)

    async def _watch(self, socket: SocketModeClient) -> None:
        """Look after the connection as long as the driver runs."""
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
        await super().handle(client, req)


class _Middleware(AsyncMiddleware):
    """The one global middleware: it always answers by itself, and nothing comes after it."""

    def __init__(self, take: Callable[[Mapping[str, Any]], Awaitable[BoltResponse]]) -> None:
        self._take = take

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,  # noqa: ARG002 - Bolt's signature
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: ARG002 - Bolt's signature
    ) -> BoltResponse:
        return await self._take(req.body)


def _authorize(home: Callable[[], Home]) -> Callable[..., Awaitable[AuthorizeResult]]:
    """Return the authorisation that Bolt wants for each delivery: who we are is known, and no call is made."""

    async def authorize() -> AuthorizeResult:
        here = home()
        return AuthorizeResult(
            enterprise_id=here.enterprise_id, team_id=here.team_id, bot_user_id=here.bot_user_id, bot_id=None
        )

    return authorize


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
