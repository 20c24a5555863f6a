"""How people come in: a code lets them into a workspace, or joins the accounts that they have on two platforms."""

from core.conversations.subjects import Notice
from core.flows import link_accounts as linking
from core.flows.meet import enter_current_workspace
from core.flows.redeem_code import redeem_code
from core.identity.codes import CODE_VALID, LINK_CODE_VALID, code_digest
from core.identity.rules import Permission, Role
from core.identity.service import issue_code, issue_link_code
from core.tenancy.queries import workspace
from core.tenancy.service import installations
from handlers.events import ButtonTapped
from handlers.registry import Where, button, command, tells
from handlers.replies import Card, Replies, Send, To, say
from handlers.text import text
from handlers.turn import Reader, Turn
from handlers.views import onboarding as views


async def digest_code(reader: Reader) -> str | None:
    """Digest the code that follows the command, before the transaction; None where none does."""
    rest = reader.rest
    return code_digest(rest, reader.tools.code_key) if rest else None


@command("start", where=Where.PRIVATE, prepare=digest_code, for_strangers=True, enters_workspace=True)
async def start(turn: Turn[str | None]) -> Replies:
    """Let somebody in by a code; greet who is in already."""
    if turn.arguments is None:
        member = await enter_current_workspace(turn.uow, turn.who.account)
        if member is None:
            return (Send(say(text("stranger.hello", start=turn.source.command("start", "CODE"))), To.ASIDE),)
        return (Send(views.welcome_card(member, (await workspace(turn.uow)).name, turn.source, back=True)),)
    welcome = await redeem_code(turn.uow, turn.who.account, turn.arguments)
    return (Send(views.welcome_card(welcome.member, welcome.workspace, turn.source, back=False)),)


async def invited_role(reader: Reader) -> Role | None:
    """Return the role that follows the command or stands on the button; None for what is no role."""
    event = reader.event
    word = event.choice if isinstance(event, ButtonTapped) else reader.rest.casefold()
    return Role(word) if word in set(Role) else None


@command("invite", needs=Permission.MEMBERS_INVITE, where=Where.PRIVATE, prepare=invited_role)
async def invite(turn: Turn[Role | None]) -> Replies:
    """Answer with a one-time code for a role, or ask for which."""
    if turn.arguments is None:
        return (Send(views.invite_choice_card()),)
    return await _invitation(turn, turn.arguments)


@button("invite.role", needs=Permission.MEMBERS_INVITE, prepare=invited_role)
async def invite_role(turn: Turn[Role | None]) -> Replies:
    """Answer with a one-time code for the role that was tapped."""
    return (Send(views.invite_choice_card()),) if turn.arguments is None else await _invitation(turn, turn.arguments)


async def _invitation(turn: Turn[Role | None], role: Role) -> Replies:
    code = await issue_code(turn.uow, role, turn.tools.code_key)
    ways = tuple(
        turn.tools.invitation(each.platform, each.name, code)
        for each in await installations(turn.uow)
        if each.workspace_id in (None, turn.uow.workspace_id)
    )
    return (Send(views.invitation_card(role, ways, turn.uow.now + CODE_VALID)),)


# ---- one person on two platforms ----


@command("link", where=Where.PRIVATE, prepare=digest_code, for_strangers=True, enters_workspace=True)
async def link(turn: Turn[str | None]) -> Replies:
    """Hand out a code for the person's account on another platform, or join that account by one."""
    if turn.arguments is not None:
        linked = await linking.link_accounts(turn.uow, turn.who.account, turn.arguments)
        return (Send(views.linked_card(linked)),)
    member = await enter_current_workspace(turn.uow, turn.who.account)
    if member is None:
        return (Send(say(text("stranger.hello", start=turn.source.command("start", "CODE"))), To.ASIDE),)
    code = await issue_link_code(turn.uow, member, turn.tools.code_key)
    return (Send(views.link_code_card(code, turn.uow.now + LINK_CODE_VALID)),)


@tells(linking.LINKED)
def tell_linked(notice: Notice) -> Card:
    """Tell the person's other accounts which one has joined: nobody should join unseen."""
    return say(text("link.joined", platform=notice.arguments["platform"]))
