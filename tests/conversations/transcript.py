"""Transcripts: Markdown that people read and that tests play. This module reads it; see any *.md beside it for the look.

A transcript has a title (`# …`), a sentence of what it shows, its people as a list, and then what happens:

    - Emma is an employee.                     employee, manager, finance, admin (`and speaks German`)
    - Sam is a stranger.                       also: a guest of the team, from another team, a colleague who never wrote
    - Ben holds an employee code {code}.       a one-time code, by which {code} is known from here on
    - Emma and Ben are in the group *Trip*.    the bot is in it as well, and hears all of it
    - Mara is a manager on Slack.              a platform of her own: such a transcript is played once, on both together
    - Emma reports to Mara.                    who is asked about Emma's expenses
    - {beta} is an employee code of *Beta*.      … of another workspace
    - The receipt *Lunch* says: Café Central, 2026-03-11, 16.70 EUR?.     `?`: read with doubt; or: The PDF, PNG, WebP
    - The file *Note* is a text.                 what is no receipt: see papers.py
    - Receipts are read by Tesseract.          else as the list says, which is quick
    - Reading takes a while.                   … until: *What Emma sent is read.*

    **Emma:** taxi 23,50 €                     writes to the bot; `/new` is what each platform makes of a command
    **Emma** in *Trip*: @ExpenseFlow hi        writes into a group
    **Emma** changes “old words” to: new       edits a message of hers
    **Emma** taps *Edit*                       also: at “words of the message”; twice
    **Emma** fills the form *Edit expense*:    then `- Label: value` a line, with `> …` under a value that is refused
    **Emma** closes the form                   without sending it
    **Emma** sends a picture                   also: with the words: …
    **Emma** sends *Lunch*                     … with the words: …; several at once: *Lunch*, *Taxi* and *Hotel*
    **Emma** in *Trip* sends *Lunch*             also: with the words: …
    **Emma** answers “taxi” with *Lunch*       in a reply to the bot's message, or in its thread
    **Emma** accepts {code}                    a link is opened, a command is typed
    **Emma** opens the page                    the bot's own, on Slack; **Emma** taps *New expense* on the page
    **Emma** chooses *Add as expense* at “lunch 12 €” in *Trip*    the menu of a message, on Slack
    *16 minutes later*                         minutes, hours or days; what is due by then is done
    *The bot is restarted.*                    also: *The bot is killed and comes back.*
    *On Telegram:* / *On Slack:* / *On both:*  from here on, until the next of these

and after each of these all that people see of it, or `The bot says nothing.`:

    > taxi · €23.50                            a message; `> …` stands for any lines, ` …` at a line's end for
                                             its rest, `{name}` for words that are used later
    > [Submit] [Edit]                          its buttons
    > (picture: Lunch)                         first of all, a picture in the message, the one of that name; or: (file: …)
    > *Submitted.*                             a single line in italics is a note that vanishes
    The card becomes:                          the next message is one that stands already, changed in its place
    This is taken away:                        the next message stood there until now
    **Ben** sees:                              the next messages are in Ben's private chat
    On the page:                               … on the bot's own page, as it is shown to whoever acted
    On **Ben**'s page:                         … to Ben
    In *Trip*:                                 … in a group (`In *Trip*, for **Emma** alone:` where the platform can)
    On Telegram:                             the next message is seen there alone (or: On Slack:)
    The form *Edit expense* opens.
    The file *expenses.csv* holds, after a byte order mark:    then its lines, fenced by ```
    The audit notes that **Emma** tried *command:invite*.

What is not written there must not happen: another message, another note, another form fails the test.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.conversations.actions import ACTIONS, Action, Answer, Fill, Later, Restart
from tests.conversations.head import PLATFORM_NAMES, Head, NotUnderstood

PAGE = "the page"
HIDDEN_ADMIN = "Ada"
"""Who has set the workspace up where a transcript names no admin."""


class TranscriptError(Exception):
    """A line that is not understood, with its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A message as it is expected. `viewer` None: for all in the group; `alone`: in the group, and for the viewer alone."""

    line: int
    lines: tuple[str, ...]
    viewer: str | None
    group: str | None = None
    alone: bool = False
    changed: bool = False
    gone: bool = False
    note: bool = False
    platform: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opens:
    """A form that opens before the person who acted."""

    line: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """An attempt that the audit trail holds."""

    line: int
    person: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Holds:
    """What stands in the newest file of this name that somebody was sent, after a byte order mark."""

    line: int
    viewer: str
    name: str
    lines: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Step:
    """What somebody does, and all that comes of it. `platform` None: on both."""

    line: int
    text: str
    platform: str | None
    action: Action
    seen: list[Seen] = field(default_factory=list)
    opens: Opens | None = None
    tried: list[Tried] = field(default_factory=list)
    holds: list[Holds] = field(default_factory=list)
    silent: bool = False

    @property
    def actor(self) -> str | None:
        """Return who acts; None for time and the bot."""
        return getattr(self.action, "person", None)


@dataclass(slots=True, kw_only=True)
class Transcript:
    """One file."""

    path: Path
    title: str = ""
    summary: str = ""
    head: Head = field(default_factory=Head)
    steps: list[Step] = field(default_factory=list)

    def steps_on(self, platform: str) -> Iterator[Step]:
        """Yield what happens on a platform."""
        return (step for step in self.steps if step.platform in (None, platform))


_ANSWER = re.compile(r"- ([^:]+): (.*)")
_REFUSAL = re.compile(r"\s+> (.+)")
_BUTTON = re.compile(r"\[[^\]]*\]")
_HOLDS = re.compile(r"The file \*(.+?)\* holds, after a byte order mark:")
_FENCE = "```"


def read(path: Path) -> Transcript:
    """Return a file's transcript. Raises TranscriptError with the file and the line that is not understood."""
    return _Reader(path).read()


