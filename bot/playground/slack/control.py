"""What the page does for its people, as JSON over HTTP below `/control/slack/`: a thin layer over `people.Person`.

POST …/<action> takes a JSON object; GET …/state and GET …/view tell what there is. A refusal is answered 400
`{"error": "<sentence>"}`.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from bot.playground.slack.deliveries import Answer
from bot.playground.slack.emulator import SlackEmulator
from bot.playground.slack.errors import ControlError
from bot.playground.slack.modal import Modal
from bot.playground.slack.people import Person
from bot.playground.slack.state import ChannelKind
from bot.playground.state import Fault, Json, Rule

PREFIX = "/control/slack"


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Act(_Body):
    person: str
    channel: str = "dm"


class _Send(_Act):
    text: str
    thread_ts: str | None = None


class _Files(_Act):
    text: str = ""
    files: list[tuple[str, str]]
    """Each a name and its content in base64."""
    thread_ts: str | None = None


class _Message(_Act):
    ts: str


class _Edit(_Message):
    text: str


class _Command(_Act):
    command: str
    text: str = ""


class _Tap(_Message):
    what: str
    option: Any = None


class _ModalAct(_Body):
    person: str
    answers: dict[str, Any] = {}


class _ModalTap(_Body):
    person: str
    what: str
    option: Any = None


class _ModalClose(_Body):
    person: str
    all: bool = False


class _Shortcut(_Body):
    person: str
    callback_id: str
    channel: str | None = None
    ts: str | None = None


class _Who(_Body):
    person: str


class _NewPerson(_Body):
    id: str
    name: str
    real_name: str
    team_id: str | None = None
    locale: str = "en-US"
    is_guest: bool = False
    is_admin: bool = False


class _NewChannel(_Body):
    name: str
    members: list[str]
    kind: ChannelKind = "channel"
    with_bot: bool = True


class _Misbehave(_Body):
    fault: Fault
    method: str = "*"
    remaining: int = 1
    retry_after_s: int = 1
    status: int = 500
    delay_s: float = 0.0
    error: str = "internal_error"
    copies: int = 2
    seed: int = 0


class _Transport(_Body):
    request_url: str | None = None
    """None: Socket Mode."""


class _Network(_Body):
    what: Literal["cut", "retry", "warning", "refresh_requested", "link_disabled"]


def _answered(answer: Answer | None) -> Json:
    return {} if answer is None else {"outcome": answer.outcome.value}


async def _send(slack: SlackEmulator, body: _Send) -> Json:
    return {"ts": slack.person(body.person).send_text(body.channel, body.text, thread_ts=body.thread_ts)}


async def _files(slack: SlackEmulator, body: _Files) -> Json:
    try:
        files = [(name, base64.b64decode(content, validate=True)) for name, content in body.files]
    except binascii.Error as error:
        raise ControlError("A file's content must be base64.") from error
    person = slack.person(body.person)
    return {"ts": person.send_files(body.channel, files, text=body.text, thread_ts=body.thread_ts)}


async def _edit(slack: SlackEmulator, body: _Edit) -> Json:
    slack.person(body.person).edit_text(body.channel, body.ts, body.text)
    return {}


async def _delete(slack: SlackEmulator, body: _Message) -> Json:
    slack.person(body.person).delete_message(body.channel, body.ts)
    return {}


async def _command(slack: SlackEmulator, body: _Command) -> Json:
    return _answered(await slack.person(body.person).command(body.command, body.text, body.channel))


async def _tap(slack: SlackEmulator, body: _Tap) -> Json:
    person = slack.person(body.person)
    if body.option is None:
        return _answered(await person.tap(body.channel, body.ts, body.what))
    return _answered(await person.choose(body.channel, body.ts, body.what, body.option))


def _modal_of(slack: SlackEmulator, person_id: str) -> Modal:
    modal = slack.person(person_id).modal
    if modal is None:
        raise ControlError("No form is open.")
    return modal


async def _modal_fill(slack: SlackEmulator, body: _ModalAct) -> Json:
    await _modal_of(slack, body.person).fill(body.answers)
    return {}


async def _modal_submit(slack: SlackEmulator, body: _ModalAct) -> Json:
    """Answers that are given are filled in first."""
    modal = _modal_of(slack, body.person)
    await modal.fill(body.answers)
    sent = await modal.submit()
    return {"errors": sent.errors, "notice": sent.notice, "is_open": sent.is_open} | _answered(sent.answer)


async def _modal_close(slack: SlackEmulator, body: _ModalClose) -> Json:
    modal = _modal_of(slack, body.person)
    await (modal.close_all() if body.all else modal.close())
    return {}


async def _modal_tap(slack: SlackEmulator, body: _ModalTap) -> Json:
    modal = _modal_of(slack, body.person)
    if body.option is None:
        return _answered(await modal.tap(body.what))
    await modal.choose(body.what, body.option)
    return {}


async def _home_open(slack: SlackEmulator, body: _Who) -> Json:
    slack.person(body.person).open_home()
    return {}


async def _home_tap(slack: SlackEmulator, body: _ModalTap) -> Json:
    return _answered(await slack.person(body.person).tap_home(body.what, body.option))


async def _shortcut(slack: SlackEmulator, body: _Shortcut) -> Json:
    person = slack.person(body.person)
    return _answered(await person.shortcut(body.callback_id, channel=body.channel, ts=body.ts))


async def _join(slack: SlackEmulator, body: _Act) -> Json:
    slack.person(body.person).join(body.channel)
    return {}


async def _new_person(slack: SlackEmulator, body: _NewPerson) -> Json:
    if body.id in slack.state.users:
        raise ControlError(f"The id {body.id} is taken.")
    given = body.model_dump()
    person = slack.add_person(given.pop("id"), given.pop("name"), given.pop("real_name"), **given)
    return asdict(person.user)


async def _new_channel(slack: SlackEmulator, body: _NewChannel) -> Json:
    for member in body.members:
        slack.person(member)
    channel = slack.add_channel(body.name, members=body.members, kind=body.kind, with_bot=body.with_bot)
    return {"id": channel.id}


async def _misbehave(slack: SlackEmulator, body: _Misbehave) -> Json:
    return asdict(slack.misbehaviour.add(Rule(**body.model_dump())))


async def _network(slack: SlackEmulator, body: _Network) -> Json:
    match body.what:
        case "cut":
            slack.cut()
        case "retry":
            await slack.retry_now()
        case reason:
            await slack.hub.disconnect(reason)
    return {}


async def _transport(slack: SlackEmulator, body: _Transport) -> Json:
    if body.request_url is None:
        slack.use_socket()
    else:
        await slack.use_http(body.request_url)
    return {}


_Action = Callable[[SlackEmulator, Any], Awaitable[Json]]
ACTIONS: dict[str, tuple[type[_Body], _Action]] = {
    "send": (_Send, _send),
    "files": (_Files, _files),
    "edit": (_Edit, _edit),
    "delete": (_Message, _delete),
    "command": (_Command, _command),
    "tap": (_Tap, _tap),
    "modal-fill": (_ModalAct, _modal_fill),
    "modal-submit": (_ModalAct, _modal_submit),
    "modal-close": (_ModalClose, _modal_close),
    "modal-tap": (_ModalTap, _modal_tap),
    "home-open": (_Who, _home_open),
    "home-tap": (_ModalTap, _home_tap),
    "shortcut": (_Shortcut, _shortcut),
    "join": (_Act, _join),
    "person": (_NewPerson, _new_person),
    "channel": (_NewChannel, _new_channel),
    "misbehave": (_Misbehave, _misbehave),
    "network": (_Network, _network),
    "transport": (_Transport, _transport),
}
"""The path's last part -> the form of its body, and what it does."""


