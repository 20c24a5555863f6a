"""A printed receipt photographed on a table: wood, shadow, a slight turn, uneven light, blur, noise. Imports Pillow.

All chance comes from a seed, so that a picture is the same each time.
"""

import io
import math
import random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

PHOTO_SIZE = (960, 1280)
"""Width and height in pixels: what Telegram's apps leave of a photo, whose longer side they scale to 1280."""

PAPER_SHARE = 0.88
"""How much of the photo the paper takes at most, in either direction."""
JPEG_QUALITY = 84
THUMBNAIL_SIZE = (288, 384)
"""Twice what the tray shows, for sharp screens."""

_TABLES = ((126, 92, 64), (92, 78, 70), (154, 124, 92), (74, 84, 92), (168, 150, 128))
_PAPERS = ((250, 247, 240), (246, 246, 244), (252, 249, 238))

_SOFT = 8
"""What has no edges is drawn so many times smaller."""

_Corners = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]


def photographed(paper: Image.Image, seed: str) -> bytes:
    """Return a JPEG of a flat grey picture of paper, as it lies on a table."""
    chance = random.Random(seed)  # noqa: S311 - a picture's look, no secret
    photo = _table(chance)
    view = _view(paper.size, chance)
    mask = _laid(Image.new("L", paper.size, 255), view)
    photo = Image.composite(Image.new("RGB", PHOTO_SIZE), photo, _shadow_of(mask, chance))
    photo.paste(_laid(_tinted(paper, chance), view), mask=mask)
    photo = ImageChops.multiply(photo, Image.merge("RGB", [_light(chance)] * 3))
    photo = photo.filter(ImageFilter.GaussianBlur(chance.uniform(0.45, 0.7)))
    photo = _with_noise(photo, chance)
    content = io.BytesIO()
    photo.save(content, "JPEG", quality=JPEG_QUALITY)
    return content.getvalue()


def _noise(size: tuple[int, int], chance: random.Random) -> Image.Image:
    """Return grey noise. Pillow's own takes no seed."""
    return Image.frombytes("L", size, chance.randbytes(size[0] * size[1]))


