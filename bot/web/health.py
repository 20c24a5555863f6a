"""Whether the process lives, and whether it can serve: for supervisors, load balancers and people who look."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp
from typing_extensions import override

from bot.settings import SettingsError, variable_of

Check = Callable[[], Awaitable[str | None]]
"""Returns None when all is well, or else a sentence that says what is not."""

CHECK_TIMEOUT_S = 1.0
"""How long a check may take: supervisors give a probe a second or a few (Kubernetes: timeoutSeconds, 1 by default)."""

SHUTDOWN_TIMEOUT_S = 1
"""How long answers under way may take when the process stops; uvicorn takes whole seconds."""

NO_STORE = {"Cache-Control": "no-store"}

logger = structlog.get_logger()


def health_app(checks: Mapping[str, Check], *, check_timeout_s: float = CHECK_TIMEOUT_S) -> Starlette:
    """Return an application with two pages, both JSON.

    /health/live answers 200 whenever the process can answer at all. /health/ready runs all checks at once, each for at
    most `check_timeout_s`: 200, or 503 with the name and the sentence of every check that is not well.
    """

    async def live(_request: Request) -> JSONResponse:
        return JSONResponse({"status": "alive"}, headers=NO_STORE)

    async def ready(_request: Request) -> JSONResponse:
        found = await asyncio.gather(*(_result(name, check, check_timeout_s) for name, check in checks.items()))
        failed = {name: problem for name, problem in zip(checks, found, strict=True) if problem is not None}
        if failed:
            return JSONResponse({"status": "not ready", "failed": failed}, status_code=503, headers=NO_STORE)
        return JSONResponse({"status": "ready"}, headers=NO_STORE)

    return Starlette(routes=[Route("/health/live", live), Route("/health/ready", ready)])


async def _result(name: str, check: Check, timeout_s: float) -> str | None:
    try:
        async with asyncio.timeout(timeout_s):
            return await check()
    except TimeoutError:
        return f"did not answer within {timeout_s:g} s"
    except Exception:  # a check that fails tells that its subject is not well; the page still answers
        logger.exception("a health check failed", check=name)
        return "the check itself failed; the log says why"


class _Server(uvicorn.Server):
    """A server that leaves signals alone: the process around it decides when it stops."""

    @contextmanager
    @override
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@asynccontextmanager
async def serving(app: ASGIApp, host: str, port: int) -> AsyncIterator[int]:
    """Serve `app` while the block runs, and yield the port: the one that was free where 0 was asked for.

    Raises SettingsError when the address cannot be had. Requests are not logged.
    """
    listening = _listen(host, port)
    configuration = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_TIMEOUT_S,
    )
    server = _Server(configuration)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield int(listening.getsockname()[1])
    finally:
        server.should_exit = True
        await task


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address, family=family, backlog=128)
    except OSError as error:
        problem = f"{host} port {port} cannot be served on ({error.strerror})"
        raise SettingsError(
            (f"{variable_of('http_port')}: {problem}. Example: {variable_of('http_port')}=8081",)
        ) from None
