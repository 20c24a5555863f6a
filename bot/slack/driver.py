"""SlackDriver: Slack's deliveries -> the inbox, and acknowledged only after the inbox has them.

Bolt answers by itself before listeners run, so that there are none: one global middleware commits and returns the
response. Bolt's dispatch awaits its middlewares in turn and returns the response of the first that does not go on. How a
delivery reaches Bolt, and what becomes of the response, is the transport's: a socket, or HTTP.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from weakref import WeakValueDictionary

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.intake import Accepts, Delivery, IntakeUnavailable
from bot.platform import Refused
from bot.slack.calls import Method, SlackCalls, TokenRefused
from bot.slack.incoming import PLATFORM, Home, delivery_of, enveloped
from bot.slack.platform import SlackPlatform
from bot.slack.quiet import quiet_logger
from bot.slack.submissions import OUTCOME_TIMEOUT_S, Submissions
from bot.slack.transport import SlackSettingsError, Transport
from bot.slack.windows import MOMENT_AFTER_S, Windows
from bot.translation import Catalogues
from core.kernel.guards import point
from handlers.routing import opens_form

STOP_TIMEOUT_S = 2.0  # for what people still see as "Saving…"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the bot's token belongs to, in Slack's own ids. An installation is known by `enterprise_id or team_id`."""

    team_id: str
    team_name: str
    bot_user_id: str
    enterprise_id: str | None = None
    app_id: str | None = None


