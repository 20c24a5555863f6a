"""A photo in the sizes in which Telegram keeps it, so that a bot has to choose."""

import asyncio
import io
from typing import TYPE_CHECKING

from bot.playground.state import Json
from bot.playground.telegram.methods_files import keep_file, photo_json
from bot.playground.telegram.uploads import Upload

if TYPE_CHECKING:
    from bot.playground.telegram.emulator import TelegramEmulator

SMALLER_SIDES_MAX = (100, 320, 800)
"""The longer side of each smaller size in pixels. Source: https://core.telegram.org/api/files#image-thumbnail-types
(s, m, x)."""


async def photo_sizes(emulator: "TelegramEmulator", bot_id: int, upload: Upload) -> list[Json]:
    """Keep a photo as it is and smaller, and return its sizes, the smallest first.

    Raises BotApiError 400 for what Telegram takes for no photo.
    """
    whole = photo_json(keep_file(emulator, bot_id, "photos", upload))
    smaller = await asyncio.to_thread(_reduced, upload.content)
    files = [
        keep_file(emulator, bot_id, "photos", Upload(name="photo.jpg", mime_type="image/jpeg", content=content))
        for content in smaller
    ]
    return [*(size for file in files for size in photo_json(file)), *whole]


def _reduced(content: bytes) -> list[bytes]:
    """Return smaller JPEGs; none of what is small already, or cannot be opened."""
    from PIL import Image, UnidentifiedImageError

    reduced = []
    try:
        with Image.open(io.BytesIO(content)) as picture:
            sides_max = [side for side in SMALLER_SIDES_MAX if side < max(picture.size)]
            for side in sides_max:
                small = picture.convert("RGB")
                small.thumbnail((side, side))
                written = io.BytesIO()
                small.save(written, "JPEG", quality=80)
                reduced.append(written.getvalue())
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError):
        # Telegram's apps send what they cannot show all the same; what becomes of it is for the bot.
        return []
    return reduced
