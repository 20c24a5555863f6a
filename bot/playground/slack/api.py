"""The Web API's front door: body, token, scope and faults; then the method itself.

Source: https://docs.slack.dev/apis/web-api/using-the-slack-web-api.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from bot.playground.slack.errors import SlackError
from bot.playground.slack.rate_limits import RateLimits
from bot.playground.slack.scopes import METHOD_RULES, MethodRule
from bot.playground.slack.settings import SlackSettings
from bot.playground.slack.state import SlackState
from bot.playground.state import CALL_FAULTS, Fault, Json, Misbehaviour, Publisher, Rule
from bot.playground.wire import WireLog, cut_connection

Method = Callable[[Json], Json]
"""Takes a method's arguments and returns the answer without `ok`. Raises SlackError."""

_JSON_ARGUMENTS = {
    "attachments": "invalid_attachments",
    "blocks": "invalid_blocks_format",
    "files": "invalid_arguments",
    "metadata": "invalid_metadata_format",
    "view": "invalid_arguments",
}
"""Arguments that may arrive as a JSON string, and the error for a string that is none."""

_WITHOUT_EFFECT = frozenset({Fault.DROP_BEFORE, Fault.SERVER_ERROR, Fault.TOO_MANY_REQUESTS, Fault.REFUSED})

_FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


class WebApi:
    """Serves every method of the table."""

    def __init__(
        self,
        settings: SlackSettings,
        state: SlackState,
        *,
        wire: WireLog,
        misbehaviour: Misbehaviour,
        methods: Mapping[str, Method],
        activity: Publisher[str],
        rate_limits: RateLimits,
    ) -> None:
        self.settings = settings
        self.state = state
        self.wire = wire
        self.misbehaviour = misbehaviour
        self.methods = dict(methods)
        self.activity = activity
        self.rate_limits = rate_limits
        self.calls_in_flight = 0

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """The handler of the route of all methods."""
        self.calls_in_flight += 1
        try:
            return await self._serve(request)
        finally:
            self.calls_in_flight -= 1
            self.activity.publish(request.match_info["method"])

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        started = self.state.clock()
        self.state.base_url = f"{request.scheme}://{request.host}"
        fault = self.misbehaviour.take(name, CALL_FAULTS | {Fault.REFUSED})
        arguments: Json = {}
        try:
            arguments, warnings = await read_arguments(request)
            if fault is None and (wait_s := self.rate_limits.refusal(name, arguments.get("channel"))) is not None:
                fault = Rule(fault=Fault.TOO_MANY_REQUESTS, retry_after_s=wait_s)
            if fault is not None and fault.fault in _WITHOUT_EFFECT:
                status, answer = _fault_answer(fault)
            else:
                status, answer = 200, {"ok": True} | self._call(request, name, arguments) | _warned(warnings)
        except SlackError as error:
            status, answer = 200, error.answer()
        cut = fault is not None and fault.fault in (Fault.DROP_BEFORE, Fault.DROP_AFTER)
        if fault is not None and fault.fault is Fault.SLOW:
            await asyncio.sleep(fault.delay_s)
        self.wire.record(
            platform="slack",
            direction="bot-to-server",
            name=name,
            request=arguments,
            answer=answer,
            status=None if cut else status,
            started=started,
            duration_ms=(self.state.clock() - started) * 1000,
            chat=str(arguments["channel"]) if arguments.get("channel") else None,
        )
        if cut:
            return cut_connection(request)
        return web.json_response(answer, status=status, headers=self._headers(name, fault))

    def _headers(self, name: str, fault: Rule | None) -> dict[str, str]:
        rule = METHOD_RULES.get(name, MethodRule())
        headers = {
            "X-OAuth-Scopes": ",".join(sorted(self.settings.scopes)),
            "X-Accepted-OAuth-Scopes": ",".join(rule.scopes),
        }
        if fault is not None and fault.fault is Fault.TOO_MANY_REQUESTS:
            headers["Retry-After"] = str(fault.retry_after_s)
        return headers

    def _call(self, request: web.Request, name: str, arguments: Json) -> Json:
        method, rule = self.methods.get(name), METHOD_RULES.get(name)
        if method is None or rule is None:
            raise SlackError("unknown_method", req_method=name)
        token = _bearer(request)
        if token is None and request.content_type != "application/json":
            token = arguments.get("token")
        self._authorize(token, rule)
        if request.content_type == "application/json" and not rule.takes_json:
            # Slack does not read the JSON body of such a method: it sees the arguments of the URL alone.
            arguments = dict(request.query)
        return method({key: value for key, value in arguments.items() if key != "token"})

    def _authorize(self, token: str | None, rule: MethodRule) -> None:
        if not token:
            raise SlackError("not_authed")
        if token not in (self.settings.bot_token, self.settings.app_token):
            raise SlackError("invalid_auth")
        if (token == self.settings.app_token) != rule.app_level:
            raise SlackError("not_allowed_token_type")
        if not rule.app_level and rule.scopes and self.settings.scopes.isdisjoint(rule.scopes):
            raise missing_scope(self.settings, rule.scopes)


def missing_scope(settings: SlackSettings, needed: tuple[str, ...]) -> SlackError:
    """The refusal that names what is needed and what the app has."""
    return SlackError("missing_scope", needed=",".join(needed), provided=",".join(sorted(settings.scopes)))


def _bearer(request: web.Request) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _warned(warnings: list[str]) -> Json:
    if not warnings:
        return {}
    return {"warning": ",".join(warnings), "response_metadata": {"warnings": warnings}}


def _fault_answer(fault: Rule) -> tuple[int, Json]:
    if fault.fault is Fault.REFUSED:
        return 200, SlackError(fault.error).answer()
    if fault.fault is Fault.TOO_MANY_REQUESTS:
        return 429, {"ok": False, "error": "ratelimited"}
    return fault.status, {"ok": False, "error": "internal_error"}


async def read_arguments(request: web.Request) -> tuple[Json, list[str]]:
    """A call's arguments from its URL and body, and Slack's warnings about the body's declared character set."""
    arguments: Json = dict(request.query)
    warnings: list[str] = []
    if request.method == "POST" and request.can_read_body:
        if "Content-Type" not in request.headers:
            raise SlackError("missing_post_type")
        if request.content_type == "application/json":
            if request.charset is None:
                warnings.append("missing_charset")
            arguments |= await _json_body(request)
        elif request.content_type in _FORM_TYPES:
            arguments |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
        else:
            raise SlackError("invalid_post_type")
    for name, error in _JSON_ARGUMENTS.items():
        if isinstance(arguments.get(name), str):
            arguments[name] = _decoded(arguments[name], error)
    return arguments, warnings


async def _json_body(request: web.Request) -> Json:
    try:
        body = await request.json()
    except ValueError as error:
        raise SlackError("invalid_json") from error
    if not isinstance(body, dict):
        raise SlackError("json_not_object")
    return body


def _decoded(text: str, error_code: str) -> Any:
    if text == "":
        return None
    try:
        return json.loads(text)
    except ValueError as error:
        raise SlackError(error_code) from error


def required_text(arguments: Json, name: str) -> str:
    """A string argument that must be there. Raises SlackError invalid_arguments."""
    value = arguments.get(name)
    if value is None or value == "":
        raise SlackError(
            "invalid_arguments",
            response_metadata={"messages": [f"[ERROR] missing required field: {name} [json-pointer:/{name}]"]},
        )
    return str(value)


def flag(arguments: Json, name: str) -> bool:
    """A boolean argument, which a form writes as 1 or true."""
    return arguments.get(name) in (True, "1", "true", "True")
