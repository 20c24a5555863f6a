"""Joins a person's accounts on two platforms: one member, one set of books, by a one-time code."""

from dataclasses import dataclass

from core.approvals import queries as approvals
from core.conversations.outgoing import show, tell
from core.conversations.queries import newest_subjects
from core.conversations.subjects import Notice, Private
from core.flows.pass_on_approvals import pass_on_approvals
from core.flows.show_home import refresh_homes
from core.identity import queries
from core.identity.errors import (
    AccountRemoved,
    AlreadyLinked,
    LinkAcrossWorkspaces,
    LinkCodeUnknown,
    LinkDecided,
    LinkSamePlatform,
    TeamBelongsElsewhere,
)
from core.identity.merging import merge_members
from core.identity.rules import Account, Member
from core.identity.service import act_for, use_code
from core.identity.tables import CodePurpose
from core.store.unit_of_work import UnitOfWork
from core.tenancy.queries import lock_workspace
from core.tenancy.service import installation

LINKED = "accounts-linked"
CARDS_REFRESHED_MAX = 50
"""How many of the newest messages in each chat are brought up to date; a tap on an older one does it then, and says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """The member that the account acts for from now on, and whether it had books of its own that went along."""

    member: Member
    platforms: tuple[str, ...]
    merged: bool


async def link_accounts(uow: UnitOfWork, account: Account, digest: str) -> Linked:
    """Have an account act for the member who asked for the code; what it did before as another member becomes theirs.

    Raises LinkCodeUnknown, TooManyCodes, AlreadyLinked, LinkSamePlatform, LinkAcrossWorkspaces, AccountRemoved,
    TeamBelongsElsewhere, LastAdmin, LinkDecided.
    """
    code = await use_code(uow, account, digest, CodePurpose.LINK)
    await lock_workspace(uow)
    present = await queries.member_of_account(uow, account.id)
    await queries.hold_members(uow, [code.member_id or "", *([present.id] if present else [])])
    kept = await queries.colleague(uow, code.member_id or "")
    if kept is None or kept.removed:
        raise LinkCodeUnknown
    own = await _own_member(uow, account)
    if own is not None and own.id == kept.id:
        raise AlreadyLinked
    for platform in (account.platform,) if own is None else await _platforms(uow, own.id):
        if platform in kept.platforms:
            raise LinkSamePlatform(platform=platform.capitalize())
    if own is not None:
        await _merge(uow, kept.id, own.id)
    member = await act_for(uow, account, kept.id)
    await refresh_homes(uow, kept.id)
    after = await queries.colleague(uow, kept.id)
    platforms = after.platforms if after else ()
    for other in await queries.accounts_of_member(uow, kept.id):
        if other != account.id:
            await tell(uow, Notice(LINKED, arguments={"platform": account.platform.capitalize()}), Private(other))
    return Linked(member=member, platforms=platforms, merged=own is not None)


async def _merge(uow: UnitOfWork, kept_id: str, own_id: str) -> None:
    """Make one member of two. No decision ends up on one's own expense: an open request goes to the next approver."""
    if await approvals.have_decided_on_each_other(uow, kept_id, own_id):
        raise LinkDecided
    uow.enter(uow.workspace_id, member_id=own_id)
    changed = await merge_members(uow, kept_id, own_id)
    await pass_on_approvals(uow, kept_id)
    # A card names the version that it shows, and rows that change hands get a new one.
    for account_id in await queries.all_accounts(uow, kept_id):
        for subject in await newest_subjects(uow, account_id, limit=CARDS_REFRESHED_MAX):
            if subject.id in changed:
                await show(uow, subject, Private(account_id))


async def _own_member(uow: UnitOfWork, account: Account) -> Member | None:
    """Return the member of the code's workspace that the account acts for so far; None for somebody new to the books.

    Raises AccountRemoved, LinkAcrossWorkspaces and TeamBelongsElsewhere for those who may not come in by a colleague's code.
    """
    own = await queries.member_of_account(uow, account.id)
    if own is not None:
        return own
    if await queries.was_member(uow, account.id, uow.workspace_id):
        raise AccountRemoved
    if await queries.workspaces_of_account(uow, account.id):
        raise LinkAcrossWorkspaces
    team = await installation(uow, account.installation_id)
    if team.is_team and team.workspace_id not in (None, uow.workspace_id):
        raise TeamBelongsElsewhere
    return None


async def _platforms(uow: UnitOfWork, member_id: str) -> tuple[str, ...]:
    found = await queries.colleague(uow, member_id)
    return found.platforms if found else ()
