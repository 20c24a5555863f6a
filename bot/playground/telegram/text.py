"""What Telegram makes of a text: trimming, and the entities that it finds by itself (commands, mentions, links).

Positions are in UTF-16 units, as in every MessageEntity.
"""

import re

from bot.playground.state import Json
from bot.playground.telegram.limits import MESSAGE_ENTITIES_MAX, utf16_units

_COMMAND = re.compile(r"(?<![\w/@<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/@])")
_MENTION = re.compile(r"(?<![\w@/])@[A-Za-z0-9_]{3,32}(?!\w)")
_HASHTAG = re.compile(r"(?<![\w#&])#\w*[^\W\d_]\w*")
_CASHTAG = re.compile(r"(?<![\w$])\$[A-Z]{1,8}(?!\w)")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,10}(?!\w)")
_URL = re.compile(
    r"(?<![\w@.])(?:https?://[^\s<>\"]+|(?:[\w-]+\.)+(?:com|org|net|io|me|de|at|ch|eu|app|dev)(?:/[^\s<>\"]*)?(?![\w.@-]*\w))",
    re.IGNORECASE,
)
_TRAILING_PUNCTUATION = ".,:;!?)'\""
_FOUND_BY_TELEGRAM = (
    ("url", _URL),
    ("email", _EMAIL),
    ("bot_command", _COMMAND),
    ("mention", _MENTION),
    ("hashtag", _HASHTAG),
    ("cashtag", _CASHTAG),
)
_NOTHING_FOUND_INSIDE = frozenset({"code", "pre", "text_link", "text_mention", "custom_emoji"})

_CONTROL_CHARACTERS = {code: " " for code in range(32) if code != ord("\n")} | {ord("\r"): None}


def slice_units(text: str, offset: int, length: int) -> str:
    """The part of a text that an entity covers."""
    encoded = text.encode("utf-16-le")
    return encoded[offset * 2 : (offset + length) * 2].decode("utf-16-le", "replace")


def without_control_characters(source: str) -> str:
    """What Telegram does to every text before it looks for entities: a carriage return vanishes, others are spaces."""
    return source.translate(_CONTROL_CHARACTERS)


def trim(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """The text without white space at both ends, and the entities moved along; empty ones vanish."""
    start = utf16_units(text[: len(text) - len(text.lstrip())])
    trimmed = text.strip()
    end = start + utf16_units(trimmed)
    kept: list[Json] = []
    for entity in entities:
        first = max(entity["offset"], start)
        last = min(entity["offset"] + entity["length"], end)
        if first < last:
            kept.append({**entity, "offset": first - start, "length": last - first})
    return trimmed, kept


def with_found_entities(text: str, entities: list[Json]) -> list[Json]:
    """The given entities and those that Telegram finds in the text, in order; at most a hundred."""
    taken = [
        (entity["offset"], entity["offset"] + entity["length"])
        for entity in entities
        if entity["type"] in _NOTHING_FOUND_INSIDE
    ]
    found: list[Json] = []
    for kind, pattern in _FOUND_BY_TELEGRAM:
        for match in pattern.finditer(text):
            matched = match.group().rstrip(_TRAILING_PUNCTUATION) if kind == "url" else match.group()
            offset = utf16_units(text[: match.start()])
            length = utf16_units(matched)
            if all(offset >= end or offset + length <= start for start, end in taken):
                taken.append((offset, offset + length))
                found.append({"type": kind, "offset": offset, "length": length})
    together = sorted([*entities, *found], key=lambda entity: (entity["offset"], -entity["length"]))
    return together[:MESSAGE_ENTITIES_MAX]
