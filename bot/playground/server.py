"""The emulators' program as one web application: both platforms, what the page asks for, and the page itself.

It listens on this machine alone and knows no passwords, so it answers the page only to a browser that is on this
machine and came from this page: another site must not be able to write into the chats.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from bot.playground.overview import overview
from bot.playground.people import SHORTCUTS, move_in, the_bot
from bot.playground.samples.gallery import Gallery
from bot.playground.slack.control import add_control_routes as add_slack_control_routes
from bot.playground.slack.emulator import SlackEmulator
from bot.playground.slack.emulator import add_routes as add_slack_routes
from bot.playground.slack.settings import SlackSettings
from bot.playground.state import Bus, Json, Snapshotting, Subscription
from bot.playground.status import Order, Status
from bot.playground.telegram.control import add_control_routes as add_telegram_control_routes
from bot.playground.telegram.emulator import TelegramEmulator
from bot.playground.telegram.server import REQUEST_BYTES_MAX
from bot.playground.telegram.server import add_routes as add_telegram_routes
from bot.playground.wire import WireLog

PAGE_FOLDER = Path(__file__).parent / "page"
HEARTBEAT_S = 15.0
FILE_PROCESSING_S = 0.5  # as in life, a picture can be shown a moment after it was uploaded
WIRE_ENTRIES_SHOWN = 300
LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})

# The page loads nothing from elsewhere, and runs no script but its own.
CONTENT_SECURITY_POLICY = "default-src 'self'; img-src 'self' data: blob:; base-uri 'none'; form-action 'none'"


class Playground:
    """Both emulators with what they share."""

    def __init__(self) -> None:
        self.wire = WireLog()
        self.bus = Bus()
        self.status = Status(self.bus)
        self.samples = Gallery()
        self.telegram = TelegramEmulator(wire=self.wire, bus=self.bus)
        self.slack = SlackEmulator(SlackSettings(file_processing_s=FILE_PROCESSING_S), wire=self.wire, bus=self.bus)

    @property
    def parts(self) -> dict[str, Snapshotting]:
        """What is kept over a restart, by its name in the file."""
        return {"telegram": self.telegram, "slack": self.slack, "playground": self.status}

    def move_in(self) -> None:
        """Makes the people, unless a snapshot has brought them already."""
        move_in(self.telegram, self.slack)

    def connection(self, url: str) -> Json:
        """What a bot needs to be served by these emulators, as the names of its settings."""
        return {
            "telegram_token": the_bot(self.telegram).token,
            "telegram_api_url": f"{url}/telegram",
            "slack_bot_token": self.slack.settings.bot_token,
            "slack_app_token": self.slack.settings.app_token,
            "slack_api_url": f"{url}/slack/api/",
        }

    def end_streams(self) -> None:
        """Ends what would otherwise stay open for ever."""
        self.bus.close()
        self.wire.close()


class _Page:
    def __init__(self, playground: Playground) -> None:
        self.playground = playground

    async def index(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE_FOLDER / "index.html")

    async def state(self, _: web.Request) -> web.Response:
        """Everything that the page shows beside the open chat."""
        playground = self.playground
        return web.json_response(
            overview(playground.telegram, playground.slack)
            | {"bot": asdict(playground.status.bot), "set_up": asdict(playground.status.set_up)}
            | {"telegram_bot": the_bot(playground.telegram).as_user()}
            | {"slack_bot_id": playground.slack.settings.bot_user_id, "commands": playground.slack.settings.commands}
            | {"shortcuts": SHORTCUTS}
        )

    async def wire(self, _: web.Request) -> web.Response:
        """The latest calls and deliveries, oldest first."""
        return web.json_response([entry.as_json() for entry in self.playground.wire.entries()[-WIRE_ENTRIES_SHOWN:]])

    async def samples(self, _: web.Request) -> web.Response:
        """The sample receipts, without their pictures."""
        return web.json_response(self.playground.samples.describe())

    async def sample(self, request: web.Request) -> web.Response:
        """A sample's picture, drawn now if it is the first time; `?small` is for the tray."""
        try:
            picture = await self.playground.samples.picture(request.match_info["key"])
        except KeyError:
            return web.json_response({"error": "There is no such sample."}, status=404)
        small = "small" in request.query
        return web.Response(body=picture.thumbnail if small else picture.photo, content_type="image/jpeg")

    async def order(self, request: web.Request) -> web.Response:
        """POST {"order": "stop" | "kill" | "start"}."""
        try:
            order = Order((await request.json())["order"])
        except (json.JSONDecodeError, KeyError, TypeError, ValueError):
            return web.json_response({"error": f"An order is one of {', '.join(Order)}."}, status=400)
        if self.playground.status.give_order is None:
            sentence = "Nobody supervises a bot here: start the playground with “expenseflow playground”."
            return web.json_response({"error": sentence}, status=409)
        self.playground.status.give_order(order)
        return web.json_response({})

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: `change` for each event of the bus, `wire` for each entry of the log."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        with self.playground.bus.subscribe() as changes, self.playground.wire.subscribe() as entries:
            # The page loads the state after this, so that nothing falls between the two.
            await response.write(b"event: ready\ndata: {}\n\n")
            beat = asyncio.create_task(_beat(response))
            try:
                await asyncio.gather(
                    _forward(response, "change", changes, lambda change: change),
                    _forward(response, "wire", entries, lambda entry: entry.as_json()),
                )
            except ConnectionError:
                pass  # The browser went away.
            finally:
                beat.cancel()
        return response


