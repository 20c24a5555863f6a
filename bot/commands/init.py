"""`expenseflow init`: makes a workspace and prints the one-time code of its first admin."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.refusals import CommandRefused
from bot.commands.store import with_database

if TYPE_CHECKING:
    from bot.settings import Settings
    from core.flows.start_workspace import Started
    from core.store.database import Database

NAME_LENGTH_MAX = 80
"""As long as a workspace's name may be, so that it fits into every sentence that names it."""

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def init(
    name: Annotated[str, typer.Option(help="What the workspace is called: the company, the team.")],
    currency: Annotated[str, typer.Option(help="The currency of its books, by ISO 4217: EUR.")],
    timezone: Annotated[str, typer.Option(help="The time zone that its days go by: Europe/Berlin.")],
    language: Annotated[str, typer.Option(help="The language that it begins in: en.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print workspace_id and admin_code as one object of JSON.")
    ] = False,
) -> None:
    """Make a workspace with one business, and print the one-time code of its first admin.

    The database is made and brought up to date where that is needed.
    """
    name = " ".join(name.split())
    problems = [*_problems_of_name(name), *_problems_of_currency(currency), *_problems_of_time_zone(timezone)]
    problems += _problems_of_language(language)
    if problems:
        raise CommandRefused(*problems)

    async def start(settings: "Settings", database: "Database") -> "Started":
        from bot.settings import load_or_create_secret_key
        from core.flows.start_workspace import start_workspace
        from core.identity.codes import code_key
        from core.store.migrate import migrate
        from core.store.unit_of_work import Actor

        key = code_key(load_or_create_secret_key(settings).get_secret_value())
        await migrate(database)
        async with database.write(Actor(platform="command-line", operation="init")) as uow:
            return await start_workspace(
                uow, name=name, currency=currency.upper(), time_zone=timezone, language=language, code_key=key
            )

    started = with_database(start)
    if as_json:
        typer.echo(json.dumps({"workspace_id": started.workspace_id, "admin_code": started.admin_code}))
    else:
        typer.echo(_next_steps(name, started.admin_code))


def _next_steps(name: str, code: str) -> str:
    from core.identity.codes import CODE_VALID

    return (
        f"{name} is ready. Whoever uses this code first becomes its admin; it works once, within {CODE_VALID.days} days:\n"
        f"\n    {code}\n\n"
        f"  Telegram: send /start {code} to the bot\n"
        f"  Slack:    type /expense start {code}"
    )


def _problems_of_name(name: str) -> list[str]:
    if not name:
        return ['--name: is empty. Example: --name "Acme GmbH"']
    if len(name) > NAME_LENGTH_MAX:
        return [f'--name: is longer than {NAME_LENGTH_MAX} characters. Example: --name "Acme GmbH"']
    return []


def _problems_of_currency(code: str) -> list[str]:
    from core.money import Currency, UnknownCurrency

    try:
        Currency.of(code)
    except UnknownCurrency:
        return [f"--currency: {code!r} is not a currency of ISO 4217. Example: --currency EUR"]
    return []


def _problems_of_time_zone(name: str) -> list[str]:
    from difflib import get_close_matches
    from zoneinfo import available_timezones

    zones = available_timezones()
    if name in zones:
        return []
    by_small_letters = {zone.lower(): zone for zone in sorted(zones)}
    close = get_close_matches(name.lower().replace(" ", "_"), by_small_letters, n=1)
    example = by_small_letters[close[0]] if close else "Europe/Berlin"
    return [f"--timezone: {name!r} is not a time zone of the IANA database. Example: --timezone {example}"]


def _problems_of_language(language: str) -> list[str]:
    from bot.translation import default_catalogues

    known = default_catalogues().languages
    if language in known:
        return []
    return [f"--language: {language!r} is not spoken here, {', '.join(known)} are. Example: --language {known[0]}"]
