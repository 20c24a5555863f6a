"""The composition root: settings -> database, words, dispatcher, intake, delivery, platforms, health."""

import asyncio
import gc
import secrets
import signal
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import structlog

from bot.connections import Connection, Connector
from bot.counted import CountedPlatform
from bot.delivery import Delivery
from bot.findings import Finding
from bot.intake import Intake
from bot.outgoing import Composer
from bot.phrasebook import Phrasebooks
from bot.platform import Platform, Receiver
from bot.settings import Settings, SettingsError, load_or_create_secret_key, variable_of
from bot.translation import Catalogues, Translator, default_catalogues
from bot.work import Jobs
from core.files.local import LocalFileStore, file_key
from core.identity.codes import code_key
from core.kernel.clock import Clock, SystemClock
from core.money import Money
from core.queue.presence import Presence
from core.receipts.port import ReceiptReader
from core.store.alone import ServedAlready, alone_with
from core.store.database import open_database, sqlite_file_of
from core.store.migrate import current_revision, migrate, newest_revision
from handlers.catalogue import registry  # importing it declares everything that the bot can do
from handlers.dispatcher import Dispatcher
from handlers.text import text
from handlers.turn import Tools
from jobs.schedule import Schedule

if TYPE_CHECKING:
    from starlette.applications import Starlette

GARBAGE_OBJECTS = 20_000
"""How many objects more than were thrown away are made before garbage is looked for; Python's own number is 700."""
STOP_S_MAX = 8.0
"""How long a stop lets work finish, of the ten seconds that a supervisor gives: the rest is for closing."""

logger = structlog.get_logger()


async def nothing_to_examine(_settings: Settings, _clock: Clock) -> list[Finding]:
    """Return no findings: for a platform of which there is nothing to ask."""
    return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A platform as the wiring knows it, before anything of it is imported.

    `setting`: the field of Settings by which it is served. `connect` imports the platform's libraries, and is called for
    those alone that are served. `invitation`: what a person does there with a code, given the bot's name: a link, a command.
    `posts`: whether it delivers to a webhook of ours. `examine`: what `expenseflow doctor` asks it.
    """

    name: str
    setting: str
    connect: Callable[["Service"], Connector]
    invitation: Callable[[str, str], str]
    posts: Callable[[Settings], bool] = lambda _: False
    examine: Callable[[Settings, Clock], Awaitable[list[Finding]]] = nothing_to_examine

    def is_served(self, settings: Settings) -> bool:
        """Tell whether these settings ask for it."""
        return getattr(settings, self.setting) is not None


def _telegram(service: "Service") -> Connector:
    from bot.telegram.connector import TelegramConnector

    connector = TelegramConnector(service.settings, service.intake, service.database, service.catalogues)
    if connector.receiver is not None:
        service.receivers["telegram"] = connector.receiver
    return connector


def _slack(service: "Service") -> Connector:
    from bot.slack.connector import SlackConnector

    connector = SlackConnector(service.settings, service.intake, service.catalogues)
    if connector.receiver is not None:
        service.receivers["slack"] = connector.receiver
    return connector


def _examine_telegram(settings: Settings, clock: Clock) -> Awaitable[list[Finding]]:
    from bot.telegram.examination import examine

    return examine(settings, clock)


def _examine_slack(settings: Settings, clock: Clock) -> Awaitable[list[Finding]]:
    from bot.slack.examination import examine

    return examine(settings, clock)


EDGES = (
    Edge(
        name="telegram",
        setting="telegram_token",
        connect=_telegram,
        invitation=lambda name, code: f"https://t.me/{name}?start={code}",
        posts=lambda settings: settings.telegram_webhook_url is not None,
        examine=_examine_telegram,
    ),
    Edge(
        name="slack",
        setting="slack_bot_token",
        connect=_slack,
        invitation=lambda _, code: f"/expense start {code}",
        posts=lambda settings: settings.slack_signing_secret is not None,
        examine=_examine_slack,
    ),
)
"""Every platform that there is."""


class NothingToServe(SettingsError):
    """No platform's tokens are set."""

    def __init__(self) -> None:
        variables = ", or ".join(variable_of(edge.setting) for edge in EDGES)
        super().__init__(
            (
                f"No platform is set up. Set {variables}; .env.example tells what belongs to each."
                " `expenseflow playground` needs none.",
            )
        )


