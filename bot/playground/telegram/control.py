"""What the page does for its people, as JSON over HTTP below `/control/telegram/`: a thin layer over `people.Person`.

POST …/<action> takes a JSON object (or a form, for what comes with files), GET …/state and GET …/chat tell
what there is. A refusal is answered 400 `{"error": "<sentence>"}`.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from bot.playground.state import Fault, Json, Rule
from bot.playground.telegram.emulator import TelegramEmulator
from bot.playground.telegram.errors import PersonError
from bot.playground.telegram.people import ChatReference, Person
from bot.playground.telegram.state import Chat

PREFIX = "/control/telegram"
ALBUM_PART = "files"


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


class _Act(_Body):
    person: int
    chat: ChatReference = None


class _Start(_Body):
    person: int
    bot: ChatReference = None
    payload: str | None = None


class _OpenLink(_Body):
    person: int
    url: str


class _Send(_Act):
    text: str
    reply_to: int | None = None


class _Edit(_Act):
    message_id: int
    text: str


class _Delete(_Act):
    message_id: int


class _Tap(_Act):
    message_id: int
    button: str


class _File(_Act):
    file: web.FileField
    caption: str = ""
    reply_to: int | None = None


class _Album(_Act):
    files: list[web.FileField]
    caption: str = ""


class _Member(_Body):
    person: int
    group: int
    member: int


class _Upgrade(_Body):
    person: int
    group: int


class _Block(_Body):
    person: int
    bot: ChatReference = None


class _Language(_Body):
    person: int
    language_code: str | None


class _NewPerson(_Body):
    first_name: str
    username: str | None = None
    language_code: str | None = "en"


class _NewGroup(_Body):
    person: int
    title: str
    kind: str = "group"


class _Misbehave(_Body):
    fault: Fault
    method: str = "*"
    remaining: int = 1
    retry_after_s: int = 1
    status: int = 500
    delay_s: float = 0.0
    copies: int = 2
    seed: int = 0


async def _start(telegram: TelegramEmulator, body: _Start) -> Json:
    return (await telegram.person(body.person).start(body.payload, bot=body.bot)).as_json()


async def _open_link(telegram: TelegramEmulator, body: _OpenLink) -> Json:
    return (await telegram.person(body.person).open_link(body.url)).as_json()


async def _send(telegram: TelegramEmulator, body: _Send) -> Json:
    person = telegram.person(body.person)
    return (await person.send_text(body.text, chat=body.chat, reply_to=body.reply_to)).as_json()


async def _edit(telegram: TelegramEmulator, body: _Edit) -> Json:
    return (await telegram.person(body.person).edit_text(body.message_id, body.text, chat=body.chat)).as_json()


async def _delete(telegram: TelegramEmulator, body: _Delete) -> Json:
    await telegram.person(body.person).delete(body.message_id, chat=body.chat)
    return {}


async def _tap(telegram: TelegramEmulator, body: _Tap) -> Json:
    query_id = await telegram.person(body.person).tap(body.message_id, body.button, chat=body.chat)
    return {"query_id": query_id}


async def _photo(telegram: TelegramEmulator, body: _File) -> Json:
    content = body.file.file.read()
    view = await telegram.person(body.person).send_photo(
        content, caption=body.caption, chat=body.chat, name=body.file.filename, reply_to=body.reply_to
    )
    return view.as_json()


async def _album(telegram: TelegramEmulator, body: _Album) -> Json:
    pictures = [file.file.read() for file in body.files]
    views = await telegram.person(body.person).send_album(pictures, caption=body.caption, chat=body.chat)
    return {"messages": [view.as_json() for view in views]}


async def _document(telegram: TelegramEmulator, body: _File) -> Json:
    view = await telegram.person(body.person).send_document(
        body.file.file.read(),
        name=body.file.filename,
        mime_type=body.file.content_type,
        caption=body.caption,
        chat=body.chat,
        reply_to=body.reply_to,
    )
    return view.as_json()


async def _add_to_group(telegram: TelegramEmulator, body: _Member) -> Json:
    await telegram.person(body.person).add_to_group(body.group, body.member)
    return {}


async def _remove_from_group(telegram: TelegramEmulator, body: _Member) -> Json:
    await telegram.person(body.person).remove_from_group(body.group, body.member)
    return {}


async def _upgrade_group(telegram: TelegramEmulator, body: _Upgrade) -> Json:
    return {"id": (await telegram.person(body.person).upgrade_group(body.group)).id}


async def _block(telegram: TelegramEmulator, body: _Block) -> Json:
    await telegram.person(body.person).block(bot=body.bot)
    return {}


async def _unblock(telegram: TelegramEmulator, body: _Block) -> Json:
    await telegram.person(body.person).unblock(bot=body.bot)
    return {}


async def _language(telegram: TelegramEmulator, body: _Language) -> Json:
    telegram.person(body.person).set_language(body.language_code)
    return {}


async def _new_person(telegram: TelegramEmulator, body: _NewPerson) -> Json:
    person = telegram.add_person(body.first_name, username=body.username, language_code=body.language_code)
    return asdict(person.account)


async def _new_group(telegram: TelegramEmulator, body: _NewGroup) -> Json:
    chat = telegram.create_group(body.title, creator_id=telegram.person(body.person).id, kind=body.kind)
    return {"id": chat.id}


async def _misbehave(telegram: TelegramEmulator, body: _Misbehave) -> Json:
    return asdict(telegram.misbehaviour.add(Rule(**body.model_dump())))


_Action = Callable[[TelegramEmulator, Any], Awaitable[Json]]
ACTIONS: dict[str, tuple[type[_Body], _Action]] = {
    "start": (_Start, _start),
    "open-link": (_OpenLink, _open_link),
    "send": (_Send, _send),
    "edit": (_Edit, _edit),
    "delete": (_Delete, _delete),
    "tap": (_Tap, _tap),
    "photo": (_File, _photo),
    "album": (_Album, _album),
    "document": (_File, _document),
    "add-to-group": (_Member, _add_to_group),
    "remove-from-group": (_Member, _remove_from_group),
    "upgrade-group": (_Upgrade, _upgrade_group),
    "block": (_Block, _block),
    "unblock": (_Block, _unblock),
    "language": (_Language, _language),
    "person": (_NewPerson, _new_person),
    "group": (_NewGroup, _new_group),
    "misbehave": (_Misbehave, _misbehave),
}
"""The path's last part -> the form of its body, and what it does."""


