"""What is forgotten after a while: what people sent, once it has been handled, and keys that a platform gives out again."""

from datetime import timedelta

from sqlalchemy import delete, select, update

from core.conversations.tables import InboxRow, InboxState
from core.store.unit_of_work import UnitOfWork
from core.tenancy.tables import InstallationRow

KEPT = timedelta(days=30)


async def forget_old_deliveries(uow: UnitOfWork) -> None:
    """Empty the payloads of deliveries that were handled more than KEPT ago, and take away the keys that may come again.

    Telegram may choose update ids anew after a quiet week (https://core.telegram.org/bots/api#update); other keys stay,
    so that an event that is repeated after months is still known.
    """
    old = (InboxRow.received_at < uow.now - KEPT, InboxRow.state != InboxState.WAITING)
    recurring = select(InstallationRow.id).where(InstallationRow.reuses_keys.in_([True]))
    await uow.session.execute(
        delete(InboxRow)
        .where(*old, InboxRow.installation_id.in_(recurring))
        .execution_options(synchronize_session=False)
    )
    await uow.session.execute(
        # Those that are empty already stay untouched: the one writer would write them all anew at every tick.
        update(InboxRow)
        .where(*old, InboxRow.payload != {})
        .values(payload={})
        .execution_options(synchronize_session=False)
    )
