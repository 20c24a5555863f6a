"""Values to JSON and back, for what is stored: cards, notices, form answers. Tagged, versioned by the tag, nothing executable."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

TAG = "$"


@dataclass(frozen=True, slots=True)
class Packer:
    """How one class that is no plain dataclass is written: to a JSON value and back."""

    pack: Callable[[Any], Any]
    unpack: Callable[[Any], Any]


_SCALARS: dict[type, tuple[str, Packer]] = {
    datetime: ("instant", Packer(lambda value: value.isoformat(), datetime.fromisoformat)),
    date: ("date", Packer(lambda value: value.isoformat(), date.fromisoformat)),
    Decimal: ("decimal", Packer(str, Decimal)),
}


class UnknownTagError(ValueError):
    """A stored value carries a tag that this version does not know."""


class Codec:
    """Writes and reads values made of registered dataclasses, dates, decimals, tuples, dicts with text keys, and JSON's own.

    `types` maps a tag ("card.1") to a dataclass; a changed field means a new tag, and the old one stays readable.
    """

    def __init__(self, types: Mapping[str, type], packers: Mapping[type, tuple[str, Packer]] | None = None) -> None:
        """Take the table of tags; raises ValueError when a class stands there twice."""
        self._types = dict(types)
        self._tags = {cls: tag for tag, cls in types.items()}
        if len(self._tags) != len(self._types):
            raise ValueError("a class stands under two tags")
        self._packers = _SCALARS | dict(packers or {})
        self._unpackers = dict(self._packers.values())

    def dumps(self, value: object) -> str:
        """Return `value` as JSON text. Raises TypeError for a class that is not registered."""
        return json.dumps(self.pack(value), ensure_ascii=False, separators=(",", ":"))

    def loads(self, stored: str) -> Any:
        """Return the value that `dumps` wrote. Raises UnknownTagError for a tag that this version does not know."""
        return self.unpack(json.loads(stored))

    def pack(self, value: object) -> Any:
        """Return `value` in JSON's own types."""
        if value is None or type(value) in (bool, int, str):
            return value
        if type(value) in self._packers:
            tag, packer = self._packers[type(value)]
            return {TAG: tag, "value": packer.pack(value)}
        if isinstance(value, tuple | list):
            return [self.pack(item) for item in value]
        if isinstance(value, Mapping):
            return {str(key): self.pack(item) for key, item in value.items()}
        if is_dataclass(value) and type(value) in self._tags:
            packed = {field.name: self.pack(getattr(value, field.name)) for field in fields(value)}
            return {TAG: self._tags[type(value)]} | packed
        raise TypeError(f"{type(value).__name__} is not registered with this codec")

    def unpack(self, stored: Any) -> Any:
        """Return the value that `pack` wrote; lists come back as tuples."""
        if isinstance(stored, list):
            return tuple(self.unpack(item) for item in stored)
        if not isinstance(stored, dict):
            return stored
        tag = stored.get(TAG)
        if tag is None:
            return {key: self.unpack(item) for key, item in stored.items()}
        if tag in self._unpackers:
            return self._unpackers[tag].unpack(stored["value"])
        if tag not in self._types:
            raise UnknownTagError(f"no value is known by the tag {tag!r}")
        arguments = {key: self.unpack(item) for key, item in stored.items() if key != TAG}
        return self._types[tag](**arguments)
