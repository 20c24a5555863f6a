"""Keeps the bot's own page of a person up to date, on platforms that have one, once they have opened it."""

from core.conversations.outgoing import MESSAGE, lane_of, show
from core.conversations.queries import accounts_that_see, note_copy
from core.conversations.subjects import Home, Subject
from core.identity.queries import all_accounts
from core.identity.rules import Account
from core.store.unit_of_work import UnitOfWork

HOME = "home"


async def open_home(uow: UnitOfWork, account: Account) -> bool:
    """Note that an account has opened its page; tell whether that was the first time in this workspace."""
    subject = Subject(HOME, account.id)
    if await accounts_that_see(uow, subject):
        return False
    # The page is no message that could be edited; the copy says who has one, and in which workspace.
    await note_copy(
        uow,
        subject,
        account_id=account.id,
        installation_id=account.installation_id,
        channel=f"{HOME}:{uow.workspace_id}",
        message=account.id,
    )
    return True


async def refresh_homes(uow: UnitOfWork, *member_ids: str) -> None:
    """Show what has changed on the pages of these members; those who never opened theirs have none."""
    for member_id in sorted(set(member_ids)):
        for account_id in await all_accounts(uow, member_id):
            subject, page = Subject(HOME, account_id), Home(account_id)
            queued = (MESSAGE, lane_of(page)) in uow.signals
            if not queued and await accounts_that_see(uow, subject):
                await show(uow, subject, page)
