"""Who is in a transcript, what they do there, and how that is written."""

import re
from collections.abc import Callable
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
class Code:
    """A one-time code of a workspace, which is made where there is none of that name, and how the code is called here."""

    name: str
    role: str
    workspace: str


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
class SendPapers:
    """Receipts and other files, together, in the private chat or in a group.

    `at`: in answer to the newest message of the bot that holds these words.
    """

    person: str
    papers: tuple[str, ...]
    words: str = ""
    at: str = ""
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndReading:
    """What a person sent is read at last."""

    person: str


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


Action = (
    Say
    | Change
    | Tap
    | Fill
    | CloseForm
    | Picture
    | SendPapers
    | EndReading
    | Accept
    | OpenPage
    | TapPage
    | Choose
    | Later
    | Restart
)


def _named(papers: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\*(.+?)\*", papers))


ACTIONS: dict[str, Callable[[re.Match[str]], Action]] = {
    r"\*\*(\w+):\*\* (.+)": lambda m: Say(person=m[1], words=m[2]),
    r"\*\*(\w+)\*\* in \*(.+?)\*: (.+)": lambda m: Say(person=m[1], group=m[2], words=m[3]),
    r"\*\*(\w+)\*\* changes “(.+?)” to: (.+)": lambda m: Change(person=m[1], old=m[2], new=m[3]),
    r"\*\*(\w+)\*\* taps \*(.+?)\* on the page": lambda m: TapPage(person=m[1], label=m[2]),
    r"\*\*(\w+)\*\* taps \*(.+?)\*(?: at “(.+?)”)?( twice)?": lambda m: Tap(
        person=m[1], label=m[2], at=m[3] or "", times=2 if m[4] else 1
    ),
    r"\*\*(\w+)\*\* fills the form \*(.+?)\*:": lambda m: Fill(person=m[1], title=m[2]),
    r"\*\*(\w+)\*\* closes the form": lambda m: CloseForm(person=m[1]),
    r"\*\*(\w+)\*\* sends a picture(?: with the words: (.+))?": lambda m: Picture(person=m[1], words=m[2] or ""),
    r"\*\*(\w+)\*\* sends (\*[^:]+\*)(?: with the words: (.+))?": lambda m: SendPapers(
        person=m[1], papers=_named(m[2]), words=m[3] or ""
    ),
    r"\*\*(\w+)\*\* in \*(.+?)\* sends (\*[^:]+\*)(?: with the words: (.+))?": lambda m: SendPapers(
        person=m[1], papers=_named(m[3]), words=m[4] or "", group=m[2]
    ),
    r"\*\*(\w+)\*\* answers “(.+?)” with (\*[^:]+\*)": lambda m: SendPapers(person=m[1], papers=_named(m[3]), at=m[2]),
    r"\*What (\w+) sent is read\.\*": lambda m: EndReading(person=m[1]),
    r"\*\*(\w+)\*\* accepts (.+)": lambda m: Accept(person=m[1], what=m[2]),
    r"\*\*(\w+)\*\* opens the page": lambda m: OpenPage(person=m[1]),
    r"\*\*(\w+)\*\* chooses \*(.+?)\* at “(.+?)” in \*(.+?)\*": lambda m: Choose(
        person=m[1], entry=m[2], words=m[3], group=m[4]
    ),
    r"\*(\d+) (minute|hour|day)s? later\*": lambda m: Later(step=timedelta(**{f"{m[2]}s": int(m[1])})),
    r"\*The bot is restarted\.\*": lambda _: Restart(killed=False),
    r"\*The bot is killed and comes back\.\*": lambda _: Restart(killed=True),
}
"""What somebody does, by how it is written."""
