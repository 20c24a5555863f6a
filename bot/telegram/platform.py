"""Telegram as a Platform: cards out, and everything that a call may answer in the words of bot.platform."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import structlog
from telegram import (
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    LinkPreviewOptions,
    Message,
)
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, ChatMigrated, InvalidToken
from typing_extensions import override

from bot.platform import (
    AccountKind,
    Attachment,
    Destination,
    MessageGone,
    MessageRef,
    Platform,
    PlatformError,
    Profile,
    Refused,
    TryLater,
)
from bot.settings import SettingsError
from bot.telegram import incoming
from bot.telegram.client import PollingRequest, is_no_photo, is_not_deletable, make_bot, platform_errors, says
from bot.telegram.incoming import PLATFORM, BotIdentity
from bot.telegram.limits import CAPTION_UNITS_MAX, PHOTO_BYTES_MAX, TEXT_UNITS_MAX
from bot.telegram.menu import Menu, Scope
from bot.telegram.render import TelegramMessage, render, render_toast
from bot.telegram.text import Run, clean, shorten, to_html
from bot.translation import Translator
from core.kernel.guards import refuse_in_write_transaction
from handlers.events import Event, IncomingFile, Source
from handlers.forms import OpenedForm
from handlers.replies import Card

IDENTIFY_FOR_S = 30.0
"""How long a start waits for Telegram to say who the bot is."""
_IDENTIFY_PAUSES_S = (0.5, 1.0, 2.0, 4.0)
PHOTO_MEDIA_TYPES = ("image/jpeg", "image/png")
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)  # an address in somebody's words is no reason for a picture

T = TypeVar("T")

logger = structlog.get_logger()


class TokenRefused(SettingsError):
    """Telegram knows no bot by the token that is set: nothing to wait for."""

    def __init__(self) -> None:
        """Say which variables to look at; the token itself is no part of it."""
        super().__init__(
            (
                "EXPENSEFLOW_TELEGRAM_TOKEN: Telegram knows no bot by this token."
                " If EXPENSEFLOW_TELEGRAM_API_URL is set, look at that as well.",
            )
        )


class TelegramPlatform(Platform):
    """One bot on Telegram. `identify` comes first, `close` last. `bot` and `polling_request` are for the driver, which polls."""

    name = PLATFORM

    def __init__(self, token: str, api_url: str = "https://api.telegram.org") -> None:
        """Take the bot's token, and what comes before /bot<token>/. Calls nobody yet."""
        self.polling_request = PollingRequest()
        self.bot = make_bot(token, api_url, self.polling_request)
        self._identity: BotIdentity | None = None

    @property
    def identity(self) -> BotIdentity:
        """Return who the bot is. Only after `identify`."""
        if self._identity is None:
            raise RuntimeError("identify() comes first: mentions cannot be told before the bot's name is known")
        return self._identity

    async def identify(self, within_s: float = IDENTIFY_FOR_S) -> BotIdentity:
        """Ask Telegram who the bot is, again and again while it does not answer. Raises TokenRefused, TryLater."""
        pauses = iter(_IDENTIFY_PAUSES_S)
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + within_s
        while True:
            try:
                with platform_errors():
                    await self._initialize()
                break
            except TryLater as error:
                pause = max(next(pauses, _IDENTIFY_PAUSES_S[-1]), error.after_s or 0)
                if loop.time() + pause > give_up_at:
                    raise
                logger.warning("telegram does not say who the bot is", error=str(error), again_in_s=pause)
                await asyncio.sleep(pause)
        self._identity = BotIdentity(id=self.bot.id, username=self.bot.username)
        return self._identity

    async def _initialize(self) -> None:
        refuse_in_write_transaction("telegram")
        try:
            await self.bot.initialize()
        except InvalidToken:
            # Without the library's error, which holds the token.
            raise TokenRefused from None

    async def close(self) -> None:
        """Close all connections. The last thing that happens to a platform."""
        await self.bot.shutdown()

    @override
    def parse(self, payload: Mapping[str, Any], installation_id: str) -> Event | None:
        return incoming.parse(payload, installation_id, self.identity)

    @override
    async def profile(self, source: Source, payload: Mapping[str, Any]) -> Profile:
        """Return what the update itself tells of its author: Telegram tells neither a time zone nor who is in a team."""
        person = incoming.author(payload)
        name = " ".join(part for part in (person["first_name"], person.get("last_name")) if part)
        return Profile(name=name, kind=AccountKind.PERSON, language=person.get("language_code"))

    @override
    async def send(
        self, to: Destination, card: Card, words: Translator, picture: Attachment | None = None
    ) -> MessageRef:
        """Send a card. `only_for_user` is not possible here: in a group everybody sees it, so that it must not tell anything."""
        message = _rendered(card, words, with_picture=picture is not None)
        sent = await self._into(to, lambda chat, thread: self._new(chat, thread, message, picture))
        return _sent(sent, picture)

    async def _new(
        self, chat: int, thread: int | None, message: TelegramMessage, picture: Attachment | None
    ) -> Message:
        if picture is not None:
            return await self._attached(chat, thread, picture, message)
        return await self.bot.send_message(
            chat,
            message.text,
            parse_mode=ParseMode.HTML,
            message_thread_id=thread,
            reply_markup=_markup(message),
            link_preview_options=_NO_PREVIEW,
        )

    @override
    async def send_file(self, to: Destination, file: Attachment, words: str) -> MessageRef:
        """Send a file: a picture as one that is seen at once, anything else as a document."""
        message = TelegramMessage(text=to_html((Run(shorten(clean(words), CAPTION_UNITS_MAX)),)))
        sent = await self._into(to, lambda chat, thread: self._attached(chat, thread, file, message))
        return _sent(sent, file)

    async def _attached(self, chat: int, thread: int | None, file: Attachment, message: TelegramMessage) -> Message:
        """Send a file with words under it. What Telegram does not take for a photo goes as a document, with a small preview."""
        if _may_be_photo(file):
            try:
                return await self.bot.send_photo(
                    chat,
                    file.content,
                    filename=file.name,
                    caption=message.text or None,
                    parse_mode=ParseMode.HTML,
                    message_thread_id=thread,
                    reply_markup=_markup(message),
                )
            except BadRequest as error:
                if not is_no_photo(error):
                    raise
        return await self.bot.send_document(
            chat,
            file.content,
            filename=file.name,
            caption=message.text or None,
            parse_mode=ParseMode.HTML,
            message_thread_id=thread,
            reply_markup=_markup(message),
        )

    async def _into(self, to: Destination, new: Callable[[int, int | None], Awaitable[T]]) -> T:
        chat = to.channel or to.user
        if chat is None:
            raise Refused("a destination without a channel and without a user")
        thread = None if to.thread is None else int(to.thread)
        try:
            return await self._call(lambda: new(int(chat), thread))
        except ChatMigrated as moved:  # the group has become a supergroup, under a new id
            new_chat = moved.new_chat_id
            return await self._call(lambda: new(new_chat, thread))

    @override
    async def publish_home(self, user: str, card: Card, words: Translator) -> None:
        """Do nothing: Telegram gives a bot no page of its own."""

    @override
    async def show_activity(self, to: Destination) -> None:
        """Show "typing…", which Telegram ends by itself after five seconds, or with the next message."""
        try:
            await self._into(to, self._type)
        except PlatformError as error:
            logger.info("no sign of typing was shown", error=str(error))

    async def _type(self, chat: int, thread: int | None) -> bool:
        return await self.bot.send_chat_action(chat, ChatAction.TYPING, message_thread_id=thread)

    @override
    async def download(self, file: IncomingFile, size_bytes_max: int) -> bytes:
        """Return a file's content. Telegram itself lets a bot fetch DOWNLOAD_BYTES_MAX at the most, and says so by a refusal."""
        found = await self._call(lambda: self.bot.get_file(file.reference["file_id"]))
        if (found.file_size or 0) > size_bytes_max:
            raise Refused(f"a file of {found.file_size} bytes")

        async def fetch() -> bytearray:
            try:
                return await found.download_as_bytearray()
            except InvalidToken:
                # The library's word for every 404. The token was good a moment ago: it is the file that has gone since.
                raise Refused("Telegram no longer has the file") from None

        content = bytes(await self._call(fetch))
        if len(content) > size_bytes_max:  # Telegram had not told its size
            raise Refused(f"a file of {len(content)} bytes")
        return content

    @override
    async def edit(self, message: MessageRef, card: Card, words: Translator, picture: Attachment | None = None) -> None:
        """Put a card in a message's place. Telegram turns no message with a picture into a text: such a one is taken away.

        A picture that the message shows already is not sent again; its words alone are changed.
        """
        if message.message is None:
            raise Refused("a message that cannot be found again")
        if message.picture_id is not None and picture is None:
            await self.remove(message)
            raise MessageGone("its picture went")
        chat, message_id = int(message.channel), int(message.message)
        rendered = _rendered(card, words, with_picture=picture is not None)

        async def edit() -> None:
            try:
                if picture is None:
                    await self._change_text(chat, message_id, rendered)
                elif picture.id == message.picture_id:
                    await self._change_caption(chat, message_id, rendered)
                else:
                    await self._change_picture(chat, message_id, rendered, picture)
            except ChatMigrated:
                raise MessageGone("its group has become a supergroup, which begins with no messages") from None
            except BadRequest as error:
                if not says(error, "message is not modified"):
                    raise

        await self._call(edit)

    async def _change_text(self, chat: int, message_id: int, rendered: TelegramMessage) -> None:
        await self.bot.edit_message_text(
            rendered.text,
            chat_id=chat,
            message_id=message_id,
            parse_mode=ParseMode.HTML,
            reply_markup=_markup(rendered),
            link_preview_options=_NO_PREVIEW,
        )

    async def _change_caption(self, chat: int, message_id: int, rendered: TelegramMessage) -> None:
        await self.bot.edit_message_caption(
            chat_id=chat,
            message_id=message_id,
            caption=rendered.text,
            parse_mode=ParseMode.HTML,
            reply_markup=_markup(rendered),
        )

    async def _change_picture(self, chat: int, message_id: int, rendered: TelegramMessage, picture: Attachment) -> None:
        """Show a picture in the place of another one, or of a text; what Telegram takes for no photo as a document."""

        async def change(media: InputMediaPhoto | InputMediaDocument) -> None:
            await self.bot.edit_message_media(
                media, chat_id=chat, message_id=message_id, reply_markup=_markup(rendered)
            )

        if _may_be_photo(picture):
            try:
                return await change(
                    InputMediaPhoto(picture.content, rendered.text, ParseMode.HTML, filename=picture.name)
                )
            except BadRequest as error:
                if not is_no_photo(error):
                    raise
        return await change(InputMediaDocument(picture.content, rendered.text, ParseMode.HTML, filename=picture.name))

    @override
    async def remove(self, message: MessageRef) -> None:
        if message.message is None:
            return
        message_id = int(message.message)

        async def remove() -> None:
            try:
                await self.bot.delete_message(int(message.channel), message_id)
            except ChatMigrated:
                return  # it stays in the old group, where nobody writes any more
            except BadRequest as error:
                if not is_not_deletable(error):
                    raise

        await self._call(remove)

    @override
    async def answer(self, source: Source, words: str | None) -> None:
        """Answer a tap. A failure is logged and no more: the sign on the button ends by itself, and no toast is durable."""
        query = source.interaction
        if query is None:
            return
        text = render_toast(words) if words else None
        try:
            await self._call(lambda: self.bot.answer_callback_query(query, text=text or None))
        except PlatformError as error:
            logger.info("a tap was not answered", error=str(error), event_key=source.event_key)

    @override
    async def open_form(self, source: Source, form: OpenedForm, words: Translator) -> None:
        raise Refused("on Telegram a form is asked field by field")

    async def set_menu(self, menu: Menu) -> bool:
        """Put a menu in place, and tell whether it was another one before. The same one costs a reading call alone."""
        scope = _scope(menu)
        current = await self._call(lambda: self.bot.get_my_commands(scope, menu.language))
        if menu.commands == tuple((command.command, command.description) for command in current):
            return False
        commands = [BotCommand(name, summary) for name, summary in menu.commands]
        await self._call(lambda: self.bot.set_my_commands(commands, scope, menu.language))
        return True

    async def _call(self, call: Callable[[], Awaitable[T]]) -> T:
        """Make one call of the Bot API; all of them pass here, except polls."""
        refuse_in_write_transaction("telegram")
        with platform_errors():
            return await call()