async def _forward(
    response: web.StreamResponse, name: str, news: Subscription[Any], as_json: Callable[[Any], Json]
) -> None:
    async for item in news:
        data = json.dumps(as_json(item), ensure_ascii=False)
        await response.write(f"event: {name}\ndata: {data}\n\n".encode())


async def _beat(response: web.StreamResponse) -> None:
    """Writes now and then, so that a browser which went away is noticed."""
    with contextlib.suppress(ConnectionError):
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            await response.write(b": still here\n\n")


_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def local_page_only(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Refuses what another site, or a name that was bent to this machine, asks of the page's side."""
    if not request.path.startswith(("/telegram/", "/slack/")):
        host = urlsplit(f"//{request.host}").hostname
        origin = request.headers.get("Origin")
        if host not in LOCAL_HOSTS or (origin is not None and urlsplit(origin).netloc != request.host):
            return web.json_response({"error": "Only this playground's own page may ask for this."}, status=403)
    return await handler(request)


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    if not request.path.startswith(("/telegram/", "/slack/", "/control/")):
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        # A new version of the program must not meet an old page.
        response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"


def make_application(playground: Playground) -> web.Application:
    """The whole application. It must be run by `wire.make_runner`."""
    app = web.Application(client_max_size=REQUEST_BYTES_MAX, middlewares=[local_page_only])
    add_telegram_routes(app, playground.telegram)
    add_slack_routes(app, playground.slack)
    add_telegram_control_routes(app, playground.telegram)
    add_slack_control_routes(app, playground.slack)
    page = _Page(playground)
    app.router.add_get("/", page.index)
    app.router.add_get("/control/playground/state", page.state)
    app.router.add_get("/control/playground/wire", page.wire)
    app.router.add_get("/control/playground/events", page.events)
    app.router.add_get("/control/playground/samples", page.samples)
    app.router.add_get("/control/playground/samples/{key}", page.sample)
    app.router.add_post("/control/playground/bot", page.order)
    app.router.add_static("/page", PAGE_FOLDER)

    async def end_streams(_: web.Application) -> None:
        playground.end_streams()

    async def warm_up(_: web.Application) -> AsyncIterator[None]:
        # In the background: the page is there at once, and what needs the schema waits for it by itself.
        warming = asyncio.create_task(playground.telegram.warm_up())
        yield
        warming.cancel()
        await asyncio.gather(warming, return_exceptions=True)

    app.on_response_prepare.append(_add_headers)
    app.on_shutdown.append(end_streams)
    app.cleanup_ctx.append(warm_up)
    return app
