"""Windows of forms: a trigger lives three seconds, so that a form which takes longer opens as "one moment" first."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import structlog

from bot.platform import PlatformError
from bot.slack.calls import Method, SlackCalls
from bot.slack.render import Json
from bot.slack.views import moment_view, notice_view
from bot.translation import Catalogues
from handlers.outcome import Outcome
from handlers.text import Text

MOMENT_AFTER_S = 1.5  # of the three seconds that a trigger lives; the rest is for the way to Slack
CLOSES_UNSEEN_S = 60.0  # after which a window that waits for a form is taken for closed

log = structlog.get_logger()


class Windows:
    """Opens windows, each trigger's once: with the form, or with "one moment" that the form takes the place of."""

    def __init__(self, calls: SlackCalls, catalogues: Catalogues, moment_after_s: float = MOMENT_AFTER_S) -> None:
        """Take the Web API, and the words for a window whose form does not come."""
        self._calls = calls
        self._catalogues = catalogues
        self._moment_after_s = moment_after_s
        self._moments: dict[str, asyncio.Task[str | None]] = {}
        self._endings: set[asyncio.Task[None]] = set()
        self._shown: set[str] = set()

    def expect(self, trigger: str, outcome: Awaitable[Outcome], spent_s: float) -> None:
        """Show "one moment" when no form stands in time. `spent_s`: how much of the trigger's life is over."""
        task = asyncio.create_task(self._moment(trigger, asyncio.ensure_future(outcome), spent_s))
        self._moments[trigger] = task
        task.add_done_callback(lambda _: asyncio.get_running_loop().call_later(CLOSES_UNSEEN_S, self._forget, trigger))

    async def open(self, trigger: str, view: Json) -> None:
        """Show a form: in a new window, or in the one that waits for it. Raises TryLater, Refused (expired)."""
        moment = self._moments.get(trigger)
        if trigger not in self._shown:
            self._shown.add(trigger)
            if moment is not None:
                moment.cancel()
            await self._calls.call(Method.VIEWS_OPEN, trigger_id=trigger, view=view)
            return
        view_id = await moment if moment is not None else None
        if view_id is None:
            await self._calls.call(Method.VIEWS_OPEN, trigger_id=trigger, view=view)
        else:
            await self._calls.call(Method.VIEWS_UPDATE, view_id=view_id, view=view)

    async def stop(self) -> None:
        """Wait for nothing any more."""
        waiting = [*self._moments.values(), *self._endings]
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    async def _moment(self, trigger: str, outcome: "asyncio.Future[Outcome]", spent_s: float) -> str | None:
        """Return the id of the window that was opened to wait, or None where none was needed, or could be had."""
        await asyncio.wait({outcome}, timeout=max(self._moment_after_s - spent_s, 0.0))
        if outcome.done() or trigger in self._shown:
            return None
        self._shown.add(trigger)
        try:
            answer: dict[str, Any] = await self._calls.call(Method.VIEWS_OPEN, trigger_id=trigger, view=moment_view())
        except PlatformError as error:
            log.warning("slack window not opened in time", why=str(error))
            return None
        view_id = str(answer["view"]["id"])
        ending = asyncio.create_task(self._end(view_id, outcome))
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)
        return view_id

    async def _end(self, view_id: str, outcome: "asyncio.Future[Outcome]") -> None:
        """Let a window say why no form came. The form itself is there before its outcome is known to be done."""
        result = await outcome
        if result.form is not None:
            return
        words = self._catalogues.translator(result.language, result.time_zone)
        # What is said in no toast is said in the private chat.
        view = notice_view(moment_view(), result.toast or Text("pointer.private"), words)
        try:
            await self._calls.call_patiently(Method.VIEWS_UPDATE, view_id=view_id, view=view)
        except PlatformError as error:
            log.info("slack window not ended", why=str(error))

    def _forget(self, trigger: str) -> None:
        self._moments.pop(trigger, None)
        self._shown.discard(trigger)
