"""A queued message, made ready: whom it is for, what it says now, in whose words, and which messages show it already."""

from dataclasses import dataclass
from typing import Any

from bot.platform import Attachment, Destination, Refused
from bot.translation import Catalogues, Translator
from core.conversations.queries import Copy, copies_of
from core.conversations.subjects import Chat, Home, Notice, Private, Recipient, Subject
from core.files.port import FileStore
from core.files.service import StoredFile, find_file
from core.flows.meet import enter_current_workspace
from core.identity import queries as identity
from core.identity.rules import Account
from core.queue.queries import Work
from core.store.database import Database
from core.store.unit_of_work import Actor, UnitOfWork
from handlers.registry import Registry
from handlers.replies import SHOWN_MEDIA_TYPES, Card, Picture
from handlers.stored import codec
from handlers.turn import Asker, Who

ENDINGS = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "image/heic": (".heic", ".heif"),
    "application/pdf": (".pdf",),
    "text/csv": (".csv",),
}
"""How files of a media type end, the usual ending first."""


def file_name_of(name: str, media_type: str) -> str:
    """Return what a file is called when it is sent: its ending tells what it is, whatever its sender called it.

    Slack shows no picture without one; and a picture that is a web page as well must not open as a page.
    """
    endings = ENDINGS.get(media_type, (".bin",))
    if name.lower() in endings:
        name = ""
    return name if name.lower().endswith(endings) else f"{name or 'receipt'}{endings[0]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as it was queued, unpacked. Exactly one of `card`, `show`, `tell`, `remove` and `file_id` is set."""

    to: Recipient
    card: Card | None = None
    instead_of: Subject | None = None
    show: Subject | None = None
    fresh: bool = False
    tell: Notice | None = None
    remove: Subject | None = None
    file_id: str | None = None
    name: str = ""
    words: Any = None

    @property
    def subject(self) -> Subject | None:
        """Return what the messages that stand already show, and this one is to take the place of."""
        return self.show or self.remove or self.instead_of

    @property
    def superseded(self) -> Subject | None:
        """Return the other subject whose messages are to show this one from now on."""
        return self.instead_of if self.show is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message with all that its sending needs. `card` None: `file` is sent, or the copies are taken away."""

    message: Message
    installation_id: str
    to: Destination
    words: Translator
    card: Card | None
    picture: Attachment | None
    file: Attachment | None
    copies: tuple[Copy, ...]


@dataclass(frozen=True, slots=True)
class _Loaded:
    who: Who | None
    card: Card | None
    stored: StoredFile | None
    copies: list[Copy]


def unpack(work: Work) -> Message:
    """Return a queued message. Raises UnknownTagError for one that a newer version has queued."""
    parts = codec.unpack(work.payload)
    if not isinstance(parts, dict):
        raise TypeError("a queued message is a table of its parts")
    parts["file_id"] = parts.pop("file", None)
    return Message(**parts)


async def installation_of(uow: UnitOfWork, recipient: Recipient) -> str | None:
    """Return the installation that a recipient is on; None for an account that is gone."""
    if isinstance(recipient, Chat):
        return recipient.installation_id
    account = await identity.account(uow, recipient.account_id)
    return None if account is None else account.installation_id


class Composer:
    """Makes queued messages ready, from current state, in the reader's language."""

    def __init__(self, database: Database, registry: Registry, catalogues: Catalogues, files: FileStore) -> None:
        """Take the store, what shows and tells, the words, and the contents of files."""
        self._database = database
        self._registry = registry
        self._catalogues = catalogues
        self._files = files

    async def compose(self, work: Work, actor: Actor) -> Outgoing | None:
        """Return a message made ready; None when there is nothing to say any more. Raises Refused: nobody to say it to.

        What the reader may no longer see has no card, and the messages that show it are taken away.
        """
        message = unpack(work)
        async with self._database.read(actor) as uow:
            account = await identity.account(uow, _account_id(message.to))
            installation_id = await installation_of(uow, message.to)
            if installation_id is None:
                raise Refused("its account is gone")
            loaded = await self._load(uow, work, message, account)
        if loaded.card is None and message.remove is None and loaded.stored is None and not loaded.copies:
            return None
        attachment = await self._attachment(work, message, loaded)
        return Outgoing(
            message=message,
            installation_id=installation_id,
            to=_destination(message.to, account),
            words=self._words(loaded.who),
            card=loaded.card,
            picture=attachment if loaded.card is not None else None,
            file=attachment if message.file_id is not None else None,
            copies=tuple(loaded.copies),
        )

    async def _load(self, uow: UnitOfWork, work: Work, message: Message, account: Account | None) -> _Loaded:
        who = None if account is None else await _who(uow, work, account)
        card = await self._card(uow, who, message)
        file_id = message.file_id or _picture_of(card)
        in_workspace = uow.actor.workspace_id is not None
        return _Loaded(
            who=who,
            card=card,
            stored=await find_file(uow, file_id) if file_id and who is not None and who.member is not None else None,
            copies=[
                copy
                for subject in (message.subject, message.superseded)
                if subject is not None and in_workspace
                for copy in await copies_of(uow, subject, message.to)
            ],
        )

    async def _card(self, uow: UnitOfWork, who: Who | None, message: Message) -> Card | None:
        if message.card is not None:
            return message.card
        if message.tell is not None:
            return self._registry.tells[message.tell.kind](message.tell)
        if message.show is not None and who is not None:
            return await self._registry.show(Asker(uow=uow, who=who), message.show)
        return None

    async def _attachment(self, work: Work, message: Message, loaded: _Loaded) -> Attachment | None:
        stored = loaded.stored
        if stored is None or work.workspace_id is None:
            return None
        if loaded.card is not None and stored.media_type not in SHOWN_MEDIA_TYPES:
            return None
        return Attachment(
            id=stored.id,
            name=file_name_of(message.name or "", stored.media_type),
            media_type=stored.media_type,
            content=await self._files.get(work.workspace_id, stored.content_hash),
        )

    def _words(self, who: Who | None) -> Translator:
        if who is None:
            return self._catalogues.translator(None)
        zone = who.member.time_zone if who.member else "UTC"
        return self._catalogues.translator(who.language, zone)


async def _who(uow: UnitOfWork, work: Work, account: Account) -> Who:
    """Return the reader: in the workspace that the message is of, where there is one."""
    if work.workspace_id is None:
        return Who(account=account, member=await enter_current_workspace(uow, account))
    return Who(account=account, member=await identity.member_of_account(uow, account.id))


def _picture_of(card: Card | None) -> str | None:
    if card is None:
        return None
    return next((block.file_id for block in card.body if isinstance(block, Picture)), None)


def _account_id(recipient: Recipient) -> str:
    if isinstance(recipient, Chat):
        return recipient.only_for_account_id or ""
    return recipient.account_id


def _destination(recipient: Recipient, account: Account | None) -> Destination:
    user = account.user if account else None
    if isinstance(recipient, Private | Home):
        return Destination(channel=account.channel if account else None, user=user)
    return Destination(channel=recipient.channel, thread=recipient.thread, only_for_user=user)
