"""Telegram's HTML, which is not HTML: a text and its entities, or the refusal that Telegram's server words.

Rules: https://core.telegram.org/bots/api#html-style. Offsets of entities are in UTF-16 units, offsets in errors are in
bytes of UTF-8, as on the real server.
"""

import re
from dataclasses import dataclass
from html import unescape

from bot.playground.state import Json
from bot.playground.telegram.errors import BotApiError, bad_request
from bot.playground.telegram.limits import utf16_units

_ENTITY_OF_TAG = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}

# Only these named references exist; every numeric one is supported.
_REFERENCE = re.compile(r"&(?:(?:lt|gt|amp|quot)(?![A-Za-z])|#\d{1,8}|#[xX][0-9a-fA-F]{1,6});?")
_TAG_NAME = re.compile(r"[^\s>]*")
_SPACE = re.compile(r"\s*")
_ATTRIBUTE_NAME = re.compile(r"[^\s=>/\"']*")
_BARE_VALUE = re.compile(r"[A-Za-z0-9.-]*")


@dataclass(slots=True, kw_only=True)
class _OpenTag:
    name: str
    attributes: dict[str, str]
    offset: int
    """Where its text starts, in UTF-16 units of the output."""
    output_index: int


def _refuse(reason: str) -> BotApiError:
    return bad_request(f"can't parse entities: {reason}")