def _ramp(low: int, high: int) -> list[int]:
    """Return the table that maps 0 to 255 onto low to high, for `Image.point`."""
    return [low + (high - low) * value // 255 for value in range(256)]


def _table(chance: random.Random) -> Image.Image:
    """Return wood: noise drawn out along the boards, in one of a few colours."""
    width, height = PHOTO_SIZE
    colour = chance.choice(_TABLES)
    fibres = _noise((width // 4, 10), chance).resize(PHOTO_SIZE, Image.Resampling.BICUBIC)
    clouds = _noise((5, 7), chance).resize(PHOTO_SIZE, Image.Resampling.BICUBIC)
    wood = Image.blend(fibres, clouds, 0.6)
    draw = ImageDraw.Draw(wood)
    board = chance.randint(240, 330)
    for left in range(chance.randint(40, board), width, board):
        draw.line((left, 0, left, height), fill=30, width=3)
    return Image.merge("RGB", [wood.point(_ramp(round(part * 0.66), min(255, round(part * 1.22)))) for part in colour])


def _tinted(paper: Image.Image, chance: random.Random) -> Image.Image:
    """Return the paper in its colour, with fibres and the traces of having been folded."""
    coarse = _noise((paper.width // 12, paper.height // 12), chance)
    texture = coarse.resize(paper.size, Image.Resampling.BICUBIC).point(_ramp(243, 255))
    draw = ImageDraw.Draw(texture)
    for share in sorted(chance.uniform(0.2, 0.8) for _ in range(2)):
        at = round(paper.height * share)
        draw.line((0, at, paper.width, at + chance.randint(-6, 6)), fill=225, width=3)
    texture = texture.filter(ImageFilter.GaussianBlur(1.5))
    grey = ImageChops.multiply(paper, texture)
    return Image.merge("RGB", [grey.point(_ramp(0, part)) for part in chance.choice(_PAPERS)])


def _view(paper: tuple[int, int], chance: random.Random) -> _Corners:
    """Return which place of the paper's plane each corner of the photo shows: a slight turn, seen from aside.

    From the upper left corner clockwise, in pixels of the paper.
    """
    width, height = PHOTO_SIZE
    scale = min(width * PAPER_SHARE / paper[0], height * PAPER_SHARE / paper[1])
    turn = math.radians(chance.choice((-1, 1)) * chance.uniform(0.8, 2.2))
    tilt, lean = chance.uniform(-0.03, 0.03), chance.uniform(-0.02, 0.02)
    shift = chance.uniform(-0.02, 0.02) * width, chance.uniform(-0.02, 0.02) * height

    def place(across: int, along: int) -> tuple[float, float]:
        farther = 1 + along * tilt + across * lean
        x = (across * width / 2 * farther + shift[0]) / scale
        y = (along * height / 2 * farther + shift[1]) / scale
        return (
            paper[0] / 2 + x * math.cos(turn) - y * math.sin(turn),
            paper[1] / 2 + x * math.sin(turn) + y * math.cos(turn),
        )

    return place(-1, -1), place(1, -1), place(1, 1), place(-1, 1)


def _laid(layer: Image.Image, view: _Corners) -> Image.Image:
    """Return what a photo with this view shows of a flat picture; black beside it."""
    return layer.transform(
        PHOTO_SIZE, Image.Transform.PERSPECTIVE, _projection(view), resample=Image.Resampling.BICUBIC, fillcolor=0
    )


def _projection(view: _Corners) -> tuple[float, ...]:
    """Return the eight coefficients that take a photo's pixel to the paper's plane.

    Source: Paul Heckbert, "Fundamentals of Texture Mapping and Image Warping", 1989, 2.2.3: square to quadrilateral.
    """
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = view
    skew_x, skew_y = x0 - x1 + x2 - x3, y0 - y1 + y2 - y3
    determinant = (x1 - x2) * (y3 - y2) - (x3 - x2) * (y1 - y2)
    g = (skew_x * (y3 - y2) - (x3 - x2) * skew_y) / determinant
    h = ((x1 - x2) * skew_y - skew_x * (y1 - y2)) / determinant
    a, b = x1 - x0 + g * x1, x3 - x0 + h * x3
    d, e = y1 - y0 + g * y1, y3 - y0 + h * y3
    width, height = PHOTO_SIZE
    return a / width, b / height, x0, d / width, e / height, y0, g / width, h / height


def _shadow_of(mask: Image.Image, chance: random.Random) -> Image.Image:
    """Return how dark the paper's shadow makes each place of the table, 0 to 255."""
    moved = ImageChops.offset(mask, chance.choice((-1, 1)) * chance.randint(8, 14), chance.randint(10, 18))
    return moved.filter(ImageFilter.GaussianBlur(12)).point(_ramp(0, 130))


def _light(chance: random.Random) -> Image.Image:
    """Return how much light falls on each place: more on one side, and the soft shadow of whoever holds the phone."""
    width, height = small = PHOTO_SIZE[0] // _SOFT, PHOTO_SIZE[1] // _SOFT
    light = _noise((3, 4), chance).resize(small, Image.Resampling.BICUBIC).point(_ramp(210, 255))
    shadow = Image.new("L", small, 255)
    left, reach = chance.uniform(0.1, 0.6) * width, chance.uniform(0.35, 0.7) * height
    arm = ((-0.27, 1.06), (-0.06, 1 - reach / height), (0.21, 1 - reach / height), (0.44, 1.06))
    ImageDraw.Draw(shadow).polygon([(left + x * width, y * height) for x, y in arm], fill=178)
    shadow = shadow.filter(ImageFilter.GaussianBlur(60 / _SOFT))
    return ImageChops.multiply(light, shadow).resize(PHOTO_SIZE, Image.Resampling.BICUBIC)


def _with_noise(photo: Image.Image, chance: random.Random) -> Image.Image:
    """Return the photo with the grain of a small sensor."""
    width, height = photo.size
    # Two pixels of grain in one: a sensor's noise is not sharper than its lens.
    grain = _noise((width // 2, height // 2), chance).resize(photo.size, Image.Resampling.BILINEAR)
    strength = Image.merge("RGB", [grain.point(_ramp(0, 14))] * 3)
    return ImageChops.subtract(ImageChops.add(photo, strength), Image.new("RGB", photo.size, (7, 7, 7)))


def reduced(photo: bytes) -> bytes:
    """Return a JPEG at most THUMBNAIL_SIZE large."""
    with Image.open(io.BytesIO(photo)) as picture:
        picture.thumbnail(THUMBNAIL_SIZE, Image.Resampling.LANCZOS)
        content = io.BytesIO()
        picture.save(content, "JPEG", quality=JPEG_QUALITY)
    return content.getvalue()
