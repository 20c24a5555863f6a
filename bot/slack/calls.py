"""Calls to Slack's Web API: which ones, what they need, and what their failures mean."""

import asyncio
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NoReturn
from urllib.parse import urlsplit

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.platform import LockedOut, MessageGone, PlatformError, RateLimited, Refused, TryLater, Unreachable
from bot.slack.quiet import quiet_logger
from core.kernel.guards import refuse_in_write_transaction

CALL_TIMEOUT_S = 10.0
CONNECT_TIMEOUT_S = 3.0
DOWNLOAD_TIMEOUT_S = 60.0  # a job's, which has time; an upload is part of a send, whose lease is short
ATTEMPTS_MAX = 5
FIRST_DELAY_S = 0.5

log = structlog.get_logger()


class Method(StrEnum):
    """Every method of the Web API that is called, and no other."""

    AUTH_TEST = "auth.test"
    BOTS_INFO = "bots.info"
    CONNECTIONS_OPEN = "apps.connections.open"
    CONVERSATIONS_OPEN = "conversations.open"
    DELETE = "chat.delete"
    FILES_COMPLETE_UPLOAD = "files.completeUploadExternal"
    FILES_UPLOAD_URL = "files.getUploadURLExternal"
    POST = "chat.postMessage"
    POST_EPHEMERAL = "chat.postEphemeral"
    UPDATE = "chat.update"
    USERS_INFO = "users.info"
    VIEWS_OPEN = "views.open"
    VIEWS_PUBLISH = "views.publish"
    VIEWS_UPDATE = "views.update"


# The bot token's scope for each method, None where none is needed. Source: https://docs.slack.dev/reference/methods
SCOPES: Mapping[Method, str | None] = {
    Method.AUTH_TEST: None,
    Method.BOTS_INFO: "users:read",
    Method.CONNECTIONS_OPEN: None,  # called with the app-level token, whose scope is connections:write
    Method.CONVERSATIONS_OPEN: "im:write",
    Method.DELETE: "chat:write",
    Method.FILES_COMPLETE_UPLOAD: "files:write",
    Method.FILES_UPLOAD_URL: "files:write",
    Method.POST: "chat:write",
    Method.POST_EPHEMERAL: "chat:write",
    Method.UPDATE: "chat:write",
    Method.USERS_INFO: "users:read",
    Method.VIEWS_OPEN: None,
    Method.VIEWS_PUBLISH: None,
    Method.VIEWS_UPDATE: None,
}

# Their arguments go into the address.
_WITHOUT_JSON = frozenset({Method.BOTS_INFO, Method.USERS_INFO, Method.FILES_UPLOAD_URL})

# Limited in each channel of its own; all others in the team as a whole: https://docs.slack.dev/apis/web-api/rate-limits
_LIMITED_BY_CHANNEL = frozenset({Method.POST})

# What Slack's error codes mean to us. Source: the table of errors on each method's page.
_BUSY = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"})
_TOKEN_REFUSED = frozenset({"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"})
_UNREACHABLE = frozenset(
    {"cannot_dm_bot", "channel_not_found", "ekm_access_denied", "is_archived", "not_in_channel", "user_disabled"}
    | {"user_not_found", "user_not_in_channel", "user_not_visible", "users_not_found", "restricted_action"}
    | {"restricted_action_read_only_channel", "restricted_action_thread_only_channel"}
)
_GONE = frozenset(
    {"message_not_found", "cant_update_message", "cant_delete_message", "edit_window_closed"}
    | {"compliance_exports_prevent_deletion"}
)


