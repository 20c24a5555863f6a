"""The way to Telegram: what a server does, or does not do, is what python-telegram-bot expects to hear of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from telegram import InputFile
from telegram.error import NetworkError, TimedOut
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.telegram.transport import AiohttpRequest

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    """A server of the test's own."""

    def __init__(self, app: web.Application, url: str) -> None:
        self.app = app
        self.url = url
        self.handle: Handler | None = None
        self.reached = asyncio.Event()
        self.go_on = asyncio.Event()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        assert self.handle is not None
        return await self.handle(request)

    async def hang(self, request: web.Request) -> web.StreamResponse:
        await request.read()
        self.reached.set()
        await self.go_on.wait()
        return web.Response(text="at last")


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    app = web.Application(client_max_size=10_000_000)
    server = Server(app, "")
    app.router.add_route("*", "/{path:.*}", server.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/bot1:AAToken/getMe"
    yield server
    server.go_on.set()
    await runner.cleanup()


@pytest.fixture
async def request_() -> AsyncIterator[AiohttpRequest]:
    made = AiohttpRequest(connections_max=1, connect_timeout=2, read_timeout=2, write_timeout=2, pool_timeout=2)
    await made.initialize()
    yield made
    await made.shutdown()


def data(**parameters: object) -> RequestData:
    return RequestData([RequestParameter.from_input(name, value) for name, value in parameters.items()])


async def test_parameters_go_as_a_form_and_nested_ones_as_json(server: Server, request_: AiohttpRequest) -> None:
    seen: dict[str, str] = {}

    async def note(request: web.Request) -> web.Response:
        seen.update({name: str(value) for name, value in (await request.post()).items()})
        return web.Response(status=418, text="tea")

    server.handle = note
    given = data(chat_id=-5, text="23,50 € & more", reply_markup={"inline_keyboard": []}, thread=None)
    assert await request_.do_request(server.url, "POST", given) == (418, b"tea")
    assert seen == {"chat_id": "-5", "text": "23,50 € & more", "reply_markup": '{"inline_keyboard": []}'}


async def test_files_go_with_their_names_and_types(server: Server, request_: AiohttpRequest) -> None:
    seen: dict[str, object] = {}

    async def note(request: web.Request) -> web.Response:
        for name, value in (await request.post()).items():
            is_file = isinstance(value, web.FileField)
            seen[name] = (value.filename, value.content_type, value.file.read()) if is_file else value  # type: ignore[union-attr]
        return web.Response()

    server.handle = note
    await request_.do_request(server.url, "POST", data(chat_id=5, photo=InputFile(b"\xff\xd8\xff", "r.jpg")))
    assert seen == {"chat_id": "5", "photo": ("r.jpg", "image/jpeg", b"\xff\xd8\xff")}


async def test_a_server_that_does_not_answer_is_not_waited_for(server: Server, request_: AiohttpRequest) -> None:
    server.handle = server.hang
    with pytest.raises(TimedOut):
        await request_.do_request(server.url, "POST", data(a=1), read_timeout=0.05)


async def test_who_waits_for_a_busy_connection_gives_up_in_time(server: Server, request_: AiohttpRequest) -> None:
    server.handle = server.hang
    first = asyncio.create_task(request_.do_request(server.url, "POST"))
    await server.reached.wait()
    with pytest.raises(TimedOut):
        await request_.do_request(server.url, "POST", pool_timeout=0.03, connect_timeout=0.02)
    server.go_on.set()
    assert await first == (200, b"at last")


async def test_a_request_that_is_cancelled_gives_its_connection_back(server: Server, request_: AiohttpRequest) -> None:
    server.handle = server.hang
    first = asyncio.create_task(request_.do_request(server.url, "POST"))
    await server.reached.wait()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    server.go_on.set()
    assert await request_.do_request(server.url, "POST") == (200, b"at last")


async def test_a_connection_that_is_cut_is_an_error_of_the_network(server: Server, request_: AiohttpRequest) -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    server.handle = cut
    with pytest.raises(NetworkError) as raised:
        await request_.do_request(server.url, "POST")
    assert "AAToken" not in str(raised.value)


async def test_nobody_there_is_an_error_of_the_network(request_: AiohttpRequest) -> None:
    with pytest.raises(NetworkError) as raised:
        await request_.do_request("http://127.0.0.1:9/bot1:AAToken/getMe", "POST")
    assert "AAToken" not in str(raised.value)


async def test_a_redirection_is_an_answer_as_any_other(server: Server, request_: AiohttpRequest) -> None:
    async def elsewhere(_request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/elsewhere"})

    server.handle = elsewhere
    status, _ = await request_.do_request(server.url, "POST")
    assert status == 302


async def test_without_initialize_nothing_is_asked() -> None:
    made = AiohttpRequest(connections_max=1, connect_timeout=1, read_timeout=1, write_timeout=1, pool_timeout=1)
    with pytest.raises(RuntimeError, match="initialize"):
        await made.do_request("http://127.0.0.1:9/", "POST")
    await made.shutdown()
