"""Open forms, as rows: they survive a restart, and a second submission finds that the first was taken."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, select, update

from core.conversations.tables import DialogRow, DialogState
from core.store.statements import changed_one, prepared
from core.store.unit_of_work import UnitOfWork

STEPWISE_VALID = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialog:
    """A form of an account. `start` is the packed FormStart, `values` what was typed so far, `position` the next question."""

    id: str
    account_id: str
    form: str
    arguments: dict[str, str]
    start: Any
    values: dict[str, str]
    position: int
    stepwise: bool
    state: DialogState


async def open_dialog(
    uow: UnitOfWork,
    *,
    account_id: str,
    form: str,
    arguments: Mapping[str, str],
    start: Any,
    values: Mapping[str, str],
    stepwise: bool,
) -> Dialog:
    """Open a form for an account."""
    row = DialogRow(
        id=uow.new_id(),
        account_id=account_id,
        form=form,
        arguments=dict(arguments),
        start=start,
        values=dict(values),
        position=0,
        stepwise=stepwise,
        state=DialogState.OPEN,
        opened_at=uow.now,
    )
    uow.session.add(row)
    await uow.session.flush()
    return _dialog(row)


async def find_dialog(uow: UnitOfWork, dialog_id: str, account_id: str) -> Dialog | None:
    """Return a dialog of this account, open or not; another's is not found."""
    row = await _row(uow, dialog_id)
    return None if row is None or row.account_id != account_id else _dialog(row)


_STEPWISE = prepared(
    select(*(getattr(DialogRow, field.name).label(field.name) for field in fields(Dialog)))
    .where(
        DialogRow.account_id == bindparam("account_id"),
        DialogRow.state == DialogState.OPEN,
        DialogRow.stepwise.in_([True]),
        DialogRow.opened_at.between(bindparam("after"), bindparam("before")),
    )
    .order_by(DialogRow.id.desc())
    .limit(1)
)


async def open_stepwise_dialog(uow: UnitOfWork, account_id: str) -> Dialog | None:
    """Return the form that an account is being asked field by field, the newest if there are several.

    One that was left for STEPWISE_VALID is asked no more: what is written then is meant anew.
    """
    found = await _STEPWISE.run(
        uow, account_id=account_id, after=uow.now - STEPWISE_VALID, before=uow.now + STEPWISE_VALID
    )
    row = found.mappings().first()
    return None if row is None else Dialog(**row)


async def advance_dialog(uow: UnitOfWork, dialog_id: str, *, values: Mapping[str, str], position: int) -> Dialog:
    """Keep what was typed, and go to another question."""
    row = await _row(uow, dialog_id)
    if row is None:
        raise LookupError(f"dialog {dialog_id} is gone")
    row.values, row.position = dict(values), position
    await uow.session.flush()
    return _dialog(row)


async def renew_dialog(uow: UnitOfWork, dialog_id: str, **arguments: str) -> None:
    """Put other arguments in the place of what a form was opened with: it is about something newer now."""
    row = await _row(uow, dialog_id)
    if row is not None:
        row.arguments = row.arguments | arguments
        await uow.session.flush()


async def close_dialog(uow: UnitOfWork, dialog_id: str, *, sent: bool) -> bool:
    """Close a form: it was sent, or left. False when it was closed already, also by another process a moment ago."""
    state = DialogState.SENT if sent else DialogState.CANCELLED
    still_open = update(DialogRow).where(DialogRow.id == dialog_id, DialogRow.state == DialogState.OPEN)
    return await changed_one(uow, still_open.values(state=state, closed_at=uow.now))


async def _row(uow: UnitOfWork, dialog_id: str) -> DialogRow | None:
    return (await uow.session.scalars(select(DialogRow).where(DialogRow.id == dialog_id))).first()


def _dialog(row: DialogRow) -> Dialog:
    return Dialog(
        id=row.id,
        account_id=row.account_id,
        form=row.form,
        arguments=row.arguments,
        start=row.start,
        values=row.values,
        position=row.position,
        stepwise=row.stepwise,
        state=row.state,
    )
