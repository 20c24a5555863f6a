"""SlackPlatform: bot.platform.Platform over Slack's Web API."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import structlog

from bot.platform import (
    Attachment,
    Destination,
    MessageGone,
    MessageRef,
    PlatformError,
    Profile,
    Refused,
    TryLater,
    Unreachable,
)
from bot.slack import incoming
from bot.slack.calls import Method, PictureNotReady, SlackCalls
from bot.slack.incoming import Home
from bot.slack.people import profile_of, unknown_person
from bot.slack.render import Json, escaped, message_of, notice_of
from bot.slack.response_urls import ResponseUrls
from bot.slack.views import form_view
from bot.slack.windows import Windows
from bot.translation import Translator
from handlers.events import Event, IncomingFile, Source
from handlers.forms import OpenedForm
from handlers.replies import Card

PROFILE_LIFE_S = 600.0  # also how long messages to somebody who has left may get lost
CACHED_MAX = 10_000
PICTURE_ATTEMPTS_MAX = 10
"""How often, a second apart, a card waits for Slack to have looked at its picture; then it comes without."""

T = TypeVar("T")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Known:
    """What Slack says of somebody; `left`: their account was deactivated."""

    profile: Profile
    left: bool
    until_s: float


@dataclass(slots=True)
class _Uploaded:
    """A picture that Slack has: its file's id, and how often Slack would not show it."""

    file_id: str
    refusals: int = 0


