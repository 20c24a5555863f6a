"""People in Slack. Forms are windows there, and a command is a word after /expense."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.playground.slack.chat import unescape
from bot.playground.slack.deliveries import Answer as Acknowledgement
from bot.playground.slack.deliveries import Outcome
from bot.playground.slack.errors import ControlError
from bot.playground.slack.forms import element_label, find_element, pairs
from bot.playground.slack.modal import Modal
from bot.playground.slack.people import Person
from bot.playground.slack.state import Channel
from bot.slack.views import REFUSAL_MARK
from bot.translation import default_catalogues
from handlers.catalogue import registry
from handlers.text import text
from tests.conversations.actions import Answer, Casting, Fill, Group, SendPapers
from tests.conversations.comparing import lines_of
from tests.conversations.faces import News, Place, View, Wrong, news_between
from tests.conversations.papers import Paper, marked
from tests.conversations.transcript import PAGE
from tests.fixtures.service import SETTLE_S, RunningService

MENTION = "@ExpenseFlow"
COMMAND = "/expense"
LOCALES = {"en": "en-US", "de": "de-DE"}
Json = dict[str, Any]


class OnSlack:
    """Drives the emulated Slack."""

    platform = "slack"

    def __init__(self, bot: RunningService, papers: Mapping[str, Paper]) -> None:
        self._bot = bot
        self._papers = papers
        self._people: dict[str, Person] = {}
        self._groups: dict[str, Channel] = {}
        self._view: View = {}
        self._notes: dict[str, list[str]] = {}
        self._windows: set[str] = set()

    def add(self, casting: Casting) -> None:
        # Somebody with a role that is not an employee's, or with a code, is a guest: everybody else is let in by writing.
        by_code = casting.kind in ("stranger", "guest") or (casting.kind == "holder" and casting.code_role != "admin")
        self._people[casting.name] = self._bot.slack.add_person(
            f"U{casting.name.upper()}",
            casting.name.lower(),
            casting.name,
            team_id="TELSEWHERE" if casting.kind == "elsewhere" else None,
            locale=LOCALES[casting.language],
            is_guest=by_code,
        )

    async def add_group(self, group: Group) -> None:
        name = group.name.lower().replace(" ", "-")
        members = [self._people[member].id for member in group.members]
        self._groups[group.name] = self._bot.slack.add_channel(name, members=members)

    async def let_in(self, name: str, code: str | None) -> None:
        await self.say(name, "/help" if code is None else f"/start {code}", None)

    async def say(self, name: str, words: str, group: str | None) -> None:
        person, channel = self._people[name], self._groups[group].id if group else "dm"
        if words.startswith("/"):
            self._acknowledged(await person.command(COMMAND, words[1:], channel))
        else:
            person.send_text(channel, self._with_mention(words))
        await self._bot.settled()

    async def change(self, name: str, old: str, new: str) -> None:
        person = self._people[name]
        written = [each for each in person.messages() if each.get("user") == person.id and each["text"] == old]
        if not written:
            raise Wrong(f"{name} has not written “{old}”")
        person.edit_text("dm", written[-1]["ts"], new)
        await self._bot.settled()

    async def tap(self, name: str, label: str, at: str, times: int) -> None:
        person = self._people[name]
        message, button = _find_button(person, label, at)
        taps = (person.tap("dm", message["ts"], button) for _ in range(times))
        for answer in await asyncio.gather(*taps):
            self._acknowledged(answer)
        await self._bot.settled()

    async def picture(self, name: str, words: str) -> None:
        self._people[name].send_files("dm", [("picture.png", b"a picture")], text=words)
        await self._bot.settled()

    async def send(self, papers: SendPapers) -> None:
        person = self._people[papers.person]
        channel = self._groups[papers.group].id if papers.group else "dm"
        files = [(self._papers[each].file_name, self._papers[each].content) for each in papers.papers]
        words = self._with_mention(papers.words)
        person.send_files(channel, files, text=words, thread_ts=self._find_words(person, papers.at))
        await self._bot.settled()

    def _with_mention(self, words: str) -> str:
        return words.replace(MENTION, f"<@{self._bot.slack.settings.bot_user_id}>")

    def _find_words(self, person: Person, words: str) -> str | None:
        """Return the newest message of the bot that holds these words; None where none is meant."""
        if not words:
            return None
        said = [message for message in person.messages() if "bot_id" in message]
        found = [message["ts"] for message in said if words in "\n".join(self._lines(message))]
        if not found:
            raise Wrong(f"there is no message “{words}” to answer")
        return str(found[-1])

    async def accept(self, name: str, what: str) -> None:
        await self.say(name, what if what.startswith("/") else f"/start {what}", None)

    async def open_page(self, name: str) -> None:
        self._people[name].open_home()
        await self._bot.settled()

    async def tap_page(self, name: str, label: str) -> None:
        try:
            self._acknowledged(await self._people[name].tap_home(label))
        except ControlError as error:
            raise Wrong(str(error)) from error
        await self._bot.settled()

    async def choose(self, name: str, entry: str, words: str, group: str) -> None:
        person, channel = self._people[name], self._groups[group].id
        specs = registry.shortcuts.values()
        entries = {default_catalogues().translator("en").translate(spec.title): spec.name for spec in specs}
        written = [each for each in person.messages(channel) if unescape(each["text"]) == words]
        if entry not in entries or not written:
            raise Wrong(f"there is no entry “{entry}” at a message “{words}”")
        self._acknowledged(await person.shortcut(entries[entry], channel=channel, ts=written[-1]["ts"]))
        await self._bot.settled()

    async def close_form(self, name: str) -> None:
        await self._modal(name).close()
        await self._bot.settled()

    async def fill(self, form: Fill) -> None:
        modal = self._modal(form.person)
        if modal.title != form.title:
            raise Wrong(f"the form that is open is “{modal.title}”")
        rounds = list(_rounds(form.answers))
        for answers in rounds or [()]:
            refused = await self._send(modal, answers)
            expected = {answer.label: " ".join(answer.refusal) for answer in answers if answer.refusal}
            if refused != expected:
                raise Wrong(f"the form refuses {refused}, not {expected}")
        await self._bot.settled()

    async def _send(self, modal: Modal, answers: tuple[Answer, ...]) -> dict[str, str]:
        try:
            for answer in answers:
                await modal.fill({answer.label: _value(modal, answer)})
            submitted = await modal.submit()
        except ControlError as error:
            raise Wrong(str(error)) from error
        refused = dict(submitted.errors)
        if submitted.is_open and not refused and submitted.notice is None:
            refused = await self._end_of_saving(modal)
        if submitted.notice is not None or (modal.is_open and not refused):
            raise Wrong(f"the form was not taken: {submitted.notice or modal.text}")
        labels = {block["block_id"]: element_label(block, element) for block, element in pairs(modal.view["blocks"])}
        return {labels[block_id]: unescape(sentence) for block_id, sentence in refused.items()}

    async def _end_of_saving(self, modal: Modal) -> dict[str, str]:
        """Wait for a form that takes longer than Slack does, as on a busy machine: its window says so, and then what
        became of it. Return what was refused, by block; a window that says "Saved." is closed.
        """
        words = [default_catalogues().translator(language) for language in LOCALES]
        saving, saved = ([each.translate(text(f"form.{what}")) for each in words] for what in ("saving", "saved"))

        def look() -> bool | None:
            return None if any(sentence in modal.text for sentence in saving) else True

        await self._bot.slack.bus.wait_until(look, timeout_s=SETTLE_S, what="the end of “Saving…”")
        if any(sentence in modal.text for sentence in saved):
            await modal.close()
        blocks = modal.view["blocks"]
        said = [" ".join(_lines({"blocks": [block]})) if block["type"] == "context" else "" for block in blocks]
        return {
            field["block_id"]: sentence.removeprefix(REFUSAL_MARK).strip()
            for field, sentence in zip(blocks, said[1:], strict=False)
            if sentence.startswith(REFUSAL_MARK)
        }

    def _modal(self, name: str) -> Modal:
        modal = self._people[name].modal
        if modal is None:
            raise Wrong("no form is open")
        return modal

    def _acknowledged(self, answer: Acknowledgement) -> None:
        if answer.outcome is not Outcome.ACKNOWLEDGED:
            raise Wrong(f"Slack says that the bot did not answer ({answer.outcome})")

    def file(self, name: str, file_name: str) -> bytes:
        for message in reversed(self._people[name].messages()):
            for file in message.get("files", ()) if "bot_id" in message else ():
                if file["name"] == file_name:
                    return self._content(file["id"])
        raise Wrong(f"{name} was sent no file “{file_name}”")

    def _content(self, file_id: str) -> bytes:
        return self._bot.slack.state.files[file_id].content or b""

    def _by_the_bot(self, messages: list[Json], *, alone: bool) -> dict[str, tuple[str, ...]]:
        """Return what the bot said, to all or to the viewer alone."""
        said = (each for each in messages if "bot_id" in each and bool(each.get("is_ephemeral")) is alone)
        return {each["ts"]: self._lines(each) for each in said}

    def _lines(self, message: Json) -> tuple[str, ...]:
        """Return a message as it is read, with each command as it is called everywhere."""
        attached = [
            marked("picture", self._content(block["slack_file"]["id"]), self._papers)
            for block in message.get("blocks") or ()
            if block["type"] == "image"
        ]
        for file in message.get("files", ()):
            kind = "picture" if file["mimetype"].startswith("image/") else "file"
            attached.append(marked(kind, self._content(file["id"]), self._papers, file["name"]))
        return _lines(message, attached)

    def news(self) -> News:
        before, self._view = self._view, self._seen()
        found = News(messages=news_between(before, self._view))
        for name, person in self._people.items():
            notes = [" ".join(self._lines(each)) for each in person.messages() if each.get("is_ephemeral")]
            found.notes[name] = notes[len(self._notes.get(name, [])) :]
            self._notes[name] = notes
            modal = person.modal
            if modal is not None and modal.id not in self._windows:
                found.windows[name] = modal.title
                self._windows.add(modal.id)
        return found

    def _seen(self) -> View:
        view: View = {}
        for name, person in self._people.items():
            view[Place(viewer=name)] = self._by_the_bot(person.messages(), alone=False)
            if person.home is not None:
                view[Place(viewer=name, group=PAGE)] = {PAGE: self._lines(person.home)}
            for group, channel in self._groups.items():
                if person.id in channel.members:
                    messages = person.messages(channel.id)
                    view[Place(viewer=None, group=group)] = self._by_the_bot(messages, alone=False)
                    view[Place(viewer=name, group=group)] = self._by_the_bot(messages, alone=True)
        return view


def _lines(message: Json, attached: Sequence[str] = ()) -> tuple[str, ...]:
    """Return a message's attachments, words and buttons."""
    words: list[str] = []
    buttons: list[str] = []
    for block in message.get("blocks") or [{"type": "section", "text": {"text": message["text"]}}]:
        match block["type"]:
            case "header" | "section":
                words.append(block["text"]["text"])
            case "context":
                words += [element["text"] for element in block["elements"]]
            case "rich_text":
                words += ["".join(part["text"] for part in section["elements"]) for section in block["elements"]]
            case "actions":
                buttons += [element["text"]["text"] for element in block["elements"]]
    return lines_of(unescape("\n".join(words)).replace(f"{COMMAND} ", "/"), buttons, attached)


