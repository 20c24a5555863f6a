"""HTTP instead of a socket: each delivery is a signed request to the address that the app's operator has given.

Only to this machine: nobody else is ever sent what people write here. Sources: https://docs.slack.dev/apis/events-api
(retries and their headers), https://docs.slack.dev/authentication/verifying-requests-from-slack (the signature),
https://docs.slack.dev/interactivity/handling-user-interaction (the shape of an interaction's body).
"""

import asyncio
import hashlib
import hmac
import ipaddress
import json
import secrets
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp

from bot.playground.slack.deliveries import Answer, Attempt, Delivery, Outcome, TransportName
from bot.playground.slack.errors import ControlError
from bot.playground.slack.settings import SlackSettings
from bot.playground.state import Bus, Clock, Json
from bot.playground.wire import WireLog

LOOK_EVERY_S = 0.05
"""How often it is looked whether anybody listens at the address."""

_REASONS = {
    Outcome.TIMED_OUT: "http_timeout",
    Outcome.CONNECTION_LOST: "connection_failed",
    Outcome.NO_CONNECTION: "connection_failed",
    Outcome.CLIENT_ERROR: "http_error",
    Outcome.SERVICE_ERROR: "http_error",
}
"""What X-Slack-Retry-Reason says of the attempt before."""


def signed(secret: str, timestamp: int, body: str) -> dict[str, str]:
    """Return the headers that prove where a body comes from, and when it was sent, in seconds since the Unix epoch."""
    content = f"v0:{timestamp}:{body}".encode()
    digest = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(timestamp), "X-Slack-Signature": f"v0={digest}"}


def encoded(delivery: Delivery) -> tuple[str, str]:
    """Return a delivery's media type and its body: JSON for events, a form for the rest."""
    if delivery.kind == "events_api":
        return "application/json", json.dumps(delivery.payload)
    fields = delivery.payload if delivery.kind == "slash_commands" else {"payload": json.dumps(delivery.payload)}
    return "application/x-www-form-urlencoded", urlencode(fields)


