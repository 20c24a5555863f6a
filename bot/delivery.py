"""A queued message -> its card, from current state, in the reader's language -> the reader's platform."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog

from bot.lanes import Lanes
from bot.outgoing import Composer, Outgoing, installation_of, unpack
from bot.platform import LockedOut, MessageGone, MessageRef, Platform, RateLimited, Refused, TryLater, Unreachable
from core.conversations.outgoing import MESSAGE, codec, lane_of
from core.conversations.queries import Copy, forget_copy, hand_over_copies, mark_unreachable, note_copy, note_picture
from core.conversations.subjects import Home, Private
from core.identity import queries as identity
from core.kernel import metrics
from core.kernel.guards import point
from core.queue.queries import Work, open_lanes, open_work, release_all
from core.queue.service import LEASE_S, claim, enqueue, finish, postpone
from core.store.database import Database
from core.store.unit_of_work import Actor, UnitOfWork

RETRY_FIRST_S, RETRY_MAX_S = 1.0, 300.0
ATTEMPTS_MAX = 40
"""After 40 attempts, about three hours, a message is given up: nobody waits for it any more, and its chat goes on."""
FAULTS_MAX = 3
LOCKED_OUT_S = 60.0
"""How long nothing is sent to a platform that refuses the bot itself; what waits for it loses no attempt."""
SWEEP_S = 2.0

logger = structlog.get_logger()


@dataclass(slots=True)
class Sent:
    """What a sending did, to be written down: the new message, and the copies that were found to be gone."""

    message: MessageRef | None
    gone: list[Copy]


class Delivery:
    """Sends what is queued, lane by lane, at least once."""

    def __init__(
        self, database: Database, composer: Composer, renew_every_s: float = LEASE_S / 3, owner: str | None = None
    ) -> None:
        """Take the store, and who makes messages ready. `renew_every_s`: how often the lease of a slow sending is renewed.

        `owner`: the name of this process in leases.
        """
        self._renew_every_s = renew_every_s
        self._database = database
        self._composer = composer
        self._platforms: dict[str, Platform] = {}
        self._owner = owner or secrets.token_hex(8)
        self._lanes = Lanes("outbox", self._drain)
        self._locked_until_s: dict[str, float] = {}
        self._sweeper: asyncio.Task[None] | None = None
        self._unmarked: dict[str, tuple[Outgoing | None, Sent]] = {}
        """What was sent and could not be marked yet, by the work's id: it is not sent again for that."""
        # One process has an SQLite file to itself: it needs no leases, which would cost each message a commit.
        self._alone = database.dialect == "sqlite"
        database.listen(MESSAGE, self._lanes.kick)

    def serve(self, installation_id: str, platform: Platform) -> None:
        """Know which platform speaks for an installation."""
        self._platforms[installation_id] = platform

    async def start(self) -> None:
        """Take up what an earlier process left, and look for more every SWEEP_S seconds."""
        if self._alone:
            async with self._database.write(_actor()) as uow:
                await release_all(uow)
        await self.sweep()
        self._sweeper = asyncio.create_task(self._sweep_forever(), name="outbox:sweep")

    async def stop(self, within_s: float) -> None:
        """Finish what is being sent; the rest waits in the queue."""
        if self._sweeper is not None:
            self._sweeper.cancel()
            await asyncio.gather(self._sweeper, return_exceptions=True)
        await self._lanes.stop(within_s)

    async def _sweep_forever(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            try:
                await self.sweep()
            except Exception:  # the sweeping outlives a store that is away; it is logged
                logger.exception("the queue could not be swept")

    async def sweep(self) -> None:
        """Kick the lanes in which messages wait."""
        async with self._database.read(_actor()) as uow:
            lanes = await open_lanes(uow, MESSAGE)
        for lane in lanes:
            self._lanes.kick(lane)

    async def _drain(self, lane: str) -> float | None:
        """Send the next message of a lane; return 0 for "go on", None for "empty", or how long to wait, in seconds."""
        async with self._database.read(_actor()) as uow:
            waiting = await open_work(uow, lane, limit=2)
            if not waiting or not await self._serves(uow, waiting[0]):
                return None
        work = waiting[0]
        now = self._database.clock.now()
        if work.due_at > now:
            return (work.due_at - now).total_seconds()
        if not await self._claimed(work):
            return float(LEASE_S)
        with structlog.contextvars.bound_contextvars(trace_id=work.trace_id):
            async with self._lease_kept(work):
                sent = await self._deliver(work)
        # What is queued meanwhile kicks the lane; only what was there already has to be looked for.
        return None if sent and len(waiting) == 1 else 0.0

    async def _serves(self, uow: UnitOfWork, work: Work) -> bool:
        """Tell whether a message is this process's to send. It waits, untouched, for a platform that is not up yet, after
        which a sweep comes; and for the process that serves it, where each platform has one of its own.
        """
        try:
            to = unpack(work).to
        except Exception:  # noqa: BLE001 - `_deliver` meets it again, says so in the log, and gives it up after a while
            return True
        installation_id = await installation_of(uow, to)
        return installation_id is None or installation_id in self._platforms

    async def _claimed(self, work: Work) -> bool:
        if self._alone:
            return True
        async with self._database.write(_actor()) as uow:
            return await claim(uow, work.id, self._owner)

    @asynccontextmanager
    async def _lease_kept(self, work: Work) -> AsyncIterator[None]:
        """Renew the lease while the block runs: a card with a picture takes several calls, each with a time of its own, and
        another process that took the message for left alone would send it, too.
        """
        if self._alone:
            yield
            return
        done = asyncio.Event()
        renewing = asyncio.create_task(self._renew(work, done), name=f"lease:{work.id}")
        try:
            yield
        finally:
            done.set()
            await renewing

    async def _renew(self, work: Work, done: asyncio.Event) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(done.wait(), self._renew_every_s)
            if done.is_set():
                return
            try:
                await self._claimed(work)
            except Exception:  # the sending goes on, whatever becomes of its lease; it is logged
                logger.exception("a lease could not be renewed", work_id=work.id)

    async def _deliver(self, work: Work) -> bool:
        """Send a message, and tell whether it went out; False: it was put off, or given up."""
        point("after-commit-before-send")
        try:
            if work.id not in self._unmarked:
                outgoing = await self._composer.compose(work, _actor(work))
                sent = Sent(None, []) if outgoing is None else await self._send(outgoing)
                self._unmarked[work.id] = outgoing, sent
                metrics.UPDATES_HERE.answered(work.trace_id if outgoing is not None else None)
        except LockedOut as locked:
            await self._locked_out(work, str(locked))
        except RateLimited as limited:
            # It says nothing against the message, and in a large team happens to the same one again and again.
            await self._again(work, limited.after_s, str(limited), counts=limited.after_s is None)
        except TryLater as busy:
            await self._again(work, busy.after_s, str(busy))
        except Unreachable as unreachable:
            await self._unreachable(work, str(unreachable))
        except Refused as refused:
            logger.error("the platform refuses a message", work_id=work.id, why=str(refused))  # noqa: TRY400 - the sentence says it
            await self._end(work, f"refused: {refused}")
        except Exception as fault:
            logger.exception("a message could not be sent", work_id=work.id)
            if work.attempts + 1 >= FAULTS_MAX:
                await self._end(work, f"fault: {type(fault).__name__}")
            else:
                await self._again(work, None, "fault")
        else:
            point("after-send-before-mark")
            await self._mark(work, *self._unmarked[work.id])
            del self._unmarked[work.id]
            return True
        return False

    async def _send(self, outgoing: Outgoing) -> Sent:
        """Bring the copies up to date, or take them away; send anew where none is left or a new one is asked for."""
        platform = self._platforms[outgoing.installation_id]
        if outgoing.file is not None:
            words = outgoing.words.translate(outgoing.message.words) if outgoing.message.words else ""
            await platform.send_file(outgoing.to, outgoing.file, words)
            return Sent(None, [])
        if isinstance(outgoing.message.to, Home):
            if outgoing.card is not None and outgoing.to.user is not None:
                await platform.publish_home(outgoing.to.user, outgoing.card, outgoing.words)
            return Sent(None, [])
        gone = await self._change_copies(platform, outgoing)
        if outgoing.card is None or (len(gone) < len(outgoing.copies) and not outgoing.message.fresh):
            return Sent(None, gone)
        return Sent(await platform.send(outgoing.to, outgoing.card, outgoing.words, outgoing.picture), gone)

    async def _change_copies(self, platform: Platform, outgoing: Outgoing) -> list[Copy]:
        """Put the card in the place of every copy, or take them away; return those that are gone."""
        gone: list[Copy] = []
        for copy in outgoing.copies:
            ref = MessageRef(copy.channel, copy.message, copy.picture_id)
            try:
                if outgoing.card is None:
                    await platform.remove(ref)
                    gone.append(copy)
                else:
                    await platform.edit(ref, outgoing.card, outgoing.words, outgoing.picture)
            except MessageGone:
                gone.append(copy)
        return gone

    async def _mark(self, work: Work, outgoing: Outgoing | None, sent: Sent) -> None:
        async with self._database.write(_actor(work)) as uow:
            await finish(uow, work.id)
            if outgoing is None:
                return
            for copy in sent.gone:
                await forget_copy(uow, copy.id)
            standing = [copy for copy in outgoing.copies if copy not in sent.gone]
            if outgoing.picture is not None:
                await note_picture(uow, standing, outgoing.picture.id)
            subject = outgoing.message.subject or (outgoing.card.subject if outgoing.card else None)
            to = outgoing.message.to
            if outgoing.message.superseded is not None and outgoing.message.show is not None:
                await hand_over_copies(uow, standing, outgoing.message.show)
            if sent.message is not None and sent.message.message is not None and subject and work.workspace_id:
                await note_copy(
                    uow,
                    subject,
                    account_id=to.account_id if isinstance(to, Private) else None,
                    installation_id=outgoing.installation_id,
                    channel=sent.message.channel,
                    message=sent.message.message,
                    picture_id=sent.message.picture_id,
                )

    async def _again(self, work: Work, after_s: float | None, why: str, *, counts: bool = True) -> None:
        """Try again later: when the platform said, or after a pause that doubles; give up after ATTEMPTS_MAX that count."""
        if counts and work.attempts + 1 >= ATTEMPTS_MAX:
            logger.error("a message was given up", work_id=work.id, why=why)
            await self._end(work, f"given up: {why}")
            return
        pause_s = after_s if after_s is not None else min(RETRY_MAX_S, RETRY_FIRST_S * 2**work.attempts)
        logger.warning("a message waits", work_id=work.id, why=why, again_in_s=pause_s)
        async with self._database.write(_actor(work)) as uow:
            await postpone(uow, work.id, self._database.clock.now() + timedelta(seconds=pause_s), counts=counts)

    async def _end(self, work: Work, failure: str) -> None:
        metrics.failed("message", failure.partition(":")[0])
        async with self._database.write(_actor(work)) as uow:
            await finish(uow, work.id, failure=failure)

    async def _unreachable(self, work: Work, why: str) -> None:
        """Mark the account; what was for its person goes to their account on the other platform, if there is one."""
        recipient = unpack(work).to
        logger.warning("somebody cannot be reached", why=why, work_id=work.id)
        async with self._database.write(_actor(work)) as uow:
            await finish(uow, work.id, failure=f"unreachable: {why}")
            if not isinstance(recipient, Private):
                return
            await mark_unreachable(uow, recipient.account_id)
            other = await self._other_account(uow, work)
            if other is not None:
                await enqueue(uow, MESSAGE, lane_of(other), work.payload | {"to": codec.pack(other)})

    async def _locked_out(self, work: Work, why: str) -> None:
        """Send a message to its person's account elsewhere, where there is one; or leave it until the bot is let in again."""
        now_s = asyncio.get_running_loop().time()
        async with self._database.write(_actor(work)) as uow:
            installation_id = await installation_of(uow, unpack(work).to)
            if installation_id is not None:
                self._locked_until_s[installation_id] = now_s + LOCKED_OUT_S
            other = await self._other_account(uow, work)
            if other is None:
                due_at = self._database.clock.now() + timedelta(seconds=LOCKED_OUT_S)
                await postpone(uow, work.id, due_at, counts=False)
            else:
                await finish(uow, work.id, failure=f"locked out: {why}")
                await enqueue(uow, MESSAGE, lane_of(other), work.payload | {"to": codec.pack(other)})
        logger.error("a platform lets the bot in no more", why=why, work_id=work.id, elsewhere=other is not None)

    async def _other_account(self, uow: UnitOfWork, work: Work) -> Private | None:
        """Return another account of a message's person that can be written to now; what is taken away is told to nobody."""
        message = unpack(work)
        if not isinstance(message.to, Private) or work.workspace_id is None or message.remove is not None:
            return None
        member = await identity.member_of_account(uow, message.to.account_id)
        now_s = asyncio.get_running_loop().time()
        for account_id in await identity.accounts_of_member(uow, member.id) if member else []:
            other = Private(account_id)
            installation_id = await installation_of(uow, other)
            is_locked = self._locked_until_s.get(installation_id or "", now_s) > now_s
            if account_id != message.to.account_id and not is_locked:
                return other
        return None


def _actor(work: Work | None = None) -> Actor:
    return Actor(
        platform="system",
        operation="deliver",
        workspace_id=work.workspace_id if work else None,
        trace_id=work.trace_id if work else None,
    )
