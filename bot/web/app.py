"""The web application: made of what this process serves, and of nothing else."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.routing import BaseRoute


def web_app(pages: Sequence[BaseRoute], webhooks: Sequence[BaseRoute] = ()) -> Starlette:
    """Return the application: `pages` for those who run the bot, and the platforms' webhooks where there are any.

    With webhooks it is a FastAPI application. FastAPI costs 0.26 s and 10 MB at the start, and a bot that polls, and
    whose pages are health and figures alone, does without.
    """
    if not webhooks:
        return Starlette(routes=list(pages))
    from fastapi import FastAPI

    # Its documentation would list what is for platforms and supervisors only.
    return FastAPI(routes=[*pages, *webhooks], openapi_url=None, docs_url=None, redoc_url=None)
