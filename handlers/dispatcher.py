"""The dispatcher: an event -> who it is, what it is for, one transaction -> an outcome; a refusal becomes a sentence."""

from collections.abc import Awaitable, Callable
from typing import Any

from core.audit.attempts import ForbiddenAttempt
from core.conversations import dialogs as store
from core.conversations.outgoing import answer, show
from core.conversations.queries import close_delivery, note_copy
from core.conversations.subjects import Private, Subject
from core.conversations.tables import DialogState
from core.flows.meet import enter_current_workspace, find_member_of_one, find_who, let_in, meet
from core.flows.note_attempt import note_strangers_attempt
from core.identity.errors import NotPermitted
from core.identity.rules import Account
from core.identity.service import see_account
from core.kernel import metrics
from core.kernel.errors import DomainError, Kind
from core.store.database import Database
from core.store.unit_of_work import Actor, UnitOfWork
from handlers import dialogs
from handlers.answering import Answering
from handlers.events import AccountKind, ButtonTapped, Event, FormCancelled, Profile
from handlers.outcome import Outcome
from handlers.refusals import refuse_form
from handlers.replies import Replies, Send, To, say
from handlers.routing import CloseDialog, Handle, Refuse, Reopen, Route, Say, StepDialog, SubmitDialog, route
from handlers.stored import codec
from handlers.text import Text, text
from handlers.turn import Reader, Tools, Turn, Who
from handlers.workspaces import in_its_workspace

LoadProfile = Callable[[], Awaitable[Profile]]


