"""The Bot API over HTTP: `/telegram/bot<token>/<method>` and `/telegram/file/bot<token>/<path>`.

Source: https://core.telegram.org/bots/api#making-requests: GET or POST; parameters in the query, as a form, as JSON or
as multipart with files.
"""

import asyncio
import json
import logging
import time
from typing import Any

from aiohttp import web

from bot.playground.state import CALL_FAULTS, Fault, Json, Rule
from bot.playground.telegram.emulator import TelegramEmulator
from bot.playground.telegram.errors import BotApiError, EmulatorBug, bad_request, too_many_requests
from bot.playground.telegram.limits import DOCUMENT_UPLOAD_BYTES_MAX
from bot.playground.telegram.state import BotAccount
from bot.playground.telegram.updates import ConnectionCut
from bot.playground.telegram.uploads import Upload, Uploads
from bot.playground.telegram.webhooks import update_kind
from bot.playground.wire import cut_connection

REQUEST_BYTES_MAX = DOCUMENT_UPLOAD_BYTES_MAX + 1_000_000
"""What the composing application must allow as `client_max_size`."""

DOWNLOAD = "file download"
"""What fetching a file is called in the wire log, and in a rule of Misbehaviour."""
DOWNLOAD_FAULTS = frozenset({Fault.TOO_MANY_REQUESTS, Fault.SERVER_ERROR, Fault.DROP_BEFORE})

logger = logging.getLogger(__name__)


class _Routes:
    def __init__(self, telegram: TelegramEmulator) -> None:
        self.telegram = telegram

    async def call(self, request: web.Request) -> web.Response:
        """One Bot API call, from its bytes to the wire log."""
        name = request.match_info["method"]
        bot = self.telegram.state.bot_by_token(request.match_info["token"])
        started, begun = self.telegram.clock(), time.perf_counter()
        parameters: Json = {}
        answer: Json = {}
        status: int | None = None
        fault: Rule | None = None
        try:
            await self.telegram.warm_up()
            name = self.telegram.schema.canonical_name(name) if self.telegram.schema.knows(name) else name
            fault = self.telegram.misbehaviour.take(name, CALL_FAULTS)
            parameters, uploads = await _read(request)
            answer = await self._answer(bot, name, parameters, uploads, fault)
            parameters |= uploads.as_json()
            status = answer.get("error_code", 200)
            if fault is not None and fault.fault == Fault.SLOW:
                await asyncio.sleep(fault.delay_s)
            if fault is not None and fault.fault == Fault.DROP_AFTER:
                status = None
        except ConnectionCut:
            status = None
        except BotApiError as error:
            answer, status = error.as_json(), error.status
        finally:
            # Also when the client has gone away: what took effect belongs into the log.
            self._log(name, parameters, answer, status, started, (time.perf_counter() - begun) * 1000)
        if status is None:
            return cut_connection(request)
        return web.json_response(answer, status=status)

    async def _answer(
        self, bot: BotAccount | None, name: str, parameters: Json, uploads: Uploads, fault: Rule | None
    ) -> Json:
        if bot is None:
            return BotApiError(401, "Unauthorized").as_json()
        try:
            _refuse_by_order(fault)
            if name == "getUpdates":
                return {"ok": True, "result": await self.telegram.call(bot, name, parameters, uploads)}
            with self.telegram.call_in_flight():
                return {"ok": True, "result": await self.telegram.call(bot, name, parameters, uploads)}
        except BotApiError as error:
            return error.as_json()
        except EmulatorBug as error:
            logger.exception("the Telegram emulator failed in %s", name)
            return BotApiError(500, f"Internal Server Error: {error}").as_json()

    def _log(
        self,
        name: str,
        parameters: Json,
        answer: Json,
        status: int | None,
        started: float,
        duration_ms: float,
    ) -> None:
        wire = self.telegram.wire
        wire.record(
            platform="telegram",
            direction="bot-to-server",
            name=name,
            request={field: _readable(value) for field, value in parameters.items()},
            answer=answer,
            status=status,
            started=started,
            duration_ms=duration_ms,
            chat=self._chat_of_call(parameters),
        )
        if name != "getUpdates" or not answer.get("ok"):
            return
        for update in answer["result"]:
            kind = update_kind(update)
            wire.record(
                platform="telegram",
                direction="server-to-bot",
                name=kind,
                request=update,
                status=status,
                chat=_chat_of(update[kind]),
            )

    def _chat_of_call(self, parameters: Json) -> str | None:
        """The chat that a call is about, for the log."""
        tap = self.telegram.state.taps.get(str(parameters.get("callback_query_id")))
        if tap is not None:
            return str(self.telegram.state.chats[tap.chat_key].id)
        return str(parameters["chat_id"]) if "chat_id" in parameters else None

    async def download(self, request: web.Request) -> web.Response:
        """A file's content, by the path that getFile has told."""
        bot = self.telegram.state.bot_by_token(request.match_info["token"])
        path = request.match_info["path"]
        started = self.telegram.clock()
        files = self.telegram.state.files.values()
        found = next((file for file in files if bot and file.bot_id == bot.id and file.path == path), None)
        status: int | None = 200 if found else 401 if bot is None else 404
        error = BotApiError(401, "Unauthorized") if bot is None else BotApiError(404, "Not Found")
        try:
            _refuse_by_order(self.telegram.misbehaviour.take(DOWNLOAD, DOWNLOAD_FAULTS))
        except ConnectionCut:
            status = None
        except BotApiError as ordered:
            error, status = ordered, ordered.status
        self.telegram.wire.record(
            platform="telegram",
            direction="bot-to-server",
            name=DOWNLOAD,
            request={"path": path},
            answer={"size_bytes": len(found.content)} if found else {},
            status=status,
            started=started,
        )
        if status is None:
            return cut_connection(request)
        if found is None or status != 200:
            return web.json_response(error.as_json(), status=status)
        return web.Response(body=found.content, content_type=found.mime_type)


