"""Dialogs: forms that are open. A modal is sent as a whole; the other face asks field by field in the private chat."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.conversations import dialogs
from core.conversations.dialogs import Dialog
from core.conversations.outgoing import answer, remove
from core.conversations.subjects import Private, Subject
from core.store.unit_of_work import UnitOfWork
from handlers.events import FormFace
from handlers.forms import Choice, Field, FieldRefused, FormStart, Input, OpenedForm, Reading
from handlers.registry import FormSpec, registry
from handlers.replies import Button, Card, OpenForm, Paragraph, Style
from handlers.stored import codec
from handlers.text import Text, Verbatim, text
from handlers.turn import Reader

DIALOG = "dialog"
CHOICES_IN_A_ROW = 2
CHOOSE, KEEP, FINISH, BACK, CANCEL = "form.choose", "form.keep", "form.finish", "form.back", "form.cancel"
REOPEN = "form.reopen"
STEP_ACTIONS = frozenset({CHOOSE, KEEP, FINISH, BACK, CANCEL})


@dataclass(frozen=True, slots=True)
class Step:
    """What a person's answer leads to: the values so far, the question that comes next, and what was refused.

    `result`: what the form built, once the last question is answered.
    """

    values: dict[str, str]
    position: int
    refusal: Text | None = None
    result: Any = None
    complete: bool = False


def spec_of(dialog: Dialog) -> FormSpec:
    """Return the declaration of a dialog's form."""
    return registry.forms[dialog.form]


def start_of(dialog: Dialog) -> FormStart:
    """Return what the form was opened with."""
    start = codec.unpack(dialog.start)
    if not isinstance(start, FormStart):
        raise TypeError("a dialog's beginning is a FormStart")
    return start


def opened(dialog: Dialog, refusals: Mapping[str, Text] | None = None) -> OpenedForm:
    """Return a dialog as an edge shows it."""
    return OpenedForm(
        form=spec_of(dialog).form,
        dialog_id=dialog.id,
        start=start_of(dialog),
        values=dict(dialog.values),
        refusals=dict(refusals or {}),
    )


async def open_form(reader: Reader, reply: OpenForm) -> OpenedForm | None:
    """Open a form: return it for a modal, or None after its first question, or a card with a button, was queued."""
    spec = registry.forms[reply.form]
    start = await spec.start(reader, reply.arguments)
    source = reader.event.source
    stepwise = source.form_face is FormFace.STEPWISE
    if stepwise:
        await leave_open_dialog(reader.uow, reader.who.account.id)
    dialog = await dialogs.open_dialog(
        reader.uow,
        account_id=reader.who.account.id,
        form=reply.form,
        arguments=reply.arguments,
        start=codec.pack(start),
        values=dict(start.initial),
        stepwise=stepwise,
    )
    if stepwise:
        await ask(reader.uow, dialog)
        return None
    if source.interaction is None:
        await offer_again(reader.uow, dialog, {})
        return None
    return opened(dialog)


async def leave_open_dialog(uow: UnitOfWork, account_id: str) -> Dialog | None:
    """Close the form that an account is being asked, if any, and take its question away."""
    dialog = await dialogs.open_stepwise_dialog(uow, account_id)
    if dialog is not None:
        await dialogs.close_dialog(uow, dialog.id, sent=False)
        await remove(uow, Subject(DIALOG, dialog.id), Private(account_id))
    return dialog


async def ask(uow: UnitOfWork, dialog: Dialog, refusal: Text | None = None) -> None:
    """Queue the question that a stepwise dialog is at, as the last message of the chat."""
    subject = Subject(DIALOG, dialog.id)
    await remove(uow, subject, Private(dialog.account_id))
    await answer(uow, codec.pack(question_card(dialog, refusal)), Private(dialog.account_id))


async def offer_again(uow: UnitOfWork, dialog: Dialog, refusals: Mapping[str, Text]) -> None:
    """Queue a card that opens a form anew: where no window could be opened, or what was refused could not be shown."""
    title = spec_of(dialog).form.title
    body = [Paragraph(sentence) for sentence in refusals.values()] or [Paragraph(text("form.open-hint"))]
    button = Button(action=REOPEN, label=text("form.open"), subject_id=dialog.id, style=Style.PRIMARY)
    card = Card(title=title, body=tuple(body), buttons=((button,),))
    await answer(uow, codec.pack(card), Private(dialog.account_id))