def describe_state(telegram: TelegramEmulator) -> Json:
    """Bots, people, groups and rules; the messages of a chat come by `describe_chat`."""
    state = telegram.state
    return {
        "bots": [bot.as_user() for bot in state.bots.values()],
        "people": [asdict(user) for user in state.users.values()],
        "groups": [
            {"id": chat.id, "title": chat.title, "kind": chat.kind, "members": chat.members}
            for chat in state.chats.values()
            if chat.kind != "private" and not chat.migrated_to
        ],
        "rules": [asdict(rule) for rule in telegram.misbehaviour.rules()],
    }


def describe_chat(telegram: TelegramEmulator, person: Person, chat: Chat) -> Json:
    """One chat as this person sees it now."""
    reference = chat.bot_id or chat.id
    bot = telegram.state.bots.get(chat.bot_id)
    return {
        "chat": telegram.state.chat_json(chat),
        "bot_id": chat.bot_id or None,
        "started": bot is None or person.id in bot.started_by,
        "blocked": bot is not None and person.id in bot.blocked_by,
        "messages": [view.as_json() for view in person.messages(reference)],
        "loading": person.loading(reference),
        "toasts": [asdict(toast) for toast in person.toasts(reference)],
        "commands": person.commands(reference),
        "reply_keyboard": chat.reply_keyboard,
        "action": chat.action if chat.action_until > telegram.clock() else "",
    }


class _Control:
    def __init__(self, telegram: TelegramEmulator) -> None:
        self.telegram = telegram

    async def act(self, request: web.Request) -> web.Response:
        name = request.match_info["action"]
        if name not in ACTIONS:
            return _refusal(404, f"There is no action {name!r}; there are {', '.join(ACTIONS)}.")
        form, action = ACTIONS[name]
        try:
            body = form.model_validate(await _read(request))
            return web.json_response(await action(self.telegram, body))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            return _refusal(400, f"{'.'.join(map(str, first['loc'])) or 'the body'}: {first['msg']}.")
        except json.JSONDecodeError:
            return _refusal(400, "The body is no JSON.")
        except PersonError as error:
            return _refusal(400, str(error))

    async def state(self, _: web.Request) -> web.Response:
        return web.json_response(describe_state(self.telegram))

    async def chat(self, request: web.Request) -> web.Response:
        """Query: `person` and, as in `people.ChatReference`, `chat`."""
        number = request.query.get("person", "")
        if not number.isdigit():
            return _refusal(400, "Say whose chat, as person=<id>.")
        try:
            person = self.telegram.person(int(number))
            return web.json_response(
                describe_chat(self.telegram, person, person.chat(request.query.get("chat") or None))
            )
        except PersonError as error:
            return _refusal(400, str(error))

    async def file(self, request: web.Request) -> web.Response:
        """A file's content by its id, for the page to show."""
        file = self.telegram.state.files.get(request.match_info["file_id"])
        if file is None:
            return _refusal(404, "There is no such file.")
        return web.Response(body=file.content, content_type=file.mime_type)


async def _read(request: web.Request) -> Json:
    if request.content_type.startswith("multipart/"):
        form = await request.post()
        # An album's pictures are parts of one name.
        return {name: form.getall(name) if name == ALBUM_PART else form[name] for name in form}
    body = await request.json()
    return body if isinstance(body, dict) else {"body": body}


def _refusal(status: int, sentence: str) -> web.Response:
    return web.json_response({"error": sentence}, status=status)


def add_control_routes(app: web.Application, telegram: TelegramEmulator) -> None:
    """Serves the page's side below PREFIX. It must be reachable from this machine alone: it knows no passwords."""
    control = _Control(telegram)
    app.router.add_get(f"{PREFIX}/state", control.state)
    app.router.add_get(f"{PREFIX}/chat", control.chat)
    app.router.add_get(f"{PREFIX}/file/{{file_id}}", control.file)
    app.router.add_post(f"{PREFIX}/{{action}}", control.act)
