"""What is written comes back the same from both databases, whatever people and platforms send."""

from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, Table, select
from sqlalchemy.exc import StatementError

import core.schema
from core.store import types
from core.store.database import Database


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


SAMPLES = Table(
    "samples",
    MetaData(),
    Column("position", types.Count, primary_key=True),
    Column("id", types.Id),
    Column("words", types.Words),
    Column("count", types.Count),
    Column("minor", types.MinorUnits),
    Column("flag", types.Flag),
    Column("instant", types.Instant),
    Column("day", types.LocalDate),
    Column("json", types.Json),
    Column("colour", types.Choice(Colour)),
    Column("raw", types.Bytes),
    sqlite_strict=True,
)

WHOLE = st.integers(-(2**63), 2**63 - 1)
# Everything that a str can hold, lone surrogates and null characters included: JSON of a platform may spell them.
ANY_TEXT = st.text(st.characters(), max_size=20)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=ZONES)  # noqa: DTZ001 - hypothesis adds the zone
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=10,
)
ROWS = st.fixed_dictionaries(
    {
        "id": st.none() | ANY_TEXT,
        "words": st.none() | ANY_TEXT,
        "count": st.none() | WHOLE,
        "minor": st.none() | WHOLE,
        "flag": st.none() | st.booleans(),
        "instant": st.none() | INSTANTS,
        "day": st.none() | st.dates(),
        "json": JSON,
        "colour": st.none() | st.sampled_from(Colour),
        "raw": st.none() | st.binary(max_size=20),
    }
)
POISON = {
    "id": "a\x00b", "words": "\ud83d", "count": 1, "minor": 1, "flag": True, "instant": None, "day": None,
    "json": {"\\u0000": ["\x00", "\ud83d", "\\u0000", "é😀"]}, "colour": Colour.RED, "raw": b"\x00",
}  # fmt: skip


def kept(value: Any, *, null: str = "\ufffd") -> Any:
    """What is expected back: halves of characters, and null characters but in JSON, stand for themselves no more."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\x00", null)
    if isinstance(value, list):
        return [kept(item, null=null) for item in value]
    if isinstance(value, dict):
        return {kept(key, null=null): kept(item, null=null) for key, item in value.items()}
    return value


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROWS, min_size=1, max_size=8))
@example(rows=[POISON])
async def test_values_come_back_as_they_were(database: Database, rows: list[dict[str, Any]]) -> None:
    numbered = [row | {"position": position} for position, row in enumerate(rows)]
    async with database.writer.connect() as connection:  # never committed: each example begins with nothing
        await connection.run_sync(SAMPLES.metadata.create_all)
        await connection.execute(SAMPLES.insert(), numbered)
        found = [dict(row._mapping) for row in await connection.execute(select(SAMPLES).order_by(SAMPLES.c.position))]
    expected = [
        {name: kept(value, null="\x00" if name == "json" else "\ufffd") for name, value in row.items()}
        for row in numbered
    ]
    assert found == expected
    assert all(row["instant"] is None or row["instant"].tzinfo is UTC for row in found)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(instants=st.lists(INSTANTS, min_size=2, max_size=10), days=st.lists(st.dates(), min_size=2, max_size=10))
async def test_databases_sort_instants_and_dates_as_time_goes(
    database: Database, instants: list[datetime], days: list[date]
) -> None:
    rows = [{"position": position, "instant": instant} for position, instant in enumerate(instants)]
    rows_of_days = [{"position": 100 + position, "day": day} for position, day in enumerate(days)]
    async with database.writer.connect() as connection:
        await connection.run_sync(SAMPLES.metadata.create_all)
        await connection.execute(SAMPLES.insert(), rows)
        await connection.execute(SAMPLES.insert(), rows_of_days)
        sorted_instants = select(SAMPLES.c.instant).where(SAMPLES.c.instant.is_not(None)).order_by(SAMPLES.c.instant)
        assert list(await connection.scalars(sorted_instants)) == sorted(instants)
        sorted_days = select(SAMPLES.c.day).where(SAMPLES.c.day.is_not(None)).order_by(SAMPLES.c.day)
        assert list(await connection.scalars(sorted_days)) == sorted(days)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("instant", datetime(2026, 3, 12, 9, 30)),  # noqa: DTZ001 - naive is what is wrong with it
        ("day", datetime(2026, 3, 12, 9, 30, tzinfo=UTC)),
        ("colour", "green"),
    ],
)
async def test_what_would_lose_its_meaning_is_refused(database: Database, column: str, value: Any) -> None:
    async with database.writer.connect() as connection:
        await connection.run_sync(SAMPLES.metadata.create_all)
        with pytest.raises(StatementError):
            await connection.execute(SAMPLES.insert(), [{"position": 1, column: value}])


def test_columns_have_types_of_one_module() -> None:
    foreign = [
        f"{table.name}.{column.name}"
        for table in core.schema.metadata.sorted_tables
        for column in table.columns
        if type(column.type).__module__ != types.__name__
    ]
    assert foreign == []