_DOWNLOAD_TIMEOUT = aiohttp.ClientTimeout(total=DOWNLOAD_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
_NOT_READY = "invalid slack file"  # among the details of invalid_blocks


class TokenRefused(LockedOut):
    """Slack refuses the token: nobody is unreachable for that, and nothing is lost; an operator has to set it right."""

    RETRY_AFTER_S = 60.0


class PictureNotReady(TryLater):
    """Slack still looks at a picture that was uploaded a moment ago, or has found that it is none.

    Source: https://github.com/slackapi/python-slack-sdk/issues/1521
    """

    RETRY_AFTER_S = 1.0


class SlackCalls:
    """The Web API with one token, over one pool of connections. Tokens stand in headers alone, never in a log.

    The environment's proxies are not looked at: `proxy` is the URL of one, or None. Nothing is tried again here, except
    by `call_patiently`: whoever sends knows better what may be repeated, and when.
    """

    def __init__(self, *, token: str, api_url: str, proxy: str | None, timeout_s: float = CALL_TIMEOUT_S) -> None:
        """Take an API URL that ends in "/api/", and how long a call may take."""
        self._timeout_s = timeout_s
        self._token = token
        self._api_url = api_url
        self._proxy = proxy
        self._client: AsyncWebClient | None = None
        self._paused_until_s: dict[tuple[Method, str], float] = {}

    @property
    def client(self) -> AsyncWebClient:
        """Return the SDK's client; made at first use, since its pool belongs to the running event loop."""
        if self._client is None:
            timeout = aiohttp.ClientTimeout(total=self._timeout_s, connect=CONNECT_TIMEOUT_S)
            self._client = AsyncWebClient(
                token=self._token,
                base_url=self._api_url,
                session=aiohttp.ClientSession(timeout=timeout),
                retry_handlers=[],
                logger=quiet_logger,
            )
            self._client.proxy = self._proxy
        return self._client

    async def close(self) -> None:
        """Close the pool; a later call opens another."""
        client, self._client = self._client, None
        if client is not None and client.session is not None:
            await client.session.close()

    async def call(self, method: Method, **arguments: Any) -> dict[str, Any]:
        """Return the answer; arguments that are None are left out. Raises TryLater, Unreachable, MessageGone, Refused.

        Slack's limits hold for each method of its own: while one is paused, it is not called for anybody.
        """
        refuse_in_write_transaction("slack")
        limited = (method, str(arguments.get("channel")) if method in _LIMITED_BY_CHANNEL else "")
        self._refuse_while_paused(limited)
        given = {name: value for name, value in arguments.items() if value is not None}
        try:
            if method in _WITHOUT_JSON:
                response = await self.client.api_call(method, http_verb="GET", params=given)
            else:
                response = await self.client.api_call(method, json=given)
        except SlackApiError as error:
            try:
                _explain(method, error)
            except RateLimited as later:
                self._paused_until_s[limited] = _now_s() + (later.after_s or 0.0)
                raise
        except (aiohttp.ClientError, TimeoutError) as error:
            raise TryLater(f"slack {method}: {type(error).__name__}") from error
        data: dict[str, Any] = response.data  # type: ignore[assignment]  # the SDK checked: a dict with "ok": true
        return data

    def _refuse_while_paused(self, limited: tuple[Method, str]) -> None:
        until_s = self._paused_until_s.get(limited)
        if until_s is None:
            return
        left_s = until_s - _now_s()
        if left_s > 0:
            raise RateLimited(f"slack {limited[0]}: paused", left_s)
        del self._paused_until_s[limited]

    async def call_patiently(self, method: Method, **arguments: Any) -> dict[str, Any]:
        """Return the answer as `call` does, but try again a few times while Slack is busy. For what may be repeated."""
        delay_s = FIRST_DELAY_S
        for attempt in range(1, ATTEMPTS_MAX + 1):
            try:
                return await self.call(method, **arguments)
            except TryLater as later:
                if attempt == ATTEMPTS_MAX or isinstance(later, TokenRefused):
                    raise
                await asyncio.sleep(delay_s if later.after_s is None else later.after_s)
                delay_s *= 2
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def upload(
        self,
        name: str,
        content: bytes,
        *,
        channel: str | None = None,
        thread: str | None = None,
        comment: str | None = None,
    ) -> str:
        """Return the id of a file that was uploaded, and shown in a channel where one is given. Raises as `call`.

        Source: https://docs.slack.dev/messaging/working-with-files#upload
        """
        place = await self.call(Method.FILES_UPLOAD_URL, filename=name, length=len(content))
        try:
            async with self._session.post(place["upload_url"], data=content, proxy=self._proxy) as answer:
                if answer.status != 200:
                    raise TryLater(f"slack took no file (status {answer.status})")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise TryLater(f"slack upload: {type(error).__name__}") from error
        await self.call(
            Method.FILES_COMPLETE_UPLOAD,
            files=[{"id": place["file_id"], "title": name}],
            channel_id=channel,
            thread_ts=thread,
            initial_comment=comment,
        )
        return str(place["file_id"])

    async def download(self, url: str, size_bytes_max: int) -> bytes:
        """Return a file's content. Raises TryLater, and Refused for one that is gone, larger than the bound, or not Slack's.

        The token goes to Slack's own hosts alone: a file may also stand elsewhere, and then its address is anybody's.
        """
        refuse_in_write_transaction("slack")
        if not self._is_slacks(url):
            raise Refused("a file that Slack does not keep")
        headers = {"Authorization": f"Bearer {self._token}"}
        try:
            async with self._session.get(url, headers=headers, proxy=self._proxy, timeout=_DOWNLOAD_TIMEOUT) as answer:
                _check_download(answer, size_bytes_max)
                content = bytearray()
                async for part in answer.content.iter_any():
                    content += part
                    if len(content) > size_bytes_max:
                        raise Refused(f"a file of more than {size_bytes_max} bytes")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise TryLater(f"slack file: {type(error).__name__}") from error
        return bytes(content)

    def _is_slacks(self, url: str) -> bool:
        """Tell whether an address is on the API's own host, or beside it: files.slack.com beside slack.com."""
        ours, theirs = urlsplit(self._api_url), urlsplit(url)
        host = (ours.hostname or "").removeprefix("www.")
        return ours.scheme == theirs.scheme and (
            theirs.hostname == host or (theirs.hostname or "").endswith(f".{host}")
        )

    @property
    def _session(self) -> aiohttp.ClientSession:
        session = self.client.session
        if session is None:
            raise RuntimeError("the client was made with a session")
        return session

    async def respond(self, response_url: str, body: dict[str, Any]) -> bool:
        """Answer at the address that came with a tap or a command; False when it does not take it (any more)."""
        refuse_in_write_transaction("slack")
        webhook = AsyncWebhookClient(response_url, session=self.client.session, retry_handlers=[], logger=quiet_logger)
        webhook.proxy = self._proxy
        try:
            response = await webhook.send_dict(body)
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("slack response_url failed", error=type(error).__name__)
            return False
        if response.status_code != 200:
            log.info("slack response_url refused", status=response.status_code, answer=response.body[:100])
        return bool(response.status_code == 200)


def _check_download(answer: aiohttp.ClientResponse, size_bytes_max: int) -> None:
    """Raise what the head of a download's answer means."""
    if answer.status >= 500 or answer.status == 429:
        raise TryLater(f"slack file: status {answer.status}", _retry_after_s(answer.headers))
    if answer.status != 200:
        raise Refused(f"slack file: status {answer.status}")
    if answer.content_type == "text/html":
        # Whoever may not read a file is asked to sign in, with status 200: the token lacks files:read, or the file is closed.
        log.error("slack hands out no file, but its sign-in page")
        raise Refused("slack file: the sign-in page")
    if (answer.content_length or 0) > size_bytes_max:
        raise Refused(f"a file of {answer.content_length} bytes")


def _explain(method: Method, error: SlackApiError) -> NoReturn:
    """Raise what a failed call means."""
    status, headers, code, details = _facts(error)
    said = f"slack {method}: {code or f'HTTP {status}'}"
    if status == 429 or code == "ratelimited":
        raise RateLimited(said, _retry_after_s(headers)) from error
    if status >= 500 or not code or code in _BUSY:
        raise TryLater(said, _retry_after_s(headers)) from error
    if code in _TOKEN_REFUSED:
        log.error("slack refuses the token", method=method, code=code)
        raise TokenRefused(said, TokenRefused.RETRY_AFTER_S) from error
    kind: type[PlatformError] = Refused
    if code in _UNREACHABLE:
        kind = Unreachable
    elif code in _GONE:
        kind = MessageGone
    elif code == "invalid_blocks" and _NOT_READY in str(details):
        raise PictureNotReady(said, PictureNotReady.RETRY_AFTER_S) from error
    else:
        log.warning("slack refused a call", method=method, code=code, details=details)
    raise kind(said) from error


def _facts(error: SlackApiError) -> tuple[int, Mapping[str, str], str, Any]:
    """Return status, headers, error code and details of a failed call; its answer may be no JSON at all."""
    response: Any = error.response  # the SDK's own, or aiohttp's where the body could not be read
    data = getattr(response, "data", None)
    status = getattr(response, "status_code", 0) or getattr(response, "status", 500)
    if not isinstance(data, dict):  # the page of a proxy, or half an answer
        return status, response.headers, "", None
    details = data.get("response_metadata", {}).get("messages") or {
        name: data[name] for name in ("needed", "provided") if name in data
    }
    return status, response.headers, str(data.get("error") or ""), details


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    try:
        return float(headers.get("Retry-After", ""))
    except ValueError:
        return None


def _now_s() -> float:
    return asyncio.get_running_loop().time()
