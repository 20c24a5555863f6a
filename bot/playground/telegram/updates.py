"""The queue of updates of each bot, and getUpdates on top of it.

Rules: https://core.telegram.org/bots/api#getting-updates. An update waits until a later call's offset confirms it, and
is delivered again until then.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.playground.state import DELIVERY_FAULTS, Clock, Fault, Json, Misbehaviour
from bot.playground.telegram.errors import conflict
from bot.playground.telegram.limits import (
    UPDATES_KEPT_S_MAX,
    UPDATES_LIMIT_MAX,
    UPDATES_LIMIT_MIN,
    UPDATES_TIMEOUT_S_MAX,
)
from bot.playground.telegram.state import BotAccount
from bot.playground.telegram.webhooks import update_kind

ONLY_WHEN_ASKED_FOR = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""Not delivered by default. Source: https://core.telegram.org/bots/api#getupdates, allowed_updates."""

OTHER_POLL = "terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_SET = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


class ConnectionCut(Exception):
    """The answer is to be replaced by a cut connection: an order of Misbehaviour."""


@dataclass(slots=True)
class _Poll:
    """A getUpdates that waits. `wake` is set by a new update, by another poll or by the shutdown."""

    wake: asyncio.Event = field(default_factory=asyncio.Event)
    conflict: str = ""
    """Why another one has ended it, if one has."""


def _draw(seed: object) -> random.Random:
    """A repeatable draw: faults must come back with their seed."""
    return random.Random(str(seed))  # noqa: S311 -- nothing here is secret


class UpdateQueues:
    """The updates that wait, and the one long poll that each bot may have."""

    def __init__(self, *, clock: Clock, misbehaviour: Misbehaviour, on_change: Callable[[], None]) -> None:
        """`on_change` is called after updates were queued or confirmed, and when a long poll begins or ends."""
        self._clock = clock
        self._on_change = on_change
        self._misbehaviour = misbehaviour
        self._polls: dict[int, _Poll] = {}
        self._repeats: dict[int, list[Json]] = {}
        self._already_counted: dict[int, int] = {}
        self._closing = False

    def push(self, bot: BotAccount, kind: str, content: Json) -> Json | None:
        """Queues an update and returns it; None when the bot did not ask for this kind."""
        wanted = kind in bot.allowed_updates if bot.allowed_updates else kind not in ONLY_WHEN_ASKED_FOR
        if not wanted:
            return None
        update: Json = {"update_id": bot.next_update_id, kind: content}
        bot.next_update_id += 1
        bot.pending.append(update)
        bot.queued_at[update["update_id"]] = self._clock()
        self._wake(bot.id)
        self._on_change()
        return update

    def close(self) -> None:
        """Ends every long poll, now and from now on: the server is going down."""
        self._closing = True
        for poll in self._polls.values():
            poll.wake.set()

    def polling(self, bot: BotAccount) -> bool:
        """Whether a long poll of this bot is waiting right now."""
        return bot.id in self._polls

    async def get(self, bot: BotAccount, given: Json) -> list[Json]:
        """What getUpdates answers. Raises BotApiError 409 when another poll or a webhook takes over; ConnectionCut."""
        if bot.webhook:
            raise conflict(WEBHOOK_SET)
        if "allowed_updates" in given:
            bot.allowed_updates = given["allowed_updates"]
        self._confirm(bot, given.get("offset", 0))
        limit = min(max(given.get("limit", UPDATES_LIMIT_MAX), UPDATES_LIMIT_MIN), UPDATES_LIMIT_MAX)
        timeout_s = min(max(given.get("timeout", 0), 0), UPDATES_TIMEOUT_S_MAX)
        self.end_poll(bot, OTHER_POLL)
        if not self.anything(bot) and timeout_s > 0 and not self._closing:
            await self._wait(bot, timeout_s)
        return self._answer(bot, limit)

    async def _wait(self, bot: BotAccount, timeout_s: float) -> None:
        poll = _Poll()
        self._polls[bot.id] = poll
        self._on_change()
        try:
            async with asyncio.timeout(timeout_s):
                await poll.wake.wait()
        except TimeoutError:
            pass  # Nothing has happened: an empty answer is the right one.
        finally:
            if self._polls.get(bot.id) is poll:
                del self._polls[bot.id]
            self._on_change()
        if poll.conflict:
            raise conflict(poll.conflict)

    def end_poll(self, bot: BotAccount, why: str) -> None:
        """Ends the poll that waits, if one does: Telegram's server ends the older of two, and all for a webhook."""
        other = self._polls.pop(bot.id, None)
        if other is not None:
            other.conflict = why
            other.wake.set()

    def confirm(self, bot: BotAccount, update_id: int) -> None:
        """Takes one update out of the queue: a webhook has taken it."""
        bot.pending = [update for update in bot.pending if update["update_id"] != update_id]
        bot.queued_at.pop(update_id, None)
        self._on_change()

    def _wake(self, bot_id: int) -> None:
        if bot_id in self._polls:
            self._polls[bot_id].wake.set()

    def anything(self, bot: BotAccount) -> bool:
        """Whether an answer to getUpdates would hold something now, repeats on demand included."""
        return bool(bot.pending or self._repeats.get(bot.id))

    def _confirm(self, bot: BotAccount, offset: int) -> None:
        oldest_kept = self._clock() - UPDATES_KEPT_S_MAX
        # A negative offset keeps so many of the newest.
        first_kept = offset
        if offset < 0:
            first_kept = min((update["update_id"] for update in bot.pending[offset:]), default=0)
        kept = [update for update in bot.pending if update["update_id"] >= first_kept]
        bot.pending = [update for update in kept if bot.queued_at[update["update_id"]] > oldest_kept]
        confirmed_any = len(bot.pending) < len(bot.queued_at)
        bot.queued_at = {update["update_id"]: bot.queued_at[update["update_id"]] for update in bot.pending}
        if confirmed_any:
            self._on_change()

    def _answer(self, bot: BotAccount, limit: int) -> list[Json]:
        fresh = bot.pending[:limit]
        if not fresh and not self._repeats.get(bot.id):
            return []
        rule = self._misbehaviour.take("getUpdates", DELIVERY_FAULTS - {Fault.DUPLICATE})
        if rule is not None and rule.fault == Fault.DROP_THEN_REPEAT:
            raise ConnectionCut
        answer = self._with_repeats(bot, fresh, limit)
        if rule is not None and rule.fault == Fault.REORDER:
            _draw(f"{rule.seed}:{rule.hits}").shuffle(answer)
        return answer

    def _with_repeats(self, bot: BotAccount, fresh: list[Json], limit: int) -> list[Json]:
        """First deliveries in order; repeats of theirs and of earlier ones at random places after them."""
        answer = list(fresh)
        repeats = self._repeats.pop(bot.id, [])
        room = limit - len(answer)
        answer[:0], later = repeats[:room], repeats[room:]
        for update in fresh:
            if update["update_id"] <= self._already_counted.get(bot.id, 0):
                continue
            self._already_counted[bot.id] = update["update_id"]
            rule = self._misbehaviour.take(update_kind(update), frozenset({Fault.DUPLICATE}))
            if rule is None:
                continue
            draw = _draw(f"{rule.seed}:{update['update_id']}")
            for _ in range(draw.randint(2, max(rule.copies, 2)) - 1):
                place = draw.randint(answer.index(update) + 1, len(answer))
                if len(answer) < limit and draw.random() < 0.5:
                    answer.insert(place, update)
                else:
                    later.append(update)
        if later:
            _draw(later[0]["update_id"]).shuffle(later)
            self._repeats[bot.id] = later
        return answer
