"""Answers to a submitted form: its errors exist in the acknowledgement alone, so that this one waits for the outcome."""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any

import structlog
from slack_bolt.response import BoltResponse

from bot.platform import PlatformError
from bot.slack.calls import Method, SlackCalls
from bot.slack.render import Json
from bot.slack.views import field_errors, form_view, language_of, notice_view, refused_view
from bot.translation import Catalogues, Translator
from handlers.outcome import Outcome
from handlers.text import Text

OUTCOME_TIMEOUT_S = 2.0  # of Slack's three seconds; the rest is for the way there and back

SAVING = Text("form.saving")
SAVED = Text("form.saved")

log = structlog.get_logger()


class Submissions:
    """Waits for outcomes, and finishes in the open window what takes longer than the acknowledgement may."""

    def __init__(self, calls: SlackCalls, catalogues: Catalogues, timeout_s: float = OUTCOME_TIMEOUT_S) -> None:
        """Take the Web API, for windows that are finished later."""
        self._calls = calls
        self._catalogues = catalogues
        self._timeout_s = timeout_s
        self._late: set[asyncio.Task[None]] = set()

    async def acknowledgement(
        self, view: Mapping[str, Any], outcome: Awaitable[Outcome], spent_s: float
    ) -> BoltResponse:
        """Return what becomes of the window: it closes, shows what was refused or what comes next, or says "Saving…".

        `spent_s`: how much of the time is over already, for the commit.
        """
        waiting = asyncio.ensure_future(outcome)
        await asyncio.wait({waiting}, timeout=max(self._timeout_s - spent_s, 0.0))
        if not waiting.done():
            self._finish_later(view, waiting)
            words = self._catalogues.translator(language_of(view))
            return _respond({"response_action": "update", "view": notice_view(view, SAVING, words)})
        if waiting.cancelled():  # the process is stopping: unacknowledged, so that the person sees it and sends again
            return BoltResponse(status=503)
        return self._now(view, waiting.result())

    async def stop(self, timeout_s: float) -> None:
        """Give windows that still say "Saving…" so long to be finished; the durable work behind them goes on anyway."""
        if self._late:
            _, unfinished = await asyncio.wait(self._late, timeout=timeout_s)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)

    def _now(self, view: Mapping[str, Any], outcome: Outcome) -> BoltResponse:
        words = self._words(view, outcome)
        refusals = _refusals(view, outcome)
        if refusals:
            return _respond({"response_action": "errors", "errors": field_errors(refusals, words)})
        following = self._following(view, outcome)
        return _respond({"response_action": "update", "view": following} if following else {})

    def _following(self, view: Mapping[str, Any], outcome: Outcome) -> Json | None:
        """Return the view that takes the window's place when nothing was refused; None: the window closes."""
        words = self._words(view, outcome)
        if outcome.form is not None:
            return form_view(outcome.form, words)
        return notice_view(view, outcome.toast, words) if outcome.toast is not None else None

    def _words(self, view: Mapping[str, Any], outcome: Outcome) -> Translator:
        """Return the reader's language; after a fault nobody may have found out which it is, but the form knows."""
        language = language_of(view) if outcome.failed is not None else outcome.language
        return self._catalogues.translator(language, outcome.time_zone)

    def _finish_later(self, view: Mapping[str, Any], waiting: asyncio.Future[Outcome]) -> None:
        task = asyncio.create_task(self._finish(view, waiting))
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def _finish(self, view: Mapping[str, Any], waiting: asyncio.Future[Outcome]) -> None:
        try:
            outcome = await waiting
            words = self._words(view, outcome)
            refusals = _refusals(view, outcome)
            if refusals:
                shown = refused_view(view, refusals, words)
            else:
                shown = self._following(view, outcome) or notice_view(view, SAVED, words)
            await self._calls.call_patiently(Method.VIEWS_UPDATE, view_id=view["id"], view=shown)
        except PlatformError as error:  # the person has closed the window
            log.info("slack form not finished", why=str(error))
        except Exception:  # nobody waits for this task: what it meets must be said here
            log.exception("slack form not finished")


def _refusals(view: Mapping[str, Any], outcome: Outcome) -> dict[str, Text]:
    """Return the sentences to show at fields. What concerns no field stands at the first: the window keeps what was typed."""
    if outcome.refusals:
        return outcome.refusals
    sentence = None if outcome.form_done else outcome.toast
    if outcome.failed is not None:
        sentence = Text("form.fault", {"id": outcome.failed})
    first = next(block["block_id"] for block in view["blocks"] if block["type"] == "input")
    return {} if sentence is None else {first: sentence}


def _respond(body: Json) -> BoltResponse:
    return BoltResponse(status=200, body=body or "")