class Dispatcher:
    """Handles events, each in one transaction; `watched`: somebody waits at the edge to show what a form refused."""

    def __init__(self, database: Database, tools: Tools) -> None:
        """Take the store and what handlers need of the outside."""
        self._database = database
        self._tools = tools

    async def dispatch(
        self, inbox_ids: tuple[str, ...], event: Event, load_profile: LoadProfile, *, trace_id: str, watched: bool
    ) -> Outcome:
        """Handle an event and close its delivery in the same transaction. A fault is raised, with nothing written."""
        who, chosen = await self._choose(event, load_profile, trace_id)
        actor = _actor(event, who.account, chosen.operation, trace_id)
        try:
            async with self._database.write(actor) as uow:
                if not await close_delivery(uow, *inbox_ids):
                    return _outcome(who, form_done=True)
                outcome = await self._transact(uow, who, event, chosen, watched)
                if who.member is None and (tried := _tried(chosen)) is not None:
                    await note_strangers_attempt(uow, who.account, tried)
                return outcome
        except DomainError as refusal:
            return await self._refuse(inbox_ids, actor, who, event, chosen, refusal, watched)

    async def _choose(self, event: Event, load_profile: LoadProfile, trace_id: str) -> tuple[Who, Route]:
        """Return whose an event is and what it is for, by reading alone, unless it is somebody's first.

        Almost everybody is known, in one workspace: one transaction tells it all.
        """
        source = event.source
        actor = Actor(platform=source.platform, operation="read", trace_id=trace_id)
        async with self._database.read(actor) as uow:
            account, member = await find_member_of_one(uow, source.installation_id, source.user)
            if account is not None and member is not None:
                return await self._routed(uow, Who(account=account, member=member), event)
        account = await self._account(event, load_profile, trace_id)
        account = await in_its_workspace(self._database, actor, account, event)
        async with self._database.read(actor) as uow:
            who = Who(account=account, member=await enter_current_workspace(uow, account))
            return await self._routed(uow, who, event)

    async def _routed(self, uow: UnitOfWork, who: Who, event: Event) -> tuple[Who, Route]:
        return who, await route(Reader(uow=uow, who=who, event=event, tools=self._tools))

    async def offer_form_again(self, event: Event, dialog_id: str, *, trace_id: str) -> None:
        """Queue a card with a button that opens a form whose window could not be opened, in a transaction of its own."""
        source = event.source
        actor = Actor(platform=source.platform, operation="form:offer-again", trace_id=trace_id)
        async with self._database.read(actor) as uow:
            account, _ = await find_who(uow, source.installation_id, source.user)
        if account is None:
            return
        account = await in_its_workspace(
            self._database, actor, account, FormCancelled(source=source, dialog_id=dialog_id)
        )
        async with self._database.write(actor) as uow:
            member = await enter_current_workspace(uow, account)
            dialog = await store.find_dialog(uow, dialog_id, account.id) if member else None
            if dialog is not None and dialog.state is DialogState.OPEN:
                await dialogs.offer_again(uow, dialog, {})

    async def tell_of_failure(self, event: Event, failure_id: str, uow: UnitOfWork) -> None:
        """Queue the sentence that a fault ends with, for a person who is known; the id is the one in the log."""
        account, _ = await find_who(uow, event.source.installation_id, event.source.user)
        if account is not None:
            await answer(uow, codec.pack(say(text("error.fault", id=failure_id))), Private(account.id))

    async def _account(self, event: Event, load_profile: LoadProfile, trace_id: str) -> Account:
        """Return the account behind an event, noted now if it is new. A meeting is a transaction of its own: it can repeat."""
        source = event.source
        actor = Actor(platform=source.platform, operation="meet", trace_id=trace_id)
        async with self._database.read(actor) as uow:
            account, member = await find_who(uow, source.installation_id, source.user)
        if account is None:
            profile = await load_profile()
            async with self._database.write(actor) as uow:
                await meet(
                    uow,
                    installation_id=source.installation_id,
                    user=source.user,
                    name=profile.name,
                    language=self._tools.negotiate(profile.language or source.locale_hint),
                    time_zone=profile.time_zone,
                    team_member=profile.kind is AccountKind.TEAM_MEMBER,
                )
        elif member is None:
            async with self._database.write(actor) as uow:
                await let_in(uow, account.id)
        else:
            return account
        async with self._database.read(actor) as uow:
            account, _ = await find_who(uow, source.installation_id, source.user)
        if account is None:
            raise LookupError("an account vanished right after it was noted")
        return account

    async def _transact(self, uow: UnitOfWork, seen: Who, event: Event, chosen: Route, watched: bool) -> Outcome:
        """Do what was chosen, in the workspace that it was chosen in.

        Who it is is looked up again, so that a demotion counts from the next tap on.
        """
        outside = isinstance(chosen, Handle) and chosen.enters_workspace
        account, known = seen.account, seen.member.workspace_id if seen.member else None
        member = None if outside else await enter_current_workspace(uow, account, workspace_id=known, hold=True)
        who = Who(account=account, member=member)
        await see_account(uow, account, private_channel=_private_channel(event))
        reader = Reader(uow=uow, who=who, event=event, tools=self._tools)
        answering = Answering(reader)
        if isinstance(chosen, Handle):
            return await answering.give(await self._handle(reader, chosen))
        if isinstance(chosen, StepDialog):
            return await self._step(reader, answering, chosen)
        if isinstance(chosen, SubmitDialog):
            return await self._submit(reader, answering, chosen, watched)
        if isinstance(chosen, Reopen):
            return _outcome(who, form=dialogs.opened(chosen.dialog))
        if isinstance(chosen, CloseDialog):
            await store.close_dialog(uow, chosen.dialog.id, sent=False)
            return _outcome(who)
        if isinstance(chosen, Refuse):
            raise chosen.refusal
        return await answering.say(chosen.words)

    async def _handle(self, reader: Reader, chosen: Handle) -> Replies:
        who, event, uow = reader.who, reader.event, reader.uow
        if who.member is None and not chosen.for_strangers:
            return (Send(say(text("stranger.hello", start=event.source.command("start", "CODE"))), To.ASIDE),)
        if who.member is not None and not who.member.may(chosen.needs):
            error = NotPermitted()
            error.traces.append(ForbiddenAttempt(chosen.operation))
            raise error
        turn = Turn(uow=uow, who=who, event=event, arguments=chosen.arguments, tools=self._tools)
        replies = await chosen.handler(turn)
        if chosen.subject is not None and isinstance(event, ButtonTapped):
            await _adopt(uow, who.account, event, chosen.subject)
        return replies

    async def _step(self, reader: Reader, answering: Answering, chosen: StepDialog) -> Outcome:
        uow, dialog = reader.uow, chosen.dialog
        if chosen.action == dialogs.CANCEL:
            await dialogs.leave_open_dialog(uow, reader.who.account.id)
            return await answering.say(text("form.cancelled"))
        if chosen.step is None:
            moved = await store.advance_dialog(
                uow, dialog.id, values=dialog.values, position=max(0, dialog.position - 1)
            )
            await dialogs.ask(uow, moved)
            return await answering.say(None)
        step = chosen.step
        moved = await store.advance_dialog(uow, dialog.id, values=step.values, position=step.position)
        if not step.complete:
            await dialogs.ask(uow, moved, step.refusal)
            return await answering.say(None)
        await dialogs.leave_open_dialog(uow, reader.who.account.id)
        return await answering.give(await self._built(reader, chosen, step.result))

    async def _submit(self, reader: Reader, answering: Answering, chosen: SubmitDialog, watched: bool) -> Outcome:
        uow, who = reader.uow, reader.who
        dialog = await store.find_dialog(uow, chosen.dialog.id, who.account.id)
        if dialog is None or dialog.state is not DialogState.OPEN:
            return _outcome(who, form_done=True)  # the first submission's result stands
        if chosen.refusals:
            kept = await store.advance_dialog(uow, dialog.id, values=chosen.values, position=0)
            if not watched:
                await dialogs.offer_again(uow, kept, chosen.refusals)
            return _outcome(who, refusals=chosen.refusals)
        if not await store.close_dialog(uow, dialog.id, sent=True):
            return _outcome(who, form_done=True)  # sent twice at once: another process has taken it
        await store.advance_dialog(uow, dialog.id, values=chosen.values, position=0)
        return await answering.give(await self._built(reader, chosen, chosen.result), form_done=True)

    async def _built(self, reader: Reader, chosen: StepDialog | SubmitDialog, result: object) -> Replies:
        """Hand what a form built to its handler."""
        spec = dialogs.spec_of(chosen.dialog)
        handle = Handle(operation=chosen.operation, handler=spec.handle, arguments=result, needs=spec.needs)
        turn = Turn(
            uow=reader.uow,
            who=reader.who,
            event=reader.event,
            arguments=result,
            tools=self._tools,
            dialog_arguments=chosen.dialog.arguments,
        )
        if reader.member.may(handle.needs):
            return await spec.handle(turn)
        error = NotPermitted()
        error.traces.append(ForbiddenAttempt(chosen.operation))
        raise error

    async def _refuse(
        self,
        inbox_ids: tuple[str, ...],
        actor: Actor,
        who: Who,
        event: Event,
        chosen: Route,
        refusal: DomainError,
        watched: bool,
    ) -> Outcome:
        """Say why not, in a second transaction that also writes what the error carries; what was typed is kept."""
        sentence = Text(refusal.key(), refusal.arguments())
        metrics.refused(refusal.key())
        async with self._database.write(actor) as uow:
            if not await close_delivery(uow, *inbox_ids):
                return _outcome(who, form_done=True)
            await enter_current_workspace(uow, who.account)
            for trace in refusal.traces:
                await trace.write(uow)
            reader = Reader(uow=uow, who=who, event=event, tools=self._tools)
            if isinstance(chosen, SubmitDialog | StepDialog):
                return await refuse_form(reader, chosen, refusal, watched=watched)
            if refusal.kind is Kind.CONFLICT and isinstance(chosen, Handle) and isinstance(event, ButtonTapped):
                await _refresh(uow, who.account, event, chosen.subject)
            return await Answering(reader).say(sentence)


