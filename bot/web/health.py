"""Whether the process lives, and whether it can serve: for supervisors, load balancers and people who look."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

Check = Callable[[], Awaitable[str | None]]
"""Returns None when all is well, or else a sentence that says what is not."""

CHECK_TIMEOUT_S = 1.0
"""How long a check may take: supervisors give a probe a second or a few (Kubernetes: timeoutSeconds, 1 by default)."""

NO_STORE = {"Cache-Control": "no-store"}

logger = structlog.get_logger()


def health_routes(checks: Mapping[str, Check], *, check_timeout_s: float = CHECK_TIMEOUT_S) -> list[Route]:
    """Return two pages, both JSON.

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

    return [Route("/health/live", live), Route("/health/ready", ready)]


async def _result(name: str, check: Check, timeout_s: float) -> str | None:
    try:
        async with asyncio.timeout(timeout_s):
            return await check()
    except TimeoutError:
        return f"did not answer within {timeout_s:g} s"
    except Exception:  # a check that fails tells that its subject is not well; the page still answers
        logger.exception("a health check failed", check=name)
        return "the check itself failed; the log says why"
