"""/metrics: the figures of this process and the depth of its queues, as Prometheus reads them."""

import asyncio
from collections.abc import Iterable, Iterator
from datetime import datetime

import structlog
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from typing_extensions import override

from core.conversations.outgoing import MESSAGE
from core.conversations.queries import inbox_figures
from core.kernel.metrics import REGISTRY
from core.queue.queries import Backlog, backlog
from core.store.database import Database
from core.store.unit_of_work import Actor

QUEUES_TIMEOUT_S = 2.0
"""How long the database may take to say what waits: Prometheus gives a scrape 10 s by default (scrape_timeout)."""

EVENT = "event"
_ACTOR = Actor(platform="system", operation="metrics")

logger = structlog.get_logger()


def metrics_routes(database: Database, *, queues_timeout_s: float = QUEUES_TIMEOUT_S) -> list[Route]:
    """Return one page: all figures of core.kernel.metrics, and those of the queues, which the database is asked for.

    When it does not answer in time the other figures come all the same, with expenseflow_store_readable 0.
    """

    async def metrics(request: Request) -> Response:
        queues = await _queues(database, queues_timeout_s)
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(_Scrape(queues)), media_type=content_type, headers={"Cache-Control": "no-store"})

    return [Route("/metrics", metrics)]


class _Scrape(Collector):
    """What one scrape shows."""

    def __init__(self, queues: Iterable[Metric]) -> None:
        self._queues = queues

    @override
    def collect(self) -> Iterator[Metric]:
        yield from REGISTRY.collect()
        yield from self._queues


async def _queues(database: Database, timeout_s: float) -> list[Metric]:
    readable = GaugeMetricFamily("expenseflow_store_readable", "Whether the database answered this scrape in time.")
    try:
        async with asyncio.timeout(timeout_s), database.read(_ACTOR) as uow:
            inbox, work, now = await inbox_figures(uow), await backlog(uow), uow.now
    except (TimeoutError, SQLAlchemyError, OSError) as error:
        # The other figures matter most just then.
        logger.warning("the queues could not be counted", why=type(error).__name__)
        readable.add_metric([], 0)
        return [readable]
    readable.add_metric([], 1)
    failed = GaugeMetricFamily(
        "expenseflow_failed_events", "Events that were given up; `expenseflow doctor` lists them."
    )
    failed.add_metric([], inbox.failed)
    waiting = [Backlog(kind=EVENT, count=inbox.waiting, since=inbox.waiting_since or now), *work]
    if all(each.kind != MESSAGE for each in work):
        waiting.append(Backlog(kind=MESSAGE, count=0, since=now))  # an alarm on it must find it
    return [readable, failed, *_depths(waiting, now)]


def _depths(waiting: Iterable[Backlog], now: datetime) -> tuple[Metric, Metric]:
    depth = GaugeMetricFamily(
        "expenseflow_waiting", "What waits: events, messages, jobs by their kind.", labels=["kind"]
    )
    age = GaugeMetricFamily("expenseflow_waiting_oldest_seconds", "How long the oldest of it waits.", labels=["kind"])
    for each in waiting:
        depth.add_metric([each.kind], each.count)
        age.add_metric([each.kind], max(0.0, (now - each.since).total_seconds()))
    return depth, age
