"""Files that come with a call, and what the emulator must know of a picture."""

import re
import struct
from dataclasses import dataclass, field

from bot.playground.state import Json

_JPEG_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


_REFERENCE = re.compile(r"attach://([^\s\"\\]+)")
"""A part of the body as a parameter names it, also inside of JSON (InputMedia)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One file as it was sent."""

    name: str
    mime_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Uploads:
    """The parts of a multipart body that are files, by the name of their part."""

    by_part: dict[str, Upload] = field(default_factory=dict)

    def placeholders(self, parameters: Json) -> Json:
        """References, as the schema accepts them, for files that were sent as the parameter itself."""
        referred = {part for value in parameters.values() for part in _REFERENCE.findall(str(value))}
        return {part: f"attach://{part}" for part in self.by_part if part not in referred}

    def find(self, reference: str) -> Upload | None:
        """The file that a parameter's value names by attach://part."""
        return self.by_part.get(reference.removeprefix("attach://")) if reference.startswith("attach://") else None

    def as_json(self) -> Json:
        """For the wire log, which keeps no contents."""
        return {
            part: {"file_name": file.name, "mime_type": file.mime_type, "size_bytes": len(file.content)}
            for part, file in self.by_part.items()
        }


def picture_size(content: bytes) -> tuple[int, int] | None:
    """Width and height in pixels of a PNG or JPEG; None for anything else, which Telegram refuses as a photo."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return width, height
    if content.startswith(b"\xff\xd8"):
        return _jpeg_size(content)
    return None


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    position = 2
    while position + 9 <= len(content) and content[position] == 0xFF:
        marker = content[position + 1]
        if marker in _JPEG_FRAME_MARKERS:
            height, width = struct.unpack(">HH", content[position + 5 : position + 9])
            return width, height
        if marker == 0xFF:
            position += 1  # A fill byte before the marker.
        else:
            position += 2 + struct.unpack(">H", content[position + 2 : position + 4])[0]
    return None
