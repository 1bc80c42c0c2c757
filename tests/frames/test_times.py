"""Every time type of every engine comes in as Int64 microseconds UTC, to the same instant."""
# ruff: noqa: DTZ001 (naive datetimes are what these tests are about)

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smarketing.errors import InvalidTermsError
from smarketing.frames import Frames, rows_of
from smarketing.periods import parse_instant, start_of_day, to_micros

MADRID = "Europe/Madrid"
WALLS = [
    datetime(2026, 1, 5, 9, 30, 15),
    None,
    datetime(1999, 7, 1, 23, 59, 59),
    datetime(2026, 3, 29, 2, 30),
]
DAYS = [date(2026, 1, 5), None, date(1969, 12, 31), date(2026, 10, 25)]
AWARE = [None if wall is None else wall.replace(tzinfo=UTC) for wall in WALLS]


def micros(frames: Frames) -> list[int | None]:
    """When each lead was created, by the leads' ids."""
    rows = rows_of(frames.select("leads", ["lead_id", "created_at"]))
    assert all(row["created_at"] is None or type(row["created_at"]) is int for row in rows)
    return [row["created_at"] for row in sorted(rows, key=lambda row: row["lead_id"])]


def of_walls(zone: str) -> list[int | None]:
    """The walls as instants of a zone."""
    return [None if wall is None else to_micros(parse_instant(wall.isoformat(), zone)) for wall in WALLS]


def of_days(zone: str) -> list[int | None]:
    """The starts of the days in a zone."""
    return [None if day is None else to_micros(start_of_day(day, zone)) for day in DAYS]


IDS = ["L1", "L2", "L3", "L4"]


def polars_table(dtype: str, *, lazy: bool = False) -> Any:
    """The leads in Polars, their creation of a time type."""
    pl = pytest.importorskip("polars")
    kinds = {
        "ms": (WALLS, pl.Datetime("ms")),
        "us": (WALLS, pl.Datetime("us")),
        "ns": (WALLS, pl.Datetime("ns")),
        "utc": (AWARE, pl.Datetime("us", "UTC")),
        "ms utc": (AWARE, pl.Datetime("ms", "UTC")),
        "tokyo": (AWARE, pl.Datetime("us", "UTC")),
        "day": (DAYS, pl.Date),
        "int": (of_walls("UTC"), pl.Int64),
    }
    values, kind = kinds[dtype]
    frame = pl.DataFrame({"lead_id": IDS, "created_at": pl.Series(values, dtype=kind)})
    if dtype == "tokyo":
        frame = frame.with_columns(pl.col("created_at").dt.convert_time_zone("Asia/Tokyo"))
    return frame.lazy() if lazy else frame


def arrow_table(dtype: str) -> Any:
    """The leads in PyArrow."""
    pa = pytest.importorskip("pyarrow")
    unit, _, zone = dtype.partition(" ")
    if unit in {"s", "ms", "us", "ns"}:
        kind, values = pa.timestamp(unit, zone or None), AWARE if zone else WALLS
    else:
        kind, values = {"day": (pa.date32(), DAYS), "int": (pa.int64(), of_walls("UTC"))}[unit]
    return pa.table({"lead_id": IDS, "created_at": pa.array(values, kind)})


def pandas_table(dtype: str) -> Any:
    """The leads in pandas: NumPy-backed, nullable or Arrow-typed."""
    pd = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    if dtype.startswith("arrow "):
        return arrow_table(dtype.removeprefix("arrow ")).to_pandas(types_mapper=pd.ArrowDtype)
    made: dict[str, Callable[[], Any]] = {
        "ns": lambda: pd.Series(WALLS, dtype="datetime64[ns]"),
        "us": lambda: pd.Series(WALLS, dtype="datetime64[us]"),
        "s": lambda: pd.Series(WALLS, dtype="datetime64[s]"),
        "utc": lambda: pd.Series(pd.to_datetime(pd.Series(AWARE), utc=True)),
        "tokyo": lambda: pd.to_datetime(pd.Series(AWARE), utc=True).dt.tz_convert("Asia/Tokyo"),
        "object days": lambda: pd.Series(DAYS, dtype=object),
        "object walls": lambda: pd.Series(WALLS, dtype=object),
        "object aware": lambda: pd.Series(AWARE, dtype=object),
        "Int64": lambda: pd.Series(of_walls("UTC"), dtype="Int64"),
    }
    ids = pd.Series(IDS, dtype="string" if dtype == "Int64" else object)
    return pd.DataFrame({"lead_id": ids, "created_at": made[dtype]()})


def duckdb_table(dtype: str) -> Any:
    """The leads in a DuckDB whose session shows the time of New York."""
    duckdb = pytest.importorskip("duckdb")
    con = duckdb.connect()
    con.execute("SET TimeZone = 'America/New_York'")
    if dtype == "BIGINT":
        values: list[Any] = of_walls("UTC")
    else:
        zone = "+00" if dtype == "TIMESTAMPTZ" else ""
        values = [None if v is None else f"{v}{zone}" for v in (DAYS if dtype == "DATE" else WALLS)]
    con.execute(f"CREATE TABLE leads (lead_id VARCHAR, created_at {dtype})")
    con.executemany("INSERT INTO leads VALUES (?, ?)", list(zip(IDS, values, strict=True)))
    return con.table("leads")


