"""What Telegram may answer, word by word, through python-telegram-bot, and what becomes of it."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from telegram.error import NetworkError

from bot.platform import Destination, LockedOut, MessageGone, MessageRef, Refused, TryLater, Unreachable
from bot.telegram.client import BEHIND, RAW, PollingRequest
from bot.telegram.platform import TelegramPlatform
from bot.translation import Translator
from handlers.replies import say
from handlers.text import Verbatim

CARD = say(Verbatim("hi"))
ENGLISH = Translator("en")
MESSAGE = MessageRef("42", "7")


class BotApi:
    """A Bot API that gives the answers which a test lays out, one after the other, and keeps what it was asked."""

    platform: TelegramPlatform

    def __init__(self) -> None:
        self.answers: list[tuple[int, Any]] = []
        self.asked: list[dict[str, Any]] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(dict(await request.post()))
        status, body = self.answers.pop(0)
        return web.Response(status=status, text=body if isinstance(body, str) else json.dumps(body))


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    api = BotApi()
    app = web.Application()
    app.router.add_post("/bot{token}/{method}", api.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    api.platform = TelegramPlatform("1:AAToken", f"http://127.0.0.1:{runner.addresses[0][1]}")
    api.answers = [(200, {"ok": True, "result": {"id": 1, "is_bot": True, "first_name": "E", "username": "e_bot"}})]
    await api.platform.identify()
    api.asked.clear()
    yield api
    await api.platform.close()
    await runner.cleanup()


def bad(description: str, status: int = 400, **parameters: int) -> tuple[int, dict[str, Any]]:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    return status, body | ({"parameters": parameters} if parameters else {})


def sending(api: BotApi) -> Awaitable[object]:
    return api.platform.send(Destination(channel="42"), CARD, ENGLISH)


def editing(api: BotApi) -> Awaitable[object]:
    return api.platform.edit(MESSAGE, CARD, ENGLISH)


def removing(api: BotApi) -> Awaitable[object]:
    return api.platform.remove(MESSAGE)


@pytest.mark.parametrize(
    ("call", "answer", "error"),
    [
        (sending, bad("Forbidden: bot was blocked by the user", 403), Unreachable),
        (sending, bad("Forbidden: bot was kicked from the supergroup chat", 403), Unreachable),
        (sending, bad("Bad Request: chat not found"), Unreachable),
        (sending, bad("Bad Request: not enough rights to send text messages to the chat"), Unreachable),
        (sending, bad("Bad Request: can't parse entities: Unsupported start tag"), Refused),
        (sending, bad("Unauthorized", 401), LockedOut),
        (sending, bad("Internal Server Error", 500), TryLater),
        (sending, (502, "<html>Bad Gateway</html>"), TryLater),
        (sending, (200, "no JSON"), TryLater),
        (editing, bad("Bad Request: message to edit not found"), MessageGone),
        (editing, bad("Bad Request: message can't be edited"), MessageGone),
        (editing, bad("Bad Request: MESSAGE_ID_INVALID"), MessageGone),
        (editing, bad("Bad Request: message text is empty"), Refused),
        (removing, bad("Forbidden: bot was blocked by the user", 403), Unreachable),
        (removing, bad("Bad Request: something new"), Refused),
    ],
)
async def test_errors(
    api: BotApi, call: Callable[[BotApi], Awaitable[object]], answer: tuple[int, Any], error: type[Exception]
) -> None:
    api.answers = [answer]
    with pytest.raises(error) as raised:
        await call(api)
    assert type(raised.value) is error
    assert "AAToken" not in str(raised.value)


@pytest.mark.parametrize(
    ("call", "description"),
    [
        (
            editing,
            "Bad Request: message is not modified: specified new message content and reply markup are exactly the same"
            " as a current content and reply markup of the message",
        ),
        (removing, "Bad Request: message to delete not found"),
        (removing, "Bad Request: message can't be deleted for everyone"),
    ],
)
async def test_what_is_no_error(api: BotApi, call: Callable[[BotApi], Awaitable[object]], description: str) -> None:
    api.answers = [bad(description)]
    await call(api)
    assert api.answers == []


async def test_the_time_to_wait_is_handed_on(api: BotApi) -> None:
    api.answers = [bad("Too Many Requests: retry after 35", 429, retry_after=35)]
    with pytest.raises(TryLater) as later:
        await sending(api)
    assert later.value.after_s == 35


async def test_a_group_that_became_a_supergroup_is_written_to_under_its_new_id(api: BotApi) -> None:
    message = {"message_id": 9, "date": 1767261600, "chat": {"id": -1005, "type": "supergroup", "title": "x"}}
    api.answers = [
        bad("Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-1005),
        (200, {"ok": True, "result": message}),
    ]
    assert await api.platform.send(Destination(channel="-5"), CARD, ENGLISH) == MessageRef("-1005", "9")
    assert [asked["chat_id"] for asked in api.asked] == ["-5", "-1005"]


def test_polled_updates_keep_what_no_library_knows() -> None:
    update = {"update_id": 5, "message": {"a_field_of_tomorrow": [1]}, "another": True}
    later = {"update_id": 6}
    answer = PollingRequest.parse_json_payload(json.dumps({"ok": True, "result": [update, later]}).encode())
    assert answer["result"] == [
        {"update_id": 5, RAW: update, BEHIND: [later]},
        {"update_id": 6, RAW: later, BEHIND: []},
    ]


@pytest.mark.parametrize("result", [[1], [{}], [None]])
def test_an_answer_that_is_no_updates_is_an_error_after_which_the_library_pauses(result: list[Any]) -> None:
    with pytest.raises(NetworkError):
        PollingRequest.parse_json_payload(json.dumps({"ok": True, "result": result}).encode())
