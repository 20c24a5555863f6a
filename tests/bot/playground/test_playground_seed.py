"""Letting everybody in, when the bot does not do its part. That it does is shown by the journeys, with the real bot."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from bot.playground.people import the_bot, with_role
from bot.playground.seed import Seeding, SetUpError
from bot.playground.server import Playground
from bot.playground.telegram.uploads import Uploads

Answer = Callable[[str], str]


@asynccontextmanager
async def answering(playground: Playground, answer: Answer) -> AsyncIterator[None]:
    """A bot on Telegram that answers each text by this function."""
    telegram = playground.telegram
    bot = the_bot(telegram)

    async def answer_all() -> None:
        offset = 0
        while True:
            for update in await telegram.call(bot, "getUpdates", {"offset": offset, "timeout": 5}, Uploads()):
                offset = update["update_id"] + 1
                message = update["message"]
                said = {"chat_id": message["chat"]["id"], "text": answer(message["text"])}
                await telegram.call(bot, "sendMessage", said, Uploads())

    task = asyncio.create_task(answer_all())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    made = Playground()
    made.move_in()
    await made.telegram.warm_up()
    yield made
    await made.telegram.close()


async def test_the_admin_comes_first_with_the_code_of_the_workspace(playground: Playground) -> None:
    heard: list[str] = []

    def answer(text: str) -> str:
        heard.append(text)
        return "Welcome" if text.startswith("/start") else f"https://t.me/expenseflow_bot?start=CODE{len(heard)}"

    async with answering(playground, answer):
        walk = asyncio.create_task(Seeding(playground.telegram, playground.slack, playground.status).run("ADMINCODE01"))
        # Slack has no bot here, so that the walk stops before it.
        admin = playground.telegram.person(with_role("admin")[0].telegram_id)
        await admin.wait_for_message(lambda message: message.text.endswith("CODE7"))
        walk.cancel()
        await asyncio.gather(walk, return_exceptions=True)
    invited = ["employee", "employee", "manager", "finance", "admin", "finance"]
    assert heard == ["/start ADMINCODE01", *(f"/invite {role}" for role in invited)]


async def test_an_invitation_without_a_link_is_told_in_a_sentence(playground: Playground) -> None:
    async with answering(playground, lambda text: "You may not do that." if "invite" in text else "Welcome"):
        walk = Seeding(playground.telegram, playground.slack, playground.status, answer_s_max=1.0)
        with pytest.raises(SetUpError, match=r"answered “/invite employee” without a link: “You may not do that\.”"):
            await walk.run("ADMINCODE01")
