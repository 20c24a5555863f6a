"""People on Telegram. Forms are asked there question by question, below which each way on is a button."""

import re
from collections.abc import Mapping
from datetime import timedelta

from bot.intake import ALBUM_S
from bot.playground.telegram.errors import PersonError
from bot.playground.telegram.people import Person
from bot.playground.telegram.views import ButtonView, MessageView
from bot.telegram.callback_data import decode
from handlers import dialogs
from tests.conversations.actions import Answer, Casting, Fill, Group, SendPapers
from tests.conversations.comparing import lines_of
from tests.conversations.faces import News, Place, View, Wrong, news_between
from tests.conversations.papers import Paper, marked
from tests.fixtures.service import RunningService
from tests.fixtures.telegram_emulator import png

MENTION = "@ExpenseFlow"
QUESTION = re.compile(r"(\d+) \w+ (\d+) – (.+)")
"""A question's own line: "1 of 5 – Amount"."""


class OnTelegram:
    """Drives the emulated Telegram."""

    platform = "telegram"

    def __init__(self, bot: RunningService, papers: Mapping[str, Paper]) -> None:
        self._bot = bot
        self._papers = papers
        self._account = bot.telegram.state.only_bot()
        self._people: dict[str, Person] = {}
        self._groups: dict[str, tuple[int, Person]] = {}
        self._view: View = {}
        self._toasts: dict[str, int] = {}
        self._filled = False
        self._questions: dict[str, set[str]] = {}

    def add(self, casting: Casting) -> None:
        self._people[casting.name] = self._bot.telegram.add_person(casting.name, language_code=casting.language)

    async def add_group(self, group: Group) -> None:
        first, *others = (self._people[name] for name in group.members)
        chat = self._bot.telegram.create_group(group.name, creator_id=first.id)
        for person in others:
            await first.add_to_group(chat.id, person.id)
        self._account.privacy = False
        await first.add_to_group(chat.id, self._account.id)
        self._groups[group.name] = (chat.id, first)
        await self._bot.settled()

    async def let_in(self, name: str, code: str | None) -> None:
        await self._people[name].start(code)
        await self._bot.settled()

    async def say(self, name: str, words: str, group: str | None) -> None:
        person = self._people[name]
        command, _, rest = words.partition(" ")
        try:
            if command == "/start" and group is None and " " not in rest:
                await person.start(rest or None)
            else:
                words = words.replace(MENTION, f"@{self._account.username}")
                await person.send_text(words, chat=self._groups[group][0] if group else None)
        except PersonError as error:
            raise Wrong(str(error)) from error
        await self._done(person)

    async def change(self, name: str, old: str, new: str) -> None:
        person = self._people[name]
        written = [each for each in person.messages() if each.sender_id == person.id and each.text == old]
        if not written:
            raise Wrong(f"{name} has not written “{old}”")
        await person.edit_text(written[-1].id, new)
        await self._done(person)

    async def tap(self, name: str, label: str, at: str, times: int) -> None:
        person = self._people[name]
        message, button = _find_button(person, label, at)
        for _ in range(times):
            await person.tap(message.id, button.data or "")
        await self._done(person)

    async def picture(self, name: str, words: str) -> None:
        await self._people[name].send_photo(png(), caption=words)
        await self._done(self._people[name])

    async def send(self, papers: SendPapers) -> None:
        person, sent = self._people[papers.person], [self._papers[each] for each in papers.papers]
        chat = self._groups[papers.group][0] if papers.group else None
        words = papers.words.replace(MENTION, f"@{self._account.username}")
        if len(sent) > 1:
            await person.send_album([each.content for each in sent], caption=words, chat=chat)
            await self._bot.telegram.wait_idle(quiet_s=0)  # all are committed, and wait for one another
            await self._bot.pass_time(timedelta(seconds=ALBUM_S))
        elif sent[0].is_photo:
            reply_to = _find_words(person, papers.at)
            await person.send_photo(sent[0].content, caption=words, chat=chat, reply_to=reply_to)
        else:
            await person.send_document(
                sent[0].content,
                name=sent[0].file_name,
                mime_type=sent[0].media_type,
                caption=words,
                chat=chat,
                reply_to=_find_words(person, papers.at),
            )
        await self._done(person)

    async def accept(self, name: str, what: str) -> None:
        person = self._people[name]
        if what.startswith("https://"):
            await person.open_link(what)
            await self._done(person)
        else:
            await self.say(name, f"/start {what}", None)

    async def open_page(self, name: str) -> None:
        raise Wrong(f"on Telegram a bot has no page of its own that {name} could open")

    async def tap_page(self, name: str, label: str) -> None:
        raise Wrong(f"on Telegram a bot has no page of its own where {name} could tap “{label}”")

    async def choose(self, name: str, entry: str, words: str, group: str) -> None:
        raise Wrong(f"on Telegram {name} finds no “{entry}” in the menu of “{words}” in {group}")

    async def close_form(self, name: str) -> None:
        person = self._people[name]
        question = _open_question(person)
        if question is None or not await self._tap_one_of(person, question, dialogs.CANCEL):
            raise Wrong("no form is open")

    async def fill(self, form: Fill) -> None:
        person = self._people[form.person]
        self._filled = True
        for answer in form.answers:
            question = await self._go_to(person, form, answer)
            await self._answer(person, question, answer)
        if form.answers and form.answers[-1].refusal:
            return
        while (left := _open_question(person)) is not None:
            if not await self._tap_one_of(person, left, dialogs.FINISH, dialogs.KEEP):
                raise Wrong(f"the form still asks for “{_label(left)}”")

    async def _go_to(self, person: Person, form: Fill, answer: Answer) -> MessageView:
        """Keep what stands until the question comes that is to be answered."""
        while True:
            question = _open_question(person)
            if question is None:
                raise Wrong(f"line {answer.line}: the form does not ask for “{answer.label}” any more")
            if question.text.splitlines()[0] != form.title:
                raise Wrong(f"the form that is open is “{question.text.splitlines()[0]}”")
            if _label(question) == answer.label:
                return question
            if not await self._tap_one_of(person, question, dialogs.KEEP):
                raise Wrong(f"line {answer.line}: the form asks for “{_label(question)}” first")

    async def _answer(self, person: Person, question: MessageView, answer: Answer) -> None:
        choice = next((each for row in question.buttons for each in row if _is(each.label, answer.value)), None)
        if choice is not None:
            await person.tap(question.id, choice.data or "")
        else:
            await person.send_text(answer.value)
        await self._done(person)
        after = _open_question(person)
        refused = () if after is None or _label(after) != answer.label else _refusal(question, after)
        if refused != answer.refusal:
            raise Wrong(f"line {answer.line}: “{answer.value}” is refused with {refused}, not {answer.refusal}")

    async def _tap_one_of(self, person: Person, question: MessageView, *actions: str) -> bool:
        """Tap the first of these ways on that the question offers."""
        offered = {_action(button): button for row in question.buttons for button in row}
        for action in actions:
            if action in offered:
                await person.tap(question.id, offered[action].data or "")
                await self._done(person)
                return True
        return False

    async def _done(self, person: Person) -> None:
        await self._bot.settled()
        if person.loading():
            raise Wrong("a tap was not answered: its button shows a spinner")

    def file(self, name: str, file_name: str) -> bytes:
        for message in reversed(self._people[name].messages()):
            document = message.content.get("document", {})
            if message.from_bot and document.get("file_name") == file_name:
                return self._content(document["file_id"])
        raise Wrong(f"{name} was sent no file “{file_name}”")

    def _content(self, file_id: str) -> bytes:
        return self._bot.telegram.state.files[file_id].content

    def _lines(self, message: MessageView) -> tuple[str, ...]:
        attached: list[str] = []
        if "photo" in message.content:
            attached = [marked("picture", self._content(message.content["photo"][-1]["file_id"]), self._papers)]
        elif document := message.content.get("document"):
            attached = [marked("file", self._content(document["file_id"]), self._papers, document["file_name"])]
        return lines_of(message.text, message.labels, attached)

    def news(self) -> News:
        before, self._view = self._without_questions(self._view), self._seen()
        found = News(messages=news_between(before, self._view))
        for name, person in self._people.items():
            question = _open_question(person)
            if question is not None:
                self._questions.setdefault(name, set()).add(str(question.id))
            if question is not None and self._filled:
                private = found.messages.get(Place(viewer=name), [])
                found.messages[Place(viewer=name)] = [each for each in private if each.lines != self._lines(question)]
            elif question is not None and _position(question) == "1":
                found.asked[name] = self._lines(question)
            toasts = [toast.text for toast in person.toasts()]
            found.notes[name] = [text for text in toasts[self._toasts.get(name, 0) :] if text]
            self._toasts[name] = len(toasts)
        self._filled = False
        return found

    def _without_questions(self, view: View) -> View:
        """Leave out the questions of forms that have gone since: they give way to the next one."""
        gone = {
            Place(viewer=name): self._questions.get(name, set()) - {str(each.id) for each in person.messages()}
            for name, person in self._people.items()
        }
        return {
            place: {key: lines for key, lines in messages.items() if key not in gone.get(place, ())}
            for place, messages in view.items()
        }

    def _seen(self) -> View:
        rooms = {Place(viewer=name): person.messages() for name, person in self._people.items()}
        for name, (chat, member) in self._groups.items():
            rooms[Place(viewer=None, group=name)] = member.messages(chat)
        return {
            place: {str(each.id): self._lines(each) for each in room if each.from_bot} for place, room in rooms.items()
        }


