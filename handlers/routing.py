"""Which handler an event is for: from the registry, the open dialog, and who it is. Nothing is changed here."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from core.conversations import dialogs as store
from core.conversations.dialogs import Dialog
from core.conversations.tables import DialogState
from core.identity.rules import Permission
from core.kernel.errors import DomainError
from handlers import dialogs
from handlers.command_words import command_alike, command_named
from handlers.events import (
    ButtonTapped,
    CommandInvoked,
    Event,
    FormCancelled,
    FormSubmitted,
    MessageEdited,
    ShortcutInvoked,
    TextReceived,
)
from handlers.registry import Handler, registry
from handlers.text import Text
from handlers.turn import Reader

BACK_COMMAND, CANCEL_COMMAND = "back", "cancel"
STEP_COMMANDS = {BACK_COMMAND: dialogs.BACK, CANCEL_COMMAND: dialogs.CANCEL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Handle:
    """Run a handler with what was prepared for it. `subject`: what the tapped message shows, by kind."""

    operation: str
    handler: Handler
    arguments: Any
    needs: Permission | None = None
    for_strangers: bool = False
    enters_workspace: bool = False
    subject: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDialog:
    """Go on with a stepwise form: an answer was given (`step`), or it is gone back or left."""

    operation: str
    dialog: Dialog
    action: str
    step: dialogs.Step | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitDialog:
    """Take a form that was sent as a whole: what it built, or what is refused."""

    operation: str
    dialog: Dialog
    values: dict[str, str]
    result: Any = None
    refusals: dict[str, Text] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseDialog:
    """A form's window was closed."""

    operation: str
    dialog: Dialog


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen:
    """Open a dialog's window again, with what was typed."""

    operation: str
    dialog: Dialog


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Answer with a sentence: nothing here is to be done. `None`: not even that, as the bot was not meant.

    `tried`: what a stranger wanted, for the audit.
    """

    operation: str
    words: Text | None
    tried: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """Refuse what somebody wants: that was found out while it was looked at, before the transaction."""

    operation: str
    refusal: DomainError


Route = Handle | StepDialog | SubmitDialog | CloseDialog | Reopen | Say | Refuse
Prepare = Callable[[Reader], Awaitable[Any]]


def opens_form(event: Event) -> bool:
    """Tell whether an event asks for a form's window, by its declaration alone."""
    if isinstance(event, CommandInvoked):
        command = registry.commands.get(event.name)
        return command is not None and command.opens_form
    if isinstance(event, ButtonTapped):
        button = registry.buttons.get(event.action)
        return event.action == dialogs.REOPEN or (button is not None and button.opens_form)
    if isinstance(event, ShortcutInvoked):
        shortcut = registry.shortcuts.get(event.name)
        return shortcut is not None and shortcut.opens_form
    return False


async def route(reader: Reader) -> Route:
    """Return what an event is for. Reads; parses what people typed, which is slow work that no transaction waits for."""
    try:
        return await _route(reader)
    except DomainError as refusal:
        return Refuse(operation=f"event:{type(reader.event).__name__}", refusal=refusal)


async def _route(reader: Reader) -> Route:
    event = reader.event
    if isinstance(event, CommandInvoked):
        return await _command(reader, event)
    if isinstance(event, ButtonTapped):
        return await _button(reader, event)
    if isinstance(event, ShortcutInvoked):
        return await _shortcut(reader, event)
    if isinstance(event, FormSubmitted):
        return await _submission(reader, event)
    if isinstance(event, FormCancelled):
        return await _closed(reader, event)
    if isinstance(event, TextReceived) and event.source.private and reader.who.member is not None:
        dialog = await store.open_stepwise_dialog(reader.uow, reader.who.account.id)
        if dialog is not None:
            return await _answered(reader, dialog, event.text)
    if isinstance(event, TextReceived) and event.addressed:
        name = command_named(reader, event.text)
        if name is not None:
            return await _command(reader, CommandInvoked(source=event.source, name=name, free_text=event.text))
    return await _listener(reader, event)


async def _command(reader: Reader, event: CommandInvoked) -> Route:
    if event.name in STEP_COMMANDS and reader.who.member is not None:
        dialog = await store.open_stepwise_dialog(reader.uow, reader.who.account.id)
        if dialog is None:
            return Say(operation=f"command:{event.name}", words=Text("form.none-open"))
        return StepDialog(operation=f"form:{dialog.form}", dialog=dialog, action=STEP_COMMANDS[event.name])
    spec = registry.commands.get(event.name)
    if spec is None and (event.free_text is None or not event.rest):
        # Where a command may also be a sentence, words after it tell that it is one.
        spec = registry.commands.get(command_named(reader, event.name) or "")
    if spec is None:
        unknown = _unknown(reader, event)
        if unknown is None and event.free_text is not None:
            return await _listener(reader, TextReceived(source=event.source, text=event.free_text))
        return Say(operation="command:unknown", words=unknown)
    arguments = None
    if reader.who.member is not None or spec.for_strangers:
        arguments = await spec.prepare(reader)
    return Handle(
        operation=f"command:{spec.name}",
        handler=spec.handle,
        arguments=arguments,
        needs=spec.needs,
        for_strangers=spec.for_strangers,
        enters_workspace=spec.enters_workspace,
    )