class _Parser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.position = 0
        self.output: list[str] = []
        self.units = 0
        self.open_tags: list[_OpenTag] = []
        self.entities: list[Json] = []

    def byte_offset(self, position: int) -> int:
        return len(self.source[:position].encode("utf-8", "surrogatepass"))

    def emit(self, text: str) -> None:
        self.output.append(text)
        self.units += utf16_units(text)

    def run(self) -> tuple[str, list[Json]]:
        while self.position < len(self.source):
            character = self.source[self.position]
            if character == "&":
                self.reference()
            elif character != "<":
                self.emit(character)
                self.position += 1
            elif self.source.startswith("</", self.position):
                self.end_tag()
            else:
                self.start_tag()
        if self.open_tags:
            raise _refuse(f'Can\'t find end tag corresponding to start tag "{self.open_tags[-1].name}"')
        self.entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
        return "".join(self.output), self.entities

    def reference(self) -> None:
        match = _REFERENCE.match(self.source, self.position)
        decoded = unescape(match.group() if match.group().endswith(";") else match.group() + ";") if match else ""
        if match is None or not decoded or decoded == "\N{REPLACEMENT CHARACTER}":
            self.emit("&")
            self.position += 1
        else:
            self.emit(decoded)
            self.position = match.end()

    def start_tag(self) -> None:
        begin = self.position
        self.position += len("<")
        name = self.skip(_TAG_NAME).lower()
        if self.position >= len(self.source):
            raise _refuse(f"Unclosed start tag at byte offset {self.byte_offset(begin)}")
        if name not in _ENTITY_OF_TAG:
            raise _refuse(f'Unsupported start tag "{name}" at byte offset {self.byte_offset(begin)}')
        attributes = self.attributes(name, begin)
        if name == "span" and attributes.get("class") != "tg-spoiler":
            where = self.byte_offset(begin)
            raise _refuse(f'Tag "span" must have class "tg-spoiler" at byte offset {where}')
        self.open_tags.append(
            _OpenTag(name=name, attributes=attributes, offset=self.units, output_index=len(self.output))
        )

    def skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.source, self.position)
        skipped = match.group() if match else ""
        self.position += len(skipped)
        return skipped

    def attributes(self, tag: str, begin: int) -> dict[str, str]:
        found: dict[str, str] = {}
        while True:
            self.skip(_SPACE)
            if self.position >= len(self.source):
                raise _refuse(f"Unclosed start tag at byte offset {self.byte_offset(begin)}")
            if self.source[self.position] == ">":
                self.position += 1
                return found
            where = self.byte_offset(self.position)
            name = self.skip(_ATTRIBUTE_NAME).lower()
            if not name:
                raise _refuse(f'Empty attribute name in the tag "{tag}" at byte offset {where}')
            self.skip(_SPACE)
            found[name] = self.attribute_value(tag, begin)

    def attribute_value(self, tag: str, begin: int) -> str:
        if not self.source.startswith("=", self.position):
            # An attribute without a value, such as `expandable`.
            return ""
        self.position += 1
        self.skip(_SPACE)
        quote = self.source[self.position : self.position + 1]
        if quote not in ('"', "'") or not quote:
            where = self.byte_offset(self.position)
            bare = self.skip(_BARE_VALUE)
            if self.source[self.position : self.position + 1] not in (">", " ", "\n", "\t"):
                raise _refuse(f'Unexpected end of name token in the tag "{tag}" at byte offset {where}')
            return bare.lower()
        end = self.source.find(quote, self.position + 1)
        if end < 0:
            raise _refuse(f"Unclosed start tag at byte offset {self.byte_offset(begin)}")
        value = self.source[self.position + 1 : end]
        self.position = end + 1
        return _REFERENCE.sub(lambda match: unescape(match.group()), value)

    def end_tag(self) -> None:
        begin = self.position
        where = self.byte_offset(begin)
        self.position += len("</")
        name = self.skip(_TAG_NAME).lower()
        self.skip(_SPACE)
        if not self.open_tags:
            raise _refuse(f"Unexpected end tag at byte offset {where}")
        if not self.source.startswith(">", self.position):
            raise _refuse(f"Unclosed end tag at byte offset {where}")
        self.position += 1
        opened = self.open_tags.pop()
        if name and name != opened.name:
            raise _refuse(f'Unmatched end tag at byte offset {where}, expected "</{opened.name}>", found "</{name}>"')
        self.close(opened)

    def close(self, tag: _OpenTag) -> None:
        length = self.units - tag.offset
        if length <= 0:
            return
        entity: Json = {"type": _ENTITY_OF_TAG[tag.name], "offset": tag.offset, "length": length}
        if tag.name == "a":
            address = tag.attributes.get("href") or "".join(self.output[tag.output_index :])
            if not _link(entity, address):
                return
        elif tag.name == "blockquote" and "expandable" in tag.attributes:
            entity["type"] = "expandable_blockquote"
        elif tag.name == "tg-emoji":
            entity["custom_emoji_id"] = tag.attributes.get("emoji-id", "")
        elif tag.name == "code" and self.open_tags and self.open_tags[-1].name == "pre":
            # <pre><code class="language-x"> is one entity: the code only names the language.
            language = tag.attributes.get("class", "")
            if self.open_tags[-1].offset == tag.offset and language.startswith("language-"):
                self.open_tags[-1].attributes["language"] = language.removeprefix("language-")
            return
        elif tag.name == "pre" and tag.attributes.get("language"):
            entity["language"] = tag.attributes["language"]
        self.entities.append(entity)


def _link(entity: Json, address: str) -> bool:
    """Fills in a link's target. False where Telegram keeps the text and drops the link."""
    mentioned = re.fullmatch(r"tg://user/?\?id=(\d+)", address)
    if mentioned:
        entity["type"] = "text_mention"
        entity["user"] = {"id": int(mentioned.group(1))}
        return True
    if re.match(r"(?:https?|tg|ton|mailto|tel):", address):
        entity["url"] = address
    elif re.match(r"[\w-]+(?:\.[\w-]+)+(?:[/?#:]|$)", address):
        entity["url"] = f"http://{address}/" if "/" not in address else f"http://{address}"
    else:
        return False
    return True


def parse(source: str) -> tuple[str, list[Json]]:
    """The text without its tags and references, and its entities, by offset and longest first.

    An entity "text_mention" carries only `user.id`; the caller knows the rest of the person. Raises BotApiError 400
    "can't parse entities: …".
    """
    return _Parser(source).run()