def _sent(sent: Message, file: Attachment | None) -> MessageRef:
    return MessageRef(str(sent.chat.id), str(sent.message_id), None if file is None else file.id)


def _may_be_photo(file: Attachment) -> bool:
    return file.media_type in PHOTO_MEDIA_TYPES and len(file.content) <= PHOTO_BYTES_MAX


def _rendered(card: Card, words: Translator, *, with_picture: bool) -> TelegramMessage:
    try:
        return render(card, words, CAPTION_UNITS_MAX if with_picture else TEXT_UNITS_MAX)
    except ValueError as error:
        raise Refused(str(error)) from error


def _markup(message: TelegramMessage) -> InlineKeyboardMarkup | None:
    if not message.keyboard:
        return None
    return InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton(button.label, callback_data=button.callback_data, style=button.style)
                for button in row
            ]
            for row in message.keyboard
        ]
    )


def _scope(menu: Menu) -> BotCommandScope:
    match menu.scope:
        case Scope.PRIVATE_CHATS:
            return BotCommandScopeAllPrivateChats()
        case Scope.GROUPS:
            return BotCommandScopeAllGroupChats()
        case Scope.CHAT:
            if menu.chat is None:
                raise ValueError("a chat's menu names its chat")
            return BotCommandScopeChat(int(menu.chat))