TABLES: Mapping[str, Callable[[], Any]] = {
    **{
        f"polars {k}": lambda k=k: polars_table(k)
        for k in ("ms", "us", "ns", "utc", "ms utc", "tokyo", "day", "int")
    },
    **{f"polars lazy {k}": lambda k=k: polars_table(k, lazy=True) for k in ("us", "tokyo", "day")},
    **{
        f"pyarrow {k}": lambda k=k: arrow_table(k)
        for k in ("s", "ms", "us", "ns", "us UTC", "ms Asia/Tokyo", "ns UTC", "day", "int")
    },
    **{
        f"pandas {k}": lambda k=k: pandas_table(k)
        for k in (
            *("ns", "us", "s", "utc", "tokyo", "object days", "object walls", "object aware", "Int64"),
            *("arrow us", "arrow ns", "arrow ms Asia/Tokyo", "arrow day", "arrow int"),
        )
    },
    **{
        f"duckdb {k}": lambda k=k: duckdb_table(k)
        for k in ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMPTZ", "DATE", "BIGINT")
    },
}
"""Tables of the same four leads, by engine and time type."""
IN_UTC = ("utc", "UTC", "Tokyo", "tokyo", "aware", "int", "Int64", "BIGINT", "TIMESTAMPTZ")


@pytest.mark.parametrize("name", TABLES)
def test_instants_come_in_as_microseconds(name: str) -> None:
    """Naive ones and bare dates are read in the zone; aware ones and integers are taken as they are."""
    is_day = name.lower().split()[-1] in {"day", "date", "days"}
    expected = of_days(MADRID) if is_day else of_walls("UTC" if name.endswith(IN_UTC) else MADRID)
    frames = Frames.from_native(leads=TABLES[name](), zone=MADRID)
    assert micros(frames) == expected
    rows = rows_of(frames.select("leads", ["precision", "occurred_at", "created_at", "known_at"]))
    assert {row["precision"] for row in rows} == ({"day"} if is_day else {None})
    assert all(row["occurred_at"] == row["created_at"] == row["known_at"] for row in rows)


CHANGES = [
    (MADRID, datetime(2026, 3, 29, 2), datetime(2026, 10, 25, 2)),
    ("America/New_York", datetime(2026, 3, 8, 2), datetime(2026, 11, 1, 1)),
    ("Australia/Lord_Howe", datetime(2026, 10, 4, 2), datetime(2026, 4, 5, 1, 30)),
    ("America/Sao_Paulo", datetime(2018, 11, 4, 0), datetime(2018, 2, 17, 23)),
    ("Africa/Casablanca", datetime(2026, 2, 15, 2), datetime(2026, 3, 22, 2)),
    ("Pacific/Apia", datetime(2011, 12, 30), datetime(2011, 4, 2, 3)),
    ("Asia/Kolkata", datetime(2026, 1, 1), datetime(2026, 7, 1)),
]


@st.composite
def walls(draw: st.DrawFn) -> tuple[str, list[datetime]]:
    """Walls of a zone, most of them close to a change of its clocks."""
    zone, *changes = draw(st.sampled_from(CHANGES))
    near = st.builds(
        lambda change, minutes, micros: change + timedelta(minutes=minutes, microseconds=micros),
        st.sampled_from(changes),
        st.integers(-180, 180),
        st.sampled_from([0, 0, 1, 999_999]),
    )
    anywhere = st.datetimes(datetime(1972, 1, 1), datetime(2037, 1, 1))
    return zone, draw(st.lists(near | near | anywhere, min_size=1, max_size=12))


@given(walls())
def test_every_wall_is_the_instant_that_periods_reads(drawn: tuple[str, list[datetime]]) -> None:
    """A wall that the clocks skip is the jump, one that they show twice is its first showing."""
    zone, shown = drawn
    assert_walls("polars", zone, shown)


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=walls())
def test_every_wall_is_the_same_instant_on_every_engine(
    backend: str, drawn: tuple[str, list[datetime]]
) -> None:
    """From each engine's own naive type."""
    assert_walls(backend, *drawn)


def assert_walls(backend: str, zone: str, shown: list[datetime]) -> None:
    """Walls come in as `parse_instant` reads them, those of a whole column at once."""
    ids = [f"{i:04}" for i in range(len(shown))]
    frames = Frames.from_native(leads=native(backend, ids, shown), zone=zone)
    assert micros(frames) == [to_micros(parse_instant(wall.isoformat(), zone)) for wall in shown]


def native(backend: str, ids: list[str], values: list[datetime]) -> Any:
    """A naive table of an engine."""
    pa = pytest.importorskip("pyarrow")
    table = pa.table({"lead_id": ids, "created_at": pa.array(values, pa.timestamp("us"))})
    if backend == "polars":
        return pytest.importorskip("polars").from_arrow(table)
    if backend == "duckdb":
        return pytest.importorskip("duckdb").from_arrow(table)
    return table.to_pandas() if backend == "pandas" else table


def test_far_and_odd_years_are_read_too(backend: str) -> None:
    """Local mean time before 1900, a far future, and the end of all dates that stands for "never"."""
    shown = [datetime(1890, 6, 1, 12), datetime(2090, 7, 1, 12), datetime(2090, 1, 1), datetime(9999, 12, 29)]
    assert_walls(backend, MADRID, shown)
    assert_walls(
        backend, "America/New_York", [datetime(1, 1, 4), datetime(2026, 7, 1), datetime(1883, 11, 18, 12, 2)]
    )


def test_a_zone_that_there_is_not_is_refused(backend: str) -> None:
    """With the nearest name."""
    table = native(backend, ["L1"], [datetime(2026, 1, 1)])
    with pytest.raises(InvalidTermsError, match="did you mean 'Europe/Madrid'"):
        Frames.from_native(leads=table, zone="Europe/Madird")
