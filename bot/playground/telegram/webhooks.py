"""Delivery to webhooks: what a bot asks for by setWebhook.

As Telegram's own server does it (github.com/tdlib/telegram-bot-api, WebhookActor): any 2xx confirms an update; what fails is
tried again at once, and then after pauses that double; one update of a chat at a time, so that a chat keeps its order, and
chats beside each other. An answer may hold a call, as JSON, whose outcome the bot is not told
(https://core.telegram.org/bots/api#making-requests-when-getting-updates).
"""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout

from bot.playground.state import Clock, Fault, Json, Misbehaviour
from bot.playground.telegram.limits import UPDATES_KEPT_S_MAX
from bot.playground.telegram.state import BotAccount
from bot.playground.wire import WireLog

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
RETRY_PAUSE_FIRST_S = 1.0
RETRY_PAUSE_S_MAX = 60.0
RETRY_AFTER_S_MAX = 3600
"""The Retry-After of an answer is followed up to here."""
ANSWER_TIMEOUT_S = 60.0


def is_loopback(url: str) -> bool:
    """Whether a webhook is on this machine: the emulators speak to nobody else."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def update_kind(update: Json) -> str:
    """As in "message", "callback_query": the one key beside update_id."""
    return next(name for name in update if name != "update_id")


def queue_of(update: Json) -> str:
    """What keeps its order: a chat; taps are those of a person, and stand in line with no message."""
    kind = update_kind(update)
    content = update[kind]
    if kind == "callback_query":
        return f"taps of {content['from']['id']}"
    return f"chat {content['chat']['id']}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What became of one delivery. `error` is None when it was confirmed."""

    status: int | None = None
    error: str | None = None
    retry_after_s: int = 0
    call: Json | None = None
    """The call that the answer held: `method`, and its parameters."""


class _Line:
    """What of one queue is being delivered, and what of it is to come again by an order of Misbehaviour."""

    def __init__(self) -> None:
        self.task: asyncio.Task[None] | None = None
        self.repeats: list[Json] = []


