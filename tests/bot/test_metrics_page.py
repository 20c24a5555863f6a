"""/metrics: what Prometheus scrapes of a bot that people write to."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics_families
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event

from bot.playground.state import Fault, Rule
from bot.web.app import web_app
from bot.web.metrics import metrics_routes
from bot.web.server import serving
from bot.wiring import make_web_app
from core.identity.rules import Role
from core.store.database import Database
from tests.fixtures.clock import FakeClock
from tests.fixtures.service import RunningService

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@dataclass(frozen=True)
class Figures:
    """One scrape, or the difference between two."""

    samples: Samples

    @classmethod
    def of(cls, page: str) -> "Figures":
        found: Samples = {}
        for family in text_string_to_metric_families(page):
            assert family.documentation, family.name
            assert family.type in ("counter", "gauge", "histogram"), family.name
            for sample in family.samples:
                key = sample.name, frozenset(sample.labels.items())
                assert key not in found, f"{sample.name} twice"
                found[key] = sample.value
        return cls(found)

    def value(self, name: str, **labels: str) -> float:
        """Return the sum of the samples that have these labels, whatever else they have."""
        wanted = labels.items()
        return sum(value for (each, has), value in self.samples.items() if each == name and wanted <= has)

    def since(self, before: "Figures") -> "Figures":
        return Figures({key: value - before.samples.get(key, 0.0) for key, value in self.samples.items()})


class Scraper:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def page(self, headers: Mapping[str, str] | None = None) -> httpx.Response:
        answer = await self.client.get("/metrics", headers=headers)
        assert answer.status_code == 200
        return answer

    async def scrape(self) -> Figures:
        answer = await self.page()
        assert answer.headers["content-type"].startswith("text/plain; version=")
        return Figures.of(answer.text)


@asynccontextmanager
async def scraping(running: RunningService) -> AsyncIterator[Scraper]:
    async with (
        serving(make_web_app(running.service), "127.0.0.1", 0) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        yield Scraper(client)


async def test_a_scrape_shows_what_people_wrote_and_how_they_were_answered(
    running_bot: RunningService, clock: FakeClock
) -> None:
    await running_bot.make_workspace("Acme")
    mia = running_bot.telegram.add_person("Mia Secret")
    async with scraping(running_bot) as scraper:
        before = await scraper.scrape()
        await mia.start(await running_bot.make_code(Role.EMPLOYEE))
        await running_bot.settled()
        running_bot.telegram.misbehaviour.add(Rule(method="sendMessage", fault=Fault.TOO_MANY_REQUESTS))
        await mia.send_text("taxi 23.50")
        async with asyncio.timeout(10):
            while not mia.messages()[-1].from_bot:
                await asyncio.sleep(0.02)
                clock.advance(timedelta(seconds=1))
                await running_bot.service.delivery.sweep()
        await running_bot.settled()
        await mia.send_text("/start WRONGCODE1")
        await running_bot.settled()
        page = (await scraper.page()).text
        seen = Figures.of(page).since(before)

    assert seen.value("expenseflow_deliveries_total", platform="telegram", outcome="new") == 3
    assert seen.value("expenseflow_updates_total", platform="telegram", kind="TextReceived", outcome="handled") == 1
    assert seen.value("expenseflow_updates_total", platform="telegram", kind="CommandInvoked", outcome="handled") == 2
    for stage in ("handled", "answered"):
        assert seen.value(f"expenseflow_update_{stage}_seconds_count", platform="telegram", kind="TextReceived") == 1
    assert seen.value("expenseflow_update_handled_seconds_sum", kind="TextReceived") > 0
    assert seen.value("expenseflow_platform_calls_total", platform="telegram", method="send", outcome="limited") == 1
    assert seen.value("expenseflow_platform_calls_total", platform="telegram", method="send", outcome="done") == 3
    assert seen.value("expenseflow_platform_call_seconds_count", platform="telegram", method="send") == 4
    assert seen.value("expenseflow_refusals_total") == 1

    shown = Figures.of(page)
    assert shown.value("expenseflow_info") == 1
    assert shown.value("expenseflow_store_readable") == 1
    assert shown.value("expenseflow_waiting", kind="event") == 0
    assert shown.value("expenseflow_waiting", kind="message") == 0
    assert shown.value("process_start_time_seconds") > 1_700_000_000
    assert shown.value("process_resident_memory_bytes") > 10_000_000
    assert not re.search(rf"Mia|Secret|Acme|WRONGCODE|{running_bot.workspace_id}|{mia.id}", page)


async def test_the_page_speaks_open_metrics_to_who_asks_for_it(running_bot: RunningService) -> None:
    async with scraping(running_bot) as scraper:
        answer = await scraper.page({"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    names = {family.name for family in open_metrics_families(answer.text)}  # type: ignore[no-untyped-call]  # it declares no types
    assert {"expenseflow_updates", "expenseflow_waiting", "process_cpu_seconds"} <= names


async def test_what_waits_is_counted_by_kind_with_the_age_of_the_oldest(
    running_bot: RunningService, clock: FakeClock
) -> None:
    await running_bot.make_workspace("Acme")
    mia = running_bot.telegram.add_person("Mia")
    await mia.start(await running_bot.make_code(Role.EMPLOYEE))
    await running_bot.settled()
    running_bot.telegram.misbehaviour.add(Rule(method="sendMessage", fault=Fault.SERVER_ERROR, remaining=99))
    await mia.send_text("taxi 23.50")
    await mia.send_text("lunch 12")
    async with scraping(running_bot) as scraper:
        async with asyncio.timeout(10):
            while (await scraper.scrape()).value("expenseflow_waiting", kind="message") < 2:  # noqa: ASYNC110 - no commit tells
                await asyncio.sleep(0.02)
        clock.advance(timedelta(seconds=90))
        figures = await scraper.scrape()
    assert figures.value("expenseflow_waiting", kind="message") == 2
    assert figures.value("expenseflow_waiting_oldest_seconds", kind="message") == 90
    assert figures.value("expenseflow_waiting_oldest_seconds", kind="event") == 0


async def test_a_database_that_does_not_answer_holds_up_no_scrape(sqlite_database: Database) -> None:
    stuck = asyncio.Event()

    @event.listens_for(sqlite_database.reader.sync_engine, "do_connect")
    def refuse(*_: object) -> None:
        stuck.set()
        raise OSError("the disk is gone")

    async with (
        serving(web_app(metrics_routes(sqlite_database)), "127.0.0.1", 0) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        figures = await Scraper(client).scrape()
    assert stuck.is_set()
    assert figures.value("expenseflow_store_readable") == 0
    assert figures.value("process_start_time_seconds") > 0
    assert ("expenseflow_waiting", frozenset({("kind", "event")})) not in figures.samples


@pytest.mark.postgres
async def test_a_locked_database_is_waited_for_no_longer_than_a_moment(postgresql_database: Database) -> None:
    async with postgresql_database.writer.begin() as other:
        await other.exec_driver_sql("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE")
        async with (
            serving(web_app(metrics_routes(postgresql_database, queues_timeout_s=0.1)), "127.0.0.1", 0) as port,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
        ):
            figures = await Scraper(client).scrape()
    assert figures.value("expenseflow_store_readable") == 0
