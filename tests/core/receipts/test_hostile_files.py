"""Files that are no receipts, or want to do harm: a sentence for each, read in little time and memory."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from decimal import Decimal

import pytest
from PIL import Image

from core.kernel.errors import DomainError
from core.receipts import errors, pictures
from core.receipts.local_reader import LocalReader
from core.receipts.media import accepted_media_type
from core.receipts.port import Hints
from core.receipts.record import SIZE_BYTES_MAX
from tests.core.receipts import drawn_receipts as drawn

SCRIPT = b"<html><script>document.title = 'run'</script></html>"


def receipt(kind: str = "JPEG") -> bytes:
    return drawn.encoded(drawn.picture_of(drawn.BRITISH), kind)


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("receipt.jpg", receipt())
    return file.getvalue()


def png_of(width: int, height: int) -> bytes:
    """A PNG of one bit a pixel, all of one colour: 12 KB unfold to 100 million pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    squeeze = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    rows = b"".join([squeeze.compress(row * 500) for _ in range(height // 500)] + [squeeze.flush()])
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def jpeg_that_claims(width: int, height: int) -> bytes:
    """A small JPEG whose frame header names another size."""
    content = bytearray(receipt())
    frame = content.index(b"\xff\xc0")
    content[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(content)


def damaged(content: bytes, at: float) -> bytes:
    place = int(len(content) * at)
    return content[:place] + bytes(64) + content[place + 64 :]


def animated(frames: int) -> bytes:
    pages = [Image.new("L", (40, 40), shade % 256) for shade in range(frames)]
    return drawn.encoded(pages[0], "GIF", save_all=True, append_images=pages[1:])


REFUSED: dict[str, tuple[Callable[[], bytes], type[DomainError]]] = {
    "nothing": (lambda: b"", errors.ReceiptEmpty),
    "21 MB": (lambda: receipt() + bytes(SIZE_BYTES_MAX), errors.ReceiptTooLarge),
    "one byte": (lambda: b"\xff", errors.ReceiptNoPicture),
    "text": (drawn.GERMAN.encode, errors.ReceiptNoPicture),
    "svg": (
        lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
        errors.ReceiptNoPicture,
    ),
    "html": (lambda: SCRIPT, errors.ReceiptNoPicture),
    "zip": (zipped, errors.ReceiptNoPicture),
    "program": (lambda: b"\x7fELF" + bytes(4000), errors.ReceiptNoPicture),
    "postscript": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) run", errors.ReceiptNoPicture),
    "gif": (lambda: animated(3), errors.ReceiptNoPicture),
    "html before a JPEG": (lambda: SCRIPT + receipt(), errors.ReceiptNoPicture),
    "zip before a JPEG": (lambda: zipped() + receipt(), errors.ReceiptNoPicture),
    "video": (lambda: b"\x00\x00\x00\x20ftypisom" + bytes(500), errors.ReceiptNoPicture),
    "100 megapixels in 12 KB": (lambda: png_of(10_000, 10_000), errors.ReceiptTooManyPixels),
    "JPEG of 4 gigapixels": (lambda: jpeg_that_claims(65_000, 65_000), errors.ReceiptTooManyPixels),
    "JPEG cut in half": (lambda: receipt()[: len(receipt()) // 2], errors.ReceiptTruncated),
    "JPEG of its first bytes": (lambda: receipt()[:200], errors.ReceiptTruncated),
    "PNG cut in half": (lambda: receipt("PNG")[: len(receipt("PNG")) // 2], errors.ReceiptTruncated),
    "PNG with a wrong checksum": (lambda: damaged(receipt("PNG"), 0.5), errors.ReceiptTruncated),
    "WebP cut in half": (lambda: receipt("WEBP")[: len(receipt("WEBP")) // 2], errors.ReceiptTruncated),
    "HEIC cut in half": (lambda: receipt("HEIF")[: len(receipt("HEIF")) // 2], errors.ReceiptTruncated),
    "PNG header alone": (lambda: b"\x89PNG\r\n\x1a\n", errors.ReceiptTruncated),
    "WebP header alone": (lambda: b"RIFF\x10\x00\x00\x00WEBPVP8 ", errors.ReceiptTruncated),
    "one pixel": (lambda: drawn.encoded(Image.new("L", (1, 1), 255), "PNG"), errors.ReceiptNoText),
    "a line of pixels": (lambda: drawn.encoded(Image.new("L", (3, 2000), 255), "PNG"), errors.ReceiptNoText),
    "a strip": (lambda: drawn.encoded(Image.new("L", (30_000, 40), 255), "PNG"), errors.ReceiptNoText),
    "PDF of a page of one point": (
        lambda: drawn.pdf_of([""]).replace(b"[0 0 595 842]", b"[0 0 1 1]    "),
        errors.ReceiptNoText,
    ),
    "encrypted PDF": (lambda: drawn.pdf_of([drawn.GERMAN], encrypted=True), errors.ReceiptEncrypted),
    "PDF header alone": (lambda: b"%PDF-1.7\n", errors.ReceiptTruncated),
    "PDF without pages": (lambda: drawn.pdf_of([]), errors.ReceiptTruncated),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_receipt_is_refused_for_its_reason(local_reader: LocalReader, hints: Hints, what: str) -> None:
    content, refusal = REFUSED[what]
    with pytest.raises(refusal):
        local_reader.read(content(), hints)


def test_the_bomb_is_small_and_what_it_would_become_is_not() -> None:
    assert len(png_of(10_000, 10_000)) < 15_000


@pytest.mark.parametrize("behind", [SCRIPT, zipped(), drawn.pdf_of([drawn.GERMAN])], ids=["html", "zip", "pdf"])
def test_a_picture_with_something_else_behind_it_is_read_as_the_picture(
    local_reader: LocalReader, hints: Hints, behind: bytes
) -> None:
    for kind in ("JPEG", "PNG"):
        assert local_reader.read(receipt(kind) + behind, hints).total.value == Decimal("25.15")


def test_a_broken_exif_does_not_hide_the_picture(local_reader: LocalReader, hints: Hints) -> None:
    broken = drawn.encoded(
        drawn.picture_of(drawn.BRITISH), exif=b"Exif\x00\x00MM\x00\x2a\xff\xff\xff\xff" + b"\xff" * 40
    )
    assert local_reader.read(broken, hints).total.value == Decimal("25.15")


def test_a_large_jpeg_is_scaled_down_while_it_is_decoded() -> None:
    large = drawn.encoded(Image.new("L", (8000, 6000), 200), quality=50)
    grey = pictures.decoded(large, "image/jpeg")
    assert grey.shape == (3000, 4000)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_what_cannot_be_scaled_while_it_is_decoded_is_refused_unopened(kind: str) -> None:
    content = drawn.encoded(Image.new("1" if kind == "PNG" else "L", (5100, 5000)), kind)
    with pytest.raises(errors.ReceiptTooManyPixels) as refused:
        pictures.decoded(content, accepted_media_type(content))
    assert refused.value.arguments() == {"megapixels_max": 25}


def test_a_pdf_page_as_large_as_a_field_is_drawn_small(local_reader: LocalReader, hints: Hints) -> None:
    poster = drawn.pdf_of([""]).replace(b"[0 0 595 842]", b"[0 0 14400 14400]")
    with pytest.raises(errors.ReceiptNoText):
        local_reader.read(poster, hints)


def test_the_name_of_a_file_says_nothing() -> None:
    assert accepted_media_type(receipt("PNG")) == "image/png"
    assert accepted_media_type(receipt("HEIF")) == "image/heic"
    assert accepted_media_type(receipt("WEBP")) == "image/webp"
    assert accepted_media_type(drawn.pdf_of(["a"])) == "application/pdf"
