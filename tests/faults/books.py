"""What stands in a deployment's database, read without any of the bot's code."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row
from sqlalchemy import make_url

AUDITED = {
    "sqlite": """
        SELECT tables.name FROM sqlite_master AS tables JOIN pragma_table_info(tables.name) AS columns
        WHERE tables.type = 'table' AND columns.name = 'version' ORDER BY tables.name
    """,
    "postgresql": """
        SELECT table_name AS name FROM information_schema.columns
        WHERE table_schema = 'public' AND column_name = 'version' ORDER BY table_name
    """,
}
"""The tables whose rows count their changes: every one of those changes leaves an audit row."""
ORDER_OF_WRITING = {"sqlite": "rowid", "postgresql": "xmin::text::bigint, cmin::text::bigint"}
"""How rows are sorted by the time at which they were made (SQLite) or last changed (PostgreSQL)."""
REFUSE = {
    "sqlite": ("CREATE TRIGGER full BEFORE {} ON {} BEGIN SELECT RAISE(ABORT, 'disk full'); END", "DROP TRIGGER full"),
    "postgresql": (
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'disk_full'; END $$;"
        " CREATE TRIGGER full_disk BEFORE {} ON {} EXECUTE FUNCTION refuse()",
        "DROP FUNCTION refuse CASCADE",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Books:
    """A database, by its URL. Both kinds keep texts, whole numbers and bytes alone, so that rows of both read the same."""

    url: str

    @property
    def kind(self) -> str:
        return make_url(self.url).get_backend_name()

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        url = make_url(self.url)
        if self.kind == "sqlite":
            with closing(sqlite3.connect(f"file:{url.database}?mode=rw", uri=True, isolation_level=None)) as opened:
                opened.row_factory = sqlite3.Row
                yield opened
        else:
            plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
            with psycopg.connect(plain, autocommit=True, row_factory=dict_row) as connection:
                yield connection

    def change(self, statement: str, *values: Any) -> None:
        """Change something behind the bot's back; values stand for question marks."""
        with self._opened() as connection:
            connection.execute(self._marked(statement), values)

    def _marked(self, statement: str) -> str:
        return statement if self.kind == "sqlite" else statement.replace("%", "%%").replace("?", "%s")

    @contextmanager
    def refusing(self, verb: str, table: str) -> Iterator[None]:
        """Have the database refuse every INSERT into, or UPDATE of, a table while the block runs."""
        begin, end = REFUSE[self.kind]
        with self._opened() as connection:
            connection.execute(begin.format(verb, table))
            try:
                yield
            finally:
                connection.execute(end)

    def rows(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """Return what a SELECT finds; values stand for question marks."""
        with self._opened() as connection:
            return [dict(row) for row in connection.execute(self._marked(statement), values)]

    def all_of(self, table: str) -> list[dict[str, Any]]:
        """Return the rows of a table in the order of writing."""
        return self.rows(f"SELECT * FROM {table} ORDER BY {ORDER_OF_WRITING[self.kind]}")  # noqa: S608 - a name of ours

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
            for table in self.rows(AUDITED[self.kind])
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
