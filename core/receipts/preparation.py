"""Pictures made ready for reading: letters of one height, light evened out, paper white. Runs in a worker process alone."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from core.receipts.pictures import Grey

LETTER_HEIGHT = 30.0
"""Height of letters in pixels that Tesseract reads best. Source: its documentation, "Improving the quality of the output"."""

PIXELS_MAX = 8_000_000
_SCALES = (0.3, 3.0)
_SCALE_OF_UNKNOWN = 1.5
_LETTERS_MIN = 30


def scaled(grey: "Grey") -> "Grey":
    """Scale a picture so that its letters are LETTER_HEIGHT high, to at most PIXELS_MAX."""
    height = letter_height(grey)
    scale = _SCALE_OF_UNKNOWN if height is None else min(max(LETTER_HEIGHT / height, _SCALES[0]), _SCALES[1])
    pixels = grey.size * scale * scale
    if pixels > PIXELS_MAX:
        scale *= (PIXELS_MAX / pixels) ** 0.5
    interpolation = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    return _as_grey(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=interpolation))


def letter_height(grey: "Grey") -> float | None:
    """The median height of what looks like letters, in pixels; None where too little does."""
    dark = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 31, 15)
    _, _, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    widths, heights, areas = stats[1:, cv2.CC_STAT_WIDTH], stats[1:, cv2.CC_STAT_HEIGHT], stats[1:, cv2.CC_STAT_AREA]
    are_letters = (
        (heights >= 6)
        & (heights <= grey.shape[0] / 15)
        & (widths <= 3 * heights)
        & (widths >= 0.15 * heights)
        & (areas >= 0.15 * widths * heights)
    )
    return float(np.median(heights[are_letters])) if np.count_nonzero(are_letters) > _LETTERS_MIN else None


def evened(grey: "Grey") -> "Grey":
    """Divide by the paper's own brightness, so that shadows vanish and faint print stays."""
    small = cv2.resize(grey, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    paper = cv2.medianBlur(cv2.dilate(small, np.ones((7, 7), np.uint8)), 21)
    paper = cv2.resize(paper, (grey.shape[1], grey.shape[0]))
    return _as_grey(cv2.divide(grey, paper, scale=255))


def binarised(grey: "Grey", *, window: int = 41, weight: float = 0.25) -> "Grey":
    """Black on white by the threshold of each place's mean and spread.

    Source: Sauvola and Pietikäinen, "Adaptive document image binarization", 2000; `window` in pixels, odd.
    """
    values = grey.astype(np.float32)
    mean = cv2.boxFilter(values, -1, (window, window))
    variance = cv2.boxFilter(values * values, -1, (window, window)) - mean * mean
    spread = np.sqrt(np.maximum(variance, 0))
    return np.where(values > mean * (1 + weight * (spread / 128 - 1)), 255, 0).astype(np.uint8)


def turned(grey: "Grey", quarters: int) -> "Grey":
    """Turn a picture counterclockwise by quarters."""
    return np.ascontiguousarray(np.rot90(grey, quarters))


def levelled(grey: "Grey", slope: float) -> "tuple[Grey, Callable[[float, float], tuple[float, float]]]":
    """Turn a picture so that text that falls by `slope` pixels a pixel lies level; and where a point of it came from."""
    height, width = grey.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), math.degrees(math.atan(slope)), 1.0)
    back = cv2.invertAffineTransform(turn)
    paper = int(np.percentile(grey, 75))
    level = cv2.warpAffine(grey, turn, (width, height), flags=cv2.INTER_CUBIC, borderValue=paper)

    def origin(x: float, y: float) -> tuple[float, float]:
        return float(back[0] @ (x, y, 1.0)), float(back[1] @ (x, y, 1.0))

    return _as_grey(level), origin


def _as_grey(picture: "cv2.typing.MatLike") -> "Grey":
    return picture.astype(np.uint8, copy=False)