def _refuse_by_order(fault: Rule | None) -> None:
    """Does what a rule of Misbehaviour orders before the call takes effect."""
    if fault is None:
        return
    if fault.fault == Fault.TOO_MANY_REQUESTS:
        raise too_many_requests(fault.retry_after_s)
    if fault.fault == Fault.SERVER_ERROR:
        raise BotApiError(fault.status, "Internal Server Error")
    if fault.fault == Fault.DROP_BEFORE:
        raise ConnectionCut


def _readable(value: Any) -> Any:
    """A parameter as the log shows it: a nested one, which arrives as JSON text in a form, as what it says."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            return value
    return value


def _chat_of(content: Json) -> int | None:
    """The chat that an update is about."""
    message = content.get("message", content)
    chat_id: int | None = message.get("chat", {}).get("id")
    return chat_id


async def _read(request: web.Request) -> tuple[Json, Uploads]:
    """Parameters and files of a call, wherever they stand. Raises BotApiError 400 or 413."""
    parameters: Json = dict(request.query)
    try:
        if request.content_type == "application/json" and request.can_read_body:
            return parameters | await _read_json(request), Uploads()
        form = await request.post()
    except web.HTTPRequestEntityTooLarge as error:
        raise BotApiError(413, "Request Entity Too Large") from error
    files: dict[str, Upload] = {}
    for name, value in form.items():
        if isinstance(value, web.FileField):
            content = await asyncio.to_thread(value.file.read)
            files[name] = Upload(name=value.filename, mime_type=value.content_type, content=content)
        else:
            parameters[name] = value if isinstance(value, str) else bytes(value).decode("utf-8", "replace")
    return parameters, Uploads(files)


async def _read_json(request: web.Request) -> Json:
    try:
        body = await request.json()
    except json.JSONDecodeError as error:
        raise bad_request("can't parse request: the body is not JSON") from error
    if not isinstance(body, dict):
        raise bad_request("can't parse request: the body is not a JSON object")
    return body


def add_routes(app: web.Application, telegram: TelegramEmulator) -> None:
    """Serves the Bot API under /telegram, and ends its polls and deliveries when the application shuts down.

    The application must be run by `wire.make_runner`, and allow bodies of REQUEST_BYTES_MAX (`client_max_size`).
    """
    routes = _Routes(telegram)
    app.router.add_route("*", "/telegram/bot{token}/{method}", routes.call)
    app.router.add_route("GET", "/telegram/file/bot{token}/{path:.+}", routes.download)

    async def begin(_: web.Application) -> None:
        telegram.resume()

    async def end(_: web.Application) -> None:
        await telegram.close()

    app.on_startup.append(begin)
    app.on_shutdown.append(end)
