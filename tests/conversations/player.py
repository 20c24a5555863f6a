"""Plays a transcript on one platform: casts its people, has them do what it says, and compares all that they see."""

import difflib

from sqlalchemy import select

from core.audit.tables import AuditRow
from core.identity.rules import Role
from core.identity.tables import MemberRow
from core.store.unit_of_work import Actor
from tests.conversations.actions import (
    Accept,
    Casting,
    Change,
    Choose,
    CloseForm,
    EndReading,
    Fill,
    Later,
    OpenPage,
    Picture,
    Restart,
    Say,
    SendPapers,
    Tap,
    TapPage,
)
from tests.conversations.comparing import Message, filled_in, lines_of, matches, quoted
from tests.conversations.faces import Face, News, Place, Wrong
from tests.conversations.head import ROLES
from tests.conversations.on_slack import OnSlack
from tests.conversations.on_telegram import OnTelegram
from tests.conversations.together import Together
from tests.conversations.transcript import HIDDEN_ADMIN, PAGE, Holds, Seen, Step, Transcript
from tests.fixtures.clock import FakeClock
from tests.fixtures.service import RunningService

FACES: dict[str, type[OnTelegram] | type[OnSlack]] = {"telegram": OnTelegram, "slack": OnSlack}


class Player:
    """One transcript on one platform, with a bot of its own."""

    def __init__(self, transcript: Transcript, platform: str, bot: RunningService, clock: FakeClock) -> None:
        self._transcript = transcript
        self._bot = bot
        self._clock = clock
        papers = transcript.head.papers
        self._face: Face = (
            Together({name: face(bot, papers) for name, face in FACES.items()})
            if transcript.head.across
            else FACES[platform](bot, papers)
        )
        self._known: dict[str, str] = {}
        self._hidden: str | None = None

    async def play(self) -> None:
        """Play it from the first line to the last. Raises Wrong with the line, what was expected, and what was seen."""
        await self._cast()
        self._face.news()
        for step in self._transcript.steps_on(self._face.platform):
            try:
                await self._act(step)
                self._compare(step, self._face.news())
                self._compare_files(step)
                await self._check_audit(step)
            except (Wrong, TimeoutError) as wrong:
                where = f"{self._transcript.path.name}:{step.line} on {self._face.platform}"
                raise Wrong(f"{where}\n  {step.text}\n\n{str(wrong) or 'the bot is still at work'}") from wrong

    async def _cast(self) -> None:
        for code in self._transcript.head.codes:
            if code.workspace not in self._bot.workspaces:
                await self._bot.make_workspace(code.workspace)
            self._known[code.name] = await self._bot.make_code(Role(code.role), code.workspace)
        admin_code = await self._bot.make_workspace()
        cast = list(self._transcript.head.cast)
        first = next((each for each in cast if "admin" in (each.kind, each.code_role)), None)
        if first is None:
            first = Casting(name=HIDDEN_ADMIN, kind="admin", platform="slack" if self._transcript.head.across else None)
            self._hidden = first.name
            cast.insert(0, first)
        for each in cast:
            self._face.add(each)
        if first.code is None:
            await self._face.let_in(first.name, admin_code)
        for each in cast:
            if each.code is not None and each.code_role is not None:
                self._known[each.code] = (
                    admin_code if each is first else await self._bot.make_code(Role(each.code_role))
                )
            elif each.kind in ROLES and each is not first:
                await self._face.let_in(each.name, await self._code_for(each))
        for group in self._transcript.head.groups:
            await self._face.add_group(group)
        await self._report()

    async def _report(self) -> None:
        """Name who reports to whom."""
        actor = Actor(platform="system", operation="reports", workspace_id=self._bot.workspace_id)
        async with self._bot.service.database.write(actor) as uow:
            members = {row.name: row for row in await uow.session.scalars(select(MemberRow))}
            for name, manager in self._transcript.head.reports.items():
                members[name].manager_id = members[manager].id

    async def _code_for(self, casting: Casting) -> str | None:
        """Return a code; None where ordinary people are employees anyway."""
        if "slack" in (self._face.platform, casting.platform) and casting.kind == "employee":
            return None
        return await self._bot.make_code(Role(casting.kind))

    async def _act(self, step: Step) -> None:
        face = self._face
        match step.action:
            case Say(person=person, words=words, group=group):
                await face.say(person, self._filled_in(words), group)
            case Change(person=person, old=old, new=new):
                await face.change(person, old, new)
            case Tap(person=person, label=label, at=at, times=times):
                await face.tap(person, label, at, times)
            case Fill() | CloseForm() as form:
                await (face.fill(form) if isinstance(form, Fill) else face.close_form(form.person))
            case Picture(person=person, words=words):
                await face.picture(person, words)
            case SendPapers() | EndReading() as papers:
                await self._act_on_papers(papers)
            case Accept(person=person, what=what):
                await face.accept(person, self._filled_in(what))
            case Later(step=span):
                await self._bot.pass_time(span)
            case Restart(killed=killed):
                await (self._bot.kill() if killed else self._bot.restart())
            case _:
                await self._act_beside_the_chat(step)

    async def _act_on_papers(self, action: SendPapers | EndReading) -> None:
        if isinstance(action, EndReading):
            self._bot.reader.let_go()
            await self._bot.settled()
            return
        if self._transcript.head.slow:
            self._bot.reader.hold()
        await self._face.send(action)

    async def _act_beside_the_chat(self, step: Step) -> None:
        match step.action:
            case OpenPage(person=person):
                await self._face.open_page(person)
            case TapPage(person=person, label=label):
                await self._face.tap_page(person, label)
            case Choose(person=person, entry=entry, words=words, group=group):
                await self._face.choose(person, entry, words, group)

    def _filled_in(self, words: str) -> str:
        try:
            return filled_in(words, self._known)
        except KeyError as unknown:
            raise Wrong(f"nothing is known by the name {unknown}") from unknown

    def _compare(self, step: Step, news: News) -> None:
        self._compare_opened(step, news)
        differences: list[str] = []
        expected: dict[Place, list[Seen]] = {}
        for seen in self._here(step):
            if not seen.note:
                expected.setdefault(self._place(seen), []).append(seen)
        for place in {**expected, **news.messages}:
            if place.viewer is not None and place.viewer == self._hidden:
                continue  # a transcript that does not name an admin does not tell what admins see
            differences += self._differences(place, expected.get(place, []), news.messages.get(place, []))
        differences += self._note_differences(self._here(step), news)
        if differences:
            raise Wrong("\n".join(differences))

    def _here(self, step: Step) -> list[Seen]:
        return [seen for seen in step.seen if seen.platform in (None, self._face.platform)]

    def _place(self, seen: Seen) -> Place:
        if seen.group in (None, PAGE):
            return Place(viewer=seen.viewer, group=seen.group)
        # Where a platform has no message in a group for one person alone, it is for all to see.
        alone = seen.alone and self._face.platform == "slack"
        return Place(viewer=seen.viewer if alone else None, group=seen.group)

    def _compare_opened(self, step: Step, news: News) -> None:
        """Compare the forms that opened; a first question that is expected as a form is no message any more."""
        for person, title in news.windows.items():
            if step.opens is None or (step.actor, step.opens.title) != (person, title):
                raise Wrong(f"the form “{title}” opens before {person}")
        if step.opens is None:
            return
        actor = step.actor or ""
        asked = news.asked.get(actor)
        if actor not in news.windows and (asked is None or asked[0] != step.opens.title):
            raise Wrong(f"line {step.opens.line}: the form “{step.opens.title}” does not open")
        private = news.messages.get(Place(viewer=actor), [])
        news.messages[Place(viewer=actor)] = [message for message in private if message.lines != asked]

    def _differences(self, place: Place, expected: list[Seen], seen: list[Message]) -> list[str]:
        found: list[str] = []
        for at in range(max(len(expected), len(seen))):
            wanted = expected[at] if at < len(expected) else None
            message = seen[at] if at < len(seen) else None
            if wanted is not None and message is not None and _how(wanted) == _how(message):
                known = matches(wanted.lines, message.lines, self._known)
                if known is not None:
                    self._known = known
                    continue
            found += _difference(place, wanted, message)
        return found

    def _note_differences(self, expected: list[Seen], news: News) -> list[str]:
        """Compare the notes of each person, wherever they stand between the messages: their order is not promised."""
        notes = [(person, note) for person, said in news.notes.items() for note in said if person != self._hidden]
        found: list[str] = []
        for seen in (each for each in expected if each.note):
            for person, note in notes:
                known = matches(seen.lines, lines_of(note, []), self._known)
                if person == seen.viewer and known is not None:
                    self._known = known
                    notes.remove((person, note))
                    break
            else:
                found.append(f"line {seen.line} is missing: {seen.viewer} sees a note\n- > *{seen.lines[0]}*")
        return [*found, *(f"not expected: {person} sees a note\n+ > *{words}*" for person, words in notes)]

    def _compare_files(self, step: Step) -> None:
        for holds in step.holds:
            content = self._face.file(holds.viewer, holds.name)
            expected = "\r\n".join((*holds.lines, "")).encode("utf-8-sig")
            if content != expected:
                raise Wrong(_file_difference(holds, content))

    async def _check_audit(self, step: Step) -> None:
        for tried in step.tried:
            actor = Actor(platform="system", operation="look", workspace_id=self._bot.workspace_id)
            statement = (
                select(AuditRow.after)
                .join(MemberRow, MemberRow.id == AuditRow.member_id)
                .where(AuditRow.action == "forbidden", MemberRow.name == tried.person, AuditRow.at == self._clock.now())
            )
            async with self._bot.service.database.read(actor) as uow:
                rows = [row["what"] for row in await uow.session.scalars(statement)]
            if rows != [tried.what]:
                raise Wrong(f"line {tried.line}: the audit notes of {tried.person}: {rows or 'nothing'}")


