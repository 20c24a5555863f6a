"""The emulated Telegram: state, schema, queues of updates, and what happens when somebody posts something."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bot.playground.state import Bus, Clock, Json, Misbehaviour, Publisher
from bot.playground.telegram import visibility
from bot.playground.telegram.calls import Call
from bot.playground.telegram.errors import (
    BotApiError,
    EmulatorBug,
    PersonError,
    bad_request,
    forbidden,
    migrated,
    too_many_requests,
)
from bot.playground.telegram.limits import CALLBACK_QUERY_LIFETIME_S, FloodLimits
from bot.playground.telegram.methods import METHODS, NOT_EMULATED, SERVED
from bot.playground.telegram.people import Person
from bot.playground.telegram.schema import Schema
from bot.playground.telegram.state import (
    SUPERGROUP_OFFSET,
    BotAccount,
    Chat,
    StoredMessage,
    TelegramState,
    UserAccount,
    state_from_json,
)
from bot.playground.telegram.updates import UpdateQueues
from bot.playground.telegram.uploads import Uploads
from bot.playground.telegram.webhooks import Webhooks
from bot.playground.wire import WireLog

logger = logging.getLogger(__name__)


class TelegramEmulator:
    """One emulated Telegram, in one event loop.

    flood: the rates above which calls are answered with 429; None never does. callback_lifetime_s: how long a tap can
    be answered. Before the first call or action `warm_up` must have been awaited (each awaits it itself, too).
    """

    def __init__(
        self,
        *,
        wire: WireLog,
        bus: Bus,
        clock: Clock = time.time,
        flood: FloodLimits | None = None,
        callback_lifetime_s: float = CALLBACK_QUERY_LIFETIME_S,
    ) -> None:
        self.wire = wire
        self.bus = bus
        self.clock = clock
        self.flood = flood
        self.callback_lifetime_s = callback_lifetime_s
        self.state = TelegramState()
        self.schema = Schema()
        self.misbehaviour = Misbehaviour()
        self.updates = UpdateQueues(
            clock=clock, misbehaviour=self.misbehaviour, on_change=lambda: self._activity.publish("updates")
        )
        self.webhooks = Webhooks(
            clock=clock,
            misbehaviour=self.misbehaviour,
            wire=wire,
            confirm=self.updates.confirm,
            perform=self._perform,
            on_change=lambda: self._activity.publish("webhooks"),
        )
        self._calls_in_flight = 0
        self._activity: Publisher[str] = Publisher()
        self._warming: asyncio.Task[None] | None = None
        self._sent_at: dict[str, deque[float]] = {}

    async def warm_up(self) -> None:
        """Imports aiogram in a thread (about 3 s, once). The server may listen before; requests wait for this."""
        if self.schema.loaded:
            return
        if self._warming is None:
            self._warming = asyncio.create_task(asyncio.to_thread(self.schema.load, tuple(METHODS)))
        # A request that is given up must not end the import for everybody else.
        await asyncio.shield(self._warming)

    def resume(self) -> None:
        """Goes on with deliveries to webhooks that a snapshot has brought."""
        for bot in self.state.bots.values():
            self.webhooks.kick(bot)

    async def close(self) -> None:
        """Ends every long poll and every delivery; the state stays readable."""
        self.updates.close()
        await self.webhooks.close()

    # Accounts and chats

    def add_bot(
        self, *, token: str, username: str, first_name: str = "ExpenseFlow", privacy: bool = True
    ) -> BotAccount:
        """Registers a bot, as @BotFather does; a bot that is there already (after `restore`) keeps what it has.

        The number before the token's colon becomes its id, as in real ones.
        """
        known = self.state.bot_by_token(token)
        if known is not None:
            known.username, known.first_name, known.privacy = username, first_name, privacy
            return known
        number = token.partition(":")[0]
        bot_id = int(number) if number.isdigit() else self.state.next_bot_id
        self.state.next_bot_id = max(self.state.next_bot_id, bot_id) + 1
        bot = BotAccount(token=token, id=bot_id, username=username, first_name=first_name, privacy=privacy)
        self.state.bots[bot.id] = bot
        self.wire.add_secret(token)
        self.bus.changed("telegram", None, "bot")
        return bot

    def add_person(
        self,
        first_name: str,
        *,
        username: str | None = None,
        language_code: str | None = "en",
        user_id: int | None = None,
    ) -> Person:
        """Somebody who uses Telegram. `user_id` is chosen when it is not given."""
        chosen = self.state.next_person_id if user_id is None else user_id
        if chosen <= 0 or chosen in self.state.users or chosen in self.state.bots:
            raise PersonError(f"The user id {chosen} is taken or is not a person's.")
        self.state.next_person_id = max(self.state.next_person_id, chosen + 1)
        self.state.users[chosen] = UserAccount(
            id=chosen, first_name=first_name, username=username, language_code=language_code
        )
        self.bus.changed("telegram", None, "person", user_id=chosen)
        return self.person(chosen)

    def person(self, user_id: int) -> Person:
        """What this person does and sees. Raises PersonError for an unknown id."""
        if user_id not in self.state.users:
            raise PersonError(f"There is no person with the id {user_id}.")
        return Person(self, user_id)

    def create_group(self, title: str, *, creator_id: int, kind: str = "group") -> Chat:
        """A group with one member. kind: "group" or "supergroup". Members are added by `Person.add_to_group`."""
        number = self.state.next_group_id
        self.state.next_group_id += 1
        chat_id = -number if kind == "group" else -(SUPERGROUP_OFFSET + number)
        chat = Chat(id=chat_id, kind=kind, title=title, members={creator_id: "creator"})
        self.state.chats[chat.key] = chat
        self.changed(chat, "chat")
        return chat

    # What happens

    def changed(self, chat: Chat | None, kind: str, **details: Any) -> None:
        """Tells the page. `bot_id` tells two bots' private chats with one person apart."""
        if chat is not None and chat.bot_id:
            details["bot_id"] = chat.bot_id
        self.bus.changed("telegram", None if chat is None else chat.id, kind, **details)

    def new_content(self, chat: Chat, sender_id: int) -> Json:
        """What every Message begins with. It takes a message id, which is never given again."""
        content = {
            "message_id": chat.next_message_id,
            "date": int(self.clock()),
            "chat": self.state.chat_json(chat),
            "from": self.state.user_json(sender_id),
        }
        chat.next_message_id += 1
        return content

    def post(self, chat: Chat, sender_id: int, content: Json) -> StoredMessage:
        """Stores a message; one of a person is queued for every bot that may see it."""
        message = StoredMessage(content=content, sender_id=sender_id)
        if sender_id in self.state.users:
            self.announce(chat, "message", message)
        chat.messages[content["message_id"]] = message
        self.changed(chat, "message", message_id=content["message_id"])
        return message

    def announce(self, chat: Chat, kind: str, message: StoredMessage) -> None:
        """Queues "message" or "edited_message" for the bots that may see it."""
        for bot in self.state.bots.values():
            if visibility.sees(bot, chat, message.content):
                self.push(bot, kind, message.content)

    def push(self, bot: BotAccount, kind: str, content: Json) -> None:
        """Queues one update for one bot, checked against the schema first."""
        checked = self.schema.check_update({"update_id": 1, kind: content})
        self.updates.push(bot, kind, checked[kind])
        self.webhooks.kick(bot)

    # What a bot may do

    async def call(self, bot: BotAccount, method: str, parameters: Json, uploads: Uploads) -> Any:
        """One Bot API call, without HTTP. Returns its `result`. Raises BotApiError."""
        await self.warm_up()
        if not self.schema.knows(method):
            raise BotApiError(404, "Not Found")
        name = self.schema.canonical_name(method)
        if name not in SERVED:
            raise BotApiError(501, f"Not Implemented: this emulator does not emulate {name}")
        given = self.schema.parse_call(name, parameters | uploads.placeholders(parameters))
        ignored = sorted(NOT_EMULATED & given.keys())
        if ignored:
            # An emulator that quietly ignored them would be believed.
            raise BotApiError(501, f"Not Implemented: this emulator does not emulate {', '.join(ignored)} of {name}")
        if name == "getUpdates":
            # Updates were checked when they were queued.
            return await self.updates.get(bot, given)
        return self.schema.check_answer(name, METHODS[name](Call(emulator=self, bot=bot, given=given, uploads=uploads)))

    async def _perform(self, bot: BotAccount, method: str, parameters: Json) -> None:
        """A call that a webhook's answer held: what came of it stands in the log alone."""
        started = self.clock()
        answer: Json
        try:
            with self.call_in_flight():
                answer = {"ok": True, "result": await self.call(bot, method, parameters, Uploads())}
        except BotApiError as error:
            answer = error.as_json()
        except EmulatorBug as error:
            logger.exception("the Telegram emulator failed in %s", method)
            answer = BotApiError(500, f"Internal Server Error: {error}").as_json()
        self.wire.record(
            platform="telegram",
            direction="bot-to-server",
            name=method,
            request=parameters,
            answer=answer,
            status=answer.get("error_code", 200),
            started=started,
            chat=str(parameters["chat_id"]) if "chat_id" in parameters else None,
        )

    @contextmanager
    def call_in_flight(self) -> Iterator[None]:
        """Held while a call other than getUpdates is answered, so that `wait_idle` knows of it."""
        self._calls_in_flight += 1
        try:
            yield
        finally:
            self._calls_in_flight -= 1
            self._activity.publish("call")

    async def wait_idle(self, *, quiet_s: float = 0.3, timeout_s: float = 10.0) -> None:
        """Waits until every update is confirmed, no call is in flight, and nothing has happened for `quiet_s`.

        A bot may confirm an update long before it has finished with it: what takes longer than `quiet_s` without a
        call is not seen. Wait for a message where one is expected. Raises TimeoutError.
        """
        async with asyncio.timeout(timeout_s):
            with self._activity.subscribe() as news:
                while True:
                    if self._calls_in_flight or any(map(self._to_be_told, self.state.bots.values())):
                        await anext(news)
                        continue
                    try:
                        async with asyncio.timeout(quiet_s):
                            await anext(news)
                    except TimeoutError:
                        return

    def _to_be_told(self, bot: BotAccount) -> bool:
        return bool(bot.pending) or self.webhooks.busy(bot)

    async def wait_for_poll(self, bot: BotAccount, *, waiting: bool = True, timeout_s: float = 10.0) -> None:
        """Waits until a long poll of this bot is open (or, with waiting=False, none is). Raises TimeoutError."""
        await self._activity.wait_until(
            lambda: True if self.updates.polling(bot) == waiting else None, timeout_s=timeout_s, what="a long poll"
        )

    def chat_for_call(self, bot: BotAccount, chat_id: int | str) -> Chat:
        """The chat that a bot names, provided that it may know it. Raises BotApiError 400 or 403."""
        if isinstance(chat_id, str):
            # Only public groups and channels have names; the emulator has none of them.
            raise bad_request("chat not found")
        chat = self.state.chat_for(bot, chat_id)
        if chat_id > 0:
            if chat_id not in self.state.users:
                raise bad_request("chat not found")
            if chat_id in bot.blocked_by:
                raise forbidden("bot was blocked by the user")
            if chat_id not in bot.started_by or chat is None:
                raise forbidden("bot can't initiate conversation with a user")
            return chat
        if chat is None or bot.id not in chat.members:
            raise bad_request("chat not found")
        if chat.migrated_to:
            raise migrated(chat.migrated_to)
        if not chat.has(bot.id):
            kind = "group chat" if chat.kind == "group" else "supergroup chat"
            raise forbidden(f"bot was kicked from the {kind}")
        return chat

    def check_flood(self, bot: BotAccount, chat: Chat) -> None:
        """Raises BotApiError 429 when this message is one too many, and else counts it."""
        if self.flood is None:
            return
        windows = [
            (f"{bot.id}", 1.0, self.flood.messages_per_second),
            (f"{bot.id}/{chat.key}", 1.0, self.flood.messages_per_second_per_chat),
        ]
        if chat.kind != "private":
            windows.append((f"{bot.id}/{chat.key}/minute", 60.0, self.flood.messages_per_minute_per_group))
        now = self.clock()
        for key, span_s, most in windows:
            sent = self._sent_at.setdefault(key, deque())
            while sent and sent[0] <= now - span_s:
                sent.popleft()
            if len(sent) >= most:
                raise too_many_requests(max(1, int(sent[0] + span_s - now + 0.999)))
        for key, _, _ in windows:
            self._sent_at[key].append(now)

    # Snapshots

    def snapshot(self) -> Json:
        """Everything that `restore` needs, counters and unconfirmed updates included; rules of Misbehaviour are not."""
        return self.state.as_json()

    def restore(self, snapshot: Json) -> None:
        """Takes the place of the whole state, before anything is served. Raises ValueError for another version's."""
        self.state = state_from_json(snapshot)
        for bot in self.state.bots.values():
            self.wire.add_secret(bot.token)
            self.wire.add_secret(bot.webhook.get("secret_token", ""))
        self.bus.changed("telegram", None, "restored")
