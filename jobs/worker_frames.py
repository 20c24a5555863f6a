"""Frames between a process and its workers: a JSON object and bytes beside it, so that pictures need no files.

A frame is two numbers of four bytes, big-endian (the length of the JSON, the length of the content), then both.
"""

import json
import struct
from collections.abc import Iterator, Mapping
from typing import Any

HEADER = struct.Struct(">II")
FRAME_BYTES_MAX = 64 * 1024 * 1024
"""Longest JSON or content of a frame: three times the largest file that is accepted."""

FOLDER_PREFIX = "expenseflow-worker-"
"""How the name of a worker's temporary folder begins; whoever removes one makes sure of it."""

Json = dict[str, Any]


class MalformedFrameError(ValueError):
    """What arrived is no frame: the other side wrote something else into the pipe."""


def packed(message: Mapping[str, Any], content: bytes = b"") -> Iterator[bytes]:
    """Yield the parts of a frame. Raises MalformedFrameError when one is longer than FRAME_BYTES_MAX."""
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    check_lengths(len(text), len(content))
    yield HEADER.pack(len(text), len(content))
    yield text
    yield content


def check_lengths(*lengths: int) -> None:
    """Raise MalformedFrameError for a length that no frame has."""
    if max(lengths) > FRAME_BYTES_MAX:
        raise MalformedFrameError(f"{max(lengths)} bytes in a frame, {FRAME_BYTES_MAX} are the most")


def message_of(text: bytes) -> Json:
    """Return the JSON object of a frame. Raises MalformedFrameError."""
    try:
        message = json.loads(text)
    except ValueError as error:
        raise MalformedFrameError("a frame without JSON") from error
    if not isinstance(message, dict):
        raise MalformedFrameError("a frame whose JSON is no object")
    return message
