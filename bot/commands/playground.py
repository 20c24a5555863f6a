"""`expenseflow playground`: a page on localhost with Telegram and Slack, both emulated, and the real bot behind them."""

import asyncio
import contextlib
import errno
import fcntl
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import webbrowser
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.commands.refusals import CommandRefused
from bot.settings import environment_for, load_settings

PORT_DEFAULT = 8000
HOST = "127.0.0.1"
WORKSPACE = ("--name", "Lindt & Sons", "--currency", "EUR", "--timezone", "Europe/Berlin", "--language", "en")
FILLED_MARK = "everybody-is-in"
"""A kept folder without this file was left in the middle of the set-up, which is then begun anew."""
SECRETS = ("telegram_token", "slack_bot_token", "slack_app_token")


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def playground(
    keep: Annotated[bool, typer.Option("--keep", help="Go on with the chats and expenses of the last time.")] = False,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help=f"The page's port. Default: {PORT_DEFAULT}, or a free one.")
    ] = None,
    host: Annotated[
        str,
        typer.Option(help="The address to listen on; a container needs 0.0.0.0. The page answers at localhost alone."),
    ] = HOST,
    open_page: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in the browser.")] = False,
) -> None:
    """Open the playground: a page on localhost on which you are several people, on Telegram and on Slack."""
    with _folder(load_settings().data_dir / "playground" if keep else None) as folder:
        run = _Run(folder, keep=keep, listen=(host, _choose_port(host, port)), open_page=open_page)
        status = asyncio.run(run.until_told_to_end())
    sys.exit(status)


@contextlib.contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    """A temporary folder, or the kept one, locked, and emptied when its set-up was never finished."""
    if kept is None:
        with tempfile.TemporaryDirectory(prefix="expenseflow-playground-", ignore_cleanup_errors=True) as name:
            yield Path(name)
        return
    kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    with kept.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandRefused(f"--keep: another playground uses {kept} already; end it first") from None
        if not (kept / FILLED_MARK).exists():
            shutil.rmtree(kept)
            kept.mkdir(mode=0o700)
        yield kept


def _choose_port(host: str, wanted: int | None) -> int:
    """The wanted port; without a wish the default, or 0 (a free one) when the default is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, PORT_DEFAULT if wanted is None else wanted))
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                problem = f"{host} is no address to listen on here ({error.strerror})"
                raise CommandRefused(f"--host: {problem}. Example: --host {HOST}") from None
            if wanted is None:
                return 0
            raise CommandRefused(f"--port: {wanted} cannot be used ({error.strerror}). Example: --port 8001") from None
    return PORT_DEFAULT if wanted is None else wanted


class _Run:
    """One run of the playground, from the first program to the end of the last."""

    def __init__(self, folder: Path, *, keep: bool, listen: tuple[str, int], open_page: bool) -> None:
        self._folder = folder
        self._keep = keep
        self._host, self._port = listen
        self._open_page = open_page
        self._end = asyncio.Event()
        self._exit_status = 0

    async def until_told_to_end(self) -> int:
        """Runs everything until Ctrl-C or SIGTERM. Returns the exit status."""
        # What it needs of aiohttp is imported while the emulators' program imports the same.
        from bot.playground.supervisor import Emulators

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self._end.set)
        arguments = [*_python_module("bot.playground"), "--host", self._host]
        arguments += ["--port", str(self._port), "--supervised"]
        if self._keep:
            arguments += ["--state", str(self._folder / "chats.json")]
        async with Emulators.running(arguments, environment=_environment({}), folder=self._folder) as emulators:
            ready = await emulators.next_line()
            if ready is None:
                return 1
            self._greet(ready["url"])
            await self._serve(emulators, ready)
        print("The playground has ended.")
        return self._exit_status

    def _greet(self, url: str) -> None:
        print(f"The playground is open: {url}   (Ctrl-C ends it)", flush=True)
        if self._open_page:
            webbrowser.open(url)

    async def _serve(self, emulators: Any, ready: Mapping[str, Any]) -> None:
        tasks = [asyncio.create_task(work) for work in (self._run_bot(emulators, ready), self._end.wait())]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, _StartError):
                print(outcome, file=sys.stderr)
                self._exit_status = 1
            elif isinstance(outcome, Exception):
                raise outcome

    async def _run_bot(self, emulators: Any, ready: Mapping[str, Any]) -> None:
        """Sets the workspace up when there is none, then runs the bot and passes on what the page orders."""
        from bot.playground.supervisor import SupervisedBot

        http_port = _free_port()
        environment = _environment(
            {
                "data_dir": str(self._folder / "data"),
                "http_host": HOST,
                "http_port": str(http_port),
                **{name: ready[name] for name in (*SECRETS, "telegram_api_url", "slack_api_url")},
            }
        )

        def report(state: str, sentence: str) -> None:
            emulators.tell({"bot": {"state": state, "sentence": sentence}})
            if state == "restarting":
                print(sentence, flush=True)

        report("starting", "The bot is starting…")
        if not ready["set_up_done"]:
            emulators.tell({"admin_code": await self._make_workspace(environment)})
        bot = SupervisedBot(
            [*_python_module("bot"), "run"],
            environment=environment,
            folder=self._folder,
            log=self._folder / "bot.log",
            health_url=f"http://{HOST}:{http_port}/health/ready",
            report=report,
        )
        running = asyncio.create_task(bot.run())
        try:
            while (said := await emulators.next_line()) is not None:
                self._hear(said, bot)
            raise _StartError("The program that emulates Telegram and Slack has ended; so the playground ends.")
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    def _hear(self, said: Mapping[str, Any], bot: Any) -> None:
        from bot.playground.status import Order

        if "order" in said:
            bot.obey(Order(said["order"]))
        elif said.get("set_up") == "done":
            (self._folder / FILLED_MARK).touch()
        elif said.get("set_up") == "failed":
            print(said["sentence"], file=sys.stderr, flush=True)

    async def _make_workspace(self, environment: Mapping[str, str]) -> str:
        """What an operator does first. Returns the admin code. Raises _StartError."""
        from bot.playground.supervisor import start_program

        process = await start_program(
            [*_python_module("bot"), "init", *WORKSPACE, "--json"],
            environment=environment,
            folder=self._folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, errors = await process.communicate()
        if process.returncode != 0:
            raise _StartError(f"The workspace could not be made: {errors.decode(errors='replace').strip()}")
        return str(json.loads(output.decode().strip().splitlines()[-1])["admin_code"])


class _StartError(Exception):
    """The playground cannot go on. The message is for the terminal."""


def _python_module(name: str) -> list[str]:
    # -P: the folder in which a program runs is no place to import from.
    return [sys.executable, "-P", "-m", name]


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return what a program of ours is started with: these settings alone, and this tree to import from."""
    environment = environment_for(settings)
    tree = str(Path(__file__).resolve().parents[2])
    paths = [tree, *filter(None, [environment.get("PYTHONPATH")])]
    return environment | {"PYTHONPATH": os.pathsep.join(paths)}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
