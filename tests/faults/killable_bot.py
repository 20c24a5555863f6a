"""A program: `expenseflow run`, again and again, each time in a process of its own that kills itself where it is told to.

Standard input holds a plan a line, {"point": name or null, "hits": how many}. For each plan a child is forked that runs the
bot, unmodified, with the settings of the environment: {"pid"} is answered. At the given hit of the point the child says
{"point", "sending"}, how many messages were between their commit and their mark, and dies by SIGKILL. Once it is gone,
{"status"} is answered: an exit status, or minus a signal's number. What is imported before the fork spares each start 1.5 s.
"""

import asyncio
import importlib
import json
import os
import signal
import sys
from typing import Any

from core.kernel.guards import on_points

IMPORTED = (
    "bot.commands.run",
    "bot.slack.connector",
    "bot.telegram.connector",
    "bot.web.health",
    "bot.web.metrics",
    "bot.web.server",
    "bot.web.webhooks",
    "bot.wiring",
    "core.schema",
    "fastapi",
    "psycopg",
    "uvicorn.protocols.http.h11_impl",
)
"""What a running bot has imported, over every transport and for either database, for what these bring along."""
SEND, TRANSACTION = "after-commit-before-send", "transaction-before-commit"


class Killer:
    """Called at every point."""

    def __init__(self, point: str, hits: int) -> None:
        self._point = point
        self._hits = hits
        self._sending: dict[str, asyncio.Task[Any]] = {}

    def __call__(self, name: str) -> None:
        task = asyncio.current_task()
        if name == SEND and task is not None:
            self._sending[task.get_name()] = task
        if name != self._point or (name == TRANSACTION and not _handles_an_event(task)):
            return
        self._hits -= 1
        if self._hits == 0:
            say(point=name, sending=sum(not task.done() for task in self._sending.values()))
            os.kill(os.getpid(), signal.SIGKILL)


def _handles_an_event(task: asyncio.Task[Any] | None) -> bool:
    """Tell the event's own transaction from those that fill the inbox and mark what was sent."""
    return task is not None and task.get_name().startswith("inbox:")


def say(**facts: object) -> None:
    """Write one line that a SIGKILL right after it does not take back."""
    os.write(1, json.dumps(facts).encode() + b"\n")


def live(plan: dict[str, Any]) -> None:
    """Be the bot until the plan strikes or SIGTERM comes."""
    from bot.__main__ import main

    if plan["point"] is not None:
        on_points(Killer(plan["point"], plan["hits"]))
    sys.argv = ["expenseflow", "run"]
    main()


def prepare() -> None:
    """Import what a running bot has imported, and read what it has read."""
    for name in IMPORTED:
        importlib.import_module(name)
    from bot.phrasebook import phrasebook_for
    from bot.translation import default_catalogues

    phrasebook_for("en")
    default_catalogues().translator("en")


def run() -> None:
    """Fork a child for each plan, one after the other."""
    prepare()
    while line := sys.stdin.readline():
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                live(json.loads(line))
                status = 0
            except SystemExit as ended:
                status = int(ended.code or 0)
            finally:
                os._exit(status)
        say(pid=pid)
        _, status = os.waitpid(pid, 0)
        say(status=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    run()
