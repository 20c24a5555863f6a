"""Events: what a person did, the same for every platform."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FormFace(StrEnum):
    """How a platform shows a form: all at once in a window, or field by field in the private chat."""

    MODAL = "modal"
    STEPWISE = "stepwise"


class AccountKind(StrEnum):
    """Who may become a member by writing: people of the installed team; guests, bots and other teams' people may not."""

    PERSON = "person"
    TEAM_MEMBER = "team-member"
    OUTSIDER = "outsider"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a platform tells of a person; `time_zone` is an IANA name, `language` as the platform writes it, if it does."""

    name: str
    kind: AccountKind
    language: str | None = None
    time_zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where an event comes from. Ids of users, channels, threads and messages are the platform's own.

    `reply_to`: the message that was answered, or that a thread hangs on.

    `private`: the channel is the person's own chat with the bot. `message`: what was sent, edited or tapped.
    `interaction`: what an immediate answer needs (Telegram's callback query id, Slack's trigger id), None where there is none.
    `locale_hint`: the platform's word for the person's language, such as "de" or "pt-BR".
    """

    platform: str
    installation_id: str
    event_key: str
    user: str
    channel: str
    private: bool
    form_face: FormFace
    thread: str | None = None
    message: str | None = None
    reply_to: str | None = None
    interaction: str | None = None
    locale_hint: str | None = None
    command_prefix: str = "/"

    def command(self, name: str, rest: str = "") -> str:
        """Return what a person types here for a command: "/start CODE" or "/expense start CODE"."""
        return f"{self.command_prefix}{name} {rest}".rstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class TextReceived:
    """A message of words. `addressed`: in a group, whether the bot was meant (its name was said, or its message answered)."""

    source: Source
    text: str
    addressed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingFile:
    """A file that can be fetched from the platform. `reference`: what `Platform.download` needs, in the platform's terms.

    Name, type and size are what the sender's program says, and are not trusted.
    """

    name: str
    media_type: str | None
    size_bytes: int | None
    reference: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesReceived:
    """A message with pictures or documents, with its words if there are any. An album is one event."""

    source: Source
    names: tuple[str, ...]
    files: tuple[IncomingFile, ...] = ()
    text: str = ""
    addressed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandInvoked:
    """A command: its name without a slash, and what followed. `free_text`: all of it, where a command may also be a sentence."""

    source: Source
    name: str
    rest: str = ""
    free_text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonTapped:
    """A tap on a button of a card. Nothing in it is trusted: the subject is looked up as the person who tapped."""

    source: Source
    action: str
    subject_id: str | None = None
    version: int | None = None
    choice: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSubmitted:
    """A form that was sent as a whole: the dialog's id and what was typed or chosen, by field name."""

    source: Source
    dialog_id: str
    values: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormCancelled:
    """A form whose window was closed."""

    source: Source
    dialog_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEdited:
    """A message of the person was changed; `source.message` names it, `text` is what it says now."""

    source: Source
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortcutInvoked:
    """A shortcut on somebody's message: its words and files, as if they had been sent to the bot.

    `written_at`: when the message was written, which is what its "yesterday" is counted from; an aware instant.
    """

    source: Source
    name: str
    text: str
    files: tuple[IncomingFile, ...] = ()
    written_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeOpened:
    """A person opened the bot's own page, on platforms that have one."""

    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMigrated:
    """A group goes on under another id of the platform's. It is told to nobody: `source` names whoever has caused it."""

    source: Source
    old_channel: str
    new_channel: str


Event = (
    TextReceived
    | FilesReceived
    | CommandInvoked
    | ButtonTapped
    | FormSubmitted
    | FormCancelled
    | MessageEdited
    | ShortcutInvoked
    | HomeOpened
    | ChatMigrated
)