class Service:
    """A running bot: everything between the platforms and the store, for one process."""

    def __init__(self, settings: Settings, clock: Clock | None = None, reader: ReceiptReader | None = None) -> None:
        """Make the parts; nothing is opened yet. `reader`: of receipts, another one than that of worker processes."""
        import core.schema  # noqa: F401 - whoever writes knows all tables, and with them the audit trail

        self.settings = settings
        self.catalogues = default_catalogues()
        self.database = open_database(settings.database_url, clock or SystemClock())
        tools = make_tools(settings, self.catalogues)
        self.intake = Intake(self.database, Dispatcher(self.database, tools), self.catalogues)
        self.files = LocalFileStore(settings.data_dir / "files", file_key(secret_of(settings)))
        owner = secrets.token_hex(8)
        self.presence = Presence(self.database, owner)
        composer = Composer(self.database, registry, self.catalogues, self.files)
        self.delivery = Delivery(self.database, composer, owner=owner)
        self.jobs = Jobs(self.database, self.files, self.catalogues, owner, reader)
        self.schedule = Schedule(self.database)
        self.connections: list[Connection] = []
        self.receivers: dict[str, Receiver] = {}

    async def start(self) -> None:
        """Bring the database up to date, take up what was left, and connect to every platform whose tokens are set."""
        if await migrate(self.database):
            logger.info("the database is up to date")
        connectors = [edge.connect(self) for edge in EDGES if edge.is_served(self.settings)]
        if not connectors:
            raise NothingToServe
        await self.presence.start()
        await self.intake.start()
        await self.delivery.start()
        await self.jobs.start()
        self.schedule.start()
        self.connections = [Connection(each, self.database, self._serve) for each in connectors]
        for connection in self.connections:
            connection.bring_up()

    async def stop(self) -> None:
        """Take nothing new, finish what is under way, and close; bounded, and nothing is lost: one part that fails stops none."""
        try:
            async with asyncio.timeout(STOP_S_MAX):
                self.schedule.stop()
                await _all_of(*(connection.stop() for connection in self.connections))
                await _all_of(self.intake.stop(within_s=STOP_S_MAX / 4))
                await _all_of(self.jobs.stop(within_s=STOP_S_MAX / 8))
                await _all_of(self.delivery.stop(within_s=STOP_S_MAX / 4))
        except TimeoutError:
            logger.warning("stopping took too long; what was under way goes on at the next start")
        await _all_of(self.presence.stop(), *(connection.close() for connection in self.connections))
        await self.database.close()

    async def trouble_with_database(self) -> str | None:
        """Return why the store is not well, or None."""
        if self.intake.trouble is not None:
            return self.intake.trouble
        if await current_revision(self.database) != newest_revision():
            return "the database is not at the newest migration"
        return None

    async def trouble_with_platforms(self) -> str | None:
        """Return why deliveries do not come in, or None."""
        if not self.connections:
            return "not started yet"
        found = [await connection.trouble() for connection in self.connections]
        return "; ".join(trouble for trouble in found if trouble is not None) or None

    async def _serve(self, installation_id: str, platform: Platform) -> None:
        platform = CountedPlatform(platform)
        self.intake.serve(installation_id, platform)
        self.delivery.serve(installation_id, platform)
        self.jobs.platforms.serve(installation_id, platform)
        await self.intake.sweep()
        await self.delivery.sweep()


async def _all_of(*endings: Coroutine[Any, Any, None]) -> None:
    """Wait for all of them; what one of them meets is logged, and keeps the others from nothing."""
    for failure in await asyncio.gather(*endings, return_exceptions=True):
        if isinstance(failure, Exception):
            logger.error("a part could not be stopped", exc_info=failure)


def secret_of(settings: Settings) -> str:
    """Return the secret that all keys are derived from."""
    return load_or_create_secret_key(settings).get_secret_value()


