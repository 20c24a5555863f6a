"""What two runs of the same conversation must have in common: the books and the answers, without ids and times."""

import json
import re
from typing import Any

from tests.faults.books import Books

_ID = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{26}\b")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(\+\d\d:\d\d|Z)?|\b\d{10}\.\d{6}\b")  # Slack's messages are named by times
_LEFT_OUT = re.compile(r"(^|_)(at|digest|trace_id|source_message|source_channel)$")
TABLES = ("expenses", "audit", "dialogs", "members", "one_time_codes", "code_attempts")


class Names:
    """Gives each id a name by the order in which ids are first seen."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        named = _ID.sub(lambda found: self._names.setdefault(found[0], f"#{len(self._names)}"), text)
        return _TIME.sub("(time)", named)


def canonical_books(books: Books) -> list[str]:
    """Return every row of the tables in the order of their writing, each as a line."""
    named = Names()
    return [f"{table}: {named(_line(row))}" for table in TABLES for row in books.all_of(table)]


def _line(row: dict[str, Any]) -> str:
    kept = {name: value for name, value in row.items() if not _LEFT_OUT.search(name)}
    return json.dumps(kept, ensure_ascii=False)
