"""What `expenseflow doctor` asks Slack: the tokens, the scopes against the manifest, how deliveries come, the time."""

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.findings import Finding, clock_finding, failing, ok, skipped, warning
from bot.settings import Settings, variable_of, webhook_path
from bot.slack.calls import Method, SlackCalls
from bot.slack.incoming import PLATFORM
from bot.slack.manifest import bot_scopes
from core.kernel.clock import Clock

TOKEN, SCOPES, TRANSPORT, CLOCK = "slack-bot-token", "slack-scopes", "slack-transport", "slack-clock"
SCOPES_HEADER = "x-oauth-scopes"
"""In which Slack names the token's scopes with every answer: https://api.slack.com/legacy/oauth-scopes#working-with-scopes"""
_APP_OF_TOKEN = re.compile(r"xapp-\d+-(A[A-Z0-9]+)-")
_APP_SETTINGS = "https://api.slack.com/apps"


async def examine(settings: Settings, clock: Clock) -> list[Finding]:
    """Make the checks. Nothing is changed at Slack, and no socket is opened."""
    if settings.slack_bot_token is None:
        return []
    calls = SlackCalls(token=settings.slack_bot_token.get_secret_value(), api_url=settings.slack_api_url, proxy=None)
    try:
        asked = await _ask(calls, Method.AUTH_TEST)
        bot_id = asked.data.get("bot_id")
        app = await _ask(calls, Method.BOTS_INFO, bot=bot_id) if asked.data.get("ok") and bot_id else None
    finally:
        await calls.close()
    if not asked.data.get("ok"):
        found = [_no_answer(settings, TOKEN, "slack_bot_token", asked), skipped(SCOPES, "needs the bot token")]
    else:
        team, name = asked.data.get("team") or asked.data["team_id"], asked.data.get("user")
        found = [ok(TOKEN, f"it is {name}'s in {team} ({asked.data['team_id']})"), _scopes(asked)]
    app_id = (app.data.get("bot") or {}).get("app_id") if app else None
    found.append(await _transport(settings, app_id))
    if "date" in asked.headers:
        there = parsedate_to_datetime(asked.headers["date"]).astimezone(UTC)
        found.append(clock_finding(CLOCK, "Slack's", (clock.now() - there).total_seconds() - 0.5))
    return found


class _Answer:
    """What Slack said: its answer's body, which is {"error": …} for a refusal, and its head by names in lower case."""

    def __init__(self, data: Any, headers: Mapping[str, str]) -> None:
        self.data: dict[str, Any] = data if isinstance(data, dict) else {"error": "no JSON"}
        self.headers = {name.lower(): value for name, value in headers.items()}


async def _ask(calls: SlackCalls, method: Method, **arguments: str) -> _Answer:
    """Call a method for its head as much as for its answer."""
    try:
        answer = await calls.client.api_call(method, data=arguments)
    except SlackApiError as error:
        refused: Any = error.response
        return _Answer(getattr(refused, "data", None), getattr(refused, "headers", {}))
    except (aiohttp.ClientError, TimeoutError) as error:
        return _Answer({"error": f"{type(error).__name__}: {error}", "is_away": True}, {})
    return _Answer(answer.data, answer.headers)


def _no_answer(settings: Settings, check: str, field: str, asked: _Answer) -> Finding:
    if "is_away" in asked.data:
        return failing(
            check,
            f"Slack does not answer at {settings.slack_api_url}: {asked.data['error']}",
            f"look at this machine's network and DNS, and at {variable_of('slack_api_url')}",
        )
    where = "OAuth & Permissions" if field == "slack_bot_token" else "Basic Information, App-Level Tokens"
    return failing(
        check,
        f"Slack refuses {variable_of(field)}: {asked.data.get('error')}",
        f"copy it from {_APP_SETTINGS}, {where}; an app-level token needs the scope connections:write",
    )


def _scopes(asked: _Answer) -> Finding:
    if SCOPES_HEADER not in asked.headers:
        return warning(
            SCOPES, "Slack did not say which scopes the bot token has", "look whether a proxy removes headers"
        )
    given = {scope.strip() for scope in asked.headers.get(SCOPES_HEADER, "").split(",") if scope.strip()}
    needed = set(bot_scopes())
    missing, more = sorted(needed - given), sorted(given - needed)
    if missing:
        return failing(
            SCOPES,
            f"the bot token lacks {', '.join(missing)}",
            f"paste the output of `expenseflow slack-manifest` at {_APP_SETTINGS}, App Manifest, and install the app to the"
            " workspace again: scopes are given at the installation",
        )
    besides = f"; besides it has {', '.join(more)}, which nothing here needs" if more else ""
    return ok(SCOPES, f"the bot token has all {len(needed)} that the manifest asks for{besides}")


async def _transport(settings: Settings, app_id: str | None) -> Finding:
    if settings.slack_app_token is None:
        return ok(TRANSPORT, f"over HTTP: Slack posts to {webhook_path(PLATFORM)}; the signing secret is set")
    token = settings.slack_app_token.get_secret_value()
    calls = SlackCalls(token=token, api_url=settings.slack_api_url, proxy=None)
    try:
        asked = await _ask(calls, Method.CONNECTIONS_OPEN)
    finally:
        await calls.close()
    if not asked.data.get("ok"):
        return _no_answer(settings, TRANSPORT, "slack_app_token", asked)
    theirs = _APP_OF_TOKEN.match(token)
    if theirs is not None and app_id is not None and theirs[1] != app_id:
        return failing(
            TRANSPORT,
            f"the app-level token is of the app {theirs[1]}, the bot token of {app_id}",
            f"take both from one app at {_APP_SETTINGS}",
        )
    return ok(TRANSPORT, "by Socket Mode: the app-level token opens connections")
