"""Two members become one: the kept one takes over everything that names the other."""

from sqlalchemy import select

from core.identity import queries
from core.identity.errors import LastAdmin
from core.identity.references import rename_references, table_of
from core.identity.rules import Role, reports_to
from core.identity.service import void_link_codes
from core.identity.tables import MemberRow
from core.store.unit_of_work import UnitOfWork


async def merge_members(uow: UnitOfWork, kept_id: str, other_id: str) -> set[str]:
    """Make `other` a part of `kept`, which keeps its role and settings; every row that names the other names the kept one.

    Returns the ids of the rows that changed hands.

    The workspace must be locked. Raises LastAdmin where no admin would be left.
    """
    kept, other = await uow.session.get_one(MemberRow, kept_id), await uow.session.get_one(MemberRow, other_id)
    if other.role is Role.ADMIN and kept.role is not Role.ADMIN and not await queries.another_admin(uow, other_id):
        raise LastAdmin(name=other.name)
    for member_id in (kept_id, other_id):
        await void_link_codes(uow, member_id)
    await _keep_the_lines_straight(uow, kept, other)
    changed = await rename_references(uow, table_of(MemberRow), other_id, kept_id)
    other.removed_at, other.merged_into_id = uow.now, kept_id
    await uow.session.flush()
    return changed


async def _keep_the_lines_straight(uow: UnitOfWork, kept: MemberRow, other: MemberRow) -> None:
    """See that nobody will report to themselves, or round in a circle, once `other` is `kept`.

    Somebody who reported to the other one, and to whom the kept one reports, has nobody above them from then on.
    """
    lines = await queries.reporting_lines(uow)
    if kept.manager_id == other.id:
        above = other.manager_id
        kept.manager_id = None if above is None or reports_to(above, kept.id, lines) else above
        lines[kept.id] = kept.manager_id
    reports = select(MemberRow).where(MemberRow.manager_id == other.id, MemberRow.id != kept.id)
    for report in await uow.session.scalars(reports):
        if reports_to(kept.id, report.id, lines):
            report.manager_id = None
    await uow.session.flush()
