"""What anybody may post to a webhook's path, and what the platform's receiver gets of it."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

import bot.web.webhooks
from bot.platform import HttpAnswer, HttpRequest, Receiver
from bot.web.app import web_app
from bot.web.server import serving
from bot.web.webhooks import BODY_BYTES_MAX, webhook_routes


@asynccontextmanager
async def served(receivers: dict[str, Receiver]) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application that has the webhook of "letters"."""
    async with (
        serving(web_app((), webhook_routes(("letters",), receivers)), "127.0.0.1", 0) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        yield client


async def echo(request: HttpRequest) -> HttpAnswer:
    return HttpAnswer(status=202, body=request.headers["x-stamp"].encode() + request.body, content_type="text/x-letter")


async def test_a_receiver_gets_the_bytes_and_headers_as_they_came_and_its_answer_goes_back() -> None:
    async with served({"letters": echo}) as client:
        answer = await client.post("/webhooks/letters", content=b"\xff{not json", headers={"X-Stamp": "2d"})
    assert (answer.status_code, answer.content) == (202, b"2d\xff{not json")
    assert answer.headers["content-type"].startswith("text/x-letter")


async def test_only_posts_to_paths_that_are_served_are_looked_at() -> None:
    async with served({"letters": echo}) as client:
        assert (await client.get("/webhooks/letters")).status_code == 405
        assert (await client.post("/webhooks/parcels")).status_code == 404
        assert (await client.get("/docs")).status_code == 404
        assert (await client.get("/openapi.json")).status_code == 404


async def test_until_the_platform_is_there_it_is_told_to_come_again() -> None:
    receivers: dict[str, Receiver] = {}
    async with served(receivers) as client:
        assert (await client.post("/webhooks/letters")).status_code == 503
        receivers["letters"] = echo
        assert (await client.post("/webhooks/letters", headers={"X-Stamp": ""})).status_code == 202


async def parts(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 1024):
        yield bytes(1024)


async def test_a_body_without_an_end_is_not_read_to_its_end() -> None:
    got: list[int] = []

    async def weigh(request: HttpRequest) -> HttpAnswer:
        got.append(len(request.body))
        return HttpAnswer(status=200)

    async with served({"letters": weigh}) as client:
        full = await client.post("/webhooks/letters", content=bytes(BODY_BYTES_MAX))
        told = await client.post("/webhooks/letters", content=bytes(BODY_BYTES_MAX + 1))
        untold = await client.post("/webhooks/letters", content=parts(BODY_BYTES_MAX + 1024))
    assert [full.status_code, told.status_code, untold.status_code] == [200, 413, 413]
    assert got == [BODY_BYTES_MAX]


async def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.web.webhooks, "BODY_TIMEOUT_S", 0.05)
    async with serving(web_app((), webhook_routes(("letters",), {"letters": echo})), "127.0.0.1", 0) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /webhooks/letters HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\nonly")
        assert b"408" in await asyncio.wait_for(reader.readline(), 5)
        writer.close()
        await writer.wait_closed()


async def test_a_receiver_that_takes_too_long_is_left_to_finish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.web.webhooks, "ANSWER_TIMEOUT_S", 0.05)
    may_go_on, finished = asyncio.Event(), asyncio.Event()

    async def slow(_request: HttpRequest) -> HttpAnswer:
        await may_go_on.wait()
        finished.set()
        return HttpAnswer(status=200)

    async with served({"letters": slow}) as client:
        assert (await client.post("/webhooks/letters")).status_code == 503
        may_go_on.set()
        await asyncio.wait_for(finished.wait(), 5)


async def test_a_fault_is_answered_without_a_word_of_it() -> None:
    async def broken(_request: HttpRequest) -> HttpAnswer:
        raise RuntimeError("secret details")

    async with served({"letters": broken}) as client:
        answer = await client.post("/webhooks/letters")
    assert answer.status_code == 500
    assert "secret" not in answer.text


async def test_a_bot_that_polls_does_not_pay_for_fastapi() -> None:
    program = "import sys; from bot.web.app import web_app; web_app(()); print('fastapi' in sys.modules)"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    assert said.strip() == b"False"