class Webhooks:
    """Delivers what waits for the bots that have a webhook. `pause_s`: the pause before the second repetition."""

    def __init__(
        self,
        *,
        clock: Clock,
        misbehaviour: Misbehaviour,
        wire: WireLog,
        confirm: Callable[[BotAccount, int], None],
        perform: Callable[[BotAccount, str, Json], Awaitable[None]],
        on_change: Callable[[], None],
        pause_s: float = RETRY_PAUSE_FIRST_S,
    ) -> None:
        """`confirm` takes an update out of the bot's queue, `perform` does what an answer asks for.

        `on_change` is called when a delivery has ended.
        """
        self.pause_s = pause_s
        self._clock = clock
        self._misbehaviour = misbehaviour
        self._wire = wire
        self._confirm = confirm
        self._perform = perform
        self._on_change = on_change
        self._lines: dict[tuple[int, str], _Line] = {}
        self._places: dict[int, asyncio.Semaphore] = {}
        self._session: ClientSession | None = None
        self._closing = False

    def set(self, bot: BotAccount, url: str, secret_token: str, connections_max: int) -> None:
        """Deliver to this address from now on; a webhook that is set already is left in peace."""
        wanted = {"url": url, "secret_token": secret_token, "max_connections": connections_max}
        if wanted.items() <= bot.webhook.items():
            return
        self.remove(bot)
        bot.webhook = wanted
        self._wire.add_secret(secret_token)
        self.kick(bot)

    def remove(self, bot: BotAccount) -> None:
        """Deliver no more: what is on its way may arrive and is not confirmed by that."""
        bot.webhook = {}
        self._places.pop(bot.id, None)
        for (bot_id, queue), line in list(self._lines.items()):
            if bot_id == bot.id:
                del self._lines[bot_id, queue]
                if line.task is not None:
                    line.task.cancel()

    def kick(self, bot: BotAccount) -> None:
        """Begin to deliver what waits, where that is not being done."""
        if not bot.webhook or self._closing:
            return
        for queue in {queue_of(update) for update in bot.pending}:
            line = self._lines.setdefault((bot.id, queue), _Line())
            if line.task is None:
                line.task = asyncio.create_task(self._empty(bot, queue, line))

    def busy(self, bot: BotAccount) -> bool:
        """Whether something of this bot is being delivered, or waits to be delivered again."""
        return any(bot_id == bot.id for bot_id, _ in self._lines)

    async def close(self) -> None:
        """End all deliveries; what was not confirmed waits."""
        self._closing = True
        tasks = [line.task for line in self._lines.values() if line.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._lines.clear()
        if self._session is not None:
            await self._session.close()

    async def _empty(self, bot: BotAccount, queue: str, line: _Line) -> None:
        """Deliver a queue, one update after the other, until nothing of it is left."""
        failures, pause_s = 0, self.pause_s
        places = self._places.setdefault(bot.id, asyncio.Semaphore(bot.webhook["max_connections"]))
        while (update := self._next(bot, queue, line)) is not None:
            async with places:
                answer = await self._deliver(bot, update)
            if answer.error is None:
                failures, pause_s = 0, self.pause_s
                self._confirmed(bot, update, line)
                if answer.call is not None:
                    await self._perform(bot, str(answer.call.pop("method")), answer.call)
                continue
            bot.webhook |= {"last_error_date": int(self._clock()), "last_error_message": answer.error}
            self._on_change()
            failures += 1
            if answer.retry_after_s:
                await asyncio.sleep(min(answer.retry_after_s, RETRY_AFTER_S_MAX) * self.pause_s)
            elif failures > 1:
                pause_s = min(pause_s * 2, RETRY_PAUSE_S_MAX)
                await asyncio.sleep(pause_s)
        # No await since the look above: whoever kicks now begins anew.
        del self._lines[bot.id, queue]
        self._on_change()

    def _next(self, bot: BotAccount, queue: str, line: _Line) -> Json | None:
        """The oldest update of the queue, or another one where Misbehaviour orders so; then what is to come again."""
        oldest_kept = self._clock() - UPDATES_KEPT_S_MAX
        for update in [update for update in bot.pending if bot.queued_at[update["update_id"]] <= oldest_kept]:
            self._confirm(bot, update["update_id"])
        waiting = [update for update in bot.pending if queue_of(update) == queue]
        if line.repeats and (not waiting or _draw(f"{waiting[0]['update_id']}:{len(line.repeats)}").random() < 0.5):
            return line.repeats.pop()
        if len(waiting) > 1:
            rule = self._misbehaviour.take(update_kind(waiting[0]), frozenset({Fault.REORDER}))
            if rule is not None:
                return _draw(f"{rule.seed}:{rule.hits}").choice(waiting[1:])
        return waiting[0] if waiting else None

    def _confirmed(self, bot: BotAccount, update: Json, line: _Line) -> None:
        """Take a delivered update out of the queue; at its first delivery it may be ordered to come again."""
        if update["update_id"] not in bot.queued_at:
            return
        self._confirm(bot, update["update_id"])
        rule = self._misbehaviour.take(update_kind(update), frozenset({Fault.DUPLICATE}))
        if rule is not None:
            draw = _draw(f"{rule.seed}:{update['update_id']}")
            line.repeats += [update] * (draw.randint(2, max(rule.copies, 2)) - 1)

    async def _deliver(self, bot: BotAccount, update: Json) -> _Answer:
        kind, started, begun = update_kind(update), self._clock(), time.perf_counter()
        lost = self._misbehaviour.take(kind, frozenset({Fault.DROP_THEN_REPEAT}))
        answer = await self._post(bot, update)
        if lost is not None:
            answer = _Answer(error="Webhook connection closed")
        self._wire.record(
            platform="telegram",
            direction="server-to-bot",
            name=kind,
            request=update,
            answer={"error": answer.error} if answer.error else {},
            status=answer.status,
            started=started,
            duration_ms=(time.perf_counter() - begun) * 1000,
            chat=update[kind].get("message", update[kind]).get("chat", {}).get("id"),
        )
        return answer

    async def _post(self, bot: BotAccount, update: Json) -> _Answer:
        if self._session is None:
            self._session = ClientSession(timeout=ClientTimeout(total=ANSWER_TIMEOUT_S))
        secret = bot.webhook["secret_token"]
        headers = {"Content-Type": "application/json"} | ({SECRET_HEADER: secret} if secret else {})
        try:
            async with self._session.post(
                bot.webhook["url"], data=json.dumps(update), headers=headers, allow_redirects=False
            ) as response:
                body = await response.read()
        except TimeoutError:
            return _Answer(error="Read timeout expired")
        except ClientError as error:
            refused = isinstance(error.__cause__ or error, ConnectionRefusedError)
            return _Answer(error="Connection refused" if refused else "Webhook connection closed")
        if 200 <= response.status <= 299:
            return _Answer(status=response.status, call=_call_in(response.content_type, body))
        retry_after = response.headers.get("Retry-After", "")
        return _Answer(
            status=response.status,
            error=f"Wrong response from the webhook: {response.status} {response.reason}",
            retry_after_s=int(retry_after) if retry_after.isdecimal() else 0,
        )


def _call_in(content_type: str, body: bytes) -> Json | None:
    """The call in an answer's body, if that is one. What is none, such as "ok", is nothing to Telegram either."""
    if content_type != "application/json":
        return None
    try:
        call = json.loads(body)
    except ValueError:
        return None
    return call if isinstance(call, dict) and isinstance(call.get("method"), str) else None


def _draw(seed: object) -> random.Random:
    """A repeatable draw: faults must come back with their seed."""
    return random.Random(str(seed))  # noqa: S311 -- nothing here is secret
