"""The whole bot between its edges, on one database: what somebody does goes into the dispatcher, and what anybody would read of
it comes back in words. No network; each event takes some ten milliseconds.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from bot.outgoing import Composer
from bot.platform import Refused
from bot.settings import load_settings
from bot.translation import Catalogues, Translator, default_catalogues
from bot.wiring import make_tools
from core.audit.attempts import FORBIDDEN
from core.conversations.outgoing import MESSAGE
from core.conversations.queries import insert_delivery
from core.files.local import LocalFileStore
from core.identity.rules import Account
from core.queue.queries import Work
from core.queue.tables import WorkRow
from core.store.database import Database
from core.store.unit_of_work import Actor
from handlers.catalogue import registry
from handlers.dispatcher import Dispatcher
from handlers.events import AccountKind, ButtonTapped, CommandInvoked, Event, FormFace, Profile, Source
from handlers.forms import OpenedForm
from handlers.outcome import Outcome
from handlers.replies import Block, Card, Fields, Lines, Paragraph, Picture
from tests.fixtures.people import CODE_KEY, actor

PAYLOAD = {"text": "an event of a test"}


@dataclass(frozen=True, kw_only=True)
class Fired:
    """What came of an event: what was done at once, everything that anybody would read of it, the files among it."""

    outcome: Outcome
    read: str
    cards: tuple[tuple[Card, Translator], ...]
    files: tuple[str, ...]
    lanes: frozenset[str]
    """Whom messages were queued for."""
    attempts: tuple[str, ...]
    """What the audit says was tried."""


@dataclass(kw_only=True)
class Ground:
    """One database, and everybody's events."""

    database: Database
    folder: Path
    catalogues: Catalogues = field(default_factory=default_catalogues)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        settings = load_settings({"EXPENSEFLOW_DATA_DIR": str(self.folder)}, self.folder)
        self.tools = replace(make_tools(settings, self.catalogues), code_key=CODE_KEY)
        self.files = LocalFileStore(self.folder / "files", b"the key of a test")
        self._dispatcher = Dispatcher(self.database, self.tools)
        self._composer = Composer(self.database, registry, self.catalogues, self.files)

    def source(self, account: Account, *, private: bool = True, **known: Any) -> Source:
        """Return where an account's next event comes from."""
        number = next(self._numbers)
        slack = account.platform == "slack"
        place = {"channel": f"chat-of-{account.user}" if private else "group", "message": str(number)}
        return Source(
            platform=account.platform,
            installation_id=account.installation_id,
            event_key=f"hostile:{number}",
            user=account.user,
            private=private,
            form_face=FormFace.MODAL if slack else FormFace.STEPWISE,
            interaction=f"trigger-{number}",
            command_prefix="/expense " if slack else "/",
            **(place | known),
        )

    def tap(self, account: Account, action: str, **what: Any) -> ButtonTapped:
        return ButtonTapped(source=self.source(account), action=action, **what)

    def command(self, account: Account, name: str, rest: str = "") -> CommandInvoked:
        return CommandInvoked(source=self.source(account), name=name, rest=rest)

    async def fire(self, event: Event) -> Fired:
        """Have an event handled, and return what came of it."""
        async with self.database.write(actor(platform=event.source.platform)) as uow:
            inbox_id, _ = await insert_delivery(
                uow,
                installation_id=event.source.installation_id,
                event_key=event.source.event_key,
                lane=event.source.channel,
                payload=PAYLOAD,
            )
        outcome = await self._dispatcher.dispatch((inbox_id,), event, _stranger, trace_id=inbox_id, watched=True)
        return await self._fired(outcome, inbox_id)

    async def _fired(self, outcome: Outcome, trace_id: str) -> Fired:
        words = self.catalogues.translator(outcome.language)
        read = [words.translate(each) for each in (outcome.toast, *outcome.refusals.values()) if each is not None]
        if outcome.form is not None:
            read += form_words(outcome.form, words)
        files: list[str] = []
        cards: list[tuple[Card, Translator]] = []
        queued = await self._queued(trace_id)
        for work in queued:
            try:
                outgoing = await self._composer.compose(work, _delivering(work))
            except Refused:
                continue
            if outgoing is None:
                continue
            if outgoing.card is not None:
                read += card_words(outgoing.card, outgoing.words)
                cards.append((outgoing.card, outgoing.words))
            files += [each.name for each in (outgoing.file, outgoing.picture) if each is not None]
        async with self.database.read(actor()) as uow:
            noted = text("SELECT operation FROM audit WHERE action = :forbidden AND trace_id = :trace_id")
            rows = await uow.session.execute(noted, {"forbidden": FORBIDDEN, "trace_id": trace_id})
            attempts = tuple(rows.scalars())
        lanes = frozenset(work.lane for work in queued)
        return Fired(
            outcome=outcome,
            read="\n".join(read),
            cards=tuple(cards),
            files=tuple(files),
            lanes=lanes,
            attempts=attempts,
        )

    async def _queued(self, trace_id: str) -> list[Work]:
        async with self.database.read(actor()) as uow:
            statement = select(WorkRow).where(WorkRow.kind == MESSAGE, WorkRow.trace_id == trace_id)
            return [_as_work(row) for row in await uow.session.scalars(statement.order_by(WorkRow.id))]


async def _stranger() -> Profile:
    return Profile(name="Stig", kind=AccountKind.PERSON, language="en")


def _delivering(work: Work) -> Actor:
    return Actor(platform="system", operation="deliver", workspace_id=work.workspace_id)


def _as_work(row: WorkRow) -> Work:
    return Work(
        id=row.id, kind=row.kind, lane=row.lane, workspace_id=row.workspace_id, payload=row.payload, trace_id=row.trace_id,
        due_at=row.due_at, lease_until=None, owner=None, attempts=0, created_at=row.created_at,
    )  # fmt: skip


def card_words(card: Card, words: Translator) -> list[str]:
    """Return everything that a card says, its buttons included."""
    read = [words.translate(card.title)] if card.title is not None else []
    for block in card.body:
        read += _block_words(block, words)
    return read + [words.translate(button.label) for row in card.buttons for button in row]


def _block_words(block: Block, words: Translator) -> list[str]:
    match block:
        case Paragraph():
            return [words.translate(block.words)]
        case Lines():
            return [words.translate(line) for line in block.lines]
        case Fields():
            return [f"{words.translate(row.label)}: {words.translate(row.value)}" for row in block.rows]
        case Picture():
            return [words.translate(block.alt)]
    return []


def form_words(form: OpenedForm, words: Translator) -> list[str]:
    """Return everything that stands in a form that is opened."""
    read = [words.translate(line) for line in form.start.about]
    read += [*form.start.initial.values(), *form.values.values()]
    return read + [words.translate(choice.label) for choices in form.start.choices.values() for choice in choices]
