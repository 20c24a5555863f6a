"""The page's files, and what the program behind it serves."""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession, StreamReader, web

from bot.playground.people import CAST, form_group
from bot.playground.server import PAGE_FOLDER, Playground, make_application
from bot.playground.state import Json
from bot.playground.status import Order
from bot.playground.wire import make_runner

MODULES = sorted(PAGE_FOLDER.glob("js/**/*.js"))
LINES_MAX = 400


class ServedPlayground:
    def __init__(self, playground: Playground, session: ClientSession, runner: web.AppRunner) -> None:
        self.playground = playground
        self.session = session
        self.runner = runner
        self.address = f"http://127.0.0.1:{runner.addresses[0][1]}"

    async def get(self, path: str) -> Json:
        async with self.session.get(f"{self.address}/control/playground/{path}") as answer:
            assert answer.status == 200
            body: Json = await answer.json()
            return body


@asynccontextmanager
async def serving() -> AsyncIterator[ServedPlayground]:
    playground = Playground()
    playground.move_in()
    runner = make_runner(make_application(playground))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with ClientSession() as session:
            yield ServedPlayground(playground, session, runner)
    finally:
        await runner.cleanup()


@pytest.fixture
async def served() -> AsyncIterator[ServedPlayground]:
    async with serving() as playground:
        yield playground


async def next_event(stream: StreamReader, name: str) -> Json:
    """The data of the next server-sent event with this name."""
    async with asyncio.timeout(10):
        while True:
            line = (await stream.readuntil(b"\n\n")).decode()
            fields = dict(each.split(": ", 1) for each in line.strip().split("\n") if not each.startswith(":"))
            if fields.get("event") == name:
                data: Json = json.loads(fields["data"])
                return data


# The files


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_each_module_imports_what_is_there_and_is_of_a_sensible_size(module: Path) -> None:
    source = module.read_text(encoding="utf-8")
    assert len(source.splitlines()) < LINES_MAX
    for names, target in re.findall(r'import \{([^}]*)\} from "([^"]+)"', source):
        imported = (module.parent / target).resolve()
        assert imported.is_relative_to(PAGE_FOLDER.resolve()), f"{module.name} loads {target}"
        exported = set(
            re.findall(r"export (?:async )?(?:const|function|class) (\w+)", imported.read_text(encoding="utf-8"))
        )
        assert {name.strip() for name in names.split(",") if name.strip()} <= exported


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_no_module_makes_markup_of_text(module: Path) -> None:
    source = module.read_text(encoding="utf-8")
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser", source
    )


async def test_the_page_loads_nothing_from_elsewhere(served: ServedPlayground) -> None:
    async with served.session.get(f"{served.address}/") as answer:
        assert answer.status == 200
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        page = await answer.text()
    named = re.findall(r'(?:href|src)="([^"#]+)"', page)
    assert "/page/js/main.js" in named
    for path in named:
        async with served.session.get(served.address + path) as answer:
            assert answer.status == 200, path
            assert path.startswith("/page/")


# Who may ask


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://elsewhere.example"}, {"Host": "elsewhere.example"}, {"Origin": "null"}],
    ids=["another site", "a name bent to this machine", "a page without a site"],
)
async def test_no_other_site_gets_into_the_chats(served: ServedPlayground, headers: dict[str, str]) -> None:
    async with served.session.get(f"{served.address}/control/playground/state", headers=headers) as answer:
        assert answer.status == 403
    body = {"person": CAST[0].slack_id, "text": "hello"}
    async with served.session.post(f"{served.address}/control/slack/send", json=body, headers=headers) as answer:
        assert answer.status == 403
    assert served.playground.slack.person(CAST[0].slack_id).messages("dm") == []


# What it tells


async def test_everybody_has_a_private_chat_with_the_bot_on_both_platforms(served: ServedPlayground) -> None:
    state = await served.get("state")
    assert [person["role"] for person in state["people"]] == [
        "employee",
        "employee",
        "manager",
        "finance",
        "admin",
        "stranger",
    ]
    for person in state["people"]:
        private = [chat["platform"] for chat in person["chats"] if chat["kind"] == "private"]
        assert private == ["telegram", "slack"]
    assert "de" in {person["language"] for person in state["people"]}


