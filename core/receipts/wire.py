"""How a request to read a receipt and its answer cross a pipe: as JSON."""

from typing import Any

from core.kernel.codec import Codec, Packer
from core.kernel.errors import DomainError
from core.receipts.errors import REFUSALS
from core.receipts.port import Box, Field, Hints, Reading, TaxLine, TextLine

_CODEC = Codec(
    {"hints": Hints, "reading": Reading, "field": Field, "box": Box, "tax": TaxLine, "line": TextLine},
    {float: ("number", Packer(repr, float))},  # confidences and places; amounts are decimals
)


def request(hints: Hints) -> dict[str, Any]:
    """The request that goes with a file."""
    return {"hints": _CODEC.pack(hints)}


def hints_of(request: dict[str, Any]) -> Hints:
    """The hints of a request."""
    hints: Hints = _CODEC.unpack(request["hints"])
    return hints


def answered(reading: Reading) -> dict[str, Any]:
    """The answer with a reading."""
    return {"reading": _CODEC.pack(reading)}


def refused(refusal: DomainError) -> dict[str, Any]:
    """The answer that a file is refused."""
    return {"refused": type(refusal).__name__, "arguments": refusal.arguments()}


def reading_of(answer: dict[str, Any]) -> Reading:
    """The reading of an answer. Raises the refusal that it holds."""
    if "refused" in answer:
        raise REFUSALS[answer["refused"]](**answer["arguments"])
    reading: Reading = _CODEC.unpack(answer["reading"])
    return reading
