"""What a person can do in Telegram, and what they see there: the side of the emulator that tests and the page use."""

import itertools
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from bot.playground.state import Json
from bot.playground.telegram.calls import quoted
from bot.playground.telegram.errors import BotApiError, PersonError
from bot.playground.telegram.limits import (
    ALBUM_PICTURES_MAX,
    ALBUM_PICTURES_MIN,
    DEEP_LINK_CHARACTERS_MAX,
    TEXT_UNITS_MAX,
    utf16_units,
)
from bot.playground.telegram.membership import add_to_group, change_block, remove_from_group, upgrade_group
from bot.playground.telegram.methods_files import document_json, keep_file
from bot.playground.telegram.photos import photo_sizes
from bot.playground.telegram.state import BotAccount, Chat, StoredMessage, Tap, UserAccount
from bot.playground.telegram.text import trim, with_found_entities, without_control_characters
from bot.playground.telegram.uploads import Upload
from bot.playground.telegram.views import MessageView, ToastView, message_view, toast_view
from bot.playground.telegram.visibility import menu_for

if TYPE_CHECKING:
    from bot.playground.telegram.emulator import TelegramEmulator

ChatReference = int | str | None
"""Which chat a person means: a group's id; a bot's id or @name, or their own id, for the private chat with the bot;
None for the private chat with the only bot."""

WAIT_S = 10.0
"""How long the waiting methods wait unless they are told."""

_DEEP_LINK_PAYLOAD = re.compile(rf"[A-Za-z0-9_-]{{1,{DEEP_LINK_CHARACTERS_MAX}}}")


