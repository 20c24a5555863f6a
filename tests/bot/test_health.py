"""What a supervisor asks over HTTP, and what it hears."""

import asyncio
import signal
import socket

import httpx
import pytest

from bot.settings import SettingsError
from bot.web.app import web_app
from bot.web.health import Check, health_routes
from bot.web.server import serving


async def well() -> str | None:
    return None


async def behind() -> str | None:
    return "the database is not at the newest migration"


async def broken() -> str | None:
    raise RuntimeError("secret details")


async def stuck() -> str | None:
    await asyncio.Event().wait()
    return None


async def get(path: str, checks: dict[str, Check]) -> httpx.Response:
    async with (
        serving(web_app(health_routes(checks, check_timeout_s=0.05)), "127.0.0.1", 0) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        return await client.get(path)


async def test_a_process_is_alive_whatever_its_checks_say() -> None:
    answer = await get("/health/live", {"database": behind, "telegram": broken})
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


async def test_a_process_is_ready_when_every_check_is_well() -> None:
    answer = await get("/health/ready", {"database": well, "telegram": well})
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})
    assert answer.headers["cache-control"] == "no-store"


async def test_what_is_not_well_is_named_and_a_stuck_check_delays_nobody() -> None:
    answer = await get("/health/ready", {"database": behind, "slack": well, "telegram": broken, "worker": stuck})
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "not ready",
        "failed": {
            "database": "the database is not at the newest migration",
            "telegram": "the check itself failed; the log says why",
            "worker": "did not answer within 0.05 s",
        },
    }


async def test_other_pages_are_not_found() -> None:
    assert (await get("/", {})).status_code == 404


async def test_a_taken_port_is_a_problem_of_the_settings() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"EXPENSEFLOW_HTTP_PORT: 127.0.0.1 port {port} cannot be served on"):
            async with serving(web_app(health_routes({})), "127.0.0.1", port):
                pytest.fail("nothing can be served on a taken port")


async def test_signals_stay_with_the_process_and_the_port_is_free_afterwards() -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    async with serving(web_app(health_routes({})), "127.0.0.1", 0) as port:
        assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before
    with socket.create_server(("127.0.0.1", port)):
        pass
