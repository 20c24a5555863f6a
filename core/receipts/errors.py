"""What may be wrong with a file that somebody sent as a receipt."""

from dataclasses import dataclass
from typing import ClassVar

from core.audit.attempts import ForbiddenAttempt
from core.kernel.errors import DomainError, Kind


@dataclass(eq=False)
class ReceiptNotFound(DomainError):
    """There is no such receipt, or it is another person's: which of the two is not told, and that it was tried is noted."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __post_init__(self) -> None:
        """Leave a trace, wherever it is raised: the buttons of one's own cards lead to receipts of one's own."""
        DomainError.__post_init__(self)
        self.traces.append(ForbiddenAttempt("receipt"))


@dataclass(eq=False)
class ReceiptNoPicture(DomainError):
    """The content is neither a picture of a kind that is read nor a PDF, whatever its name says: SVG, text, an archive."""

    kind: ClassVar[Kind] = Kind.INVALID


@dataclass(eq=False)
class ReceiptEmpty(DomainError):
    """The file has no bytes."""

    kind: ClassVar[Kind] = Kind.INVALID


@dataclass(eq=False)
class ReceiptTooLarge(DomainError):
    """The file has more bytes than are accepted. `megabytes_max`: the bound, in units of 10**6 bytes."""

    megabytes_max: int
    kind: ClassVar[Kind] = Kind.LIMIT


@dataclass(eq=False)
class ReceiptGone(DomainError):
    """The platform does not hand the file over: it was deleted, or has more bytes than it said it had.

    `megabytes_max`: how large a file may be, in units of 10**6 bytes.
    """

    megabytes_max: int
    kind: ClassVar[Kind] = Kind.UNAVAILABLE


@dataclass(eq=False)
class ReceiptTooManyPixels(DomainError):
    """The picture would unfold to more pixels than are accepted. `megapixels_max`: the bound, in units of 10**6 pixels."""

    megapixels_max: int
    kind: ClassVar[Kind] = Kind.LIMIT


@dataclass(eq=False)
class ReceiptEncrypted(DomainError):
    """The PDF opens with a password alone."""

    kind: ClassVar[Kind] = Kind.INVALID


@dataclass(eq=False)
class ReceiptTruncated(DomainError):
    """The file ends before the picture does, or is damaged: it did not arrive whole."""

    kind: ClassVar[Kind] = Kind.INVALID


@dataclass(eq=False)
class ReceiptNoText(DomainError):
    """The picture opens, and no text can be read on it: too dark, too blurred, or a picture of something else."""

    kind: ClassVar[Kind] = Kind.INVALID


@dataclass(eq=False)
class ReceiptNotRecognised(DomainError):
    """There is text on the picture, but neither an amount nor anything else that a receipt has."""

    kind: ClassVar[Kind] = Kind.INVALID


@dataclass(eq=False)
class ReceiptTaken(DomainError):
    """The receipt stands behind an expense already. `number`: the expense's."""

    number: int
    kind: ClassVar[Kind] = Kind.CONFLICT


@dataclass(eq=False)
class ReceiptTooHard(DomainError):
    """Reading took more time or memory than one receipt may have, and was stopped."""

    kind: ClassVar[Kind] = Kind.LIMIT


@dataclass(eq=False)
class ReadingUnavailable(DomainError):
    """Receipts cannot be read on this machine just now: Tesseract is not installed, or its languages are missing."""

    kind: ClassVar[Kind] = Kind.UNAVAILABLE


@dataclass(eq=False)
class ReceiptTooLate(DomainError):
    """The expense that a receipt was sent for is decided: what stands behind it is what was decided on."""

    number: int
    kind: ClassVar[Kind] = Kind.CONFLICT


REFUSALS: dict[str, type[DomainError]] = {
    refusal.__name__: refusal
    for refusal in (
        ReceiptNoPicture,
        ReceiptEmpty,
        ReceiptTooLarge,
        ReceiptTooManyPixels,
        ReceiptEncrypted,
        ReceiptTruncated,
        ReceiptNoText,
        ReceiptNotRecognised,
        ReceiptTooHard,
        ReadingUnavailable,
    )
}
"""Every refusal of a reader by its name: how it crosses the pipe of a worker process."""
