"""What reads a receipt: the port, what it is told, what it answers."""

import datetime
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A place on a page, in fractions of its width and height once it stands upright; page 0 is the first.

    Upright: after EXIF's turn, and after the quarter turns that reading showed to be needed.
    """

    page: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Field(Generic[Value]):
    """One thing that a receipt says.

    Attributes:
        value: None where it was not found; nothing is ever made up.
        confidence: how likely the value is right, 0 to 1; 0 where there is none.
        box: where it stands; None where it was not read from one place (a currency that was only expected).
    """

    value: Value | None = None
    confidence: float = 0.0
    box: Box | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxLine:
    """A tax that the receipt names: its rate in percent where that is printed, its amount in major units."""

    rate_percent: Decimal | None
    amount: Decimal
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLine:
    """A line as it was read, with its place."""

    text: str
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read of a receipt.

    Attributes:
        merchant: as printed.
        date: of the purchase.
        total: what was paid, in major units, with the decimals that are printed.
        currency: code of ISO 4217.
        tax: the sum of `tax_lines`, or the tax that the receipt sums up itself, in major units.
        tax_lines: the taxes by rate, as far as they are printed.
        lines: all text, from the top.
        pages: how many pages were read.
        seconds: how long it took, on the wall.
        engine: who read it: "tesseract", or "text-layer" where a PDF held its own words.
    """

    merchant: Field[str] = field(default_factory=Field)
    date: Field[datetime.date] = field(default_factory=Field)
    total: Field[Decimal] = field(default_factory=Field)
    currency: Field[str] = field(default_factory=Field)
    tax: Field[Decimal] = field(default_factory=Field)
    tax_lines: tuple[TaxLine, ...] = ()
    lines: tuple[TextLine, ...] = ()
    pages: int = 1
    seconds: float = 0.0
    engine: str = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What is known of a receipt before it is read; the receipt's own words always weigh more.

    Attributes:
        today: local to the person; no receipt is from later than the day after, since zones differ.
        locales: of the person and of the workspace, the likeliest first ("de-AT"): languages, and what "3/4" means.
        currency: what the workspace books in: the last resort, and what an ambiguous sign ("$") then means.
    """

    today: datetime.date
    locales: tuple[str, ...] = ()
    currency: str | None = None


class Stopped(StrEnum):
    """Why a reading ended without an answer."""

    TIME = "time"
    MEMORY = "memory"
    CRASH = "crash"


class ReadingStopped(Exception):
    """A reading was stopped, or its process died. CRASH may go well on another try; the receipt lies where it lay."""

    def __init__(self, reason: Stopped) -> None:
        super().__init__(f"the reading was stopped: {reason.value}")
        self.reason = reason


class ReceiptReader(Protocol):
    """Reads receipts."""

    async def read(self, content: bytes, *, hints: Hints) -> Reading:
        """Read a picture or a PDF; what it is follows from its bytes, never from a name or a declared type.

        Raises:
            DomainError: one of core.receipts.errors: the file is no receipt that can be read, and a sentence says why.
            ReadingStopped: it took too long or too much memory (30 s, 512 MB), or the reader's process died.
        """
        ...
