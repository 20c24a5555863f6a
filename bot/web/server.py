"""The HTTP server of the process: one address, which begins to listen at once, and ends within seconds."""

import socket
from asyncio import create_task
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.types import ASGIApp
from typing_extensions import override

from bot.settings import SettingsError, variable_of

SHUTDOWN_TIMEOUT_S = 1
"""How long answers under way may take when the process stops; uvicorn takes whole seconds."""


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
    task = create_task(server.serve(sockets=[listening]))
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
