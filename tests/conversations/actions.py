"""Who is in a transcript, and what they do there."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Casting:
    """One person. `kind`: a role, or "stranger", "guest", "elsewhere", "colleague"; `code`: what they hold, by name.

    `platform`: theirs, where the people of a transcript are on several.
    """

    name: str
    kind: str
    language: str = "en"
    code: str | None = None
    code_role: str | None = None
    platform: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group chat or channel, with the bot in it."""

    name: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Words or a command, in the private chat or in a group."""

    person: str
    words: str
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An edit of an own message."""

    person: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tap:
    """A button of the newest message that has it; `at`: and that holds these words."""

    person: str
    label: str
    at: str = ""
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes into one field, and the sentences that refuse it."""

    line: int
    label: str
    value: str
    refusal: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """A form that is filled, and sent unless its last value is refused."""

    person: str
    title: str
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseForm:
    """A form that is closed unsent."""

    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture, perhaps with words."""

    person: str
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept:
    """An invitation as the bot wrote it, or a bare code: a link, a command."""

    person: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPage:
    """The bot's own page is looked at, on platforms that have one."""

    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TapPage:
    """A button of the bot's own page."""

    person: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choose:
    """An entry of the menu of a message that stands in a group."""

    person: str
    entry: str
    words: str
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """Time goes by."""

    step: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """The bot ends and starts again."""

    killed: bool


Action = Say | Change | Tap | Fill | CloseForm | Picture | Accept | OpenPage | TapPage | Choose | Later | Restart