def _is(label: str, wanted: str) -> bool:
    """Tell whether a button is meant: its label need not be said with its icon."""
    return wanted in (label, label.partition(" ")[2])


def _find_words(person: Person, words: str) -> int | None:
    """Return the newest message of the bot that holds these words; None where none is meant."""
    if not words:
        return None
    found = [message.id for message in person.messages() if message.from_bot and words in message.text]
    if not found:
        raise Wrong(f"there is no message “{words}” to answer")
    return found[-1]


def _find_button(person: Person, label: str, at: str) -> tuple[MessageView, ButtonView]:
    for message in reversed(person.messages()):
        for button in (each for row in message.buttons for each in row):
            if message.from_bot and _is(button.label, label) and at in message.text:
                return message, button
    raise Wrong(f"there is no button “{label}”")


def _action(button: ButtonView) -> str | None:
    tap = decode(button.data or "")
    return None if tap is None else tap.action


def _open_question(person: Person) -> MessageView | None:
    """Return the question that a form is at: the one message that offers to cancel a form."""
    for message in reversed(person.messages()):
        if any(_action(button) == dialogs.CANCEL for row in message.buttons for button in row):
            return message
    return None


def _asked(question: MessageView) -> tuple[int, str, str]:
    """Return the line of a question, its place among the form's, and its label; one alone is its message's last line."""
    lines = question.text.splitlines()
    for index, line in enumerate(lines):
        if found := QUESTION.fullmatch(line):
            return index, found[1], found[3]
    return len(lines) - 1, "1", lines[-1]


def _label(question: MessageView) -> str:
    return _asked(question)[2]


def _position(question: MessageView) -> str:
    return _asked(question)[1]


def _refusal(before: MessageView, after: MessageView) -> tuple[str, ...]:
    """Return the sentences between the form's title and the question that an answer has brought: the others say what about."""
    stood = _above(before)
    return tuple(line for line in _above(after) if line not in stood)


def _above(question: MessageView) -> tuple[str, ...]:
    index, _, _ = _asked(question)
    return tuple(line for line in question.text.splitlines()[1:index] if line)
