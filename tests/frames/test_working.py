"""Working time in bulk is working time one by one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from smarketing.calendars import BusinessCalendar
from smarketing.frames import Frames, rows_of, with_working_time
from smarketing.periods import from_micros, to_micros

OFFICE = BusinessCalendar(
    zone="Europe/Madrid",
    windows={"mon-thu": ("09:00-14:00", "15:00-18:30"), "fri": "08:00-15:00"},
    holidays={date(2025, 1, 6), date(2025, 12, 25), date(2026, 1, 1), date(2026, 1, 6)},
)
NIGHT = BusinessCalendar(zone="America/New_York", windows={"sun-thu": "22:00-06:00", "sat": "20:00-24:00"})
HALF_HOUR = BusinessCalendar(zone="Australia/Lord_Howe", windows={"daily": ("00:00-03:00", "23:00-24:00")})
FIRST, LAST = (to_micros(datetime(year, 1, 1, tzinfo=UTC)) for year in (2025, 2027))


def _waits(count: int, seed: int) -> tuple[list[int | None], list[int | None]]:
    draw = Random(seed)  # noqa: S311 -- test data
    starts: list[int | None] = [draw.randrange(FIRST, LAST) for _ in range(count)]
    ends: list[int | None] = [start + draw.randrange(-(10**12), 10**13) for start in starts if start]
    starts[0] = ends[1] = None
    return starts, ends


def _in_bulk(
    backend: str, calendar: BusinessCalendar, starts: list[int | None], ends: list[int | None]
) -> list[int]:
    import pyarrow as pa

    table = pa.table(
        {
            "lead_id": [f"L{k:05d}" for k in range(len(starts))],
            "created_at": pa.array([start or 0 for start in starts], pa.int64()),
            "trait_start": pa.array(starts, pa.int64()),
            "trait_end": pa.array(ends, pa.int64()),
        }
    )
    frames = Frames.from_native(leads=_native(table, backend))
    rows = frames.select("leads", ["lead_id", "trait_start", "trait_end"])
    timed = with_working_time(rows, calendar, start="trait_start", end="trait_end", name="waited")
    return [row["waited"] for row in rows_of(timed.sort("lead_id"))]


def _native(table: object, backend: str) -> object:
    if backend == "polars":
        return pytest.importorskip("polars").from_arrow(table)
    if backend == "pandas":
        return table.to_pandas()  # type: ignore[attr-defined]
    if backend == "duckdb":
        return pytest.importorskip("duckdb").connect().from_arrow(table)
    return table


@pytest.mark.parametrize("calendar", [OFFICE, NIGHT, HALF_HOUR], ids=["office", "night", "half-hour"])
def test_bulk_equals_one_by_one_over_twenty_thousand_waits(backend: str, calendar: BusinessCalendar) -> None:
    """Across changes of clocks, holidays and midnight, to the microsecond; missing stays missing."""
    starts, ends = _waits(20_000 // 3, seed=7)
    expected = [
        None if s is None or e is None else calendar.elapsed(from_micros(s), from_micros(e))
        for s, e in zip(starts, ends, strict=True)
    ]
    got = _in_bulk(backend, calendar, starts, ends)
    assert got == [None if each is None else each // timedelta(microseconds=1) for each in expected]


def test_a_column_without_any_instant_has_no_working_time(backend: str) -> None:
    """All missing in, all missing out."""
    assert _in_bulk(backend, OFFICE, [None, None], [None, None]) == [None, None]


def test_the_hosts_connection_keeps_nothing_of_ours() -> None:
    """DuckDB's joined table is a value inside the query, not an object in the host's database."""
    duckdb = pytest.importorskip("duckdb")
    host = duckdb.connect()
    host.sql("CREATE TABLE leads AS SELECT 'L1' AS lead_id, 1767373200000000 AS created_at")
    frames = Frames.from_native(leads=host.table("leads"))
    rows = frames.select("leads", ["lead_id", "created_at", "occurred_at"])
    rows_of(with_working_time(rows, OFFICE, start="created_at", end="occurred_at", name="waited"))
    assert host.sql(
        "SELECT table_name FROM duckdb_tables() UNION SELECT view_name FROM duckdb_views() WHERE NOT internal"
    ).fetchall() == [("leads",)]
