"""How the emulators' program and whoever supervises it talk: JSON lines, one object each, over the program's own pipes.

The program writes to standard output: first its address and tokens; then `{"order": "stop"|"kill"|"start"}` when a
person at the page wants something of the bot, and `{"set_up": "done"|"failed", "sentence": …}`.
It reads from standard input `{"bot": {"state": …, "sentence": …}}` and `{"admin_code": …}`. The end of its input is the
end of its supervisor, and so its own.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator

from bot.playground.state import Json


async def lines_from_supervisor() -> AsyncIterator[Json]:
    """What the supervisor sends, until it closes the pipe or dies."""
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    try:
        while line := await reader.readline():
            yield json.loads(line)
    finally:
        transport.close()


def tell_supervisor(message: Json) -> None:
    """One line. A supervisor that has gone away is noticed by the end of the input, not here."""
    try:
        sys.stdout.write(json.dumps(message, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        return
