"""Identifiers: 26 characters that sort by the time of their making, so that an index on them grows at its end."""

from datetime import datetime

from ulid import ULID


def new_id(now: datetime) -> str:
    """Return a new ULID (https://github.com/ulid/spec): 26 characters of Crockford's base 32; `now` is an aware instant."""
    return str(ULID.from_datetime(now))
