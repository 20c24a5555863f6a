"""What a button carries: action:subject:version:choice, in at most 64 bytes. Nothing that comes back is trusted."""

import re
from dataclasses import dataclass

from bot.telegram.limits import CALLBACK_DATA_BYTES_MAX
from handlers.replies import Button

# A version has at most nine digits, so that it fits every integer column. The choice comes last and may hold colons.
_PATTERN = re.compile(
    r"(?P<action>[a-z][a-z0-9._-]*)"
    r":(?P<subject>[0-7][0-9A-HJKMNP-TV-Z]{25})?"
    r":(?P<version>0|[1-9][0-9]{0,8})?"
    r"(?::(?P<choice>.*))?",
    re.ASCII | re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tap:
    """What a tap says: the same fields as a Button's."""

    action: str
    subject_id: str | None = None
    version: int | None = None
    choice: str | None = None


def encode(button: Button) -> str:
    """Return a button's callback data. Raises ValueError for what does not fit, or would not come back as it was."""
    version = "" if button.version is None else str(button.version)
    data = f"{button.action}:{button.subject_id or ''}:{version}"
    if button.choice is not None:
        data += f":{button.choice}"
    tap = Tap(action=button.action, subject_id=button.subject_id, version=button.version, choice=button.choice)
    if decode(data) != tap:
        raise ValueError(f"a button cannot carry {tap}")
    return data


def decode(data: str) -> Tap | None:
    """Return what a tap says, or None for data that no button of ours carries."""
    found = _PATTERN.fullmatch(data)
    if found is None or len(data.encode(errors="replace")) > CALLBACK_DATA_BYTES_MAX:
        return None
    version = found["version"]
    return Tap(
        action=found["action"],
        subject_id=found["subject"],
        version=None if version is None else int(version),
        choice=found["choice"],
    )
