"""`expenseflow slack-manifest`: writes the manifest that a Slack app is made from, at https://api.slack.com/apps.

expenseflow slack-manifest > manifest.yaml
expenseflow slack-manifest --url https://expenses.example.com > manifest.yaml
"""

import json
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from bot.commands.refusals import CommandRefused

EXAMPLE = "--transport http --url https://expenses.example.com"

app = typer.Typer(add_completion=False, rich_markup_mode=None)


class Format(StrEnum):
    """How it is written; Slack takes both."""

    YAML = "yaml"
    JSON = "json"


class Transport(StrEnum):
    """How Slack delivers: over a socket that the bot opens, or to a public address."""

    SOCKET = "socket"
    HTTP = "http"


@app.command()
def slack_manifest(
    output: Annotated[Format, typer.Option("--format", help="How it is written.")] = Format.YAML,
    transport: Annotated[
        Transport | None,
        typer.Option(
            help="socket: Socket Mode, no public address. http: with --url. Default: http if there is a --url."
        ),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(help="The bot's public address, by https; /webhooks/slack is added where it is missing."),
    ] = None,
    language: Annotated[str, typer.Option(help="The language of its words, which are one for everybody.")] = "en",
) -> None:
    """Write the manifest of the Slack app: what the bot can do, what it hears of, and what it may.

    Paste it at https://api.slack.com/apps, "Create New App", "From a manifest"; of an app that exists, into "App Manifest".
    """
    from bot.slack.manifest import manifest
    from bot.translation import default_catalogues
    from handlers.catalogue import registry

    problems = [*_problems_of_transport(transport, url), *_problems_of_language(language)]
    if problems:
        raise CommandRefused(*problems)
    request_url = None if url is None else _request_url(url)
    made = manifest(registry, default_catalogues().translator(language), request_url)
    typer.echo(_written(made, output), nl=False)


def _problems_of_transport(transport: Transport | None, url: str | None) -> list[str]:
    if url is None:
        return [f"--transport http: needs --url. Example: {EXAMPLE}"] if transport is Transport.HTTP else []
    if transport is Transport.SOCKET:
        return [f"--url: is for HTTP; Socket Mode needs no address. Example: {EXAMPLE}"]
    return [] if _is_public(url) else [f"--url: must begin with https:// and name a host alone. Example: {EXAMPLE}"]


def _is_public(url: str) -> bool:
    from bot.slack.limits import REQUEST_URL_CHARACTERS_MAX

    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for a port that is no number
    except ValueError:
        return False
    is_plain = (
        not (parts.query or parts.fragment or parts.username) and len(_request_url(url)) <= REQUEST_URL_CHARACTERS_MAX
    )
    return parts.scheme == "https" and bool(parts.hostname) and is_plain


def _problems_of_language(language: str) -> list[str]:
    from bot.translation import default_catalogues

    known = default_catalogues().languages
    return [] if language in known else [f"--language: there is no {language}; there are {', '.join(sorted(known))}"]


def _request_url(url: str) -> str:
    from bot.settings import webhook_path
    from bot.slack.incoming import PLATFORM

    path = webhook_path(PLATFORM)
    return url if url.endswith(path) else url.rstrip("/") + path


def _written(made: dict[str, Any], output: Format) -> str:
    if output is Format.JSON:
        return json.dumps(made, ensure_ascii=False, indent=2) + "\n"
    import yaml

    return yaml.safe_dump(made, sort_keys=False, allow_unicode=True, width=120)