class _Reader:
    """Goes through a file line by line; what the next message is of (`viewer`, `group`, …) is told by lines before it."""

    def __init__(self, path: Path) -> None:
        self._transcript = Transcript(path=path)
        self._number = 0
        self._platform: str | None = None
        self._step: Step | None = None
        self._block: list[str] = []
        self._block_line = 0
        self._here: dict[str, object] = {}
        self._fenced: list[str] | None = None

    def read(self) -> Transcript:
        for number, line in enumerate(self._transcript.path.read_text(encoding="utf-8").splitlines(), 1):
            self._number = number
            self._line(line.rstrip())
        self._end_block()
        self._end_step()
        if not self._transcript.steps:
            raise self._error("nothing happens in this transcript")
        return self._transcript

    def _error(self, problem: str) -> TranscriptError:
        return TranscriptError(f"{self._transcript.path.name}:{self._number}: {problem}")

    def _line(self, line: str) -> None:
        if self._fenced is not None or line == _FENCE:
            self._fence(line)
            return
        if line.startswith(">"):
            self._block = self._block or []
            self._block_line = self._block_line or self._number
            self._block.append(line[1:].strip())
            return
        self._end_block()
        if not line:
            return
        if line.startswith("# "):
            self._transcript.title = line[2:]
        elif platform := re.fullmatch(r"\*On (Telegram|Slack|both):\*", line):
            self._end_step()
            self._platform = PLATFORM_NAMES[platform[1]]
        elif not (self._acts(line) or self._expects(line) or self._introduces(line)):
            raise self._error(f"not understood: {line}")

    def _fence(self, line: str) -> None:
        """Read what a file holds."""
        step = self._step
        if self._fenced is None:
            self._fenced = []
        elif line != _FENCE:
            self._fenced.append(line)
        elif step is None or not step.holds:
            raise self._error("these are the lines of no file")
        else:
            step.holds.append(replace(step.holds.pop(), lines=tuple(self._fenced)))
            self._fenced = None

    def _acts(self, line: str) -> bool:
        for pattern, made in ACTIONS.items():
            found = re.fullmatch(pattern, line)
            if found is not None:
                self._end_step()
                action = made(found)
                self._step = Step(line=self._number, text=line, platform=self._platform, action=action)
                return True
        return False

    def _expects(self, line: str) -> bool:
        step = self._step
        if step is None:
            return False
        if self._tells_where(step, line):
            return True
        if line == "The bot says nothing.":
            step.silent = True
        elif found := re.fullmatch(r"The form \*(.+?)\* opens\.", line):
            step.opens = Opens(line=self._number, title=found[1])
        elif found := re.fullmatch(r"The audit notes that \*\*(\w+)\*\* tried \*(.+?)\*\.", line):
            step.tried.append(Tried(line=self._number, person=found[1], what=found[2]))
        elif found := _HOLDS.fullmatch(line):
            viewer = str(self._here.get("viewer") or step.actor)
            step.holds.append(Holds(line=self._number, viewer=viewer, name=found[1], lines=()))
        else:
            return isinstance(step.action, Fill) and self._answers(step, step.action, line)
        return True

    def _tells_where(self, step: Step, line: str) -> bool:
        """Read by whom, where and how the next message is seen."""
        if line in ("The card becomes:", "This is taken away:"):
            self._here["changed" if line.startswith("The card") else "gone"] = True
        elif found := re.fullmatch(r"On (Telegram|Slack):", line):
            self._here["platform"] = PLATFORM_NAMES[found[1]]
        elif found := re.fullmatch(r"\*\*(\w+)\*\* sees:", line):
            self._here = {"viewer": found[1], "group": None}
        elif found := re.fullmatch(r"On (?:the page|\*\*(\w+)\*\*'s page):", line):
            self._here = {"viewer": found[1] or step.actor, "group": PAGE}
        elif found := re.fullmatch(r"In \*(.+?)\*(?:, for \*\*(\w+)\*\* alone)?:", line):
            self._here = {"viewer": found[2], "group": found[1], "alone": found[2] is not None}
        else:
            return False
        return True

    def _answers(self, step: Step, form: Fill, line: str) -> bool:
        answers = list(form.answers)
        if found := _ANSWER.fullmatch(line):
            answers.append(Answer(line=self._number, label=found[1], value=found[2]))
        elif answers and (found := _REFUSAL.fullmatch(line)):
            last = answers.pop()
            refusal = (*last.refusal, found[1])
            answers.append(Answer(line=last.line, label=last.label, value=last.value, refusal=refusal))
        else:
            return False
        step.action = Fill(person=form.person, title=form.title, answers=tuple(answers))
        return True

    def _introduces(self, line: str) -> bool:
        """Read what stands before the first step: people, groups, and the sentence that says what is shown."""
        if self._step is not None or self._transcript.steps:
            return line.startswith("## ")
        try:
            if self._transcript.head.take(line):
                return True
        except NotUnderstood as problem:
            raise self._error(str(problem)) from problem
        if line.startswith(("-", "*")):
            return False
        self._transcript.summary = f"{self._transcript.summary} {line}".strip()
        return True

    def _end_block(self) -> None:
        if not self._block:
            return
        if self._step is None:
            raise self._error("an answer to nothing")
        lines = tuple(token for line in self._block for token in tokens_of(line))
        note = len(lines) == 1 and re.fullmatch(r"\*[^*]+\*", lines[0]) is not None
        place: dict[str, object] = {"viewer": self._step.actor} | self._here
        self._step.seen.append(
            Seen(
                line=self._block_line,
                lines=(lines[0].strip("*"),) if note else lines,
                note=note,
                **place,  # type: ignore[arg-type]  # what `_expects` keeps there
            )
        )
        for each in ("changed", "gone", "platform"):
            self._here.pop(each, None)
        self._block, self._block_line = [], 0

    def _end_step(self) -> None:
        step, self._step, self._here = self._step, None, {}
        if step is None:
            return
        shows = bool(step.seen or step.opens or step.tried)
        on_its_own = isinstance(step.action, Later | Restart) or (
            isinstance(step.action, Fill) and any(answer.refusal for answer in step.action.answers[-1:])
        )
        if not (shows or step.silent or on_its_own):
            self._number = step.line
            raise self._error("say what comes of this, or: The bot says nothing.")
        if step.silent and (step.seen or step.opens):
            self._number = step.line
            raise self._error("the bot says nothing, and yet it does")
        self._transcript.steps.append(step)


def tokens_of(line: str) -> Iterator[str]:
    """Yield what a line of a message is compared by: the line without marks, or each of its buttons."""
    words = line.replace("**", "").strip()
    buttons = _BUTTON.findall(words)
    if buttons and not _BUTTON.sub("", words).strip():
        yield from ("…" if button == "[…]" else button for button in buttons)
    elif words:
        yield words