async def test_a_chat_in_the_list_shows_its_last_message(served: ServedPlayground) -> None:
    emma, jonas = CAST[:2]
    await form_group(served.playground.telegram)
    group = next(chat for chat in (await served.get("state"))["people"][0]["chats"] if chat["title"] == "Team lunch")
    await served.playground.telegram.person(emma.telegram_id).send_text("Soup or pizza?", chat=int(group["chat"]))
    state = await served.get("state")
    mine, theirs = (
        next(chat for chat in state["people"][index]["chats"] if chat["title"] == "Team lunch") for index in (0, 1)
    )
    assert mine["preview"] == "You: Soup or pizza?"
    assert theirs["preview"] == "Emma: Soup or pizza?"
    assert theirs["from_others"] > mine["from_others"]
    served.playground.slack.person(jonas.slack_id).send_text("dm", "hello\nthere")
    (direct,) = (
        chat
        for chat in (await served.get("state"))["people"][1]["chats"]
        if chat["platform"] == "slack" and chat["chat"] == "dm"
    )
    assert direct["preview"] == "You: hello there"


async def test_news_arrive_live_and_tokens_are_masked(served: ServedPlayground) -> None:
    url = f"{served.address}/control/playground/events"
    async with served.session.get(url) as stream:
        await next_event(stream.content, "ready")
        served.playground.slack.person(CAST[0].slack_id).send_text("dm", "hello")
        change = await next_event(stream.content, "change")
        assert (change["platform"], change["kind"]) == ("slack", "message")
        token = served.playground.slack.settings.bot_token
        async with served.session.post(f"{served.address}/slack/api/auth.test", json={"token": token}) as answer:
            assert answer.status == 200
        entry = await next_event(stream.content, "wire")
        assert entry["name"] == "auth.test"
        assert token not in json.dumps(entry)
    assert token not in json.dumps(await served.get("wire"))


async def test_open_streams_do_not_hold_up_the_end() -> None:
    async with serving() as served:
        stream = await served.session.get(f"{served.address}/control/playground/events")
        await next_event(stream.content, "ready")
        async with asyncio.timeout(2):
            await served.runner.cleanup()
        assert await stream.content.read() == b""


# Samples


async def test_the_tray_gets_each_sample_large_and_small(served: ServedPlayground) -> None:
    address = f"{served.address}/control/playground/samples"
    async with served.session.get(address) as answer:
        samples = await answer.json()
    assert len(samples) >= 8
    assert all({"key", "title", "place", "total"} <= sample.keys() for sample in samples)
    sizes = []
    for query in ("", "?small"):
        async with served.session.get(f"{address}/{samples[0]['key']}{query}") as answer:
            assert (answer.status, answer.content_type) == (200, "image/jpeg")
            sizes.append(len(await answer.read()))
    assert sizes[0] > 2 * sizes[1]
    async with served.session.get(f"{address}/elsewhere") as answer:
        assert answer.status == 404


async def test_only_pictures_that_are_asked_for_load_what_draws_them() -> None:
    code = "import sys, bot.playground.server; print([name for name in ('PIL', 'matplotlib', 'numpy') if name in sys.modules])"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    assert output.decode().strip() == "[]"


# Orders


async def test_an_order_reaches_the_supervisor(served: ServedPlayground) -> None:
    given: list[Order] = []
    served.playground.status.give_order = given.append
    async with served.session.post(f"{served.address}/control/playground/bot", json={"order": "kill"}) as answer:
        assert answer.status == 200
    assert given == [Order.KILL]


@pytest.mark.parametrize("body", [{"order": "explode"}, {}, []], ids=["unknown", "none", "no object"])
async def test_an_order_that_is_none_is_refused(served: ServedPlayground, body: object) -> None:
    async with served.session.post(f"{served.address}/control/playground/bot", json=body) as answer:
        assert answer.status == 400
        assert "stop, kill, start" in (await answer.json())["error"]


async def test_where_nobody_supervises_a_bot_the_page_says_so(served: ServedPlayground) -> None:
    async with served.session.post(f"{served.address}/control/playground/bot", json={"order": "stop"}) as answer:
        assert answer.status == 409
        assert "expenseflow playground" in (await answer.json())["error"]