class RequestUrl:
    """The app's address, and what is under way to it. `close` ends that at once."""

    name: TransportName = "http"

    def __init__(self, settings: SlackSettings, *, wire: WireLog, bus: Bus, clock: Clock) -> None:
        self.settings = settings
        self.wire = wire
        self.bus = bus
        self.clock = clock
        self.url: str | None = None
        self._session: aiohttp.ClientSession | None = None
        self._under_way: set[asyncio.Task[Attempt]] = set()

    def set(self, url: str) -> None:
        """Deliver to this address from now on. Raises ControlError for one that is not on this machine."""
        self.url = _on_this_machine(url)
        self.bus.changed("slack", None, "request-url", url=url)

    async def verify(self, url: str) -> None:
        """Ask whoever listens at an address whether it is the app, then deliver to it. Raises ControlError.

        Source: https://docs.slack.dev/reference/events/url_verification
        """
        challenge = secrets.token_urlsafe(32)
        body: Json = {"type": "url_verification", "token": self.settings.verification_token, "challenge": challenge}
        delivery = Delivery(kind="events_api", name="url_verification", payload=body, chat=None)
        made = await self._within_patience(delivery, _on_this_machine(url))
        answer = made.answer
        self.wire.record(
            platform="slack",
            direction="server-to-bot",
            name="url_verification",
            request=made.request,
            answer={"outcome": answer.outcome.value, "payload": answer.payload},
            status=made.status,
        )
        said = answer.payload or {}
        if answer.outcome is not Outcome.ACKNOWLEDGED or challenge not in (said.get("challenge"), said.get("text")):
            raise ControlError("Your URL didn't respond with the value of the challenge parameter.")
        self.set(url)

    async def attempt(self, delivery: Delivery, *, loses_answer: bool) -> Attempt:
        """Send a request. With `loses_answer` the app has answered, and nobody has heard it."""
        if self.url is None:
            return _ended(delivery, Outcome.NO_CONNECTION)
        made = await self._within_patience(delivery, self.url)
        return _ended(delivery, Outcome.CONNECTION_LOST) if loses_answer else made

    async def _within_patience(self, delivery: Delivery, url: str) -> Attempt:
        """Send a request, and wait for its answer as long as Slack does."""
        task = asyncio.ensure_future(self._request(delivery, url))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        try:
            await asyncio.wait({task}, timeout=self.settings.acknowledge_timeout_s)
            if not task.done():
                return _ended(delivery, Outcome.TIMED_OUT)
            return _ended(delivery, Outcome.CONNECTION_LOST) if task.cancelled() else task.result()
        finally:
            task.cancel()

    async def _request(self, delivery: Delivery, url: str) -> Attempt:
        media_type, body = encoded(delivery)
        headers = {"Content-Type": media_type, "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)"}
        headers |= signed(self.settings.signing_secret, int(self.clock()), body) | _retry_headers(delivery)
        try:
            async with self._open_session().post(
                url, data=body.encode(), headers=headers, allow_redirects=False
            ) as response:
                return Attempt(
                    request=_frame(delivery),
                    answer=Answer(
                        outcome=_outcome(response.status),
                        payload=_payload(response.content_type, await response.text()),
                        forbids_retries=response.headers.get("X-Slack-No-Retry") == "1",
                    ),
                    status=response.status,
                )
        except aiohttp.ClientConnectorError:
            return _ended(delivery, Outcome.NO_CONNECTION)
        except aiohttp.ClientError:
            return _ended(delivery, Outcome.CONNECTION_LOST)

    def _open_session(self) -> aiohttp.ClientSession:
        """The pool, made at first use, since it belongs to the running event loop. A cut connection is no ready one."""
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True), trust_env=False)
        return self._session

    async def wait_connected(self, *, timeout_s: float) -> None:
        """Wait until somebody listens at the address. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while not await self._is_listened_at():  # noqa: ASYNC110 - another program sets no event of ours
                await asyncio.sleep(LOOK_EVERY_S)

    async def _is_listened_at(self) -> bool:
        if self.url is None:
            return False
        parts = urlsplit(self.url)
        try:
            _, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
        except OSError:
            return False
        writer.close()
        return True

    def cut(self) -> None:
        """Cuts every request that is under way, as a failing network does."""
        for task in list(self._under_way):
            task.cancel()

    async def close(self) -> None:
        """Ends every request at once."""
        self.cut()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None


def _on_this_machine(url: str) -> str:
    """Return an address that leads nowhere else. Raises ControlError."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        is_here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_here = host == "localhost"
    if parts.scheme != "http" or not is_here:
        raise ControlError("The address must be on this machine, such as http://127.0.0.1:8080/slack/events.")
    return url


def _ended(delivery: Delivery, outcome: Outcome) -> Attempt:
    return Attempt(request=_frame(delivery), answer=Answer(outcome=outcome))


def _retry_headers(delivery: Delivery) -> dict[str, str]:
    if delivery.kind != "events_api" or not delivery.outcomes:
        return {}
    return {"X-Slack-Retry-Num": str(len(delivery.outcomes)), "X-Slack-Retry-Reason": _REASONS[delivery.outcomes[-1]]}


def _frame(delivery: Delivery) -> Json:
    """What the wire log shows of a request: named as an envelope of Socket Mode, which has no id here."""
    shown: Json = {"type": delivery.kind, "payload": delivery.payload}
    retry = _retry_headers(delivery)
    if delivery.kind == "events_api":
        shown |= {"retry_attempt": len(delivery.outcomes), "retry_reason": retry.get("X-Slack-Retry-Reason", "")}
    return shown


def _outcome(status: int) -> Outcome:
    if status < 300:
        return Outcome.ACKNOWLEDGED
    return Outcome.SERVICE_ERROR if status >= 500 else Outcome.CLIENT_ERROR


def _payload(media_type: str, text: str) -> Json | None:
    """What an answer says: an object, or the words to say, as in the envelope's payload of Socket Mode."""
    if not text:
        return None
    if media_type != "application/json":
        return {"text": text}
    try:
        said: Any = json.loads(text)
    except ValueError:
        return {"text": text}
    return said if isinstance(said, dict) else {"text": text}
