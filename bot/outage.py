"""While the store takes nothing, nothing can be queued: people are told directly, each once an outage. The only such place."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.platform import Destination, Platform, PlatformError
from bot.translation import Catalogues
from core.flows.meet import find_who
from core.queue.queries import forget_trials, store_trial
from core.store.database import Database
from core.store.unit_of_work import Actor
from handlers.events import ChatMigrated, Event, FormCancelled, HomeOpened, MessageEdited
from handlers.replies import say
from handlers.text import Text

OUTAGE_APART = timedelta(minutes=1)
"""How long all must have been well for the next failure to be another outage: a store that is nearly full takes one small
thing and refuses the next.
"""
LANGUAGE_S_MAX = 1.0
"""How long it may take to look up somebody's language, in seconds; a full disk can still be read."""
_ACTOR = Actor(platform="system", operation="outage")
COMES_AGAIN, TRY_AGAIN = Text("outage.comes-again"), Text("outage.try-again")

logger = structlog.get_logger()


class Outage:
    """Whether the store takes what comes in, and who was told that it does not."""

    def __init__(self, database: Database, catalogues: Catalogues) -> None:
        """Take the store, for people's languages as long as it can be read, and the words."""
        self._database = database
        self._catalogues = catalogues
        self._told: set[tuple[str, str]] = set()
        self._telling: set[asyncio.Task[None]] = set()
        self._struck_at: datetime | None = None
        self._troubles: dict[str, str] = {}

    @property
    def trouble(self) -> str | None:
        """Return why nothing can be stored, or None."""
        return next(iter(self._troubles.values()), None)

    def strike(self, part: str, trouble: str) -> None:
        """Note what a part of the intake could not store."""
        now = self._database.clock.now()
        if self._struck_at is None or abs(now - self._struck_at) > OUTAGE_APART:  # the clock may have been put back
            self._told.clear()
        self._struck_at = now
        self._troubles[part] = trouble

    def end(self, part: str) -> None:
        """Note that the part stores things again."""
        self._troubles.pop(part, None)

    async def look(self) -> None:
        """Store something and take it away again, as large as what people send: whoever is told not to send here would
        otherwise never give the store a chance to show that it is well.
        """
        try:
            async with self._database.write(_ACTOR) as uow:
                await store_trial(uow)
            async with self._database.write(_ACTOR) as uow:
                await forget_trials(uow)
        except Exception as error:  # noqa: BLE001 - whatever it meets, the outage is not over
            logger.warning("nothing can be stored", why=str(error).partition("\n")[0])
            for part, trouble in tuple(self._troubles.items()):
                self.strike(part, trouble)
        else:
            logger.info("the store takes things again")
            self._troubles.clear()

    def tell(
        self, installation_id: str, platform: Platform | None, payload: Mapping[str, Any], *, comes_again: bool
    ) -> None:
        """Tell whoever is behind a delivery that it is not done yet, unless they were told, in a task of its own.

        `comes_again`: it is handled later without anything that the person does.
        """
        if platform is None:
            return
        try:
            event = platform.parse(payload, installation_id)
        except Exception:  # what cannot be read has nobody behind it that could be told; it fails for itself later
            logger.exception("a delivery of an outage could not be read")
            return
        if event is None or not _waits_for_an_answer(event):
            return
        person = (installation_id, event.source.user)
        if person not in self._told:
            self._told.add(person)
            task = asyncio.create_task(self._tell(platform, event, person, COMES_AGAIN if comes_again else TRY_AGAIN))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def stop(self, within_s: float) -> None:
        """Let what is being said be said."""
        if self._telling:
            await asyncio.wait(self._telling, timeout=within_s)

    async def _tell(self, platform: Platform, event: Event, person: tuple[str, str], sentence: Text) -> None:
        source = event.source
        words = self._catalogues.translator(await self._language(event))
        to = Destination(
            channel=source.channel,
            user=source.user,
            thread=source.thread,
            only_for_user=None if source.private else source.user,
        )
        try:
            await platform.send(to, say(sentence), words)
            logger.info("somebody was told that nothing can be stored", platform=platform.name)
        except PlatformError as error:
            self._told.discard(person)  # they are told when it comes again, or when they try again
            logger.warning("somebody was not told that nothing can be stored", why=str(error))

    async def _language(self, event: Event) -> str:
        """Return the person's language where the store can tell, else the one that the platform hints at."""
        source = event.source
        try:
            async with (
                asyncio.timeout(LANGUAGE_S_MAX),
                self._database.read(_ACTOR) as uow,
            ):
                account, member = await find_who(uow, source.installation_id, source.user)
        except Exception as error:  # noqa: BLE001 - the store is away for reading as well, and the hint has to do
            logger.info("nobody's language can be looked up", why=type(error).__name__)
            account = member = None
        if member is not None:
            return member.language
        return account.language if account is not None else self._catalogues.negotiate(source.locale_hint)


def _waits_for_an_answer(event: Event) -> bool:
    """Tell whether the person would hear from the bot: what is not meant for it, or only looks on, is met with silence."""
    if isinstance(event, FormCancelled | HomeOpened | ChatMigrated) or (
        isinstance(event, MessageEdited) and not event.source.private
    ):
        return False
    return bool(getattr(event, "addressed", True))
