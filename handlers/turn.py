"""Turn: what a handler is given. Reader: the same before the transaction, where slow and harmless work belongs."""

from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from core.identity.rules import Account, Member
from core.kernel.clock import local_date
from core.language import Phrasebook
from core.store.unit_of_work import UnitOfWork
from handlers.events import Event, Source
from handlers.forms import Reading

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Somebody who looks at a subject: the reader's unit of work, and who they are."""

    uow: UnitOfWork
    who: Who


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What `prepare` and `start` are given: the event, who it is, the reader's unit of work, the words of their language."""

    uow: UnitOfWork
    who: Who
    event: Event
    phrasebook: Phrasebook

    @property
    def member(self) -> Member:
        """Return the member. Only for what strangers cannot reach; the dispatcher sees to that."""
        return _member(self.who)

    @property
    def reading(self) -> Reading:
        """Return how this person's words are to be read."""
        member = self.member
        return Reading(
            locale=member.language, now=member.local(self.uow.now), currency=member.currency, phrasebook=self.phrasebook
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn(Generic[A]):
    """One event inside its one transaction. `dialog_arguments`: what the form was opened with."""

    uow: UnitOfWork
    who: Who
    event: Event
    arguments: A
    dialog_arguments: dict[str, str]

    @property
    def source(self) -> Source:
        """Return where the event comes from."""
        return self.event.source

    @property
    def member(self) -> Member:
        """Return the member. Only for what strangers cannot reach; the dispatcher sees to that."""
        return _member(self.who)

    @property
    def today(self) -> date:
        """Return the calendar date where the person is."""
        return local_date(self.uow.now, self.member.time_zone)


def _member(who: Who) -> Member:
    if who.member is None:
        raise RuntimeError("a stranger reached what is for members: the registry's declaration is wrong")
    return who.member
