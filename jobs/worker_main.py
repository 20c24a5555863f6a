"""The program of a worker process: `python -m jobs.worker_main`, started by jobs.workers alone.

It reads frames from standard input, one request after another, and writes an answer for each to what was its standard
output when it began. The first frame names the entry point ("module:function"), which gets the setup and returns what
handles requests. The end of its input is the end of whoever started it: then it kills its whole process group, itself
included, so that not even a program that it runs (Tesseract) outlives a parent that was killed.
"""

import importlib
import os
import queue
import resource
import shutil
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NoReturn

from jobs.worker_frames import FOLDER_PREFIX, HEADER, Json, check_lengths, message_of, packed

Handler = Callable[[Json, bytes], tuple[Json, bytes]]
"""Takes a request and its content, returns an answer and its content. What it raises is reported as a fault."""

Start = Callable[[Json], Handler]
"""An entry point: takes the setup, loads what is heavy, returns the handler."""

Frame = tuple[Json, bytes]


def main() -> None:
    """Serve until the input ends."""
    if os.getpgrp() != os.getpid():
        os.setpgid(0, 0)  # tried by hand: what is killed at the end must not be the shell's whole job
    answers = _take_over_output()
    requests: queue.SimpleQueue[Frame] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(sys.stdin.buffer, requests), daemon=True).start()
    setup, _ = requests.get()
    _limit(setup)
    handler = _load(setup["entry_point"])(setup["setup"])
    _send(answers, {"ready": True}, b"")
    while True:
        request, content = requests.get()
        try:
            answer, made = handler(request, content)
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to this request and is reported
            _send(answers, {"fault": f"{type(error).__name__}: {error}", "traceback": traceback.format_exc()}, b"")
        else:
            _send(answers, {"answer": answer}, made)


def _take_over_output() -> BinaryIO:
    """Keep the pipe for answers, and send what libraries print to the errors instead: it would break the frames."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def _limit(setup: Json) -> None:
    """Bound what any process of the group may map, a backstop behind the watch over its resident memory."""
    bytes_max = setup["address_space_bytes_max"]
    resource.setrlimit(resource.RLIMIT_AS, (bytes_max, bytes_max))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _load(entry_point: str) -> Start:
    module, _, function = entry_point.partition(":")
    start: Start = getattr(importlib.import_module(module), function)
    return start


def _receive(requests: BinaryIO, into: "queue.SimpleQueue[Frame]") -> NoReturn:
    """Pass frames on, in a thread of its own, so that the end of the input is seen while a request is worked at."""
    try:
        while header := requests.read(HEADER.size):
            text_length, content_length = HEADER.unpack(header)
            check_lengths(text_length, content_length)
            text, content = requests.read(text_length), requests.read(content_length)
            if len(text) < text_length or len(content) < content_length:
                break
            into.put((message_of(text), content))
    finally:
        _remove_folder()
        os.killpg(os.getpgrp(), signal.SIGKILL)
    raise AssertionError("the process group has been killed")


def _remove_folder() -> None:
    """Remove this worker's temporary files, as a parent that was killed cannot: they are pages of somebody's receipt."""
    folder = Path(tempfile.gettempdir())
    if folder.name.startswith(FOLDER_PREFIX):
        shutil.rmtree(folder, ignore_errors=True)


def _send(answers: BinaryIO, message: Json, content: bytes) -> None:
    answers.writelines(packed(message, content))
    answers.flush()


if __name__ == "__main__":
    main()
