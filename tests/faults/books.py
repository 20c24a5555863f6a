"""What stands in a deployment's SQLite file once the bot has stopped, read without any of the bot's code."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

AUDITED = """
    SELECT tables.name FROM sqlite_master AS tables JOIN pragma_table_info(tables.name) AS columns
    WHERE tables.type = 'table' AND columns.name = 'version' ORDER BY tables.name
"""
"""The tables whose rows count their changes: every one of those changes leaves an audit row."""


@dataclass(frozen=True, kw_only=True)
class Books:
    """A database file."""

    file: Path

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            yield connection

    def rows(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """Return what a SELECT finds."""
        with self._opened() as connection:
            return [dict(row) for row in connection.execute(statement, values)]

    def value(self, statement: str, *values: Any) -> Any:
        """Return the one value that a SELECT finds."""
        (row,) = self.rows(statement, *values)
        (value,) = row.values()
        return value

    def untraced(self) -> list[tuple[str, str, int]]:
        """Return table, id and version of each state of an audited row that has not exactly one row in the audit trail,
        and of each audit row that no such state stands behind.
        """
        states = Counter(
            (table["name"], row["id"], version)
            for table in self.rows(AUDITED)
            for row in self.rows(f"SELECT id, version FROM {table['name']}")  # noqa: S608 - a table of this file
            for version in range(1, row["version"] + 1)
        )
        rows = self.rows("SELECT subject_kind, subject_id, subject_version FROM audit WHERE action <> 'forbidden'")
        trail = Counter((row["subject_kind"], row["subject_id"], row["subject_version"]) for row in rows)
        return sorted(((states - trail) + (trail - states)).elements())

    def event_keys(self) -> list[str]:
        """Return the keys of the deliveries that were handled."""
        return [row["event_key"] for row in self.rows("SELECT event_key FROM inbox WHERE state = 'done'")]

    def left_over(self) -> list[dict[str, Any]]:
        """Return the deliveries that were not handled, and the messages that were not sent."""
        deliveries = self.rows("SELECT state, attempts, payload FROM inbox WHERE state <> 'done'")
        messages = self.rows("SELECT payload, failure FROM work_queue WHERE done_at IS NULL OR failure IS NOT NULL")
        return deliveries + messages
