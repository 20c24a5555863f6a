"""Redeems a one-time code: its person becomes a member, and a team is bound by an admin's."""

from dataclasses import dataclass

from core.identity.errors import TeamBelongsElsewhere
from core.identity.rules import Account, Member, Role
from core.identity.service import join, use_code
from core.identity.tables import CodePurpose
from core.store.unit_of_work import UnitOfWork
from core.tenancy.queries import workspace
from core.tenancy.service import bind_installation, installation


@dataclass(frozen=True, slots=True)
class Welcome:
    """Who joined, and where."""

    member: Member
    workspace: str


async def redeem_code(uow: UnitOfWork, account: Account, digest: str) -> Welcome:
    """Use up a code for an account. Raises CodeUnknown, TooManyCodes, AlreadyMember, TeamBelongsElsewhere."""
    role = (await use_code(uow, account, digest, CodePurpose.INVITE)).role
    if role is None:
        raise ValueError("an invitation without a role")
    workspace_id = uow.workspace_id
    team = await installation(uow, account.installation_id)
    if team.is_team:
        elsewhere = team.workspace_id not in (None, workspace_id)
        if role is Role.ADMIN and not elsewhere:
            elsewhere = not await bind_installation(uow, team.id)
        if elsewhere:
            raise TeamBelongsElsewhere
    member = await join(uow, account, role)
    return Welcome(member, (await workspace(uow)).name)
