"""What is forgotten after a while: what people sent, once it has been handled, and keys that a platform gives out again."""

from datetime import timedelta

from sqlalchemy import delete, select, update

from core.conversations.tables import InboxRow, InboxState
from core.store.unit_of_work import UnitOfWork
from core.tenancy.tables import InstallationRow

KEPT = timedelta(days=30)
REPEATED = timedelta(days=1)
"""How long a platform that gives keys out again may repeat an event: https://core.telegram.org/bots/api#getting-updates."""


async def forget_old_deliveries(uow: UnitOfWork) -> None:
    """Empty the payloads of deliveries that were handled more than KEPT ago, and take away the keys that may come again.

    Telegram may choose update ids anew after a quiet week (https://core.telegram.org/bots/api#update); other keys stay,
    so that an event that is repeated after months is still known.
    """
    old = (InboxRow.received_at < uow.now - KEPT, InboxRow.state != InboxState.WAITING)
    recurring = select(InstallationRow.id).where(InstallationRow.reuses_keys.in_([True]))
    for installation_id in (await uow.session.scalars(recurring)).all():
        of_it = InboxRow.installation_id == installation_id
        newest = select(InboxRow.received_at).where(of_it).order_by(InboxRow.received_at.desc()).limit(1)
        last = (await uow.session.scalars(newest)).first()
        if last is not None:
            # Counted from the newest as well: a clock that jumps ahead makes a month of the moment since an event came.
            forgotten = delete(InboxRow).where(*old, of_it, InboxRow.received_at < last - REPEATED)
            await uow.session.execute(forgotten.execution_options(synchronize_session=False))
    await uow.session.execute(
        # Those that are empty already stay untouched: the one writer would write them all anew at every tick.
        update(InboxRow)
        .where(*old, InboxRow.payload != {})
        .values(payload={})
        .execution_options(synchronize_session=False)
    )
