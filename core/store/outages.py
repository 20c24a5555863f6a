"""What is no fault of whoever used the store: it is full, locked, or away, and the same will work when it is back."""

import errno
import sqlite3

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

_SQLITE_AWAY = frozenset(
    {
        sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY,
    }
)  # fmt: skip
"""Primary result codes (https://sqlite.org/rescode.html); an extended one holds its primary one in the lowest byte."""
_POSTGRESQL_AWAY = ("08", "53", "57P", "58")
"""Beginnings of SQLSTATE: connection, resources (a full disk is 53100), an operator's intervention (a restart), system.

https://www.postgresql.org/docs/current/errcodes-appendix.html
"""
_DISK_AWAY = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE})


def store_is_away(error: BaseException) -> bool:
    """Tell whether an error says that the store takes nothing for now, and nothing against what was to be stored."""
    if isinstance(error, PoolTimeoutError):
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _driver_says_away(error.orig)
    return isinstance(error, OSError) and error.errno in _DISK_AWAY


def _driver_says_away(error: BaseException | None) -> bool:
    if isinstance(error, sqlite3.Error):
        return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF in _SQLITE_AWAY
    state: str | None = getattr(error, "sqlstate", "")
    if state is None:  # psycopg: the connection could not be had, or broke, and the server said nothing
        return any(each.__name__ == "OperationalError" for each in type(error).__mro__)
    return state.startswith(_POSTGRESQL_AWAY)