def question_card(dialog: Dialog, refusal: Text | None = None) -> Card:
    """Return the question of a dialog: what is asked, what stands there, and the ways on, back and out."""
    form = spec_of(dialog).form
    question = form.fields[dialog.position]
    start = start_of(dialog)
    current = dialog.values.get(question.name, "")
    body = [Paragraph(line) for line in start.about]
    body += [Paragraph(refusal)] if refusal else []
    body.append(Paragraph(_asked(question.label, dialog.position + 1, len(form.fields))))
    if current:
        body.append(Paragraph(text("form.current", value=_shown(question, current, start))))
    if question.hint:
        body.append(Paragraph(question.hint, quiet=True))
    rows = _choice_rows(dialog, question, start)
    keep = []
    if current:
        keep.append(_button(dialog, KEEP, text("form.keep"), style=Style.PRIMARY))
    elif question.optional:
        keep.append(_button(dialog, KEEP, text("form.skip")))
    if dialog.position + 1 < len(form.fields) and _complete(dialog):
        keep.append(_button(dialog, FINISH, form.submit))
    way_out = [_button(dialog, CANCEL, text("form.cancel"))]
    if dialog.position > 0:
        way_out.insert(0, _button(dialog, BACK, text("button.back")))
    return Card(
        title=form.title,
        body=tuple(body),
        buttons=tuple(tuple(row) for row in (*rows, keep, way_out) if row),
        subject=Subject(DIALOG, dialog.id),
    )


def _asked(label: Text, number: int, total: int) -> Text:
    """Return a question with its place among the others; one alone has none."""
    return label if total == 1 else text("form.question", label=label, number=number, total=total)


def take_answer(dialog: Dialog, typed: str, reading: Reading) -> Step:
    """Return where an answer to the current question leads. Typing nothing is not an answer."""
    spec = spec_of(dialog)
    question = spec.form.fields[dialog.position]
    start = start_of(dialog)
    values = dict(dialog.values)
    try:
        spec.form.parse_field(question.name, _chosen(question, typed, start), reading, start)
    except FieldRefused as refused:
        return Step(values=values, position=dialog.position, refusal=refused.sentence)
    values[question.name] = _chosen(question, typed, start)
    if dialog.position + 1 < len(spec.form.fields):
        return Step(values=values, position=dialog.position + 1)
    return finish(replace(dialog, values=values), reading)


def finish(dialog: Dialog, reading: Reading) -> Step:
    """Return the step that sends the form with what stands in it: nobody goes through four questions to mend one."""
    result, refusals = spec_of(dialog).form.parse(dialog.values, reading, start_of(dialog))
    if refusals:
        return first_refused(dialog, dict(dialog.values), refusals)
    return Step(values=dict(dialog.values), position=dialog.position, result=result, complete=True)


def _complete(dialog: Dialog) -> bool:
    return all(question.optional or dialog.values.get(question.name) for question in spec_of(dialog).form.fields)


def first_refused(dialog: Dialog, values: dict[str, str], refusals: Mapping[str, Text]) -> Step:
    """Return the step back to the first question whose answer is refused."""
    for position, question in enumerate(spec_of(dialog).form.fields):
        if question.name in refusals:
            return Step(values=values, position=position, refusal=refusals[question.name])
    raise KeyError(f"{sorted(refusals)} are no fields of {dialog.form}")


def _chosen(question: Field, typed: str, start: FormStart) -> str:
    """Return the key of a choice that was typed in words, or what was typed."""
    if question.input is not Input.CHOICE:
        return typed
    for choice in start.choices.get(question.name, ()):
        if isinstance(choice.label, Verbatim) and choice.label.words.casefold() == typed.strip().casefold():
            return choice.key
    return typed.strip().casefold()


def _shown(question: Field, current: str, start: FormStart) -> Text | str:
    for choice in start.choices.get(question.name, ()):
        if choice.key == current:
            return choice.label if isinstance(choice.label, Text) else choice.label.words
    return current


def _choice_rows(dialog: Dialog, question: Field, start: FormStart) -> list[list[Button]]:
    choices = start.choices.get(question.name, ())
    buttons = [_choice_button(dialog, choice) for choice in choices]
    return [buttons[at : at + CHOICES_IN_A_ROW] for at in range(0, len(buttons), CHOICES_IN_A_ROW)]


def _choice_button(dialog: Dialog, choice: Choice) -> Button:
    return Button(action=CHOOSE, label=choice.label, subject_id=dialog.id, version=dialog.position, choice=choice.key)


def _button(dialog: Dialog, action: str, label: Text, style: Style = Style.PLAIN) -> Button:
    """Return a button of the current question; its version is the position, so that an older question's tap is known."""
    return Button(action=action, label=label, subject_id=dialog.id, version=dialog.position, style=style)
