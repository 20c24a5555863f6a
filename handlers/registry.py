"""The registry: the only list of what the bot can do and show. Menus, manifest, help, permissions follow from it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from core.conversations.subjects import Notice, Subject
from core.identity.rules import Permission
from handlers.events import Event
from handlers.forms import Form, FormStart
from handlers.replies import Card, Replies
from handlers.text import Text
from handlers.turn import Asker, Reader, Turn

Handler = Callable[[Turn[Any]], Awaitable[Replies]]
Prepare = Callable[[Reader], Awaitable[Any]]
H = TypeVar("H", bound=Callable[..., Any])


class Where(StrEnum):
    """Where a command is offered in menus; it works everywhere, and answers privately."""

    ANYWHERE = "anywhere"
    PRIVATE = "private"


async def _nothing_to_prepare(_reader: Reader) -> None:
    """Leave the arguments empty: the handler needs nothing but its turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSpec:
    """A command. `summary` is its line in menus, `examples` are keys of sentences for the help page.

    `prepare` runs on the reader before the transaction, with everything slow: it returns the turn's arguments.
    `opens_form`: an edge that has little time for it may show a window that waits.
    `enters_workspace`: it runs outside any workspace, since it may lead into another than the person's current one.
    """

    name: str
    handle: Handler
    needs: Permission | None
    where: Where
    prepare: Prepare
    for_strangers: bool
    enters_workspace: bool
    opens_form: bool

    @property
    def summary(self) -> Text:
        """Return the line that menus and help show."""
        return Text(f"command.{self.name}.summary")


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonSpec:
    """An action of a button. `subject`: the kind of what it is about, so that a tap adopts the message it sits on."""

    action: str
    handle: Handler
    needs: Permission | None
    subject: str | None
    prepare: Prepare
    for_strangers: bool
    opens_form: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortcutSpec:
    """An entry in the menu of every message, on platforms that have one. `title` and `summary` are what the menu shows."""

    name: str
    handle: Handler
    needs: Permission | None
    prepare: Prepare
    opens_form: bool

    @property
    def title(self) -> Text:
        """Return the entry's words."""
        return Text(f"shortcut.{self.name}.title")

    @property
    def summary(self) -> Text:
        """Return what it does, for who sets the app up."""
        return Text(f"shortcut.{self.name}.summary")


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSpec:
    """A form and what happens when it is sent. `start` loads what stands already, on the reader."""

    form: Form[Any]
    handle: Handler
    needs: Permission | None
    start: Callable[[Reader, Mapping[str, str]], Awaitable[FormStart]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerSpec:
    """What answers an event that is no command, button or form: words, files, an edited message."""

    event: type
    handle: Handler
    needs: Permission | None
    prepare: Prepare
    for_strangers: bool


@dataclass(slots=True)
class Registry:
    """All specs by their names. Filled by the decorators when handlers' modules are imported, read by everybody else."""

    commands: dict[str, CommandSpec] = field(default_factory=dict)
    buttons: dict[str, ButtonSpec] = field(default_factory=dict)
    shortcuts: dict[str, ShortcutSpec] = field(default_factory=dict)
    forms: dict[str, FormSpec] = field(default_factory=dict)
    listeners: dict[type, ListenerSpec] = field(default_factory=dict)
    shows: dict[str, Callable[[Asker, str], Awaitable[Card | None]]] = field(default_factory=dict)
    tells: dict[str, Callable[[Notice], Card]] = field(default_factory=dict)

    def command(
        self,
        name: str,
        *,
        needs: Permission | None = None,
        where: Where = Where.ANYWHERE,
        prepare: Prepare = _nothing_to_prepare,
        for_strangers: bool = False,
        enters_workspace: bool = False,
        opens_form: bool = False,
    ) -> Callable[[H], H]:
        """Declare the command `name`; only people with `needs` see and use it; strangers only where said."""

        def declare(handle: H) -> H:
            spec = CommandSpec(
                name=name,
                handle=handle,
                needs=needs,
                where=where,
                prepare=prepare,
                for_strangers=for_strangers,
                enters_workspace=enters_workspace,
                opens_form=opens_form,
            )
            _put(self.commands, name, spec)
            return handle

        return declare

    def button(
        self,
        action: str,
        *,
        needs: Permission | None = None,
        subject: str | None = None,
        prepare: Prepare = _nothing_to_prepare,
        for_strangers: bool = False,
        opens_form: bool = False,
    ) -> Callable[[H], H]:
        """Declare the action of a button; strangers may tap it only where said."""

        def declare(handle: H) -> H:
            _put(
                self.buttons,
                action,
                ButtonSpec(
                    action=action,
                    handle=handle,
                    needs=needs,
                    subject=subject,
                    prepare=prepare,
                    for_strangers=for_strangers,
                    opens_form=opens_form,
                ),
            )
            return handle

        return declare

    def form(
        self,
        form: Form[Any],
        *,
        start: Callable[[Reader, Mapping[str, str]], Awaitable[FormStart]],
        needs: Permission | None = None,
    ) -> Callable[[H], H]:
        """Declare a form; the handler gets what the form built as its arguments."""

        def declare(handle: H) -> H:
            _put(self.forms, form.key, FormSpec(form=form, handle=handle, needs=needs, start=start))
            return handle

        return declare

    def shortcut(
        self,
        name: str,
        *,
        needs: Permission | None = None,
        prepare: Prepare = _nothing_to_prepare,
        opens_form: bool = False,
    ) -> Callable[[H], H]:
        """Declare an entry in the menu of every message."""

        def declare(handle: H) -> H:
            spec = ShortcutSpec(name=name, handle=handle, needs=needs, prepare=prepare, opens_form=opens_form)
            _put(self.shortcuts, name, spec)
            return handle

        return declare

    def listens(
        self,
        event: type[Event],
        *,
        needs: Permission | None = None,
        prepare: Prepare = _nothing_to_prepare,
        for_strangers: bool = False,
    ) -> Callable[[H], H]:
        """Declare what answers events of a class that name no command, button or form."""

        def declare(handle: H) -> H:
            spec = ListenerSpec(event=event, handle=handle, needs=needs, prepare=prepare, for_strangers=for_strangers)
            _put(self.listeners, event, spec)
            return handle

        return declare

    def showing(self, subject: str) -> Callable[[H], H]:
        """Declare how a subject becomes a card, from its current state, for one reader; None: the reader may not see it."""

        def declare(show: H) -> H:
            _put(self.shows, subject, show)
            return show

        return declare

    def telling(self, notice: str) -> Callable[[H], H]:
        """Declare how a notice becomes a card."""

        def declare(tell: H) -> H:
            _put(self.tells, notice, tell)
            return tell

        return declare

    def commands_for(self, permissions: frozenset[Permission]) -> tuple[CommandSpec, ...]:
        """Return the commands that somebody with these permissions may use, in the order of their declaration."""
        return tuple(spec for spec in self.commands.values() if spec.needs is None or spec.needs in permissions)

    async def show(self, asker: Asker, subject: Subject) -> Card | None:
        """Return the card of a subject as it stands now, or None when the asker may not see it or it is gone."""
        return await self.shows[subject.kind](asker, subject.id)


def _put(table: dict[Any, Any], name: object, spec: object) -> None:
    if name in table:
        raise ValueError(f"{name!r} is declared twice")
    table[name] = spec


registry = Registry()
command = registry.command
button = registry.button
shortcut = registry.shortcut
form = registry.form
listens = registry.listens
shows = registry.showing
tells = registry.telling
