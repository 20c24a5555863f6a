"""What a file is, by its first bytes: never by its name, nor by what its sender's program says. Pure."""

from core.receipts.errors import ReceiptEmpty, ReceiptNoPicture, ReceiptTooLarge
from core.receipts.record import SIZE_BYTES_MAX

HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"})
"""ISO base media brands of HEIF pictures (ISO/IEC 23008-12, annex B)."""


def media_type_of(content: bytes) -> str | None:
    """Return the media type of a picture or a PDF that is read, or None for anything else."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:8] == b"ftyp" and content[8:12] in HEIC_BRANDS:
        return "image/heic"
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    return None


def accepted_media_type(content: bytes) -> str:
    """Return the media type of a file that may be read; what else stands behind the picture is never looked at.

    Raises ReceiptEmpty, ReceiptTooLarge, ReceiptNoPicture.
    """
    if not content:
        raise ReceiptEmpty
    if len(content) > SIZE_BYTES_MAX:
        raise ReceiptTooLarge(megabytes_max=SIZE_BYTES_MAX // 10**6)
    media_type = media_type_of(content)
    if media_type is None:
        raise ReceiptNoPicture
    return media_type
