"""The emulators' program: `python -m bot.playground --port 8000 [--state FILE]`.

It serves the emulated platforms and the page, and knows no bot: any bot that has the tokens may connect. When it
listens it prints one JSON line with its port, its address and the tokens that it accepts. It ends on SIGTERM.
"""

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

from aiohttp import web

from bot.playground.keeping import Keeper
from bot.playground.people import form_group
from bot.playground.seed import Seeding, SetUpError
from bot.playground.server import Playground, make_application
from bot.playground.state import Json
from bot.playground.status import Order
from bot.playground.supervision import lines_from_supervisor, tell_supervisor
from bot.playground.wire import make_runner

HOST = "127.0.0.1"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bot.playground", description="Telegram and Slack, emulated.")
    parser.add_argument("--host", default=HOST, help="the address to listen on; a container needs 0.0.0.0")
    parser.add_argument("--port", type=int, default=0, help="the port to listen on; 0 takes a free one")
    parser.add_argument("--state", type=Path, help="a file that keeps the chats and counters over a restart")
    parser.add_argument(
        "--supervised", action="store_true", help="talk to a supervisor over the pipes, and end when its pipe ends"
    )
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    playground = Playground()
    keeper = None
    if arguments.state is not None:
        keeper = Keeper(arguments.state, playground.parts, bus=playground.bus, wire=playground.wire)
        try:
            keeper.load()
        except ValueError as error:
            sys.exit(
                f"{arguments.state} cannot be read: {error}. Remove it, and the bot's data beside it, to begin afresh."
            )
    playground.move_in()
    runner = make_runner(make_application(playground))
    await runner.setup()
    try:
        site = web.TCPSite(runner, arguments.host, arguments.port)
        await site.start()
        port = runner.addresses[0][1]
        if keeper is None:
            await _live(playground, port, supervised=arguments.supervised)
        else:
            async with keeper.keeping():
                await _live(playground, port, supervised=arguments.supervised)
    finally:
        await runner.cleanup()
    if not playground.telegram.schema.loaded:
        # A thread that imports cannot be ended, and Python would wait for it. Nothing is left to close or to save.
        os._exit(0)


async def _live(playground: Playground, port: int, *, supervised: bool) -> None:
    """Tells that it is there, and lasts until it is told to end."""
    end = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end.set)
    url = f"http://{HOST}:{port}"
    set_up_done = playground.status.set_up.state == "done"
    tell_supervisor({"port": port, "url": url, "set_up_done": set_up_done} | playground.connection(url))
    work = _obey(playground, end) if supervised else form_group(playground.telegram)
    task = asyncio.create_task(work)
    task.add_done_callback(lambda done: end.set() if done.cancelled() or done.exception() else None)
    await end.wait()
    task.cancel()
    outcome = (await asyncio.gather(task, return_exceptions=True))[0]
    if isinstance(outcome, Exception):
        raise outcome


async def _obey(playground: Playground, end: asyncio.Event) -> None:
    """Does what the supervisor says, until it has nothing more to say."""
    playground.status.give_order = _pass_on
    if playground.status.set_up.state != "done":
        playground.status.set_up_is("running", "Making a workspace…")
    async with asyncio.TaskGroup() as tasks:
        async for message in lines_from_supervisor():
            if "bot" in message:
                playground.status.bot_is(message["bot"]["state"], message["bot"]["sentence"])
            if "admin_code" in message:
                tasks.create_task(_set_up(playground, message["admin_code"]))
        end.set()


def _pass_on(order: Order) -> None:
    tell_supervisor({"order": order})


async def _set_up(playground: Playground, admin_code: str) -> None:
    """Lets everybody in, and tells the page and the supervisor how it went."""
    outcome: Json
    try:
        await Seeding(playground.telegram, playground.slack, playground.status).run(admin_code)
    except SetUpError as error:
        playground.status.set_up_is("failed", str(error))
        outcome = {"set_up": "failed", "sentence": str(error)}
    else:
        playground.status.set_up_is("done")
        outcome = {"set_up": "done", "sentence": ""}
    tell_supervisor(outcome)


def main() -> None:
    """Runs the program. A port that is taken ends it with a sentence."""
    arguments = _arguments()
    try:
        asyncio.run(_serve(arguments))
    except OSError as error:
        sys.exit(f"The playground cannot listen on {arguments.host}, port {arguments.port}: {error.strerror}.")


if __name__ == "__main__":
    main()
