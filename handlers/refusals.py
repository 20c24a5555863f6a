"""A form that was refused: what somebody typed stays, in the form where it may be sent again, else beside the refusal."""

from collections.abc import Mapping
from dataclasses import replace

from core.conversations import dialogs as store
from core.conversations.dialogs import Dialog
from core.conversations.outgoing import answer
from core.conversations.subjects import Private
from core.kernel.errors import DomainError, Kind
from core.store.unit_of_work import ChangedMeanwhile
from handlers import dialogs
from handlers.answering import Answering
from handlers.forms import Input
from handlers.outcome import Outcome
from handlers.replies import Block, Card, Fields, Paragraph, Row
from handlers.routing import StepDialog, SubmitDialog
from handlers.stored import codec
from handlers.text import Text, Verbatim, text
from handlers.turn import Reader

AGAIN = frozenset({Kind.INVALID, Kind.LIMIT, Kind.UNAVAILABLE})
"""What may go well when the same form is sent once more."""


async def refuse_form(
    reader: Reader, chosen: SubmitDialog | StepDialog, refusal: DomainError, *, watched: bool
) -> Outcome:
    """Say why a form was not taken. `watched`: somebody waits at the edge to show it in the form's window.

    A refusal that names a field leads back to that question. One that names a newer `version` of what the form is about is
    known to the person from then on: sent again, the form is about that version.
    """
    sentence, dialog = Text(refusal.key(), refusal.arguments()), chosen.dialog
    values = _typed(chosen)
    field, version = getattr(refusal, "field", None), getattr(refusal, "version", None)
    if field is None and version is None and not isinstance(refusal, ChangedMeanwhile) and refusal.kind not in AGAIN:
        return await _refuse_for_good(reader, dialog, values, sentence)
    if version is not None and "version" in dialog.arguments:
        await store.renew_dialog(reader.uow, dialog.id, version=str(version))
    position = 0 if field is None else dialogs.first_refused(dialog, values, {field: sentence}).position
    kept = await store.advance_dialog(reader.uow, dialog.id, values=values, position=position)
    outcome = await Answering(reader).say(None)
    if dialog.stepwise:
        await dialogs.ask(reader.uow, kept, sentence)
        return outcome
    if not watched:
        await dialogs.offer_again(reader.uow, kept, {field or "": sentence})
    # Without a field the sentence stands at the window's first one, which stays open with what was typed in it.
    return replace(outcome, toast=sentence) if field is None else replace(outcome, refusals={field: sentence})


async def _refuse_for_good(reader: Reader, dialog: Dialog, values: Mapping[str, str], sentence: Text) -> Outcome:
    """Close a form that cannot be taken any more, and give back what was typed into it."""
    if dialog.stepwise:
        await dialogs.leave_open_dialog(reader.uow, reader.who.account.id)
    else:
        await store.close_dialog(reader.uow, dialog.id, sent=False)
    typed = typed_blocks(dialog, values)
    if dialog.stepwise and not typed:
        return await Answering(reader).say(sentence)
    card = Card(body=(Paragraph(sentence), *typed))
    await answer(reader.uow, codec.pack(card), Private(reader.who.account.id))
    return replace(await Answering(reader).say(None), form_done=True)


def typed_blocks(dialog: Dialog, values: Mapping[str, str]) -> tuple[Block, ...]:
    """Return what was typed into a form, without what stood there before and what was only chosen."""
    form, initial = dialogs.spec_of(dialog).form, dialogs.start_of(dialog).initial
    rows = [
        Row(question.label, Verbatim(values[question.name].strip()))
        for question in form.fields
        if question.input is not Input.CHOICE
        and values.get(question.name, "").strip()
        and values[question.name] != initial.get(question.name)
    ]
    if len(form.fields) == 1:
        return tuple(Paragraph(text("form.you-wrote", typed=values[form.fields[0].name].strip())) for _ in rows)
    return (Fields(tuple(rows)),) if rows else ()


def _typed(chosen: SubmitDialog | StepDialog) -> dict[str, str]:
    if isinstance(chosen, SubmitDialog):
        return chosen.values
    return chosen.dialog.values if chosen.step is None else chosen.step.values
