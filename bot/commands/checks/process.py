"""What `expenseflow doctor` finds of a bot that runs here, by asking it, and by the lock that it holds."""

import json
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import aiohttp

from bot.findings import Finding, failing, ok, warning
from bot.settings import Settings, variable_of
from core.store.alone import served_by

CHECK = "running-bot"
READY_TIMEOUT_S = 10.0


async def process_finding(settings: Settings, sqlite_file: Path | None) -> Finding:
    """Ask whoever answers at HTTP_PORT whether it is ready. `sqlite_file`: whose lock tells of a bot elsewhere."""
    pid = served_by(sqlite_file) if sqlite_file is not None else None
    if settings.http_port == 0:
        return ok(CHECK, "its port is a free one each time, so that it cannot be asked" + _process(pid))
    address = f"http://{_host(settings.http_host)}:{settings.http_port}/health/ready"
    try:
        said = await _asked(address)
    except aiohttp.ClientConnectorError:
        return _nobody_answers(pid, address)
    except (aiohttp.ClientError, TimeoutError) as error:
        mend = "look what uses the port: ss -ltnp; restart the bot if it is the bot"
        return failing(CHECK, f"{address} does not answer as it should ({type(error).__name__})", mend)
    if said.get("status") == "ready":
        return ok(CHECK, f"ready at {address}{_process(pid)}")
    if said.get("status") == "not ready":
        troubles = [f"{name}: {sentence}" for name, sentence in said["failed"].items()]
        return failing(
            CHECK, f"not ready, by its own word at {address}", "see to what it says; its log says more", *troubles
        )
    return failing(
        CHECK,
        f"another program answers at {address}",
        f"stop it, or set {variable_of('http_port')} to a free port: the bot does not start on a taken one",
    )


def _nobody_answers(pid: str | None, address: str) -> Finding:
    if pid is None:
        return ok(CHECK, f"none runs here: nobody answers at {address}")
    return warning(
        CHECK,
        f"process {pid or '?'} serves the database, and does not answer at {address}",
        f"was it started with another {variable_of('http_port')}? Two deployments must not share one database file",
    )


async def _asked(address: str) -> dict[str, Any]:
    """Return what is said at an address; nothing where it is no object of JSON."""
    timeout = aiohttp.ClientTimeout(total=READY_TIMEOUT_S)
    async with aiohttp.ClientSession(timeout=timeout) as session, session.get(address) as answer:
        try:
            said = json.loads(await answer.read())
        except ValueError:
            return {}
    return said if isinstance(said, dict) else {}


def _process(pid: str | None) -> str:
    return f" (process {pid})" if pid else ""


def _host(host: str) -> str:
    """Return where to ask a server that listens at `host`: one that listens everywhere is asked here."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if address.is_unspecified:
        return "127.0.0.1" if address.version == 4 else "[::1]"
    return f"[{host}]" if address.version == 6 else host