def describe_state(slack: SlackEmulator) -> Json:
    """The team, people, channels, and how the app is connected. Messages come by `describe_view`."""
    return {
        "team": {"id": slack.settings.team_id, "name": slack.settings.team_name},
        "bot": {"id": slack.settings.bot_user_id, "name": slack.settings.bot_name},
        "commands": list(slack.settings.commands),
        "people": [asdict(user) for user in slack.state.users.values()],
        "channels": [
            {"id": channel.id, "name": channel.name, "kind": channel.kind, "members": channel.members}
            for channel in slack.state.channels.values()
        ],
        "transport": slack.deliveries.transport.name,
        "connections": len(slack.hub.connections),
        "pending": len(slack.deliveries.pending),
        "lost": len(slack.deliveries.lost),
        "rules": [asdict(rule) for rule in slack.misbehaviour.rules()],
    }


def describe_view(person: Person, channel: str) -> Json:
    """One conversation as this person sees it now, with the form and the Home tab in front of them."""
    where, modal = person.channel(channel), person.modal
    shown = None
    if modal is not None:
        depth = len(person.slack.views.stack(person.id))
        shown = {
            "view": modal.view,
            "values": modal.open_view.values,
            "errors": modal.errors,
            "notice": modal.notice,
            "depth": depth,
        }
    return {
        "channel": {"id": where.id, "name": where.name, "kind": where.kind, "members": where.members},
        "messages": person.messages(where.id),
        "modal": shown,
        "home": person.home,
    }


class _Control:
    def __init__(self, slack: SlackEmulator) -> None:
        self.slack = slack

    async def act(self, request: web.Request) -> web.Response:
        name = request.match_info["action"]
        if name not in ACTIONS:
            return _refusal(404, f"There is no action {name!r}; there are {', '.join(ACTIONS)}.")
        form, action = ACTIONS[name]
        try:
            body = form.model_validate(await request.json())
            return web.json_response(await action(self.slack, body))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            return _refusal(400, f"{'.'.join(map(str, first['loc'])) or 'the body'}: {first['msg']}.")
        except ControlError as error:
            return _refusal(400, str(error))
        except ValueError:
            return _refusal(400, "The body is no JSON.")

    async def state(self, _: web.Request) -> web.Response:
        return web.json_response(describe_state(self.slack))

    async def view(self, request: web.Request) -> web.Response:
        """Query: `person`, and `channel` as in `people.Person`."""
        try:
            person = self.slack.person(request.query.get("person", ""))
            return web.json_response(describe_view(person, request.query.get("channel", "dm")))
        except ControlError as error:
            return _refusal(400, str(error))

    async def file(self, request: web.Request) -> web.Response:
        """A file's content by its id, for the page to show."""
        file = self.slack.state.files.get(request.match_info["file_id"])
        if file is None or file.content is None:
            return _refusal(404, "There is no such file.")
        mimetype = self.slack.chat.file_object(file)["mimetype"]
        return web.Response(body=file.content, content_type=mimetype)


def _refusal(status: int, sentence: str) -> web.Response:
    return web.json_response({"error": sentence}, status=status)


def add_control_routes(app: web.Application, slack: SlackEmulator) -> None:
    """Serves the page's side below PREFIX. It must be reachable from this machine alone: it knows no passwords."""
    control = _Control(slack)
    app.router.add_get(f"{PREFIX}/state", control.state)
    app.router.add_get(f"{PREFIX}/view", control.view)
    app.router.add_get(f"{PREFIX}/file/{{file_id}}", control.file)
    app.router.add_post(f"{PREFIX}/{{action}}", control.act)