def make_tools(settings: Settings, catalogues: Catalogues) -> Tools:
    """Return what handlers need of the outside."""
    return Tools(
        code_key=code_key(secret_of(settings)),
        phrasebook=Phrasebooks().of,
        languages=catalogues.languages,
        negotiate=catalogues.negotiate,
        invitation=_invitation,
        typed=lambda value, language: typed(value, catalogues.translator(language)),
        translate=lambda words, language: catalogues.translator(language).translate(words),
    )


def _invitation(platform: str, name: str, code: str) -> str:
    """Return what a person does with a code; the command for a platform that the store knows from another version."""
    return next((edge.invitation(name, code) for edge in EDGES if edge.name == platform), f"/start {code}")


def typed(value: Money | date, words: Translator) -> str:
    """Return a value as a person types it, such that a form's parser reads it back: "12.03.2026", "1.234,50 EUR"."""
    if isinstance(value, date):
        return words.translate(text("value.date", date=value))
    from babel.numbers import format_decimal

    exponent = value.currency.exponent
    pattern = "#,##0" + ("." + "0" * exponent if exponent else "")
    number = format_decimal(value.to_decimal(), format=pattern, locale=words.language)
    return f"{number} {value.currency.code}"


def make_web_app(service: Service) -> "Starlette":
    """Return what a service answers over HTTP: health, figures, and the webhooks of platforms that deliver so."""
    from bot.web.app import web_app
    from bot.web.health import health_routes
    from bot.web.metrics import metrics_routes
    from bot.web.webhooks import webhook_routes

    checks = {"database": service.trouble_with_database, "platforms": service.trouble_with_platforms}
    pages = [*health_routes(checks), *metrics_routes(service.database)]
    return web_app(pages, webhook_routes(webhook_platforms(service.settings), service.receivers))


def webhook_platforms(settings: Settings) -> tuple[str, ...]:
    """Return the platforms that post to this process; the others are polled, or keep a socket open."""
    return tuple(edge.name for edge in EDGES if edge.is_served(settings) and edge.posts(settings))


async def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT, or until a platform refuses its token for good."""
    from bot.web.server import serving

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    with _alone_with_the_database(settings):
        service = Service(settings)
        try:
            # Before the migrations, so that whoever looks while they run is told to wait instead of finding nobody.
            async with serving(make_web_app(service), settings.http_host, settings.http_port):
                await service.start()
                _settle()
                await _stopped_or_refused(stop, service.connections)
        finally:
            await service.stop()
            logger.info("stopped")


@contextmanager
def _alone_with_the_database(settings: Settings) -> Iterator[None]:
    """Hold the lock of an SQLite file; PostgreSQL serves several. Raises SettingsError where another process serves it."""
    file = sqlite_file_of(settings.database_url)
    if file is None:
        yield
        return
    with ExitStack() as held:
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            held.enter_context(alone_with(file))
        except ServedAlready as served:
            sentence = f"{file} is served by another process already ({served.pid}). Stop it, or set another folder."
            raise SettingsError((f"{variable_of('data_dir')}: {sentence}",)) from None
        except OSError as error:
            sentence = f"{error.filename} cannot be written ({error.strerror}). Set a folder that can."
            raise SettingsError((f"{variable_of('data_dir')}: {sentence}",)) from None
        yield


def _settle() -> None:
    """Leave what the start has made out of the search for garbage: modules stay, and each search would look at all of them.

    With that, and with fewer searches, an update takes a tenth less of processor time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_OBJECTS, 20, 20)


async def _stopped_or_refused(stop: asyncio.Event, connections: list[Connection]) -> None:
    """Wait for the signal to stop. Raises SettingsError when a platform refuses a token: waiting would not mend that."""
    stopping = asyncio.create_task(stop.wait())
    refused = [connection.refused for connection in connections]
    waiting: list[asyncio.Future[Any]] = [stopping, *refused]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for each in refused:
            if each.done():
                raise SettingsError((each.result(),))
    finally:
        stopping.cancel()