class SlackPlatform:
    """Slack, with one installation's identity behind it. `home` is set once the token's owner is known."""

    name = incoming.PLATFORM

    def __init__(self, calls: SlackCalls, windows: Windows) -> None:
        """Take the Web API with the bot's token, and who opens windows."""
        self._calls = calls
        self._home: Home | None = None
        self._people: dict[str, _Known] = {}
        self._direct_channels: dict[str, str] = {}
        self._pictures: dict[str, _Uploaded] = {}
        self._response_urls = ResponseUrls(_now_s)
        self.windows = windows

    @property
    def home(self) -> Home:
        """Return where the app is installed. Raises RuntimeError before the driver has asked Slack."""
        if self._home is None:
            raise RuntimeError("identify() has not been called yet")
        return self._home

    @home.setter
    def home(self, home: Home) -> None:
        self._home = home

    def parse(self, payload: Mapping[str, Any], installation_id: str) -> Event | None:
        """Return the neutral event of a stored delivery; remembers where an answer to it may be posted."""
        event = incoming.parse(payload, installation_id, self.home)
        response_url = payload["payload"].get("response_url")
        if event is not None and response_url:
            self._response_urls.remember(event.source.channel, event.source.user, response_url)
        if event is not None and (known := self._people.get(event.source.user)) is not None and known.left:
            del self._people[event.source.user]  # they are back
        return event

    async def profile(self, source: Source, payload: Mapping[str, Any]) -> Profile:  # noqa: ARG002 - the protocol's
        """Return who the person is, at most ten minutes old. Raises TryLater."""
        return (await self._person(source.user)).profile

    async def _person(self, user: str) -> _Known:
        known = self._people.get(user)
        if known is not None and known.until_s > _now_s():
            return known
        until_s = _now_s() + PROFILE_LIFE_S
        try:
            answer = await self._calls.call(Method.USERS_INFO, user=user, include_locale="true")
            found = answer["user"]
            known = _Known(profile_of(found, self.home), bool(found.get("deleted")), until_s)
        except Unreachable:
            known = _Known(unknown_person(user), False, until_s)
        _put(self._people, user, known)
        return known

    async def _refuse_who_has_left(self, to: Destination) -> None:
        """Raise Unreachable for the chat of a person whose account was deactivated.

        Slack takes messages into such a chat without a word: https://github.com/slackapi/python-slack-sdk/issues/1156
        """
        user = _owner(to)
        if user is None:
            return
        try:
            known = await self._person(user)
        except TryLater as later:
            log.info("slack does not say whether somebody is still there", why=str(later))
            return
        if known.left:
            raise Unreachable("slack: the person's account is deactivated")

    async def send(
        self, to: Destination, card: Card, words: Translator, picture: Attachment | None = None
    ) -> MessageRef:
        """Send a card. Raises TryLater, Unreachable, Refused."""
        await self._refuse_who_has_left(to)

        async def post(message: Json) -> MessageRef:
            if to.only_for_user is not None:
                return await self._send_to_one(to, to.only_for_user, message)
            return await self._post(await self._channel(to), to.thread, message)

        sent = await self._with_picture(card, words, picture, post)
        return replace(sent, picture_id=None if picture is None else picture.id)

    async def edit(self, message: MessageRef, card: Card, words: Translator, picture: Attachment | None = None) -> None:
        """Put a card in a message's place, with or without a picture. Raises MessageGone and what `send` raises."""
        channel, ts = message.channel, message.message
        if ts is None:
            raise MessageGone("an ephemeral message cannot be edited")

        async def update(shown: Json) -> None:
            await self._calls.call(Method.UPDATE, channel=channel, ts=ts, **shown)

        await self._with_picture(card, words, picture, update)

    async def _with_picture(
        self, card: Card, words: Translator, picture: Attachment | None, call: Callable[[Json], Awaitable[T]]
    ) -> T:
        """Make a call with a card's message. A picture that Slack does not take after a while is said in words alone."""
        uploaded = None if picture is None else await self._uploaded(picture)
        if uploaded is not None and uploaded.refusals < PICTURE_ATTEMPTS_MAX:
            try:
                return await call(_rendered(card, words, uploaded.file_id))
            except PictureNotReady:
                uploaded.refusals += 1
                if uploaded.refusals < PICTURE_ATTEMPTS_MAX:
                    raise
                log.warning("slack shows a picture not at all", file_id=uploaded.file_id)
        return await call(_rendered(card, words, None))

    async def _uploaded(self, picture: Attachment) -> _Uploaded:
        """Return Slack's file of a picture; the same one is uploaded once, as long as it is remembered."""
        key = hashlib.sha256(picture.content).hexdigest()
        known = self._pictures.get(key)
        if known is None:
            known = _Uploaded(await self._calls.upload(picture.name, picture.content))
            _put(self._pictures, key, known)
        return known

    async def send_file(self, to: Destination, file: Attachment, words: str) -> MessageRef:
        """Send a file into a chat. Slack posts it by itself a moment later: the message has no id yet."""
        await self._refuse_who_has_left(to)
        channel = await self._channel(to)
        comment = escaped(words) if words else None
        await self._calls.upload(file.name, file.content, channel=channel, thread=to.thread, comment=comment)
        return MessageRef(channel, None)

    async def publish_home(self, user: str, card: Card, words: Translator) -> None:
        """Show a card on the person's Home tab."""
        view = {"type": "home", "blocks": _rendered(card, words, None)["blocks"]}
        await self._calls.call(Method.VIEWS_PUBLISH, user_id=user, view=view)

    async def show_activity(self, to: Destination) -> None:
        """Do nothing: Slack has no typing sign for ordinary bots, a declared degradation."""

    async def download(self, file: IncomingFile, size_bytes_max: int) -> bytes:
        """Return a file's content. Raises TryLater, Refused."""
        if (file.size_bytes or 0) > size_bytes_max:
            raise Refused(f"a file of {file.size_bytes} bytes")
        return await self._calls.download(file.reference["url"], size_bytes_max)

    async def remove(self, message: MessageRef) -> None:
        """Take a message away; one that is gone already is no error."""
        if message.message is None:
            return
        try:
            await self._calls.call(Method.DELETE, channel=message.channel, ts=message.message)
        except MessageGone as gone:
            log.info("slack message not removed", why=str(gone))

    async def answer(self, source: Source, words: str | None) -> None:
        """Say `words` to the person alone, where they tapped: Slack has no toasts. Never raises."""
        if not words:
            return
        to = Destination(channel=source.channel, thread=source.thread, only_for_user=source.user)
        try:
            await self._send_to_one(to, source.user, notice_of(words))
        except PlatformError as error:
            log.warning("slack answer not shown", why=str(error))

    async def open_form(self, source: Source, form: OpenedForm, words: Translator) -> None:
        """Open a form's window, within the three seconds that a trigger lives. Raises TryLater, Refused (expired)."""
        if source.interaction is None:
            raise Refused("a form opens from a tap or a command alone: this event has no trigger")
        try:
            view = form_view(form, words)
        except ValueError as error:
            raise Refused(str(error)) from error
        started_s = _now_s()
        await self.windows.open(source.interaction, view)
        log.info("slack form opened", form=form.form.key, duration_ms=round((_now_s() - started_s) * 1_000))

    async def _send_to_one(self, to: Destination, user: str, message: Json) -> MessageRef:
        """Show a message to one person in a channel; where the bot cannot, at their tap's address, or in their DM."""
        channel = await self._channel(Destination(channel=to.channel, user=user))
        try:
            await self._calls.call(Method.POST_EPHEMERAL, channel=channel, user=user, thread_ts=to.thread, **message)
            return MessageRef(channel, None)
        except Unreachable as unreachable:
            log.info("slack channel is closed to the bot", why=str(unreachable))
        response_url = self._response_urls.take(channel, user)
        if response_url is not None:
            body = {"response_type": "ephemeral", "replace_original": False, **message}
            if to.thread is not None:
                body["thread_ts"] = to.thread
            if await self._calls.respond(response_url, body):
                return MessageRef(channel, None)
        return await self._post(await self._direct_channel(user), None, message)

    async def _post(self, channel: str, thread: str | None, message: Json) -> MessageRef:
        answer = await self._calls.call(
            Method.POST, channel=channel, thread_ts=thread, unfurl_links=False, unfurl_media=False, **message
        )
        return MessageRef(answer["channel"], answer["ts"])

    async def _channel(self, to: Destination) -> str:
        """Return a channel's id; "@" and a user's id, or no channel, mean that person's chat with the bot."""
        if to.channel is not None and not to.channel.startswith("@"):
            return to.channel
        user = to.user if to.channel is None else to.channel[1:]
        if user is None:
            raise Refused("a destination without a channel and without a person")
        return await self._direct_channel(user)

    async def _direct_channel(self, user: str) -> str:
        known = self._direct_channels.get(user)
        if known is None:
            answer = await self._calls.call(Method.CONVERSATIONS_OPEN, users=user)
            known = str(answer["channel"]["id"])
            _put(self._direct_channels, user, known)
        return known


def _owner(to: Destination) -> str | None:
    """Return whose chat with the bot a message goes to, None for a channel, and for what may get lost."""
    if to.only_for_user is not None:
        return None
    if to.channel is not None and to.channel.startswith("@"):
        return to.channel[1:]
    return to.user if to.channel is None or to.channel.startswith("D") else None


def _rendered(card: Card, words: Translator, picture: str | None) -> Json:
    try:
        return message_of(card, words, picture)
    except ValueError as error:
        raise Refused(str(error)) from error


def _now_s() -> float:
    return asyncio.get_running_loop().time()


def _put(cache: dict[str, Any], key: str, value: object) -> None:
    """Keep a value; the oldest gives way when there are too many."""
    cache.pop(key, None)
    cache[key] = value
    if len(cache) > CACHED_MAX:
        del cache[next(iter(cache))]
