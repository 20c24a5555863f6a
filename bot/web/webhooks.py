"""Webhooks: what a platform posts is read within bounds, and handed to the platform's receiver."""

import asyncio
from collections.abc import Iterable, Mapping

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from bot.platform import HttpAnswer, HttpRequest, Receiver
from bot.settings import webhook_path

BODY_BYTES_MAX = 1024 * 1024
"""The largest body that is read. No platform states one; this is what nginx lets pass unless it is told otherwise
(client_max_body_size), and several times a Slack view with all its fields full.
"""
BODY_TIMEOUT_S = 10.0
"""How long a body may take to come, for whoever sends it byte by byte."""
ANSWER_TIMEOUT_S = 25.0
"""How long a receiver may take before the platform is told to deliver again. Telegram's server waits for 60 s
(github.com/tdlib/telegram-bot-api, WebhookActor), Slack for 3 (https://docs.slack.dev/apis/events-api/#responding).
"""

TOO_LARGE = HttpAnswer(status=413, body=b"too large")
TOO_SLOW = HttpAnswer(status=408, body=b"the body did not come")
NOT_READY = HttpAnswer(status=503, body=b"not ready yet", retry_after_s=1)
BUSY = HttpAnswer(status=503, body=b"not done in time", retry_after_s=1)
FAULT = HttpAnswer(status=500, body=b"a fault of ours; the log says more")

logger = structlog.get_logger()


def webhook_routes(platforms: Iterable[str], receivers: Mapping[str, Receiver]) -> list[Route]:
    """Return a route for each of the platforms, which takes POST alone.

    `receivers` is asked at each request: whoever is not in it yet, as while the process starts, answers 503, upon which
    platforms deliver again. A receiver is never cancelled: it may be in the middle of a commit.
    """
    working: set[asyncio.Task[HttpAnswer]] = set()

    def route(platform: str) -> Route:
        async def receive(request: Request) -> Response:
            answer = await _answer(platform, request, receivers.get(platform), working)
            headers = {} if answer.retry_after_s is None else {"Retry-After": str(answer.retry_after_s)}
            return Response(answer.body, answer.status, headers, media_type=answer.content_type)

        return Route(webhook_path(platform), receive, methods=["POST"])

    return [route(platform) for platform in platforms]


async def _answer(
    platform: str, request: Request, receiver: Receiver | None, working: set[asyncio.Task[HttpAnswer]]
) -> HttpAnswer:
    if receiver is None:
        return NOT_READY
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            body = await _body(request)
    except (TimeoutError, ClientDisconnect):
        return TOO_SLOW
    if body is None:
        return TOO_LARGE
    task = asyncio.ensure_future(receiver(HttpRequest(headers=_headers(request), body=body)))
    working.add(task)
    task.add_done_callback(working.discard)
    await asyncio.wait({task}, timeout=ANSWER_TIMEOUT_S)
    if not task.done():
        logger.warning("a webhook took too long", platform=platform, within_s=ANSWER_TIMEOUT_S)
        return BUSY
    if (fault := task.exception()) is not None:
        logger.error("a webhook failed", platform=platform, exc_info=fault)
        return FAULT
    return task.result()


async def _body(request: Request) -> bytes | None:
    """Return the body, or None for one that is larger than allowed; what it says of its length is not waited for."""
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > BODY_BYTES_MAX:
        return None
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > BODY_BYTES_MAX:
            return None
    return bytes(body)


def _headers(request: Request) -> dict[str, str]:
    """Return the headers by their names in lower case; of one that comes twice the last."""
    return dict(request.headers.items())