class Person:
    """One person at their app. Cheap to make: all state is the emulator's.

    Every method that acts raises PersonError when the app would not allow it.
    """

    def __init__(self, emulator: "TelegramEmulator", user_id: int) -> None:
        self._emulator = emulator
        self.id = user_id

    @property
    def account(self) -> UserAccount:
        return self._emulator.state.users[self.id]

    # Finding chats and messages

    def chat(self, reference: ChatReference = None) -> Chat:
        """Raises PersonError when this person is not in that chat."""
        state = self._emulator.state
        if isinstance(reference, str) and reference.removeprefix("-").isdigit():
            reference = int(reference)
        if isinstance(reference, int) and reference < 0:
            group = state.chats.get(f"0:{reference}")
            if group is None or group.migrated_to or not group.has(self.id):
                raise PersonError(f"{self.account.first_name} is in no group {reference}.")
            return group
        return state.private_chat(self._bot(reference), self.id)

    def _bot(self, reference: ChatReference) -> BotAccount:
        state = self._emulator.state
        if reference is None or reference == self.id:
            return state.only_bot()
        bot = state.bots.get(reference) if isinstance(reference, int) else state.bot_by_username(reference)
        if bot is None:
            raise PersonError(f"There is no bot {reference!r}.")
        return bot

    def messages(self, chat: ChatReference = None) -> list[MessageView]:
        """What the chat shows, oldest first; deleted messages are gone."""
        return self._newer(self.chat(chat), 0)

    def _newer(self, room: Chat, after: int) -> list[MessageView]:
        """Messages with a greater id than `after`; the rest, which may be thousands, is not looked at."""
        newer = itertools.takewhile(lambda item: item[0] > after, reversed(room.messages.items()))
        taps = self._loading(room)
        views = [message_view(room, message, taps) for _, message in newer if not message.deleted]
        return views[::-1]

    def message(self, message_id: int, chat: ChatReference = None) -> MessageView:
        room = self.chat(chat)
        return message_view(room, self._stored(room, message_id), self._loading(room))

    def commands(self, chat: ChatReference = None) -> list[Json]:
        """The menu of commands ({"command", "description"}) that the app shows here in this person's language.

        In a group, those of every bot that is in it.
        """
        room = self.chat(chat)
        bots = [bot for bot in self._emulator.state.bots.values() if bot.id == room.bot_id or room.has(bot.id)]
        return [command for bot in bots for command in menu_for(bot, room, self.id, self.account.language_code)]

    def _stored(self, chat: Chat, message_id: int) -> StoredMessage:
        message = chat.messages.get(message_id)
        if message is None or message.deleted:
            raise PersonError(f"There is no message {message_id} in this chat.")
        return message

    def _own(self, chat: Chat, message_id: int) -> StoredMessage:
        message = self._stored(chat, message_id)
        if message.sender_id != self.id:
            raise PersonError("Only one's own messages can be changed.")
        return message

    # Writing

    async def start(self, payload: str | None = None, *, bot: ChatReference = None) -> MessageView:
        """Presses Start, or opens a deep link: the bot may write from now on, and gets "/start" or "/start payload"."""
        if payload is not None and not _DEEP_LINK_PAYLOAD.fullmatch(payload):
            raise PersonError("A deep link carries up to 64 letters, digits, _ and -.")
        await self._emulator.warm_up()
        account = self._bot(bot)
        chat = self._emulator.state.private_chat(account, self.id)
        if self.id in account.blocked_by:
            change_block(self._emulator, account, self.account, blocked=False)
        account.started_by.add(self.id)
        return await self.send_text("/start" if payload is None else f"/start {payload}", chat=account.id or chat.id)

    async def open_link(self, url: str) -> MessageView:
        """Opens https://t.me/<bot>, with or without ?start=PAYLOAD, and presses Start."""
        parts = urlsplit(url)
        name = parts.path.strip("/")
        if parts.hostname not in ("t.me", "telegram.me") or not name or "/" in name:
            raise PersonError("This is no link to a bot: https://t.me/<bot>?start=<payload>.")
        payload = parse_qs(parts.query).get("start", [None])[0]
        return await self.start(payload, bot=f"@{name}")

    async def send_text(self, text: str, *, chat: ChatReference = None, reply_to: int | None = None) -> MessageView:
        """Sends a text, trimmed as the app does, at most 4096 UTF-16 units long."""
        await self._emulator.warm_up()
        room = self._writable(chat)
        fields = self._text_fields(text)
        return self._post(room, fields, reply_to)

    def _writable(self, chat: ChatReference) -> Chat:
        room = self.chat(chat)
        if room.kind == "private":
            bot = self._emulator.state.bots[room.bot_id]
            if self.id in bot.blocked_by:
                raise PersonError("The bot is blocked: unblock it first.")
            if self.id not in bot.started_by:
                raise PersonError("Press Start first.")
        return room

    def _text_fields(self, text: str) -> Json:
        trimmed, _ = trim(without_control_characters(text), [])
        if not trimmed:
            raise PersonError("A message needs some text.")
        if utf16_units(trimmed) > TEXT_UNITS_MAX:
            raise PersonError(f"A message holds at most {TEXT_UNITS_MAX} characters.")
        entities = with_found_entities(trimmed, [])
        return {"text": trimmed} | ({"entities": entities} if entities else {})

    def _post(self, room: Chat, fields: Json, reply_to: int | None) -> MessageView:
        replied = {} if reply_to is None else {"reply_to_message": quoted(self._stored(room, reply_to))}
        content = self._emulator.new_content(room, self.id) | replied | fields
        message = self._emulator.post(room, self.id, content)
        return message_view(room, message, [])

    async def send_photo(
        self,
        content: bytes,
        *,
        caption: str = "",
        chat: ChatReference = None,
        name: str = "photo.jpg",
        reply_to: int | None = None,
    ) -> MessageView:
        """Sends a picture (JPEG or PNG) as a photo. It is kept as it is, and smaller."""
        upload = Upload(name=name, mime_type="image/jpeg", content=content)
        return await self._send_file("photo", upload, caption, chat, reply_to)

    async def send_document(
        self,
        content: bytes,
        *,
        name: str,
        mime_type: str = "application/octet-stream",
        caption: str = "",
        chat: ChatReference = None,
        reply_to: int | None = None,
    ) -> MessageView:
        """Sends any file, unchanged."""
        upload = Upload(name=name, mime_type=mime_type, content=content)
        return await self._send_file("document", upload, caption, chat, reply_to)

    async def send_album(
        self, pictures: Sequence[bytes], *, caption: str = "", chat: ChatReference = None
    ) -> list[MessageView]:
        """Sends photos as one album: a message each, of one media_group_id; the first one has the caption."""
        if not ALBUM_PICTURES_MIN <= len(pictures) <= ALBUM_PICTURES_MAX:
            raise PersonError(f"An album holds {ALBUM_PICTURES_MIN} to {ALBUM_PICTURES_MAX} pictures.")
        album = str(self._emulator.state.next_file_number)
        uploads = [Upload(name="photo.jpg", mime_type="image/jpeg", content=content) for content in pictures]
        return [
            await self._send_file("photo", upload, "" if at else caption, chat, None, media_group_id=album)
            for at, upload in enumerate(uploads)
        ]

    async def _send_file(
        self, kind: str, upload: Upload, caption: str, chat: ChatReference, reply_to: int | None, **fields: Any
    ) -> MessageView:
        await self._emulator.warm_up()
        room = self._writable(chat)
        # In a group the file's ids are those of the first bot; other bots would get ids of their own.
        bot_id = room.bot_id or next((user for user in room.members if user in self._emulator.state.bots), 0)
        if kind == "photo":
            try:
                fields[kind] = await photo_sizes(self._emulator, bot_id, upload)
            except BotApiError as error:
                raise PersonError("This file is no picture that Telegram shows as a photo.") from error
        else:
            fields[kind] = document_json(keep_file(self._emulator, bot_id, f"{kind}s", upload))
        if caption:
            text_fields = self._text_fields(caption)
            fields["caption"] = text_fields["text"]
            if "entities" in text_fields:
                fields["caption_entities"] = text_fields["entities"]
        return self._post(room, fields, reply_to)

    async def edit_text(self, message_id: int, text: str, *, chat: ChatReference = None) -> MessageView:
        """Edits one's own message; the bot gets an edited_message."""
        await self._emulator.warm_up()
        room = self._writable(chat)
        message = self._own(room, message_id)
        if "text" not in message.content:
            raise PersonError("This message has no text to edit.")
        fields = self._text_fields(text)
        kept = {name: value for name, value in message.content.items() if name not in ("text", "entities")}
        message.content = kept | fields | {"edit_date": int(self._emulator.clock())}
        self._emulator.announce(room, "edited_message", message)
        self._emulator.changed(room, "edit", message_id=message_id)
        return message_view(room, message, [])

    async def delete(self, message_id: int, *, chat: ChatReference = None) -> None:
        """Deletes a message (in a group one's own). Bots are not told of it."""
        room = self.chat(chat)
        message = self._stored(room, message_id) if room.kind == "private" else self._own(room, message_id)
        message.deleted = True
        self._emulator.changed(room, "delete", message_id=message_id)

    # Tapping

    async def tap(self, message_id: int, button: str, *, chat: ChatReference = None) -> str:
        """Taps a button, named by its label (a part is enough) or its callback data. Returns the query's id."""
        await self._emulator.warm_up()
        room = self.chat(chat)
        message = self._stored(room, message_id)
        view = message_view(room, message, []).button(button)
        if view is None:
            raise PersonError(f"There is no button {button!r} at message {message_id}.")
        if view.data is None:
            raise PersonError("This button opens a link; it is not the bot's.")
        return self._tap(room, message, view.data)

    def _tap(self, room: Chat, message: StoredMessage, data: str) -> str:
        state = self._emulator.state
        tap = Tap(
            id=str(state.next_tap_id),
            bot_id=message.sender_id,
            chat_key=room.key,
            message_id=message.content["message_id"],
            user_id=self.id,
            data=data,
            tapped_at=self._emulator.clock(),
        )
        state.next_tap_id += 1
        query = {
            "id": tap.id,
            "from": state.user_json(self.id),
            "message": message.content,
            "chat_instance": str(abs(room.id) * 7_919 + tap.bot_id),
            "data": data,
        }
        self._emulator.push(state.bots[tap.bot_id], "callback_query", query)
        state.taps[tap.id] = tap
        self._emulator.changed(room, "tap", query_id=tap.id, user_id=self.id, message_id=tap.message_id, data=data)
        return tap.id

    def _loading(self, room: Chat) -> list[Tap]:
        now = self._emulator.clock()
        return [
            tap
            for tap in self._emulator.state.taps.values()
            if tap.user_id == self.id
            and tap.chat_key == room.key
            and not tap.answered
            and now - tap.tapped_at <= self._emulator.callback_lifetime_s
        ]

    def loading(self, chat: ChatReference = None) -> list[str]:
        """The ids of this person's taps that the bot has not answered yet: their buttons show a spinner."""
        return [tap.id for tap in self._loading(self.chat(chat))]

    def toasts(self, chat: ChatReference = None) -> list[ToastView]:
        """Every answer to a tap of this person in this chat, oldest first, also those without a text."""
        key = self.chat(chat).key
        taps = self._emulator.state.taps.values()
        return [toast_view(tap) for tap in taps if tap.user_id == self.id and tap.chat_key == key and tap.answered]

    # Membership and settings

    async def add_to_group(self, group_id: int, newcomer_id: int) -> None:
        """Adds a person or a bot to a group of one's own: a service message, and my_chat_member for a bot."""
        await self._emulator.warm_up()
        add_to_group(self._emulator, self.chat(group_id), self.account, newcomer_id)

    async def remove_from_group(self, group_id: int, member_id: int) -> None:
        """Removes somebody, or leaves oneself."""
        await self._emulator.warm_up()
        remove_from_group(self._emulator, self.chat(group_id), self.account, member_id)

    async def upgrade_group(self, group_id: int) -> Chat:
        """Makes a group a supergroup; returns that, which has a new id. The old one is closed to everybody."""
        await self._emulator.warm_up()
        return upgrade_group(self._emulator, self.chat(group_id), self.account)

    async def block(self, *, bot: ChatReference = None) -> None:
        """Blocks the bot: it gets my_chat_member, and 403 when it writes."""
        await self._emulator.warm_up()
        change_block(self._emulator, self._bot(bot), self.account, blocked=True)

    async def unblock(self, *, bot: ChatReference = None) -> None:
        await self._emulator.warm_up()
        change_block(self._emulator, self._bot(bot), self.account, blocked=False)

    def set_language(self, language_code: str | None) -> None:
        """Changes the app's language; bots learn of it with the next update."""
        self.account.language_code = language_code
        self._emulator.changed(None, "person", user_id=self.id)

    # Waiting

    async def wait_for_message(
        self,
        predicate: Callable[[MessageView], bool] = lambda _: True,
        *,
        chat: ChatReference = None,
        after: int = 0,
        from_bot: bool = True,
        timeout_s: float = WAIT_S,
    ) -> MessageView:
        """The first message that the predicate accepts, among those that are there, come, or are edited.

        after: only messages with a greater id. from_bot: only a bot's. Raises TimeoutError, which tells what there was.
        """
        room = self.chat(chat)
        seen: list[MessageView] = []

        def look() -> MessageView | None:
            seen[:] = [view for view in self._newer(room, after) if view.from_bot or not from_bot]
            return next((view for view in seen if predicate(view)), None)

        try:
            return await self._emulator.bus.wait_until(look, timeout_s=timeout_s, what="a message")
        except TimeoutError as error:
            shown = [f"{view.id}: {view.text!r} {view.labels}" for view in seen[-5:]]
            raise TimeoutError(f"{error} to {self.account.first_name}; the last ones are {shown}") from error

    async def wait_for_toast(self, query_id: str, *, timeout_s: float = WAIT_S) -> ToastView:
        """The bot's answer to a tap. Raises TimeoutError."""

        def look() -> ToastView | None:
            tap = self._emulator.state.taps[query_id]
            return toast_view(tap) if tap.answered else None

        return await self._emulator.bus.wait_until(look, timeout_s=timeout_s, what="an answer to a tap")
