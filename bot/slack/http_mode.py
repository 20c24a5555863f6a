"""HTTP: Slack posts events, interactions and commands to one address of ours, signed, and takes 2xx for an acknowledgement.

Source: https://docs.slack.dev/authentication/verifying-requests-from-slack. What is verified by is the SDK's own verifier,
as in Bolt's middleware; it comes before Bolt, since Bolt parses a body before it verifies it, and writes what was forged
into its log.
"""

import asyncio

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from bot.platform import HttpAnswer, HttpRequest

AGE_S_MAX = 300.0  # how old a request may be, or how far the two clocks apart; the verifier's own bound
TIMESTAMP_CHARACTERS_MAX = 12
STOP_TIMEOUT_S = 2.0

REFUSED = HttpAnswer(status=401, body=b"not signed by Slack")
NOT_READY = HttpAnswer(status=503, body=b"not ready")

log = structlog.get_logger()


class HttpMode:
    """What is posted, verified and handed to Bolt. `receive` is the receiver of the web application."""

    def __init__(self, *, signing_secret: str) -> None:
        """Take the secret that only Slack and we know."""
        self._verifier = SignatureVerifier(signing_secret)
        self._app: AsyncApp | None = None
        self._under_way: set[asyncio.Task[HttpAnswer]] = set()

    async def start(self, app: AsyncApp) -> None:
        """Answer from now on. Slack comes by itself: there is nobody to call."""
        self._app = app

    async def stop(self) -> None:
        """Answer what is under way; Slack delivers the rest again to whoever listens next."""
        self._app = None
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=STOP_TIMEOUT_S)

    async def close(self) -> None:
        """Do nothing: no connection is ours."""

    def healthy(self) -> str | None:
        """Return None while deliveries are answered. Whether Slack knows the address shows at Slack alone."""
        return "slack: not started" if self._app is None else None

    async def receive(self, request: HttpRequest) -> HttpAnswer:
        """Answer one request. Forged and replayed ones are told 401, and nothing of them is kept or logged."""
        app = self._app
        if app is None:
            return NOT_READY
        if (why := self._why_refused(request)) is not None:
            log.warning("a request to slack's webhook was refused", why=why)
            return REFUSED
        task = asyncio.ensure_future(_dispatched(app, request))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await task

    def _why_refused(self, request: HttpRequest) -> str | None:
        """Return what is wrong with a request that is not Slack's, or None."""
        timestamp = request.headers.get("x-slack-request-timestamp", "")
        signature = request.headers.get("x-slack-signature", "")
        if not signature.isascii() or not timestamp.isascii() or not timestamp.isdigit():
            return "it is not signed"
        if len(timestamp) > TIMESTAMP_CHARACTERS_MAX:
            return "it is not signed"
        apart_s = abs(self._verifier.clock.now() - int(timestamp))
        if apart_s > AGE_S_MAX:
            return f"it is {apart_s:.0f} s away from this machine's clock: somebody repeats it, or the clock is wrong"
        try:
            genuine = self._verifier.is_valid(request.body, timestamp, signature)
        except UnicodeDecodeError:  # Slack's bodies are UTF-8
            genuine = False
        return None if genuine else "its signature is wrong: somebody forges it, or EXPENSEFLOW_SLACK_SIGNING_SECRET is"


async def _dispatched(app: AsyncApp, request: HttpRequest) -> HttpAnswer:
    answered = await app.async_dispatch(AsyncBoltRequest(body=request.body.decode(), headers=dict(request.headers)))
    content_type = next(iter(answered.headers.get("content-type", ())), "text/plain; charset=utf-8")
    return HttpAnswer(status=answered.status, body=(answered.body or "").encode(), content_type=content_type)
