"""The only source of column types: what STRICT tables of SQLite accept, and PostgreSQL keeps the same."""

import json
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, LargeBinary, Text
from sqlalchemy.types import TypeDecorator
from typing_extensions import override

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WHOLE = Integer().with_variant(BigInteger(), "postgresql")


def whole_characters(text: str) -> str:
    """Return `text` with U+FFFD for every half of a character (a lone surrogate), which no database keeps.

    JSON can spell them, so a platform's payload may hold them, and a text that was cut in the middle of an emoji does.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def storable(text: str) -> str:
    """Return `text` as the columns below keep it: whole characters, and U+FFFD for null characters, which PostgreSQL refuses."""
    if text.isascii() and "\x00" not in text:
        return text  # almost all that is kept, and known at once
    return whole_characters(text).replace("\x00", "\ufffd")


class Words(TypeDecorator[str]):
    """Text for people, and short codes; see `storable`."""

    impl = Text
    cache_ok = True

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace what one of the databases could not keep."""
        return None if value is None else storable(value)


class Id(Words):
    """An identifier of ours (26 characters, core/kernel/ids.py) or of a platform; a button may carry any text instead."""

    cache_ok = True


class Count(TypeDecorator[int]):
    """A whole number: a version, an attempt, a position."""

    impl = _WHOLE
    cache_ok = True


class MinorUnits(TypeDecorator[int]):
    """An amount of money in minor units of the currency beside it; 64 bits."""

    impl = _WHOLE
    cache_ok = True


class Flag(TypeDecorator[bool]):
    """Yes or no, kept as 1 or 0."""

    impl = _WHOLE
    cache_ok = True

    @override
    def process_bind_param(self, value: bool | None, dialect: Dialect) -> int | None:
        """Return 1 or 0."""
        return None if value is None else int(value)

    @override
    def process_result_value(self, value: int | None, dialect: Dialect) -> bool | None:
        """Return the truth of what was kept."""
        return None if value is None else bool(value)


class Instant(TypeDecorator[datetime]):
    """An aware instant, kept as whole microseconds since 1970 in UTC, so that every database sorts and compares it alike."""

    impl = _WHOLE
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Return the microseconds. Raises ValueError for a naive time."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone: an instant is aware")
        return (value - _EPOCH) // timedelta(microseconds=1)

    @override
    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Return the aware instant."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class LocalDate(TypeDecorator[date]):
    """A calendar date, kept as "2026-03-12"."""

    impl = Text
    cache_ok = True

    @override
    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:
        """Return the ISO form. Raises TypeError for an instant, which is no date until a zone is chosen."""
        if isinstance(value, datetime):
            raise TypeError(f"{value!r} is an instant, not a local date")
        return None if value is None else value.isoformat()

    @override
    def process_result_value(self, value: str | None, dialect: Dialect) -> date | None:
        """Return the date."""
        return None if value is None else date.fromisoformat(value)


class Json(TypeDecorator[Any]):
    """A value of JSON, kept as compact text. Halves of characters become U+FFFD; null characters are escaped, and stay."""

    impl = Text
    cache_ok = True

    @override
    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Return the JSON text."""
        if value is None:
            return None
        return whole_characters(json.dumps(value, ensure_ascii=False, separators=(",", ":")))

    @override
    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Return the value."""
        return None if value is None else json.loads(value)


class Choice(TypeDecorator[StrEnum]):
    """One of the values of a StrEnum, kept as its text."""

    impl = Text
    cache_ok = True

    def __init__(self, choices: type[StrEnum]) -> None:
        """Take the enumeration."""
        super().__init__()
        self.choices = choices

    @override
    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        """Return the text. Raises ValueError for what is no choice."""
        return None if value is None else str(self.choices(value))

    @override
    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        """Return the choice."""
        return None if value is None else self.choices(value)


class Bytes(TypeDecorator[bytes]):
    """Raw bytes: a digest, a ciphertext."""

    impl = LargeBinary
    cache_ok = True