def _find_button(person: Person, label: str, at: str) -> tuple[Json, str]:
    """Return the newest message with the button, and how the button is named there without doubt."""
    for message in reversed(person.messages()):
        for block, element in pairs(message.get("blocks") or []):
            shown = element_label(block, element)
            if label in (shown, shown.partition(" ")[2]) and at in "\n".join(_lines(message)):
                return message, f"{block['block_id']}/{element['action_id']}"
    raise Wrong(f"there is no button “{label}”")


def _value(modal: Modal, answer: Answer) -> str:
    """Return an option as the form names it, which need not be said with its icon; else what is typed."""
    _, element = find_element(modal.view["blocks"], answer.label)
    shown = (str(option["text"]["text"]) for option in element.get("options", ()))
    return next((option for option in shown if option.partition(" ")[2] == answer.value), answer.value)


def _rounds(answers: tuple[Answer, ...]) -> Iterator[tuple[Answer, ...]]:
    """Yield what stands in the window each time that it is sent: the first value of each field, then what mends it."""
    values: dict[str, list[Answer]] = {}
    for answer in answers:
        values.setdefault(answer.label, []).append(answer)
    while values:
        sent = tuple(waiting[0] for waiting in values.values())
        yield sent
        values = {answer.label: values[answer.label][1:] for answer in sent if answer.refusal}
        if not all(values.values()):
            return
