"""Which of a person's workspaces an event is for: the one that its card or form is of, else the one that they work in now.

Nothing that an event says names a workspace. Each of those that the account belongs to is asked whether the tapped message,
the form or the edited words are of it, in a transaction that reaches no other.
"""

from dataclasses import replace

from core.conversations.dialogs import find_dialog, open_stepwise_dialog
from core.conversations.queries import subject_at
from core.expenses.queries import expense_from_message
from core.identity import queries as identity
from core.identity.rules import Account
from core.store.database import Database
from core.store.unit_of_work import Actor, UnitOfWork
from handlers import dialogs
from handlers.events import (
    ButtonTapped,
    CommandInvoked,
    Event,
    FormCancelled,
    FormSubmitted,
    MessageEdited,
    TextReceived,
)

THIS_ONE = "~"
"""Sorts after every id: what a message or a form belongs to is certain, and of questions that wait the newest counts."""


async def in_its_workspace(database: Database, actor: Actor, account: Account, event: Event) -> Account:
    """Return the account as it acts in this event. Almost everybody has one workspace, and one query tells."""
    async with database.read(actor) as uow:
        belongs_to = [workspace_id for workspace_id, _name in await identity.workspaces_of_account(uow, account.id)]
    if len(belongs_to) <= 1:
        return account
    claims: list[tuple[str, str]] = []
    for workspace_id in belongs_to:
        async with database.read(replace(actor, workspace_id=workspace_id)) as uow:
            claim = await _claim(uow, account, event)
        if claim is not None:
            claims.append((claim, workspace_id))
    return replace(account, acts_in=max(claims)[1]) if claims else account


async def _claim(uow: UnitOfWork, account: Account, event: Event) -> str | None:
    """Return how surely an event is of the unit's workspace, the greater the surer; None where nothing speaks for it."""
    source = event.source
    if isinstance(event, FormSubmitted | FormCancelled):
        return THIS_ONE if await find_dialog(uow, event.dialog_id, account.id) else None
    if isinstance(event, ButtonTapped):
        if event.action in dialogs.STEP_ACTIONS | {dialogs.REOPEN}:
            return THIS_ONE if await find_dialog(uow, event.subject_id or "", account.id) else None
        return await _shown(uow, event, source.message)
    if isinstance(event, MessageEdited):
        return await _made_from(uow, account, event)
    if source.private and isinstance(event, TextReceived | CommandInvoked):
        waiting = await open_stepwise_dialog(uow, account.id)
        return None if waiting is None else waiting.id
    return await _shown(uow, event, source.reply_to)


async def _shown(uow: UnitOfWork, event: Event, message: str | None) -> str | None:
    """Claim what was done at a message that shows something of this workspace."""
    if message is None:
        return None
    shown = await subject_at(uow, event.source.installation_id, event.source.channel, message)
    return None if shown is None else THIS_ONE


async def _made_from(uow: UnitOfWork, account: Account, event: MessageEdited) -> str | None:
    """Claim the message that an expense of this workspace was made from."""
    member, source = await identity.member_of_account(uow, account.id), event.source
    if member is None:
        return None
    made = await expense_from_message(uow, member.id, source.installation_id, source.channel, source.message or "")
    return None if made is None else THIS_ONE
