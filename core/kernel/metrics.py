"""The figures of this process: counted where things happen, scraped at /metrics (bot/web/metrics.py).

Labels are names of the program's own (a platform, a kind of event, a class of errors): never of a person, a chat or a
workspace, so that their number is bounded and nobody is named. Names and units follow
https://prometheus.io/docs/practices/naming/.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

from core.kernel.version import VERSION

# A second series for each counter, which nobody asks for.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library declares no types there

UNDER_WAY_MAX = 4096
"""How many updates are remembered until their first answer; some are never answered, and the oldest is forgotten."""

_UPDATE_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_RECEIPT_BUCKETS_S = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)  # memory, processor time, open files, when the process was started
PlatformCollector(registry=REGISTRY)  # the version of Python

INFO = Gauge("expenseflow_info", "Always 1; the label tells the version.", ["version"], registry=REGISTRY)
INFO.labels(VERSION).set(1)

DELIVERIES = Counter(
    "expenseflow_deliveries",
    "What platforms delivered: new, repeated, or unavailable (it could not be committed, and comes again).",
    ["platform", "outcome"],
    registry=REGISTRY,
)
UPDATES = Counter(
    "expenseflow_updates",
    "Updates by what became of them: handled, ignored, again (tried again later), failed (given up).",
    ["platform", "kind", "outcome"],
    registry=REGISTRY,
)
HANDLED_SECONDS = Histogram(
    "expenseflow_update_handled_seconds",
    "From the arrival of an update until it was handled.",
    ["platform", "kind"],
    buckets=_UPDATE_BUCKETS_S,
    registry=REGISTRY,
)
ANSWERED_SECONDS = Histogram(
    "expenseflow_update_answered_seconds",
    "From the arrival of an update until the first message that answers it was sent.",
    ["platform", "kind"],
    buckets=_UPDATE_BUCKETS_S,
    registry=REGISTRY,
)
REFUSALS = Counter(
    "expenseflow_refusals", "What people were refused, by the sentence's key.", ["error"], registry=REGISTRY
)
CALLS = Counter(
    "expenseflow_platform_calls",
    "Calls to platforms: done, limited (429), locked out (the token), later (busy, away), unreachable, gone, refused, fault.",
    ["platform", "method", "outcome"],
    registry=REGISTRY,
)
CALL_SECONDS = Histogram(
    "expenseflow_platform_call_seconds",
    "How long calls to platforms took, whatever their outcome.",
    ["platform", "method"],
    buckets=_UPDATE_BUCKETS_S,
    registry=REGISTRY,
)
RECEIPT_SECONDS = Histogram(
    "expenseflow_receipt_seconds",
    "How long readings of receipts took: read, refused (by a sentence), or stopped for time, memory or a crash.",
    ["engine", "outcome"],
    buckets=_RECEIPT_BUCKETS_S,
    registry=REGISTRY,
)
FAILURES = Counter(
    "expenseflow_failures",
    "What was given up, or went wrong and is tried again by the next tick.",
    ["kind", "reason"],
    registry=REGISTRY,
)


# Labels are looked up in the library under a lock; the children of the hot path are remembered instead.
@cache
def _delivery(platform: str, outcome: str) -> Counter:
    return DELIVERIES.labels(platform, outcome)


@cache
def _update(platform: str, kind: str, outcome: str) -> Counter:
    return UPDATES.labels(platform, kind, outcome)


@cache
def _handled(platform: str, kind: str) -> Histogram:
    return HANDLED_SECONDS.labels(platform, kind)


@cache
def _answered(platform: str, kind: str) -> Histogram:
    return ANSWERED_SECONDS.labels(platform, kind)


@cache
def _call(platform: str, method: str, outcome: str) -> tuple[Counter, Histogram]:
    return CALLS.labels(platform, method, outcome), CALL_SECONDS.labels(platform, method)


@dataclass(slots=True)
class _UnderWay:
    taken_s: float | None
    platform: str = "unknown"
    kind: str = "none"


class Updates:
    """Follows each update of this process: taken, accepted, begun, ended, and answered for the first time.

    An update is known by the id of its delivery, which is the trace id that all its answers carry. One that an earlier
    process took is counted when it ends, without a latency.
    """

    def __init__(self, monotonic: Callable[[], float] = time.perf_counter) -> None:
        """Take what tells seconds."""
        self._monotonic = monotonic
        self._under_way: dict[str, _UnderWay] = {}

    def taken(self, update_id: str) -> None:
        """Note that an update is about to be committed: its latencies begin here."""
        self._follow(update_id, self._monotonic())

    def accepted(self, platform: str, outcome: str) -> None:
        """Count a delivery: new, repeated, or unavailable."""
        _delivery(platform, outcome).inc()

    def begun(self, platform: str, update_id: str, kind: str) -> None:
        """Note what kind of event an update turned out to be."""
        under_way = self._under_way.get(update_id) or self._follow(update_id, None)
        under_way.platform, under_way.kind = platform, kind

    def ended(self, platform: str, update_id: str, outcome: str) -> None:
        """Note what became of an update: handled, ignored, again or failed."""
        under_way = self._under_way.get(update_id) or _UnderWay(None)
        _update(platform, under_way.kind, outcome).inc()
        if outcome == "ignored":
            self._under_way.pop(update_id, None)  # nobody will answer it
        elif outcome == "handled" and under_way.taken_s is not None:
            _handled(platform, under_way.kind).observe(self._monotonic() - under_way.taken_s)

    def answered(self, update_id: str | None) -> None:
        """Note that a message that answers an update was sent; only the first counts."""
        under_way = None if update_id is None else self._under_way.pop(update_id, None)
        if under_way is not None and under_way.taken_s is not None:
            _answered(under_way.platform, under_way.kind).observe(self._monotonic() - under_way.taken_s)

    def _follow(self, update_id: str, taken_s: float | None) -> _UnderWay:
        if len(self._under_way) >= UNDER_WAY_MAX:
            del self._under_way[next(iter(self._under_way))]
        self._under_way[update_id] = under_way = _UnderWay(taken_s)
        return under_way


UPDATES_HERE = Updates()
"""The updates of this process."""


def called(platform: str, method: str, outcome: str, seconds: float) -> None:
    """Count a call to a platform, and how long it took."""
    counter, histogram = _call(platform, method, outcome)
    counter.inc()
    histogram.observe(seconds)


def refused(error: str) -> None:
    """Count a refusal by its sentence's key."""
    REFUSALS.labels(error).inc()


def failed(kind: str, reason: str) -> None:
    """Count what was given up: an event, a message, a job by its kind, a tick by its name; `reason` in a word."""
    FAILURES.labels(kind, reason).inc()


def receipt_read(engine: str, outcome: str, seconds: float) -> None:
    """Count a reading."""
    RECEIPT_SECONDS.labels(engine, outcome).observe(seconds)
