"""Entry points that the tests of workers have workers run."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from jobs.worker_frames import Json
from jobs.worker_main import Handler


def answering(setup: Json) -> Handler:
    """Answers with what it was asked, its own number, and how many requests it has served."""
    served = 0

    def handle(request: Json, content: bytes) -> tuple[Json, bytes]:
        nonlocal served
        served += 1
        print("a library that prints", flush=True)  # noqa: T201 - that is what is tried
        return {"asked": request, "setup": setup, "pid": os.getpid(), "served": served}, content[::-1]

    return handle


def obeying(_setup: Json) -> Handler:
    """Does what the request says."""
    kept: list[bytearray] = []

    def handle(request: Json, _content: bytes) -> tuple[Json, bytes]:
        match request["do"]:
            case "raise":
                raise ValueError("the request is odd")
            case "die":
                sys.stderr.write("about to die")
                sys.stderr.flush()
                os.kill(os.getpid(), signal.SIGKILL)
            case "answer-no-object":
                return ["no object"], b""  # type: ignore[return-value]  # that is the point
            case "wait":
                _run_a_program(request["tell"])
            case "grow":
                while True:
                    kept.append(bytearray(b"x" * 8_000_000))
                    time.sleep(0.01)  # as long as real work takes to fill as much
            case "child-grows":
                subprocess.run([sys.executable, "-c", "x = bytearray(b'x' * 200_000_000); input()"], check=False)
            case "environment":
                return dict(os.environ), b""
        return {"pid": os.getpid()}, b""

    return handle


def writing(_setup: Json) -> Handler:
    """Writes into its temporary folder."""

    def handle(_request: Json, _content: bytes) -> tuple[Json, bytes]:
        folder = Path(os.environ["TMPDIR"])
        (folder / "page").write_bytes(b"a page")
        return {"folder": str(folder)}, b""

    return handle


def _run_a_program(tell: str) -> None:
    """Start a program, as the reader starts Tesseract, tell its number, and wait for it."""
    with subprocess.Popen(["sleep", "600"]) as program:
        Path(tell).write_text(
            f"{os.getpid()} {program.pid}", encoding="ascii"
        )  # a named pipe: its reader waits for this
        program.wait()


def missing_something(_setup: Json) -> Handler:
    """Fails to load."""
    raise RuntimeError("no model here")