def _how(message: Seen | Message) -> str:
    """Return how a message came to be news."""
    return "gone" if message.gone else "changed" if message.changed else "new"


def _file_difference(holds: Holds, content: bytes) -> str:
    heading = f"line {holds.line}: the file {holds.name} holds something else"
    try:
        seen = content.decode().split("\r\n")
    except UnicodeDecodeError:
        return f"{heading}: no words"
    wanted = [f"\ufeff{holds.lines[0]}", *holds.lines[1:], ""]
    return "\n".join([heading, *(line.rstrip() for line in difflib.ndiff(wanted, seen))])


def _difference(place: Place, wanted: Seen | None, message: Message | None) -> list[str]:
    if wanted is None and message is not None:
        what = {"gone": "a message is taken away", "changed": "a message changes", "new": "a message"}[_how(message)]
        return [f"not expected: {what}, for {place}", *quoted(message.lines, "+")]
    if message is None and wanted is not None:
        return [f"line {wanted.line} is missing, for {place}", *quoted(wanted.lines, "-")]
    if wanted is None or message is None:
        return []
    heading = f"line {wanted.line} is another message, for {place}"
    if _how(wanted) != _how(message):
        heading += f" (expected: {_how(wanted)}, seen: {_how(message)})"
    return [heading, *(line.rstrip() for line in difflib.ndiff(quoted(wanted.lines, ""), quoted(message.lines, "")))]
