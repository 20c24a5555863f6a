"""Response URLs: a short-lived address at which the app may answer a command or a tap.

Source: https://docs.slack.dev/interactivity/handling-user-interaction#message_responses.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.playground.slack import limits
from bot.playground.slack.blocks import check_blocks
from bot.playground.slack.chat import Chat
from bot.playground.slack.errors import SlackError, refuse
from bot.playground.slack.state import SlackState
from bot.playground.state import Json
from bot.playground.wire import WireLog


@dataclass(slots=True, kw_only=True)
class ResponseUrl:
    """Whom an answer at this address reaches, and the message from which it came, if any."""

    channel: str
    user: str
    message_ts: str | None
    valid_until: float
    uses_left: int = limits.RESPONSE_URL_USES_MAX


class ResponseUrls:
    """Hands out addresses and takes what is posted there."""

    def __init__(self, state: SlackState, chat: Chat, wire: WireLog) -> None:
        self.state = state
        self.chat = chat
        self.wire = wire
        self._urls: dict[str, ResponseUrl] = {}

    def create(self, *, channel: str, user: str, message_ts: str | None = None) -> str:
        key = uuid.uuid4().hex
        now = self.state.clock()
        valid_until = now + limits.RESPONSE_URL_LIFE_S
        # What expired as long ago as it lived may be forgotten.
        self._urls = {
            old: each for old, each in self._urls.items() if each.valid_until > now - limits.RESPONSE_URL_LIFE_S
        }
        self._urls[key] = ResponseUrl(channel=channel, user=user, message_ts=message_ts, valid_until=valid_until)
        return f"{self.state.base_url}/slack/response/{key}"

    async def serve(self, request: web.Request) -> web.Response:
        """The handler of the addresses' route."""
        started = self.state.clock()
        body: Any = None
        try:
            body = await request.json()
            status, text = self.take(request.match_info["id"], body)
        except ValueError:
            status, text = 400, "invalid_payload"
        self.wire.record(
            platform="slack",
            direction="bot-to-server",
            name="response_url",
            request={"body": body},
            answer={"text": text},
            status=status,
            started=started,
            duration_ms=(self.state.clock() - started) * 1000,
        )
        return web.Response(status=status, text=text)

    def take(self, key: str, body: Any) -> tuple[int, str]:
        """What the app posted at an address: the HTTP status and the answer's text."""
        url = self._urls.get(key)
        if url is None:
            return 404, "invalid_url"
        if url.valid_until < self.state.clock():
            return 404, "expired_url"
        if url.uses_left == 0:
            return 404, "used_url"
        if not isinstance(body, dict):
            return 400, "invalid_payload"
        try:
            self.show(url, body)
        except SlackError as error:
            return (404 if error.code.endswith("_not_found") else 400), error.code
        url.uses_left -= 1
        return 200, "ok"

    def show(self, url: ResponseUrl, body: Json) -> None:
        """Posts, replaces or deletes, as the body says. Raises SlackError and then changes nothing."""
        channel = self.state.channels[url.channel]
        if body.get("delete_original"):
            self._delete_original(url)
            return
        message = self.message(body)
        if body.get("replace_original"):
            self._replace_original(url, message)
            return
        if body.get("thread_ts"):
            message |= self.chat.thread_fields(channel, str(body["thread_ts"]))
        if body.get("response_type", "ephemeral") == "in_channel":
            self.chat.post(channel, message)
        else:
            self.chat.post_ephemeral(channel, url.user, message)

    def message(self, body: Json) -> Json:
        """The message that an answer describes. Raises SlackError no_text or invalid_blocks."""
        text, blocks = body.get("text") or "", body.get("blocks") or []
        if not isinstance(text, str) or (not text and not blocks):
            raise SlackError("no_text")
        if len(text) > limits.MESSAGE_TEXT_CHARACTERS_MAX:
            raise SlackError("msg_too_long")
        refuse("invalid_blocks", check_blocks(blocks, surface="message"))
        return self.chat.app_message(text=text, blocks=blocks, extra={})

    def _original(self, url: ResponseUrl) -> tuple[Json, bool]:
        """The message from which the address came, and whether only one person sees it."""
        if url.message_ts is not None:
            found = self.state.channels[url.channel].find(url.message_ts)
            if found is not None:
                return found, False
            for message in self.state.ephemerals_of(url.user, url.channel):
                if message["ts"] == url.message_ts:
                    return message, True
        raise SlackError("message_not_found")

    def _replace_original(self, url: ResponseUrl, message: Json) -> None:
        original, is_ephemeral = self._original(url)
        changes = {"text": message["text"], "blocks": message.get("blocks")}
        if is_ephemeral:
            original.update(changes)
            self.chat.bus.changed("slack", url.channel, "edit", ts=url.message_ts, user=url.user)
        else:
            self.chat.change(self.state.channels[url.channel], original, changes, by=message["user"])

    def _delete_original(self, url: ResponseUrl) -> None:
        original, is_ephemeral = self._original(url)
        if is_ephemeral:
            self.state.ephemerals_of(url.user, url.channel).remove(original)
            self.chat.bus.changed("slack", url.channel, "delete", ts=url.message_ts, user=url.user)
        else:
            self.chat.delete(self.state.channels[url.channel], original)
