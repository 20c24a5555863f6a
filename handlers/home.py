"""The bot's own page, on platforms that have one: shown when it is opened, and kept up to date from then on."""

from core.approvals.queries import waiting_for
from core.categories.service import categories
from core.conversations.outgoing import show
from core.conversations.subjects import Home, Subject
from core.expenses.filters import Filters
from core.expenses.queries import own_expenses, own_totals
from core.expenses.rules import State
from core.flows.show_home import HOME, open_home
from core.identity.queries import workspaces_of_account
from core.identity.rules import Permission
from core.kernel.months import Month
from handlers.approvals import list_approvals
from handlers.events import HomeOpened
from handlers.expenses import new
from handlers.lists import new_list
from handlers.registry import button, listens, shows
from handlers.replies import Card, Replies, Send, say
from handlers.text import text
from handlers.turn import Asker, Turn
from handlers.views import home as views

OPEN = Filters(states=(State.DRAFT, State.SUBMITTED, State.REJECTED))
OWN = Permission.OWN_EXPENSES

# What the page's buttons do is what the commands of the same names do.
button("home.new", needs=OWN, opens_form=True)(new)
button("home.approvals", needs=Permission.APPROVALS_DECIDE)(list_approvals)


@button("home.open", needs=OWN)
async def list_open(turn: Turn[None]) -> Replies:
    """List all that is open: the page holds the newest alone."""
    return await new_list(turn, OPEN)


@listens(HomeOpened, for_strangers=True)
async def show_page(turn: Turn[None]) -> Replies:
    """Show the page; greet who opens it for the first time; tell a stranger how to come in."""
    page, account = Home(turn.who.account.id), turn.who.account
    if turn.who.member is None:
        return (Send(say(text("stranger.hello", start=turn.source.command("start", "CODE"))), page),)
    if await open_home(turn.uow, account):
        return (Send(await _card(Asker(uow=turn.uow, who=turn.who), first=True), page),)
    await show(turn.uow, Subject(HOME, account.id), page)
    return ()


@shows(HOME)
async def show_home(asker: Asker, account_id: str) -> Card | None:
    """Show the page of an account to the person whose account it is; to whom was removed, that this is so."""
    if asker.who.account.id != account_id:
        return None
    if asker.who.member is None:
        elsewhere = await workspaces_of_account(asker.uow, account_id)
        return None if elsewhere else say(text("error.account-removed"))
    return await _card(asker)


async def _card(asker: Asker, *, first: bool = False) -> Card:
    uow, member = asker.uow, asker.who.member
    if member is None:
        raise TypeError("a stranger has no page of their own")
    month = Month.of(member.local(uow.now).date())
    newest, open_count = await own_expenses(uow, member.id, offset=0, limit=views.OPEN_SHOWN_MAX, filters=OPEN)
    waiting = (await waiting_for(uow, member, offset=0, limit=0))[1]
    return views.home_card(
        member,
        month,
        await own_totals(uow, member.id, month),
        newest,
        open_count,
        waiting if member.may(Permission.APPROVALS_DECIDE) else None,
        {each.id: each for each in await categories(uow)},
        first=first,
    )