class SlackDriver:
    """Slack by one transport. `identify`, then `start`, then `stop`, then `close`, when nobody sends any more."""

    name = PLATFORM

    def __init__(
        self,
        *,
        bot_token: str,
        transport: Transport,
        api_url: str,
        accepts: Accepts,
        catalogues: Catalogues,
        proxy: str | None = None,
        outcome_timeout_s: float = OUTCOME_TIMEOUT_S,
        moment_after_s: float = MOMENT_AFTER_S,
    ) -> None:
        """Take the token, an API URL that ends in "/api/", and whom to hand deliveries to. Makes no call yet."""
        self._calls = SlackCalls(token=bot_token, api_url=api_url, proxy=proxy)
        self._transport = transport
        self._accepts = accepts
        self._submissions = Submissions(self._calls, catalogues, outcome_timeout_s)
        self._installation_id = ""
        self._app_id: str | None = None
        self._stopping = False
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.platform = SlackPlatform(self._calls, Windows(self._calls, catalogues, moment_after_s))

    async def identify(self) -> Identity:
        """Ask Slack who the token belongs to, patiently. Raises SlackSettingsError for a wrong token, TryLater."""
        try:
            answer = await self._calls.call_patiently(Method.AUTH_TEST)
        except TokenRefused as refused:
            raise SlackSettingsError(f"EXPENSEFLOW_SLACK_BOT_TOKEN: Slack refuses it ({refused})") from refused
        self._app_id = await self._own_app_id(answer.get("bot_id"))
        identity = Identity(
            team_id=answer["team_id"],
            team_name=answer.get("team") or answer["team_id"],
            bot_user_id=answer["user_id"],
            enterprise_id=answer.get("enterprise_id"),
            app_id=self._app_id,
        )
        self.platform.home = Home(
            team_id=identity.team_id, bot_user_id=identity.bot_user_id, enterprise_id=identity.enterprise_id
        )
        return identity

    async def _own_app_id(self, bot_id: str | None) -> str | None:
        """Return the id of the app that the token belongs to; None where Slack does not tell: then it is not compared."""
        if bot_id is None:
            return None
        try:
            answer = await self._calls.call_patiently(Method.BOTS_INFO, bot=bot_id)
        except Refused as refused:
            log.warning("slack does not tell which app the token is of", why=str(refused))
            return None
        app_id: str | None = answer["bot"].get("app_id")
        return app_id

    async def start(self, installation_id: str) -> None:
        """Hand over what arrives, from now on. Raises SlackSettingsError for a wrong token."""
        self._installation_id = installation_id
        await self._transport.start(self._bolt_app())

    async def stop(self) -> None:
        """Take nothing new, and acknowledge what has been committed; within five seconds or so.

        The platform can still send after this. What arrives meanwhile is not acknowledged, and Slack delivers it again.
        """
        self._stopping = True
        await self._transport.stop()
        await self._submissions.stop(STOP_TIMEOUT_S)
        await self.platform.windows.stop()

    async def close(self) -> None:
        """Close the connections of the Web API. Nobody sends any more."""
        await self._calls.close()
        await self._transport.close()

    def healthy(self) -> str | None:
        """Return None while deliveries can arrive, or else one sentence that says what is wrong."""
        return self._transport.healthy()

    def _bolt_app(self) -> AsyncApp:
        """Return Bolt with nothing in it but our middleware; its client is never used, and has no token."""
        app = AsyncApp(
            name="expenseflow",
            logger=quiet_logger,
            client=AsyncWebClient(logger=quiet_logger),
            authorize=_authorize(lambda: self.platform.home),
            request_verification_enabled=False,  # the transport has done it
            ignoring_self_events_enabled=False,  # `delivery_of` knows them
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
        app.use(_Middleware(self._take))
        return app

    async def _take(self, request: AsyncBoltRequest) -> BoltResponse:
        """Commit a delivery, then return its acknowledgement; without a commit, a response that is none."""
        body = request.body
        if self._stopping:
            return BoltResponse(status=503)
        if not self._is_ours(request):
            log.warning("a delivery of another team, or for another app, was refused")
            return BoltResponse(status=403)
        delivery = delivery_of(enveloped(body), self.platform.home)
        if delivery is None:
            return BoltResponse(status=200)
        arrived_s = asyncio.get_running_loop().time()
        try:
            async with self._turn(delivery.conversation):
                accepted = await self._accepts.accept(self._installation_id, delivery)
        except IntakeUnavailable as unavailable:
            log.warning("slack delivery not acknowledged", event_key=delivery.event_key, why=str(unavailable))
            return BoltResponse(status=503)
        if (again := _repetition(request)) is not None:
            log.info("slack delivers again", event_key=delivery.event_key, why=again, known=not accepted.new)
        answer = BoltResponse(status=200)
        spent_s = asyncio.get_running_loop().time() - arrived_s
        if accepted.new and self._opens_form(delivery):
            self.platform.windows.expect(body["trigger_id"], accepted.outcome, spent_s)
        if body.get("type") == "view_submission":
            answer = await self._submissions.acknowledgement(body["view"], accepted.outcome, spent_s)
        point("before-acknowledgement")
        return answer

    def _turn(self, conversation: str) -> asyncio.Lock:
        """Return whose turn it is to be committed: what arrives together is handled at once, and a database with several
        connections would take it in any order.
        """
        return self._turns.setdefault(conversation, asyncio.Lock())

    def _opens_form(self, delivery: Delivery) -> bool:
        """Tell whether a delivery asks for a form, which must stand before its trigger has expired."""
        event = self.platform.parse(delivery.payload, self._installation_id)
        return event is not None and event.source.interaction is not None and opens_form(event)

    def _is_ours(self, request: AsyncBoltRequest) -> bool:
        """Tell whether a delivery is of the team that the token belongs to, or of its enterprise, and for its app."""
        home, context = self.platform.home, request.context
        of_team = context.team_id == home.team_id
        of_enterprise = home.enterprise_id is not None and context.enterprise_id == home.enterprise_id
        app_id = request.body.get("api_app_id")
        return (of_team or of_enterprise) and (None in (app_id, self._app_id) or app_id == self._app_id)


class _Middleware(AsyncMiddleware):
    """The one global middleware: it always answers by itself, and nothing comes after it."""

    def __init__(self, take: Callable[[AsyncBoltRequest], Awaitable[BoltResponse]]) -> None:
        self._take = take

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,  # noqa: ARG002 - Bolt's signature
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: ARG002 - Bolt's signature
    ) -> BoltResponse:
        return await self._take(req)


def _authorize(home: Callable[[], Home]) -> Callable[..., Awaitable[AuthorizeResult]]:
    """Return the authorisation that Bolt wants for each delivery: who we are is known, and no call is made."""

    async def authorize() -> AuthorizeResult:
        here = home()
        return AuthorizeResult(
            enterprise_id=here.enterprise_id, team_id=here.team_id, bot_user_id=here.bot_user_id, bot_id=None
        )

    return authorize


def _repetition(request: AsyncBoltRequest) -> str | None:
    """Return why Slack delivers an event again, None for a first delivery."""
    number, reason = (request.headers.get(f"x-slack-retry-{part}", ("",))[0] for part in ("num", "reason"))
    return None if number in ("", "0") else reason or "it does not say"
