"""A delivery of a platform -> the inbox, committed -> acknowledged; then to the dispatcher, in order per conversation."""

import asyncio
import secrets
from collections.abc import Awaitable, Generator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Protocol

import structlog

from bot.lanes import Lanes
from bot.outage import Outage
from bot.platform import Platform, PlatformError, TryLater
from bot.translation import Catalogues
from core.conversations.queries import (
    Waiting,
    close_delivery,
    fail_delivery,
    insert_delivery,
    next_waiting,
    postpone_delivery,
    waiting_lanes,
)
from core.identity.service import move_group_chat
from core.kernel import metrics
from core.kernel.guards import point
from core.store.database import Database
from core.store.outages import store_is_away
from core.store.unit_of_work import Actor
from handlers.dispatcher import Dispatcher
from handlers.events import ButtonTapped, ChatMigrated, Event, FilesReceived, FormSubmitted, Profile
from handlers.outcome import Outcome

RETRY_AFTER_S = (1, 5)
"""How long a delivery whose handling failed waits before its second and its third attempt, in seconds."""
ALBUM_S = 1.0
"""How long a picture of an album waits for the others, in seconds: they come in one batch, or in two that follow at once."""
SWEEP_S = 5.0
"""How often deliveries are looked for that no lane knows of: those of a replica that died."""
_TAKING, _HANDLING = "taking deliveries in", "handling events"
_SYSTEM = Actor(platform="system", operation="intake")
IGNORED = Outcome(language="en")
"""What becomes of a delivery that is no event for the bot."""

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What a platform delivered, before anybody has looked into it.

    `event_key`: unique per installation, the same for every repetition of the same event (design, section 3, item 1).
    `conversation`: what keeps its order: the platform's channel id, or "@" and the user's id where there is no channel.
    `payload`: JSON as it came; `Platform.parse` reads it later. `album`: what deliveries have in common that are one event
    together; each waits ALBUM_S for the others. `comes_again`: the platform delivers it until it is taken, for hours.
    """

    event_key: str
    conversation: str
    payload: dict[str, Any]
    album: str | None = None
    comes_again: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """A delivery that is committed. `new` is False for a repetition; `outcome` waits until it has been handled."""

    inbox_id: str
    new: bool
    outcome: Awaitable[Outcome]


class Pending:
    """An outcome to come. Whoever stops waiting for it does not end it for others."""

    def __init__(self, outcome: asyncio.Future[Outcome]) -> None:
        """Take the future that the intake keeps."""
        self._outcome = outcome

    def __await__(self) -> Generator[Any, None, Outcome]:
        """Wait for it."""
        return asyncio.shield(self._outcome).__await__()


class IntakeUnavailable(Exception):
    """The inbox cannot commit (disk full, database away): do not acknowledge; the platform delivers again."""


class Accepts(Protocol):
    """What a driver is given to hand its deliveries to."""

    async def accept(self, installation_id: str, delivery: Delivery) -> Accepted:
        """Commit the delivery, or raise IntakeUnavailable. Returns after the commit, before it is handled."""
        ...

    def put_off(self, installation_id: str, delivery: Delivery) -> None:
        """Tell its person, once an outage, that a delivery waits behind one that could not be committed."""
        ...


class Intake:
    """The inbox of this process: commits deliveries, and hands them to the dispatcher lane by lane."""

    def __init__(self, database: Database, dispatcher: Dispatcher, catalogues: Catalogues) -> None:
        """Take the store, whom to hand events to, and the words of immediate answers."""
        self._database = database
        self._dispatcher = dispatcher
        self._catalogues = catalogues
        self._platforms: dict[str, Platform] = {}
        self._lanes = Lanes("inbox", self._drain)
        self._outcomes: dict[str, asyncio.Future[Outcome]] = {}
        self._sweeper: asyncio.Task[None] | None = None
        self._outage = Outage(database, catalogues)

    @property
    def trouble(self) -> str | None:
        """Return why nothing can be stored, or None."""
        return self._outage.trouble

    async def start(self) -> None:
        """Take up what an earlier process left, and look for more every SWEEP_S seconds."""
        await self.sweep()
        self._sweeper = asyncio.create_task(self._sweep_forever(), name="inbox:sweep")

    def serve(self, installation_id: str, platform: Platform) -> None:
        """Know which platform speaks for an installation."""
        self._platforms[installation_id] = platform

    def _name_of(self, installation_id: str) -> str:
        platform = self._platforms.get(installation_id)
        return "unknown" if platform is None else platform.name

    async def stop(self, within_s: float) -> None:
        """Finish what is being handled; the rest waits in the inbox."""
        if self._sweeper is not None:
            self._sweeper.cancel()
            await asyncio.gather(self._sweeper, return_exceptions=True)
        await self._lanes.stop(within_s)
        await self._outage.stop(within_s)
        for outcome in self._outcomes.values():
            outcome.cancel()

    async def accept(self, installation_id: str, delivery: Delivery) -> Accepted:
        """Commit a delivery, or raise IntakeUnavailable, and tell its person. A repetition is recognised and handled once."""
        lane = f"{installation_id}:{delivery.conversation}"
        point("before-inbox-commit")
        try:
            inbox_id, ours = await self._commit(installation_id, delivery, lane)
        except Exception as error:
            trouble = f"the inbox does not commit ({type(error).__name__})"
            self._outage.strike(_TAKING, trouble)
            metrics.UPDATES_HERE.accepted(self._name_of(installation_id), "unavailable")
            logger.exception("a delivery could not be committed")
            self.put_off(installation_id, delivery)
            raise IntakeUnavailable(trouble) from error
        self._outage.end(_TAKING)
        point("after-inbox-commit")
        metrics.UPDATES_HERE.accepted(self._name_of(installation_id), "repeated" if ours is None else "new")
        outcome = ours or self._outcomes.get(inbox_id)
        if outcome is None:
            outcome = asyncio.get_running_loop().create_future()
            outcome.set_result(Outcome(language="en", form_done=True))
        self._lanes.kick(lane)
        return Accepted(inbox_id, ours is not None, Pending(outcome))

    def put_off(self, installation_id: str, delivery: Delivery) -> None:
        """Tell its person, once an outage, that a delivery waits: the one case in which nothing can be queued for it."""
        platform = self._platforms.get(installation_id)
        self._outage.tell(installation_id, platform, delivery.payload, comes_again=delivery.comes_again)

    async def _commit(
        self, installation_id: str, delivery: Delivery, lane: str
    ) -> tuple[str, asyncio.Future[Outcome] | None]:
        """Return the delivery's id, and its outcome to come; None for a repetition.

        The outcome is kept before the commit: a lane that is at work may handle the delivery before this task hears of it.
        """
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        kept: str | None = None
        try:
            async with self._database.write(_SYSTEM) as uow:
                inbox_id, new = await insert_delivery(
                    uow,
                    installation_id=installation_id,
                    event_key=delivery.event_key,
                    lane=lane,
                    payload=delivery.payload,
                    album=delivery.album,
                    delay=timedelta(seconds=ALBUM_S if delivery.album else 0),
                )
                if new:
                    kept = inbox_id
                    self._outcomes[inbox_id] = outcome
                    metrics.UPDATES_HERE.taken(inbox_id)
        except BaseException:
            if kept is not None:
                self._outcomes.pop(kept, None)
            raise
        return inbox_id, outcome if new else None

    async def _sweep_forever(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            try:
                await self.sweep()
            except Exception:  # the sweeping outlives a store that is away; it is logged
                logger.exception("the inbox could not be swept")

    async def sweep(self) -> None:
        """Kick the lanes of served installations in which deliveries wait, and look whether an outage is over."""
        if self._outage.trouble is not None:
            await self._outage.look()
        for installation_id in tuple(self._platforms):
            async with self._database.read(_SYSTEM) as uow:
                lanes = await waiting_lanes(uow, installation_id)
            for lane in lanes:
                self._lanes.kick(lane)

    async def _drain(self, lane: str) -> float | None:
        """Handle the next delivery of a lane; return 0 for "go on", None for "empty", or how long to wait, in seconds."""
        async with self._database.read(_SYSTEM) as uow:
            waiting = await next_waiting(uow, lane)
        if waiting is None:
            return None
        # By the time of the look: what comes due while it lasts may be an album whose last picture it did not see yet.
        wait = (waiting.due_at - uow.now).total_seconds()
        if wait > 0:
            return wait
        outcome = await self._handle(waiting)
        metrics.UPDATES_HERE.ended(self._name_of(waiting.installation_id), waiting.id, _became(outcome))
        if outcome is not None:
            for inbox_id in waiting.ids:
                future = self._outcomes.pop(inbox_id, None)
                if future is not None and not future.done():
                    future.set_result(outcome)
        # What comes meanwhile kicks the lane; only what was there already has to be looked for.
        return 0.0 if outcome is None or waiting.more else None

    async def _handle(self, waiting: Waiting) -> Outcome | None:
        """Handle a delivery; None when it failed and will be tried again."""
        platform = self._platforms[waiting.installation_id]
        with structlog.contextvars.bound_contextvars(trace_id=waiting.id):
            event: Event | None = None
            try:
                event = _whole(platform, waiting)
                if event is None:
                    await self._close(waiting)
                    return IGNORED
                outcome = await self._dispatch(waiting, platform, event)
            except TryLater as away:
                # A platform that is away says nothing against the event: whoever writes for the first time is not passed over.
                logger.warning("the platform could not be asked who somebody is", why=str(away))
                await self._postpone(waiting, event, max(away.after_s or 0.0, RETRY_AFTER_S[-1]), counts=False)
                return None
            except PlatformError as busy:
                logger.warning("the platform does not say who somebody is", why=str(busy))
                return await self._fault(waiting, event)
            except Exception as error:  # a poison event stops no other; it is logged and counted
                if store_is_away(error):
                    self._outlast(waiting, error)
                    raise  # the lane rests, and tries the same event again
                logger.exception("an event could not be handled", attempt=waiting.attempts + 1)
                return await self._fault(waiting, event)
            self._outage.end(_HANDLING)
            await self._at_once(platform, event, outcome, waiting.id)
            return outcome

    async def _dispatch(self, waiting: Waiting, platform: Platform, event: Event) -> Outcome:
        if isinstance(event, ChatMigrated):
            return await self._move(waiting, event)

        async def load_profile() -> Profile:
            return await platform.profile(event.source, waiting.payloads[0])

        metrics.UPDATES_HERE.begun(platform.name, waiting.id, type(event).__name__)
        logger.info("event", kind=type(event).__name__, platform=platform.name)
        return await self._dispatcher.dispatch(
            waiting.ids, event, load_profile, trace_id=waiting.id, watched=waiting.id in self._outcomes
        )

    def _outlast(self, waiting: Waiting, error: Exception) -> None:
        """Say that an event waits for the store; that this is away says nothing against the event: no attempt is counted."""
        self._outage.strike(_HANDLING, f"the store does not commit ({type(error).__name__})")
        platform = self._platforms[waiting.installation_id]
        self._outage.tell(waiting.installation_id, platform, waiting.payloads[0], comes_again=True)

    async def _move(self, waiting: Waiting, event: ChatMigrated) -> Outcome:
        """Follow a group to its new id: nobody has asked for anything, so that no dispatcher is needed."""
        async with self._database.write(_SYSTEM) as uow:
            if await close_delivery(uow, *waiting.ids):
                await move_group_chat(uow, waiting.installation_id, event.old_channel, event.new_channel)
        logger.info("a group has a new id", platform=event.source.platform)
        return IGNORED

    async def _close(self, waiting: Waiting) -> None:
        async with self._database.write(_SYSTEM) as uow:
            await close_delivery(uow, *waiting.ids)

    async def _fault(self, waiting: Waiting, event: Event | None) -> Outcome | None:
        """Try again later, twice; then give up with an id that the person is told and the log has."""
        if waiting.attempts < len(RETRY_AFTER_S):
            await self._postpone(waiting, event, RETRY_AFTER_S[waiting.attempts])
            return None
        failure_id = secrets.token_hex(4)
        async with self._database.write(_SYSTEM) as uow:
            if await fail_delivery(uow, waiting.ids, failure_id) and event is not None:
                await self._dispatcher.tell_of_failure(event, failure_id, uow)
        metrics.failed("event", "fault")
        logger.error("an event was given up", failure_id=failure_id, inbox_id=waiting.id)
        return Outcome(language="en", failed=failure_id)

    async def _postpone(self, waiting: Waiting, event: Event | None, after_s: float, *, counts: bool = True) -> None:
        """Leave a delivery for later; whoever tapped need not wait. `counts`: it was an attempt, and not only a wait."""
        async with self._database.write(_SYSTEM) as uow:
            await postpone_delivery(uow, waiting.ids, timedelta(seconds=after_s), counts=counts)
        if isinstance(event, ButtonTapped):
            await self._platforms[waiting.installation_id].answer(event.source, None)

    async def _at_once(self, platform: Platform, event: Event, outcome: Outcome, trace_id: str) -> None:
        """Do the part of an answer that is never durable. A form's submission is answered by its driver, which waits for it.

        A form whose window does not open (its trigger has expired, as after a restart) is offered again by a message.
        """
        words = self._catalogues.translator(outcome.language, outcome.time_zone)
        try:
            if isinstance(event, ButtonTapped):
                await platform.answer(event.source, words.translate(outcome.toast) if outcome.toast else None)
        except PlatformError as error:
            logger.warning("an immediate answer was lost", why=str(error))
        if outcome.form is None or isinstance(event, FormSubmitted):
            return
        try:
            await platform.open_form(event.source, outcome.form, words)
        except PlatformError as error:
            logger.warning("a form's window did not open", why=str(error))
            await self._dispatcher.offer_form_again(event, outcome.form.dialog_id, trace_id=trace_id)


def _became(outcome: Outcome | None) -> str:
    """Return the word under which an update is counted."""
    if outcome is None:
        return "again"
    if outcome.failed is not None:
        return "failed"
    return "ignored" if outcome is IGNORED else "handled"


def _whole(platform: Platform, waiting: Waiting) -> Event | None:
    """Return the event of a delivery, or the one that the deliveries of an album are together."""
    events = [platform.parse(payload, waiting.installation_id) for payload in waiting.payloads]
    parts = [event for event in events if isinstance(event, FilesReceived)]
    if len(events) == 1 or len(parts) < len(events):
        return events[0]
    return replace(
        parts[0],
        names=tuple(name for part in parts for name in part.names),
        files=tuple(file for part in parts for file in part.files),
        text=next((part.text for part in parts if part.text), ""),
        addressed=any(part.addressed for part in parts),
    )
