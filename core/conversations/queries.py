"""The inbox, dialogs, copies and stored lists: reads and guarded writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update

from core.conversations.subjects import Home, Private, Recipient, Subject
from core.conversations.tables import CardCopyRow, InboxRow, InboxState
from core.identity.tables import AccountRow
from core.kernel.clock import CLOCKS_APART, PUT_OFF_MAX, due_at
from core.queue.queries import next_position
from core.store.statements import changed_one, prepared, prepared_insert
from core.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A delivery that waits to be handled; an album is several, in the order of their arrival.

    `more`: others may wait in its lane. False: none did a moment ago.
    """

    ids: tuple[str, ...]
    installation_id: str
    event_key: str
    payloads: tuple[dict[str, Any], ...]
    attempts: int
    due_at: datetime
    more: bool = False

    @property
    def id(self) -> str:
        """Return the first delivery's id, which names the event in the log."""
        return self.ids[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A message that shows a subject, by the platform's ids. `picture_id`: the file that it shows as its picture."""

    id: str
    installation_id: str
    channel: str
    message: str
    picture_id: str | None


_INSERT_DELIVERY = prepared_insert(
    InboxRow,
    lambda insert: insert.on_conflict_do_nothing(
        index_elements=[InboxRow.installation_id, InboxRow.event_key]
    ).returning(InboxRow.id),
)


async def insert_delivery(
    uow: UnitOfWork,
    *,
    installation_id: str,
    event_key: str,
    lane: str,
    payload: Mapping[str, Any],
    album: str | None = None,
    delay: timedelta = timedelta(0),
) -> tuple[str, bool]:
    """Store a delivery unless its key stands already; return its id and whether it is new. `delay`: before it is due."""
    arrival = await next_position(uow, f"inbox:{lane}")
    inbox_id = uow.new_id()
    inserted = await _INSERT_DELIVERY.run(
        uow,
        id=inbox_id, installation_id=installation_id, event_key=event_key, lane=lane, arrival=arrival, payload=payload,
        album=album, state=InboxState.WAITING, attempts=0, received_at=uow.now, due_at=uow.now + delay,
    )  # fmt: skip
    if inserted.scalar() is not None:
        return inbox_id, True
    known = select(InboxRow.id).where(InboxRow.installation_id == installation_id, InboxRow.event_key == event_key)
    return str((await uow.session.execute(known)).scalar_one()), False


_WAITING = select(
    InboxRow.id,
    InboxRow.installation_id,
    InboxRow.event_key,
    InboxRow.payload,
    InboxRow.attempts,
    InboxRow.received_at,
    InboxRow.due_at,
    InboxRow.album,
).where(InboxRow.state == InboxState.WAITING, InboxRow.lane == bindparam("lane"))
_FIRST_TWO = prepared(_WAITING.order_by(InboxRow.arrival).limit(2))
_IS_DUE = (
    (InboxRow.due_at <= bindparam("now"))
    | (InboxRow.received_at > bindparam("ahead"))
    | (InboxRow.due_at > bindparam("too_late"))
)
_FIRST_DUE = prepared(_WAITING.where(_IS_DUE).order_by(InboxRow.arrival).limit(1))
_DUE_FIRST = prepared(_WAITING.order_by(InboxRow.due_at).limit(1))
_OF_ALBUM = prepared(_WAITING.where(InboxRow.album == bindparam("album")).order_by(InboxRow.arrival))


async def next_waiting(uow: UnitOfWork, lane: str) -> Waiting | None:
    """Return the delivery of a lane that is to be handled next: the first that is due, else the one that is due first."""
    rows = (await _FIRST_TWO.run(uow, lane=lane)).all()
    if not rows:
        return None
    row, more = rows[0], len(rows) > 1
    if more and due_at(row.due_at, uow.now, made=row.received_at) > uow.now:
        ahead, too_late = uow.now + CLOCKS_APART, uow.now + PUT_OFF_MAX
        due = (await _FIRST_DUE.run(uow, lane=lane, now=uow.now, ahead=ahead, too_late=too_late)).first()
        row = due or (await _DUE_FIRST.run(uow, lane=lane)).one()
    together = [row] if row.album is None else (await _OF_ALBUM.run(uow, lane=lane, album=row.album)).all()
    return Waiting(
        ids=tuple(each.id for each in together), installation_id=row.installation_id, event_key=row.event_key,
        payloads=tuple(each.payload for each in together), attempts=row.attempts,
        due_at=due_at(row.due_at, uow.now, made=row.received_at), more=more,
    )  # fmt: skip


async def waiting_lanes(uow: UnitOfWork, installation_id: str) -> list[str]:
    """Return the lanes of an installation in which deliveries wait."""
    statement = select(InboxRow.lane).where(
        InboxRow.state == InboxState.WAITING, InboxRow.installation_id == installation_id
    )
    return list(await uow.session.scalars(statement.distinct()))


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxFigures:
    """How many deliveries wait, since when the oldest does (None: none waits), and how many were given up and are kept."""

    waiting: int
    waiting_since: datetime | None
    failed: int


async def inbox_figures(uow: UnitOfWork) -> InboxFigures:
    """Return how the inbox stands."""
    waiting = select(func.count(), func.min(InboxRow.received_at)).where(InboxRow.state == InboxState.WAITING)
    count, since = (await uow.session.execute(waiting)).one()
    failed = select(func.count()).where(InboxRow.state == InboxState.FAILED)
    return InboxFigures(waiting=count, waiting_since=since, failed=int(await uow.session.scalar(failed) or 0))


_CLOSE = prepared(
    update(InboxRow)
    .where(InboxRow.state == InboxState.WAITING, InboxRow.id.in_(bindparam("inbox_ids", expanding=True)))
    .values(state=InboxState.DONE, done_at=bindparam("now"))
)


async def close_delivery(uow: UnitOfWork, inbox_id: str, *others: str) -> bool:
    """Mark a delivery as handled, first thing in its transaction, with the rest of its album; False when somebody else has."""
    if not await _CLOSE.changes_one(uow, inbox_ids=[inbox_id], now=uow.now):
        return False
    if others:
        await _CLOSE.run(uow, inbox_ids=others, now=uow.now)
    return True


async def postpone_delivery(
    uow: UnitOfWork, inbox_ids: Sequence[str], after: timedelta, *, counts: bool = True
) -> None:
    """Try again after a while, PUT_OFF_MAX at the most; later deliveries go on meanwhile.

    `counts`: it was a failed attempt, and not only a wait.
    """
    due = uow.now + min(after, PUT_OFF_MAX)
    await _ended(uow, inbox_ids, attempts=InboxRow.attempts + (1 if counts else 0), due_at=due)


async def fail_delivery(uow: UnitOfWork, inbox_ids: Sequence[str], failure_id: str) -> bool:
    """Give a delivery up; it stays, with the id that the person was told."""
    return await _ended(
        uow,
        inbox_ids,
        state=InboxState.FAILED,
        attempts=InboxRow.attempts + 1,
        done_at=uow.now,
        failure_id=failure_id,
    )


async def _ended(uow: UnitOfWork, inbox_ids: Sequence[str], **values: Any) -> bool:
    """Change the deliveries that still wait; tell whether the first of them was one."""
    first, *others = inbox_ids
    waiting = update(InboxRow).where(InboxRow.state == InboxState.WAITING).values(**values)
    if not await changed_one(uow, waiting.where(InboxRow.id == first)):
        return False
    if others:
        await uow.session.execute(waiting.where(InboxRow.id.in_(others)).execution_options(synchronize_session=False))
    return True


_COPIES = (
    select(*(getattr(CardCopyRow, field.name) for field in fields(Copy)))
    .where(CardCopyRow.subject_kind == bindparam("kind"), CardCopyRow.subject_id == bindparam("subject_id"))
    .order_by(CardCopyRow.id)
)
_COPIES_OF_ACCOUNT = prepared(_COPIES.where(CardCopyRow.account_id == bindparam("account_id")))
_COPIES_IN_CHANNEL = prepared(
    _COPIES.where(
        CardCopyRow.installation_id == bindparam("installation_id"), CardCopyRow.channel == bindparam("channel")
    )
)


async def copies_of(uow: UnitOfWork, subject: Subject, recipient: Recipient) -> list[Copy]:
    """Return the messages that show a subject to a recipient, oldest first."""
    what = {"kind": subject.kind, "subject_id": subject.id}
    if isinstance(recipient, Home):
        return []
    if isinstance(recipient, Private):
        rows = await _COPIES_OF_ACCOUNT.run(uow, account_id=recipient.account_id, **what)
    else:
        where = {"installation_id": recipient.installation_id, "channel": recipient.channel}
        rows = await _COPIES_IN_CHANNEL.run(uow, **where, **what)
    return [Copy(**row) for row in rows.mappings()]


_NOTE_COPY = prepared_insert(
    CardCopyRow,
    lambda insert: insert.on_conflict_do_update(
        index_elements=[CardCopyRow.installation_id, CardCopyRow.channel, CardCopyRow.message],
        set_={
            "subject_kind": insert.excluded.subject_kind,
            "subject_id": insert.excluded.subject_id,
            "picture_id": func.coalesce(insert.excluded.picture_id, CardCopyRow.picture_id),
        },
        where=CardCopyRow.workspace_id == insert.excluded.workspace_id,
    ),
)


async def note_copy(
    uow: UnitOfWork,
    subject: Subject,
    *,
    account_id: str | None,
    installation_id: str,
    channel: str,
    message: str,
    picture_id: str | None = None,
) -> None:
    """Note that a message shows a subject; a message shows one subject, the newest. `picture_id` None: as it is known."""
    await _NOTE_COPY.run(
        uow,
        id=uow.new_id(), subject_kind=subject.kind, subject_id=subject.id, account_id=account_id,
        installation_id=installation_id, channel=channel, message=message, picture_id=picture_id, created_at=uow.now,
    )  # fmt: skip


async def note_picture(uow: UnitOfWork, copies: Sequence[Copy], picture_id: str) -> None:
    """Note which picture messages show now, those that showed another one or none."""
    others = [copy.id for copy in copies if copy.picture_id != picture_id]
    if others:
        for row in await uow.session.scalars(select(CardCopyRow).where(CardCopyRow.id.in_(others))):
            row.picture_id = picture_id


async def forget_copy(uow: UnitOfWork, copy_id: str) -> None:
    """Forget a message that is gone."""
    await uow.session.execute(delete(CardCopyRow).where(CardCopyRow.id == copy_id))


async def mark_unreachable(uow: UnitOfWork, account_id: str) -> None:
    """Note that the platform does not let us write to an account."""
    await changed_one(uow, update(AccountRow).where(AccountRow.id == account_id).values(unreachable_since=uow.now))


_ACCOUNTS_THAT_SEE = prepared(
    select(CardCopyRow.account_id)
    .where(
        CardCopyRow.subject_kind == bindparam("kind"),
        CardCopyRow.subject_id == bindparam("subject_id"),
        CardCopyRow.account_id.is_not(None),
    )
    .distinct()
)


async def accounts_that_see(uow: UnitOfWork, subject: Subject) -> list[str]:
    """Return the accounts in whose private chats messages show a subject."""
    rows = await _ACCOUNTS_THAT_SEE.run(uow, kind=subject.kind, subject_id=subject.id)
    return [str(account_id) for account_id in rows.scalars()]


async def hand_over_copies(uow: UnitOfWork, copies: Sequence[Copy], subject: Subject) -> None:
    """Note that messages show a subject from now on."""
    statement = select(CardCopyRow).where(CardCopyRow.id.in_([copy.id for copy in copies]))
    for row in await uow.session.scalars(statement):
        row.subject_kind, row.subject_id = subject.kind, subject.id


async def subject_at(uow: UnitOfWork, installation_id: str, channel: str, message: str) -> Subject | None:
    """Return what a message of the bot shows."""
    statement = select(CardCopyRow).where(
        CardCopyRow.installation_id == installation_id,
        CardCopyRow.channel == channel,
        CardCopyRow.message == message,
    )
    row = (await uow.session.scalars(statement)).first()
    return None if row is None else Subject(row.subject_kind, row.subject_id)


async def newest_subjects(uow: UnitOfWork, account_id: str, *, limit: int) -> list[Subject]:
    """Return what messages in an account's private chat show, the newest messages first, each subject once."""
    statement = (
        select(CardCopyRow.subject_kind, CardCopyRow.subject_id)
        .where(CardCopyRow.account_id == account_id)
        .order_by(CardCopyRow.id.desc())
        .limit(limit)
    )
    return list(dict.fromkeys(Subject(kind, subject_id) for kind, subject_id in await uow.session.execute(statement)))
