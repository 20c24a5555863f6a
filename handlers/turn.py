"""Turn: what a handler is given. Reader: the same before the transaction, where slow and harmless work belongs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, TypeVar

from core.flows.own_expenses import By
from core.identity.rules import Account, Member
from core.kernel.clock import local_date
from core.language import Phrasebook
from core.money import Money
from core.store.unit_of_work import UnitOfWork
from handlers.events import ButtonTapped, CommandInvoked, Event, FormFace, Source
from handlers.forms import Reading
from handlers.text import Words

A = TypeVar("A")


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """The person behind an event: always an account; a member of its current workspace, or a stranger (None)."""

    account: Account
    member: Member | None

    @property
    def language(self) -> str:
        """Return the language to speak: the member's, else the one that the platform hinted at."""
        return self.member.language if self.member else self.account.language

    @property
    def time_zone(self) -> str:
        """Return the IANA zone in which the person reads the clock; UTC for a stranger, whose zone nobody knows."""
        return self.member.time_zone if self.member else "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What handlers need of the outside, filled in by the wiring.

    `code_key`: what one-time codes are digested with. `phrasebook`: the words that people of a language type; the first
    time it is read from files, which takes a while.
    `languages`: those that the bot speaks; `negotiate`: the one of them for a platform's hint.
    `invitation`: what a person does with a code on a platform, given its name and the installation's: a link, a command.
    `typed`: a value as a person of a language would type it, such that the same form's parser reads it back.
    `translate`: what a person of a language reads, for what they may type as well.
    """

    code_key: bytes
    phrasebook: Callable[[str], Awaitable[Phrasebook]]
    languages: tuple[str, ...]
    negotiate: Callable[[str | None], str]
    invitation: Callable[[str, str, str], str]
    typed: Callable[[Money | date, str], str]
    translate: Callable[[Words, str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Somebody who looks at a subject: the reader's unit of work, and who they are."""

    uow: UnitOfWork
    who: Who


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What `prepare` and `start` are given: the event, who it is, the reader's unit of work."""

    uow: UnitOfWork
    who: Who
    event: Event
    tools: Tools

    @property
    def member(self) -> Member:
        """Return the member. Only for what strangers cannot reach; the dispatcher sees to that."""
        return _member(self.who)

    @property
    def rest(self) -> str:
        """Return what followed the command; "" for other events."""
        return self.event.rest.strip() if isinstance(self.event, CommandInvoked) else ""

    async def reading(self) -> Reading:
        """Return how this person's words are to be read."""
        member = self.member
        return Reading(
            locale=member.language,
            now=member.local(self.uow.now),
            currency=member.currency,
            phrasebook=await self.tools.phrasebook(member.language),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn(Generic[A]):
    """One event inside its one transaction. `dialog_arguments`: what the form was opened with."""

    uow: UnitOfWork
    who: Who
    event: Event
    arguments: A
    tools: Tools
    dialog_arguments: dict[str, str] = field(default_factory=dict)

    @property
    def source(self) -> Source:
        """Return where the event comes from."""
        return self.event.source

    @property
    def member(self) -> Member:
        """Return the member. Only for what strangers cannot reach; the dispatcher sees to that."""
        return _member(self.who)

    @property
    def by(self) -> By:
        """Return who acts, for the flows."""
        return By(member=self.member, account=self.who.account)

    @property
    def tap(self) -> ButtonTapped:
        """Return the tap. Only for the handlers of buttons."""
        if not isinstance(self.event, ButtonTapped):
            raise TypeError("only a tap leads here")
        return self.event

    @property
    def fresh(self) -> bool:
        """Tell whether what is shown now belongs at the end of the chat, below the talk that a stepwise form was."""
        return self.source.form_face is FormFace.STEPWISE

    @property
    def today(self) -> date:
        """Return the calendar date where the person is."""
        return local_date(self.uow.now, self.member.time_zone)


def _member(who: Who) -> Member:
    if who.member is None:
        raise RuntimeError("a stranger reached what is for members: the registry's declaration is wrong")
    return who.member