def _unknown(reader: Reader, event: CommandInvoked) -> Text | None:
    """Return what to say to a command that there is none of; in a group it may be another bot's, and nothing is said.

    Nor is anything said of what may be a sentence, unless it is one word and nearly a command's name.
    """
    source, is_sentence = event.source, event.free_text is not None
    alike = None if is_sentence and event.rest else command_alike(reader, event.name)
    if not source.private or (is_sentence and alike is None):
        return None
    if reader.who.member is None:
        return Text("stranger.hello", {"start": source.command("start", "CODE")})
    said = {"command": source.command(event.name), "help": source.command("help")}
    if alike is None:
        return Text("command.unknown", said)
    return Text("command.nearly", said | {"nearly": source.command(alike)})


async def _button(reader: Reader, event: ButtonTapped) -> Route:
    spec = registry.buttons.get(event.action)
    if reader.who.member is None and (spec is None or not spec.for_strangers):
        return Say(operation="button:stranger", words=Text("stranger.toast"), tried=f"button:{event.action}")
    if event.action in dialogs.STEP_ACTIONS:
        return await _step_button(reader, event)
    if event.action == dialogs.REOPEN:
        dialog = await _open_dialog(reader, event.subject_id)
        if dialog is None:
            return Say(operation="form:gone", words=Text("form.gone"))
        return Reopen(operation=f"form:{dialog.form}", dialog=dialog)
    if spec is None:
        return Say(operation="button:unknown", words=Text("button.unknown"))
    return Handle(
        operation=f"button:{spec.action}",
        handler=spec.handle,
        arguments=await spec.prepare(reader),
        needs=spec.needs,
        for_strangers=spec.for_strangers,
        subject=spec.subject,
    )


async def _shortcut(reader: Reader, event: ShortcutInvoked) -> Route:
    spec = registry.shortcuts.get(event.name)
    if spec is None:
        return Say(operation="shortcut:unknown", words=None)
    arguments = await spec.prepare(reader) if reader.who.member is not None else None
    return Handle(operation=f"shortcut:{spec.name}", handler=spec.handle, arguments=arguments, needs=spec.needs)


async def _step_button(reader: Reader, event: ButtonTapped) -> Route:
    dialog = await _open_dialog(reader, event.subject_id)
    if dialog is None or not dialog.stepwise:
        return Say(operation="form:gone", words=Text("form.gone"))
    if event.version != dialog.position:
        return Say(operation="form:old-question", words=Text("form.old-question"))
    if event.action == dialogs.CHOOSE:
        return await _answered(reader, dialog, event.choice or "")
    if event.action == dialogs.KEEP:
        question = dialogs.spec_of(dialog).form.fields[dialog.position]
        return await _answered(reader, dialog, dialog.values.get(question.name, ""))
    if event.action == dialogs.FINISH:
        step = dialogs.finish(dialog, await reader.reading())
        return StepDialog(operation=f"form:{dialog.form}", dialog=dialog, action=event.action, step=step)
    return StepDialog(operation=f"form:{dialog.form}", dialog=dialog, action=event.action)


async def _answered(reader: Reader, dialog: Dialog, typed: str) -> StepDialog:
    step = dialogs.take_answer(dialog, typed, await reader.reading())
    return StepDialog(operation=f"form:{dialog.form}", dialog=dialog, action=dialogs.CHOOSE, step=step)


async def _submission(reader: Reader, event: FormSubmitted) -> Route:
    dialog = await _any_dialog(reader, event.dialog_id)
    if dialog is None:
        return Say(operation="form:gone", words=Text("form.gone"))
    spec = dialogs.spec_of(dialog)
    result, refusals = spec.form.parse(event.values, await reader.reading(), dialogs.start_of(dialog))
    return SubmitDialog(
        operation=f"form:{dialog.form}", dialog=dialog, values=event.values, result=result, refusals=refusals
    )


async def _closed(reader: Reader, event: FormCancelled) -> Route:
    dialog = await _open_dialog(reader, event.dialog_id)
    if dialog is None:
        return Say(operation="form:gone", words=None)
    return CloseDialog(operation=f"form:{dialog.form}", dialog=dialog)


async def _listener(reader: Reader, event: Event) -> Route:
    if not getattr(event, "addressed", True):
        return Say(operation="not-addressed", words=None)
    if isinstance(event, MessageEdited) and not event.source.private and reader.who.member is None:
        # An edit does not tell whether the bot was meant; of a stranger's words there is nothing to correct.
        return Say(operation="not-addressed", words=None)
    spec = registry.listeners.get(type(event))
    if spec is None:
        return Say(operation="nothing-to-do", words=None)
    reader = Reader(uow=reader.uow, who=reader.who, event=event, tools=reader.tools)
    is_member = reader.who.member is not None
    return Handle(
        operation=f"event:{type(event).__name__}",
        handler=spec.handle,
        arguments=await spec.prepare(reader) if is_member else None,
        needs=spec.needs if is_member else None,  # a stranger who says something has tried nothing
        for_strangers=spec.for_strangers,
    )


async def _any_dialog(reader: Reader, dialog_id: str | None) -> Dialog | None:
    if dialog_id is None or reader.who.member is None:
        return None
    return await store.find_dialog(reader.uow, dialog_id, reader.who.account.id)


async def _open_dialog(reader: Reader, dialog_id: str | None) -> Dialog | None:
    dialog = await _any_dialog(reader, dialog_id)
    return dialog if dialog is not None and dialog.state is DialogState.OPEN else None
