"""Files to grey pictures, within limits that are checked before anything is unfolded. Runs in a worker process alone."""

import io
import struct
import warnings
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pillow_heif
from PIL import ExifTags, Image, ImageOps

from core.receipts.errors import ReceiptTooHard, ReceiptTooManyPixels, ReceiptTruncated

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Grey = NDArray[np.uint8]
    """Height by width, 0 is black."""

MEGAPIXELS_MAX = 25
PIXELS_MAX = MEGAPIXELS_MAX * 10**6
SCALED_MEGAPIXELS_MAX = 200  # the largest camera of a phone; JPEG alone can be scaled down while it is decoded
SCALED_PIXELS_MAX = SCALED_MEGAPIXELS_MAX * 10**6

SIDE_PIXELS_MIN = 32
"""Ours: on less not even one word can be read, and scaled down nothing would be left of it."""
SIDES_RATIO_MAX = 100
"""Ours: no receipt is so long. With it, what is scaled for reading stays below 32,767 pixels, which is all Tesseract takes."""

_DECODERS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/heic": "HEIF"}
"""Media types -> Pillow's names of their decoders."""

_DAMAGED = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, struct.error, zlib.error)
"""What Pillow and its plugins raise for files that are cut off or broken."""

pillow_heif.register_heif_opener(thumbnails=False)
# Our own limit, which is lower, is checked first; Pillow's would be a warning.
Image.MAX_IMAGE_PIXELS = None


def decoded(content: bytes, media_type: str) -> "Grey":
    """The picture in grey, the right way up, transparent parts white; the first one of several.

    Raises ReceiptTooManyPixels before it is decoded, ReceiptTruncated, ReceiptTooHard.
    """
    # Only the decoder of what the file begins as is tried. What Pillow warns of is wrong with a stranger's file.
    decoders = [_DECODERS[media_type]]
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(content), formats=decoders) as image:
            _check_pixels(image)
            image.load()
            return np.asarray(_grey(_upright(image)))
    except MemoryError:
        raise ReceiptTooHard from None
    except _DAMAGED as error:
        raise ReceiptTruncated from error


def is_legible(grey: "Grey") -> bool:
    """Tell whether a picture is large enough, and not too long a strip, for anything to be read on it."""
    shorter, longer = min(grey.shape), max(grey.shape)
    return bool(shorter >= SIDE_PIXELS_MIN and longer <= SIDES_RATIO_MAX * shorter)


def _check_pixels(image: Image.Image) -> None:
    pixels = image.width * image.height
    if pixels <= PIXELS_MAX:
        return
    if image.format == "JPEG" and pixels <= SCALED_PIXELS_MAX:
        shrink = (PIXELS_MAX / pixels) ** 0.5
        # It picks the next of 1/2, 1/4, 1/8 that is not smaller than asked, so one step further is asked.
        image.draft("L", (int(image.width * shrink / 2) + 1, int(image.height * shrink / 2) + 1))
        if image.width * image.height <= PIXELS_MAX:
            return
    raise ReceiptTooManyPixels(megapixels_max=MEGAPIXELS_MAX)


def _upright(image: Image.Image) -> Image.Image:
    """Turn a picture as its EXIF says; an EXIF that cannot be read says nothing."""
    try:
        is_turned = image.getexif().get(ExifTags.Base.Orientation, 1) != 1
        return ImageOps.exif_transpose(image) if is_turned else image
    except _DAMAGED:
        return image


def _grey(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16 bits, which a plain conversion would clip
        return Image.fromarray((np.asarray(image, dtype=np.uint32) >> 8).clip(0, 255).astype(np.uint8))
    if image.has_transparency_data:
        # In grey before the parts are put together: three copies in colour would take 100 MB each.
        ink = image.convert("LA")
        return Image.composite(ink.getchannel("L"), Image.new("L", ink.size, "white"), ink.getchannel("A"))
    return image.convert("L")