def _actor(event: Event, account: Account, operation: str, trace_id: str) -> Actor:
    return Actor(platform=event.source.platform, operation=operation, account_id=account.id, trace_id=trace_id)


def _outcome(who: Who, **parts: Any) -> Outcome:
    """Return an outcome in the reader's language, with times on their clock."""
    return Outcome(language=who.language, time_zone=who.time_zone, **parts)


def _tried(chosen: Route) -> str | None:
    """Return what a stranger may not do and tried, or None: saying hello is no attempt."""
    if isinstance(chosen, Handle):
        return chosen.operation if chosen.needs is not None and not chosen.for_strangers else None
    return chosen.tried if isinstance(chosen, Say) else None


def _private_channel(event: Event) -> str | None:
    """Return the channel of the person's private chat, where the event tells it ("@" marks a channel that is not known)."""
    source = event.source
    return source.channel if source.private and not source.channel.startswith("@") else None


async def _adopt(uow: UnitOfWork, account: Account, event: ButtonTapped, subject: str) -> None:
    """Note that the tapped message shows the subject: also when the process died between its sending and its mark."""
    source = event.source
    if source.private and source.message is not None and event.subject_id is not None and _private_channel(event):
        await note_copy(
            uow,
            Subject(subject, event.subject_id),
            account_id=account.id,
            installation_id=source.installation_id,
            channel=source.channel,
            message=source.message,
        )


async def _refresh(uow: UnitOfWork, account: Account, event: ButtonTapped, subject: str | None) -> None:
    """Bring the card that was tapped too late up to date."""
    if subject is not None and event.subject_id is not None:
        await _adopt(uow, account, event, subject)
        await show(uow, Subject(subject, event.subject_id), Private(account.id))
